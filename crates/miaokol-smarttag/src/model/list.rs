//! Lists with pages.

use leadtag_core::members::{self, Extra, MapAccess, Members};
use serde::{Deserialize, Deserializer};

/// The most items that a page may have.
pub const MAX_PAGE_SIZE: u32 = 100;

/// One page of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Listed<T> {
    /// What stands on it.
    pub items: Vec<T>,
    /// Where it stands among the pages.
    pub pager: Option<Pager>,
}

/// Where a page stands. Go on while `page` is less than `num_pages` and the page is not empty: the
/// documented example contradicts itself in the other numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Pager {
    /// This page (`page`), from 1 on.
    pub page: Option<u32>,
    /// Items per page (`perPage`). In the documented example it is not what was asked for.
    pub per_page: Option<u32>,
    /// Items in all (`numRecords`).
    pub num_records: Option<u64>,
    /// Pages in all (`numPages`).
    pub num_pages: Option<u32>,
    /// The first item (`firstRecord`). Zero in the documented example.
    pub first_record: Option<i64>,
    /// The last item (`lastRecord`). Zero in the documented example.
    pub last_record: Option<i64>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for Pager {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "page" => self.page = members::int(map)?,
            "perPage" => self.per_page = members::int(map)?,
            "numRecords" => self.num_records = members::int(map)?,
            "numPages" => self.num_pages = members::int(map)?,
            "firstRecord" => self.first_record = members::int(map)?,
            "lastRecord" => self.last_record = members::int(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for Pager {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}
