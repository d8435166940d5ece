//! Writes that only one public client shows each (feature `unverified`).
//!
//! Paths and bodies come from working code of others, not from a document of the vendor; most
//! answers are not known at all. None is sent again when its outcome is unknown: the platform
//! documents nothing that would make a second one harmless.

use leadtag_core::{Body, ErrorKind, Idempotency, Reply, Result};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Deserializer};
use serde_json::Value;

use crate::client::{post, required};
use crate::model::{
    AddClue, EditClueField, EditRelationField, ImportCustomer, MapProfileField, SaveHighseas,
    UpdateCustomer,
};
use crate::{CrmV3Client, PLATFORM};

const ADD_CLUE: &str = "add-clue";
const EDIT_FIELD: &str = "clue/edit-field";
const IMPORT_CUSTOMER: &str = "import-customer";
const SAVE_HIGHSEAS: &str = "save-highseas";
const UPDATE_BY_ID: &str = "customer/update-by-id";
const EDIT_RELATION: &str = "customer-relation/edit-field";
const MAP_FIELD: &str = "profile-fields/map";

impl CrmV3Client {
    /// Adds a lead, and returns its id. **Unverified**: a single public client.
    ///
    /// If the answer is lost, the error's [`sent`](leadtag_core::Error::sent) is `Maybe`, and
    /// nothing is sent again. A lead with a mobile may then be added again by you: a mobile that
    /// is taken is refused.
    ///
    /// # Errors
    /// `InvalidArgument` without a name; `AlreadyExists` (40417) for a mobile that is taken; or as
    /// the platform answers.
    pub async fn add_clue(&self, request: &AddClue) -> Result<Reply<i64>> {
        let reply = self.post_once::<CustomerId>(ADD_CLUE, request).await?;
        Ok(required(ADD_CLUE, reply, ErrorKind::Decode)?.map(|id| id.0))
    }

    /// Changes one field of a lead. **Unverified**: a single public client, in which the call
    /// stands commented out. What comes back is not known.
    ///
    /// # Errors
    /// `InvalidArgument` without a lead or a field, or as the platform answers.
    pub async fn edit_clue_field(&self, request: &EditClueField) -> Result<Reply<Option<Value>>> {
        self.post_once(EDIT_FIELD, request).await
    }

    /// Adds a personal customer of one member. **Unverified**: a single public client. What comes
    /// back is not known.
    ///
    /// # Errors
    /// `InvalidArgument` without a member or fields, or as the platform answers.
    pub async fn import_customer(&self, request: &ImportCustomer) -> Result<Reply<Option<Value>>> {
        self.post_once(IMPORT_CUSTOMER, request).await
    }

    /// Adds customers to the public pool (公海). **Unverified**: a single public client. What comes
    /// back is not known.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty list, or as the platform answers.
    pub async fn save_highseas(&self, request: &SaveHighseas) -> Result<Reply<Option<Value>>> {
        self.post_once(SAVE_HIGHSEAS, request).await
    }

    /// Changes fields of a customer that somebody follows. **Unverified**: a single public client.
    /// What comes back is not known.
    ///
    /// # Errors
    /// `InvalidArgument` without a customer or fields, or as the platform answers.
    pub async fn update_customer(&self, request: &UpdateCustomer) -> Result<Reply<Option<Value>>> {
        self.post_once(UPDATE_BY_ID, request).await
    }

    /// Changes one field of what one member noted about a customer. **Unverified**: a single
    /// public client. What comes back is not known.
    ///
    /// # Errors
    /// `InvalidArgument` without a customer, a member or a field, or as the platform answers.
    pub async fn edit_relation_field(
        &self,
        request: &EditRelationField,
    ) -> Result<Reply<Option<Value>>> {
        self.post_once(EDIT_RELATION, request).await
    }

    /// Gives a field an alias, which writes by alias need. **Unverified**: a single public client.
    ///
    /// # Errors
    /// `InvalidArgument` without a field or an alias, or as the platform answers.
    pub async fn map_profile_field(
        &self,
        request: &MapProfileField,
    ) -> Result<Reply<Option<Value>>> {
        self.post_once(MAP_FIELD, request).await
    }

    async fn post_once<T: DeserializeOwned + Send>(
        &self,
        api: &'static str,
        body: &impl Body,
    ) -> Result<Reply<Option<T>>> {
        self.run(post(api, Idempotency::NotIdempotent, body.checked(PLATFORM, api)?)).await
    }
}

/// A new lead's id, as a number or a text.
struct CustomerId(i64);

impl<'de> Deserialize<'de> for CustomerId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let id = leadtag_core::lenient::opt_int(deserializer)?;
        id.map(Self).ok_or_else(|| serde::de::Error::custom("expected an id"))
    }
}
