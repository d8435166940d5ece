//! What goes over the wire: method, path, query, headers and exact bytes of each endpoint, and
//! the documents' own examples.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use leadtag_core::{
    CreateTags, ErrorKind, GroupId, NewTag, TagChange, TagFilter, TagId, TagProvider, TagQuery,
};
use support::{CORP_ID, SECRET, Stub, TOKEN};
use wecom_corptag::model::{
    AddCorpTag, AddStrategyTag, BatchGetByUser, ContactType, DelCorpTag, DelStrategyTag,
    EditCorpTag, EditStrategyTag, FollowTagType, GetCorpTagList, GetExternalContact,
    GetStrategyTagList, MarkTag, NewCorpTag,
};
use wecom_corptag::{RawCall, WecomClient};

const OK: &str = r#"{"errcode":0,"errmsg":"ok"}"#;
const NO_GROUPS: &str = r#"{"errcode":0,"errmsg":"ok","tag_group":[]}"#;

macro_rules! documented {
    ($name:literal) => {
        include_str!(concat!("documented/", $name, ".json"))
    };
}

fn compact(json: &str) -> String {
    // serde_json would sort the members, and the order is part of the claim.
    let mut text = String::new();
    let mut quoted = false;
    for c in json.chars() {
        quoted ^= c == '"';
        if quoted || !c.is_whitespace() {
            text.push(c);
        }
    }
    text
}

fn documented_requests() -> [(&'static str, &'static str, String); 4] {
    let list = GetCorpTagList::default();
    let list = {
        let mut list = list;
        list.tag_id = vec!["etXXXXXXXXXX".into(), "etYYYYYYYYYY".into()];
        list.group_id = vec!["etZZZZZZZZZZZZZ".into(), "etYYYYYYYYYYYYY".into()];
        list
    };
    let tags = [("TAG_NAME_1", 1), ("TAG_NAME_2", 2)]
        .map(|(name, order)| NewCorpTag::new(name).with_order(order));
    let add = AddCorpTag::in_group("GROUP_ID", tags)
        .with_group_name("GROUP_NAME")
        .with_order(1)
        .with_agentid(1_000_014);
    let edit =
        EditCorpTag::new("TAG_ID").with_name("NEW_TAG_NAME").with_order(1).with_agentid(1_000_014);
    let del = DelCorpTag::tags(["TAG_ID_1", "TAG_ID_2"])
        .with_groups(["GROUP_ID_1", "GROUP_ID_2"])
        .with_agentid(1_000_014);
    [
        ("get_corp_tag_list", documented!("get_corp_tag_list.request"), to_json(&list)),
        ("add_corp_tag", documented!("add_corp_tag.request"), to_json(&add)),
        ("edit_corp_tag", documented!("edit_corp_tag.request"), to_json(&edit)),
        ("del_corp_tag", documented!("del_corp_tag.request"), to_json(&del)),
    ]
}

fn to_json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).unwrap()
}

#[tokio::test]
async fn the_token_is_asked_for_once_and_put_into_the_query() {
    let stub = Stub::answering(NO_GROUPS).await;
    let client = stub.client_at("/prefix/of/a/proxy");
    client.get_corp_tag_list(&GetCorpTagList::all()).await.unwrap();
    client.get_corp_tag_list(&GetCorpTagList::all()).await.unwrap();
    let tokens = stub.token_calls();
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].method, "GET");
    assert_eq!(tokens[0].path, "/prefix/of/a/proxy/cgi-bin/gettoken");
    assert_eq!(tokens[0].query, pairs(&[("corpid", CORP_ID), ("corpsecret", SECRET)]));
    for call in stub.calls() {
        assert_eq!(call.path, "/prefix/of/a/proxy/cgi-bin/externalcontact/get_corp_tag_list");
        assert_eq!(call.query, pairs(&[("access_token", TOKEN)]));
        assert!(call.headers.iter().all(|(_, value)| !value.contains(TOKEN)));
    }
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
}

