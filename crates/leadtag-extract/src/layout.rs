//! Which columns there are.

use crate::ColumnMap;

/// Where what is platform-specific goes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum Attributes {
    /// Each into a column of its own.
    #[default]
    Columns,
    /// All into one column of JSON, `attributes`.
    Json,
}

/// Which columns there are, and what they are called.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Layout {
    /// Where what is platform-specific goes.
    pub attributes: Attributes,
    /// Only these columns; `None`: all but `raw`. The key is always there.
    pub columns: Option<Vec<String>>,
    /// What is renamed and dropped.
    pub map: ColumnMap,
}
