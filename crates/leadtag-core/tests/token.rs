//! Token custody: one fetch for any number of callers, and no good token ever lost.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
#[path = "support/rig.rs"]
mod rig;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::join_all;
use leadtag_core::{
    Call, Clock, ErrorKind, Idempotency, MemoryTokenStore, Result, Sent, StoredToken, Token,
    TokenCache, TokenPolicy, TokenStore,
};
use leadtag_testkit::{Gate, ManualClock, ReplayTransport, Reply};
use rig::{
    BAD_TOKEN, Rig, Source, bad_credentials, cache, cache_in, code, decode, key, ok, passing_fault,
    read, seconds, token_of,
};
use serde_json::json;

const CALLERS: usize = 1000;

/// All callers ask at once; the source answers when all of them wait.
async fn ask_at_once(cache: &Arc<TokenCache>, gate: &Gate) -> Vec<Result<Arc<Token>>> {
    let mut all = Box::pin(join_all((0..CALLERS).map(|_| cache.get())));
    assert!(all.as_mut().now_or_never().is_none());
    gate.open();
    all.await
}

#[tokio::test]
async fn a_cold_start_with_a_thousand_callers_is_one_fetch() {
    let gate = Gate::new();
    let source = Arc::new(Source::new().behind(&gate));
    let cache = cache(&source, &ManualClock::new());
    let tokens = ask_at_once(&cache, &gate).await;
    assert!(tokens.iter().all(|token| token.as_ref().unwrap().expose() == "token-1"));
    assert_eq!((tokens.len(), source.fetches()), (CALLERS, 1));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_cold_start_of_a_thousand_tasks_on_many_threads_is_one_fetch() {
    let gate = Gate::new();
    let source = Arc::new(Source::new().behind(&gate));
    let cache = cache(&source, &ManualClock::new());
    let tasks: Vec<_> = (0..CALLERS)
        .map(|_| {
            let cache = Arc::clone(&cache);
            tokio::spawn(async move { cache.get().await.map(|token| token.expose().to_owned()) })
        })
        .collect();
    gate.open();
    for task in tasks {
        assert_eq!(task.await.unwrap().unwrap(), "token-1");
    }
    assert_eq!(source.fetches(), 1);
}

/// A platform that refuses every token in the list.
fn refusing(refused: &'static [&'static str]) -> Arc<ReplayTransport> {
    Arc::new(ReplayTransport::handler(move |request| {
        if refused.contains(&token_of(request)) { code(BAD_TOKEN) } else { ok(json!(1)) }
    }))
}

#[tokio::test]
async fn a_refused_token_under_a_thousand_callers_is_one_refresh_and_all_succeed() {
    let (clock, source) = (ManualClock::new(), Arc::new(Source::new()));
    let transport = refusing(&["token-1"]);
    let rig = Rig::at(clock.clone(), transport.clone()).tokens(cache(&source, &clock));
    let (pipeline, call) = (rig.build(), read());
    let calls = join_all((0..CALLERS).map(|_| pipeline.run(&call, &decode)));
    assert!(clock.run(calls).await.iter().all(Result::is_ok));
    assert_eq!(source.fetches(), 2);
    assert!(transport.count() <= 2 * CALLERS);
}

#[tokio::test]
async fn a_token_refused_for_ever_is_replayed_once_and_fetched_once_for_each_hold_off() {
    let (clock, source) = (ManualClock::new(), Arc::new(Source::new()));
    let broken = Arc::new(AtomicBool::new(true));
    let state = Arc::clone(&broken);
    let transport = Arc::new(ReplayTransport::handler(move |_| {
        if state.load(Ordering::SeqCst) { code(BAD_TOKEN) } else { ok(json!(1)) }
    }));
    let rig = Rig::at(clock.clone(), transport.clone()).tokens(cache(&source, &clock));
    let (pipeline, call) = (rig.build(), read());
    let run = || clock.run(pipeline.run(&call, &decode));
    let error = run().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unauthenticated);
    assert_eq!((transport.count(), source.fetches()), (2, 2));
    for _ in 0..50 {
        assert_eq!(run().await.unwrap_err().kind(), ErrorKind::Unauthenticated);
    }
    assert_eq!((transport.count(), source.fetches()), (52, 2));
    for wave in 1..=3 {
        clock.advance(TokenPolicy::default().hold_off);
        let errors = clock.run(join_all((0..50).map(|_| pipeline.run(&call, &decode)))).await;
        assert!(errors.iter().all(Result::is_err));
        assert_eq!(source.fetches(), 2 + wave);
    }
    broken.store(false, Ordering::SeqCst);
    assert!(run().await.is_ok());
}

