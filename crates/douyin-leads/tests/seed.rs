//! The vendor's document: its nine endpoints, read from its own table, through the client.
#![allow(clippy::unwrap_used, missing_docs)]

use std::collections::BTreeSet;
use std::sync::Arc;

use douyin_leads::DouyinClient;
use douyin_leads::model::{
    BindTag, CreateTag, DeleteTag, ListTagUsers, ListTags, ListUserActions, ListUsers, UpdateTag,
    UserDetail,
};
use leadtag_testkit::{ReplayTransport, Reply};

/// Method and path of each row of the table at the top of the document.
fn documented() -> BTreeSet<(String, String)> {
    let document = include_str!("documented/EnterpriseLeadsApi_cn.md");
    let rows = document.lines().filter_map(|line| {
        let (_, rest) = line.split_once("| **")?;
        let (method, rest) = rest.split_once("** ")?;
        let (path, _) = rest.split_once(" |")?;
        Some((method.to_owned(), path.to_owned()))
    });
    rows.collect()
}

#[tokio::test]
async fn every_documented_endpoint_is_called_by_its_method_and_path() {
    let transport = Arc::new(ReplayTransport::handler(|_| {
        Reply::bytes(
            r#"{"data":{"error_code":"0","description":"","cursor":"<nil>","has_more":"<nil>","list":["<nil>"]},"extra":{"error_code":"0","now":"1597213176393","sub_error_code":"0","logid":"L"}}"#,
        )
    }));
    let client = DouyinClient::builder()
        .open_id("E1")
        .access_token("act.made-up")
        .transport(transport.clone())
        .build()
        .unwrap();
    client.create_tag(&CreateTag::named("vip")).await.unwrap();
    client.delete_tag(&DeleteTag::new(1)).await.unwrap();
    let tags = client.list_tags(&ListTags::first()).await.unwrap();
    assert!(tags.list.is_empty() && tags.cursor.is_none() && tags.has_more.is_none());
    client.update_tag(&UpdateTag::rename(1, "vip")).await.unwrap();
    assert!(client.list_tag_users(&ListTagUsers::of(1)).await.unwrap().list.is_empty());
    client.bind_tag(&BindTag::bind(1, "u")).await.unwrap();
    assert!(client.list_user_actions(&ListUserActions::of("u")).await.unwrap().list.is_empty());
    client.user_detail(&UserDetail::of("u")).await.unwrap();
    assert!(client.list_users(&ListUsers::between(0, 1)).await.unwrap().list.is_empty());
    let sent: BTreeSet<_> = transport
        .requests()
        .iter()
        .map(|request| (request.method.to_string(), request.url.path().to_owned()))
        .collect();
    assert_eq!(sent.len(), 9);
    assert_eq!(sent, documented());
}
