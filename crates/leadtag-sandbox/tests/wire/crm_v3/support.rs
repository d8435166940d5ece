//! A caller of the sandboxed CRM: no client library, only the documented signature.

use std::time::{SystemTime, UNIX_EPOCH};

use leadtag_sandbox::{Admin, CrmV3Access, Sandbox, SandboxBuilder};
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};

pub(crate) const GET: &str = "v3/clue/get";
pub(crate) const LIST: &str = "v3/clue/list-by-create-time-asc";
pub(crate) const LIST_API: &str = "clue/list-by-create-time-asc";
pub(crate) const FOLLOW_UPS: &str = "v3/clue/list-follow-up";
pub(crate) const TAGS: &str = "v3/tags/list-tree";
pub(crate) const PROFILE: &str = "v3/profile-fields";
pub(crate) const MAP: &str = "v3/profile-fields/map";
pub(crate) const FIELDS: &str = "v2/customer/list-fields";
pub(crate) const ECHO: &str = "v3/echo";
pub(crate) const ADD: &str = "v3/add-clue";
pub(crate) const EDIT: &str = "v3/clue/edit-field";
pub(crate) const IMPORT: &str = "v3/import-customer";
pub(crate) const POOL: &str = "v3/save-highseas";
pub(crate) const UPDATE: &str = "v3/customer/update-by-id";
pub(crate) const RELATION: &str = "v3/customer-relation/edit-field";

/// The codes that are the sandbox's own.
pub(crate) const PARAMETER: i64 = 990_001;
pub(crate) const UNKNOWN: i64 = 990_002;
pub(crate) const UNMAPPED: i64 = 990_003;

pub(crate) struct Crm {
    pub(crate) sandbox: Sandbox,
    pub(crate) access: CrmV3Access,
    pub(crate) http: Client,
}

impl Crm {
    pub(crate) async fn start() -> Self {
        Self::with(Sandbox::builder()).await
    }

    pub(crate) async fn with(builder: SandboxBuilder) -> Self {
        let sandbox = builder.start().await.unwrap();
        let access = sandbox.crm_v3();
        Self { sandbox, access, http: Client::new() }
    }

    pub(crate) fn admin(&self) -> Admin {
        self.sandbox.admin()
    }

    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}/api/{path}", self.access.base_url)
    }

    /// A signed request of that time, with these bytes as its body.
    pub(crate) fn request(&self, path: &str, timestamp: &str, body: &str) -> RequestBuilder {
        let CrmV3Access { app_id, app_key, .. } = &self.access;
        self.http
            .post(self.url(path))
            .header("appId", app_id)
            .header("timestamp", timestamp)
            .header("sign", sign(app_id, timestamp, body, app_key))
            .header("Content-Type", "application/json")
            .body(body.to_owned())
    }

    pub(crate) async fn send(&self, path: &str, body: &str) -> Response {
        self.request(path, &now().to_string(), body).send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        let response = self.send(path, &body.to_string()).await;
        assert_eq!(response.status(), 200);
        response.json().await.unwrap()
    }

    /// The `data` of a call that succeeds.
    pub(crate) async fn data(&self, path: &str, body: Value) -> Value {
        let answer = self.post(path, body).await;
        assert_eq!(answer["code"], 0, "{answer}");
        answer["data"].clone()
    }

    pub(crate) async fn code(&self, path: &str, body: Value) -> i64 {
        let answer = self.post(path, body).await;
        assert!(answer["code"] == 0 || answer.get("data").is_none(), "{answer}");
        answer["code"].as_i64().unwrap()
    }

    pub(crate) async fn lead(&self, id: &Value) -> Value {
        self.data(GET, json!({ "customerId": id })).await
    }

    /// Every page of the list, in order.
    pub(crate) async fn pages(&self, mut query: Value) -> Vec<Vec<Value>> {
        let mut pages = Vec::new();
        loop {
            let data = self.data(LIST, query.clone()).await;
            pages.push(data["list"].as_array().unwrap().clone());
            match data.get("nextCursor") {
                Some(cursor) => query["cursor"] = cursor.clone(),
                None => return pages,
            }
        }
    }

    pub(crate) async fn all(&self, query: Value) -> Vec<Value> {
        self.pages(query).await.concat()
    }
}

/// The `Date` header of an answer, in milliseconds since the Unix epoch.
pub(crate) fn date(response: &Response) -> u128 {
    let date = response.headers()["date"].to_str().unwrap();
    let moment = httpdate::parse_http_date(date).unwrap();
    moment.duration_since(UNIX_EPOCH).unwrap().as_millis()
}

/// Milliseconds since the Unix epoch.
pub(crate) fn now() -> u128 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_millis()
}

pub(crate) fn sign(app_id: &str, timestamp: &str, body: &str, app_key: &str) -> String {
    let text = format!("{app_id}{timestamp}{body}{app_key}");
    let hash = hmac_sha256::Hash::hash(text.as_bytes());
    hash.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The `valueAsText` of a lead's field.
pub(crate) fn field<'a>(lead: &'a Value, name: &str) -> &'a Value {
    let fields = lead["fields"].as_array().unwrap();
    &fields.iter().find(|field| field["field"] == name).unwrap()["valueAsText"]
}

pub(crate) fn ids(leads: &[Value]) -> Vec<i64> {
    leads.iter().map(|lead| lead["customerId"].as_i64().unwrap()).collect()
}
