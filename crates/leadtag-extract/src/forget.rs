//! People who want to be forgotten.

use std::collections::HashSet;
use std::fmt;

use leadtag_core::SecretString;
use leadtag_core::pii::Mobile;

use crate::masking::Kind;
use crate::pii::{self, HIDDEN_ID, Pseudonyms};
use crate::{Error, Result};

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
        /// The id as the destination has it.
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
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
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
    /// Leads that stay, whose mobiles are hashed: with another key than the one that was given they
    /// could not be told.
    pub hashed: u64,
    /// Whether bytes of what was removed are still in the destination's files, because another
    /// program reads it just now. The next time that somebody is removed, or a pull ends, they are
    /// overwritten.
    pub is_left_in_files: bool,
}

/// A shorter number stands in half of all texts.
#[allow(dead_code, reason = "only some destinations can forget")]
const SHORTEST: usize = 7;

/// What people write between the digits of a number.
#[allow(dead_code, reason = "only some destinations can forget")]
pub(crate) const BETWEEN_DIGITS: [&str; 9] =
    ["-", " ", ".", ")", "\u{a0}", "\u{2010}", "\u{2011}", "\u{2013}", "\u{2014}"];

/// A lead: its provider and its id.
#[allow(dead_code, reason = "only some destinations can forget")]
pub(crate) type Lead = (String, String);

/// The leads of a person, and how many could not be told by a mobile.
#[derive(Debug, Default)]
#[allow(dead_code, reason = "only some destinations can forget")]
pub(crate) struct Found {
    pub(crate) leads: Vec<Lead>,
    pub(crate) masked: u64,
    pub(crate) hashed: u64,
    /// The number that was looked for; `None`: it is too short to be told in a text.
    pub(crate) number: Option<String>,
}

impl From<Vec<Lead>> for Found {
    fn from(leads: Vec<Lead>) -> Self {
        Self { leads, ..Self::default() }
    }
}

/// Whose rows are not written any more. It holds hashes, not ids.
#[derive(Clone, Default)]
pub struct Forgotten {
    salt: Vec<u8>,
    people: HashSet<[u8; 32]>,
}

impl Forgotten {
    /// Of what a destination keeps.
    #[allow(dead_code, reason = "only some destinations can forget")]
    pub(crate) fn new(salt: Vec<u8>, people: HashSet<[u8; 32]>) -> Self {
        Self { salt, people }
    }

    /// Whether nobody was forgotten.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.people.is_empty()
    }

    /// Whether this lead of this provider was.
    #[must_use]
    pub fn holds(&self, provider: &str, lead: &str) -> bool {
        !self.is_empty() && self.people.contains(&mark(&self.salt, provider, lead))
    }
}

impl fmt::Debug for Forgotten {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Forgotten").field("people", &self.people.len()).finish_non_exhaustive()
    }
}

/// The ids that a lead may come again with: where its id is hidden, the number that was looked for is
/// taken for what stands behind it. Elsewhere the number is not kept, not as a hash either: all
/// numbers can be tried against it.
#[allow(dead_code, reason = "only some destinations can forget")]
pub(crate) fn known_as<'a>(id: &'a str, number: Option<&'a str>) -> impl Iterator<Item = &'a str> {
    [Some(id), number.filter(|_| id.starts_with(HIDDEN_ID))].into_iter().flatten()
}

/// What is remembered of a lead: a hash with a salt of the destination's own.
pub(crate) fn mark(salt: &[u8], provider: &str, lead: &str) -> [u8; 32] {
    let mut hash = hmac_sha256::Hash::new();
    for part in [salt, provider.as_bytes(), lead.as_bytes()] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    hash.finalize()
}

/// Tells whether a row is a person's, by the mobiles as they are stored.
#[allow(dead_code, reason = "only some destinations can forget")]
pub(crate) struct MobileSearch {
    number: String,
    pseudonym: Option<String>,
    found: Found,
    /// Whether any lead has mobiles, if only none.
    has_mobiles: bool,
}

#[allow(dead_code, reason = "only some destinations can forget")]
impl MobileSearch {
    pub(crate) fn new(mobile: &Mobile, key: Option<&SecretString>) -> Result<Self> {
        let number = pii::normal_mobile(mobile.reveal()).into_owned();
        if number.is_empty() {
            return Err(Error::Input("a mobile number has digits".to_owned()));
        }
        let pseudonyms = key.map(Pseudonyms::new).transpose()?;
        let pseudonym = pseudonyms.map(|hashes| hashes.of(Kind::Mobile, mobile.reveal()));
        Ok(Self { number, pseudonym, found: Found::default(), has_mobiles: false })
    }

    /// Looks at the mobiles of a lead. They are a list, or the JSON of one.
    pub(crate) fn look_at(&mut self, mobiles: &[String], lead: Lead) {
        self.has_mobiles = true;
        let is_this = |stored: &String| {
            Some(stored) == self.pseudonym.as_ref()
                || pii::mobiles_in(stored).iter().any(|mobile| *mobile == self.number)
        };
        if mobiles.iter().any(is_this) {
            self.found.leads.push(lead);
            return;
        }
        self.found.masked += u64::from(mobiles.iter().any(|stored| stored.contains('*')));
        self.found.hashed += u64::from(mobiles.iter().any(|stored| is_hash(stored)));
    }

    /// Who was found among `leads` leads. Nobody is an answer only where everybody could be.
    ///
    /// # Errors
    /// `Input`, if nobody was found, and some could not be told by what was given.
    pub(crate) fn end(mut self, place: &str, leads: i64) -> Result<Found> {
        if leads > 0 && !self.has_mobiles {
            return Err(no_mobiles(place));
        }
        self.found.number = Some(self.number).filter(|number| number.len() >= SHORTEST);
        let Found { leads, masked, hashed, .. } = &self.found;
        let why = if !leads.is_empty() {
            return Ok(self.found);
        } else if *masked > 0 {
            format!("{masked} rows have masked mobiles, so nobody can be told by them; ")
                + "look the lead up on its platform and give its id (`--id`)"
        } else if *hashed > 0 && self.pseudonym.is_none() {
            format!("{hashed} rows have hashed mobiles; give the key that they were hashed ")
                + "with (`--hmac-key`), or the lead's id (`--id`)"
        } else {
            return Ok(self.found);
        };
        Err(Error::Input(format!("{place}: {why}")))
    }
}

#[allow(dead_code, reason = "only some destinations can forget")]
fn is_hash(stored: &str) -> bool {
    stored.len() == 32 && stored.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// What a destination has no column of mobiles for.
#[allow(dead_code, reason = "only some destinations can forget")]
pub(crate) fn no_mobiles(place: &str) -> Error {
    Error::Input(format!(
        "{place}: it holds no mobiles (its columns were chosen without them), so nobody can be told \
         by one; look the lead up on its platform and give its id (`--id`)"
    ))
}
