//! What an observer is told of the calls of its piece of work.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
#[path = "support/rig.rs"]
mod rig;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use futures_util::FutureExt;
use leadtag_core::observe::{Sending, Wait, WaitCause};
use leadtag_core::{
    ApiLimit, CallObserver, IssuedToken, Pipeline, Result, TokenSource, async_trait, observed,
};
use leadtag_testkit::{Exchange, ManualClock, ReplayTransport, Reply};
use rig::{BAD_TOKEN, BUSY, Rig, Source, THROTTLED, cache, code, decode, ok, read, seconds, write};
use serde_json::json;

/// Notes everything.
#[derive(Default)]
struct Notes {
    sent: Mutex<Vec<Sending>>,
    waits: Mutex<Vec<Wait>>,
    waited: Mutex<Vec<Duration>>,
}

impl CallObserver for Notes {
    fn sending(&self, sending: Sending) {
        self.sent.lock().unwrap().push(sending);
    }

    fn waiting(&self, wait: Wait) {
        self.waits.lock().unwrap().push(wait);
    }

    fn waited(&self, _: Wait, span: Duration) {
        self.waited.lock().unwrap().push(span);
    }
}

impl Notes {
    /// Of each request, whether it went out again.
    fn again(&self) -> Vec<bool> {
        self.sent.lock().unwrap().iter().map(|sending| sending.again).collect()
    }

    fn waits(&self) -> Vec<(u64, WaitCause)> {
        let waits = self.waits.lock().unwrap();
        waits.iter().map(|wait| (wait.span.as_secs(), wait.cause)).collect()
    }
}

fn scripted(script: Vec<Reply>) -> Rig {
    Rig::new(Arc::new(ReplayTransport::script(script.into_iter().map(Exchange::any))))
}

async fn read_with(rig: Rig, notes: &Arc<Notes>) {
    let (clock, pipeline) = (rig.clock.clone(), rig.build());
    read_at(&clock, &pipeline, notes).await;
}

async fn read_at(clock: &ManualClock, pipeline: &Pipeline, notes: &Arc<Notes>) {
    let observer = Arc::clone(notes) as Arc<dyn CallObserver>;
    clock.run(observed(observer, pipeline.run(&read(), &decode))).await.unwrap();
}

#[tokio::test]
async fn each_request_is_told_and_whether_it_goes_out_again() {
    let notes = Arc::new(Notes::default());
    let script = vec![code(BUSY), Reply::maybe_sent(), ok(json!(7))];
    read_with(scripted(script), &notes).await;
    assert_eq!(notes.again(), [false, true, true]);
    assert_eq!(notes.waits(), []);
}

#[tokio::test]
async fn a_request_with_another_token_goes_out_again() {
    let notes = Arc::new(Notes::default());
    let rig = scripted(vec![code(BAD_TOKEN), ok(json!(7))]);
    let source = Arc::new(Source::new());
    let tokens = cache(&source, &rig.clock);
    read_with(rig.tokens(tokens), &notes).await;
    assert_eq!(notes.again(), [false, true]);
}

#[tokio::test]
async fn a_wait_that_the_platform_asks_for_is_told_when_it_begins_and_when_it_ends() {
    let notes = Arc::new(Notes::default());
    let throttled = Reply::json(json!({ "code": THROTTLED, "retry_after": 10 }));
    let busy = Reply::json(json!({ "code": BUSY, "retry_after": 20 }));
    read_with(scripted(vec![throttled, busy, ok(json!(7))]), &notes).await;
    assert_eq!(notes.waits(), [(10, WaitCause::Platform), (20, WaitCause::Fault)]);
    assert_eq!(*notes.waited.lock().unwrap(), [seconds(10), seconds(20)]);
}

#[tokio::test]
async fn a_wait_for_the_configured_rate_is_told_as_that() {
    let notes = Arc::new(Notes::default());
    let transport = Arc::new(ReplayTransport::handler(|_| ok(json!(7))));
    let rig = Rig::new(transport).limit(ApiLimit::none().with_rate(2, seconds(20)));
    let (clock, pipeline) = (rig.clock.clone(), rig.build());
    for _ in 0..2 {
        read_at(&clock, &pipeline, &notes).await;
    }
    assert_eq!(notes.waits(), [(20, WaitCause::Rate)]);
}

#[tokio::test]
async fn a_wait_that_is_given_up_ends_too() {
    let notes = Arc::new(Notes::default());
    let throttled = Reply::json(json!({ "code": THROTTLED, "retry_after": 10 }));
    let rig = scripted(vec![throttled]);
    let (clock, pipeline, call) = (rig.clock.clone(), rig.build(), read());
    let observer = Arc::clone(&notes) as Arc<dyn CallObserver>;
    let mut work = Box::pin(observed(observer, pipeline.run(&call, &decode)));
    assert!(work.as_mut().now_or_never().is_none());
    clock.advance(seconds(3));
    drop(work);
    assert_eq!(*notes.waited.lock().unwrap(), [seconds(3)]);
}

/// Asks the platform for its tokens.
#[derive(Debug)]
struct Asking(Pipeline);

#[async_trait]
impl TokenSource for Asking {
    async fn fetch(&self) -> Result<IssuedToken> {
        self.0.run(&write(), &decode).await?;
        Ok(IssuedToken::new("token".into(), seconds(7200)))
    }
}

#[tokio::test]
async fn requests_for_a_token_are_told_as_such() {
    let notes = Arc::new(Notes::default());
    let rig = scripted(vec![ok(json!(7))]);
    let script = [Reply::not_sent(), ok(json!({}))].map(Exchange::any);
    let asking = Rig::at(rig.clock.clone(), Arc::new(ReplayTransport::script(script)));
    let tokens = rig::cache_of(Arc::new(Asking(asking.build())), &rig.clock);
    read_with(rig.tokens(tokens), &notes).await;
    let sent = notes.sent.lock().unwrap();
    let told: Vec<_> = sent.iter().map(|sending| (sending.for_token, sending.again)).collect();
    assert_eq!(told, [(true, false), (true, true), (false, false)]);
}

#[tokio::test]
async fn nothing_is_told_of_other_work() {
    let notes = Arc::new(Notes::default());
    let pipeline = scripted(vec![ok(json!(7)), ok(json!(8))]).build();
    let observer = Arc::clone(&notes) as Arc<dyn CallObserver>;
    let other = pipeline.clone();
    let spawned =
        async move { tokio::spawn(async move { other.run(&read(), &decode).await }).await };
    observed(observer, spawned).await.unwrap().unwrap();
    pipeline.run(&read(), &decode).await.unwrap();
    assert_eq!(notes.again(), [false; 0]);
}
