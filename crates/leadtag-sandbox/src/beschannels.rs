//! BesChannels (致趣百川): leads, groups and scores, under `/beschannels`.
//!
//! Each file says what of it is documented and what is inferred. Documented for all calls: POST,
//! the token as the query parameter `access_token`, multipart or JSON by endpoint. Inferred: the
//! method is checked first (-2, "wrong address"), then the token, a missing one being 2 like a
//! wrong one, then the body; an unknown path is a plain 404. The endpoints for tags, for the
//! list of groups and for the list of market leads are not here: their paths are not documented.

mod access;
mod body;
mod codes;
mod envelope;
mod events;
mod faults;
mod form;
mod history;
mod kinds;
mod leads;
mod lists;
mod people;
mod rows;
mod scores;
mod shape;
mod state;
mod table;
mod tokens;
mod users;

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::Router;
use axum::http::Method;
use serde_json::{Map, Value};

pub use access::BeschannelsAccess;
use body::Body;
use envelope::{Outcome, Refusal, Success};
use kinds::LEADS;
pub use shape::{BeschannelsEmpty, BeschannelsLifetime};
use state::State;

use crate::call::{Answer, Call};
use crate::counters::Load;
use crate::exchange::Platform;
use crate::fault::Fault;
use crate::service::{Service, routes};
use crate::shared::Shared;

/// Name in counters and faults, and path.
static APIS: [(&str, &str); 14] = [
    (GET_TOKEN, "/api/get-access-token"),
    (GROUP_USERS, "/leads/open-api/group-user-list"),
    (DATA_LIST, "/leads/open-api/data-list-v2"),
    ("leads-details", "/leads/open-api/leads-details"),
    ("batch-score-list", "/leads/open-api/batch-score-list"),
    ("edit-leads", "/leads/open-api/edit-leads"),
    ("del-leads", "/leads/open-api/del-leads"),
    ("assign-leads", "/leads/open-api/assign-leads"),
    ("get-remarks-list", "/leads/open-api/get-remarks-list"),
    ("leads-behavior-type", "/leads/open-api/leads-behavior-type"),
    ("leads-behavior-list", "/leads/open-api/leads-behavior-list"),
    ("customers-add", "/leads/open-api/customers-add"),
    ("save-user-behavior", "/leads/open-api/save-user-behavior"),
    ("cdp/detail", "/cdp/open-api/detail"),
];
const GET_TOKEN: &str = "get-access-token";
const GROUP_USERS: &str = "group-user-list";
const DATA_LIST: &str = "data-list-v2";

/// Its name in the configuration.
pub(crate) const NAME: &str = "beschannels";

/// The names its APIs have in counters and faults.
pub(crate) fn api_names() -> impl Iterator<Item = &'static str> {
    APIS.iter().map(|(name, _)| *name)
}

/// The sandboxed organisation.
#[derive(Debug)]
pub(crate) struct Beschannels {
    shared: Arc<Shared>,
    state: Mutex<State>,
}

impl Service for Beschannels {
    fn name(&self) -> &'static str {
        NAME
    }

    fn router(self: Arc<Self>) -> Router {
        routes(&self.shared, &self, APIS.iter().map(|(name, path)| (*path, *name)))
    }

    fn config_toml(&self, addr: SocketAddr) -> String {
        BeschannelsAccess::new(addr).config_toml()
    }

    fn expire_tokens(&self) {
        self.state().tokens.end_all();
    }

    fn revoke_tokens(&self) {
        self.state().tokens.end_all();
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

impl Beschannels {
    pub(crate) fn new(shared: Arc<Shared>, seed: u64, leads: usize) -> Self {
        Self { shared, state: Mutex::new(State::new(seed, leads)) }
    }

    /// Puts a market lead on top of the list; answers its `identity_id`.
    pub(crate) fn insert_lead(&self) -> String {
        let now = self.shared.clock.now();
        let mut state = self.state();
        let inserted = state.table_mut(LEADS).map(|table| {
            let id = table.insert(now);
            table.identity(id)
        });
        inserted.unwrap_or_default()
    }

    pub(crate) fn set_lifetime(&self, lifetime: BeschannelsLifetime) {
        self.state().lifetime = lifetime;
    }

    pub(crate) fn set_empty(&self, empty: BeschannelsEmpty) {
        self.state().empty = empty;
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn outcome(&self, call: &Call) -> Outcome {
        if call.method != Method::POST {
            return Err(Refusal::new(codes::WRONG_ADDRESS));
        }
        let now = self.shared.clock.now();
        let mut state = self.state();
        if call.api == GET_TOKEN {
            return access_token(&mut state, call, now);
        }
        state.tokens.check(call.param("access_token"), now)?;
        match call.api {
            GROUP_USERS => lists::group_users(&state, call),
            DATA_LIST => lists::data_list(&state, call),
            "leads-details" => leads::details(&state, call),
            "batch-score-list" => scores::batch(&state, call),
            "edit-leads" => leads::edit(&mut state, call, now),
            "del-leads" => leads::delete(&mut state, call),
            "assign-leads" => leads::assign(&mut state, call),
            "get-remarks-list" => history::remarks(&state, call),
            "leads-behavior-type" => history::behavior_types(&state, call),
            "leads-behavior-list" => history::behaviors(&state, call),
            "customers-add" => leads::add_customer(&mut state, call, now),
            "save-user-behavior" => events::save_behavior(&mut state, call),
            "cdp/detail" => events::table_detail(&state, call),
            _ => Err(Refusal::new(codes::WRONG_ADDRESS)),
        }
    }
}

fn access_token(state: &mut State, call: &Call, now: u64) -> Outcome {
    let body = Body::read(call, &["appId", "appSecret"])?;
    let (app_id, secret) = (body.text("appId")?, body.text("appSecret")?);
    let (token, left) = state.tokens.token(app_id, secret, now)?;
    let mut data = Map::new();
    data.insert("access_token".to_owned(), token.into());
    if let Some(member) = state.lifetime.member() {
        data.insert(member.to_owned(), left.into());
    }
    Success::read(&data)
}

impl Platform for Beschannels {
    const NAME: &'static str = NAME;
    const TOKEN_APIS: &'static [&'static str] = &[GET_TOKEN];

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
        match self.outcome(call) {
            Ok(success) => envelope::success(&success),
            Err(refusal) => envelope::error(&refusal),
        }
    }

    fn distort(&self, call: &Call, fault: Fault, answer: Answer) -> Answer {
        faults::distort(self, call, fault);
        answer
    }
}
