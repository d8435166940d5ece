//! The custody of an authorisation: what is stored when, what is renewed when, and what is never
//! mixed.
#![allow(clippy::unwrap_used, missing_docs)]

#[path = "support/account.rs"]
mod account;

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use account::{DAY, Failing, OPEN_ID, World, form, list, memory, refusal};
use bytes::Bytes;
use douyin_leads::{DouyinClient, DouyinClientBuilder};
use http::Method;
use leadtag_core::secret::ExposeSecret;
use leadtag_core::{Clock, ErrorKind, FileTokenStore, Sent, TokenStore};
use leadtag_testkit::canary::CapturedLog;
use leadtag_testkit::{Exchange, ReplayTransport, Reply};
use serde_json::json;
use tracing_subscriber::util::SubscriberInitExt;

type Transport = Arc<ReplayTransport>;

#[tokio::test]
async fn an_access_token_is_refreshed_without_the_apps_secret() {
    let world = World::new();
    list(&world.client(&memory())).await.unwrap();
    let requests = world.transport.requests();
    let body = "client_key=aw1&grant_type=refresh_token&refresh_token=rft.0";
    assert_eq!(
        (requests[0].method.clone(), &requests[0].body[..]),
        (Method::POST, body.as_bytes())
    );
    assert_eq!(requests[0].url.path(), "/oauth/refresh_token/");
    let encoding = "application/x-www-form-urlencoded";
    assert_eq!(requests[0].headers["content-type"], encoding);
    assert_eq!(requests[1].headers["access-token"], "act.1");
    assert_eq!(requests[1].url.query(), Some("open_id=_000E1&count=10"));
}

#[tokio::test]
async fn an_authorisation_lasts_through_five_renewals_and_its_end_is_known() {
    let world = World::new();
    let client = world.client(&memory());
    let begin = world.clock.now();
    let mut told = client.authorization().await.unwrap();
    assert_eq!(told.refresh_expires_at, Some(begin.saturating_add(DAY * 30)));
    let mut days = 0;
    let last = loop {
        match list(&client).await {
            Ok(()) => {}
            Err(error) => break error,
        }
        told = client.authorization().await.unwrap();
        assert_eq!(told.renewals_used, world.douyin().renewals);
        world.clock.advance(DAY);
        days += 1;
    };
    assert_eq!(world.douyin().renewals, 5);
    assert_eq!(told.reauthorize_by, told.refresh_expires_at);
    assert!(days >= 30 + 5 * 14, "{days} days");
    assert_eq!((last.kind(), last.sent()), (ErrorKind::ReauthorizationRequired, Sent::No));
    assert!(last.advice().is_some() && last.to_string().contains("ended on"), "{last}");
    let sent = world.transport.count();
    list(&client).await.unwrap_err();
    assert_eq!(world.transport.count(), sent);
}

#[tokio::test]
async fn without_a_token_store_nothing_is_renewed() {
    let world = World::new();
    let client = world.builder().build().unwrap();
    for _ in 0..29 {
        list(&client).await.unwrap();
        world.clock.advance(DAY);
    }
    assert_eq!(world.asked("renew"), 0);
    let told = client.authorization().await.unwrap();
    assert_eq!(told.reauthorize_by, told.refresh_expires_at);
}

#[tokio::test]
async fn a_new_refresh_token_in_memory_alone_is_told_once() {
    for (stored, told) in [(false, 1), (true, 0)] {
        let log = CapturedLog::default();
        let writer = log.clone();
        let logs = tracing_subscriber::fmt().with_writer(move || writer.clone()).finish();
        let _guard = logs.set_default();
        let world = World::new();
        world.douyin().rotates = true;
        let client =
            if stored { world.client(&memory()) } else { world.builder().build().unwrap() };
        for _ in 0..3 {
            list(&client).await.unwrap();
            world.clock.advance(DAY * 14);
        }
        let text = log.text();
        assert_eq!(text.matches("set token_dir").count(), told, "{text}");
        assert!(!text.contains("rft."), "{text}");
    }
}