#[tokio::test]
async fn the_documented_requests_go_byte_for_byte_through_the_raw_call() {
    for (name, example, _) in documented_requests() {
        let stub = Stub::answering(OK).await;
        let path = format!("externalcontact/{name}");
        let answer = stub.client().send(&RawCall::post(path, example)).await.unwrap();
        let call = stub.call();
        assert_eq!(call.text(), example);
        assert_eq!(
            (call.method.as_str(), call.query.as_slice()),
            ("POST", &*pairs(&[("access_token", TOKEN)]))
        );
        assert_eq!(call.path, format!("/cgi-bin/externalcontact/{name}"));
        assert_eq!(call.header("content-type"), Some("application/json"));
        assert_eq!(answer["errmsg"], "ok");
    }
}

#[test]
fn the_typed_requests_are_the_documented_ones_in_the_documented_order() {
    for (name, example, typed) in documented_requests() {
        assert_eq!(typed, compact(example), "{name}");
    }
}

#[tokio::test]
async fn the_documented_answers_are_read() {
    let stub = Stub::answering(documented!("get_corp_tag_list.response")).await;
    let client = stub.client();
    let list = client.get_corp_tag_list(&GetCorpTagList::tags(["TAG_ID1"])).await.unwrap();
    let group = &list.tag_group[0];
    assert_eq!(
        (group.group_id.as_str(), group.group_name.as_str()),
        ("TAG_GROUPID1", "GOURP_NAME")
    );
    assert_eq!((group.create_time, group.order), (Some(1_557_838_797), Some(1)));
    assert_eq!(group.deleted, Some(false));
    let tags: Vec<_> =
        group.tag.iter().map(|tag| (tag.id.as_str(), tag.order, tag.deleted)).collect();
    assert_eq!(tags, [("TAG_ID1", Some(1), Some(false)), ("TAG_ID2", Some(2), Some(true))]);
    assert!(list.extra.is_empty() && group.extra.is_empty() && list.warning.is_none());

    stub.answer(200, documented!("add_corp_tag.response"));
    let add = AddCorpTag::in_group_named("GOURP_NAME", ["NAME1", "NAME2"]);
    let added = client.add_corp_tag(&add).await.unwrap();
    assert_eq!(added.tag_group.group_id, GroupId::new("TAG_GROUPID1"));
    let names: Vec<_> = added.tag_group.tag.iter().map(|tag| tag.name.as_str()).collect();
    assert_eq!(names, ["NAME1", "NAME2"]);

    stub.answer(200, documented!("edit_corp_tag.response"));
    client.edit_corp_tag(&EditCorpTag::new("TAG_ID").with_order(1)).await.unwrap();
    stub.answer(200, documented!("del_corp_tag.response"));
    client.del_corp_tag(&DelCorpTag::tags(["TAG_ID_1"])).await.unwrap();
}

/// Calls one endpoint, whatever it answers.
async fn sent(call: impl AsyncFnOnce(WecomClient)) -> support::Seen {
    let stub = Stub::answering(OK).await;
    call(stub.client()).await;
    stub.call()
}

