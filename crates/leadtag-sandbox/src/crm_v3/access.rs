//! What a client needs to reach the sandboxed CRM.

use std::net::SocketAddr;

use super::leads::SAMPLE_ID;
use super::sign::{APP_ID, APP_KEY};

/// Address and credentials of one application. All of it is made up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct CrmV3Access {
    /// `http://127.0.0.1:PORT/crm-v3`; the documented paths (`/api/v3/…`) follow it.
    pub base_url: String,
    /// The header `appId`.
    pub app_id: String,
    /// What requests are signed with. It is never sent.
    pub app_key: String,
    /// The `customerId` of the lead that is the sample of the vendor's document, word for word.
    pub sample_customer_id: i64,
}

impl CrmV3Access {
    pub(crate) fn new(addr: SocketAddr) -> Self {
        Self {
            base_url: format!("http://{addr}/{}", super::NAME),
            app_id: APP_ID.to_owned(),
            app_key: APP_KEY.to_owned(),
            sample_customer_id: SAMPLE_ID,
        }
    }

    /// The provider's section of a `leadtag.toml`.
    pub(crate) fn config_toml(&self) -> String {
        format!(
            "[providers.crm]\nplatform = \"{}\"\napp_id   = \"{}\"\napp_key  = \"{}\"\n\
             base_url = \"{}\"\n",
            super::NAME,
            self.app_id,
            self.app_key,
            self.base_url
        )
    }
}
