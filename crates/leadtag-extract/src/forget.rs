//! People who want to be forgotten.

use std::collections::HashSet;
use std::fmt;

use leadtag_core::pii::Mobile;

/// Whose rows are to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Person {
    /// Whoever has this mobile number, on every platform.
    Mobile(Mobile),
    /// The lead with this id.
    Id {
        /// The provider's name in the configuration; `None`: of every provider.
        provider: Option<String>,
        /// The id, as the platform has it or as the destination has it.
        id: String,
    },
}

impl Person {
    /// The lead with this id, of this provider or of every one.
    pub fn id(provider: Option<&str>, id: impl Into<String>) -> Self {
        Self::Id { provider: provider.map(str::to_owned), id: id.into() }
    }
}

/// How many rows were removed.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
#[non_exhaustive]
pub struct Removed {
    /// Leads.
    pub leads: u64,
    /// Interactions of them.
    pub interactions: u64,
    /// Leads that stay, whose mobiles are masked: whether they are this person's cannot be told by a
    /// mobile.
    pub masked: u64,
    /// Rows that stay and have the number elsewhere: in an attribute, or in a text. It may be
    /// another person's row.
    pub elsewhere: u64,
    /// Leads that stay, whose mobiles or ids are hashed, maybe with another key than the one that was
    /// given: those could not be told.
    pub hashed: u64,
    /// Why bytes of what was removed are still in the destination's files, if they are: another
    /// program reads it just now, or there is no room. The next time that somebody is removed, or a
    /// pull ends, they are overwritten.
    pub left_in_files: Option<String>,
}

/// Whose rows are not written any more. It holds hashes, not ids.
#[derive(Clone, Default)]
pub struct Forgotten {
    salt: Vec<u8>,
    marks: HashSet<[u8; 32]>,
}

impl Forgotten {
    /// Of what a destination keeps: a salt of its own, and the [marks](Self::mark) made with it.
    #[must_use]
    pub fn new(salt: Vec<u8>, marks: HashSet<[u8; 32]>) -> Self {
        Self { salt, marks }
    }

    /// What a destination keeps of a lead of a provider that is forgotten: a SHA-256 of the salt, the
    /// provider's name and the lead's id.
    #[must_use]
    pub fn mark(salt: &[u8], provider: &str, lead: &str) -> [u8; 32] {
        let mut hash = hmac_sha256::Hash::new();
        for part in [salt, provider.as_bytes(), lead.as_bytes()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        hash.finalize()
    }

    /// Whether nobody was forgotten.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.marks.is_empty()
    }

    /// Whether this lead of this provider was.
    #[must_use]
    pub fn holds(&self, provider: &str, lead: &str) -> bool {
        !self.is_empty() && self.marks.contains(&Self::mark(&self.salt, provider, lead))
    }
}

impl fmt::Debug for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forgotten").field("people", &self.marks.len()).finish_non_exhaustive()
    }
}
