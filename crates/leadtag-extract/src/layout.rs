//! Which columns there are.

pub(crate) mod columns;
mod plan;
mod rules;

pub(crate) use plan::{AttributePlan, FixedPlan, Plan, own_name};
pub(crate) use rules::{Fault, Rules};

use std::fmt;
use std::str::FromStr;

use crate::{ColumnMap, Error, Result};

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

impl fmt::Display for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Columns => "columns",
            Self::Json => "json",
        })
    }
}

impl FromStr for Attributes {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        match text {
            "columns" => Ok(Self::Columns),
            "json" => Ok(Self::Json),
            _ => Err(Error::Input(format!("{text:?}: write \"columns\" or \"json\""))),
        }
    }
}

/// Which columns there are, and what they are called.
///
/// Columns are written as `name`, `mobiles`, … for those that every platform has, as
/// `attributes.city` for what a platform calls `city`, and `attributes.*` for all of that.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Layout {
    /// Where what is platform-specific goes.
    pub attributes: Attributes,
    /// Only these columns of leads, in the order they have; `None`: all but `raw`. `provider`, `id`
    /// and `deleted_at` are always there. `raw` is there for interactions too.
    pub columns: Option<Vec<String>>,
    /// What is renamed and dropped.
    pub map: ColumnMap,
}

impl Layout {
    /// Sets [`attributes`](Self::attributes).
    #[must_use]
    pub fn with_attributes(mut self, attributes: Attributes) -> Self {
        self.attributes = attributes;
        self
    }

    /// Sets [`columns`](Self::columns).
    #[must_use]
    pub fn with_columns<C: Into<String>>(mut self, columns: impl IntoIterator<Item = C>) -> Self {
        self.columns = Some(columns.into_iter().map(Into::into).collect());
        self
    }

    /// Sets the [`map`](Self::map).
    #[must_use]
    pub fn with_map(mut self, map: ColumnMap) -> Self {
        self.map = map;
        self
    }
}
