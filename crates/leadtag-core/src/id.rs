//! Identifiers: strings here, whatever the wire uses.

use std::fmt;
use std::marker::PhantomData;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// An identifier handed out by a platform. Opaque: compare it, store it, send it back.
///
/// Reads a JSON string or an integer; writes a string.
pub struct Id<T> {
    value: String,
    of: PhantomData<fn() -> T>,
}

/// What an [`Id`] identifies.
#[derive(Clone, Copy, Debug)]
pub enum TagMarker {}
/// What an [`Id`] identifies.
#[derive(Clone, Copy, Debug)]
pub enum GroupMarker {}
/// What an [`Id`] identifies.
#[derive(Clone, Copy, Debug)]
pub enum LeadMarker {}

/// Identifies a tag (标签).
pub type TagId = Id<TagMarker>;
/// Identifies a tag group (标签组).
pub type GroupId = Id<GroupMarker>;
/// Identifies a lead (线索).
pub type LeadId = Id<LeadMarker>;

impl<T> Id<T> {
    /// Wraps an identifier.
    pub fn new(value: impl Into<String>) -> Self {
        Self { value: value.into(), of: PhantomData }
    }

    /// The identifier as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.value
    }

    /// The identifier as text, by value.
    #[must_use]
    pub fn into_string(self) -> String {
        self.value
    }
}

impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        Self::new(self.value.clone())
    }
}

/// The empty identifier, which no platform hands out.
impl<T> Default for Id<T> {
    fn default() -> Self {
        Self::new(String::new())
    }
}

impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T> Eq for Id<T> {}

impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.value.cmp(&other.value)
    }
}

impl<T> std::hash::Hash for Id<T> {
    fn hash<H: std::hash::Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.value, f)
    }
}

impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.value)
    }
}

impl<T> From<&str> for Id<T> {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl<T> From<String> for Id<T> {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

impl<T> AsRef<str> for Id<T> {
    fn as_ref(&self) -> &str {
        &self.value
    }
}

impl<T> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.value)
    }
}

impl<'de, T> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        crate::lenient::string(deserializer).map(Self::new)
    }
}