#[tokio::test]
async fn every_post_has_its_path_and_its_exact_body() {
    let cases: [(&str, &str, support::Seen); 11] = [
        (
            "get_corp_tag_list",
            "{}",
            sent(async |c| drop(c.get_corp_tag_list(&GetCorpTagList::all()).await)).await,
        ),
        (
            "get_corp_tag_list",
            r#"{"group_id":["etG"]}"#,
            sent(async |c| drop(c.get_corp_tag_list(&GetCorpTagList::groups(["etG"])).await)).await,
        ),
        (
            "add_corp_tag",
            r#"{"group_name":"阶段","tag":[{"name":"新","order":0},{"name":"老"}]}"#,
            sent(async |c| {
                let tags = [NewCorpTag::new("新").with_order(0), NewCorpTag::new("老")];
                drop(c.add_corp_tag(&AddCorpTag::in_group_named("阶段", tags)).await);
            })
            .await,
        ),
        (
            "edit_corp_tag",
            r#"{"id":"etT","order":0}"#,
            sent(async |c| drop(c.edit_corp_tag(&EditCorpTag::new("etT").with_order(0)).await))
                .await,
        ),
        (
            "del_corp_tag",
            r#"{"group_id":["etG"]}"#,
            sent(async |c| drop(c.del_corp_tag(&DelCorpTag::groups(["etG"])).await)).await,
        ),
        (
            "mark_tag",
            r#"{"userid":"zhangsan","external_userid":"wm1","add_tag":["etA"],"remove_tag":["etB"]}"#,
            sent(async |c| {
                drop(
                    c.mark_tag(
                        &MarkTag::new("zhangsan", "wm1").with_add(["etA"]).with_remove(["etB"]),
                    )
                    .await,
                );
            })
            .await,
        ),
        (
            "batch/get_by_user",
            r#"{"userid_list":["a","b"],"cursor":"c1","limit":100}"#,
            sent(async |c| {
                drop(
                    c.batch_get_by_user(
                        &BatchGetByUser::new(["a", "b"]).with_cursor("c1").with_limit(100),
                    )
                    .await,
                );
            })
            .await,
        ),
        (
            "get_strategy_tag_list",
            r#"{"strategy_id":1,"tag_id":["etT"]}"#,
            sent(async |c| {
                drop(c.get_strategy_tag_list(&GetStrategyTagList::of(1).with_tags(["etT"])).await);
            })
            .await,
        ),
        (
            "add_strategy_tag",
            r#"{"strategy_id":1,"group_id":"etG","tag":[{"name":"a"}]}"#,
            sent(async |c| {
                drop(c.add_strategy_tag(&AddStrategyTag::in_group(1, "etG", ["a"])).await);
            })
            .await,
        ),
        (
            "edit_strategy_tag",
            r#"{"id":"etT","name":"b"}"#,
            sent(async |c| {
                drop(c.edit_strategy_tag(&EditStrategyTag::new("etT").with_name("b")).await)
            })
            .await,
        ),
        (
            "del_strategy_tag",
            r#"{"tag_id":["etT"]}"#,
            sent(async |c| drop(c.del_strategy_tag(&DelStrategyTag::tags(["etT"])).await)).await,
        ),
    ];
    for (api, body, call) in cases {
        assert_eq!(call.text(), body);
        assert_eq!(call.path, format!("/cgi-bin/externalcontact/{api}"));
        assert_eq!(call.method, "POST");
        assert_eq!(call.query, pairs(&[("access_token", TOKEN)]));
        assert_eq!(call.header("content-type"), Some("application/json"));
        assert_eq!(call.header("accept"), Some("application/json"));
    }
}

#[tokio::test]
async fn every_get_has_its_path_and_its_query() {
    let list = sent(async |c| drop(c.list_external_contacts("张 san&x=1").await)).await;
    assert_eq!(
        (list.method.as_str(), list.path.as_str()),
        ("GET", "/cgi-bin/externalcontact/list")
    );
    assert_eq!(list.query, pairs(&[("userid", "张 san&x=1"), ("access_token", TOKEN)]));
    assert!(list.body.is_empty() && list.header("content-type").is_none());

    let first = sent(async |c| {
        drop(c.get_external_contact(&GetExternalContact::new("wm1").with_cursor("")).await)
    })
    .await;
    assert_eq!(
        (first.method.as_str(), first.path.as_str()),
        ("GET", "/cgi-bin/externalcontact/get")
    );
    assert_eq!(first.query, pairs(&[("external_userid", "wm1"), ("access_token", TOKEN)]));
    let second = sent(async |c| {
        drop(c.get_external_contact(&GetExternalContact::new("wm1").with_cursor("c=1")).await)
    })
    .await;
    assert_eq!(second.query[1], ("cursor".to_owned(), "c=1".to_owned()));
}

