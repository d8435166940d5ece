//! What becomes of personal data.

mod pseudonyms;

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use leadtag_core::pii::{Email, Mobile, PersonalText, WechatId};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

pub(crate) use pseudonyms::{
    Pseudonyms, hash_of, hidden_id, mobiles_in, normal_mobile, whole_number,
};

/// How an id begins that stands for one that is personal.
pub(crate) const HIDDEN_ID: &str = "person-";

/// What kind of personal data a value is, and so how it is masked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Mobile,
    Email,
    Wechat,
    Text,
}

impl Kind {
    pub(crate) fn mask(self, value: &str) -> String {
        match self {
            Self::Mobile => Mobile::from(value).masked(),
            Self::Email => Email::from(value).masked(),
            Self::Wechat => WechatId::from(value).masked(),
            Self::Text => PersonalText::from(value).masked(),
        }
    }
}

/// What becomes of the personal data in a column.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum PiiMode {
    /// It is masked: `199****1234`.
    #[default]
    Mask,
    /// It is replaced by a keyed hash, which is the same for the same value on every platform.
    Hmac,
    /// It is written as it is.
    Plain,
}

impl PiiMode {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Mask => "mask",
            Self::Hmac => "hmac",
            Self::Plain => "plain",
        }
    }
}

impl fmt::Display for PiiMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for PiiMode {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let found = [Self::Mask, Self::Hmac, Self::Plain].into_iter().find(|m| m.as_str() == text);
        found
            .ok_or_else(|| Error::Input(format!("{text:?}: write \"mask\", \"hmac\" or \"plain\"")))
    }
}

/// What becomes of personal data, by column.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct PiiPolicy {
    /// Where nothing else is said. Default: masked.
    pub default: PiiMode,
    /// By the column's own name, before it is renamed: `mobiles`, `attributes.wechat`, `raw`,
    /// `interactions.text`. What is named here is personal as a whole, whatever it looks like; but
    /// `raw`, `attributes.*` and those of interactions, of which only what is personal is.
    pub columns: BTreeMap<String, PiiMode>,
    /// The key of the hash, of 16 bytes at least. Needed where something is hashed.
    pub key: Option<leadtag_core::SecretString>,
}

impl PiiPolicy {
    /// This for everything of which nothing else is said.
    #[must_use]
    pub fn new(default: PiiMode) -> Self {
        Self { default, ..Self::default() }
    }

    /// Says it of one [column](Self::columns).
    #[must_use]
    pub fn with_column(mut self, column: impl Into<String>, mode: PiiMode) -> Self {
        self.columns.insert(column.into(), mode);
        self
    }

    /// Sets the [key](Self::key) of the hash.
    #[must_use]
    pub fn with_key(mut self, key: leadtag_core::SecretString) -> Self {
        self.key = Some(key);
        self
    }
}

impl fmt::Debug for PiiPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PiiPolicy")
            .field("default", &self.default)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}