#[tokio::test]
async fn a_renewed_token_outlives_the_program() {
    let directory = std::env::temp_dir().join(format!("douyin-leads-{}", std::process::id()));
    let store: Arc<dyn TokenStore> = Arc::new(FileTokenStore::open(&directory).unwrap());
    let world = World::new();
    list(&world.client(&store)).await.unwrap();
    world.clock.advance(DAY * 15);
    list(&world.client(&store)).await.unwrap();
    assert_eq!(world.douyin().renewals, 1);
    world.clock.advance(DAY * 14);
    world.clock.advance(DAY);
    let again = world.client(&store);
    list(&again).await.unwrap();
    assert_eq!(again.authorization().await.unwrap().renewals_used, 2);
    std::fs::remove_dir_all(&directory).unwrap();
}

#[tokio::test]
async fn a_rotated_token_that_cannot_be_stored_is_kept_and_stored_before_anything_else() {
    let world = World::new();
    world.douyin().rotates = true;
    let failing = Arc::new(Failing::default());
    let store: Arc<dyn TokenStore> = Arc::clone(&failing) as Arc<dyn TokenStore>;
    let client = world.client(&store);
    failing.saves_fail.store(true, Ordering::Relaxed);
    for saves in 1..=2 {
        let error = list(&client).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (ErrorKind::ConfigInvalid, Sent::No));
        assert!(error.to_string().contains("disk full"), "{error}");
        assert_eq!(failing.refresh_saves.load(Ordering::Relaxed), saves);
    }
    assert_eq!((world.asked("/oauth/"), world.asked("tag/list")), (1, 0));
    failing.saves_fail.store(false, Ordering::Relaxed);
    list(&client).await.unwrap();
    let requests = world.transport.requests();
    assert!(requests[1].body.ends_with(b"refresh_token=rft.1"));
}

#[tokio::test]
async fn a_store_that_cannot_be_read_stops_a_refresh_instead_of_using_a_dead_token() {
    let world = World::new();
    let failing = Arc::new(Failing::default());
    let store: Arc<dyn TokenStore> = Arc::clone(&failing) as Arc<dyn TokenStore>;
    let client = world.client(&store);
    failing.loads_fail.store(true, Ordering::Relaxed);
    let error = list(&client).await.unwrap_err();
    assert!(error.to_string().contains("disk gone"), "{error}");
    assert_eq!(world.transport.count(), 0);
    failing.loads_fail.store(false, Ordering::Relaxed);
    list(&client).await.unwrap();
}

#[tokio::test]
async fn what_another_program_rotated_is_used() {
    let world = World::new();
    world.douyin().rotates = true;
    let store = memory();
    let (one, other) = (world.client(&store), world.client(&store));
    for _ in 0..4 {
        list(&one).await.unwrap();
        world.clock.advance(DAY * 15);
        world.douyin().ends += DAY * 30;
        list(&other).await.unwrap();
        world.clock.advance(DAY * 15);
        world.douyin().ends += DAY * 30;
    }
    let refused = world.transport.requests();
    let used: Vec<&Bytes> =
        refused.iter().filter(|r| r.url.path().contains("refresh")).map(|r| &r.body).collect();
    for pair in used.windows(2) {
        assert_ne!(pair[0], pair[1]);
    }
}

#[tokio::test]
async fn an_answer_for_another_account_is_an_error_and_is_not_stored() {
    let world = World::new();
    world.douyin().open_id = Some("_000E2".to_owned());
    let failing = Arc::new(Failing::default());
    let store: Arc<dyn TokenStore> = Arc::clone(&failing) as Arc<dyn TokenStore>;
    let error = list(&world.client(&store)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    assert!(error.to_string().contains("another account"), "{error}");
    assert_eq!(failing.refresh_saves.load(Ordering::Relaxed), 0);
    assert_eq!(world.asked("tag/list"), 0);
    let made = world.builder().token_store(store).authorize("code").await;
    let error = made.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::ConfigInvalid, Some("oauth/access_token"))
    );
    assert_eq!(failing.refresh_saves.load(Ordering::Relaxed), 0);
}

