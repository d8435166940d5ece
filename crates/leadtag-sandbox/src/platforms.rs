//! Which platforms there are.

use std::sync::Arc;

use crate::beschannels::{self, Beschannels};
use crate::crm_v3::{self, CrmV3};
use crate::douyin::{self, Douyin};
use crate::miaokol::{self, Miaokol};
use crate::service::Service;
use crate::shared::Shared;
use crate::wecom::{self, Wecom};

/// The names of the platforms; as the target of a fault, every API of that platform.
pub(crate) const NAMES: [&str; 5] =
    [wecom::NAME, douyin::NAME, miaokol::NAME, crm_v3::NAME, beschannels::NAME];

/// The APIs of every platform, by the names they have in counters and faults. No two platforms
/// share a name.
pub(crate) fn api_names() -> impl Iterator<Item = &'static str> {
    wecom::api_names()
        .chain(douyin::api_names())
        .chain(miaokol::api_names())
        .chain(crm_v3::api_names())
        .chain(beschannels::api_names())
}

/// The platforms of one sandbox.
#[derive(Clone)]
pub(crate) struct Platforms {
    pub(crate) wecom: Arc<Wecom>,
    pub(crate) douyin: Arc<Douyin>,
    pub(crate) miaokol: Arc<Miaokol>,
    pub(crate) crm_v3: Arc<CrmV3>,
    pub(crate) beschannels: Arc<Beschannels>,
}

impl Platforms {
    pub(crate) fn new(shared: &Arc<Shared>, seed: u64, leads: usize) -> Self {
        let shared = || Arc::clone(shared);
        Self {
            wecom: Arc::new(Wecom::new(shared(), seed, leads)),
            douyin: Arc::new(Douyin::new(shared(), seed, leads)),
            miaokol: Arc::new(Miaokol::new(shared(), seed, leads)),
            crm_v3: Arc::new(CrmV3::new(shared(), seed, leads)),
            beschannels: Arc::new(Beschannels::new(shared(), seed, leads)),
        }
    }

    /// All of them, in the order in which they are documented.
    pub(crate) fn all(&self) -> [Arc<dyn Service>; NAMES.len()] {
        [
            Arc::clone(&self.wecom) as _,
            Arc::clone(&self.douyin) as _,
            Arc::clone(&self.miaokol) as _,
            Arc::clone(&self.crm_v3) as _,
            Arc::clone(&self.beschannels) as _,
        ]
    }
}
