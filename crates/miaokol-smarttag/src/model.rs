//! What is sent and what comes back, one to one with the documents.
//!
//! Requests serialise in the document's order, ids as numbers. Answers read ids and numbers in
//! either spelling and keep what they do not know in `extra`.

mod contact;
mod list;
mod tag;

use leadtag_core::body::check_text;
use serde::{Serialize, Serializer};

pub use contact::{
    ContactInfo, ListContacts, ListWechat, UpdateContact, UpdatedContact, WechatAccount,
    WechatContact,
};
pub use list::{Listed, MAX_PAGE_SIZE, Pager};
pub use tag::{
    AddSmartTag, BatchAddTags, DeleteSmartTag, ListSmartTags, SavedSmartTag, SmartTag,
    SmartTagGroup, SmartTagKind,
};

/// The number that an id is on the wire. Miaokol's ids count from 1; 0 means "new".
fn number(id: &str) -> Option<u64> {
    id.parse().ok().filter(|number: &u64| *number > 0 && number.to_string() == id)
}

pub(crate) fn check_id(what: &str, id: &str) -> Result<(), String> {
    check_text(what, id)?;
    match number(id) {
        Some(_) => Ok(()),
        None => Err(format!("{what} is {id:?}; an id of Miaokol is a whole number from 1 on")),
    }
}

fn check_page(page: Option<u32>, page_size: Option<u32>) -> Result<(), String> {
    match (page, page_size) {
        (Some(0), _) => Err("page is 0; pages count from 1".to_owned()),
        (_, Some(size)) if !(1..=MAX_PAGE_SIZE).contains(&size) => {
            Err(format!("page_size is {size}; it must be 1 to {MAX_PAGE_SIZE}"))
        }
        _ => Ok(()),
    }
}

/// Writes an id as the number it is. What is no number was refused before.
fn id_number<S: Serializer>(id: impl AsRef<str>, serializer: S) -> Result<S::Ok, S::Error> {
    let number = number(id.as_ref());
    number.ok_or_else(|| serde::ser::Error::custom("an id is no number"))?.serialize(serializer)
}

/// As [`id_number`]; `None` is 0.
fn id_or_zero<S, I>(id: &Option<I>, serializer: S) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    I: AsRef<str>,
{
    match id {
        Some(id) => id_number(id, serializer),
        None => serializer.serialize_u64(0),
    }
}

/// As [`id_number`], for a list.
fn id_numbers<S, I>(ids: &[I], serializer: S) -> Result<S::Ok, S::Error>
where
    S: Serializer,
    I: AsRef<str>,
{
    let numbers: Option<Vec<u64>> = ids.iter().map(|id| number(id.as_ref())).collect();
    let numbers = numbers.ok_or_else(|| serde::ser::Error::custom("an id is no number"))?;
    serializer.collect_seq(numbers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_a_whole_number_from_one_on() {
        assert_eq!(number("410983932389440"), Some(410_983_932_389_440));
        for wrong in ["", "0", "-1", "+1", "01", "1.0", " 1", "a", "99999999999999999999"] {
            assert_eq!(number(wrong), None, "{wrong:?}");
        }
    }
}