#[tokio::test]
async fn bad_credentials_under_a_thousand_callers_are_one_fetch_and_remembered_for_a_while() {
    let gate = Gate::new();
    let source = Arc::new(Source::new().behind(&gate));
    source.fail_next(bad_credentials());
    let clock = ManualClock::new();
    let cache = cache(&source, &clock);
    let answers = ask_at_once(&cache, &gate).await;
    assert!(answers.iter().all(|answer| {
        answer.as_ref().is_err_and(|error| error.kind() == ErrorKind::Unauthenticated)
    }));
    let remembered = cache.get().await.unwrap_err();
    assert_eq!(remembered.kind(), ErrorKind::Unauthenticated);
    assert_eq!(remembered.retry_after(), Some(seconds(300)));
    assert_eq!(remembered.sent(), Sent::No);
    assert_eq!(source.fetches(), 1);
    clock.advance(seconds(299));
    assert!(cache.get().await.is_err());
    assert_eq!(source.fetches(), 1);
    clock.advance(seconds(1));
    assert_eq!(cache.get().await.unwrap().expose(), "token-2");
}

#[tokio::test]
async fn a_passing_fault_of_a_fetch_is_not_remembered() {
    let source = Arc::new(Source::new());
    source.fail_next(passing_fault());
    let cache = cache(&source, &ManualClock::new());
    assert_eq!(cache.get().await.unwrap_err().kind(), ErrorKind::Transport);
    assert_eq!(cache.get().await.unwrap().expose(), "token-2");
}

#[tokio::test]
async fn a_late_refusal_of_an_old_token_does_not_drop_a_newer() {
    let gate = Gate::new();
    let late = gate.clone();
    let transport = Arc::new(ReplayTransport::handler(move |request| {
        match (token_of(request), request.url.path()) {
            ("token-1", "/late") => code(BAD_TOKEN).behind(&late),
            ("token-1", _) => code(BAD_TOKEN),
            _ => ok(json!(1)),
        }
    }));
    let (clock, source) = (ManualClock::new(), Arc::new(Source::new()));
    let rig = Rig::at(clock.clone(), transport).tokens(cache(&source, &clock));
    let pipeline = rig.build();
    let late_call = Call::get(rig::operation("late", Idempotency::Idempotent), "/late");
    let mut late_run = Box::pin(pipeline.run(&late_call, &decode));
    assert!(late_run.as_mut().now_or_never().is_none());
    assert!(pipeline.run(&read(), &decode).await.is_ok());
    assert_eq!(source.fetches(), 2);
    gate.open();
    assert!(late_run.await.is_ok());
    assert!(pipeline.run(&read(), &decode).await.is_ok());
    assert_eq!(source.fetches(), 2, "the newer token was dropped");
}

#[tokio::test]
async fn a_caller_cancelled_while_the_token_is_fetched_harms_nobody() {
    let gate = Gate::new();
    let source = Arc::new(Source::new().behind(&gate));
    let cache = cache(&source, &ManualClock::new());
    let mut first = Box::pin(cache.get());
    let mut second = Box::pin(cache.get());
    let mut third = Box::pin(cache.get());
    for caller in [&mut first, &mut second, &mut third] {
        assert!(caller.as_mut().now_or_never().is_none());
    }
    drop(first); // the one that began the fetch
    assert!(second.as_mut().now_or_never().is_none());
    drop(second); // the one that drove it last
    gate.open();
    assert_eq!(third.await.unwrap().expose(), "token-1");
    assert_eq!(source.fetches(), 1);
}