#[tokio::test]
async fn two_accounts_and_a_new_authorisation_have_keys_of_their_own() {
    let world = World::new();
    let store = memory();
    list(&world.client(&store)).await.unwrap();
    world.douyin().open_id = Some("_000E2".to_owned());
    let other = world.builder().open_id("_000E2").token_store(Arc::clone(&store)).build().unwrap();
    list(&other).await.unwrap();
    world.douyin().open_id = None;
    world.douyin().refresh = 7;
    let renewed =
        world.builder().refresh_token("rft.7").token_store(Arc::clone(&store)).build().unwrap();
    list(&renewed).await.unwrap();
    let bodies: Vec<_> = world.transport.requests().iter().map(|r| r.body.clone()).collect();
    assert_eq!(world.asked("refresh_token"), 3);
    assert!(bodies[4].ends_with(b"refresh_token=rft.7"));
}

#[tokio::test]
async fn a_code_makes_a_client_whose_authorisation_is_stored() {
    let world = World::new();
    let store = memory();
    let builder = || world.builder().token_store(Arc::clone(&store)).refresh_token("");
    let (client, token) = builder().open_id("").authorize("code-1").await.unwrap();
    list(&client).await.unwrap();
    assert_eq!((client.open_id(), token.open_id.as_deref()), (OPEN_ID, Some(OPEN_ID)));
    let body =
        "client_key=aw1&client_secret=made-up-secret&code=code-1&grant_type=authorization_code";
    assert_eq!(&world.transport.requests()[0].body[..], body.as_bytes());
    assert_eq!((world.asked("/oauth/"), world.asked("tag/list")), (1, 1));
    let known = client.authorization().await.unwrap();
    assert_eq!((known.renewals_used, known.refresh_expires_at.is_some()), (0, true));
    let again = builder().open_id(OPEN_ID).refresh_token(token.refresh_token).build().unwrap();
    assert_eq!(again.authorization().await.unwrap(), known);
    assert_eq!(world.asked("/oauth/"), 1);
}

#[tokio::test]
async fn a_given_access_token_that_is_refused_asks_for_a_person_and_is_not_sent_again() {
    let world = World::new();
    let client = DouyinClient::builder()
        .open_id(OPEN_ID)
        .access_token("act.0")
        .clock(Arc::new(world.clock.clone()))
        .transport(world.transport.clone())
        .build()
        .unwrap();
    list(&client).await.unwrap();
    world.douyin().dead = true;
    for _ in 0..5 {
        let error = list(&client).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ReauthorizationRequired, "{error}");
        assert!(error.advice().is_some());
        world.clock.advance(Duration::from_secs(400));
    }
    assert_eq!(world.transport.count(), 2);
}

#[tokio::test]
async fn an_expired_access_token_costs_one_refresh_and_one_more_attempt() {
    let world = World::new();
    let client = world.client(&memory());
    list(&client).await.unwrap();
    world.douyin().access += 1;
    list(&client).await.unwrap();
    assert_eq!((world.asked("/oauth/refresh_token/"), world.asked("tag/list")), (2, 3));
}

#[tokio::test]
async fn an_invalid_access_token_costs_one_refresh_and_then_a_person() {
    for (code, kind) in [
        (2_190_002, ErrorKind::ReauthorizationRequired),
        (28_001_003, ErrorKind::ReauthorizationRequired),
        (2_190_008, ErrorKind::Unauthenticated),
        (28_001_008, ErrorKind::Unauthenticated),
        (10_008, ErrorKind::Unauthenticated),
    ] {
        let transport = Arc::new(ReplayTransport::handler(move |request| {
            if request.url.path().starts_with("/oauth/") {
                return Reply::json(json!({"data": {
                    "error_code": 0, "access_token": "act.1", "expires_in": 1_296_000,
                    "refresh_token": "rft.0", "refresh_expires_in": 2_592_000, "open_id": OPEN_ID,
                }}));
            }
            refusal(code)
        }));
        let client = World::new().builder().transport(transport.clone()).build().unwrap();
        for _ in 0..10 {
            let error = list(&client).await.unwrap_err();
            assert_eq!((error.kind(), error.platform_code()), (kind, Some(code)), "{error}");
            assert!(error.advice().is_some());
        }
        let requests = transport.requests();
        let refreshes = requests.iter().filter(|r| r.url.path().starts_with("/oauth/")).count();
        assert_eq!(refreshes, 2, "{code}");
        assert_eq!(requests.len() - refreshes, 11, "{code}");
    }
}

