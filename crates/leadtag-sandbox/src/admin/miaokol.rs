//! What only the sandboxed Miaokol can be told.

use super::Admin;

impl Admin {
    /// Whether Miaokol's `updateContact` answers a success with the sample of the vendor's document
    /// word for word, which is no valid JSON (a comment, and a comma is missing); off by default.
    pub fn set_miaokol_literal_sample(&self, literal: bool) {
        self.platforms.miaokol.set_literal_sample(literal);
    }

    /// Whether Miaokol's token call answers `access_token` and `expires_in` beside `errcode` instead
    /// of in `data`; which of them is true is not documented. Off by default.
    pub fn set_miaokol_flat_token(&self, flat: bool) {
        self.platforms.miaokol.set_flat_token(flat);
    }
}