#[tokio::test]
async fn a_caller_that_waits_in_another_task_is_woken_when_the_driving_one_is_cancelled() {
    let gate = Gate::new();
    let source = Arc::new(Source::new().behind(&gate));
    let cache = cache(&source, &ManualClock::new());
    let get = |cache: Arc<TokenCache>| async move { cache.get().await.map(|_| ()) };
    let waiting = tokio::spawn(get(Arc::clone(&cache)));
    let driving = tokio::spawn(get(Arc::clone(&cache)));
    tokio::task::yield_now().await;
    driving.abort();
    assert!(driving.await.unwrap_err().is_cancelled());
    gate.open();
    assert!(waiting.await.unwrap().is_ok());
}

#[tokio::test]
async fn a_fetch_that_all_callers_gave_up_is_begun_again() {
    let gate = Gate::new();
    let source = Arc::new(Source::new().behind(&gate));
    let cache = cache(&source, &ManualClock::new());
    let mut all = Box::pin(join_all((0..10).map(|_| cache.get())));
    assert!(all.as_mut().now_or_never().is_none());
    drop(all);
    gate.open();
    assert_eq!(cache.get().await.unwrap().expose(), "token-2");
    assert_eq!(source.fetches(), 2);
}

/// A cache whose token is due for a refresh, and whose source waits behind the gate.
async fn due_for_refresh(clock: &ManualClock, gate: &Gate) -> (Arc<Source>, Arc<TokenCache>) {
    let store = Arc::new(MemoryTokenStore::new());
    let expires_at = Clock::now(clock).saturating_add(seconds(7200));
    let stored = StoredToken::new("stored".into(), expires_at);
    store.save(&key(rig::SECRET), &stored).await.unwrap();
    let source = Arc::new(Source::new().behind(gate));
    let cache = cache_in(store, &source, clock);
    assert_eq!(cache.get().await.unwrap().expose(), "stored");
    clock.advance(seconds(7200 - 200));
    (source, cache)
}

#[tokio::test]
async fn the_old_token_serves_all_others_while_one_caller_refreshes_it() {
    let (clock, gate) = (ManualClock::new(), Gate::new());
    let (source, cache) = due_for_refresh(&clock, &gate).await;
    let mut refreshing = Box::pin(cache.get());
    assert!(refreshing.as_mut().now_or_never().is_none());
    for _ in 0..CALLERS {
        assert_eq!(cache.get().now_or_never().unwrap().unwrap().expose(), "stored");
    }
    gate.open();
    assert_eq!(refreshing.await.unwrap().expose(), "token-1");
    assert_eq!(cache.get().await.unwrap().expose(), "token-1");
    assert_eq!(source.fetches(), 1);
}

#[tokio::test]
async fn a_failed_refresh_never_replaces_a_token_that_serves() {
    let (clock, gate) = (ManualClock::new(), Gate::new());
    gate.open();
    let (source, cache) = due_for_refresh(&clock, &gate).await;
    source.fail_next(bad_credentials());
    source.fail_next(passing_fault());
    assert_eq!(cache.get().await.unwrap().expose(), "stored");
    assert_eq!(cache.get().await.unwrap().expose(), "stored");
    assert_eq!(source.fetches(), 1, "the refresh was tried again at once");
    clock.advance(seconds(30));
    assert_eq!(cache.get().await.unwrap().expose(), "stored");
    assert_eq!(source.fetches(), 2);
    clock.advance(seconds(30));
    assert_eq!(cache.get().await.unwrap().expose(), "token-3");
}

#[tokio::test]
async fn a_refresh_that_hangs_does_not_hold_up_a_call_whose_token_serves() {
    let (clock, gate) = (ManualClock::new(), Gate::new());
    let (source, cache) = due_for_refresh(&clock, &gate).await;
    let transport = refusing(&[]);
    let pipeline = Rig::at(clock.clone(), transport.clone()).tokens(cache).build();
    for _ in 0..20 {
        clock.run(pipeline.run(&read(), &decode)).await.unwrap();
    }
    assert!(transport.requests().iter().all(|request| token_of(request) == "stored"));
    assert_eq!(source.fetches(), 1, "each call tried the refresh that hangs");
}

