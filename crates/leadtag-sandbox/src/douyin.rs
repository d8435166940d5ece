//! Douyin Open Platform (抖音开放平台) leads of enterprise accounts (企业号意向用户), under `/douyin`.
//!
//! Nine leads calls and three OAuth calls. Documented: paths with their trailing slash, methods,
//! parameters and their types, the enums, the members of the answers, the OAuth encodings and lives,
//! the error codes, 100 tags for an account and 5 for a user. The vendor closed this API on
//! 2023-05-31 and only two of its pages with samples are public: what no document says is inferred,
//! and each file names it. Inferred for all: status 200 with an API error; a path or method that is
//! not there is 28001017 with status 404; the token is checked first, then `open_id`, then the
//! parameters; an unknown or repeated parameter is 2100005.

mod access;
mod account;
mod codes;
mod envelope;
mod faults;
mod fields;
mod lead_calls;
mod leads;
mod oauth;
mod page;
mod people;
mod state;
mod tag_calls;
mod tags;
mod tokens;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::{Method, StatusCode};
use serde_json::Value;

pub use access::DouyinAccess;
pub use envelope::DouyinEnvelope;
use envelope::{Kind, Outcome, Refusal, Trace};
use state::State;

use crate::call::{Answer, Call};
use crate::counters::Load;
use crate::exchange::Platform;
use crate::fault::Fault;
use crate::service::{Service, routes};
use crate::shared::Shared;

/// One API: its name in counters and faults, how it is called, the query parameters it has beside
/// the token and `open_id`, and the shape of its answer.
#[derive(Debug)]
struct Api {
    name: &'static str,
    path: &'static str,
    method: Method,
    params: &'static [&'static str],
    kind: Kind,
}

const fn get(
    name: &'static str,
    path: &'static str,
    params: &'static [&'static str],
    kind: Kind,
) -> Api {
    Api { name, path, method: Method::GET, params, kind }
}

const fn post(name: &'static str, path: &'static str, kind: Kind) -> Api {
    Api { name, path, method: Method::POST, params: &[], kind }
}

const USER_LIST: &str = "user/list";
const ACCESS_TOKEN: &str = "oauth/access_token";
const REFRESH_TOKEN: &str = "oauth/refresh_token";
const RENEW_REFRESH_TOKEN: &str = "oauth/renew_refresh_token";

static APIS: [Api; 12] = [
    post("tag/create", "/enterprise/leads/tag/create/", Kind::Message),
    post("tag/update", "/enterprise/leads/tag/update/", Kind::Message),
    post("tag/delete", "/enterprise/leads/tag/delete/", Kind::Message),
    get("tag/list", "/enterprise/leads/tag/list/", &["count", "cursor"], Kind::Plain),
    get(
        "tag/user/list",
        "/enterprise/leads/tag/user/list/",
        &["tag_id", "count", "cursor"],
        Kind::Plain,
    ),
    post("tag/user/update", "/enterprise/leads/tag/user/update/", Kind::Message),
    get(
        USER_LIST,
        "/enterprise/leads/user/list/",
        &["count", "start_time", "end_time", "action_type", "cursor", "leads_level"],
        Kind::Plain,
    ),
    get("user/detail", "/enterprise/leads/user/detail/", &["user_id"], Kind::Message),
    get(
        "user/action/list",
        "/enterprise/leads/user/action/list/",
        &["user_id", "count", "cursor", "action_type"],
        Kind::Plain,
    ),
    post(ACCESS_TOKEN, "/oauth/access_token/", Kind::OAuth),
    post(REFRESH_TOKEN, "/oauth/refresh_token/", Kind::OAuth),
    post(RENEW_REFRESH_TOKEN, "/oauth/renew_refresh_token/", Kind::OAuth),
];

/// Its name in the configuration.
pub(crate) const NAME: &str = "douyin";

/// The names its APIs have in counters and faults.
pub(crate) fn api_names() -> impl Iterator<Item = &'static str> {
    APIS.iter().map(|api| api.name)
}

/// The sandboxed app with the two accounts that authorised it.
#[derive(Debug)]
pub(crate) struct Douyin {
    shared: Arc<Shared>,
    state: Mutex<State>,
    logids: AtomicU64,
}

impl Service for Douyin {
    fn name(&self) -> &'static str {
        NAME
    }

    fn router(self: Arc<Self>) -> Router {
        let router = routes(&self.shared, &self, APIS.iter().map(|api| (api.path, api.name)));
        router.fallback(move || {
            let answer = self.no_such_api();
            async move { answer.into_response() }
        })
    }

    fn config_toml(&self, addr: SocketAddr) -> String {
        DouyinAccess::new(addr).config_toml()
    }

    fn expire_tokens(&self) {
        self.state().tokens.expire(None);
    }

    fn revoke_tokens(&self) {
        self.state().tokens.revoke(None);
    }

    fn reject_all_tokens(&self, reject: bool) {
        self.state().tokens.reject_all(reject);
    }

    fn issued_tokens(&self) -> u64 {
        self.state().tokens.issued()
    }

    fn reset_issued_tokens(&self) {
        self.state().tokens.reset_issued();
    }

    fn snapshot(&self) -> Value {
        self.state().snapshot()
    }
}

