//! Leads (线索) and customers to be assigned (待分配).

use leadtag_core::members::{self, Extra, MapAccess, Members};
use leadtag_core::pii::{Mobile, PersonalText};
use leadtag_core::{Body, RawJson, TagId};
use serde::{Deserialize, Deserializer, Serialize};

use super::{ClueField, check_customer_id, check_size};

/// One lead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct GetClue {
    /// Its id.
    pub customer_id: i64,
}

impl GetClue {
    /// The lead of that id.
    #[must_use]
    pub fn new(customer_id: i64) -> Self {
        Self { customer_id }
    }
}

impl Body for GetClue {
    fn check(&self) -> Result<(), String> {
        check_customer_id(self.customer_id)
    }
}

/// Leads by the time they were created, oldest first. Nothing is required.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ListCluesByCreateTimeAsc {
    /// Created at or after this time, written `2024-01-31 16:00:00`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<String>,
    /// Created before this time, written in the same way.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// Leads per page. Neither the largest nor the usual number is documented; the samples have 10
    /// and 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size: Option<u32>,
    /// Where to go on: the cursor of the page before.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cursor: Option<String>,
    /// Only leads of this type. What the numbers mean is not documented.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub clue_type: Option<i64>,
}

impl ListCluesByCreateTimeAsc {
    /// All leads.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Sets the earliest time, which belongs to the list.
    #[must_use]
    pub fn with_since(mut self, time: impl Into<String>) -> Self {
        self.since = Some(time.into());
        self
    }

    /// Sets the latest time, which does not belong to the list.
    #[must_use]
    pub fn with_before(mut self, time: impl Into<String>) -> Self {
        self.before = Some(time.into());
        self
    }

    /// Sets the leads per page.
    #[must_use]
    pub fn with_size(mut self, size: u32) -> Self {
        self.size = Some(size);
        self
    }

    /// Sets where to go on. The empty cursor is the first page.
    #[must_use]
    pub fn with_cursor(mut self, cursor: impl Into<String>) -> Self {
        self.cursor = Some(cursor.into()).filter(|cursor| !cursor.is_empty());
        self
    }

    /// Sets the type of lead.
    #[must_use]
    pub fn with_type(mut self, clue_type: i64) -> Self {
        self.clue_type = Some(clue_type);
        self
    }
}

impl Body for ListCluesByCreateTimeAsc {
    fn check(&self) -> Result<(), String> {
        check_time("since", self.since.as_deref())?;
        check_time("before", self.before.as_deref())?;
        check_size(self.size)
    }
}

/// Refuses a time that is not written `yyyy-MM-dd HH:mm:ss`.
fn check_time(what: &str, time: Option<&str>) -> Result<(), String> {
    const FORM: &[u8] = b"0000-00-00 00:00:00";
    let same = |(have, form): (u8, &u8)| match form {
        b'0' => have.is_ascii_digit(),
        form => have == *form,
    };
    match time {
        Some(time) if time.len() != FORM.len() || !time.bytes().zip(FORM).all(same) => {
            Err(format!("{what} is {time:?}; write it as 2024-01-31 16:00:00"))
        }
        _ => Ok(()),
    }
}

/// A lead (线索), or a customer to be assigned (待分配).
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Clue {
    /// Its id; 0 only if the answer left it out.
    pub customer_id: i64,
    /// Whether it is a lead; otherwise it is a customer to be assigned.
    pub is_clue: Option<bool>,
    /// Its type. What the numbers mean is not documented.
    pub clue_type: Option<i64>,
    /// When it became a customer, in the platform's local time.
    pub convert_customer_time: Option<String>,
    /// Its fields, the tenant's own among them. Unset ones are there, without a value.
    pub fields: Vec<ClueField>,
    /// Its tags in the tag library. Whether these are the platform's ids or WeCom's is unverified.
    pub tag_ids: Vec<TagId>,
    /// When it was created, in the platform's local time, such as `2021-05-11 15:15:48`.
    pub create_time: Option<String>,
    /// When one of its fields was last changed.
    pub last_update_time: Option<String>,
    /// Its company. What stands in it is not documented.
    pub company_info: Option<RawJson>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Clue {
    /// The field of that name, such as `mobile` or `customer_stage`.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&ClueField> {
        self.fields.iter().find(|field| field.field == name)
    }

    /// The text of the field of that name, if it is set.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&PersonalText> {
        self.field(name)?.text()
    }

    /// The numbers in the field `mobile`, whether valid or not: see [`Mobile::is_valid`]. A text
    /// that is no list is one number.
    #[must_use]
    pub fn mobiles(&self) -> Vec<Mobile> {
        self.field("mobile").map(ClueField::numbers).unwrap_or_default()
    }
}

impl Members for Clue {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "customerId" => self.customer_id = members::int(map)?.unwrap_or_default(),
            "isClue" => self.is_clue = members::flag(map)?,
            "type" => self.clue_type = members::int_or_extra(map, name, &mut self.extra)?,
            "convertCustomerTime" => self.convert_customer_time = members::opt_text(map)?,
            "fields" => self.fields = members::list(map)?,
            "tagIds" => {
                self.tag_ids = members::texts(map)?.into_iter().map(TagId::from).collect();
            }
            "createTime" => self.create_time = members::opt_text(map)?,
            "lastUpdateTime" => self.last_update_time = members::opt_text(map)?,
            "companyInfo" => self.company_info = map.next_value()?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for Clue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}
