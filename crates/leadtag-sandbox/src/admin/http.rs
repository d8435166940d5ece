//! The admin handle over HTTP, for programs that are not written in Rust.

use std::time::Duration;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::http::{Method, Response, StatusCode};
use axum::routing::any;
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value, json};
use url::form_urlencoded;

use super::Admin;
use crate::call::Answer;
use crate::fault::{Fault, FaultSpec, Times};

const MAX_REQUEST: usize = 1024 * 1024;

pub(crate) fn router(admin: &Admin) -> Router {
    let admin = admin.clone();
    Router::new().route(
        "/{*path}",
        any(move |request: Request| {
            let admin = admin.clone();
            async move { answer(&admin, request).await }
        }),
    )
}

/// What the caller did wrong, as status and text.
struct Wrong(StatusCode, String);

impl Wrong {
    fn request(text: impl ToString) -> Self {
        Self(StatusCode::BAD_REQUEST, text.to_string())
    }
}

async fn answer(admin: &Admin, request: Request) -> Response<Body> {
    let (parts, body) = request.into_parts();
    let path = parts.uri.path().trim_start_matches('/').to_owned();
    let query = parts.uri.query().unwrap_or_default().to_owned();
    if parts.method == Method::GET && path == "config" {
        let config = Answer::json(admin.config_toml());
        return Answer { content_type: "application/toml", ..config }.into_response();
    }
    let done = match to_bytes(body, MAX_REQUEST).await {
        Ok(body) => dispatch(admin, &parts.method, &path, &query, &body),
        Err(error) => Err(Wrong::request(error)),
    };
    match done {
        Ok(value) => Answer::json(value.to_string()).into_response(),
        Err(Wrong(status, text)) => {
            let answer = Answer::json(json!({ "error": text }).to_string());
            Answer { status, ..answer }.into_response()
        }
    }
}

fn dispatch(
    admin: &Admin,
    method: &Method,
    path: &str,
    query: &str,
    body: &[u8],
) -> Result<Value, Wrong> {
    match (method.as_str(), path) {
        ("GET", "state") => Ok(admin.snapshot()),
        ("GET", "calls") => Ok(counts(admin)),
        ("GET", "requests") => Ok(requests(admin, query)),
        ("GET", "faults") => Ok(faults(admin)),
        ("POST", "leads") => insert_lead(admin, &read::<InsertLead>(body)?.platform),
        (method, path) => change(admin, method, path, body).map(|()| json!({ "ok": true })),
    }
}

fn change(admin: &Admin, method: &str, path: &str, body: &[u8]) -> Result<(), Wrong> {
    match (method, path) {
        ("DELETE", "calls") => admin.reset_counts(),
        ("DELETE", "faults") => admin.clear_faults(),
        ("POST", "faults") => admin.inject(fault(&read(body)?)?),
        ("POST", "tokens/expire") => admin.expire_tokens(),
        ("POST", "tokens/revoke") => admin.revoke_tokens(),
        ("POST", "tokens/reject") => admin.reject_all_tokens(read::<Reject>(body)?.reject),
        ("POST", "clock") => {
            admin.advance_clock(Duration::from_secs(read::<Advance>(body)?.advance_seconds));
        }
        ("POST", "latency") => {
            let LatencyOf { api, millis } = read(body)?;
            admin.set_latency(api.as_deref(), Duration::from_millis(millis));
        }
        ("POST", "limits") => admin.set_limits_enforced(read::<Limits>(body)?.enforced),
        ("POST", "tags") => {
            let AddTags { groups, tags_per_group } = read(body)?;
            admin.add_tags(groups, tags_per_group);
        }
        ("POST", "followers") => {
            let AddFollowers { external_userid, count } = read(body)?;
            if !admin.add_followers(&external_userid, count) {
                return Err(Wrong::request(format!("no customer `{external_userid}`")));
            }
        }
        (method, path) => {
            let text = format!("no admin call {method} /admin/{path}");
            return Err(Wrong(StatusCode::NOT_FOUND, text));
        }
    }
    Ok(())
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Inject {
    fault: String,
    api: Option<String>,
    times: Option<Value>,
    #[serde(default)]
    skip: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct InsertLead {
    platform: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reject {
    reject: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Advance {
    advance_seconds: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LatencyOf {
    api: Option<String>,
    millis: u64,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Limits {
    enforced: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddTags {
    groups: usize,
    tags_per_group: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct AddFollowers {
    external_userid: String,
    count: usize,
}

fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Wrong> {
    serde_json::from_slice(body).map_err(Wrong::request)
}

/// Takes the command-line form in `fault` too; the other members win over it.
fn fault(request: &Inject) -> Result<FaultSpec, Wrong> {
    let mut spec: FaultSpec = request.fault.parse().map_err(Wrong::request)?;
    if let Some(api) = &request.api {
        spec = spec.on(api);
    }
    spec = spec.skip(request.skip);
    match &request.times {
        None => Ok(spec),
        Some(Value::String(word)) if word == "always" => Ok(spec.always()),
        Some(times) => match times.as_u64() {
            Some(times) => Ok(spec.times(times)),
            None => Err(Wrong::request("`times` is a number or \"always\"")),
        },
    }
}

fn insert_lead(admin: &Admin, platform: &str) -> Result<Value, Wrong> {
    let id = match platform {
        "douyin" => admin.insert_douyin_lead(),
        "crm-v3" => admin.insert_crm_lead(),
        "beschannels" => admin.insert_beschannels_lead(),
        other => {
            let known = "douyin, crm-v3, beschannels";
            return Err(Wrong::request(format!("no leads on platform `{other}`; known: {known}")));
        }
    };
    Ok(json!({ "id": id }))
}

fn counts(admin: &Admin) -> Value {
    let (mut calls, mut commits, mut most) = (Map::new(), Map::new(), Map::new());
    for (api, called, committed, in_flight) in admin.shared.counters.all() {
        calls.insert(api.to_owned(), called.into());
        commits.insert(api.to_owned(), committed.into());
        most.insert(api.to_owned(), in_flight.into());
    }
    json!({
        "calls": calls,
        "commits": commits,
        "max_in_flight": most,
        "max_in_flight_per_contact": admin.max_in_flight_per_contact(),
        "issued_tokens": admin.issued_tokens(),
    })
}

fn requests(admin: &Admin, query: &str) -> Value {
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    let requests = match pairs.find(|(name, _)| name == "api") {
        Some((_, api)) => admin.requests(&api),
        None => admin.all_requests(),
    };
    json!({ "requests": requests })
}

fn faults(admin: &Admin) -> Value {
    let waiting = admin.waiting_faults().into_iter().map(|spec| {
        let times: Value = match spec.times {
            Times::N(times) => times.into(),
            Times::Always => "always".into(),
        };
        let fault = spec.fault.to_string();
        json!({ "fault": fault, "api": spec.api, "times": times, "skip": spec.skip })
    });
    let known = Fault::all().map(|fault| json!({ "name": fault.name(), "about": fault.about() }));
    json!({ "waiting": waiting.collect::<Vec<_>>(), "known": known.collect::<Vec<_>>() })
}
