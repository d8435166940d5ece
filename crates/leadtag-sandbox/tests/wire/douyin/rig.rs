//! A caller of the sandboxed Douyin: no client library, only the documented URLs.

use leadtag_sandbox::{Admin, DouyinAccess, Sandbox, SandboxBuilder};
use reqwest::{Method, RequestBuilder};
use serde_json::{Value, json};
use url::form_urlencoded;

pub(crate) struct Rig {
    pub(crate) sandbox: Sandbox,
    pub(crate) access: DouyinAccess,
    pub(crate) http: reqwest::Client,
    pub(crate) token: String,
}

impl Rig {
    pub(crate) async fn start() -> Self {
        Self::with(Sandbox::builder()).await
    }

    /// Starts a sandbox and gets the first account's access token.
    pub(crate) async fn with(builder: SandboxBuilder) -> Self {
        let sandbox = builder.start().await.unwrap();
        let access = sandbox.douyin();
        let token = sandbox.admin().douyin_access_token(&access.open_id).unwrap();
        Self { sandbox, access, http: reqwest::Client::new(), token }
    }

    pub(crate) fn admin(&self) -> Admin {
        self.sandbox.admin()
    }

    pub(crate) fn request(&self, method: Method, path_and_query: &str) -> RequestBuilder {
        self.http.request(method, format!("{}{path_and_query}", self.access.base_url))
    }

    /// A request to a leads call, with the token and `open_id` in their places.
    pub(crate) fn leads(&self, method: Method, path: &str, query: &str) -> RequestBuilder {
        let and = if query.is_empty() { "" } else { "&" };
        let url = format!("/enterprise/leads/{path}/?open_id={}{and}{query}", self.access.open_id);
        self.request(method, &url).header("access-token", &self.token)
    }

    pub(crate) async fn get(&self, path: &str, query: &str) -> Value {
        read(self.leads(Method::GET, path, query)).await
    }

    pub(crate) async fn post(&self, path: &str, body: Value) -> Value {
        self.post_raw(path, &body.to_string()).await
    }

    pub(crate) async fn post_raw(&self, path: &str, body: &str) -> Value {
        let request = self.leads(Method::POST, path, "");
        read(request.header("content-type", "application/json").body(body.to_owned())).await
    }

    /// A token call with that form.
    pub(crate) async fn oauth(&self, path: &str, form: &[(&str, &str)]) -> Value {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self.request(Method::POST, &format!("/oauth/{path}/"));
        read(request.header("content-type", "application/x-www-form-urlencoded").body(form)).await
    }

    pub(crate) async fn refresh(&self, refresh_token: &str) -> Value {
        let form = [
            ("client_key", self.access.client_key.as_str()),
            ("grant_type", "refresh_token"),
            ("refresh_token", refresh_token),
        ];
        self.oauth("refresh_token", &form).await
    }

    pub(crate) async fn renew(&self, refresh_token: &str) -> Value {
        let form =
            [("client_key", self.access.client_key.as_str()), ("refresh_token", refresh_token)];
        self.oauth("renew_refresh_token", &form).await
    }

    pub(crate) async fn exchange(&self, code: &str) -> Value {
        let form = [
            ("client_key", self.access.client_key.as_str()),
            ("client_secret", self.access.client_secret.as_str()),
            ("code", code),
            ("grant_type", "authorization_code"),
        ];
        self.oauth("access_token", &form).await
    }

    /// A new tag's id.
    pub(crate) async fn make_tag(&self, name: &str) -> i64 {
        let made = self.post("tag/create", json!({ "tag_name": name })).await;
        made["data"]["tag_id"].as_i64().unwrap()
    }

    /// Code of a tagging, or of taking the tag off.
    pub(crate) async fn bind(&self, tag: i64, user_id: &str, bind: bool) -> Value {
        let body = json!({ "tag_id": tag, "user_id": user_id, "bind": bind });
        code(&self.post("tag/user/update", body).await)
    }

    /// A page of all leads, as many as fit.
    pub(crate) async fn users(&self, query: &str) -> Value {
        let query = format!("start_time=0&end_time=9999999999&action_type=0&{query}");
        self.get("user/list", &query).await
    }

    /// The ids of one page and its cursor if there are more.
    pub(crate) async fn ids(&self, query: &str) -> (Vec<String>, Option<i64>) {
        let page = self.users(query).await;
        let more = page["data"]["has_more"].as_bool().unwrap();
        (texts(&page["data"]["list"]), more.then(|| page["data"]["cursor"].as_i64().unwrap()))
    }

    /// Tag ids of a lead.
    pub(crate) async fn tags_of(&self, user_id: &str) -> Vec<i64> {
        let lead = self.get("user/detail", &format!("user_id={user_id}")).await;
        let tags = lead["data"]["tag_list"].as_array().unwrap();
        tags.iter().map(|tag| tag["tag_id"].as_i64().unwrap()).collect()
    }

    /// A lead that has no tag yet.
    pub(crate) async fn untagged(&self) -> String {
        let page = self.users("count=40").await;
        let users = page["data"]["users"].as_array().unwrap();
        let user = users.iter().find(|user| user["tag_list"] == json!([])).unwrap();
        user["open_id"].as_str().unwrap().to_owned()
    }
}

pub(crate) async fn read(request: RequestBuilder) -> Value {
    let response = request.send().await.unwrap();
    assert_eq!(response.status(), 200);
    response.json().await.unwrap()
}

pub(crate) fn code(answer: &Value) -> Value {
    answer["data"]["error_code"].clone()
}

pub(crate) fn texts(items: &Value) -> Vec<String> {
    let items = items.as_array().unwrap();
    items.iter().map(|item| item.as_str().unwrap().to_owned()).collect()
}