#[tokio::test]
async fn a_rename_sends_no_order_and_an_order_of_zero_is_sent() {
    let stub = Stub::answering(OK).await;
    let client = stub.client();
    client.update_tag(&TagId::new("etT"), &TagChange::rename("新名")).await.unwrap();
    client.update_group(&GroupId::new("etG"), &TagChange::reorder(0)).await.unwrap();
    client.update_tag(&TagId::new("etT"), &TagChange::reorder(4_294_967_295)).await.unwrap();
    let bodies: Vec<_> = stub.calls().iter().map(|call| call.text().to_owned()).collect();
    let expected = [
        r#"{"id":"etT","name":"新名"}"#,
        r#"{"id":"etG","order":0}"#,
        r#"{"id":"etT","order":4294967295}"#,
    ];
    assert_eq!(bodies, expected);
}

#[tokio::test]
async fn what_wecom_would_refuse_or_misread_is_not_sent() {
    let stub = Stub::answering(OK).await;
    let c = stub.client();
    let long = "标".repeat(31);
    let no_tags: [&str; 0] = [];
    let mut both = GetCorpTagList::tags(["etT"]);
    both.group_id = vec!["etG".into()];
    let members = || (0..101).map(|n| format!("u{n}"));
    let kinds = [
        c.get_corp_tag_list(&both).await.err(),
        c.get_corp_tag_list(&GetCorpTagList::groups([""])).await.err(),
        c.add_corp_tag(&AddCorpTag::in_group("", ["a"])).await.err(),
        c.add_corp_tag(&AddCorpTag::in_group_named("", ["a"])).await.err(),
        c.add_corp_tag(&AddCorpTag::in_group_named("g", no_tags)).await.err(),
        c.add_corp_tag(&AddCorpTag::in_group_named("g", [""])).await.err(),
        c.add_corp_tag(&AddCorpTag::in_group_named("g", [long.as_str()])).await.err(),
        c.add_corp_tag(&AddCorpTag::in_group_named(&long, ["a"])).await.err(),
        c.edit_corp_tag(&EditCorpTag::new("etT")).await.err(),
        c.edit_corp_tag(&EditCorpTag::new("").with_order(1)).await.err(),
        c.edit_corp_tag(&EditCorpTag::new("etT").with_name("")).await.err(),
        c.del_corp_tag(&DelCorpTag::default()).await.err(),
        c.del_corp_tag(&DelCorpTag::tags(["etT", " "])).await.err(),
        c.mark_tag(&MarkTag::new("u", "e")).await.err(),
        c.mark_tag(&MarkTag::new("", "e").with_add(["a"])).await.err(),
        c.mark_tag(&MarkTag::new("u", "").with_add(["a"])).await.err(),
        c.mark_tag(&MarkTag::new("u", "e").with_add([""])).await.err(),
        c.mark_tag(&MarkTag::new("u", "e").with_add(["a"]).with_remove(["a"])).await.err(),
        c.get_external_contact(&GetExternalContact::new("")).await.err(),
        c.list_external_contacts("").await.err(),
        c.batch_get_by_user(&BatchGetByUser::new(no_tags)).await.err(),
        c.batch_get_by_user(&BatchGetByUser::new([""])).await.err(),
        c.batch_get_by_user(&BatchGetByUser::new(members())).await.err(),
        c.batch_get_by_user(&BatchGetByUser::new(["u"]).with_limit(0)).await.err(),
        c.batch_get_by_user(&BatchGetByUser::new(["u"]).with_limit(101)).await.err(),
        c.add_strategy_tag(&AddStrategyTag::in_group(1, "", ["a"])).await.err(),
        c.edit_strategy_tag(&EditStrategyTag::new("etT")).await.err(),
        c.del_strategy_tag(&DelStrategyTag::default()).await.err(),
        c.update_tag(&TagId::new("etT"), &TagChange::reorder(-1)).await.err(),
        c.update_tag(&TagId::new("etT"), &TagChange::reorder(1 << 32)).await.err(),
        c.create_tags(&CreateTags::in_new_group("g", [NewTag::new("a").with_order(-1)]))
            .await
            .err(),
        c.call("externalcontact/../gettoken", &()).await.err(),
        c.call("https://elsewhere.example/", &()).await.err(),
        c.call("externalcontact/list?userid=u", &()).await.err(),
        c.send(&RawCall::get("externalcontact/list").with_query("access_token", "x")).await.err(),
    ];
    for (n, error) in kinds.into_iter().enumerate() {
        assert_eq!(error.map(|e| e.kind()), Some(ErrorKind::InvalidArgument), "case {n}");
    }
    assert!(stub.calls().is_empty() && stub.token_calls().is_empty(), "something was sent");
}

