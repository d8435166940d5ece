//! What a client needs to reach the sandboxed WeCom.

use std::net::SocketAddr;

use super::apps::{AGENT_ID, CORP_ID, CORP_SECRET, OTHER_AGENT_ID, OTHER_APP_SECRET};
use super::company::{IDLE_MEMBER, OWNERS};

/// Address and credentials of two self-built apps of one corp. All of it is made up.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct WecomAccess {
    /// `http://127.0.0.1:PORT/wecom`; the documented paths (`/cgi-bin/…`) follow it.
    pub base_url: String,
    /// The corp's id.
    pub corp_id: String,
    /// The secret of the app that made most of the seeded tags.
    pub corp_secret: String,
    /// That app's agent id.
    pub agent_id: u32,
    /// The secret of the second app, whose tags the first may not change (81011).
    pub other_app_secret: String,
    /// The second app's agent id.
    pub other_agent_id: u32,
    /// The members who have customers; the last of them has no interop licence.
    pub userids: Vec<String>,
    /// The member without customers, for whom `list` answers 84061.
    pub idle_userid: String,
}

impl WecomAccess {
    pub(crate) fn new(addr: SocketAddr) -> Self {
        Self {
            base_url: format!("http://{addr}/wecom"),
            corp_id: CORP_ID.to_owned(),
            corp_secret: CORP_SECRET.to_owned(),
            agent_id: AGENT_ID,
            other_app_secret: OTHER_APP_SECRET.to_owned(),
            other_agent_id: OTHER_AGENT_ID,
            userids: OWNERS.iter().map(|member| member.userid.to_owned()).collect(),
            idle_userid: IDLE_MEMBER.to_owned(),
        }
    }

    /// The provider's section of a `leadtag.toml`.
    pub(crate) fn config_toml(&self) -> String {
        format!(
            "[providers.shop-wecom]\nplatform    = \"wecom\"\ncorp_id     = \"{}\"\n\
             corp_secret = \"{}\"\nbase_url    = \"{}\"\n",
            self.corp_id, self.corp_secret, self.base_url
        )
    }
}
