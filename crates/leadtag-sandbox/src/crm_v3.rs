//! CRM v3 (探马, Tanma): leads, their follow-ups and the tag library, under `/crm-v3`.
//!
//! Each file says what of it is documented and what is inferred. Of the way a call is made: `POST`
//! with JSON, the three headers and the signature over the exact bytes of the body, 1002 and 1003,
//! errors at status 200. Inferred: another method is 405, another content type 415, both as plain
//! text; the sandbox's own code 990001 for a parameter it does not take. A call with the header
//! `appKey` is refused with status 400: it would give the secret away, and no public client needs it.
//! The server's clock is in the `Date` header of every answer.
//!
//! | call | source |
//! |---|---|
//! | `clue/get` | the vendor's document |
//! | `clue/list-by-create-time-asc`, `clue/list-follow-up`, `tags/list-tree`, `customer/list-fields` | the vendor's pages, seen once |
//! | `profile-fields` | two public clients; its members but `id` inferred |
//! | `echo`, `profile-fields/map` and all writes | single public client; answers mostly inferred |

mod access;
mod codes;
mod cursor;
mod envelope;
mod faults;
mod leads;
mod library;
mod reads;
mod request;
mod schema;
mod sign;
mod state;
mod time;
mod writes;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::http::{Method, StatusCode};
use serde_json::Value;

pub use access::CrmV3Access;
use envelope::{Outcome, Refusal, Success, Word};
use state::State;

use crate::call::{Answer, Call};
use crate::counters::Load;
use crate::exchange::Platform;
use crate::fault::Fault;
use crate::service::{Service, routes};
use crate::shared::Shared;

/// Its name in the configuration.
pub(crate) const NAME: &str = "crm-v3";

const LIST: &str = "clue/list-by-create-time-asc";

/// The calls: path, and name in counters and faults.
static APIS: [(&str, &str); 14] = [
    ("/api/v3/clue/get", "clue/get"),
    ("/api/v3/clue/list-by-create-time-asc", LIST),
    ("/api/v3/clue/list-follow-up", "clue/list-follow-up"),
    ("/api/v3/tags/list-tree", "tags/list-tree"),
    ("/api/v3/profile-fields", "profile-fields"),
    ("/api/v3/profile-fields/map", "profile-fields/map"),
    ("/api/v2/customer/list-fields", "customer/list-fields"),
    ("/api/v3/echo", "echo"),
    ("/api/v3/add-clue", "add-clue"),
    ("/api/v3/clue/edit-field", "clue/edit-field"),
    ("/api/v3/import-customer", "import-customer"),
    ("/api/v3/save-highseas", "save-highseas"),
    ("/api/v3/customer/update-by-id", "customer/update-by-id"),
    ("/api/v3/customer-relation/edit-field", "customer-relation/edit-field"),
];

/// The names its APIs have in counters and faults.
pub(crate) fn api_names() -> impl Iterator<Item = &'static str> {
    APIS.iter().map(|(_, name)| *name)
}

/// The sandboxed tenant.
#[derive(Debug)]
pub(crate) struct CrmV3 {
    shared: Arc<Shared>,
    state: Mutex<State>,
}

impl Service for CrmV3 {
    fn name(&self) -> &'static str {
        NAME
    }

    fn router(self: Arc<Self>) -> Router {
        routes(&self.shared, &self, APIS)
    }

    fn config_toml(&self, addr: SocketAddr) -> String {
        CrmV3Access::new(addr).config_toml()
    }

    fn expire_tokens(&self) {}

    fn revoke_tokens(&self) {}

    fn reject_all_tokens(&self, reject: bool) {
        self.state().reject_all = reject;
    }

    fn issued_tokens(&self) -> u64 {
        0
    }

    fn reset_issued_tokens(&self) {}

    fn snapshot(&self) -> Value {
        self.state().snapshot()
    }
}

impl CrmV3 {
    pub(crate) fn new(shared: Arc<Shared>, seed: u64, leads: usize) -> Self {
        Self { shared, state: Mutex::new(State::new(seed, leads)) }
    }

