//! What the provider makes of the calls that Miaokol has: ids of tags whose creation gives none,
//! pages, and writes that must not destroy.
#![cfg(feature = "reqwest")]
#![allow(clippy::unwrap_used, missing_docs)]

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use leadtag_core::{
    ContactRef, CreateTags, ErrorKind, GroupId, NewTag, Sent, TagChange, TagId, TagNode,
    TagProvider, TagProviderExt, TagQuery,
};
use leadtag_testkit::{ManualClock, ReplayTransport, Reply};
use miaokol_smarttag::MiaokolClient;
use miaokol_smarttag::model::{AddSmartTag, BatchAddTags, DeleteSmartTag};
use support::{APP_ID, DONE, SECRET, Stub, group, listed, page};

const GATEWAY: (u16, &[u8]) = (502, b"<html>bad gateway</html>");

fn answers<const N: usize>(answers: [String; N]) -> [(u16, Vec<u8>); N] {
    answers.map(|body| (200, body.into_bytes()))
}

/// A stub whose first write, after `before`, ends in a gateway's error page.
async fn lost_after<const B: usize, const A: usize>(
    before: [String; B],
    after: [String; A],
) -> Stub {
    let lost = [(GATEWAY.0, GATEWAY.1.to_vec())];
    Stub::with_statuses(answers(before).into_iter().chain(lost).chain(answers(after))).await
}

fn done() -> String {
    DONE.to_owned()
}

fn refused() -> String {
    r#"{"errcode":406,"message":"no such id"}"#.to_owned()
}

fn apis(stub: &Stub) -> Vec<String> {
    stub.paths().iter().map(|path| path.trim_start_matches("/smart-tag/").to_owned()).collect()
}

fn ids(created: &leadtag_core::CreatedTags) -> Vec<&str> {
    created.tags.iter().map(|tag| tag.id.as_str()).collect()
}

#[tokio::test]
async fn tags_in_an_existing_group_come_with_the_ids_of_the_list() {
    let before = listed(&group(7, "g", &[(20, "old")]));
    let after = listed(&group(7, "g", &[(22, "b"), (21, "a"), (20, "old")]));
    let stub = Stub::start([before, done(), after]).await;
    let request = CreateTags::in_group("7", ["a", "old", "b", "a"]);
    let created = stub.client().create_tags(&request).await.unwrap();
    assert_eq!(ids(&created), ["21", "20", "22"]);
    assert_eq!(created.existing, [TagId::new("20")]);
    let made = created.group.unwrap();
    assert_eq!((made.id.as_str(), made.name.as_str()), ("7", "g"));
    assert_eq!(apis(&stub), ["list", "batchAddTag", "list"]);
    assert_eq!(stub.calls()[1].rest(), r#","group_id":7,"tag_names":["a","b"]}"#);
}

#[tokio::test]
async fn names_that_are_all_there_are_not_created() {
    let stub = Stub::answering(listed(&group(7, "g", &[(20, "a"), (21, "b")]))).await;
    for request in
        [CreateTags::in_group("7", ["b", "a"]), CreateTags::in_new_group("g", ["b", "a"])]
    {
        assert_eq!(ids(&stub.client().create_tags(&request).await.unwrap()), ["21", "20"]);
    }
    assert_eq!(apis(&stub), ["list", "list"]);
}

#[tokio::test]
async fn a_group_that_there_is_not_is_an_error_before_anything_is_made() {
    let stub = Stub::answering(listed("")).await;
    let error = stub.client().create_tags(&CreateTags::in_group("7", ["a"])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::NotFound);
    assert_eq!(apis(&stub), ["list"]);
}

#[tokio::test]
async fn a_new_group_is_the_one_that_was_not_listed_before() {
    let other = group(6, "other", &[(19, "a")]);
    let before = listed(&other);
    let after = listed(&[other, group(8, "g", &[(21, "a")])].join(","));
    let stub = Stub::start([before, done(), after]).await;
    let created = stub.client().create_tags(&CreateTags::in_new_group("g", ["a"])).await.unwrap();
    assert_eq!(ids(&created), ["21"]);
    assert_eq!(created.group.unwrap().id, GroupId::new("8"));
    let rest = r#","group_id":0,"group_name":"g","tag_names":["a"]}"#;
    assert_eq!(stub.calls()[1].rest(), rest);
}

#[tokio::test]
async fn of_two_groups_of_one_name_none_is_chosen() {
    let two = [group(7, "g", &[]), group(8, "g", &[])].join(",");
    let stub = Stub::answering(listed(&two)).await;
    let request = CreateTags::in_new_group("g", ["a"]);
    let error = stub.client().create_tags(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("7, 8"), "{error}");
    assert_eq!(apis(&stub), ["list"]);

    let stub = Stub::start([listed(""), done(), listed(&two)]).await;
    let error = stub.client().create_tags(&request).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Conflict, Sent::Yes));
}

