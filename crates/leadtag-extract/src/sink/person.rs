//! How both databases find the leads of a person.

use std::borrow::Cow;
use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;

use leadtag_core::SecretString;
use leadtag_core::pii::Mobile;
use leadtag_core::redact::mask_personal;

use crate::pii::{self, HIDDEN_ID, Kind, Pseudonyms, whole_number};
use crate::{Checkpoint, Error, Key, Result};

/// A shorter number stands in half of all texts.
const SHORTEST: usize = 7;

/// What people write between the digits of a number.
pub(super) const BETWEEN_DIGITS: [&str; 16] = [
    "-", " ", ".", "(", ")", "_", "·", "•", "‧", "・", "\u{a0}", "\u{2010}", "\u{2011}",
    "\u{2013}", "\u{2014}", "\u{2212}",
];

/// Whether an id has a form for which it may be hidden.
fn may_be_hidden(id: &str) -> bool {
    let is_number = || whole_number(id).is_some_and(|number| number.len() >= SHORTEST);
    matches!(mask_personal(id), Cow::Owned(_)) || is_number() || id.contains('@')
}

/// The leads of a person, and how many could not be told by a mobile.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) leads: Vec<Key>,
    pub(super) masked: u64,
    pub(super) hashed: u64,
    /// The number that was looked for; `None`: it is too short to be told in a text.
    pub(super) number: Option<String>,
}

/// The ids that a lead may come again with: where its id is hidden, the number that was looked for is
/// taken for what stands behind it. Elsewhere the number is not kept, not as a hash either: all
/// numbers can be tried against it.
pub(super) fn known_as<'a>(id: &'a str, number: Option<&'a str>) -> impl Iterator<Item = &'a str> {
    [Some(id), number.filter(|_| id.starts_with(HIDDEN_ID))].into_iter().flatten()
}

/// Looks for a lead by the id that its platform or its destination has.
pub(super) struct IdSearch<'a> {
    pub(super) provider: Option<&'a str>,
    id: &'a str,
    /// What it may be stored as.
    pub(super) stored: Vec<String>,
    /// The providers whose ids were never hashed but with the key that is given; `None`: such an id is
    /// hashed nowhere.
    sure: Option<HashSet<String>>,
}

impl<'a> IdSearch<'a> {
    /// Looks for this id, and for what stands in its place where it tells who the lead is, with this
    /// key too. The checkpoints tell which keys were used.
    pub(super) fn new(
        provider: Option<&'a str>,
        id: &'a str,
        key: Option<&SecretString>,
        checkpoints: &[Checkpoint],
    ) -> Result<Self> {
        let pseudonyms = key.map(Pseudonyms::new).transpose()?;
        let sure = may_be_hidden(id).then(|| sure_of(pseudonyms.as_ref(), checkpoints));
        let mut stored = vec![id.to_owned(), pii::hidden_id(id, None)];
        stored.extend(pseudonyms.as_ref().map(|key| pii::hidden_id(id, Some(key))));
        Ok(Self { provider, id, stored, sure })
    }

    /// The leads that are to be forgotten: those that were found, and the id itself, by which they come
    /// again with other settings. Somebody who is not there is remembered too, where the provider is
    /// named. `hidden` counts the other leads of hidden ids, by provider.
    ///
    /// # Errors
    /// `Input`, if nobody was found, and one of those may be it.
    pub(super) fn end(
        self,
        place: &str,
        leads: Vec<Key>,
        hidden: impl IntoIterator<Item = (String, i64)>,
    ) -> Result<Found> {
        let may_be_it = |name: &str| self.sure.as_ref().is_some_and(|sure| !sure.contains(name));
        let hidden = hidden.into_iter().filter(|(name, _)| may_be_it(name));
        let hashed = hidden.map(|(_, rows)| rows.unsigned_abs()).sum();
        if leads.is_empty() && hashed > 0 {
            return Err(Error::Input(format!(
                "{place}: {hashed} leads have ids that are hashed, and this one may be among them; \
                 give the key that they were hashed with (`--hmac-key`)"
            )));
        }
        let named = self.provider.iter().map(|name| Arc::from(*name));
        let providers: BTreeSet<Arc<str>> =
            leads.iter().map(|key| Arc::clone(&key.provider)).chain(named).collect();
        let itself = providers.into_iter().map(|provider| Key::new(provider, self.id));
        let leads: BTreeSet<Key> = leads.into_iter().chain(itself).collect();
        Ok(Found { leads: leads.into_iter().collect(), hashed, ..Found::default() })
    }
}

