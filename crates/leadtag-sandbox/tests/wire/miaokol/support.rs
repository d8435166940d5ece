//! A caller of the sandbox: no client library, only the documented URLs.

use leadtag_sandbox::{Admin, MiaokolAccess, Sandbox, SandboxBuilder};
use reqwest::Response;
use serde_json::{Value, json};

pub(super) const TOKEN: &str = "oauth/token";
pub(super) const LIST: &str = "smart-tag/list";
pub(super) const ADD: &str = "smart-tag/add";
pub(super) const DELETE: &str = "smart-tag/delete";
pub(super) const BATCH_ADD: &str = "smart-tag/batchAddTag";
pub(super) const UPDATE_CONTACT: &str = "smart-tag/updateContact";
pub(super) const ACCOUNTS: &str = "wechat/list";
pub(super) const CONTACTS: &str = "wechat/contacts";
pub(super) const CONTACT_INFO: &str = "wechat/contactInfo";

pub(super) const JSON: &str = "application/json; charset=UTF-8";

pub(super) struct Wire {
    pub(super) sandbox: Sandbox,
    pub(super) access: MiaokolAccess,
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
        let access = sandbox.miaokol();
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

    pub(super) fn credentials(&self) -> Value {
        json!({
            "app_id": self.access.app_id,
            "app_secret": self.access.app_secret,
            "grand_type": "client_credentials",
        })
    }

    pub(super) async fn get_token(&self) -> Value {
        self.send(TOKEN, JSON, &self.credentials()).await.json().await.unwrap()
    }

    /// A GET with these query parameters beside the two of every call.
    pub(super) async fn get(&self, path: &str, params: &[(&str, &str)]) -> Value {
        let own = [("app_id", self.access.app_id.as_str()), ("access_token", &self.token)];
        let all: Vec<_> = own.iter().chain(params).copied().collect();
        self.get_with(path, &all).await
    }

    /// A GET with these query parameters and no others.
    pub(super) async fn get_with(&self, path: &str, params: &[(&str, &str)]) -> Value {
        let mut url = reqwest::Url::parse(&format!("{}/{path}", self.access.base_url)).unwrap();
        url.query_pairs_mut().extend_pairs(params);
        self.http.get(url).send().await.unwrap().json().await.unwrap()
    }

    /// A POST with these members beside the two of every call.
    pub(super) async fn post(&self, path: &str, members: Value) -> Value {
        self.send(path, JSON, &self.with_token(members)).await.json().await.unwrap()
    }

    pub(super) fn with_token(&self, mut members: Value) -> Value {
        members["app_id"] = json!(self.access.app_id);
        members["access_token"] = json!(self.token);
        members
    }

    pub(super) async fn send(&self, path: &str, content_type: &str, body: &Value) -> Response {
        let request = self.http.post(format!("{}/{path}", self.access.base_url));
        let request = request.header("content-type", content_type).body(body.to_string());
        request.send().await.unwrap()
    }

    /// All groups with their tags.
    pub(super) async fn groups(&self) -> Vec<Value> {
        let answer = self.get(LIST, &[("with_tags", "1"), ("page_size", "100")]).await;
        answer["data"].as_array().unwrap().clone()
    }

    /// The group of that name, with its tags.
    pub(super) async fn group(&self, name: &str) -> Value {
        let groups = self.groups().await;
        groups.into_iter().find(|group| group["name"] == name).unwrap()
    }

    /// The tags of a group as (id, contact_cnt).
    pub(super) async fn counts(&self, group: &str) -> Vec<(u64, u64)> {
        let group = self.group(group).await;
        let tags = group["tags"].as_array().unwrap().iter();
        tags.map(|tag| (id(tag), tag["contact_cnt"].as_u64().unwrap())).collect()
    }

    /// The marks of the customer whom the access names.
    pub(super) fn marks(&self) -> Value {
        let state = self.admin().snapshot();
        let marks = state["miaokol"]["marks"].as_array().unwrap();
        let ours = |mark: &&Value| {
            mark["rel_wxid"] == self.access.rel_wxid.as_str()
                && mark["contact_wxid"] == self.access.contact_wxid.as_str()
        };
        marks.iter().find(ours).unwrap()["smart_tag_ids"].clone()
    }

    /// Replaces the marks of that customer.
    pub(super) async fn mark(&self, ids: Value) -> Value {
        let members = json!({
            "rel_wxid": self.access.rel_wxid,
            "contact_wxid": self.access.contact_wxid,
            "smart_tag_ids": ids,
        });
        self.post(UPDATE_CONTACT, members).await
    }
}

/// The id of a tag in a list.
pub(super) fn id(tag: &Value) -> u64 {
    tag["id"].as_str().unwrap().parse().unwrap()
}

/// One member of every row.
pub(super) fn column(rows: &Value, name: &str) -> Vec<Value> {
    rows.as_array().unwrap().iter().map(|row| row[name].clone()).collect()
}
