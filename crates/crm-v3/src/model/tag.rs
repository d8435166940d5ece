//! The tag library (企微标签库).

use leadtag_core::members::{self, Extra, MapAccess, Members};
use serde::{Deserialize, Deserializer};

/// A tag group (标签组).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TagTreeGroup {
    /// Its id on this platform.
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
    /// Its id at WeCom.
    pub qw_tag_id: Option<String>,
    /// Its tags.
    pub tags: Vec<TagTreeTag>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for TagTreeGroup {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "id" => self.id = members::int(map)?,
            "name" => self.name = members::text(map)?,
            "qwTagId" => self.qw_tag_id = members::opt_text(map)?,
            "tags" => self.tags = members::list(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for TagTreeGroup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// A tag (标签).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct TagTreeTag {
    /// Its id on this platform.
    pub id: Option<i64>,
    /// Its name.
    pub name: String,
    /// Its id at WeCom.
    pub qw_tag_id: Option<String>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for TagTreeTag {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "id" => self.id = members::int(map)?,
            "name" => self.name = members::text(map)?,
            "qwTagId" => self.qw_tag_id = members::opt_text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for TagTreeTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}
