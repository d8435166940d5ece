//! The definitions of fields.

use leadtag_core::members::{self, Extra, MapAccess, Members};
use serde::{Deserialize, Deserializer};

use super::{FieldType, OptionId};

/// The definition of a field, of which only the id is known; the rest is in `extra`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct ProfileField {
    /// Its id.
    pub id: Option<i64>,
    /// Members that no document names.
    pub extra: Extra,
}

impl Members for ProfileField {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "id" => self.id = members::int(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for ProfileField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// The fields of customers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CustomerFields {
    /// The fields.
    pub fields: Vec<CustomerField>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl CustomerFields {
    /// The name of an option of any field, such as the one in a lead's `customer_stage`. `None`
    /// also if fields give that id different names: built-in ones, such as the gender, count their
    /// options from 0. Then ask the field: [`CustomerField::option_name`].
    #[must_use]
    pub fn option_name(&self, id: &OptionId) -> Option<&str> {
        let mut names = self.fields.iter().filter_map(|field| field.option_name(id));
        let name = names.next()?;
        names.all(|other| other == name).then_some(name)
    }
}

impl Members for CustomerFields {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "fields" => self.fields = members::list(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for CustomerFields {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// A field of customers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct CustomerField {
    /// Its id.
    pub id: Option<i64>,
    /// Its name, as people see it.
    pub name: String,
    /// Its type.
    pub field_type: Option<FieldType>,
    /// Its name at other systems.
    pub outer_field: Option<String>,
    /// Its options, if it is a choice.
    pub items: Vec<FieldOption>,
    /// Whether it belongs to the platform, and not to the tenant.
    pub stable: Option<bool>,
    /// Whether an import of customers needs it.
    pub customer_import_required: Option<bool>,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl CustomerField {
    /// The name of one of its options.
    #[must_use]
    pub fn option_name(&self, id: &OptionId) -> Option<&str> {
        let option = self.items.iter().find(|option| option.id == *id);
        option.map(|option| option.name.as_str())
    }
}

impl Members for CustomerField {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "id" => self.id = members::int(map)?,
            "name" => self.name = members::text(map)?,
            "type" => {
                self.field_type = members::int_or_extra::<M, i64>(map, name, &mut self.extra)?
                    .map(FieldType::from)
            }
            "outerField" => self.outer_field = members::opt_text(map)?,
            "items" => self.items = members::list(map)?,
            "stable" => self.stable = members::flag(map)?,
            "customerImportRequired" => self.customer_import_required = members::flag(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for CustomerField {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}

/// An option of a choice.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FieldOption {
    /// Its id; empty only if the answer left it out.
    pub id: OptionId,
    /// Its name.
    pub name: String,
    /// Members that the document does not name.
    pub extra: Extra,
}

impl Members for FieldOption {
    fn read<'de, M: MapAccess<'de>>(&mut self, name: &str, map: &mut M) -> Result<bool, M::Error> {
        match name {
            "id" => self.id = members::text(map)?.into(),
            "name" => self.name = members::text(map)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    fn extra(&mut self) -> Option<&mut Extra> {
        Some(&mut self.extra)
    }
}

impl<'de> Deserialize<'de> for FieldOption {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        members::object(deserializer)
    }
}