#[tokio::test]
async fn an_expired_token_is_never_used() {
    let (clock, source) = (ManualClock::new(), Arc::new(Source::new()));
    let cache = cache(&source, &clock);
    assert_eq!(cache.get().await.unwrap().expose(), "token-1");
    clock.advance(seconds(7200));
    source.fail_next(passing_fault());
    assert!(cache.get().await.is_err());
}

#[tokio::test]
async fn two_credentials_never_share_a_token() {
    let store: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new());
    let clock = Arc::new(ManualClock::new());
    let mut tokens = Vec::new();
    for (secret, name) in [("first-secret", "one"), ("other-secret", "two")] {
        let source = Arc::new(Source::new().named(name));
        let (store, clock) = (Arc::clone(&store), Arc::clone(&clock));
        let cache = TokenCache::new(key(secret), source, store, clock, TokenPolicy::default());
        tokens.push(cache.get().await.unwrap().expose().to_owned());
    }
    assert_eq!(tokens, ["one-1", "two-1"]);
}

#[tokio::test]
async fn a_token_in_a_shared_store_is_used_without_a_fetch() {
    let store: Arc<dyn TokenStore> = Arc::new(MemoryTokenStore::new());
    let (clock, source) = (ManualClock::new(), Arc::new(Source::new()));
    let one = cache_in(Arc::clone(&store), &source, &clock);
    let two = cache_in(store, &source, &clock);
    assert_eq!(one.get().await.unwrap().expose(), "token-1");
    assert_eq!(two.get().await.unwrap().expose(), "token-1");
    assert_eq!(source.fetches(), 1);
}

#[tokio::test]
async fn a_refused_token_is_not_taken_from_the_store_again() {
    let (clock, gate) = (ManualClock::new(), Gate::new());
    gate.open();
    let (source, cache) = due_for_refresh(&clock, &gate).await;
    let transport = refusing(&["stored"]);
    let pipeline = Rig::at(clock.clone(), transport.clone()).tokens(cache).build();
    clock.run(pipeline.run(&read(), &decode)).await.unwrap();
    assert_eq!(token_of(transport.requests().last().unwrap()), "token-1");
    assert_eq!(source.fetches(), 1);
}

#[tokio::test]
async fn a_call_without_a_token_fetches_none() {
    let (clock, source) = (ManualClock::new(), Arc::new(Source::new()));
    let transport = Arc::new(ReplayTransport::handler(|_| ok(json!(1))));
    let pipeline = Rig::at(clock.clone(), transport).tokens(cache(&source, &clock)).build();
    let mut operation = rig::operation("login", Idempotency::Idempotent);
    operation.with_token = false;
    pipeline.run(&Call::get(operation, "/login"), &decode).await.unwrap();
    assert_eq!(source.fetches(), 0);
}

#[tokio::test]
async fn a_fetch_that_takes_too_long_fails_the_call_unsent() {
    let (clock, gate) = (ManualClock::new(), Gate::new());
    let source = Arc::new(Source::new().behind(&gate));
    let transport = Arc::new(ReplayTransport::handler(|_| Reply::hang()));
    let rig = Rig::at(clock.clone(), transport.clone()).tokens(cache(&source, &clock));
    let pipeline = rig.build();
    let error = clock.run(pipeline.run(&read(), &decode)).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Timeout, Sent::No));
    assert_eq!(transport.count(), 0);
    assert_eq!(Clock::monotonic(&clock), Duration::from_secs(60));
}

#[tokio::test]
async fn a_source_may_say_when_its_token_is_refreshed() {
    // Half of the life would be 750 s.
    let source = Arc::new(Source::new().living(seconds(1500), seconds(300)));
    let clock = ManualClock::new();
    let cache = cache(&source, &clock);
    cache.get().await.unwrap();
    clock.advance(seconds(299));
    cache.get().await.unwrap();
    assert_eq!(source.fetches(), 1);
    clock.advance(seconds(1));
    cache.get().await.unwrap();
    assert_eq!(source.fetches(), 2);
}
