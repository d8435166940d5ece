//! Bodies of writes, as a single public client sends them each. No document of the vendor that
//! could be read describes one (unverified).
//!
//! The platform writes fields in three shapes, one for each kind of write: [`FieldValueByAlias`],
//! [`FieldValuesByAlias`] and [`FieldById`]. An alias must have been given to a field before: see
//! [`MapProfileField`].

use std::fmt;

use leadtag_core::Body;
use leadtag_core::body::check_text;
use leadtag_core::pii::{Mobile, PersonalText};
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::check_customer_id;

/// A field and its value, for [`AddClue`]: an option's id as an integer, a time as
/// `2024-01-31 16:00:00`, a number as a number.
#[derive(Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct FieldValueByAlias {
    /// The field's alias.
    pub alias: String,
    /// Its value.
    pub field_value: Value,
}

impl FieldValueByAlias {
    /// A value for the field of that alias.
    pub fn new(alias: impl Into<String>, value: impl Into<Value>) -> Self {
        Self { alias: alias.into(), field_value: value.into() }
    }
}

impl fmt::Debug for FieldValueByAlias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldValueByAlias").field("alias", &self.alias).finish_non_exhaustive()
    }
}

/// A field and its values, for [`ImportCustomer`] and [`UpdateCustomer`].
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FieldValuesByAlias {
    /// The field's alias.
    pub alias: String,
    /// Its values. An import sends them as texts.
    pub values: Vec<Value>,
}

impl FieldValuesByAlias {
    /// Values for the field of that alias.
    pub fn new(
        alias: impl Into<String>,
        values: impl IntoIterator<Item = impl Into<Value>>,
    ) -> Self {
        Self { alias: alias.into(), values: values.into_iter().map(Into::into).collect() }
    }
}

impl fmt::Debug for FieldValuesByAlias {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldValuesByAlias").field("alias", &self.alias).finish_non_exhaustive()
    }
}

/// A field and its values, for [`SaveHighseas`].
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct FieldById {
    /// The field's id.
    pub id: i64,
    /// Its values.
    pub value: Vec<Value>,
}

impl FieldById {
    /// Values for the field of that id.
    pub fn new(id: i64, value: impl IntoIterator<Item = impl Into<Value>>) -> Self {
        Self { id, value: value.into_iter().map(Into::into).collect() }
    }
}

impl fmt::Debug for FieldById {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FieldById").field("id", &self.id).finish_non_exhaustive()
    }
}

/// A new lead.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct AddClue {
    /// The person's name.
    #[serde(serialize_with = "revealed")]
    pub customer_name: PersonalText,
    /// Mobile numbers. One that another lead has is refused (40417).
    #[serde(serialize_with = "all_revealed")]
    pub mobiles: Vec<Mobile>,
    /// Other fields.
    pub fields: Vec<FieldValueByAlias>,
}

impl AddClue {
    /// A lead of that name.
    pub fn named(name: impl Into<PersonalText>) -> Self {
        Self { customer_name: name.into(), mobiles: Vec::new(), fields: Vec::new() }
    }

    /// Sets the mobile numbers.
    #[must_use]
    pub fn with_mobiles(mut self, mobiles: impl IntoIterator<Item = impl Into<Mobile>>) -> Self {
        self.mobiles = mobiles.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the other fields.
    #[must_use]
    pub fn with_fields(mut self, fields: impl IntoIterator<Item = FieldValueByAlias>) -> Self {
        self.fields = fields.into_iter().collect();
        self
    }
}

impl Body for AddClue {
    fn check(&self) -> Result<(), String> {
        check_text("customerName", self.customer_name.reveal())?;
        if self.mobiles.iter().any(|mobile| mobile.reveal().trim().is_empty()) {
            return Err("a mobile is empty".to_owned());
        }
        check_aliases(self.fields.iter().map(|field| field.alias.as_str()))
    }
}

/// A change to one field of a lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EditClueField {
    /// The lead.
    pub customer_id: i64,
    /// The field's alias.
    pub field: String,
    /// Its new value, in the form that a lead's fields are read in.
    #[serde(serialize_with = "revealed")]
    pub value_as_text: PersonalText,
}

impl EditClueField {
    /// A new value for one field of one lead.
    pub fn new(
        customer_id: i64,
        field: impl Into<String>,
        value_as_text: impl Into<PersonalText>,
    ) -> Self {
        Self { customer_id, field: field.into(), value_as_text: value_as_text.into() }
    }
}

impl Body for EditClueField {
    fn check(&self) -> Result<(), String> {
        check_customer_id(self.customer_id)?;
        check_text("field", &self.field)
    }
}

