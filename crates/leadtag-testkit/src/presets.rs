//! Sets of capabilities as real platforms have them, to make in-memory providers of.

use leadtag_core::{LeadCapabilities, TagCapabilities, WriteSemantics};

/// Capabilities of providers of tags.
pub mod tag_capabilities {
    use super::{TagCapabilities, WriteSemantics};

    /// Groups that vanish with their last tag, an order, contacts that belong to a member account,
    /// names of 30 characters, deleted tags visible: everything but a list of a tag's contacts.
    #[must_use]
    pub fn grouped() -> TagCapabilities {
        let mut can = flat();
        can.groups = true;
        can.order = true;
        can.delete_groups = true;
        can.deleted_visible = true;
        can.needs_owner = true;
        can.max_name_chars = Some(30);
        can
    }

    /// Groups that can be empty, and a list of a tag's contacts.
    #[must_use]
    pub fn grouped_with_empty_groups() -> TagCapabilities {
        let mut can = grouped();
        can.empty_groups = true;
        can.needs_owner = false;
        can.deleted_visible = false;
        can.contact_count = true;
        can.tag_contacts = true;
        can.max_page_size = Some(2);
        can
    }

    /// No groups and no order. Everything can be read and written.
    #[must_use]
    pub fn flat() -> TagCapabilities {
        let mut can = TagCapabilities::none();
        can.list = true;
        can.create = true;
        can.rename = true;
        can.delete_tags = true;
        can.contact_tags = true;
        can.write_semantics = WriteSemantics::Delta;
        can
    }

    /// No groups, at most 100 tags and 5 on each contact, one tag written by one call.
    #[must_use]
    pub fn flat_one_by_one() -> TagCapabilities {
        let mut can = flat();
        can.tag_contacts = true;
        can.write_semantics = WriteSemantics::OneByOne;
        can.max_tags = Some(100);
        can.max_tags_per_contact = Some(5);
        can
    }

    /// No groups, at most 5 tags, names of at most 8 characters, 2 tags on a contact: limits that a
    /// short test reaches.
    #[must_use]
    pub fn small() -> TagCapabilities {
        let mut can = flat();
        can.max_tags = Some(5);
        can.max_tags_per_contact = Some(2);
        can.max_name_chars = Some(8);
        can.max_page_size = Some(2);
        can
    }

    /// A write replaces the whole set of a contact's tags, which can be read.
    #[must_use]
    pub fn replacing() -> TagCapabilities {
        let mut can = flat();
        can.write_semantics = WriteSemantics::Replace;
        can
    }

    /// A write replaces the whole set of a contact's tags, and the set cannot be read.
    #[must_use]
    pub fn replacing_blindly() -> TagCapabilities {
        let mut can = replacing();
        can.contact_tags = false;
        can.needs_owner = true;
        can
    }

    /// Tags can be listed and nothing else.
    #[must_use]
    pub fn read_only() -> TagCapabilities {
        let mut can = TagCapabilities::none();
        can.list = true;
        can.groups = true;
        can
    }
}

/// Capabilities of providers of leads.
pub mod lead_capabilities {
    use super::LeadCapabilities;

    /// Everything.
    #[must_use]
    pub fn full() -> LeadCapabilities {
        let mut can = LeadCapabilities::none();
        can.list = true;
        can.get = true;
        can.interactions = true;
        can.filter_by_time = true;
        can.filter_by_group = true;
        can.filter_by_level = true;
        can.oldest_first = true;
        can.total = true;
        can.max_page_size = Some(50);
        can
    }

    /// Leads can be listed, without any filter.
    #[must_use]
    pub fn list_only() -> LeadCapabilities {
        let mut can = LeadCapabilities::none();
        can.list = true;
        can
    }
}
