//! Rates and places in flight, over simulated time.
#![allow(clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
#[path = "support/rig.rs"]
mod rig;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::future::join_all;
use futures_util::{FutureExt, StreamExt};
use leadtag_core::{
    ApiLimit, Call, Clock, ErrorKind, Idempotency, Pipeline, Request, Response, Result,
    RetryPolicy, Transport, TransportError, async_trait,
};
use leadtag_testkit::{Gate, ManualClock, ReplayTransport};
use rig::{Rig, TOO_MANY_AT_ONCE, code, decode, ok, operation, read, seconds};
use serde_json::json;

/// Answers at once, and notes when each request came.
#[derive(Debug)]
struct Timed {
    clock: ManualClock,
    times: Mutex<Vec<Duration>>,
}

#[async_trait]
impl Transport for Timed {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        self.times.lock().unwrap().push(self.clock.monotonic());
        answered(0)
    }
}

fn answered(code: i64) -> Result<Response, TransportError> {
    let body = json!({ "code": code }).to_string();
    Ok(Response {
        status: http::StatusCode::OK,
        headers: http::HeaderMap::new(),
        body: futures_util::stream::iter([Ok(body.into())]).boxed(),
    })
}

fn patient() -> RetryPolicy {
    RetryPolicy::never().with_deadline(seconds(1_000_000))
}

fn timed(limit: ApiLimit) -> (ManualClock, Arc<Timed>, Pipeline) {
    let clock = ManualClock::new();
    let transport = Arc::new(Timed { clock: clock.clone(), times: Mutex::default() });
    let pipeline = Rig::at(clock.clone(), transport.clone()).limit(limit).retry(patient()).build();
    (clock, transport, pipeline)
}

/// The most calls in any half-open span of that length.
fn most_in(times: &[Duration], span: Duration) -> usize {
    let within =
        |start: Duration| times.iter().filter(|t| **t >= start && **t < start + span).count();
    times.iter().map(|start| within(*start)).max().unwrap_or_default()
}

#[tokio::test]
async fn no_span_of_time_ever_holds_more_calls_than_allowed() {
    for (calls, per) in [(1, 10), (2, 1), (3, 7), (20, 60), (100, 60), (7, 3600)] {
        let per = seconds(per);
        let (clock, transport, pipeline) = timed(ApiLimit::none().with_rate(calls, per));
        let call = read();
        for wave in [60, 1, 30] {
            let all = join_all((0..wave).map(|_| pipeline.run(&call, &decode)));
            assert!(clock.run(all).await.iter().all(Result::is_ok));
            clock.advance(per / 3);
        }
        let times = transport.times.lock().unwrap().clone();
        assert_eq!(times.len(), 91);
        let most = most_in(&times, per);
        assert!(most <= calls as usize, "{most} calls in {per:?}, {calls} are allowed");
    }
}

#[tokio::test]
async fn every_window_of_an_api_holds() {
    let limit = ApiLimit::none().with_rate(10, seconds(1)).with_rate(100, seconds(60));
    let (clock, transport, pipeline) = timed(limit);
    let call = read();
    let all = join_all((0..300).map(|_| pipeline.run(&call, &decode)));
    assert!(clock.run(all).await.iter().all(Result::is_ok));
    let times = transport.times.lock().unwrap().clone();
    assert!(most_in(&times, seconds(1)) <= 10);
    assert!(most_in(&times, seconds(60)) <= 100);
}

#[tokio::test]
async fn half_of_the_calls_burst_and_the_others_trickle() {
    let (clock, transport, pipeline) = timed(ApiLimit::none().with_rate(20, seconds(60)));
    let call = read();
    let all = join_all((0..20).map(|_| pipeline.run(&call, &decode)));
    assert!(clock.run(all).await.iter().all(Result::is_ok));
    let times = transport.times.lock().unwrap().clone();
    assert!(times[..10].iter().all(Duration::is_zero));
    for (number, time) in times[10..].iter().enumerate() {
        let expected = 6.0 * (number as f64 + 1.0);
        assert!((time.as_secs_f64() - expected).abs() < 0.01, "{number}: {time:?}");
    }
}

#[tokio::test]
async fn a_call_that_would_wait_past_its_deadline_is_refused_at_once_and_takes_no_place() {
    let (clock, transport, pipeline) = timed(ApiLimit::none().with_rate(2, seconds(60)));
    let hasty = pipeline.clone().with_retry(patient().with_deadline(seconds(5)));
    pipeline.run(&read(), &decode).await.unwrap();
    for _ in 0..100 {
        let error = hasty.run(&read(), &decode).now_or_never().unwrap().unwrap_err();
        assert_eq!(error.kind(), ErrorKind::RateLimited);
        let wait = error.retry_after().unwrap();
        assert!(wait > seconds(59) && wait <= seconds(61), "{wait:?}");
    }
    let started = clock.monotonic();
    clock.run(pipeline.run(&read(), &decode)).await.unwrap();
    assert!(clock.monotonic() - started <= seconds(61));
    assert_eq!(transport.times.lock().unwrap().len(), 2);
}

