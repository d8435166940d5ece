//! What becomes of personal data.

mod pseudonyms;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub(crate) use pseudonyms::{Pseudonyms, hash_of, mobiles_in, normal_mobile, whole_number};

/// How an id begins that stands for one that is personal.
pub(crate) const HIDDEN_ID: &str = "person-";

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

impl fmt::Display for PiiMode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Mask => "mask",
            Self::Hmac => "hmac",
            Self::Plain => "plain",
        })
    }
}

/// What becomes of personal data, by column.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct PiiPolicy {
    /// Where nothing else is said. Default: masked.
    pub default: PiiMode,
    /// By the column's own name, before it is renamed: `mobiles`, `attributes.wechat`, `raw`,
    /// `interactions.text`. What is named `attributes.…` here is personal as a whole.
    pub columns: BTreeMap<String, PiiMode>,
    /// The key of the hash, of 16 bytes at least. Needed where something is hashed.
    pub key: Option<leadtag_core::SecretString>,
}

impl fmt::Debug for PiiPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PiiPolicy")
            .field("default", &self.default)
            .field("columns", &self.columns)
            .finish_non_exhaustive()
    }
}