    /// Adds a lead made now, or at a time of the platform's form; its id, or `None` if the time
    /// cannot be read.
    pub(crate) fn insert_lead(&self, create_time: Option<&str>) -> Option<String> {
        let created = create_time.map_or_else(|| Some(self.now()), time::parse)?;
        Some(self.state().add_somebody(created).to_string())
    }

    /// `false` if there is no such lead or field, or the value does not fit the field.
    pub(crate) fn edit_lead(&self, customer_id: &str, field: &str, value_as_text: &str) -> bool {
        let now = self.now();
        let Ok(id) = customer_id.parse() else {
            return false;
        };
        let mut state = self.state();
        let value = state.field(field).and_then(|(at, definition)| {
            let value = definition.check(value_as_text)?;
            Ok(vec![(at, value)])
        });
        value.is_ok_and(|value| state.edit(id, value, now).is_ok())
    }

    pub(crate) fn set_clock_skew(&self, seconds: i64) {
        self.state().skew_seconds = seconds;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// This platform's clock, in seconds since the Unix epoch.
    fn now(&self) -> i64 {
        let now = i64::try_from(self.shared.clock.now()).unwrap_or(i64::MAX);
        now.saturating_add(self.state().skew_seconds)
    }

    fn outcome(&self, call: &Call, now: i64) -> Outcome {
        sign::check(call, now)?;
        let mut state = self.state();
        if state.reject_all {
            return Err(Refusal::new(codes::INVALID_SIGN));
        }
        answer(&mut state, call, now)
    }
}

fn answer(state: &mut State, call: &Call, now: i64) -> Outcome {
    let body = &call.body[..];
    match call.api {
        "clue/get" => reads::get(state, body),
        LIST => reads::list(state, body),
        "clue/list-follow-up" => reads::list_follow_up(state, body),
        "tags/list-tree" => {
            request::Fields::parse(body, &[])?;
            Success::read(Word::Success, &library::groups())
        }
        "profile-fields" => reads::profile_fields(state, body),
        "profile-fields/map" => writes::map_field(state, body),
        "customer/list-fields" => reads::list_fields(body),
        "echo" => {
            request::json_or_nothing(body)?;
            Success::repeat(&call.body)
        }
        "add-clue" => writes::add_clue(state, body, now),
        "clue/edit-field" => writes::edit_field(state, body, now),
        "import-customer" => writes::import_customer(state, body),
        "save-highseas" => writes::save_highseas(state, body),
        "customer/update-by-id" => writes::update_by_id(state, body, now),
        "customer-relation/edit-field" => writes::edit_relation(state, body),
        other => Err(Refusal::because(codes::INTERNAL, format!("no such API: {other}"))),
    }
}

/// The answer to a call that is not made as all calls are.
fn not_a_call(call: &Call) -> Option<Answer> {
    let plain = |status, text| Some(Answer::plain(status, "text/plain", text));
    if call.method != Method::POST {
        return plain(StatusCode::METHOD_NOT_ALLOWED, "every call is a POST");
    }
    let content_type = call.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let essence = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let json = essence.eq_ignore_ascii_case("application/json");
    if !json && !call.body.is_empty() {
        return plain(StatusCode::UNSUPPORTED_MEDIA_TYPE, "every body is application/json");
    }
    None
}

impl Platform for CrmV3 {
    const NAME: &'static str = NAME;
    const TOKEN_APIS: &'static [&'static str] = &[];

    fn contact_of(&self, _call: &Call) -> Option<String> {
        None
    }

    fn refuse_crowded(&self, _call: &Call, _load: Load) -> Option<Answer> {
        None
    }

    fn refuse(&self, call: &Call, fault: Fault) -> Option<Answer> {
        faults::refuse(self, call, fault)
    }

    fn process(&self, call: &Call) -> Answer {
        let now = self.now();
        let answer = not_a_call(call).unwrap_or_else(|| match self.outcome(call, now) {
            Ok(success) => envelope::success(&success),
            Err(refusal) => envelope::error(&refusal),
        });
        envelope::dated(answer, now)
    }

    fn distort(&self, call: &Call, fault: Fault, answer: Answer) -> Answer {
        faults::distort(self, call, fault, answer)
    }
}
