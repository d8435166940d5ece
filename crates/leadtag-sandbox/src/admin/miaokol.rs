//! What only Miaokol has.

use super::Admin;

impl Admin {
    /// Adds smart-tag groups to Miaokol, for lists of many pages.
    pub fn add_miaokol_tags(&self, groups: usize, tags_per_group: usize) {
        self.platforms.miaokol.add_tags(groups, tags_per_group);
    }

    /// Whether Miaokol answers a successful `smart-tag/updateContact` with the vendor's sample as it
    /// stands, which is no JSON: it holds a comment and lacks a comma. Off at first.
    pub fn set_miaokol_literal_sample(&self, literal: bool) {
        self.platforms.miaokol.set_literal_sample(literal);
    }
}
