//! Miaokol (云真机): smart tags and as much of the customers as is documented, under `/miaokol`, and
//! under `/miaokol/oapi` as on a domain of one's own (OEM).
//!
//! Each file says what of it is documented and what is inferred. For the envelope: `data`, `pager`
//! and `errcode` in this order, `message` only in an error, status 200 either way (the vendor's
//! pages on the answer format and the error codes). Documented too: `app_id` and `access_token` in
//! the query of a GET and in the JSON body of a POST, nowhere else. Inferred: status 200 for errors;
//! the order of the checks (method, body, `app_id`, rate, token, the rest); an unknown path is a
//! plain 404; a POST without `application/json`, a GET with a body and a value of another type than
//! the documented one are 406.

mod access;
mod codes;
mod company;
mod contact_calls;
mod envelope;
mod faults;
mod limits;
mod paging;
mod params;
mod seed;
mod state;
mod tag_calls;
mod tag_views;
mod tags;
mod tokens;

use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::Method;
use serde_json::{Value, json};

pub use access::MiaokolAccess;
use envelope::{Outcome, Refusal, Success};
use params::Params;
use state::State;
use tokens::APP_ID;

use crate::call::{Answer, Call};
use crate::counters::Load;
use crate::exchange::Platform;
use crate::fault::Fault;
use crate::service::{Service, routes};
use crate::shared::Shared;

/// One API: its name in counters and faults, which is its path without the first slash, and how it
/// is called.
#[derive(Debug)]
struct Api {
    name: &'static str,
    path: &'static str,
    method: Method,
}

const fn api(name: &'static str, path: &'static str, method: Method) -> Api {
    Api { name, path, method }
}

const TOKEN: &str = "oauth/token";
const TAG_LIST: &str = "smart-tag/list";
const TAG_ADD: &str = "smart-tag/add";
const TAG_DELETE: &str = "smart-tag/delete";
const BATCH_ADD: &str = "smart-tag/batchAddTag";
const UPDATE_CONTACT: &str = "smart-tag/updateContact";
const ACCOUNTS: &str = "wechat/list";
const CONTACTS: &str = "wechat/contacts";
const CONTACT_DETAIL: &str = "wechat/contactDetail";
const CONTACT_INFO: &str = "wechat/contactInfo";

static APIS: [Api; 10] = [
    api(TOKEN, "/oauth/token", Method::POST),
    api(TAG_LIST, "/smart-tag/list", Method::GET),
    api(TAG_ADD, "/smart-tag/add", Method::POST),
    api(TAG_DELETE, "/smart-tag/delete", Method::POST),
    api(BATCH_ADD, "/smart-tag/batchAddTag", Method::POST),
    api(UPDATE_CONTACT, "/smart-tag/updateContact", Method::POST),
    api(ACCOUNTS, "/wechat/list", Method::GET),
    api(CONTACTS, "/wechat/contacts", Method::GET),
    api(CONTACT_DETAIL, "/wechat/contactDetail", Method::GET),
    api(CONTACT_INFO, "/wechat/contactInfo", Method::GET),
];

/// Its name in the configuration.
pub(crate) const NAME: &str = "miaokol";

/// The names its APIs have in counters and faults.
pub(crate) fn api_names() -> impl Iterator<Item = &'static str> {
    APIS.iter().map(|api| api.name)
}

/// The sandboxed tenant.
#[derive(Debug)]
pub(crate) struct Miaokol {
    shared: Arc<Shared>,
    state: Mutex<State>,
    literal_sample: AtomicBool,
}

