//! What is sent and what comes back, one to one with the documents.
//!
//! Requests serialise in the document's order and leave out what is not set. Answers keep what they
//! do not know in `extra`; ids are read as numbers or texts.

mod clue;
mod field;
mod follow_up;
mod profile;
mod tag;
#[cfg(feature = "unverified")]
mod write;

use leadtag_core::lenient;
use leadtag_core::members::{self, Extra, MapAccess, Members};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};

pub use clue::{Clue, GetClue, ListCluesByCreateTimeAsc};
pub(crate) use field::list;
pub use field::{CalendarDate, ClueField, FieldType, FieldValue, OptionId, OptionMarker};
pub use follow_up::{FollowUp, ListClueFollowUps, Operator};
pub use profile::{CustomerField, CustomerFields, FieldOption, ProfileField};
pub use tag::{TagTreeGroup, TagTreeTag};
#[cfg(feature = "unverified")]
pub use write::{
    AddClue, EditClueField, EditRelationField, FieldById, FieldValueByAlias, FieldValuesByAlias,
    HighseasCustomer, ImportCustomer, MapProfileField, SaveHighseas, UpdateCustomer,
};

/// One page of a list that goes on at a cursor. An object that has other members and no `list` is
/// none.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CursorPage<T> {
    /// What stands on it.
    pub list: Vec<T>,
    /// Where the next page begins. How the last page shows is not documented: see
    /// [`next_after`](Self::next_after).
    pub next_cursor: Option<String>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl<T> CursorPage<T> {
    /// The cursor of the next page, given the one of this page, which the first page has not.
    ///
    /// The list ends where the cursor is missing, empty or the same again, and not where a page
    /// is short.
    #[must_use]
    pub fn next_after(&self, used: Option<&str>) -> Option<&str> {
        let next = self.next_cursor.as_deref();
        next.filter(|next| !next.trim().is_empty() && used != Some(*next))
    }
}

impl<T> Default for CursorPage<T> {
    fn default() -> Self {
        Self { list: Vec::new(), next_cursor: None, extra: Extra::default() }
    }
}

/// A page, and whether it has a list. Where other members stand instead, an empty one would lie: it
/// is the end to who pages. What is empty altogether may be how none is written.
struct PageRead<T> {
    page: CursorPage<T>,
    has_list: bool,
}

impl<T> Default for PageRead<T> {
    fn default() -> Self {
        Self { page: CursorPage::default(), has_list: false }
    }
}

impl<T: DeserializeOwned> Members for PageRead<T> {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "list" => {
                self.page.list = members::list(map)?;
                self.has_list = true;
            }
            "nextCursor" => self.page.next_cursor = members::opt_text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.page.extra)
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for CursorPage<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let PageRead { page, has_list } = members::object(deserializer)?;
        if has_list || page.extra.is_empty() {
            Ok(page)
        } else {
            Err(D::Error::missing_field("list"))
        }
    }
}

/// Data that is a list; `null` and `{}` are the empty one.
#[derive(Deserialize)]
#[serde(transparent, bound = "T: Deserialize<'de>")]
pub(crate) struct Listed<T>(#[serde(deserialize_with = "lenient::list")] pub(crate) Vec<T>);

impl<T> Default for Listed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

/// Refuses an id that no customer has. One that an answer left out is 0.
fn check_customer_id(id: i64) -> Result<(), String> {
    if id > 0 { Ok(()) } else { Err(format!("customerId is {id}; it must be above zero")) }
}

/// Refuses a page without items.
fn check_size(size: Option<u32>) -> Result<(), String> {
    if size == Some(0) { Err("size is 0; it must be at least 1".to_owned()) } else { Ok(()) }
}