/// The providers whose rows were never hashed but with this key.
fn sure_of(key: Option<&Pseudonyms>, checkpoints: &[Checkpoint]) -> HashSet<String> {
    let own = key.map(Pseudonyms::check_value);
    let sure = checkpoints.iter().filter(|known| {
        // Without a key, what is hashed without one is found as well as with any.
        (known.key == own || known.key.is_none()) && !known.renewed
    });
    sure.map(|known| known.provider.clone()).collect()
}

/// Tells whether a row is a person's, by the mobiles as they are stored.
pub(super) struct MobileSearch {
    number: String,
    pseudonym: Option<String>,
    /// Whether rows were hashed, and none of them with the key that is given.
    is_other_key: bool,
    /// The providers whose rows were never hashed but with the key that is given.
    sure: HashSet<String>,
    found: Found,
    /// Whether any lead has mobiles, if only none.
    has_mobiles: bool,
}

impl MobileSearch {
    /// Looks for a number, and for its hash with this key. The checkpoints tell which keys were
    /// used.
    pub(super) fn new(
        mobile: &Mobile,
        key: Option<&SecretString>,
        checkpoints: &[Checkpoint],
    ) -> Result<Self> {
        let number = pii::normal_mobile(mobile.reveal()).into_owned();
        if number.is_empty() {
            return Err(Error::Input("a mobile number has digits".to_owned()));
        }
        let pseudonyms = key.map(Pseudonyms::new).transpose()?;
        let own = pseudonyms.as_ref().map(Pseudonyms::check_value);
        let used: Vec<_> = checkpoints.iter().filter_map(|known| known.key.as_ref()).collect();
        let is_other_key = !used.is_empty() && own.as_ref().is_some_and(|own| !used.contains(&own));
        let sure = pseudonyms.as_ref().map(|key| sure_of(Some(key), checkpoints));
        let sure = sure.unwrap_or_default();
        let pseudonym = pseudonyms.map(|hashes| hashes.of(Kind::Mobile, mobile.reveal()));
        let found = Found::default();
        Ok(Self { number, pseudonym, is_other_key, sure, found, has_mobiles: false })
    }

    /// Looks at the mobiles of a lead. They are a list, or the JSON of one.
    pub(super) fn look_at(&mut self, mobiles: &[String], lead: Key) {
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
        let is_hashed = || mobiles.iter().any(|stored| is_hash(stored));
        self.found.hashed += u64::from(!self.sure.contains(&*lead.provider) && is_hashed());
    }

    /// Who was found among `leads` leads. Nobody is an answer only where everybody could be.
    ///
    /// # Errors
    /// `Input`, if nobody was found, and some could not be told by what was given.
    pub(super) fn end(mut self, place: &str, leads: i64) -> Result<Found> {
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
        } else if *hashed > 0 && self.is_other_key {
            format!("{hashed} rows have mobiles that were hashed with another key; give that one ")
                + "(`--hmac-key`), or the lead's id (`--id`)"
        } else {
            return Ok(self.found);
        };
        Err(Error::Input(format!("{place}: {why}")))
    }
}

fn is_hash(stored: &str) -> bool {
    stored.len() == 32 && stored.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}

/// What a destination has no column of mobiles for.
pub(super) fn no_mobiles(place: &str) -> Error {
    Error::Input(format!(
        "{place}: it holds no mobiles (its columns were chosen without them), so nobody can be told \
         by one; look the lead up on its platform and give its id (`--id`)"
    ))
}