impl Service for Miaokol {
    fn name(&self) -> &'static str {
        NAME
    }

    fn router(self: Arc<Self>) -> Router {
        let plain = routes(&self.shared, &self, APIS.iter().map(|api| (api.path, api.name)));
        plain.clone().nest("/oapi", plain)
    }

    fn config_toml(&self, addr: SocketAddr) -> String {
        MiaokolAccess::new(addr).config_toml()
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

impl Miaokol {
    pub(crate) fn new(shared: Arc<Shared>, seed: u64, contacts: usize) -> Self {
        let state = Mutex::new(State::new(seed, contacts));
        Self { shared, state, literal_sample: AtomicBool::new(false) }
    }

    pub(crate) fn add_tags(&self, groups: usize, tags_per_group: usize) {
        seed::add_bulk(&mut self.state().library, groups, tags_per_group);
    }

    /// Whether a successful `updateContact` is answered with the vendor's sample as it stands.
    pub(crate) fn set_literal_sample(&self, literal: bool) {
        self.literal_sample.store(literal, Ordering::Relaxed);
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outcome(&self, call: &Call) -> Outcome {
        if APIS.iter().any(|api| api.name == call.api && api.method != call.method) {
            return Err(Refusal::new(codes::WRONG_METHOD));
        }
        let params = Params::read(call)?;
        if params.text("app_id")? != Some(APP_ID) {
            return Err(Refusal::new(codes::WRONG_APP_ID));
        }
        let now = self.shared.clock.now();
        let mut state = self.state();
        let enforced = self.shared.limits_enforced.load(Ordering::Relaxed);
        if enforced && !state.limits.allow(now) {
            return Err(Refusal::new(codes::RATE_LIMITED));
        }
        if call.api == TOKEN {
            return token(&mut state, &params, now);
        }
        state.tokens.check(params.text("access_token")?, now)?;
        answer(&mut state, call.api, &params, now)
    }

    fn answer_of(&self, call: &Call, success: Success) -> Answer {
        let literal = call.api == UPDATE_CONTACT && self.literal_sample.load(Ordering::Relaxed);
        let answer = envelope::success(success);
        if literal { answer.with_body(tag_calls::LITERAL_UPDATE_SAMPLE) } else { answer }
    }
}

/// The nesting of the two members under `data` is inferred from the common envelope.
fn token(state: &mut State, params: &Params<'_>, now: u64) -> Outcome {
    let (access_token, expires_in) = state.tokens.issue(params, now)?;
    Success::read(&json!({ "access_token": access_token, "expires_in": expires_in }))
}

fn answer(state: &mut State, api: &str, params: &Params<'_>, now: u64) -> Outcome {
    match api {
        TAG_LIST => tag_calls::list(state, params),
        TAG_ADD => tag_calls::add(state, params, now),
        TAG_DELETE => tag_calls::delete(state, params, now),
        BATCH_ADD => tag_calls::batch_add(state, params, now),
        UPDATE_CONTACT => tag_calls::update_contact(state, params),
        ACCOUNTS => contact_calls::accounts(params),
        CONTACTS => contact_calls::contacts(state, params),
        CONTACT_DETAIL => contact_calls::detail(state, params),
        CONTACT_INFO => contact_calls::info(state, params),
        other => Err(Refusal::because(codes::BASE_SERVICE, format!("no such API: {other}"))),
    }
}

impl Platform for Miaokol {
    const NAME: &'static str = NAME;
    const TOKEN_APIS: &'static [&'static str] = &[TOKEN];

    fn contact_of(&self, call: &Call) -> Option<String> {
        if call.api != UPDATE_CONTACT {
            return None;
        }
        let params = Params::read(call).ok()?;
        let (account, contact) =
            (params.text("rel_wxid").ok()??, params.text("contact_wxid").ok()??);
        Some(format!("{account}/{contact}"))
    }

    /// Nothing is documented about requests in flight.
    fn refuse_crowded(&self, _: &Call, _: Load) -> Option<Answer> {
        None
    }

    fn refuse(&self, call: &Call, fault: Fault) -> Option<Answer> {
        faults::refuse(self, call, fault)
    }

    fn process(&self, call: &Call) -> Answer {
        match self.outcome(call) {
            Ok(success) => self.answer_of(call, success),
            Err(refusal) => envelope::error(&refusal),
        }
    }

    fn distort(&self, call: &Call, fault: Fault, answer: Answer) -> Answer {
        faults::distort(self, call, fault, answer)
    }
}
