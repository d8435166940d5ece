//! What only BesChannels has.

use super::Admin;
use crate::beschannels::{BeschannelsEmpty, BeschannelsLifetime};

impl Admin {
    /// Puts a market lead, created now, on top of BesChannels's list; answers its `identity_id`.
    /// Every group but the empty one has it.
    pub fn insert_beschannels_lead(&self) -> String {
        self.platforms.beschannels.insert_lead()
    }

    /// How BesChannels names the seconds a token has left.
    pub fn set_beschannels_lifetime(&self, lifetime: BeschannelsLifetime) {
        self.platforms.beschannels.set_lifetime(lifetime);
    }

    /// How BesChannels writes a list, a map or a lead that is empty.
    pub fn set_beschannels_empty(&self, empty: BeschannelsEmpty) {
        self.platforms.beschannels.set_empty(empty);
    }
}
