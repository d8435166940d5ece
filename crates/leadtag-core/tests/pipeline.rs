//! What is sent again, what is not, and what a caller is told: the retry table end to end.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
#[path = "support/rig.rs"]
mod rig;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use futures_util::future::{BoxFuture, join_all};
use futures_util::{FutureExt, StreamExt};
use leadtag_core::{
    ApiLimit, Call, Clock, Error, ErrorKind, Idempotency, Pipeline, Result, RetryPolicy, Sent,
};
use leadtag_testkit::{Exchange, Gate, ManualClock, ReplayTransport, Reply};
use rig::{
    BAD_ARGUMENT, BUSY, Rig, THROTTLED, TOO_MANY_AT_ONCE, code, decode, ok, operation, read,
    seconds, write,
};
use serde_json::{Value, json};

/// Runs one call against a script that must be used up.
async fn run(call: &Call, script: Vec<Reply>) -> Result<Value> {
    let transport = Arc::new(ReplayTransport::script(script.into_iter().map(Exchange::any)));
    let rig = Rig::new(transport.clone());
    let clock = rig.clock.clone();
    let outcome = clock.run(rig.build().run(call, &decode)).await;
    transport.assert_verified();
    outcome
}

/// Runs one write whose outcome can be looked up. Tells how often it was looked up.
async fn run_or_look_up(
    script: Vec<Reply>,
    found: fn() -> Result<Option<Value>>,
) -> (Result<Value>, usize) {
    let transport = Arc::new(ReplayTransport::script(script.into_iter().map(Exchange::any)));
    let rig = Rig::new(transport.clone());
    let (clock, pipeline, call) = (rig.clock.clone(), rig.build(), write());
    let times = AtomicUsize::new(0);
    let look_up = || -> BoxFuture<'_, Result<Option<Value>>> {
        times.fetch_add(1, Ordering::SeqCst);
        async move { found() }.boxed()
    };
    let outcome = clock.run(pipeline.run_or_look_up(&call, &decode, Some(&look_up))).await;
    transport.assert_verified();
    (outcome, times.load(Ordering::SeqCst))
}

#[tokio::test]
async fn a_call_that_was_not_sent_is_sent_again_whatever_it_is() {
    for call in [read(), write()] {
        let outcome = run(&call, vec![Reply::not_sent(), Reply::not_sent(), ok(json!(7))]).await;
        assert_eq!(outcome.unwrap(), 7);
    }
}

#[tokio::test]
async fn a_call_that_was_never_sent_says_so() {
    let error = run(&write(), vec![Reply::not_sent(); 4]).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Transport, Sent::No));
}

#[tokio::test]
async fn an_idempotent_call_that_may_have_arrived_is_sent_again() {
    for lost in [
        Reply::maybe_sent(),
        Reply::hang(),
        Reply::bytes("{\"code\"").then_break(),
        Reply::status(http::StatusCode::BAD_GATEWAY),
    ] {
        assert_eq!(run(&read(), vec![lost, ok(json!(7))]).await.unwrap(), 7);
    }
}

#[tokio::test]
async fn another_call_that_may_have_arrived_is_left_to_the_caller() {
    for lost in [Reply::maybe_sent(), Reply::hang(), Reply::bytes("{").then_break()] {
        let error = run(&write(), vec![lost]).await.unwrap_err();
        assert_eq!(error.sent(), Sent::Maybe, "{error}");
    }
}

#[tokio::test]
async fn a_lost_reply_whose_effect_is_found_is_not_sent_again() {
    let (outcome, times) = run_or_look_up(vec![Reply::maybe_sent()], || Ok(Some(json!(9)))).await;
    assert_eq!((outcome.unwrap(), times), (json!(9), 1));
}

#[tokio::test]
async fn a_lost_request_that_had_no_effect_is_sent_again() {
    let script = vec![Reply::maybe_sent(), ok(json!(7))];
    let (outcome, times) = run_or_look_up(script, || Ok(None)).await;
    assert_eq!((outcome.unwrap(), times), (json!(7), 1));
}

#[tokio::test]
async fn a_look_up_that_fails_leaves_the_first_error() {
    let fails = || Err(Error::new(ErrorKind::PermissionDenied, "no list"));
    let (outcome, times) = run_or_look_up(vec![Reply::maybe_sent()], fails).await;
    let error = outcome.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Transport, Sent::Maybe));
    assert_eq!(times, 1);
}