#[tokio::test]
async fn a_renewal_that_fails_is_tried_again_before_the_end() {
    for (reply, tries) in [(Reply::maybe_sent(), 2), (refusal(10_001), 2), (refusal(10_004), 1)] {
        let failed = Arc::new(AtomicU64::new(0));
        let world = World::new();
        let (clock, douyin, count) =
            (world.clock.clone(), Arc::clone(&world.douyin), Arc::clone(&failed));
        let reply = Mutex::new(Some(reply));
        let transport = Arc::new(ReplayTransport::handler(move |request| {
            let now = clock.monotonic();
            let mut douyin = douyin.lock().unwrap();
            match request.url.path() {
                "/oauth/refresh_token/" => douyin.refresh(&form(request), now),
                "/oauth/renew_refresh_token/" => {
                    count.fetch_add(1, Ordering::Relaxed);
                    match reply.lock().unwrap().take() {
                        Some(reply) => reply,
                        None => douyin.renew(&form(request), now),
                    }
                }
                _ => douyin.list(request),
            }
        }));
        let builder = world.builder().transport(transport);
        let client = builder.token_store(memory()).build().unwrap();
        for _ in 0..29 {
            list(&client).await.unwrap();
            world.clock.advance(DAY);
        }
        assert_eq!(failed.load(Ordering::Relaxed), tries);
    }
}

#[tokio::test]
async fn a_renewal_whose_caller_is_cancelled_is_not_lost() {
    let world = World::new();
    let gate = leadtag_testkit::Gate::new();
    let (clock, douyin, closed) = (world.clock.clone(), Arc::clone(&world.douyin), gate.clone());
    let transport = Arc::new(ReplayTransport::handler(move |request| {
        let now = clock.monotonic();
        let mut douyin = douyin.lock().unwrap();
        match request.url.path() {
            "/oauth/refresh_token/" => douyin.refresh(&form(request), now),
            "/oauth/renew_refresh_token/" => douyin.renew(&form(request), now).behind(&closed),
            _ => douyin.list(request),
        }
    }));
    let builder = world.builder().transport(transport.clone());
    let client = builder.token_store(memory()).build().unwrap();
    list(&client).await.unwrap();
    world.clock.advance(DAY * 15);
    let cancelled = tokio::time::timeout(Duration::from_millis(50), list(&client)).await;
    assert!(cancelled.is_err());
    assert_eq!(world.douyin().renewals, 1);
    gate.open();
    list(&client).await.unwrap();
    let told = client.authorization().await.unwrap();
    assert_eq!((told.renewals_used, world.douyin().renewals), (1, 1));
    world.clock.advance(DAY * 15);
    list(&client).await.unwrap();
    let last = transport.requests();
    let refresh = last.iter().rev().find(|r| r.url.path() == "/oauth/refresh_token/").unwrap();
    assert!(refresh.body.ends_with(b"refresh_token=rft.1"));
}

/// A client whose refreshes come back when the gate opens.
fn behind_a_gate(world: &World, gate: &leadtag_testkit::Gate) -> (DouyinClientBuilder, Transport) {
    let (clock, douyin, closed) = (world.clock.clone(), Arc::clone(&world.douyin), gate.clone());
    let transport = Arc::new(ReplayTransport::handler(move |request| {
        let now = clock.monotonic();
        let mut douyin = douyin.lock().unwrap();
        match request.url.path() {
            "/oauth/refresh_token/" => douyin.refresh(&form(request), now).behind(&closed),
            "/oauth/renew_refresh_token/" => douyin.renew(&form(request), now),
            _ => douyin.list(request),
        }
    }));
    (world.builder().transport(transport.clone()), transport)
}