#[tokio::test]
async fn an_empty_group_is_made_and_found() {
    let none: [NewTag; 0] = [];
    let saved = r#"{"data":{"id":8,"name":"g","type":2},"errcode":0}"#.to_owned();
    let stub = Stub::start([listed(""), saved]).await;
    let request = CreateTags::in_new_group("g", none);
    let created = stub.client().create_tags(&request).await.unwrap();
    assert_eq!((created.tags.len(), created.group.unwrap().id.as_str()), (0, "8"));
    assert_eq!(stub.calls()[1].rest(), r#","name":"g","type":2}"#);

    let stub = Stub::start([listed(""), done(), listed(&group(8, "g", &[]))]).await;
    let created = stub.client().create_tags(&request).await.unwrap();
    assert_eq!(created.group.unwrap().id.as_str(), "8");
}

#[tokio::test]
async fn a_name_that_is_nowhere_afterwards_is_an_error_and_not_a_tag_without_an_id() {
    let alone = listed(&group(7, "g", &[]));
    let stub = Stub::start([alone.clone(), done(), alone]).await;
    let error = stub.client().create_tags(&CreateTags::in_group("7", ["a"])).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Platform, Sent::Yes));
    assert!(error.to_string().contains("before creating them again"), "{error}");
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_not_sent_again_if_it_was_done() {
    let after = || listed(&group(7, "g", &[(20, "old"), (21, "a")]));
    let stub = lost_after([listed(&group(7, "g", &[(20, "old")]))], [after()]).await;
    let created = stub.client().create_tags(&CreateTags::in_group("7", ["a"])).await.unwrap();
    assert_eq!(ids(&created), ["21"]);
    assert_eq!(apis(&stub), ["list", "batchAddTag", "list", "list"]);

    let stub = lost_after([listed(&group(6, "x", &[]))], [after()]).await;
    let created = stub.client().create_tags(&CreateTags::in_new_group("g", ["a"])).await.unwrap();
    assert_eq!(ids(&created), ["21"]);
    assert_eq!(apis(&stub), ["list", "batchAddTag", "list", "list"]);
}

#[tokio::test]
async fn a_creation_whose_answer_was_lost_is_sent_again_if_it_was_not_done() {
    let before = || listed(&group(7, "g", &[(20, "old")]));
    let after = listed(&group(7, "g", &[(20, "old"), (21, "a")]));
    let stub = lost_after([before()], [before(), done(), after]).await;
    let created = stub.client().create_tags(&CreateTags::in_group("7", ["a"])).await.unwrap();
    assert_eq!(ids(&created), ["21"]);
    assert_eq!(apis(&stub), ["list", "batchAddTag", "list", "batchAddTag", "list"]);
}

#[tokio::test]
async fn a_batch_of_which_a_part_is_there_is_not_sent_again() {
    let part = listed(&group(7, "g", &[(21, "a")]));
    let stub = lost_after([listed(&group(7, "g", &[]))], [part]).await;
    let request = CreateTags::in_group("7", ["a", "b"]);
    let error = stub.client().create_tags(&request).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Platform);
    assert_eq!(apis(&stub).iter().filter(|api| *api == "batchAddTag").count(), 1);
}

#[tokio::test]
async fn typed_creations_are_looked_up_too() {
    let groups = listed(&group(7, "g", &[(21, "a")]));
    let stub = lost_after([], [groups.clone()]).await;
    let saved = stub.client().add_smart_tag(&AddSmartTag::new_group("g")).await.unwrap();
    assert_eq!((saved.id.as_str(), apis(&stub).len()), ("7", 2));

    let stub = lost_after([], [groups.clone()]).await;
    let saved = stub.client().add_smart_tag(&AddSmartTag::new_tag("7", "a")).await.unwrap();
    assert_eq!((saved.id.as_str(), saved.parent_id.clone()), ("21", Some("7".into())));

    let stub = lost_after([], [groups.clone()]).await;
    stub.client().batch_add_tags(&BatchAddTags::in_new_group("g", ["a"])).await.unwrap();
    assert_eq!(apis(&stub), ["batchAddTag", "list"]);

    let stub = lost_after([], [groups, done()]).await;
    stub.client().batch_add_tags(&BatchAddTags::in_group("7", ["a", "b"])).await.unwrap();
    assert_eq!(apis(&stub), ["batchAddTag", "list", "batchAddTag"]);
}