#[tokio::test]
async fn a_look_up_that_hangs_ends_with_the_deadline() {
    let transport = Arc::new(ReplayTransport::script([Exchange::any(Reply::maybe_sent())]));
    let rig = Rig::new(transport);
    let (clock, pipeline, call) = (rig.clock.clone(), rig.build(), write());
    let look_up = || -> BoxFuture<'_, Result<Option<Value>>> { std::future::pending().boxed() };
    let mut ended = Box::pin(clock.run(pipeline.run_or_look_up(&call, &decode, Some(&look_up))));
    let error = (0..1000).find_map(|_| ended.as_mut().now_or_never());
    let error = error.unwrap_or_else(|| panic!("the look-up outlived the deadline")).unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Transport, Sent::Maybe));
    assert_eq!(clock.monotonic(), RetryPolicy::default().deadline);
}

#[tokio::test]
async fn a_busy_platform_is_asked_three_times_more() {
    let policy = RetryPolicy::default().with_max_attempts(20);
    let transport = Arc::new(ReplayTransport::handler(|_| code(BUSY)));
    let rig = Rig::new(transport.clone()).retry(policy);
    let (clock, pipeline) = (rig.clock.clone(), rig.build());
    let error = clock.run(pipeline.run(&read(), &decode)).await.unwrap_err();
    assert_eq!(error.platform_code(), Some(BUSY));
    assert_eq!(transport.count(), 4);
}

#[tokio::test]
async fn an_error_that_would_come_again_is_not_retried() {
    for call in [read(), write()] {
        let error = run(&call, vec![code(BAD_ARGUMENT)]).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidArgument);
        assert_eq!((error.sent(), error.http_status()), (Sent::Yes, Some(200)));
        assert_eq!(error.platform(), Some(rig::HERE));
    }
}

#[tokio::test]
async fn the_last_error_says_maybe_if_any_attempt_may_have_arrived() {
    for then in [Reply::not_sent(), code(BAD_ARGUMENT), code(BUSY), code(THROTTLED)] {
        let transport = Arc::new(ReplayTransport::script([
            Exchange::any(Reply::maybe_sent()),
            Exchange::any(then),
        ]));
        let rig = Rig::new(transport).retry(RetryPolicy::default().with_max_attempts(2));
        let (clock, pipeline) = (rig.clock.clone(), rig.build());
        let error = clock.run(pipeline.run(&read(), &decode)).await.unwrap_err();
        assert_eq!(error.sent(), Sent::Maybe, "{error}");
    }
}

#[tokio::test]
async fn an_effect_that_was_looked_up_and_not_found_leaves_no_doubt() {
    let script = vec![Reply::maybe_sent(), code(BAD_ARGUMENT)];
    let (outcome, _) = run_or_look_up(script, || Ok(None)).await;
    assert_eq!(outcome.unwrap_err().sent(), Sent::Yes);
}

#[tokio::test]
async fn a_refused_call_that_is_then_not_sent_is_sent_again() {
    let refused = Reply::json(json!({ "code": THROTTLED, "retry_after": 1 }));
    let outcome = run(&write(), vec![refused, Reply::not_sent(), ok(json!(7))]).await;
    assert_eq!(outcome.unwrap(), 7);
}

#[tokio::test]
async fn an_attempt_that_takes_too_long_is_given_up_and_sent_again() {
    let transport = Arc::new(ReplayTransport::script([
        Exchange::any(Reply::hang()),
        Exchange::any(ok(json!(7))),
    ]));
    let policy = RetryPolicy::default().with_attempt_timeout(seconds(3));
    let rig = Rig::new(transport).retry(policy);
    let (clock, pipeline) = (rig.clock.clone(), rig.build());
    clock.run(pipeline.run(&read(), &decode)).await.unwrap();
    assert_eq!(clock.slept().first(), Some(&seconds(3)));
}

#[tokio::test]
async fn no_call_outlives_its_deadline() {
    let transport = Arc::new(ReplayTransport::handler(|_| Reply::hang()));
    let policy = RetryPolicy::default().with_max_attempts(100);
    let rig = Rig::new(transport).retry(policy);
    let (clock, pipeline) = (rig.clock.clone(), rig.build());
    let error = clock.run(pipeline.run(&read(), &decode)).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Timeout, Sent::Maybe));
    assert!(clock.monotonic() <= policy.deadline, "{:?}", clock.monotonic());
}

