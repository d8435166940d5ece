//! Accounts and customers, as far as they are documented; what is not is left out.
//!
//! Documented: the paths, methods and parameters; `id` and `wxid` of an account; `id`, `user_id` and
//! `sub_user_id` of `contactDetail`; the whole answer of `contactInfo`. The rest of the fields is
//! unknown. Inferred: that a row of `contacts` holds the `wxid`; `page` and `page_size` there;
//! oldest customers first; both ends of the time window belong to it; 1001 for an unknown wxid; 406
//! for another value of `online`. The deprecated `start_wxid` is ignored.

use serde::Serialize;

use super::codes;
use super::company;
use super::envelope::{Outcome, Refusal, Success};
use super::paging::Page;
use super::params::Params;
use super::state::State;
use super::tag_views::{SUB_USER_ID, USER_ID};

#[derive(Serialize)]
struct Account {
    id: usize,
    wxid: String,
}

pub(super) fn accounts(params: &Params<'_>) -> Outcome {
    let online = match params.integer("online")? {
        None | Some(-1) => None,
        Some(0) => Some(false),
        Some(1) => Some(true),
        Some(_) => return Err(Refusal::parameter("online")),
    };
    let page = Page::read(params)?;
    let wanted =
        |account: &usize| online.is_none_or(|online| online == company::is_online(*account));
    let accounts: Vec<_> = company::accounts().filter(wanted).collect();
    let shown = accounts.get(page.range(accounts.len())).unwrap_or_default();
    let row = |at: &usize| Account { id: at + 1, wxid: company::account_wxid(*at) };
    Success::page(&shown.iter().map(row).collect::<Vec<_>>(), page.pager(accounts.len()))
}

#[derive(Serialize)]
struct Contact {
    wxid: String,
}

pub(super) fn contacts(state: &State, params: &Params<'_>) -> Outcome {
    let account = account(params)?;
    let start = params.integer("start_make_time")?;
    let end = params.integer("end_make_time")?;
    let page = Page::read(params)?;
    let company = state.company;
    let from = start.map_or(0, |time| company.first_added_from(time));
    let to = end.map_or(company.contacts, |time| company.first_added_from(time.saturating_add(1)));
    let before = company.count_before(account, from);
    let records = company.count_before(account, to).saturating_sub(before);
    let shown = page.range(records).filter_map(|n| company.nth(account, before + n));
    let data: Vec<_> = shown.map(|at| Contact { wxid: company::contact_wxid(at) }).collect();
    Success::page(&data, page.pager(records))
}

#[derive(Serialize)]
struct Detail {
    id: usize,
    user_id: u8,
    sub_user_id: u8,
}

pub(super) fn detail(state: &State, params: &Params<'_>) -> Outcome {
    let account = account(params)?;
    let contact = contact(state, params)?;
    if !company::has(account, contact) {
        return Err(unknown("wxid"));
    }
    Success::read(&Detail { id: contact + 1, user_id: USER_ID, sub_user_id: SUB_USER_ID })
}

#[derive(Serialize)]
struct Info {
    rel_wxids: Vec<String>,
    room_wxids: Vec<String>,
}

pub(super) fn info(state: &State, params: &Params<'_>) -> Outcome {
    let contact = contact(state, params)?;
    Success::read(&Info {
        rel_wxids: company::accounts_of(contact).map(company::account_wxid).collect(),
        room_wxids: company::rooms_of(contact),
    })
}

fn account(params: &Params<'_>) -> Result<usize, Refusal> {
    company::account_at(params.required("rel_wxid")?).ok_or_else(|| unknown("rel_wxid"))
}

fn contact(state: &State, params: &Params<'_>) -> Result<usize, Refusal> {
    state.company.contact_at(params.required("wxid")?).ok_or_else(|| unknown("wxid"))
}

fn unknown(name: &str) -> Refusal {
    Refusal::because(codes::BASE_SERVICE, format!("{name}不存在"))
}