/// Takes a few turns to answer, and notes how many are in flight together.
#[derive(Debug, Default)]
struct Slow {
    now: AtomicUsize,
    most: AtomicUsize,
    served: AtomicUsize,
}

#[async_trait]
impl Transport for Slow {
    async fn send(&self, _: Request) -> Result<Response, TransportError> {
        let now = self.now.fetch_add(1, Ordering::SeqCst) + 1;
        self.most.fetch_max(now, Ordering::SeqCst);
        for _ in 0..5 {
            tokio::task::yield_now().await;
        }
        self.now.fetch_sub(1, Ordering::SeqCst);
        self.served.fetch_add(1, Ordering::SeqCst);
        answered(0)
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_more_than_the_allowed_calls_are_ever_in_flight() {
    let transport = Arc::new(Slow::default());
    let limit = ApiLimit::none().with_max_in_flight(5);
    let pipeline = Rig::new(transport.clone()).limit(limit).retry(patient()).build();
    let tasks = (0..200).map(|_| {
        let pipeline = pipeline.clone();
        tokio::spawn(async move { pipeline.run(&read(), &decode).await.map(|_| ()) })
    });
    for task in join_all(tasks).await {
        task.unwrap().unwrap();
    }
    assert_eq!(transport.served.load(Ordering::SeqCst), 200);
    let most = transport.most.load(Ordering::SeqCst);
    assert!((1..=5).contains(&most), "{most} in flight");
    assert_eq!(pipeline.limiter().status("read").in_flight, 0);
}

fn mark(contact: usize) -> Call {
    Call::get(operation("mark", Idempotency::Idempotent), "/mark")
        .with_serial_key(format!("contact {contact}"))
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn calls_of_one_serial_key_are_never_in_flight_together() {
    let transport = Arc::new(Slow::default());
    let pipeline = Rig::new(transport.clone()).retry(patient()).build();
    let tasks = (0..200).map(|_| {
        let pipeline = pipeline.clone();
        tokio::spawn(async move { pipeline.run(&mark(1), &decode).await.map(|_| ()) })
    });
    for task in join_all(tasks).await {
        task.unwrap().unwrap();
    }
    assert_eq!(transport.most.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn calls_of_different_serial_keys_do_not_wait_for_each_other() {
    let transport = Arc::new(Slow::default());
    let pipeline = Rig::new(transport.clone()).retry(patient()).build();
    let calls: Vec<_> = (0..10).map(mark).collect();
    join_all(calls.iter().map(|call| pipeline.run(call, &decode))).await;
    assert_eq!(transport.most.load(Ordering::SeqCst), 10);
}

/// A pipeline with one place, which is taken until the gate opens.
fn occupied(gate: &Gate) -> (ManualClock, Pipeline, Arc<ReplayTransport>) {
    let held = gate.clone();
    let transport = Arc::new(ReplayTransport::handler(move |_| ok(json!(1)).behind(&held)));
    let limit = ApiLimit::none().with_max_in_flight(1);
    let rig = Rig::new(transport.clone()).limit(limit).retry(patient());
    let clock = rig.clock.clone();
    (clock, rig.build(), transport)
}

#[tokio::test]
async fn callers_that_give_up_while_they_wait_leave_their_place_to_others() {
    let gate = Gate::new();
    let (_, pipeline, transport) = occupied(&gate);
    let call = read();
    let mut first = Box::pin(pipeline.run(&call, &decode));
    let mut waiting: Vec<_> = (0..10).map(|_| Box::pin(pipeline.run(&call, &decode))).collect();
    assert!(first.as_mut().now_or_never().is_none());
    for caller in &mut waiting {
        assert!(caller.as_mut().now_or_never().is_none());
    }
    let last = waiting.pop().unwrap();
    drop(waiting);
    gate.open();
    first.await.unwrap();
    last.await.unwrap();
    assert_eq!(transport.count(), 2);
    assert_eq!(pipeline.limiter().status("read").in_flight, 0);
}

#[tokio::test]
async fn a_caller_that_gives_up_in_flight_frees_its_place() {
    let gate = Gate::new();
    let (_, pipeline, _) = occupied(&gate);
    let call = read();
    let mut first = Box::pin(pipeline.run(&call, &decode));
    let mut second = Box::pin(pipeline.run(&call, &decode));
    assert!(first.as_mut().now_or_never().is_none());
    assert!(second.as_mut().now_or_never().is_none());
    drop(first);
    gate.open();
    second.await.unwrap();
    assert_eq!(pipeline.limiter().status("read").in_flight, 0);
}

#[tokio::test]
async fn a_caller_that_gives_up_its_serial_key_lets_the_next_one_go() {
    let gate = Gate::new();
    let (_, pipeline, _) = occupied(&gate);
    let call = mark(1);
    let mut all: Vec<_> = (0..3).map(|_| Box::pin(pipeline.run(&call, &decode))).collect();
    for caller in &mut all {
        assert!(caller.as_mut().now_or_never().is_none());
    }
    let last = all.pop().unwrap();
    drop(all);
    gate.open();
    last.await.unwrap();
}

#[tokio::test]
async fn a_place_that_does_not_become_free_in_time_is_a_timeout_unsent() {
    let gate = Gate::new();
    let (clock, pipeline, transport) = occupied(&gate);
    let call = read();
    let mut first = Box::pin(pipeline.run(&call, &decode));
    assert!(first.as_mut().now_or_never().is_none());
    let hasty = pipeline.clone().with_retry(patient().with_deadline(seconds(5)));
    let error = clock.run(hasty.run(&call, &decode)).await.unwrap_err();
    assert_eq!((error.kind(), error.sent()), (ErrorKind::Timeout, leadtag_core::Sent::No));
    assert_eq!(transport.count(), 1);
}

#[tokio::test]
async fn nobody_starves_before_callers_that_never_stop() {
    let transport = Arc::new(Slow::default());
    let limit = ApiLimit::none().with_max_in_flight(1);
    let pipeline = Rig::new(transport.clone()).limit(limit).retry(patient()).build();
    let greedy = (0..3).map(|_| {
        let pipeline = pipeline.clone();
        tokio::spawn(async move {
            loop {
                pipeline.run(&read(), &decode).await.unwrap();
            }
        })
    });
    let greedy: Vec<_> = greedy.collect();
    for _ in 0..20 {
        let before = transport.served.load(Ordering::SeqCst);
        pipeline.run(&read(), &decode).await.unwrap();
        let others = transport.served.load(Ordering::SeqCst) - before;
        assert!(others <= 10, "{others} calls went first");
    }
    greedy.iter().for_each(tokio::task::JoinHandle::abort);
}

#[tokio::test]
async fn callers_get_their_turn_in_the_order_they_came() {
    let clock = ManualClock::new();
    let transport = Arc::new(ReplayTransport::handler(|_| ok(json!(1))));
    let limit = ApiLimit::none().with_rate(4, seconds(60)).with_max_in_flight(2);
    let pipeline = Rig::at(clock.clone(), transport.clone()).limit(limit).retry(patient()).build();
    let calls: Vec<_> = (0..30).map(|n| read().with_query("n", n.to_string())).collect();
    let all = join_all(calls.iter().map(|call| pipeline.run(call, &decode)));
    assert!(clock.run(all).await.iter().all(Result::is_ok));
    let came: Vec<_> =
        transport.requests().iter().map(|r| r.url.query().map(str::to_owned)).collect();
    let expected: Vec<_> = (0..30).map(|n| Some(format!("n={n}"))).collect();
    assert_eq!(came, expected);
}

#[tokio::test]
async fn a_wave_of_complaints_halves_the_places_once_and_success_brings_them_back() {
    let gate = Gate::new();
    let (held, state) = (gate.clone(), AtomicUsize::new(0));
    let transport =
        Arc::new(ReplayTransport::handler(move |_| match state.fetch_add(1, Ordering::SeqCst) {
            0..8 => code(TOO_MANY_AT_ONCE).behind(&held),
            _ => ok(json!(1)),
        }));
    let limit = ApiLimit::none().with_max_in_flight(8);
    let pipeline = Rig::new(transport).limit(limit).retry(patient()).build();
    let places = || pipeline.limiter().status("read").max_in_flight;
    let call = read();
    let mut wave = Box::pin(join_all((0..8).map(|_| pipeline.run(&call, &decode))));
    assert!(wave.as_mut().now_or_never().is_none());
    gate.open();
    assert!(wave.await.iter().all(Result::is_err));
    assert_eq!(places(), Some(4), "eight complaints of one wave count once");
    for _ in 0..4 + 5 + 6 {
        pipeline.run(&call, &decode).await.unwrap();
    }
    assert_eq!(places(), Some(7));
    for _ in 0..100 {
        pipeline.run(&call, &decode).await.unwrap();
    }
    assert_eq!(places(), Some(8), "it grows back to what was configured, and no further");
}

#[tokio::test]
async fn each_api_has_limits_of_its_own() {
    let gate = Gate::new();
    let (_, pipeline, transport) = occupied(&gate);
    let other = Call::get(operation("other", Idempotency::Idempotent), "/other");
    let call = read();
    let mut first = Box::pin(pipeline.run(&call, &decode));
    let mut second = Box::pin(pipeline.run(&other, &decode));
    assert!(first.as_mut().now_or_never().is_none());
    assert!(second.as_mut().now_or_never().is_none());
    assert_eq!(transport.count(), 2);
    gate.open();
    assert_eq!(transport.requests()[1].url.path(), "/other");
}