/// A pipeline whose API `read` was throttled for ten seconds just now.
async fn throttled(
    limit: ApiLimit,
    deadline: Duration,
) -> (ManualClock, Pipeline, Arc<ReplayTransport>) {
    let state = AtomicUsize::new(0);
    let transport =
        Arc::new(ReplayTransport::handler(move |_| match state.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::json(json!({ "code": THROTTLED, "retry_after": 10 })),
            _ => ok(json!(7)),
        }));
    let rig = Rig::new(transport.clone())
        .limit(limit)
        .retry(RetryPolicy::default().with_deadline(deadline));
    let (clock, pipeline) = (rig.clock.clone(), rig.build());
    let once = pipeline.clone().with_retry(RetryPolicy::never());
    assert!(once.run(&read(), &decode).await.is_err());
    assert_eq!(pipeline.limiter().status("read").paused, Some(seconds(10)));
    (clock, pipeline, transport)
}

#[tokio::test]
async fn a_throttled_answer_pauses_its_api_for_everybody_and_no_other_api() {
    let (clock, pipeline, transport) = throttled(ApiLimit::none(), seconds(60)).await;
    let call = read();
    let mut waiting = Box::pin(join_all((0..20).map(|_| pipeline.run(&call, &decode))));
    assert!(waiting.as_mut().now_or_never().is_none());
    assert!(pipeline.run(&write(), &decode).now_or_never().unwrap().is_ok());
    assert_eq!(transport.count(), 2, "a paused API was called");
    let started = clock.monotonic();
    assert!(clock.run(waiting).await.iter().all(Result::is_ok));
    assert_eq!(clock.monotonic() - started, seconds(10));
}

#[tokio::test]
async fn a_call_that_cannot_wait_for_the_end_of_a_pause_fails_at_once() {
    let (clock, pipeline, transport) = throttled(ApiLimit::none(), seconds(5)).await;
    let error = pipeline.run(&read(), &decode).now_or_never().unwrap().unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::RateLimited, Sent::No));
    assert_eq!(error.retry_after(), Some(seconds(10)));
    assert_eq!(transport.count(), 1);
    clock.advance(seconds(10));
    assert!(pipeline.run(&read(), &decode).await.is_ok());
}

#[tokio::test]
async fn the_call_that_was_throttled_waits_and_is_sent_again() {
    let throttled = Reply::json(json!({ "code": THROTTLED, "retry_after": 10 }));
    assert_eq!(run(&write(), vec![throttled, ok(json!(7))]).await.unwrap(), 7);
}

#[tokio::test]
async fn a_throttled_call_that_cannot_wait_says_what_the_platform_said() {
    let throttled = Reply::json(json!({ "code": THROTTLED, "retry_after": 3600 }));
    let error = run(&read(), vec![throttled]).await.unwrap_err();
    assert_eq!(error.platform_code(), Some(THROTTLED));
    assert_eq!(error.retry_after(), Some(seconds(3600)));
}

#[tokio::test]
async fn after_a_pause_calls_trickle_and_do_not_burst() {
    let limit = ApiLimit::none().with_rate(60, seconds(60));
    let (clock, pipeline, transport) = throttled(limit, seconds(600)).await;
    let call = read();
    let waiting = join_all((0..20).map(|_| pipeline.run(&call, &decode)));
    let mut waiting = Box::pin(clock.run(waiting));
    while clock.monotonic() < seconds(10) {
        assert!(waiting.as_mut().now_or_never().is_none());
    }
    assert!(waiting.as_mut().now_or_never().is_none());
    assert!(transport.count() <= 2, "{} calls at the end of the pause", transport.count() - 1);
    assert!(waiting.await.iter().all(Result::is_ok));
    assert!(clock.monotonic() >= seconds(10 + 19 * 2), "{:?}", clock.monotonic());
}

#[tokio::test]
async fn after_a_pause_an_api_without_a_rate_begins_with_one_call_at_a_time() {
    let (gate, state) = (Gate::new(), AtomicUsize::new(0));
    let held = gate.clone();
    let transport =
        Arc::new(ReplayTransport::handler(move |_| match state.fetch_add(1, Ordering::SeqCst) {
            0 => Reply::json(json!({ "code": THROTTLED, "retry_after": 10 })),
            _ => ok(json!(7)).behind(&held),
        }));
    let rig = Rig::new(transport.clone());
    let (clock, pipeline, call) = (rig.clock.clone(), rig.build(), read());
    let mut all = Box::pin(join_all((0..1000).map(|_| pipeline.run(&call, &decode))));
    assert!(all.as_mut().now_or_never().is_none());
    clock.advance(seconds(10));
    assert!(all.as_mut().now_or_never().is_none());
    assert_eq!(transport.count(), 2, "one throttled call and one after the pause");
    gate.open();
    assert!(clock.run(all).await.iter().all(Result::is_ok));
    assert_eq!(pipeline.limiter().status("read").max_in_flight, None);
}

