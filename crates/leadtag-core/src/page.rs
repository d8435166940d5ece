//! Pages and the cursors between them.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::secret::short_hash;
use crate::{Error, Platform, Result};

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Page<T> {
    /// What stands on it. A page in the middle may be empty.
    pub items: Vec<T>,
    /// Where the next page begins; `None` on the last one.
    pub next: Option<Cursor>,
    /// How many items the whole list has, where the platform tells.
    pub total: Option<u64>,
}

impl<T> Page<T> {
    /// A page.
    #[must_use]
    pub fn new(items: Vec<T>, next: Option<Cursor>) -> Self {
        Self { items, next, total: None }
    }

    /// The only page of a list.
    #[must_use]
    pub fn last(items: Vec<T>) -> Self {
        Self::new(items, None)
    }

    /// Sets the number of items of the whole list.
    #[must_use]
    pub fn with_total(mut self, total: Option<u64>) -> Self {
        self.total = total;
        self
    }
}

/// A place in a list: opaque, can be stored, and is good only for the list it came from.
///
/// Stored as text (`Display` and `FromStr`, or serde). It carries the platform and a hash of the
/// query, and is refused by any other.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Cursor {
    platform: String,
    list: String,
    position: String,
}

impl Cursor {
    /// For providers: a cursor to `position`, in the platform's own form, of the list that
    /// `query` describes. `query` must be written the same way for the same list.
    pub fn new(platform: Platform, query: &impl Serialize, position: impl Into<String>) -> Self {
        Self {
            platform: platform.as_str().to_owned(),
            list: list_hash(query),
            position: position.into(),
        }
    }

    /// For providers: the position, if this cursor belongs to that list.
    ///
    /// # Errors
    /// `InvalidArgument` if it is a cursor of another platform or query.
    pub fn position(&self, platform: Platform, query: &impl Serialize) -> Result<&str> {
        if self.platform != platform.as_str() {
            return Err(Error::invalid_argument(format!(
                "a cursor of {} was given to {platform}; use it where it came from",
                self.platform
            )));
        }
        if self.list != list_hash(query) {
            return Err(Error::invalid_argument(
                "the cursor belongs to another query; ask with the query it came from",
            ));
        }
        Ok(&self.position)
    }
}

fn list_hash(query: &impl Serialize) -> String {
    let text = serde_json::to_string(query).unwrap_or_default();
    short_hash("leadtag cursor", &[&text])
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}", self.platform, self.list, self.position)
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({}:{})", self.platform, self.list)
    }
}

impl std::str::FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let mut parts = text.splitn(3, ':');
        match (parts.next(), parts.next(), parts.next()) {
            (Some(platform), Some(list), Some(position)) if !platform.is_empty() => Ok(Self {
                platform: platform.to_owned(),
                list: list.to_owned(),
                position: position.to_owned(),
            }),
            _ => Err(Error::invalid_argument("this is not a cursor; use one that a page gave")),
        }
    }
}

impl Serialize for Cursor {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: Platform = Platform::new("here");

    #[test]
    fn a_cursor_is_refused_by_another_platform_and_another_query() {
        let cursor = Cursor::new(HERE, &"q1", "page:2");
        assert_eq!(cursor.position(HERE, &"q1").unwrap(), "page:2");
        assert!(cursor.position(Platform::new("there"), &"q1").is_err());
        assert!(cursor.position(HERE, &"q2").is_err());
    }

    #[test]
    fn a_cursor_survives_storage() {
        let cursor = Cursor::new(HERE, &"q1", "a:b:\u{4e2d}");
        let text = serde_json::to_string(&cursor).unwrap();
        assert_eq!(serde_json::from_str::<Cursor>(&text).unwrap(), cursor);
        assert!("nonsense".parse::<Cursor>().is_err());
    }
}