#[tokio::test]
async fn a_refresh_that_rotates_and_whose_caller_is_cancelled_is_not_lost() {
    let world = World::new();
    world.douyin().rotates = true;
    let gate = leadtag_testkit::Gate::new();
    let (builder, transport) = behind_a_gate(&world, &gate);
    let store = memory();
    let client = builder.token_store(Arc::clone(&store)).build().unwrap();
    let cancelled = tokio::time::timeout(Duration::from_millis(50), list(&client)).await;
    assert!(cancelled.is_err());
    gate.open();
    list(&client).await.unwrap();
    assert_eq!((world.douyin().refresh, transport.count()), (1, 2));
    world.clock.advance(DAY * 15);
    list(&world.client(&store)).await.unwrap();
    let refresh = &world.transport.requests()[0];
    assert!(refresh.body.ends_with(b"refresh_token=rft.1"), "{refresh:?}");
}

#[tokio::test]
async fn a_late_answer_for_an_old_token_does_not_replace_the_one_another_program_renewed() {
    let world = World::new();
    let store = memory();
    let one = world.client(&store);
    list(&one).await.unwrap();
    world.clock.advance(DAY * 15);
    let gate = leadtag_testkit::Gate::new();
    let (builder, _) = behind_a_gate(&world, &gate);
    let late = builder.token_store(Arc::clone(&store)).build().unwrap();
    let late = tokio::spawn(async move { list(&late).await });
    while world.douyin().access < 2 {
        tokio::task::yield_now().await;
    }
    list(&one).await.unwrap();
    assert_eq!(world.douyin().renewals, 1);
    gate.open();
    // What it got may be worth nothing any more; the renewed token must be where it was.
    let _ = late.await.unwrap();
    let next = world.client(&store);
    assert_eq!(next.authorization().await.unwrap().renewals_used, 1);
    world.clock.advance(DAY * 15);
    list(&next).await.unwrap();
    let requests = world.transport.requests();
    let refresh = requests.iter().rev().find(|r| r.url.path() == "/oauth/refresh_token/").unwrap();
    assert!(refresh.body.ends_with(b"refresh_token=rft.1"), "{refresh:?}");
}

#[tokio::test]
async fn a_given_access_token_puts_off_no_renewal_that_is_due() {
    let world = World::new();
    let store = memory();
    list(&world.client(&store)).await.unwrap();
    world.clock.advance(DAY * 20);
    let given = world.builder().access_token("act.1").token_store(Arc::clone(&store));
    list(&given.build().unwrap()).await.unwrap();
    assert_eq!(world.douyin().renewals, 1);
}

#[tokio::test]
async fn a_renewal_with_an_odd_lifetime_is_not_lost() {
    for odd in ["-1", "2592000.0", "\"30d\"", "{}", "[]", "true"] {
        let reply = format!(
            r#"{{"data":{{"error_code":0,"refresh_token":"rft.1","expires_in":{odd},"scope":[1]}}}}"#
        );
        let script = Arc::new(ReplayTransport::script([Exchange::post(
            "/oauth/renew_refresh_token/",
            Reply::json(serde_json::from_str(&reply).unwrap()),
        )]));
        let oauth = DouyinClient::builder().client_key("aw1").transport(script).oauth().unwrap();
        let renewed = oauth.renew_refresh_token(&"rft.0".into()).await.unwrap();
        assert_eq!(renewed.refresh_token.expose_secret(), "rft.1", "{odd}");
    }
}

#[tokio::test]
async fn oauth_calls_can_be_made_alone() {
    let script = Arc::new(ReplayTransport::script([Exchange::post(
        "/oauth/renew_refresh_token/",
        Reply::json(json!({"data": {"error_code": 10020, "description": "used up",
            "log_id": "L1"}, "message": "error"})),
    )
    .with_body("client_key=aw1&refresh_token=rft.x")]));
    let oauth =
        DouyinClient::builder().client_key("aw1").transport(script.clone()).oauth().unwrap();
    let error = oauth.renew_refresh_token(&"rft.x".into()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ReauthorizationRequired);
    assert_eq!((error.request_id(), error.platform_code()), (Some("L1"), Some(10_020)));
    let error = oauth.access_token("code").await.unwrap_err();
    assert!(error.to_string().contains("client_secret is missing"), "{error}");
    script.assert_verified();
}
