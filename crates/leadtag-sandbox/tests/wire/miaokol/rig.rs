//! A caller of the sandboxed Miaokol: no client library, only the documented URLs.

use leadtag_sandbox::{Admin, MiaokolAccess, Sandbox, SandboxBuilder};
use reqwest::{Method, Response};
use serde_json::{Value, json};

pub(super) const LIST: &str = "smart-tag/list";
pub(super) const ADD: &str = "smart-tag/add";
pub(super) const DELETE: &str = "smart-tag/delete";
pub(super) const BATCH: &str = "smart-tag/batchAddTag";
pub(super) const UPDATE: &str = "smart-tag/updateContact";

pub(super) struct Rig {
    pub(super) sandbox: Sandbox,
    pub(super) access: MiaokolAccess,
    pub(super) http: reqwest::Client,
    pub(super) token: String,
}

impl Rig {
    pub(super) async fn start() -> Self {
        Self::with(Sandbox::builder()).await
    }

    /// Starts a sandbox and gets a token.
    pub(super) async fn with(builder: SandboxBuilder) -> Self {
        let sandbox = builder.start().await.unwrap();
        let access = sandbox.miaokol();
        let token = String::new();
        let mut rig = Self { sandbox, access, http: reqwest::Client::new(), token };
        rig.log_in().await;
        rig
    }

    pub(super) fn admin(&self) -> Admin {
        self.sandbox.admin()
    }

    pub(super) async fn log_in(&mut self) {
        let body = self.credentials();
        let answer = self.post_bare("oauth/token", body).await;
        self.token = answer["data"]["access_token"].as_str().unwrap().to_owned();
    }

    /// The documented body of the token call.
    pub(super) fn credentials(&self) -> Value {
        json!({
            "app_id": self.access.app_id,
            "app_secret": self.access.app_secret,
            "grand_type": "client_credentials",
        })
    }

    pub(super) async fn get(&self, path: &str, query: &str) -> Value {
        self.get_raw(path, query).await.json().await.unwrap()
    }

    pub(super) async fn get_raw(&self, path: &str, query: &str) -> Response {
        let url = format!(
            "{}/{path}?app_id={}&access_token={}&{query}",
            self.access.base_url, self.access.app_id, self.token
        );
        self.http.get(url).send().await.unwrap()
    }

    /// Adds `app_id` and `access_token` to the members.
    pub(super) async fn post(&self, path: &str, body: Value) -> Value {
        self.post_bare(path, self.signed(body)).await
    }

    pub(super) fn signed(&self, mut body: Value) -> Value {
        body["app_id"] = self.access.app_id.clone().into();
        body["access_token"] = self.token.clone().into();
        body
    }

    pub(super) async fn post_bare(&self, path: &str, body: Value) -> Value {
        let json = "application/json; charset=UTF-8";
        self.send(Method::POST, path, Some(json), body.to_string()).await.json().await.unwrap()
    }

    pub(super) async fn send(
        &self,
        method: Method,
        path: &str,
        content_type: Option<&str>,
        body: String,
    ) -> Response {
        let url = format!("{}/{path}", self.access.base_url);
        let request = self.http.request(method, url).body(body);
        let request = match content_type {
            Some(content_type) => request.header("content-type", content_type),
            None => request,
        };
        request.send().await.unwrap()
    }

    /// Every group with its tags.
    pub(super) async fn groups(&self) -> Vec<Value> {
        let list = self.get(LIST, "with_tags=1&page_size=100").await;
        assert_eq!(list["errcode"], 0, "{list}");
        list["data"].as_array().unwrap().clone()
    }

    pub(super) async fn group(&self, name: &str) -> Value {
        let groups = self.groups().await;
        groups.into_iter().find(|group| group["name"] == name).unwrap()
    }

    /// The id of a new, empty group.
    pub(super) async fn new_group(&self, name: &str) -> i64 {
        let made = self.post(ADD, json!({ "name": name, "type": 2 })).await;
        assert_eq!(made["errcode"], 0, "{made}");
        made["data"]["id"].as_i64().unwrap()
    }

    /// The id of a new tag.
    pub(super) async fn new_tag(&self, group: i64, name: &str) -> i64 {
        let body = json!({ "name": name, "type": 1, "parent_id": group });
        let made = self.post(ADD, body).await;
        assert_eq!(made["errcode"], 0, "{made}");
        made["data"]["id"].as_i64().unwrap()
    }

    /// Replaces the tags of the `n`th customer on its own account.
    pub(super) async fn set_tags(&self, n: usize, tags: Value) -> Value {
        let body = json!({
            "rel_wxid": self.access.rel_wxids[n % 4],
            "contact_wxid": self.access.contact_wxid(n),
            "smart_tag_ids": tags,
        });
        self.post(UPDATE, body).await
    }

    /// The tags of the `n`th customer on its own account, by the snapshot: no documented call
    /// tells them.
    pub(super) fn tags_of(&self, n: usize) -> Value {
        let snapshot = self.admin().snapshot();
        let marks = snapshot["miaokol"]["marks"].as_array().unwrap();
        let (account, contact) = (&self.access.rel_wxids[n % 4], self.access.contact_wxid(n));
        let own = |mark: &&Value| {
            mark["rel_wxid"] == account.as_str() && mark["contact_wxid"] == contact.as_str()
        };
        marks.iter().find(own).unwrap()["smart_tag_ids"].clone()
    }
}

pub(super) fn names(items: &Value) -> Vec<&str> {
    items.as_array().unwrap().iter().map(|item| item["name"].as_str().unwrap()).collect()
}
