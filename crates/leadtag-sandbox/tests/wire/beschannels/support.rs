//! A caller of the sandbox: no client library, only the documented URLs.

use leadtag_sandbox::{Admin, BeschannelsAccess, Sandbox, SandboxBuilder};
use reqwest::Response;
use serde_json::{Value, json};

pub(super) const GROUP_USERS: &str = "leads/open-api/group-user-list";
pub(super) const DATA_LIST: &str = "leads/open-api/data-list-v2";
pub(super) const DETAILS: &str = "leads/open-api/leads-details";
pub(super) const SCORES: &str = "leads/open-api/batch-score-list";
pub(super) const EDIT: &str = "leads/open-api/edit-leads";
pub(super) const DELETE: &str = "leads/open-api/del-leads";
pub(super) const ASSIGN: &str = "leads/open-api/assign-leads";
pub(super) const ADD_CUSTOMER: &str = "leads/open-api/customers-add";
pub(super) const SAVE_BEHAVIOR: &str = "leads/open-api/save-user-behavior";
pub(super) const BEHAVIOR_TYPES: &str = "leads/open-api/leads-behavior-type";
pub(super) const BEHAVIORS: &str = "leads/open-api/leads-behavior-list";
pub(super) const REMARKS: &str = "leads/open-api/get-remarks-list";
pub(super) const TABLE: &str = "cdp/open-api/detail";
pub(super) const TOKEN: &str = "api/get-access-token";

const BOUNDARY: &str = "------------------------d74496d66958873e";

pub(super) struct Wire {
    pub(super) sandbox: Sandbox,
    pub(super) access: BeschannelsAccess,
    pub(super) http: reqwest::Client,
    pub(super) token: String,
}

impl Wire {
    pub(super) async fn start() -> Self {
        Self::with(Sandbox::builder()).await
    }

    /// Starts a sandbox and gets a token.
    pub(super) async fn with(builder: SandboxBuilder) -> Self {
        let sandbox = builder.start().await.unwrap();
        let access = sandbox.beschannels();
        let mut wire = Self { sandbox, access, http: reqwest::Client::new(), token: String::new() };
        wire.log_in().await;
        wire
    }

    pub(super) fn admin(&self) -> Admin {
        self.sandbox.admin()
    }

    pub(super) async fn log_in(&mut self) {
        let answer = self.get_token().await;
        answer["data"]["access_token"].as_str().unwrap().clone_into(&mut self.token);
    }

    pub(super) async fn get_token(&self) -> Value {
        let body = json!({ "appId": self.access.app_id, "appSecret": self.access.app_secret });
        self.post(TOKEN, body).await
    }

    /// A POST with a JSON body.
    pub(super) async fn post(&self, path: &str, body: Value) -> Value {
        let body = body.to_string().into_bytes();
        self.send(path, "application/json", body).await.json().await.unwrap()
    }

    /// A POST with the parts, written as curl writes them.
    pub(super) async fn form(&self, path: &str, parts: &[(&str, &str)]) -> Value {
        let (content_type, body) = multipart(parts);
        self.send(path, &content_type, body).await.json().await.unwrap()
    }

    pub(super) async fn send(&self, path: &str, content_type: &str, body: Vec<u8>) -> Response {
        let url = format!("{}/{path}?access_token={}", self.access.base_url, self.token);
        let request = self.http.post(url).header("content-type", content_type);
        request.body(body).send().await.unwrap()
    }

    /// `data` of a page of the market leads in the whole group.
    pub(super) async fn page(&self, page: u64, size: u64) -> Value {
        let (page, size) = (page.to_string(), size.to_string());
        self.list(&[("page_num", &page), ("page_size", &size)]).await
    }

    /// `data` of the market leads, with further parts.
    pub(super) async fn list(&self, parts: &[(&str, &str)]) -> Value {
        let mut all = vec![("user_id", self.access.user_id.as_str())];
        all.extend(parts);
        for (name, value) in
            [("group_obj", &self.access.group_obj), ("groupId", &self.access.group_id)]
        {
            if !parts.iter().any(|(given, _)| *given == name) {
                all.push((name, value));
            }
        }
        let answer = self.form(GROUP_USERS, &all).await;
        assert_eq!(answer["code"], 0, "{answer}");
        answer["data"].clone()
    }

    /// A lead as `leads-details` shows it.
    pub(super) async fn details(&self, body: Value) -> Value {
        let answer = self.post(DETAILS, body).await;
        assert_eq!(answer["code"], 0, "{answer}");
        answer["data"].clone()
    }

    /// The id of the newest market lead.
    pub(super) async fn newest_id(&self) -> u64 {
        self.admin().snapshot()["beschannels"]["objects"]["leads_schema_data"]["newest"][0]["id"]
            .as_u64()
            .unwrap()
    }
}

pub(super) fn multipart(parts: &[(&str, &str)]) -> (String, Vec<u8>) {
    let mut body = String::new();
    for (name, value) in parts {
        body.push_str(&format!(
            "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
        ));
    }
    body.push_str(&format!("--{BOUNDARY}--\r\n"));
    (format!("multipart/form-data; boundary={BOUNDARY}"), body.into_bytes())
}

/// One column of every row.
pub(super) fn column(data: &Value, name: &str) -> Vec<String> {
    let rows = data["list"].as_array().unwrap();
    rows.iter().map(|row| row[name].as_str().unwrap().to_owned()).collect()
}
