//! The people that tags are put on.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A contact (客户), named as one platform names it.
///
/// `Debug` and `Display` shorten the ids: on some platforms they are WeChat ids.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ContactRef {
    /// The member account whose relation to the contact is tagged. Absent where tags belong to the contact alone.
    pub owner: Option<String>,
    /// The contact's id.
    pub id: String,
}

impl ContactRef {
    /// A contact that is not seen through a member account.
    pub fn new(id: impl Into<String>) -> Self {
        Self { owner: None, id: id.into() }
    }

    /// A contact as seen by one member account.
    pub fn owned_by(owner: impl Into<String>, id: impl Into<String>) -> Self {
        Self { owner: Some(owner.into()), id: id.into() }
    }
}

impl fmt::Display for ContactRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let short = |id: &str| id.chars().take(4).chain("…".chars()).collect::<String>();
        match &self.owner {
            Some(owner) => write!(f, "{}/{}", short(owner), short(&self.id)),
            None => f.write_str(&short(&self.id)),
        }
    }
}

impl fmt::Debug for ContactRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ContactRef({self})")
    }
}
