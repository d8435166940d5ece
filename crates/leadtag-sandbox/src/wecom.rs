//! WeCom (企业微信): corp tags, strategy tags and customers, under `/wecom`.
//!
//! Each file says what of it is documented and what is inferred. For the envelope: status 200 with
//! `errcode` in the body and the `error-code` / `error-msg` headers, empty result fields in error
//! bodies and the shape of `errmsg` are documented or seen in public dumps; which result fields
//! an error of the add, batch and strategy calls holds is inferred. A wrong method is 40063 and an
//! unknown path is a plain 404, both inferred. The token is checked before anything else.

mod access;
mod apps;
mod codes;
mod company;
mod contacts;
mod envelope;
mod faults;
mod fields;
mod limits;
mod mark;
mod seed;
mod state;
mod tag_calls;
mod tag_views;
mod tags;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::Method;
use serde_json::{Value, json};

pub use access::WecomAccess;
use envelope::{Outcome, Refusal, Success, Trace};
use fields::Fields;
use state::{Caller, State};
use tag_calls::Kind;

use crate::call::{Answer, Call};
use crate::counters::Load;
use crate::exchange::Platform;
use crate::fault::Fault;
use crate::service::{Service, routes};
use crate::shared::Shared;

/// One API: its name in counters and faults, how it is called, and the empty result fields of its
/// error bodies.
#[derive(Debug)]
struct Api {
    name: &'static str,
    path: &'static str,
    method: Method,
    empty: &'static str,
}

const fn api(name: &'static str, path: &'static str, method: Method, empty: &'static str) -> Api {
    Api { name, path, method, empty }
}

const GROUPS: &str = "\"tag_group\":[]";
const GROUP: &str = "\"tag_group\":{}";
const IDS: &str = "\"external_userid\":[]";
const CONTACT: &str = "\"external_contact\":{},\"follow_user\":[]";
const BATCH: &str = "\"external_contact_list\":[],\"next_cursor\":\"\"";

static APIS: [Api; 13] = [
    api("gettoken", "/cgi-bin/gettoken", Method::GET, ""),
    api("get_corp_tag_list", "/cgi-bin/externalcontact/get_corp_tag_list", Method::POST, GROUPS),
    api("add_corp_tag", "/cgi-bin/externalcontact/add_corp_tag", Method::POST, GROUP),
    api("edit_corp_tag", "/cgi-bin/externalcontact/edit_corp_tag", Method::POST, ""),
    api("del_corp_tag", "/cgi-bin/externalcontact/del_corp_tag", Method::POST, ""),
    api(
        "get_strategy_tag_list",
        "/cgi-bin/externalcontact/get_strategy_tag_list",
        Method::POST,
        GROUPS,
    ),
    api("add_strategy_tag", "/cgi-bin/externalcontact/add_strategy_tag", Method::POST, GROUP),
    api("edit_strategy_tag", "/cgi-bin/externalcontact/edit_strategy_tag", Method::POST, ""),
    api("del_strategy_tag", "/cgi-bin/externalcontact/del_strategy_tag", Method::POST, ""),
    api(MARK_TAG, "/cgi-bin/externalcontact/mark_tag", Method::POST, ""),
    api("list", "/cgi-bin/externalcontact/list", Method::GET, IDS),
    api("get", "/cgi-bin/externalcontact/get", Method::GET, CONTACT),
    api("batch_get_by_user", "/cgi-bin/externalcontact/batch/get_by_user", Method::POST, BATCH),
];
const MARK_TAG: &str = "mark_tag";

/// Its name in the configuration.
pub(crate) const NAME: &str = "wecom";

/// The names its APIs have in counters and faults.
pub(crate) fn api_names() -> impl Iterator<Item = &'static str> {
    APIS.iter().map(|api| api.name)
}

/// The sandboxed corp.
#[derive(Debug)]
pub(crate) struct Wecom {
    shared: Arc<Shared>,
    state: Mutex<State>,
    hints: AtomicU64,
}

impl Service for Wecom {
    fn name(&self) -> &'static str {
        NAME
    }

    fn router(self: Arc<Self>) -> Router {
        routes(&self.shared, &self, APIS.iter().map(|api| (api.path, api.name)))
    }

    fn config_toml(&self, addr: SocketAddr) -> String {
        WecomAccess::new(addr).config_toml()
    }

    fn expire_tokens(&self) {
        self.state().apps.expire(None);
    }

    fn revoke_tokens(&self) {
        self.state().apps.revoke(None);
    }

    fn reject_all_tokens(&self, reject: bool) {
        self.state().apps.reject_all(reject);
    }

    fn issued_tokens(&self) -> u64 {
        self.state().apps.issued()
    }

    fn reset_issued_tokens(&self) {
        self.state().apps.reset_issued();
    }

    fn snapshot(&self) -> Value {
        self.state().snapshot()
    }
}

impl Wecom {
    pub(crate) fn new(shared: Arc<Shared>, seed: u64, customers: usize) -> Self {
        Self { shared, state: Mutex::new(State::new(seed, customers)), hints: AtomicU64::new(1) }
    }