#[tokio::test]
async fn an_empty_filter_asks_for_nothing_and_not_for_all() {
    let stub = Stub::answering(NO_GROUPS).await;
    let client = stub.client();
    for filter in [TagFilter::Groups(Vec::new()), TagFilter::Tags(Vec::new())] {
        let mut query = TagQuery::all();
        query.filter = filter;
        let page = client.fetch_tag_page(&query, None).await.unwrap();
        assert!(page.items.is_empty());
    }
    assert!(stub.calls().is_empty());
}

#[tokio::test]
async fn a_raw_path_may_be_written_with_its_prefix() {
    let stub = Stub::answering(OK).await;
    let body = serde_json::json!({"userid": "u", "external_userid": "wm1", "remark": "r"});
    stub.client().call("/cgi-bin/externalcontact/remark", &body).await.unwrap();
    let call = stub.call();
    assert_eq!(call.path, "/cgi-bin/externalcontact/remark");
    assert_eq!(serde_json::from_slice::<serde_json::Value>(&call.body).unwrap(), body);
}

#[tokio::test]
async fn a_customer_is_read_with_open_enums_and_unknown_members() {
    let answer = r#"{"errcode":0,"errmsg":"ok","external_contact":{"external_userid":"wm1","name":"李四",
        "type":7,"gender":"1","unionid":"ozynqsul","avatar":null,"corp_name":"示例","brand_new":{"x":1}},
        "follow_user":[{"userid":"zhangsan","remark":"李部长","remark_mobiles":["19900001234"],"createtime":"1525779812",
        "tags":[{"group_name":"阶段","tag_name":"新","tag_id":"etT","type":1},{"group_name":"g","tag_name":"mine","type":2},
        {"group_name":"g","tag_name":"s","tag_id":"etS","type":3},{"group_name":"g","tag_name":"n","tag_id":"etN","type":9}],
        "add_way":202,"oper_userid":"zhangsan","wechat_channels":{"nickname":"n"}},{"userid":"lisi"}],"next_cursor":""}"#;
    let stub = Stub::answering(answer).await;
    let detail = stub.client().get_external_contact(&GetExternalContact::new("wm1")).await.unwrap();
    let contact = &detail.external_contact;
    assert_eq!(contact.contact_type, Some(ContactType::Other(7)));
    assert_eq!(contact.name.as_ref().unwrap().reveal(), "李四");
    assert_eq!((contact.avatar.as_ref(), contact.extra.len()), (None, 1));
    let user = &detail.follow_user[0];
    assert_eq!(user.remark_mobiles[0].reveal(), "19900001234");
    assert_eq!(
        (user.createtime, user.add_way.map(|way| way.code())),
        (Some(1_525_779_812), Some(202))
    );
    let types: Vec<_> = user.tags.iter().filter_map(|tag| tag.tag_type).collect();
    use FollowTagType::{Corp, Other, Personal, Strategy};
    assert_eq!(types, [Corp, Personal, Strategy, Other(9)]);
    assert_eq!(user.tags[1].tag_id, None);
    assert!(detail.follow_user[1].tags.is_empty());
    let shown = format!("{detail:?}");
    for hidden in ["李四", "李部长", "19900001234", "ozynqsul", "示例", "nickname"] {
        assert!(!shown.contains(hidden), "{hidden} in {shown}");
    }
}

