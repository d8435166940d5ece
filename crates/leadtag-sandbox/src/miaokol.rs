//! Miaokol (云真机): smart tags, under `/miaokol` and, as on an OEM domain, `/miaokol/oapi`.
//!
//! Each file says what of it is documented and what is inferred. Documented for all calls: `app_id`
//! and `access_token` as query parameters of a GET and as JSON members of a POST, and 405, 406 and
//! 407 as codes in the body. Inferred: their status 200; the order of the checks, which is method,
//! form of the body, credentials, rate, parameters; a plain 404 for an unknown path. The other lists
//! of `/wechat` are not here: too little of their answers is documented.

mod access;
mod codes;
mod envelope;
mod faults;
mod limits;
mod page;
mod params;
mod people;
mod seed;
mod state;
mod tag_calls;
mod tags;
mod tokens;
mod wechat;

use std::net::SocketAddr;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::Method;
use serde_json::Value;

pub use access::MiaokolAccess;
use envelope::{Outcome, Refusal};
use params::Params;
use state::State;

use crate::call::{Answer, Call};
use crate::counters::Load;
use crate::exchange::Platform;
use crate::fault::Fault;
use crate::service::{Service, routes};
use crate::shared::Shared;

/// One API: its name in counters and faults, its path, its method, and its parameters beside
/// `app_id` and `access_token`.
#[derive(Debug)]
struct Api {
    name: &'static str,
    path: &'static str,
    method: Method,
    params: &'static [&'static str],
}

const fn get(name: &'static str, path: &'static str, params: &'static [&'static str]) -> Api {
    Api { name, path, method: Method::GET, params }
}

const fn post(name: &'static str, path: &'static str, params: &'static [&'static str]) -> Api {
    Api { name, path, method: Method::POST, params }
}

static APIS: [Api; 9] = [
    post(TOKEN, "/oauth/token", &["app_secret", "grand_type"]),
    get(LIST, "/smart-tag/list", &["with_tags", "id", "page", "page_size"]),
    post("smart-tag/add", "/smart-tag/add", &["id", "name", "type", "parent_id"]),
    post("smart-tag/delete", "/smart-tag/delete", &["id"]),
    post(
        "smart-tag/batchAddTag",
        "/smart-tag/batchAddTag",
        &["group_id", "group_name", "tag_names"],
    ),
    post(
        UPDATE_CONTACT,
        "/smart-tag/updateContact",
        &["rel_wxid", "contact_wxid", "smart_tag_ids"],
    ),
    get("wechat/list", "/wechat/list", &["online", "page", "page_size"]),
    get(
        "wechat/contacts",
        "/wechat/contacts",
        &["rel_wxid", "start_wxid", "start_make_time", "end_make_time", "page", "page_size"],
    ),
    get("wechat/contactInfo", "/wechat/contactInfo", &["wxid"]),
];
const TOKEN: &str = "oauth/token";
const LIST: &str = "smart-tag/list";
const UPDATE_CONTACT: &str = "smart-tag/updateContact";

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
}

impl Service for Miaokol {
    fn name(&self) -> &'static str {
        NAME
    }

    fn router(self: Arc<Self>) -> Router {
        let plain = routes(&self.shared, &self, APIS.iter().map(|api| (api.path, api.name)));
        plain.clone().nest(access::OEM_PREFIX, plain)
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
        self.state().snapshot(self.shared.clock.now())
    }
}

impl Miaokol {
    pub(crate) fn new(shared: Arc<Shared>, seed: u64, leads: usize) -> Self {
        Self { shared, state: Mutex::new(State::new(seed, leads)) }
    }

    pub(crate) fn set_literal_sample(&self, literal: bool) {
        self.state().literal_sample = literal;
    }

    pub(crate) fn set_flat_token(&self, flat: bool) {
        self.state().flat_token = flat;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outcome(&self, call: &Call) -> Outcome {
        let api = APIS.iter().find(|api| api.name == call.api && api.method == call.method);
        let api = api.ok_or_else(|| Refusal::new(codes::WRONG_METHOD))?;
        let params = Params::read(call)?;
        let now = self.shared.clock.now();
        let mut state = self.state();
        if api.name == TOKEN {
            tokens::check_credentials(&params)?;
        } else {
            state.tokens.check(&params, now)?;
        }
        if self.shared.limits_enforced.load(Ordering::Relaxed) && !state.limits.allow(now) {
            return Err(Refusal::new(codes::RATE_LIMITED));
        }
        params.check_names(api.params)?;
        match api.name {
            TOKEN => state.issue_token(now),
            LIST => tag_calls::list(&state, &params),
            "smart-tag/add" => tag_calls::add(&mut state, &params, now),
            "smart-tag/delete" => tag_calls::delete(&mut state, &params, now),
            "smart-tag/batchAddTag" => tag_calls::batch_add(&mut state, &params, now),
            UPDATE_CONTACT => tag_calls::update_contact(&mut state, &params),
            "wechat/list" => wechat::accounts(&params),
            "wechat/contacts" => wechat::contacts(&state.people, &params),
            "wechat/contactInfo" => wechat::contact_info(&state.people, &params),
            other => Err(Refusal::about(codes::EXCEPTION, other)),
        }
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
        let (rel_wxid, contact_wxid) = (params.text("rel_wxid"), params.text("contact_wxid"));
        Some(format!("{}/{}", rel_wxid.ok()??, contact_wxid.ok()??))
    }

    fn refuse_crowded(&self, _: &Call, _: Load) -> Option<Answer> {
        None
    }

    fn refuse(&self, call: &Call, fault: Fault) -> Option<Answer> {
        faults::refuse(self, call, fault)
    }

    fn process(&self, call: &Call) -> Answer {
        match self.outcome(call) {
            Ok(success) => envelope::success(success),
            Err(refusal) => envelope::error(&refusal),
        }
    }

    fn distort(&self, call: &Call, fault: Fault, answer: Answer) -> Answer {
        faults::distort(self, call, fault);
        answer
    }
}