impl Douyin {
    pub(crate) fn new(shared: Arc<Shared>, seed: u64, leads: usize) -> Self {
        let state = Mutex::new(State::new(seed, leads, shared.clock.now()));
        Self { shared, state, logids: AtomicU64::new(1) }
    }

    /// A new lead of the first account, whose only interaction is now; answers its id.
    pub(crate) fn insert_lead(&self) -> String {
        self.insert_lead_at(self.now())
    }

    /// The same, whose only interaction is at that time.
    pub(crate) fn insert_lead_at(&self, time: u64) -> String {
        self.state().main_account().leads.insert(time)
    }

    pub(crate) fn set_quoted(&self, quoted: bool) {
        self.state().style.quoted = quoted;
    }

    pub(crate) fn set_gateway_codes(&self, gateway_codes: bool) {
        self.state().style.gateway_codes = gateway_codes;
    }

    pub(crate) fn set_envelope(&self, envelope: DouyinEnvelope) {
        self.state().style.envelope = envelope;
    }

    /// A person authorises the app again; `None` for an unknown account.
    pub(crate) fn authorize(&self, open_id: &str) -> Option<String> {
        let now = self.now();
        self.state().tokens.authorize(open_id, now)
    }

    /// The account's good access token, a new one if there is none; `None` for an unknown account.
    pub(crate) fn access_token(&self, open_id: &str) -> Option<String> {
        let now = self.now();
        self.state().tokens.access_token(open_id, now)
    }

    fn now(&self) -> u64 {
        self.shared.clock.now()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn trace(&self) -> Trace {
        let serial = self.logids.fetch_add(1, Ordering::Relaxed);
        Trace { logid: format!("2023053100000001000100{serial:010X}"), now: self.now() }
    }

    fn error(&self, call: &Call, refusal: &Refusal) -> Answer {
        let style = self.state().style;
        envelope::error(kind_of(call), style, refusal, &self.trace())
    }

    fn no_such_api(&self) -> Answer {
        let style = self.state().style;
        let refusal = Refusal::new(codes::UNKNOWN_URI);
        let answer = envelope::error(Kind::Plain, style, &refusal, &self.trace());
        Answer { status: StatusCode::NOT_FOUND, ..answer }
    }
}

fn kind_of(call: &Call) -> Kind {
    APIS.iter().find(|api| api.name == call.api).map_or(Kind::Plain, |api| api.kind)
}

fn wrong_method(call: &Call) -> bool {
    APIS.iter().any(|api| api.name == call.api && api.method != call.method)
}

fn outcome(state: &mut State, call: &Call, now: u64) -> Outcome {
    match call.api {
        ACCESS_TOKEN => return oauth::access_token(&mut state.tokens, call, now),
        REFRESH_TOKEN => return oauth::refresh_token(&mut state.tokens, call, now),
        RENEW_REFRESH_TOKEN => return oauth::renew_refresh_token(&mut state.tokens, call, now),
        _ => {}
    }
    let style = state.style;
    let holder = state.tokens.holder(&fields::presented_token(call)?, now)?;
    let account = state.account(holder, fields::text(call, "open_id")?)?;
    if let Some(api) = APIS.iter().find(|api| api.name == call.api) {
        fields::check_query(call, api.params)?;
    }
    if call.method == Method::GET {
        fields::check_no_body(call)?;
    }
    match call.api {
        "tag/create" => tag_calls::create(account, call),
        "tag/update" => tag_calls::update(account, call),
        "tag/delete" => tag_calls::delete(account, call),
        "tag/list" => tag_calls::list(account, call),
        "tag/user/list" => tag_calls::users(account, call),
        "tag/user/update" => tag_calls::bind(account, call),
        USER_LIST => lead_calls::list(account, call, style),
        "user/detail" => lead_calls::detail(account, call, style),
        "user/action/list" => lead_calls::actions(account, call),
        other => Err(Refusal::because(codes::UNKNOWN_URI, format!("no such API: {other}"))),
    }
}

impl Platform for Douyin {
    const NAME: &'static str = NAME;
    const TOKEN_APIS: &'static [&'static str] = &[ACCESS_TOKEN, REFRESH_TOKEN, RENEW_REFRESH_TOKEN];

    fn contact_of(&self, _: &Call) -> Option<String> {
        None
    }

    fn refuse_crowded(&self, _: &Call, _: Load) -> Option<Answer> {
        None
    }

    fn refuse(&self, call: &Call, fault: Fault) -> Option<Answer> {
        faults::refuse(self, call, fault)
    }

    fn process(&self, call: &Call) -> Answer {
        if wrong_method(call) {
            return self.no_such_api();
        }
        let now = self.now();
        let mut state = self.state();
        let outcome = outcome(&mut state, call, now);
        let style = state.style;
        drop(state);
        match outcome {
            Ok(success) => envelope::success(kind_of(call), style, success, &self.trace()),
            Err(refusal) => self.error(call, &refusal),
        }
    }

    fn distort(&self, call: &Call, fault: Fault, answer: Answer) -> Answer {
        faults::distort(self, call, fault, answer)
    }
}
