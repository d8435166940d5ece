//! What a client needs to reach the sandboxed Miaokol.

use std::net::SocketAddr;

use super::people;
use super::tokens::{APP_ID, APP_SECRET};

/// The path an OEM domain has before the documented ones.
pub(super) const OEM_PREFIX: &str = "/oapi";

/// Address and credentials of one tenant. All of it is made up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MiaokolAccess {
    /// `http://127.0.0.1:PORT/miaokol`; the documented paths (`/smart-tag/…`, `/oauth/token`)
    /// follow it.
    pub base_url: String,
    /// The same tenant as on an OEM domain: `http://127.0.0.1:PORT/miaokol/oapi`.
    pub oem_base_url: String,
    /// The app.
    pub app_id: String,
    /// Its secret.
    pub app_secret: String,
    /// A WeCom account with customers.
    pub rel_wxid: String,
    /// The first customer of that account.
    pub contact_wxid: String,
    /// The second WeCom account with customers; that customer is not among them.
    pub other_rel_wxid: String,
}

impl MiaokolAccess {
    pub(crate) fn new(addr: SocketAddr) -> Self {
        let base_url = format!("http://{addr}/{}", super::NAME);
        Self {
            oem_base_url: format!("{base_url}{OEM_PREFIX}"),
            base_url,
            app_id: APP_ID.to_owned(),
            app_secret: APP_SECRET.to_owned(),
            rel_wxid: people::rel_wxid(0).to_owned(),
            contact_wxid: people::contact_wxid(0),
            other_rel_wxid: people::rel_wxid(1).to_owned(),
        }
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
