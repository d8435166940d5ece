//! What goes over the wire: method, path, query, headers and exact bytes of each call, and what is
//! made of the answers.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use leadtag_core::{
    ContactRef, CreateTags, ErrorKind, GroupId, NewTag, TagChange, TagFilter, TagId, TagProvider,
    TagQuery,
};
use miaokol_smarttag::model::{
    AddSmartTag, BatchAddTags, DeleteSmartTag, ListContacts, ListSmartTags, ListWechat,
    UpdateContact,
};
use miaokol_smarttag::{MiaokolClient, RawCall};
use support::{APP_ID, DONE, FIRST, SECRET, Seen, Stub, TOKEN, listed};

/// What `call` sends, whatever it answers.
async fn sent(call: impl AsyncFnOnce(MiaokolClient)) -> Seen {
    let stub = Stub::answering(DONE).await;
    call(stub.client()).await;
    stub.call()
}

#[tokio::test]
async fn a_token_is_asked_for_as_documented() {
    let stub = Stub::answering(DONE).await;
    stub.client_at("/oapi").delete_smart_tag(&DeleteSmartTag::tag("1")).await.unwrap();
    let asked = stub.token_calls();
    let [asked] = asked.as_slice() else { unreachable!("{asked:?}") };
    assert_eq!((asked.method.as_str(), asked.path.as_str()), ("POST", "/oapi/oauth/token"));
    assert_eq!(asked.query, "");
    assert_eq!(asked.header("content-type"), Some("application/json; charset=UTF-8"));
    let body = format!(
        r#"{{"app_id":"{APP_ID}","app_secret":"{SECRET}","grand_type":"client_credentials"}}"#
    );
    assert_eq!(asked.text(), body);
    assert_eq!(stub.call().path, "/oapi/smart-tag/delete");
}

#[tokio::test]
async fn every_post_has_its_path_and_its_exact_body() {
    let cases = [
        (
            "add",
            r#","name":"意向","type":2}"#,
            sent(async |c| drop(c.add_smart_tag(&AddSmartTag::new_group("意向")).await)).await,
        ),
        (
            "add",
            r#","name":"高","type":1,"parent_id":7}"#,
            sent(async |c| drop(c.add_smart_tag(&AddSmartTag::new_tag("7", "高")).await)).await,
        ),
        (
            "add",
            r#","id":7,"name":"新","type":2}"#,
            sent(async |c| drop(c.add_smart_tag(&AddSmartTag::edit_group("7", "新")).await)).await,
        ),
        (
            "add",
            r#","id":410983932389440,"name":"新","type":1,"parent_id":7}"#,
            sent(async |c| {
                let edit = AddSmartTag::edit_tag("410983932389440", "7", "新");
                drop(c.add_smart_tag(&edit).await);
            })
            .await,
        ),
        (
            "delete",
            r#","id":21}"#,
            sent(async |c| drop(c.delete_smart_tag(&DeleteSmartTag::tag("21")).await)).await,
        ),
        (
            "batchAddTag",
            r#","group_id":7,"tag_names":["a","b"]}"#,
            sent(async |c| {
                drop(c.batch_add_tags(&BatchAddTags::in_group("7", ["a", "b"])).await);
            })
            .await,
        ),
        (
            "batchAddTag",
            r#","group_id":0,"group_name":"g","tag_names":["a"]}"#,
            sent(async |c| {
                drop(c.batch_add_tags(&BatchAddTags::in_new_group("g", ["a"])).await);
            })
            .await,
        ),
        (
            "updateContact",
            r#","rel_wxid":"16","contact_wxid":"78","smart_tag_ids":[]}"#,
            sent(async |c| {
                let none: [TagId; 0] = [];
                drop(c.update_contact(&UpdateContact::replace("16", "78", none)).await);
            })
            .await,
        ),
    ];
    for (api, rest, call) in cases {
        assert_eq!(call.rest(), rest);
        assert_eq!((call.method.as_str(), call.query.as_str()), ("POST", ""));
        assert_eq!(call.path, format!("/smart-tag/{api}"));
        assert_eq!(call.header("content-type"), Some("application/json; charset=UTF-8"));
        assert_eq!(call.header("accept"), Some("application/json"));
    }
}