/// A change to one field of what one member noted about a customer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct EditRelationField {
    /// The customer.
    pub customer_id: i64,
    /// The member account at WeCom.
    pub qw_user_id: String,
    /// The field's alias.
    pub field: String,
    /// Its new value.
    #[serde(serialize_with = "revealed")]
    pub value_as_text: PersonalText,
}

impl EditRelationField {
    /// A new value for one field of what one member noted about one customer.
    pub fn new(
        customer_id: i64,
        qw_user_id: impl Into<String>,
        field: impl Into<String>,
        value_as_text: impl Into<PersonalText>,
    ) -> Self {
        Self {
            customer_id,
            qw_user_id: qw_user_id.into(),
            field: field.into(),
            value_as_text: value_as_text.into(),
        }
    }
}

impl Body for EditRelationField {
    fn check(&self) -> Result<(), String> {
        check_customer_id(self.customer_id)?;
        check_text("qwUserId", &self.qw_user_id)?;
        check_text("field", &self.field)
    }
}

/// A personal customer of one member.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct ImportCustomer {
    /// The member account at WeCom.
    pub qw_user_id: String,
    /// The customer's fields.
    pub fields: Vec<FieldValuesByAlias>,
}

impl ImportCustomer {
    /// A customer of that member.
    pub fn of(
        qw_user_id: impl Into<String>,
        fields: impl IntoIterator<Item = FieldValuesByAlias>,
    ) -> Self {
        Self { qw_user_id: qw_user_id.into(), fields: fields.into_iter().collect() }
    }
}

impl Body for ImportCustomer {
    fn check(&self) -> Result<(), String> {
        check_text("qwUserId", &self.qw_user_id)?;
        check_some("fields", &self.fields)?;
        check_aliases(self.fields.iter().map(|field| field.alias.as_str()))
    }
}

/// Changes to the fields of a customer that somebody follows. Whether leads take them is unverified.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct UpdateCustomer {
    /// The customer.
    pub customer_id: i64,
    /// The fields with their new values.
    pub fields: Vec<FieldValuesByAlias>,
}

impl UpdateCustomer {
    /// New values for fields of one customer.
    pub fn new(customer_id: i64, fields: impl IntoIterator<Item = FieldValuesByAlias>) -> Self {
        Self { customer_id, fields: fields.into_iter().collect() }
    }
}

impl Body for UpdateCustomer {
    fn check(&self) -> Result<(), String> {
        check_customer_id(self.customer_id)?;
        check_some("fields", &self.fields)?;
        check_aliases(self.fields.iter().map(|field| field.alias.as_str()))
    }
}

/// One customer for the public pool.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[non_exhaustive]
pub struct HighseasCustomer {
    /// The customer's fields.
    pub fields: Vec<FieldById>,
}

impl HighseasCustomer {
    /// A customer with these fields.
    pub fn new(fields: impl IntoIterator<Item = FieldById>) -> Self {
        Self { fields: fields.into_iter().collect() }
    }
}

/// Customers for the public pool (公海). The body is a list.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub struct SaveHighseas(pub Vec<HighseasCustomer>);

impl Body for SaveHighseas {
    fn check(&self) -> Result<(), String> {
        check_some("the list", &self.0)?;
        self.0.iter().try_for_each(|customer| check_some("fields", &customer.fields))
    }
}

/// An alias for a field. Writes by alias need it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
#[non_exhaustive]
pub struct MapProfileField {
    /// The field's id, such as `104220`. It is sent as a text.
    pub field_id: String,
    /// The alias, such as `name`.
    pub alias: String,
}

impl MapProfileField {
    /// An alias for the field of that id.
    pub fn new(field_id: impl fmt::Display, alias: impl Into<String>) -> Self {
        Self { field_id: field_id.to_string(), alias: alias.into() }
    }
}

impl Body for MapProfileField {
    fn check(&self) -> Result<(), String> {
        check_text("fieldId", &self.field_id)?;
        check_text("alias", &self.alias)
    }
}

fn check_aliases<'a>(mut aliases: impl Iterator<Item = &'a str>) -> Result<(), String> {
    aliases.try_for_each(|alias| check_text("an alias", alias))
}

fn check_some<T>(what: &str, items: &[T]) -> Result<(), String> {
    if items.is_empty() { Err(format!("{what} is empty")) } else { Ok(()) }
}

fn revealed<S: Serializer>(text: &PersonalText, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(text.reveal())
}

fn all_revealed<S: Serializer>(mobiles: &[Mobile], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(mobiles.iter().map(Mobile::reveal))
}
