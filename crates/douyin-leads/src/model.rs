//! What is sent and what comes back, one to one with the documents.
//!
//! Requests serialise in the document's order. Answers read numbers and bools with and without
//! quotes, take `null`, `""` and `"<nil>"` for unset, and keep what they do not know in `extra`.

mod lead;
mod list;
mod oauth;
mod tag;

use leadtag_core::members::{self, MapAccess};

pub use lead::{
    Action, ActionList, ActionType, Gender, LeadUser, LeadsLevel, ListUserActions, ListUsers,
    UserDetail, UserList,
};

pub use list::{DEFAULT_COUNT, Row};
pub use oauth::{OAuthToken, RenewedToken};
pub use tag::{
    BindTag, CreateTag, DeleteTag, ListTagUsers, ListTags, SavedTag, Tag, TagList, TagUserList,
    UpdateTag,
};

/// What Douyin's samples print for an unset value.
const NIL: &str = "<nil>";

/// A text, or an integer read as its digits. `null` and `"<nil>"` are unset; `""` is a text.
pub(crate) fn text<'de, M: MapAccess<'de>>(map: &mut M) -> Result<Option<String>, M::Error> {
    Ok(members::opt_text(map)?.filter(|text| text != NIL))
}

/// A cursor: opaque, a number or a text. `null`, `""` and `"<nil>"` are none.
fn cursor<'de, M: MapAccess<'de>>(map: &mut M) -> Result<Option<String>, M::Error> {
    Ok(text(map)?.filter(|cursor| !cursor.is_empty()))
}

/// Query parameters, without those that are not set.
fn query<const N: usize>(
    pairs: [(&'static str, Option<String>); N],
) -> Vec<(&'static str, String)> {
    pairs.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
}

fn number<N: ToString>(value: N) -> Option<String> {
    Some(value.to_string())
}