#[tokio::test]
async fn every_get_has_its_path_and_its_query() {
    let cases = [
        (
            "smart-tag/list",
            "",
            sent(async |c| drop(c.list_smart_tags(&ListSmartTags::new()).await)).await,
        ),
        (
            "smart-tag/list",
            "&with_tags=1&id=7",
            sent(async |c| drop(c.list_smart_tags(&ListSmartTags::group("7")).await)).await,
        ),
        (
            "smart-tag/list",
            "&page=2&page_size=100&with_tags=0",
            sent(async |c| {
                let request =
                    ListSmartTags::new().with_page(2).with_page_size(100).with_tags(false);
                drop(c.list_smart_tags(&request).await);
            })
            .await,
        ),
        (
            "wechat/list",
            "&online=0&page=1&page_size=10",
            sent(async |c| {
                let request = ListWechat::new().with_online(false).with_page(1).with_page_size(10);
                drop(c.list_wechat(&request).await);
            })
            .await,
        ),
        (
            "wechat/contacts",
            "&rel_wxid=16&start_make_time=1&end_make_time=2&page=3",
            sent(async |c| {
                let request = ListContacts::of("16").with_make_time(Some(1), Some(2)).with_page(3);
                drop(c.list_contacts(&request).await);
            })
            .await,
        ),
        (
            "wechat/contactInfo",
            "&wxid=%E5%BC%A0+x%261",
            sent(async |c| drop(c.contact_info("张 x&1").await)).await,
        ),
        (
            "wechat/corpList",
            "",
            sent(async |c| drop(c.send(&RawCall::get("/wechat/corpList/")).await)).await,
        ),
        (
            "wechat/groupList",
            "&page=1",
            sent(async |c| {
                drop(c.send(&RawCall::get("wechat/groupList").with_query("page", "1")).await);
            })
            .await,
        ),
    ];
    for (api, rest, call) in cases {
        assert_eq!(call.query, format!("app_id={APP_ID}&access_token={TOKEN}{rest}"));
        assert_eq!((call.method.as_str(), &call.path), ("GET", &format!("/{api}")));
        assert_eq!(call.header("content-type"), Some("application/x-www-form-urlencoded"));
        assert!(call.body.is_empty());
    }
}