#[tokio::test]
async fn a_call_whose_token_could_not_be_fetched_was_not_sent() {
    let (clock, source) = (ManualClock::new(), Arc::new(rig::Source::new()));
    source.fail_next(rig::passing_fault());
    source.fail_next(rig::bad_credentials());
    let transport = Arc::new(ReplayTransport::script([]));
    let rig = Rig::at(clock.clone(), transport).tokens(rig::cache(&source, &clock));
    let pipeline = rig.build();
    for kind in [ErrorKind::Transport, ErrorKind::Unauthenticated] {
        let error = clock.run(pipeline.run(&write(), &decode)).await.unwrap_err();
        assert_eq!((error.kind(), error.sent()), (kind, Sent::No));
    }
}

#[tokio::test]
async fn a_call_whose_turn_comes_at_its_deadline_is_not_sent() {
    let (clock, pipeline, transport) = throttled(ApiLimit::none(), seconds(10)).await;
    let error = clock
        .run(
            pipeline
                .run(&Call::get(operation("read", Idempotency::NotIdempotent), "/read"), &decode),
        )
        .await
        .unwrap_err();
    assert_eq!(error.sent(), Sent::No, "{error}");
    assert_eq!(transport.count(), 1);
}

#[tokio::test]
async fn too_many_at_once_is_sent_again_with_fewer_in_flight() {
    let (state, most) = (Arc::new(AtomicUsize::new(0)), 4);
    let transport = Arc::new(Crowded { in_flight: Arc::clone(&state), most });
    let rig = Rig::new(transport).retry(RetryPolicy::default().with_max_attempts(30));
    let (clock, pipeline, call) = (rig.clock.clone(), rig.build(), write());
    let all = join_all((0..20).map(|_| pipeline.run(&call, &decode)));
    assert!(clock.run(all).await.iter().all(Result::is_ok));
}

/// Refuses what is more than `most` in flight.
#[derive(Debug)]
struct Crowded {
    in_flight: Arc<AtomicUsize>,
    most: usize,
}

#[leadtag_core::async_trait]
impl leadtag_core::Transport for Crowded {
    async fn send(
        &self,
        _: leadtag_core::Request,
    ) -> Result<leadtag_core::Response, leadtag_core::TransportError> {
        let now = self.in_flight.fetch_add(1, Ordering::SeqCst) + 1;
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        self.in_flight.fetch_sub(1, Ordering::SeqCst);
        let envelope = json!({ "code": if now > self.most { TOO_MANY_AT_ONCE } else { 0 } });
        Ok(leadtag_core::Response {
            status: http::StatusCode::OK,
            headers: http::HeaderMap::new(),
            body: futures_util::stream::iter([Ok(envelope.to_string().into())]).boxed(),
        })
    }
}

#[tokio::test]
async fn retries_run_out_when_a_platform_is_down() {
    let transport = Arc::new(ReplayTransport::handler(|_| Reply::not_sent()));
    let rig = Rig::new(transport.clone());
    let (clock, pipeline, call) = (rig.clock.clone(), rig.build(), read());
    let all = join_all((0..1000).map(|_| pipeline.run(&call, &decode)));
    assert!(clock.run(all).await.iter().all(Result::is_err));
    assert!(transport.count() <= 1100, "{} requests for 1000 calls", transport.count());
}

#[tokio::test]
async fn each_attempt_is_signed_anew() {
    let (clock, source) = (ManualClock::new(), Arc::new(rig::Source::new()));
    let transport = Arc::new(ReplayTransport::script([
        Exchange::any(Reply::not_sent()).with_header(rig::TOKEN_HEADER, "token-1"),
        Exchange::any(code(rig::BAD_TOKEN)).with_header(rig::TOKEN_HEADER, "token-1"),
        Exchange::any(ok(json!(7))).with_header(rig::TOKEN_HEADER, "token-2"),
    ]));
    let rig = Rig::at(clock.clone(), transport.clone()).tokens(rig::cache(&source, &clock));
    clock.run(rig.build().run(&write(), &decode)).await.unwrap();
    transport.assert_verified();
}

#[tokio::test]
async fn calls_of_one_serial_key_go_one_after_the_other() {
    let crowded = Arc::new(Crowded { in_flight: Arc::default(), most: 1 });
    let pipeline = Rig::new(crowded).retry(RetryPolicy::never()).build();
    let call =
        Call::get(operation("mark", Idempotency::Idempotent), "/mark").with_serial_key("contact");
    let all = join_all((0..200).map(|_| pipeline.run(&call, &decode)));
    assert!(all.await.iter().all(Result::is_ok));
}
