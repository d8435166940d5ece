//! A caller of the sandbox: no client library, only the documented URLs.

use leadtag_sandbox::{Admin, Sandbox, SandboxBuilder, WecomAccess};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

pub(crate) const LIST: &str = "externalcontact/get_corp_tag_list";
pub(crate) const ADD: &str = "externalcontact/add_corp_tag";
pub(crate) const EDIT: &str = "externalcontact/edit_corp_tag";
pub(crate) const DEL: &str = "externalcontact/del_corp_tag";
pub(crate) const MARK: &str = "externalcontact/mark_tag";
pub(crate) const BATCH: &str = "externalcontact/batch/get_by_user";

pub(crate) struct Wire {
    pub(crate) sandbox: Sandbox,
    pub(crate) access: WecomAccess,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
}

impl Wire {
    pub(crate) async fn start() -> Self {
        Self::with(Sandbox::builder()).await
    }

    /// Starts a sandbox and gets the first app's token.
    pub(crate) async fn with(builder: SandboxBuilder) -> Self {
        let sandbox = builder.start().await.unwrap();
        let access = sandbox.wecom();
        let mut wire = Self { sandbox, access, http: reqwest::Client::new(), token: String::new() };
        wire.log_in().await;
        wire
    }

    pub(crate) fn admin(&self) -> Admin {
        self.sandbox.admin()
    }

    pub(crate) async fn log_in(&mut self) {
        let secret = self.access.corp_secret.clone();
        self.token = self.token_for(&secret).await;
    }

    pub(crate) async fn log_in_as_other_app(&mut self) {
        let secret = self.access.other_app_secret.clone();
        self.token = self.token_for(&secret).await;
    }

    async fn token_for(&self, secret: &str) -> String {
        let answer = self.gettoken(&self.access.corp_id, secret).await;
        answer["access_token"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn gettoken(&self, corp_id: &str, secret: &str) -> Value {
        let query = format!("corpid={corp_id}&corpsecret={secret}");
        self.send(reqwest::Method::GET, "gettoken", &query, "").await.json().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.post_raw(path, &body.to_string()).await.json().await.unwrap()
    }

    pub(crate) async fn post_raw(&self, path: &str, body: &str) -> reqwest::Response {
        let query = format!("access_token={}", self.token);
        self.send(reqwest::Method::POST, path, &query, body).await
    }

    pub(crate) async fn get(&self, path: &str, query: &str) -> Value {
        let query = format!("access_token={}&{query}", self.token);
        self.send(reqwest::Method::GET, path, &query, "").await.json().await.unwrap()
    }

    pub(crate) async fn send(
        &self,
        method: reqwest::Method,
        path: &str,
        query: &str,
        body: &str,
    ) -> reqwest::Response {
        self.try_send(method, path, query, body).await.unwrap()
    }

    pub(crate) async fn try_send(
        &self,
        method: reqwest::Method,
        path: &str,
        query: &str,
        body: &str,
    ) -> reqwest::Result<reqwest::Response> {
        let url = format!("{}/cgi-bin/{path}?{query}", self.access.base_url);
        self.http.request(method, url).body(body.to_owned()).send().await
    }

    /// Every group of the unfiltered list.
    pub(crate) async fn groups(&self) -> Vec<Value> {
        let list = self.post(LIST, json!({})).await;
        assert_eq!(list["errcode"], 0, "{list}");
        list["tag_group"].as_array().unwrap().clone()
    }

    pub(crate) async fn group(&self, name: &str) -> Value {
        let groups = self.groups().await;
        groups.into_iter().find(|group| group["group_name"] == name).unwrap()
    }

    /// A new group with those tags.
    pub(crate) async fn make(&self, name: &str, tags: &[&str]) -> Value {
        let tags: Vec<_> = tags.iter().map(|tag| json!({ "name": tag })).collect();
        let made = self.post(ADD, json!({ "group_name": name, "tag": tags })).await;
        assert_eq!(made["errcode"], 0, "{made}");
        made["tag_group"].clone()
    }

    /// The tag ids a member has on a customer.
    pub(crate) async fn marks(&self, userid: &str, external_userid: &str) -> Vec<String> {
        let query = format!("external_userid={external_userid}");
        let got = self.get("externalcontact/get", &query).await;
        let follow = got["follow_user"].as_array().unwrap();
        let follow = follow.iter().find(|follow| follow["userid"] == userid).unwrap();
        let tags = follow["tags"].as_array().cloned().unwrap_or_default();
        tags.iter().filter_map(|tag| tag["tag_id"].as_str()).map(str::to_owned).collect()
    }

    /// Sends a list request over a socket of its own and reads to the end: the bytes, and how it
    /// ended.
    pub(crate) async fn raw_list(&self) -> (Vec<u8>, std::io::Result<usize>) {
        let mut stream = TcpStream::connect(self.sandbox.addr()).await.unwrap();
        let request = format!(
            "POST /wecom/cgi-bin/{LIST}?access_token={} HTTP/1.1\r\nHost: x\r\n\
             Content-Length: 2\r\nConnection: close\r\n\r\n{{}}",
            self.token
        );
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut bytes = Vec::new();
        let end = stream.read_to_end(&mut bytes).await;
        (bytes, end)
    }
}

pub(crate) fn names(items: &Value, member: &str) -> Vec<String> {
    let items = items.as_array().unwrap();
    items.iter().map(|item| item[member].as_str().unwrap().to_owned()).collect()
}
