//! Smart tags: what comes back.

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::{GroupId, TagId};
use serde::{Deserialize, Deserializer};

use super::SmartTagKind;

/// A listed tag group (标签分组).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SmartTagGroup {
    /// Its id; empty only if Miaokol left it out.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// What it is (`type`): a group.
    pub kind: Option<SmartTagKind>,
    /// `number`, whose meaning is not documented.
    pub number: Option<i64>,
    /// Its tags, larger `sort` first in the documented example; empty unless they were asked for.
    pub tags: Vec<SmartTag>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for SmartTagGroup {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "id" => self.id = members::text(map)?.into(),
            "name" => self.name = members::text(map)?,
            "type" => {
                self.kind = members::int_or_extra::<_, i64>(map, name, &mut self.extra)?
                    .map(SmartTagKind::from)
            }
            "number" => self.number = members::int_or_extra(map, name, &mut self.extra)?,
            "tags" => self.tags = members::list(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for SmartTagGroup {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// A listed tag (标签).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SmartTag {
    /// Its id; empty only if Miaokol left it out. Quoted in the documented example.
    pub id: TagId,
    /// Its name.
    pub name: String,
    /// Its group.
    pub parent_id: Option<GroupId>,
    /// Its sort value, which no call writes.
    pub sort: Option<i64>,
    /// How many customers carry it, by its name.
    pub contact_cnt: Option<u64>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for SmartTag {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "id" => self.id = members::text(map)?.into(),
            "name" => self.name = members::text(map)?,
            "parent_id" => self.parent_id = members::opt_text(map)?.map(GroupId::from),
            "sort" => self.sort = members::int_or_extra(map, name, &mut self.extra)?,
            "contact_cnt" => self.contact_cnt = members::int_or_extra(map, name, &mut self.extra)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for SmartTag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// A tag or group that was created or changed. After a lost answer it is made from a list, and has
/// no more than `id`, `name`, `kind` and `parent_id`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct SavedSmartTag {
    /// Its id; empty only if Miaokol left it out.
    pub id: String,
    /// The account it belongs to.
    pub user_id: Option<i64>,
    /// The staff account it belongs to; 0 for none.
    pub sub_user_id: Option<i64>,
    /// The company it belongs to; 0 for none.
    pub corp_id: Option<i64>,
    /// `module`, whose meaning is not documented. 47 in the example.
    pub module: Option<i64>,
    /// Its name.
    pub name: String,
    /// What it is (`type`).
    pub kind: Option<SmartTagKind>,
    /// Whether it was deleted.
    pub is_delete: Option<bool>,
    /// `number`, whose meaning is not documented.
    pub number: Option<i64>,
    /// Its group; 0 for a group.
    pub parent_id: Option<GroupId>,
    /// When it was created, in seconds since the Unix epoch.
    pub ctime: Option<i64>,
    /// When it was last changed, in seconds since the Unix epoch.
    pub utime: Option<i64>,
    /// Its sort value.
    pub sort: Option<i64>,
    /// Members without a field here. The document's own member `extra`, of which only `null` is
    /// known, is one of them.
    pub extra: Extra,
}

impl SavedSmartTag {
    /// A group, as it was found in a list.
    pub(crate) fn listed_group(group: &SmartTagGroup) -> Self {
        let kind = Some(SmartTagKind::Group);
        Self { id: group.id.to_string(), name: group.name.clone(), kind, ..Self::default() }
    }

    /// A tag, as it was found in a list.
    pub(crate) fn listed_tag(tag: &SmartTag, group: &GroupId) -> Self {
        Self {
            id: tag.id.to_string(),
            name: tag.name.clone(),
            kind: Some(SmartTagKind::Tag),
            parent_id: Some(group.clone()),
            ..Self::default()
        }
    }
}

impl Members for SavedSmartTag {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "id" => self.id = members::text(map)?,
            "user_id" => self.user_id = members::int_or_extra(map, name, &mut self.extra)?,
            "sub_user_id" => self.sub_user_id = members::int_or_extra(map, name, &mut self.extra)?,
            "corp_id" => self.corp_id = members::int_or_extra(map, name, &mut self.extra)?,
            "module" => self.module = members::int_or_extra(map, name, &mut self.extra)?,
            "name" => self.name = members::text(map)?,
            "type" => {
                self.kind = members::int_or_extra::<_, i64>(map, name, &mut self.extra)?
                    .map(SmartTagKind::from)
            }
            "is_delete" => self.is_delete = members::flag(map)?,
            "number" => self.number = members::int_or_extra(map, name, &mut self.extra)?,
            "parent_id" => self.parent_id = members::opt_text(map)?.map(GroupId::from),
            "ctime" => self.ctime = members::int_or_extra(map, name, &mut self.extra)?,
            "utime" => self.utime = members::int_or_extra(map, name, &mut self.extra)?,
            "sort" => self.sort = members::int_or_extra(map, name, &mut self.extra)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}
