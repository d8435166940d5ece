//! The tags of one account.

use serde::Serialize;

use super::envelope::Refusal;

/// Tags an account may have (vendor's document, EnterpriseLeadsApi).
const MAX_TAGS: usize = 100;

/// More digits than 32 bits hold: ids are 64 bits wide in the later documents.
const FIRST_ID: i64 = 1_680_000_000_000_001;
const IDS_PER_ACCOUNT: i64 = 1_000_000_000;

#[derive(Debug, Clone, Serialize)]
pub(super) struct Tag {
    #[serde(rename = "tag_id")]
    pub(super) id: i64,
    #[serde(rename = "tag_name")]
    pub(super) name: String,
    pub(super) deleted: bool,
}

/// Every tag there was, oldest first.
#[derive(Debug)]
pub(super) struct Tags {
    all: Vec<Tag>,
    next_id: i64,
}

impl Tags {
    /// The tags an account starts with.
    pub(super) fn new(account: usize, names: &[&str]) -> Self {
        let account = i64::try_from(account).unwrap_or(0);
        let mut tags = Self { all: Vec::new(), next_id: FIRST_ID + account * IDS_PER_ACCOUNT };
        for name in names {
            tags.push(name);
        }
        tags
    }

    pub(super) fn all(&self) -> &[Tag] {
        &self.all
    }

    pub(super) fn live(&self) -> impl Iterator<Item = &Tag> {
        self.all.iter().filter(|tag| !tag.deleted)
    }

    pub(super) fn find(&self, id: i64) -> Option<&Tag> {
        self.live().find(|tag| tag.id == id)
    }

    /// Makes a tag, names may repeat; answers its id.
    pub(super) fn create(&mut self, name: &str) -> Result<i64, Refusal> {
        if self.live().count() >= MAX_TAGS {
            return Err(Refusal::parameter(format!("no more than {MAX_TAGS} tags")));
        }
        Ok(self.push(name))
    }

    fn push(&mut self, name: &str) -> i64 {
        let id = self.next_id;
        self.next_id += 1;
        self.all.push(Tag { id, name: name.to_owned(), deleted: false });
        id
    }

    /// A live tag to change.
    pub(super) fn tag_mut(&mut self, id: i64) -> Result<&mut Tag, Refusal> {
        let found = self.all.iter_mut().find(|tag| tag.id == id && !tag.deleted);
        found.ok_or_else(unknown_tag)
    }
}

pub(super) fn unknown_tag() -> Refusal {
    Refusal::parameter("unknown tag_id")
}
