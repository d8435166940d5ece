//! The path of one call, the same for every platform: count, wait, fault, process, answer.

use std::future::pending;

use axum::body::{Body, to_bytes};
use axum::extract::OriginalUri;
use axum::http::{Request, Response, StatusCode};
use url::form_urlencoded;

use crate::call::{Answer, Call};
use crate::counters::Load;
use crate::fault::{Fault, Target};
use crate::server::reset_connection;
use crate::shared::Shared;
use crate::spoil;

/// The largest request body taken; the platforms' own limits are unknown, and no documented call
/// comes near it.
const MAX_REQUEST: usize = 32 * 1024 * 1024;

/// What a platform brings: its own answers, and its own words for the faults.
pub(crate) trait Platform: Send + Sync + 'static {
    /// Its name in the configuration, and as the target of a fault.
    const NAME: &'static str;

    /// The APIs that hand out tokens: a fault that names no API leaves them alone.
    const TOKEN_APIS: &'static [&'static str];

    /// The contact a call writes to, where two writes at once on one contact matter.
    fn contact_of(&self, call: &Call) -> Option<String>;

    /// Refuses a call because of what is in flight already.
    fn refuse_crowded(&self, call: &Call, load: Load) -> Option<Answer>;

    /// The platform's answer to a call it refuses because of a fault; `None` if the fault is not
    /// of that kind.
    fn refuse(&self, call: &Call, fault: Fault) -> Option<Answer>;

    /// Processes a call for good.
    fn process(&self, call: &Call) -> Answer;

    /// The answer of a processed call with the fault in its envelope.
    fn distort(&self, call: &Call, fault: Fault, answer: Answer) -> Answer;
}

/// Reads the request whole and takes it through.
pub(crate) async fn run(
    shared: &Shared,
    platform: &impl Platform,
    api: &'static str,
    request: Request<Body>,
) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let Ok(body) = to_bytes(body, MAX_REQUEST).await else {
        let too_large = "request body too large or broken off";
        return Answer::plain(StatusCode::PAYLOAD_TOO_LARGE, "text/plain", too_large)
            .into_response();
    };
    let raw_query = parts.uri.query().unwrap_or_default().to_owned();
    let call = Call {
        api,
        method: parts.method,
        // axum strips the platform's prefix from nested routes; the caller sent it.
        path: parts
            .extensions
            .get::<OriginalUri>()
            .map_or(parts.uri.path(), |original| original.0.path())
            .to_owned(),
        query: form_urlencoded::parse(raw_query.as_bytes()).into_owned().collect(),
        raw_query,
        headers: parts.headers,
        body,
    };
    exchange(shared, platform, &call).await
}

async fn exchange<P: Platform>(shared: &Shared, platform: &P, call: &Call) -> Response<Body> {
    shared.recorder.push(call);
    let in_flight = shared.counters.enter(call.api, platform.contact_of(call));
    if let Some(refused) = platform.refuse_crowded(call, in_flight.load) {
        return refused.into_response();
    }
    let latency = shared.latency.of(call.api);
    if !latency.is_zero() {
        tokio::time::sleep(latency).await;
    }
    let has_cursor = || call.cursor().is_some();
    let target =
        Target { platform: P::NAME, api: call.api, token: P::TOKEN_APIS.contains(&call.api) };
    match shared.faults.take(&target, has_cursor, shared.clock.now()) {
        None => process(shared, platform, call).into_response(),
        Some(fault) => faulty(shared, platform, call, fault).await,
    }
}

fn process(shared: &Shared, platform: &impl Platform, call: &Call) -> Answer {
    let answer = platform.process(call);
    if answer.committed {
        shared.counters.commit(call.api);
    }
    answer
}

async fn faulty(
    shared: &Shared,
    platform: &impl Platform,
    call: &Call,
    fault: Fault,
) -> Response<Body> {
    match fault {
        Fault::Reset => return reset_connection(),
        Fault::Hang => return pending().await,
        Fault::Html502 => return spoil::html_502().into_response(),
        Fault::Http500Empty => return spoil::http_500_empty().into_response(),
        Fault::Slow => tokio::time::sleep(shared.slow()).await,
        _ => {}
    }
    if let Some(refused) = platform.refuse(call, fault) {
        return refused.into_response();
    }
    let answer = process(shared, platform, call);
    match fault {
        Fault::LostReply => reset_connection(),
        Fault::CommitHang => pending().await,
        Fault::Truncated => spoil::truncated(&answer),
        Fault::HugeBody => spoil::huge_body(&answer),
        Fault::EmptyBody => spoil::empty_body(answer).into_response(),
        Fault::Gbk => spoil::gbk(answer).into_response(),
        Fault::DeepJson => spoil::deep_json(answer).into_response(),
        envelope => platform.distort(call, envelope, answer).into_response(),
    }
}
