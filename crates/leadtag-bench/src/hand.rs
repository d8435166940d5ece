//! The client that a careful programmer writes without leadtag: `reqwest` and `serde_json`, the
//! token in the query, the `errcode` checked. No token refresh, no retry, no limits.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::Result;

/// One app of one corp.
#[derive(Clone)]
pub(crate) struct HandWritten {
    http: reqwest::Client,
    base_url: String,
    token: String,
}

/// A group as the list answers it, member for member as in leadtag's typed response.
#[derive(Deserialize)]
#[expect(dead_code, reason = "it is filled, as leadtag's is; nobody here reads it")]
pub(crate) struct TagGroup {
    pub(crate) group_id: String,
    pub(crate) group_name: String,
    pub(crate) create_time: Option<i64>,
    pub(crate) order: Option<u32>,
    pub(crate) deleted: Option<bool>,
    pub(crate) tag: Vec<Tag>,
}

/// A tag as the list answers it.
#[derive(Deserialize)]
#[expect(dead_code, reason = "it is filled, as leadtag's is; nobody here reads it")]
pub(crate) struct Tag {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) create_time: Option<i64>,
    pub(crate) order: Option<u32>,
    pub(crate) deleted: Option<bool>,
}

#[derive(Deserialize)]
struct TagList {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
    #[serde(default)]
    tag_group: Vec<TagGroup>,
}

#[derive(Deserialize)]
struct Token {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
    #[serde(default)]
    access_token: String,
}

#[derive(Deserialize)]
struct Done {
    #[serde(default)]
    errcode: i64,
    #[serde(default)]
    errmsg: String,
}

#[derive(Serialize)]
struct Edit<'a> {
    id: &'a str,
    name: &'a str,
}

impl HandWritten {
    /// Fetches a token; the settings of the HTTP client are those of leadtag's transport.
    pub(crate) async fn new(base_url: &str, corp_id: &str, secret: &str) -> Result<Self> {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .connect_timeout(Duration::from_secs(10))
            .timeout(Duration::from_secs(30))
            .tcp_nodelay(true)
            .user_agent("hand-written")
            .no_proxy()
            .build()?;
        let url = format!("{base_url}/cgi-bin/gettoken");
        let query = [("corpid", corp_id), ("corpsecret", secret)];
        let body = http.get(url).query(&query).send().await?.bytes().await?;
        let token: Token = serde_json::from_slice(&body)?;
        check(token.errcode, &token.errmsg)?;
        Ok(Self { http, base_url: base_url.to_owned(), token: token.access_token })
    }

    /// All groups and their tags.
    pub(crate) async fn get_corp_tag_list(&self) -> Result<Vec<TagGroup>> {
        let list: TagList = self.post("get_corp_tag_list", &json!({})).await?;
        check(list.errcode, &list.errmsg)?;
        Ok(list.tag_group)
    }

    /// Renames a tag.
    pub(crate) async fn edit_corp_tag(&self, id: &str, name: &str) -> Result<()> {
        let done: Done = self.post("edit_corp_tag", &Edit { id, name }).await?;
        check(done.errcode, &done.errmsg)
    }

    async fn post<T: DeserializeOwned>(&self, api: &str, body: &impl Serialize) -> Result<T> {
        let url = format!("{}/cgi-bin/externalcontact/{api}", self.base_url);
        let query = [("access_token", &self.token)];
        let response = self.http.post(url).query(&query).json(body).send().await?;
        let body = response.error_for_status()?.bytes().await?;
        Ok(serde_json::from_slice(&body)?)
    }
}

fn check(errcode: i64, errmsg: &str) -> Result<()> {
    if errcode == 0 { Ok(()) } else { Err(format!("{errcode}: {errmsg}").into()) }
}
