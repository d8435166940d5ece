//! `data-list-v2`, vendor's document 129161511, which alone describes it.

use std::fmt;

use leadtag_core::Body;
use leadtag_core::body::check_text;
use serde::{Serialize, Serializer};
use serde_json::Value;

use super::{Short, check_page, check_user};

/// The kind of client (客群).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ClientType {
    /// Visitors, `browseCustomers`. They can be neither filtered nor searched, and have no time of
    /// creation.
    BrowseCustomers,
    /// An external data source, `externalDataSource`.
    ExternalDataSource,
    /// Captured customers (留资客户), `clientsCustomers`.
    ClientsCustomers,
    /// External contacts of WeCom, `mochatLink`.
    MochatLink,
    /// Any other, as it is written.
    Other(String),
}

impl ClientType {
    /// As it is written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::BrowseCustomers => "browseCustomers",
            Self::ExternalDataSource => "externalDataSource",
            Self::ClientsCustomers => "clientsCustomers",
            Self::MochatLink => "mochatLink",
            Self::Other(text) => text,
        }
    }

    /// Whether a table must be named.
    fn needs_table(&self) -> bool {
        matches!(self, Self::ExternalDataSource | Self::MochatLink)
    }
}

impl From<&str> for ClientType {
    fn from(text: &str) -> Self {
        match text {
            "browseCustomers" => Self::BrowseCustomers,
            "externalDataSource" => Self::ExternalDataSource,
            "clientsCustomers" => Self::ClientsCustomers,
            "mochatLink" => Self::MochatLink,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl Serialize for ClientType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// How conditions are joined.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum ConditionType {
    /// All must hold: the platform's default.
    And,
    /// One is enough.
    Or,
}

/// Asks for one page of a customer group.
#[derive(Clone, PartialEq, Serialize)]
#[non_exhaustive]
pub struct DataListV2 {
    /// The system user whose data permissions count. Required.
    pub user_id: String,
    /// The kind of client. Required.
    pub client_type: ClientType,
    /// The id of the table; required for `externalDataSource` and `mochatLink`.
    #[serde(rename = "nextId", skip_serializing_if = "Option::is_none")]
    pub next_id: Option<String>,
    /// The conditions. Their form is not in the documents that this crate is made from.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub condition: Vec<Value>,
    /// How conditions are joined.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_type: Option<ConditionType>,
    /// The text to search for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub search_str: Option<String>,
    /// The page, from 1 on. Required. The document's schema has a text, its table an integer.
    pub page_num: u32,
    /// Items per page. Required.
    pub page_size: u32,
}

impl DataListV2 {
    /// Asks for the first 20 clients of a kind. For 20 there is no rule: it is small.
    pub fn new(user_id: impl Into<String>, client_type: impl Into<ClientType>) -> Self {
        Self {
            user_id: user_id.into(),
            client_type: client_type.into(),
            next_id: None,
            condition: Vec::new(),
            condition_type: None,
            search_str: None,
            page_num: 1,
            page_size: 20,
        }
    }

    /// Sets the table.
    #[must_use]
    pub fn in_table(mut self, next_id: impl Into<String>) -> Self {
        self.next_id = Some(next_id.into());
        self
    }

    /// Sets the page, from 1 on, and its size.
    #[must_use]
    pub fn with_page(mut self, number: u32, size: u32) -> Self {
        (self.page_num, self.page_size) = (number, size);
        self
    }

    /// Sets the conditions, in the platform's own form, and how they are joined.
    #[must_use]
    pub fn with_conditions(
        mut self,
        joined: ConditionType,
        conditions: impl IntoIterator<Item = Value>,
    ) -> Self {
        (self.condition_type, self.condition) = (Some(joined), conditions.into_iter().collect());
        self
    }

    /// Sets the text to search for.
    #[must_use]
    pub fn with_search(mut self, text: impl Into<String>) -> Self {
        self.search_str = Some(text.into());
        self
    }
}

impl Body for DataListV2 {
    fn check(&self) -> Result<(), String> {
        check_user(&self.user_id)?;
        check_text("client_type", self.client_type.as_str())?;
        if self.client_type.needs_table() {
            check_text("nextId", self.next_id.as_deref().unwrap_or_default())?;
        }
        check_page(Some(self.page_num), Some(self.page_size))
    }
}

impl fmt::Debug for DataListV2 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Conditions and what is searched for may hold personal data.
        f.debug_struct("DataListV2")
            .field("user_id", &Short(&self.user_id))
            .field("client_type", &self.client_type)
            .field("next_id", &self.next_id)
            .field("conditions", &self.condition.len())
            .field("page_num", &self.page_num)
            .field("page_size", &self.page_size)
            .finish_non_exhaustive()
    }
}
