//! The file that renames, drops and masks columns.

use std::collections::{BTreeMap, BTreeSet};

use crate::PiiMode;

/// What becomes of single columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ColumnMap {
    /// New names, by the old ones.
    pub rename: BTreeMap<String, String>,
    /// Columns that are left out.
    pub drop: BTreeSet<String>,
    /// What becomes of the personal data in them.
    pub pii: BTreeMap<String, PiiMode>,
}
