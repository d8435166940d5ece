//! What a client needs to reach the sandboxed Miaokol.

use std::net::SocketAddr;

use super::company::{self, IDLE_ACCOUNT, OWNERS};
use super::tokens::{APP_ID, APP_SECRET};

/// Address and credentials of one tenant. All of it is made up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MiaokolAccess {
    /// `http://127.0.0.1:PORT/miaokol`; the documented paths (`/smart-tag/…`) follow it.
    pub base_url: String,
    /// The same tenant as on a domain of its own (OEM): `http://127.0.0.1:PORT/miaokol/oapi`.
    pub oem_base_url: String,
    /// The tenant's app id.
    pub app_id: String,
    /// The app's secret.
    pub app_secret: String,
    /// The WeCom accounts that have customers; the last of them is offline.
    pub rel_wxids: Vec<String>,
    /// The WeCom account without customers; it is offline.
    pub idle_rel_wxid: String,
}

impl MiaokolAccess {
    pub(crate) fn new(addr: SocketAddr) -> Self {
        let base_url = format!("http://{addr}/miaokol");
        Self {
            oem_base_url: format!("{base_url}/oapi"),
            base_url,
            app_id: APP_ID.to_owned(),
            app_secret: APP_SECRET.to_owned(),
            rel_wxids: (0..OWNERS).map(company::account_wxid).collect(),
            idle_rel_wxid: company::account_wxid(IDLE_ACCOUNT),
        }
    }

    /// The wxid of the `n`th customer, counted from 0. It belongs to the account
    /// `rel_wxids[n % 4]`; every seventh (`n % 7 == 3`) to the next account too.
    #[must_use]
    pub fn contact_wxid(&self, n: usize) -> String {
        company::contact_wxid(n)
    }

    /// The provider's section of a `leadtag.toml`.
    pub(crate) fn config_toml(&self) -> String {
        format!(
            "[providers.agent-miaokol]\nplatform   = \"miaokol\"\napp_id     = \"{}\"\n\
             app_secret = \"{}\"\nbase_url   = \"{}\"\n",
            self.app_id, self.app_secret, self.base_url
        )
    }
}
