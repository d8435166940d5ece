//! Which fields leads and customers have, and the test of the connection.

use leadtag_core::body::to_json;
use leadtag_core::{Idempotency, Reply, Result};
use serde::Serialize;
use serde_json::Value;

use crate::client::{Empty, post};
use crate::model::{CustomerFields, Listed, ProfileField};
use crate::{CrmV3Client, PLATFORM};

pub(crate) const PROFILE_FIELDS: &str = "profile-fields";
const LIST_FIELDS: &str = "/api/v2/customer/list-fields";
const ECHO: &str = "echo";

impl CrmV3Client {
    /// The definitions of the tenant's fields (two public clients). Their members but the id are
    /// not documented.
    ///
    /// # Errors
    /// As the platform answers.
    pub async fn profile_fields(&self) -> Result<Reply<Vec<ProfileField>>> {
        let fields = self.post_for_list::<Listed<_>>(PROFILE_FIELDS, &Empty {}).await?;
        Ok(fields.map(|fields| fields.0))
    }

    /// The fields of customers with the names of their options, from the older API v2 (vendor's
    /// document, page api-11498038).
    ///
    /// # Errors
    /// As the platform answers.
    pub async fn list_customer_fields(&self) -> Result<Reply<CustomerFields>> {
        self.post_for_list(LIST_FIELDS, &Empty {}).await
    }

    /// Tests the connection and the signature with any JSON (对接测试; a single public client).
    /// What comes back is not documented.
    ///
    /// # Errors
    /// `InvalidArgument` if `body` cannot be written as JSON, or as the platform answers.
    pub async fn echo(&self, body: &(impl Serialize + ?Sized)) -> Result<Reply<Option<Value>>> {
        self.run(post(ECHO, Idempotency::Idempotent, to_json(body, PLATFORM, ECHO)?)).await
    }
}