    pub(crate) fn add_tags(&self, groups: usize, tags_per_group: usize) {
        seed::add_bulk(&mut self.state().tags, groups, tags_per_group);
    }

    /// `false` if there is no such customer.
    pub(crate) fn add_followers(&self, external_userid: &str, count: usize) -> bool {
        let company = &mut self.state().company;
        let at = company.customer_at(external_userid);
        at.map(|at| company.add_followers(at, count)).is_some()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn error(&self, call: &Call, refusal: &Refusal) -> Answer {
        self.error_from(call, refusal, "127.0.0.1")
    }

    fn error_from(&self, call: &Call, refusal: &Refusal, from_ip: &str) -> Answer {
        let hint = 1_700_000_000_000_000 + self.hints.fetch_add(1, Ordering::Relaxed);
        let empty = APIS.iter().find(|api| api.name == call.api).map_or("", |api| api.empty);
        envelope::error(refusal, empty, Trace { from_ip, hint })
    }

    fn outcome(&self, call: &Call) -> Outcome {
        let now = self.shared.clock.now();
        let mut state = self.state();
        let state = &mut *state;
        let wrong_method = APIS.iter().any(|api| api.name == call.api && api.method != call.method);
        if call.api == "gettoken" {
            if wrong_method {
                return Err(Refusal::new(codes::EMPTY_ARGUMENT));
            }
            self.check_rates(state, call, now)?;
            return gettoken(state, call, now);
        }
        let app = state.apps.app_of(call.param("access_token"), now)?;
        self.check_rates(state, call, now)?;
        if wrong_method {
            return Err(Refusal::new(codes::EMPTY_ARGUMENT));
        }
        answer(state, Caller { app, now }, call)
    }

    /// The limits a caller asks for with `debug=1` hold always, the real ones only if switched on.
    fn check_rates(&self, state: &mut State, call: &Call, now: u64) -> Result<(), Refusal> {
        let debug = call.param("debug") == Some("1");
        let enforced = self.shared.limits_enforced.load(Ordering::Relaxed);
        let refused = (debug && !state.limits.allow_debug(call.api, now))
            || (enforced && !state.limits.allow(call.api, now));
        if refused { Err(Refusal::new(codes::RATE_LIMITED)) } else { Ok(()) }
    }
}

fn gettoken(state: &mut State, call: &Call, now: u64) -> Outcome {
    let (corp_id, secret) = (call.param("corpid"), call.param("corpsecret"));
    let (access_token, expires_in) = state.apps.token(corp_id, secret, now)?;
    Success::read(&json!({ "access_token": access_token, "expires_in": expires_in }))
}

fn answer(state: &mut State, caller: Caller, call: &Call) -> Outcome {
    match call.api {
        "list" => return contacts::list(state, call),
        "get" => return contacts::get(state, call),
        _ => {}
    }
    let fields = Fields::parse(&call.body)?;
    match call.api {
        "get_corp_tag_list" => tag_calls::list(state, Kind::Corp, caller, &fields),
        "add_corp_tag" => tag_calls::add(state, Kind::Corp, caller, &fields),
        "edit_corp_tag" => tag_calls::edit(state, Kind::Corp, caller, &fields),
        "del_corp_tag" => tag_calls::delete(state, Kind::Corp, caller, &fields),
        "get_strategy_tag_list" => tag_calls::list(state, Kind::Strategy, caller, &fields),
        "add_strategy_tag" => tag_calls::add(state, Kind::Strategy, caller, &fields),
        "edit_strategy_tag" => tag_calls::edit(state, Kind::Strategy, caller, &fields),
        "del_strategy_tag" => tag_calls::delete(state, Kind::Strategy, caller, &fields),
        MARK_TAG => mark::mark(state, caller, &fields),
        "batch_get_by_user" => contacts::batch(state, &fields),
        other => Err(Refusal::because(codes::BUSY, format!("no such API: {other}"))),
    }
}

impl Platform for Wecom {
    const NAME: &'static str = NAME;
    const TOKEN_APIS: &'static [&'static str] = &["gettoken"];

    fn contact_of(&self, call: &Call) -> Option<String> {
        if call.api != MARK_TAG {
            return None;
        }
        let body: Value = serde_json::from_slice(&call.body).ok()?;
        body.get("external_userid")?.as_str().map(str::to_owned)
    }

    fn refuse_crowded(&self, call: &Call, load: Load) -> Option<Answer> {
        let crowded = call.api == MARK_TAG && (load.api > mark::MAX_IN_FLIGHT || load.contact > 1);
        crowded.then(|| self.error(call, &Refusal::new(codes::CONCURRENCY)))
    }

    fn refuse(&self, call: &Call, fault: Fault) -> Option<Answer> {
        faults::refuse(self, call, fault)
    }

    fn process(&self, call: &Call) -> Answer {
        match self.outcome(call) {
            Ok(success) => envelope::success(&success),
            Err(refusal) => self.error(call, &refusal),
        }
    }

    fn distort(&self, call: &Call, fault: Fault, answer: Answer) -> Answer {
        faults::distort(call, fault, answer)
    }
}