#[tokio::test]
async fn a_deletion_whose_answer_was_lost_is_done_if_the_id_is_gone() {
    let stub = lost_after([], [listed(&group(7, "g", &[(21, "a")]))]).await;
    stub.client().delete_smart_tag(&DeleteSmartTag::tag("22")).await.unwrap();
    assert_eq!(apis(&stub), ["delete", "list"]);

    for there in ["21", "7"] {
        let stub = lost_after([], [listed(&group(7, "g", &[(21, "a")])), done()]).await;
        stub.client().delete_smart_tag(&DeleteSmartTag::tag(there)).await.unwrap();
        assert_eq!(apis(&stub), ["delete", "list", "delete"]);
    }
}

#[tokio::test]
async fn a_deletion_of_the_wrong_kind_is_refused() {
    let stub = Stub::answering(listed(&group(7, "g", &[(21, "a")]))).await;
    let client = stub.client();
    let group_as_tag = client.delete_tags(&[TagId::new("7")]).await.unwrap_err();
    let tag_as_group = client.delete_groups(&[GroupId::new("21")]).await.unwrap_err();
    assert_eq!(group_as_tag.kind(), ErrorKind::InvalidArgument);
    assert_eq!(tag_as_group.kind(), ErrorKind::InvalidArgument);
    assert_eq!(apis(&stub), ["list", "list"]);
}

#[tokio::test]
async fn an_id_that_stands_twice_is_deleted_once() {
    let stub =
        Stub::start([listed(&group(7, "g", &[(21, "a"), (22, "b")])), done(), done(), refused()])
            .await;
    let ids = ["21", "22", "21"].map(TagId::new);
    stub.client().delete_tags(&ids).await.unwrap();
    assert_eq!(apis(&stub), ["list", "delete", "delete"]);

    let stub = Stub::start([listed(&group(7, "g", &[])), done(), refused()]).await;
    stub.client().delete_groups(&["7", "7"].map(GroupId::new)).await.unwrap();
    assert_eq!(apis(&stub), ["list", "delete"]);
}

/// A client that reaches nothing any more after `calls`, and its clock.
fn cut_off_after(calls: usize) -> (MiaokolClient, ManualClock) {
    let groups = listed(&group(7, "g", &[(21, "a"), (22, "b")]));
    let seen = AtomicUsize::new(0);
    let transport = ReplayTransport::handler(move |request| {
        let token = r#"{"data":{"access_token":"abc","expires_in":7200},"errcode":0}"#;
        match request.url.path() {
            "/oauth/token" => Reply::bytes(token),
            _ if seen.fetch_add(1, Ordering::Relaxed) >= calls => Reply::not_sent(),
            "/smart-tag/list" => Reply::bytes(groups.clone()),
            _ => Reply::bytes(DONE),
        }
    });
    let clock = ManualClock::new();
    let client = MiaokolClient::builder()
        .app_id(APP_ID)
        .app_secret(SECRET)
        .base_url("http://127.0.0.1")
        .transport(Arc::new(transport))
        .clock(Arc::new(clock.clone()))
        .build()
        .unwrap();
    (client, clock)
}

#[tokio::test]
async fn an_error_after_a_change_never_says_that_nothing_was_sent() {
    let no_tag: [NewTag; 0] = [];
    let creations = [
        CreateTags::in_group("7", ["c"]),
        CreateTags::in_new_group("h", ["c"]),
        CreateTags::in_new_group("h", no_tag),
    ];
    for (calls, sent) in [(1, Sent::No), (2, Sent::Yes)] {
        let mut errors = Vec::new();
        for creation in &creations {
            let (client, clock) = cut_off_after(calls);
            errors.push(clock.run(client.create_tags(creation)).await.unwrap_err());
        }
        let (client, clock) = cut_off_after(calls);
        let two = ["21", "22"].map(TagId::new);
        errors.push(clock.run(client.delete_tags(&two)).await.unwrap_err());
        let (client, clock) = cut_off_after(calls);
        errors.push(clock.run(client.delete_groups(&["7".into()])).await.unwrap_err());
        for error in errors {
            assert_eq!((error.kind(), error.sent()), (ErrorKind::Transport, sent), "{error}");
        }
    }
}

