//! What a provider's author tells the suite about the account it runs against.

use std::fmt;
use std::sync::Arc;

use leadtag_core::{ContactRef, LeadId};

type Counter = Arc<dyn Fn() -> usize + Send + Sync>;

/// What the rules about tags may use.
#[derive(Clone)]
#[must_use]
pub struct TagFixture {
    pub(super) prefix: String,
    pub(super) contact: Option<ContactRef>,
    pub(super) unknown_contact: Option<ContactRef>,
    pub(super) page_size: u32,
    pub(super) sent: Option<Counter>,
}

impl TagFixture {
    /// The rules create tags and groups whose names begin with `prefix`, which must be short and
    /// used by nothing else: everything that begins with it is deleted.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self {
            prefix: prefix.into(),
            contact: None,
            unknown_contact: None,
            page_size: 2,
            sent: None,
        }
    }

    /// A contact whose tags may be changed. Without one, rules that need it are skipped.
    pub fn with_contact(mut self, contact: ContactRef) -> Self {
        self.contact = Some(contact);
        self
    }

    /// A contact that does not exist. Without one, it is the contact with another id.
    pub fn with_unknown_contact(mut self, contact: ContactRef) -> Self {
        self.unknown_contact = Some(contact);
        self
    }

    /// The page size that the paging rules ask for. Default: 2.
    pub fn with_page_size(mut self, size: u32) -> Self {
        self.page_size = size;
        self
    }

    /// How many requests were sent so far, for the rules that say "before anything is sent".
    /// Without it, only the error is looked at.
    pub fn with_sent_counter(mut self, sent: impl Fn() -> usize + Send + Sync + 'static) -> Self {
        self.sent = Some(Arc::new(sent));
        self
    }
}

impl fmt::Debug for TagFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TagFixture")
            .field("prefix", &self.prefix)
            .field("contact", &self.contact)
            .finish_non_exhaustive()
    }
}

/// What the rules about leads may use.
#[derive(Clone)]
#[must_use]
pub struct LeadFixture {
    pub(super) unknown: LeadId,
    pub(super) group: Option<String>,
    pub(super) level: Option<String>,
    pub(super) page_size: u32,
    pub(super) sent: Option<Counter>,
}

impl LeadFixture {
    /// An account with some leads, best more than one page of them. `unknown` is an id, in the
    /// platform's form, that no lead has.
    pub fn new(unknown: impl Into<LeadId>) -> Self {
        Self { unknown: unknown.into(), group: None, level: None, page_size: 2, sent: None }
    }

    /// A group that some leads are in.
    pub fn with_group(mut self, group: impl Into<String>) -> Self {
        self.group = Some(group.into());
        self
    }

    /// A level that some leads have.
    pub fn with_level(mut self, level: impl Into<String>) -> Self {
        self.level = Some(level.into());
        self
    }

    /// The page size that the paging rules ask for. Default: 2.
    pub fn with_page_size(mut self, size: u32) -> Self {
        self.page_size = size;
        self
    }

    /// How many requests were sent so far. See [`TagFixture::with_sent_counter`].
    pub fn with_sent_counter(mut self, sent: impl Fn() -> usize + Send + Sync + 'static) -> Self {
        self.sent = Some(Arc::new(sent));
        self
    }
}

impl fmt::Debug for LeadFixture {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LeadFixture")
            .field("unknown", &self.unknown)
            .field("group", &self.group)
            .field("level", &self.level)
            .finish_non_exhaustive()
    }
}
