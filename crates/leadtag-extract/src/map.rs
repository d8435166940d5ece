//! The file that renames, drops and masks columns.

mod parse;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::{Error, PiiMode, Result};

/// What becomes of single columns. Its names are those of a [`Layout`](crate::Layout), and besides
/// `interactions.NAME` for those of interactions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnMap {
    /// New names, by the old ones.
    pub rename: BTreeMap<String, String>,
    /// Columns that are left out.
    pub drop: BTreeSet<String>,
    /// What becomes of the personal data in them.
    pub pii: BTreeMap<String, PiiMode>,
    /// What errors call it: the file that it was read from.
    pub file: Option<String>,
}

impl ColumnMap {
    /// Reads a map from a file in TOML; see [`parse`](Self::parse).
    ///
    /// # Errors
    /// If the file cannot be read, and as there.
    pub fn read(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let text = std::fs::read_to_string(path).map_err(Error::file(path, "cannot be read"))?;
        Self::parse(&text, &path.display().to_string())
    }

    /// Reads a map:
    ///
    /// ```
    /// let map = leadtag_extract::ColumnMap::parse(
    ///     r#"
    ///     drop = ["source", "attributes.avatar"]
    ///
    ///     [rename]
    ///     name = "full_name"
    ///     attributes.city = "town"
    ///
    ///     [pii]
    ///     mobiles = "hmac"
    ///     "#,
    ///     "map.toml",
    /// )?;
    /// assert_eq!(map.rename["attributes.city"], "town");
    /// # Ok::<(), leadtag_extract::Error>(())
    /// ```
    ///
    /// `file` is what errors call it.
    ///
    /// # Errors
    /// `Input`, with the line, for what is no TOML, for unknown keys and columns, with the nearest
    /// known one, and for what cannot be done: a column that is dropped and renamed, two that get
    /// one name, a key that is dropped.
    pub fn parse(text: &str, file: &str) -> Result<Self> {
        parse::map(text, file)
    }
}