#[tokio::test]
async fn app_and_token_stand_first_in_a_raw_body_too() {
    let body = serde_json::json!({ "page": 1 });
    let call = sent(async |c| drop(c.call("wechat/rooms", &body).await)).await;
    assert_eq!((call.path.as_str(), call.rest()), ("/wechat/rooms", r#","page":1}"#));
    assert_eq!(call.header("content-type"), Some("application/json; charset=UTF-8"));
    for empty in ["{}", "", " { }"] {
        let call = sent(async |c| drop(c.send(&RawCall::post("wechat/rooms", empty)).await)).await;
        assert_eq!(call.text(), format!("{FIRST}}}"));
    }
}

#[tokio::test]
async fn a_raw_answer_comes_whole() {
    let answer = r#"{"data":{"id":1},"errcode":0,"more":true}"#;
    let stub = Stub::answering(answer).await;
    let value = stub.client().send(&RawCall::get("wechat/contactDetail")).await.unwrap();
    assert_eq!(value, serde_json::from_str::<serde_json::Value>(answer).unwrap());
}

#[tokio::test]
async fn what_miaokol_would_refuse_or_misread_is_not_sent() {
    let stub = Stub::answering(DONE).await;
    let c = stub.client();
    let none: [&str; 0] = [];
    let mut homeless = AddSmartTag::new_tag("7", "a");
    homeless.parent_id = None;
    let mut nowhere = BatchAddTags::in_group("7", ["a"]);
    nowhere.group_id = None;
    let customer = ContactRef::owned_by("16", "78");
    let rename = TagChange::rename("b");
    let errors = [
        c.list_smart_tags(&ListSmartTags::new().with_page(0)).await.err(),
        c.list_smart_tags(&ListSmartTags::new().with_page_size(0)).await.err(),
        c.list_smart_tags(&ListSmartTags::new().with_page_size(101)).await.err(),
        c.list_smart_tags(&ListSmartTags::group("etG")).await.err(),
        c.add_smart_tag(&AddSmartTag::new_group(" ")).await.err(),
        c.add_smart_tag(&AddSmartTag::new_tag("0", "a")).await.err(),
        c.add_smart_tag(&AddSmartTag::edit_group("0", "a")).await.err(),
        c.add_smart_tag(&AddSmartTag::edit_tag("x", "7", "a")).await.err(),
        c.add_smart_tag(&homeless).await.err(),
        c.delete_smart_tag(&DeleteSmartTag::tag("")).await.err(),
        c.delete_smart_tag(&DeleteSmartTag::tag("-1")).await.err(),
        c.batch_add_tags(&BatchAddTags::in_group("7", none)).await.err(),
        c.batch_add_tags(&BatchAddTags::in_group("7", [""])).await.err(),
        c.batch_add_tags(&BatchAddTags::in_group("g", ["a"])).await.err(),
        c.batch_add_tags(&BatchAddTags::in_new_group("", ["a"])).await.err(),
        c.batch_add_tags(&nowhere).await.err(),
        c.update_contact(&UpdateContact::replace("", "78", ["1"])).await.err(),
        c.update_contact(&UpdateContact::replace("16", " ", ["1"])).await.err(),
        c.update_contact(&UpdateContact::replace("16", "78", ["1", "two"])).await.err(),
        c.list_wechat(&ListWechat::new().with_page_size(101)).await.err(),
        c.list_contacts(&ListContacts::of("")).await.err(),
        c.contact_info(" ").await.err(),
        c.call("wechat/rooms", &()).await.err(),
        c.call("wechat/rooms", &[1]).await.err(),
        c.call("../oauth/token", &serde_json::json!({})).await.err(),
        c.call("wechat/rooms?page=1", &serde_json::json!({})).await.err(),
        c.call("wechat/rooms", &serde_json::json!({ "access_token": "x" })).await.err(),
        c.send(&RawCall::get("wechat/list").with_query("app_id", "x")).await.err(),
        c.send(&RawCall::post_multipart("wechat/rooms", [("page", "1")])).await.err(),
        c.fetch_tag_page(&TagQuery::all().with_page_size(101), None).await.err(),
        c.fetch_tag_page(&TagQuery::groups(["etG"]), None).await.err(),
        c.create_tags(&CreateTags::in_group("etG", ["a"])).await.err(),
        c.update_tag(&TagId::new("etT"), &rename).await.err(),
        c.update_group(&GroupId::new("0"), &rename).await.err(),
        c.delete_tags(&["1", "x"].map(TagId::new)).await.err(),
        c.delete_groups(&[GroupId::new("x")]).await.err(),
        c.replace(&customer, &["1", ""].map(TagId::new)).await.err(),
        c.replace(&ContactRef::new("78"), &[TagId::new("1")]).await.err(),
        c.assign_from(&customer, &[], &[], &[]).await.err(),
        c.assign_from(&customer, &[], &[TagId::new("1")], &[TagId::new("1")]).await.err(),
        c.assign_from(&ContactRef::new("78"), &[], &[TagId::new("1")], &[]).await.err(),
    ];
    for (n, error) in errors.into_iter().enumerate() {
        assert_eq!(error.map(|e| e.kind()), Some(ErrorKind::InvalidArgument), "case {n}");
    }
    assert!(stub.calls().is_empty() && stub.token_calls().is_empty(), "something was sent");
}

#[tokio::test]
async fn what_miaokol_cannot_do_is_not_sent() {
    let stub = Stub::answering(DONE).await;
    let c = stub.client();
    let customer = ContactRef::owned_by("16", "78");
    let tag = TagId::new("1");
    let new = NewTag::new("a").with_order(1);
    let errors = [
        c.fetch_tag_page(&TagQuery::all().with_deleted(), None).await.err(),
        c.create_tags(&CreateTags::in_new_group("g", [new])).await.err(),
        c.update_tag(&tag, &TagChange::reorder(1)).await.err(),
        c.assign(&customer, std::slice::from_ref(&tag), &[]).await.err(),
        c.contact_tags(&customer).await.err(),
        c.fetch_tag_contact_page(&tag, None).await.err(),
    ];
    for (n, error) in errors.iter().enumerate() {
        let kind = error.as_ref().map(|e| e.kind());
        assert_eq!(kind, Some(ErrorKind::Unsupported), "case {n}");
    }
    assert!(errors[3].as_ref().unwrap().to_string().contains("use replace"));
    assert!(stub.calls().is_empty() && stub.token_calls().is_empty(), "something was sent");
}

#[tokio::test]
async fn an_empty_filter_asks_for_nothing_and_not_for_all() {
    let stub = Stub::answering(listed("")).await;
    let client = stub.client();
    for filter in [TagFilter::Groups(Vec::new()), TagFilter::Tags(Vec::new())] {
        let mut query = TagQuery::all();
        query.filter = filter;
        assert!(client.fetch_tag_page(&query, None).await.unwrap().items.is_empty());
    }
    assert!(stub.calls().is_empty());
}

#[tokio::test]
async fn a_token_may_stand_in_data_or_beside_the_code() {
    let stub = Stub::answering(DONE).await;
    for answer in [
        r#"{"data":{"access_token":"abc","expires_in":"7200"},"errcode":0}"#,
        r#"{"data":[{"access_token":"abc","expires_in":7200}],"errcode":0}"#,
        r#"{"data":{"access_token":"abc"},"errcode":"0"}"#,
        r#"{"access_token":"abc","expires_in":7200,"errcode":0}"#,
        r#"{"access_token":"abc","expires_in":"7200","errcode":0,"data":null}"#,
        r#"{"access_token":"abc"}"#,
    ] {
        stub.answer_token(answer);
        stub.client().delete_smart_tag(&DeleteSmartTag::tag("1")).await.unwrap();
        let call = stub.calls().pop().unwrap();
        assert!(call.text().contains(r#""access_token":"abc","#), "{answer}");
    }
    for answer in [
        r#"{"data":{"access_token":""},"errcode":0}"#,
        r#"{"data":null,"errcode":0}"#,
        r#"{"data":{"access_token":["abc"]},"errcode":0}"#,
        r#"{"errcode":0}"#,
        "[]",
    ] {
        stub.answer_token(answer);
        let error = stub.client().delete_smart_tag(&DeleteSmartTag::tag("1")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{answer}");
        assert_eq!(error.operation(), Some("oauth/token"));
    }
}

#[tokio::test]
async fn an_answer_that_miaokol_cannot_have_written_is_no_empty_list() {
    let stub = Stub::answering(DONE).await;
    let client = stub.client();
    for body in
        [r#"{"login":"https://portal.example"}"#, "{}", "[]", "null", r#"{"errcode":0}"#, ""]
    {
        stub.answer(200, body);
        let error = client.list_smart_tags(&ListSmartTags::new()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
    stub.answer(200, r#"{"data":[]}"#);
    let error = client.list_smart_tags(&ListSmartTags::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    for body in ["{}", r#"{"login":1}"#, r#"{"data":null}"#] {
        stub.answer(200, body);
        let error = client.delete_smart_tag(&DeleteSmartTag::tag("1")).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
    stub.answer(403, r#"{"data":null}"#);
    let error = client.delete_smart_tag(&DeleteSmartTag::tag("1")).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Transport, Some(403)));
}

#[tokio::test]
async fn an_empty_list_is_read_in_every_spelling() {
    let stub = Stub::answering(DONE).await;
    for data in ["[]", "null", "{}"] {
        stub.answer(200, format!(r#"{{"data":{data},"errcode":0}}"#));
        let list = stub.client().list_smart_tags(&ListSmartTags::new()).await.unwrap();
        assert!(list.items.is_empty() && list.pager.is_none());
    }
}

#[tokio::test]
async fn the_data_of_a_tagged_customer_is_opaque() {
    let stub = Stub::answering(DONE).await;
    let update = UpdateContact::replace("16", "78", ["1"]);
    for (data, kept) in [
        (r#"{"nickname":"canary","wxid":78}"#, Some(r#"{"nickname":"canary","wxid":78}"#)),
        (r#"["canary"]"#, Some(r#"["canary"]"#)),
        ("null", None),
    ] {
        stub.answer(200, format!(r#"{{"data":{data},"errcode":0}}"#));
        let reply = stub.client().update_contact(&update).await.unwrap();
        assert_eq!(reply.data.as_ref().map(|data| data.as_str()), kept);
        assert_eq!(reply.warning, None);
        assert!(!format!("{reply:?}").contains("canary"));
    }
}

#[tokio::test]
async fn an_answer_that_is_not_valid_json_is_taken_for_what_its_code_says_in_one_call_only() {
    let stub = Stub::answering(DONE).await;
    let client = stub.client();
    let update = UpdateContact::replace("16", "78", ["1"]);
    stub.answer(200, r#"{"data":{}//x "errcode":406,"message":"bad id"}"#);
    let error = client.update_contact(&update).await.unwrap_err();
    assert_eq!((error.platform_code(), error.platform_message()), (Some(406), Some("bad id")));
    for (status, body) in [
        (200, r#"{"data":{"errcode":0}//x }"#),
        (200, r#"{"errcode":0,"data":{}"#),
        (200, "<html>errcode</html>"),
    ] {
        stub.answer(status, body);
        let error = client.update_contact(&update).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
    stub.answer(404, r#"{"data":{}//x "errcode":0}"#);
    assert_eq!(client.update_contact(&update).await.unwrap_err().kind(), ErrorKind::Transport);
    stub.answer(200, r#"{"data":null//x "errcode":0}"#);
    let error = client.delete_smart_tag(&DeleteSmartTag::tag("1")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn accounts_and_customers_are_read_as_far_as_they_are_documented() {
    let accounts = r#"{"data":[{"id":"5","wxid":1600000000000001,"nickname":"小王"}],
        "pager":{"page":"1","numPages":"1","new":1},"errcode":0}"#;
    let stub = Stub::answering(accounts).await;
    let client = stub.client();
    let list = client.list_wechat(&ListWechat::new()).await.unwrap();
    let account = &list.items[0];
    assert_eq!(account.wxid.as_ref().unwrap().reveal(), "1600000000000001");
    assert_eq!((account.id, account.extra.len()), (Some(5), 1));
    assert_eq!(list.pager.as_ref().unwrap().extra.len(), 1);
    let shown = format!("{list:?}");
    assert!(!shown.contains("1600000000000001") && !shown.contains("小王"), "{shown}");

    stub.answer(200, r#"{"data":[{"wxid":"78","tags":[1]}],"errcode":0}"#);
    let contacts = client.list_contacts(&ListContacts::of("16")).await.unwrap();
    assert_eq!(contacts.items[0].extra.get("wxid").unwrap(), "78");

    for data in [
        r#"{"rel_wxids":["1600000000000001"],"room_wxids":["R:1"]}"#,
        r#"[{"rel_wxids":[1600000000000001],"room_wxids":["R:1"]}]"#,
    ] {
        stub.answer(200, format!(r#"{{"data":{data},"errcode":0}}"#));
        let info = client.contact_info("78").await.unwrap();
        assert_eq!(info.rel_wxids[0].reveal(), "1600000000000001");
        assert_eq!(info.room_wxids, ["R:1"]);
        assert!(!format!("{info:?}").contains("1600000000000001"));
    }
}
