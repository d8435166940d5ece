//! What is to be sent, and how much it is.

use leadtag_core::{ContactRef, TagId};
use serde::{Deserialize, Serialize};

/// One row, with its tags found.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Asked {
    pub(super) row: u64,
    pub(super) contact: ContactRef,
    pub(super) add: Vec<TagId>,
    pub(super) remove: Vec<TagId>,
    pub(super) current: Option<Vec<TagId>>,
}

/// All rows of one contact, as one write.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Write {
    pub(super) contact: ContactRef,
    pub(super) add: Vec<TagId>,
    pub(super) remove: Vec<TagId>,
    /// What the contact has now, where that is known.
    pub(super) current: Option<Vec<TagId>>,
    pub(super) rows: Vec<u64>,
}

/// How much is done on one provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Totals {
    /// The provider's name in the configuration.
    pub name: String,
    /// Contacts that are written.
    pub contacts: u64,
    /// Tags that are put on contacts.
    pub add: u64,
    /// Tags that are taken off contacts.
    pub remove: u64,
    /// Rows for which nothing has to be done.
    pub unchanged: u64,
    /// Rows that cannot be done.
    pub refused: u64,
}

impl Totals {
    pub(super) fn of(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }
}

/// What is done to one contact, in the names of the tags.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Example {
    /// The provider's name in the configuration.
    pub provider: String,
    /// The contact, with its ids shortened.
    pub contact: String,
    /// Tags that are put on it.
    pub add: Vec<String>,
    /// Tags that are taken off it.
    pub remove: Vec<String>,
    /// Tags that stay, where a write replaces the whole set.
    pub keep: Option<Vec<String>>,
}

impl std::fmt::Display for Example {
    /// `+高意向 -低意向 =老客户`.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let signed = [('+', Some(&self.add)), ('-', Some(&self.remove)), ('=', self.keep.as_ref())];
        let mut gap = "";
        for (sign, names) in signed {
            for name in names.into_iter().flatten() {
                write!(f, "{gap}{sign}{name}")?;
                gap = " ";
            }
        }
        Ok(())
    }
}