#[tokio::test]
async fn a_batch_gives_tag_ids_and_who_has_no_licence() {
    let answer = r#"{"errcode":0,"errmsg":"ok","external_contact_list":[{"external_contact":{"external_userid":"wm1",
        "name":"李四","type":1},"follow_info":{"userid":"zhangsan","remark":"李部长","tag_id":["etT"],"add_way":1,"x":1}}],
        "next_cursor":"","fail_info":{"unlicensed_userid_list":["chenjie"]}}"#;
    let stub = Stub::answering(answer).await;
    let page = stub
        .client()
        .batch_get_by_user(&BatchGetByUser::new(["zhangsan", "chenjie"]))
        .await
        .unwrap();
    let info = &page.external_contact_list[0].follow_info;
    assert_eq!(
        (info.tag_id.as_slice(), info.follow_user.userid.as_str()),
        (&[TagId::new("etT")][..], "zhangsan")
    );
    assert_eq!(page.fail_info.as_ref().unwrap().unlicensed_userid_list, ["chenjie"]);
    assert!(!format!("{page:?}").contains("李部长"));
}

#[tokio::test]
async fn ids_come_as_numbers_and_answers_without_a_code_are_answers() {
    let answer = r#"{"tag_group":[{"group_id":7,"group_name":"g","tag":[{"id":410983932389440,"name":"n","order":"5"}]}]}"#;
    let stub = Stub::answering(answer).await;
    let list = stub.client().get_corp_tag_list(&GetCorpTagList::all()).await.unwrap();
    assert_eq!(list.tag_group[0].group_id, GroupId::new("7"));
    assert_eq!(list.tag_group[0].tag[0].id, TagId::new("410983932389440"));
    assert_eq!(list.tag_group[0].tag[0].order, Some(5));
}

#[tokio::test]
async fn an_answer_that_wecom_cannot_have_written_is_no_empty_list() {
    let stub = Stub::answering(r#"{"login":"https://portal.example"}"#).await;
    let client = stub.client();
    for body in [r#"{"login":"https://portal.example"}"#, "{}", "[]", "null"] {
        stub.answer(200, body);
        let error = client.get_corp_tag_list(&GetCorpTagList::all()).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode, "{body}");
    }
    stub.answer(403, r#"{"error":"blocked"}"#);
    let error = client.edit_corp_tag(&EditCorpTag::new("etT").with_order(1)).await.unwrap_err();
    assert_eq!((error.kind(), error.http_status()), (ErrorKind::Transport, Some(403)));
}

#[tokio::test]
async fn the_life_of_a_token_may_be_missing_or_in_quotes_and_an_empty_token_is_refused() {
    let stub = Stub::answering(NO_GROUPS).await;
    for answer in [
        r#"{"errcode":0,"errmsg":"ok","access_token":"abc","expires_in":"7200"}"#,
        r#"{"access_token":"abc"}"#,
    ] {
        stub.answer_token(answer);
        stub.client().get_corp_tag_list(&GetCorpTagList::all()).await.unwrap();
    }
    for answer in
        [r#"{"errcode":0,"errmsg":"ok","access_token":""}"#, r#"{"errcode":0,"errmsg":"ok"}"#]
    {
        stub.answer_token(answer);
        let error = stub.client().get_corp_tag_list(&GetCorpTagList::all()).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Decode, Some("gettoken")));
    }
}

#[tokio::test]
async fn a_token_that_lives_for_no_time_lives_as_long_as_usual() {
    let stub = Stub::answering(NO_GROUPS).await;
    stub.answer_token(r#"{"errcode":0,"errmsg":"ok","access_token":"abc","expires_in":0}"#);
    let client = stub.client();
    for _ in 0..3 {
        client.get_corp_tag_list(&GetCorpTagList::all()).await.unwrap();
    }
    assert_eq!(stub.token_calls().len(), 1);
}

#[tokio::test]
async fn a_warning_is_surfaced_by_typed_calls() {
    let warned = r#"{"errcode":0,"errmsg":"ok, Warning: wrong json format. hint: [1700_1_ab], from ip: 203.0.113.7"}"#;
    let stub = Stub::answering(warned).await;
    let client = stub.client();
    let edit = client.edit_corp_tag(&EditCorpTag::new("etT").with_order(1)).await.unwrap();
    assert_eq!(edit.warning.as_deref(), Some("Warning: wrong json format. (hint 1700_1_ab)"));
    let list = client.get_corp_tag_list(&GetCorpTagList::all()).await.unwrap();
    assert!(list.warning.is_some());
}
