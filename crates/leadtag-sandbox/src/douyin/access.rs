//! What a client needs to reach the sandboxed Douyin.

use std::net::SocketAddr;

use super::tokens::{OPEN_IDS, first_code, first_refresh_token};

pub(super) const CLIENT_KEY: &str = "awsandboxclient01";
pub(super) const CLIENT_SECRET: &str = "douyin-app-sandbox-not-a-real-secret";

/// Address and credentials of one app, and of the two enterprise accounts (企业号) that have
/// authorised it. All of it is made up. Codes and refresh tokens are those at the start: a code is
/// good once, and a renewal replaces the refresh token.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct DouyinAccess {
    /// `http://127.0.0.1:PORT/douyin`; the documented paths (`/enterprise/leads/…`, `/oauth/…`)
    /// follow it.
    pub base_url: String,
    /// The app's key.
    pub client_key: String,
    /// The app's secret.
    pub client_secret: String,
    /// The account that has the seeded leads.
    pub open_id: String,
    /// Its refresh token, good for 30 days.
    pub refresh_token: String,
    /// Its authorisation code, good once and for 10 minutes.
    pub code: String,
    /// The second account, with a few leads and tags of its own.
    pub other_open_id: String,
    /// The second account's refresh token.
    pub other_refresh_token: String,
    /// The second account's authorisation code.
    pub other_code: String,
}

impl DouyinAccess {
    pub(crate) fn new(addr: SocketAddr) -> Self {
        let [open_id, other_open_id] = OPEN_IDS;
        Self {
            base_url: format!("http://{addr}/douyin"),
            client_key: CLIENT_KEY.to_owned(),
            client_secret: CLIENT_SECRET.to_owned(),
            open_id: open_id.to_owned(),
            refresh_token: first_refresh_token(0),
            code: first_code(0),
            other_open_id: other_open_id.to_owned(),
            other_refresh_token: first_refresh_token(1),
            other_code: first_code(1),
        }
    }

    /// The provider's section of a `leadtag.toml`.
    pub(crate) fn config_toml(&self) -> String {
        format!(
            "[providers.shop-douyin]\nplatform      = \"douyin\"\nclient_key    = \"{}\"\n\
             client_secret = \"{}\"\nopen_id       = \"{}\"\nrefresh_token = \"{}\"\n\
             base_url      = \"{}\"\n",
            self.client_key, self.client_secret, self.open_id, self.refresh_token, self.base_url
        )
    }
}
