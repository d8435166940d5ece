//! What only the sandboxed Douyin can be told.

use super::Admin;
use crate::douyin::DouyinEnvelope;

impl Admin {
    /// A new lead of the first Douyin account, whose only interaction is now by the sandbox clock;
    /// answers its id. It stands at the top of the list, so every other row moves by one.
    #[must_use = "the id tells the new lead from the others"]
    pub fn insert_douyin_lead(&self) -> String {
        self.platforms.douyin.insert_lead()
    }

    /// The same, whose only interaction is at that time, in Unix seconds; it stands there in the list.
    #[must_use = "the id tells the new lead from the others"]
    pub fn insert_douyin_lead_at(&self, unix_seconds: u64) -> String {
        self.platforms.douyin.insert_lead_at(unix_seconds)
    }

    /// Whether Douyin's success answers quote numbers and booleans and print `<nil>` for what is
    /// unset, as the vendor's samples do; off by default. Error answers never do, in the samples
    /// neither.
    pub fn set_douyin_quoted(&self, quoted: bool) {
        self.platforms.douyin.set_quoted(quoted);
    }

    /// Whether Douyin says token, parameter and busy errors with the gateway's numbers (28001008)
    /// instead of the older ones of the same meaning (2190008); off by default.
    pub fn set_douyin_gateway_codes(&self, gateway_codes: bool) {
        self.platforms.douyin.set_gateway_codes(gateway_codes);
    }

    /// The envelope of Douyin's gateway errors, codes from 28000000 on.
    pub fn set_douyin_envelope(&self, envelope: DouyinEnvelope) {
        self.platforms.douyin.set_envelope(envelope);
    }

    /// A new authorisation code, as if the Douyin account's owner had authorised the app again: the
    /// earlier code is dead. `None` for an unknown account.
    #[must_use]
    pub fn authorize_douyin(&self, open_id: &str) -> Option<String> {
        self.platforms.douyin.authorize(open_id)
    }

    /// An access token of a Douyin account, for a client that is given one alone: the good one it
    /// has, its life begun anew, or a new one. `None` for an unknown account.
    #[must_use]
    pub fn douyin_access_token(&self, open_id: &str) -> Option<String> {
        self.platforms.douyin.access_token(open_id)
    }
}