#[tokio::test]
async fn tags_that_outlive_their_group_are_deleted_after_it() {
    let before = listed(&[group(7, "g", &[(21, "a"), (22, "b")]), group(8, "h", &[])].join(","));
    let moved = listed(&group(8, "h", &[(22, "b"), (30, "c")]));
    let stub = Stub::start([before, done(), moved, done()]).await;
    stub.client().delete_groups(&[GroupId::new("7")]).await.unwrap();
    assert_eq!(apis(&stub), ["list", "delete", "list", "delete"]);
    assert_eq!(stub.calls()[1].rest(), r#","id":7}"#);
    assert_eq!(stub.calls()[3].rest(), r#","id":22}"#);
}

#[tokio::test]
async fn a_renamed_tag_stays_in_its_group() {
    let groups = [group(7, "g", &[(21, "a")]), group(8, "h", &[(22, "b")])].join(",");
    let stub = Stub::start([listed(&groups), done(), listed(&groups), done()]).await;
    let client = stub.client();
    client.update_tag(&TagId::new("22"), &TagChange::rename("a")).await.unwrap();
    let call = stub.calls().pop().unwrap();
    assert_eq!(call.rest(), r#","id":22,"name":"a","type":1,"parent_id":8}"#);

    client.update_group(&GroupId::new("8"), &TagChange::rename("i")).await.unwrap();
    let call = stub.calls().pop().unwrap();
    assert_eq!(call.rest(), r#","id":8,"name":"i","type":2}"#);
}

#[tokio::test]
async fn a_name_that_is_taken_or_an_id_that_is_unknown_is_not_sent() {
    let groups = [group(7, "g", &[(21, "a"), (22, "b")]), group(8, "h", &[])].join(",");
    let stub = Stub::answering(listed(&groups)).await;
    let c = stub.client();
    let to = TagChange::rename;
    let kinds = [
        (c.update_tag(&"21".into(), &to("b")).await.err(), ErrorKind::AlreadyExists),
        (c.update_group(&"7".into(), &to("h")).await.err(), ErrorKind::AlreadyExists),
        (c.update_tag(&"7".into(), &to("x")).await.err(), ErrorKind::NotFound),
        (c.update_group(&"21".into(), &to("x")).await.err(), ErrorKind::NotFound),
    ];
    for (error, kind) in kinds {
        assert_eq!(error.map(|error| error.kind()), Some(kind));
    }
    assert!(apis(&stub).iter().all(|api| api == "list"));
}

#[tokio::test]
async fn pages_are_followed_to_the_last_and_no_further() {
    let pages = [
        page(&group(1, "a", &[(11, "x")]), 1, 3),
        page(&group(2, "b", &[]), 2, 3),
        page(&group(3, "c", &[(12, "y")]), 3, 3),
    ];
    let stub = Stub::start(pages).await;
    let query = TagQuery::all().with_page_size(1);
    let tree = stub.client().tag_tree(query).await.unwrap();
    let groups: Vec<_> = tree.groups.iter().map(|g| (g.id.as_str(), g.tags.len())).collect();
    assert_eq!(groups, [("1", 1), ("2", 0), ("3", 1)]);
    let queries: Vec<_> = stub.calls().into_iter().map(|call| call.query).collect();
    assert_eq!(queries.len(), 3);
    for (n, query) in queries.iter().enumerate() {
        assert!(query.ends_with(&format!("&page={}&page_size=1&with_tags=1", n + 1)), "{query}");
    }
}

#[tokio::test]
async fn an_empty_page_ends_the_list_whatever_the_pager_says() {
    let stub = Stub::start([page(&group(1, "a", &[]), 1, 9), page("", 2, 9)]).await;
    let tree = stub.client().tag_tree(TagQuery::all()).await.unwrap();
    assert_eq!((tree.groups.len(), stub.calls().len()), (1, 2));
}

#[tokio::test]
async fn the_last_page_given_again_is_the_end_and_an_earlier_one_is_an_error() {
    let first = || page(&group(1, "a", &[]), 1, 2);
    let shrunk = page(&group(1, "a", &[]), 1, 1);
    let stub = Stub::start([first(), shrunk]).await;
    assert_eq!(stub.client().tag_tree(TagQuery::all()).await.unwrap().groups.len(), 1);

    let stub = Stub::answering(first()).await;
    let error = stub.client().tag_tree(TagQuery::all()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
    assert_eq!(stub.calls().len(), 2);
}

#[tokio::test]
async fn without_a_pager_a_short_page_is_the_last_and_a_full_one_is_an_error() {
    let bare = format!(r#"{{"data":[{}],"errcode":0}}"#, group(1, "a", &[]));
    let stub = Stub::answering(bare).await;
    let client = stub.client();
    let page = client.fetch_tag_page(&TagQuery::all(), None).await.unwrap();
    assert_eq!((page.items.len(), page.next), (1, None));
    let query = TagQuery::all().with_page_size(1);
    let error = client.fetch_tag_page(&query, None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn one_group_is_asked_for_by_its_id_and_a_filter_that_is_ignored_is_made_up_for() {
    let both = [group(7, "g", &[(21, "a")]), group(8, "h", &[(22, "b"), (23, "c")])].join(",");
    let stub = Stub::answering(listed(&both)).await;
    let client = stub.client();
    let tree = client.tag_tree(TagQuery::groups(["8"])).await.unwrap();
    assert_eq!((tree.groups.len(), tree.groups[0].id.as_str()), (1, "8"));
    assert!(stub.call().query.ends_with("&with_tags=1&id=8"));

    let tree = client.tag_tree(TagQuery::groups(["8", "9"])).await.unwrap();
    assert_eq!(tree.groups.len(), 1);
    let page = client.fetch_tag_page(&TagQuery::tags(["22", "99"]), None).await.unwrap();
    let [TagNode::Group(group)] = page.items.as_slice() else { unreachable!("{page:?}") };
    assert_eq!((group.id.as_str(), group.tags.len()), ("8", 1));
}

#[tokio::test]
async fn a_tag_without_an_id_is_not_passed_on() {
    let nameless = r#"{"id":7,"name":"g","tags":[{"name":"a"}]}"#;
    for group in [nameless, r#"{"name":"g"}"#] {
        let stub = Stub::answering(listed(group)).await;
        let error = stub.client().fetch_tag_page(&TagQuery::all(), None).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Decode);
    }
}

#[tokio::test]
async fn who_knows_the_current_tags_can_add_and_remove() {
    let stub = Stub::answering(DONE).await;
    let client = stub.client();
    let customer = ContactRef::owned_by("16", "78");
    let all = ["1", "2", "3"].map(TagId::new);
    let (current, add, remove) = (&all[..2], &all[2..], &all[..1]);
    client.assign_from(&customer, current, add, remove).await.unwrap();
    client.assign_knowing(&customer, current, add, remove).await.unwrap();
    let sent: Vec<_> = stub.calls().iter().map(|call| call.rest().to_owned()).collect();
    let body = |ids| format!(r#","rel_wxid":"16","contact_wxid":"78","smart_tag_ids":[{ids}]}}"#);
    assert_eq!(sent, [body("2,3"), body("2,3")]);
}

#[tokio::test]
async fn an_assignment_never_sends_an_empty_set_nor_what_assign_would_refuse() {
    let stub = Stub::answering(DONE).await;
    let client = stub.client();
    let customer = ContactRef::owned_by("16", "78");
    let nobodys = ContactRef::new("78");
    let all = ["1", "2"].map(TagId::new);
    let (one, two) = (&all[..1], &all[1..]);
    for (contact, current, add, remove, words) in [
        (&customer, &all[..], &[][..], &all[..], "replace with no tags"),
        (&customer, one, &[], &[], "no tag to add or remove"),
        (&customer, one, two, two, "both added and removed"),
        (&nobodys, one, two, &[], "owner"),
    ] {
        for outcome in [
            client.assign_knowing(contact, current, add, remove).await,
            client.assign_from(contact, current, add, remove).await,
        ] {
            let error = outcome.unwrap_err();
            assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidArgument, Sent::No));
            assert!(error.to_string().contains(words), "{error}");
        }
    }
    assert!(stub.calls().is_empty());
    client.replace(&customer, &[]).await.unwrap();
    assert!(stub.calls()[0].rest().ends_with(r#""smart_tag_ids":[]}"#));
}

#[tokio::test]
async fn who_knows_no_current_tag_takes_off_none() {
    let stub = Stub::answering(DONE).await;
    let customer = ContactRef::owned_by("16", "78");
    let error = stub.client().assign_from(&customer, &[], &[], &["1".into()]).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::InvalidArgument, Sent::No));
    assert!(error.to_string().contains("replace"), "{error}");
    assert!(stub.calls().is_empty());
}
