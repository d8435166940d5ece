//! Objects, external data and tables: vendor's documents 243928289, 243929848 and 60245735, and a
//! single public client, each of which stands alone.

use std::borrow::Cow;
use std::fmt;

use leadtag_core::Body;
use leadtag_core::body::check_text;
use serde::Serialize;
use serde_json::Value;

use super::{ClientType, Fields, Parts, Short, check_page, check_user};

/// Asks for one page of the rows of an object.
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct ObjectList {
    /// The system user whose data permissions count. Required.
    pub user_id: String,
    /// The object, such as `Competitors`. Required.
    pub schema_name: String,
    /// The conditions, all of which must hold: `field_name`, `search_type`, and a value whose name
    /// is not documented.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub condition: Vec<Value>,
    /// The fields to return.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub field: Vec<String>,
    /// The order. The document's schema has a text, its example an object.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub order: Option<ObjectOrder>,
    /// The page, from 1 on. Required.
    pub page_num: u32,
    /// Items per page. Required.
    pub page_size: u32,
}

/// The order of rows.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct ObjectOrder {
    /// The field that decides.
    pub field_name: String,
    /// `desc` or `asc`.
    pub sort: String,
}

impl ObjectList {
    /// Asks for a page of an object.
    pub fn new(
        user_id: impl Into<String>,
        schema_name: impl Into<String>,
        page_num: u32,
        page_size: u32,
    ) -> Self {
        Self {
            user_id: user_id.into(),
            schema_name: schema_name.into(),
            condition: Vec::new(),
            field: Vec::new(),
            order: None,
            page_num,
            page_size,
        }
    }

    /// Sets the conditions, in the platform's own form.
    #[must_use]
    pub fn with_conditions(mut self, conditions: impl IntoIterator<Item = Value>) -> Self {
        self.condition = conditions.into_iter().collect();
        self
    }

    /// Sets the fields to return.
    #[must_use]
    pub fn with_fields(mut self, fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.field = fields.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the order: a field, and `desc` or `asc`.
    #[must_use]
    pub fn ordered_by(mut self, field: impl Into<String>, sort: impl Into<String>) -> Self {
        self.order = Some(ObjectOrder { field_name: field.into(), sort: sort.into() });
        self
    }
}

impl Body for ObjectList {
    fn check(&self) -> Result<(), String> {
        check_user(&self.user_id)?;
        check_text("schema_name", &self.schema_name)?;
        check_page(Some(self.page_num), Some(self.page_size))
    }
}

impl fmt::Debug for ObjectList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ObjectList")
            .field("user_id", &Short(&self.user_id))
            .field("schema_name", &self.schema_name)
            .field("conditions", &self.condition.len())
            .field("page_num", &self.page_num)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}

/// Creates or changes a row of an object.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct EditObject {
    /// The system user. Required.
    pub user_id: String,
    /// The object. Required.
    pub schema_name: String,
    /// The record type. Required.
    pub record_type_id: String,
    /// The row to change; a new one without it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<u64>,
    /// The fields.
    #[serde(flatten)]
    pub fields: Fields,
}

impl EditObject {
    /// Creates a row.
    pub fn create(
        user_id: impl Into<String>,
        schema_name: impl Into<String>,
        record_type_id: impl Into<String>,
    ) -> Self {
        Self {
            user_id: user_id.into(),
            schema_name: schema_name.into(),
            record_type_id: record_type_id.into(),
            id: None,
            fields: Fields::default(),
        }
    }

    /// Sets the row to change.
    #[must_use]
    pub fn with_id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// Sets a field.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.fields.insert(name, value);
        self
    }
}

impl Body for EditObject {
    fn check(&self) -> Result<(), String> {
        check_user(&self.user_id)?;
        check_text("schema_name", &self.schema_name)?;
        check_text("record_type_id", &self.record_type_id)?;
        for name in ["user_id", "schema_name", "record_type_id", "id"] {
            if self.fields.get(name).is_some() {
                return Err(format!("{name} is no field of an object; set it by its own method"));
            }
        }
        Ok(())
    }
}

impl fmt::Debug for EditObject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EditObject")
            .field("user_id", &Short(&self.user_id))
            .field("schema_name", &self.schema_name)
            .field("id", &self.id)
            .field("fields", &self.fields)
            .finish_non_exhaustive()
    }
}

/// Adds or changes a row of an external data source.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct CustomersAdd {
    /// The system user. Required.
    pub user_id: String,
    /// The id of the table. Required.
    #[serde(rename = "nextId")]
    pub next_id: String,
    /// The kind of client: external data alone is known to work.
    pub client_type: ClientType,
    /// The fields.
    pub data: Fields,
}

impl CustomersAdd {
    /// Adds a row to a table of an external data source.
    pub fn new(user_id: impl Into<String>, next_id: impl Into<String>) -> Self {
        Self {
            user_id: user_id.into(),
            next_id: next_id.into(),
            client_type: ClientType::ExternalDataSource,
            data: Fields::default(),
        }
    }

    /// Sets a field.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.data.insert(name, value);
        self
    }
}

impl Body for CustomersAdd {
    fn check(&self) -> Result<(), String> {
        check_user(&self.user_id)?;
        check_text("nextId", &self.next_id)?;
        if self.data.is_empty() { Err("data is empty".to_owned()) } else { Ok(()) }
    }
}

impl fmt::Debug for CustomersAdd {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CustomersAdd")
            .field("user_id", &Short(&self.user_id))
            .field("next_id", &self.next_id)
            .field("data", &self.data)
            .finish_non_exhaustive()
    }
}

/// Asks for the structure of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct CdpDetail {
    /// The id of the table.
    pub id: Option<u64>,
    /// The name of the table.
    pub schema_name: Option<String>,
}

impl CdpDetail {
    /// Asks by id.
    pub fn of(id: u64) -> Self {
        Self { id: Some(id), schema_name: None }
    }

    /// Asks by name.
    pub fn named(schema_name: impl Into<String>) -> Self {
        Self { id: None, schema_name: Some(schema_name.into()) }
    }
}

impl Parts for CdpDetail {
    fn check(&self) -> Result<(), String> {
        match (&self.id, &self.schema_name) {
            (None, None) => Err("give id or schema_name".to_owned()),
            (_, Some(name)) => check_text("schema_name", name),
            _ => Ok(()),
        }
    }

    fn parts(&self) -> Vec<(&'static str, Cow<'_, str>)> {
        let id = self.id.map(|id| ("id", id.to_string().into()));
        let name = self.schema_name.as_deref().map(|name| ("schema_name", name.into()));
        id.into_iter().chain(name).collect()
    }
}
