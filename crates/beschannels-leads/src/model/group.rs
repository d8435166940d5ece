//! `group-user-list` (分组下用户列表), vendor's document 90301014.

use std::borrow::Cow;
use std::fmt;

use leadtag_core::body::check_text;
use leadtag_core::lenient;
use leadtag_core::members::{self, Extra, MapAccess, Members};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::{Parts, Row, Short, check_page, check_user};
use crate::envelope::object_or_empty;

/// The kind of object in a group. The document calls these three the default values: there are
/// more, such as fans, external data and the new lead pool, but it does not name them.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum GroupObj {
    /// Market leads (市场线索), `leads_schema_data`.
    LeadsSchemaData,
    /// Captured customers (留资客户), `schema_data`.
    SchemaData,
    /// Members (会员), `member`.
    Member,
    /// Any other, as it is written.
    Other(String),
}

impl GroupObj {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::LeadsSchemaData => "leads_schema_data",
            Self::SchemaData => "schema_data",
            Self::Member => "member",
            Self::Other(text) => text,
        }
    }
}

impl From<&str> for GroupObj {
    fn from(text: &str) -> Self {
        match text {
            "leads_schema_data" => Self::LeadsSchemaData,
            "schema_data" => Self::SchemaData,
            "member" => Self::Member,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl From<String> for GroupObj {
    fn from(text: String) -> Self {
        Self::from(text.as_str())
    }
}

impl Serialize for GroupObj {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// What becomes of the parts that are not set. The document's sample sends all seven, the unused
/// ones empty, and marks only two as required.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum EmptyParts {
    /// They are left out.
    #[default]
    Omit,
    /// They are sent as empty texts.
    Send,
}

/// Asks for one page of a group.
#[derive(Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct GroupUserList {
    /// The system user whose data permissions count. Required.
    pub user_id: String,
    /// The page, from 1 on.
    pub page_num: Option<u32>,
    /// Items per page. No limit is documented.
    pub page_size: Option<u32>,
    /// Basic search (基础搜索).
    pub search_str: Option<String>,
    /// The group (分组id). Sent as `groupId`.
    pub group_id: Option<String>,
    /// The kind of object. Required.
    pub group_obj: GroupObj,
    /// The fields to return. The form of the list is not documented: sent as it is.
    pub return_field_list: Option<String>,
    /// What becomes of the parts that are not set.
    pub empty_parts: EmptyParts,
}

impl GroupUserList {
    /// Asks for objects of a kind, as that user may see them.
    pub fn new(user_id: impl Into<String>, group_obj: impl Into<GroupObj>) -> Self {
        Self {
            user_id: user_id.into(),
            page_num: None,
            page_size: None,
            search_str: None,
            group_id: None,
            group_obj: group_obj.into(),
            return_field_list: None,
            empty_parts: EmptyParts::Omit,
        }
    }

    /// Sets the group.
    #[must_use]
    pub fn in_group(mut self, id: impl Into<String>) -> Self {
        self.group_id = Some(id.into());
        self
    }

    /// Sets the page, from 1 on, and its size.
    #[must_use]
    pub fn with_page(mut self, number: u32, size: u32) -> Self {
        (self.page_num, self.page_size) = (Some(number), Some(size));
        self
    }

    /// Sets the text to search for.
    #[must_use]
    pub fn with_search(mut self, text: impl Into<String>) -> Self {
        self.search_str = Some(text.into());
        self
    }

    /// Sets the fields to return, in the platform's own form.
    #[must_use]
    pub fn with_return_fields(mut self, list: impl Into<String>) -> Self {
        self.return_field_list = Some(list.into());
        self
    }

    /// Sets what becomes of the parts that are not set.
    #[must_use]
    pub fn with_empty_parts(mut self, empty: EmptyParts) -> Self {
        self.empty_parts = empty;
        self
    }
}

impl Parts for GroupUserList {
    fn check(&self) -> Result<(), String> {
        check_user(&self.user_id)?;
        check_text("group_obj", self.group_obj.as_str())?;
        check_page(self.page_num, self.page_size)
    }

    fn parts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        fn text(text: Option<&str>) -> Cow<'_, str> {
            text.unwrap_or_default().into()
        }
        let number = |n: Option<u32>| Cow::Owned(n.map_or_else(String::new, |n| n.to_string()));
        let mut parts = vec![
            ("user_id", text(Some(&self.user_id))),
            ("page_num", number(self.page_num)),
            ("page_size", number(self.page_size)),
            ("search_str", text(self.search_str.as_deref())),
            ("groupId", text(self.group_id.as_deref())),
            ("group_obj", text(Some(self.group_obj.as_str()))),
            ("return_field_list", text(self.return_field_list.as_deref())),
        ];
        if self.empty_parts == EmptyParts::Omit {
            parts.retain(|(_, text)| !text.is_empty());
        }
        parts
    }
}

impl fmt::Debug for GroupUserList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // What is searched for may be a mobile.
        f.debug_struct("GroupUserList")
            .field("user_id", &Short(&self.user_id))
            .field("group_obj", &self.group_obj)
            .field("group_id", &self.group_id)
            .field("page_num", &self.page_num)
            .field("page_size", &self.page_size)
            .field("searches", &self.search_str.is_some())
            .finish_non_exhaustive()
    }
}

/// One page of a group. The columns of its rows differ by organisation and by kind of object;
/// [`header`](Self::header) names them.
///
/// The document shows one form for six kinds of object: leads, captured customers, fans, external
/// data, members and the new lead pool. `null`, `[]` and `{}` are read as nothing.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct GroupUserPage<R = Row> {
    /// How many objects the group has.
    pub total: Option<u64>,
    /// The rows: newest first in the document's sample, which is not promised.
    pub list: Vec<R>,
    /// The columns to show, with their names for a person. Not all members of a row are among
    /// them.
    pub header: Vec<Column>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl<R> GroupUserPage<R> {
    /// The name of a column for a person, such as 姓名 for `FullName`.
    #[must_use]
    pub fn label_of(&self, prop: &str) -> Option<&str> {
        let column = self.header.iter().find(|column| column.prop == prop)?;
        Some(&column.label)
    }
}

impl<R> Default for GroupUserPage<R> {
    fn default() -> Self {
        Self { total: None, list: Vec::new(), header: Vec::new(), extra: Extra::default() }
    }
}

impl<R: DeserializeOwned> Members for GroupUserPage<R> {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "list" => self.list = members::list(map)?,
            // What stands beside the rows costs none of them.
            "total" => self.total = members::int_or_extra(map, name, &mut self.extra)?,
            "header" => {
                let value: Value = map.next_value()?;
                match lenient::list(&value) {
                    Ok(header) => self.header = header,
                    Err(_) => self.extra.insert(name, value),
                }
            }
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de, R: DeserializeOwned> Deserialize<'de> for GroupUserPage<R> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let page: Self = object_or_empty(deserializer)?;
        let nothing = page.total.is_none() && page.list.is_empty() && page.header.is_empty();
        if nothing && !page.extra.is_empty() {
            // Something came, and none of it is a page: an empty list would lie.
            return Err(serde::de::Error::custom("neither list nor total"));
        }
        Ok(page)
    }
}

/// A column of a page.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Column {
    /// Its name for a person, such as 姓名.
    pub label: String,
    /// The name of the member in each row, such as `FullName`.
    pub prop: String,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for Column {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "label" => self.label = members::text(map)?,
            "prop" => self.prop = members::text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for Column {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}
