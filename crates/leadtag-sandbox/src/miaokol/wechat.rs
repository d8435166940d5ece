//! Accounts and customers, as far as they are documented.
//!
//! Documented: `wechat/list` with its filter, `id` and `wxid` of its rows; the parameters of
//! `wechat/contacts` up to `page`; `wechat/contactInfo` whole. Inferred: `page_size` and the pager
//! of `wechat/contacts`, that its rows have `id` and `wxid` as well, oldest first, both ends of the
//! times included, and that `start_wxid` leaves out that customer and those before it; an unknown
//! wxid is 1. Members nobody has documented are left out.

use serde_json::json;

use super::codes;
use super::envelope::{Outcome, Refusal, Success};
use super::page::Wanted;
use super::params::{Params, bad};
use super::people::{self, ACCOUNTS, People};

pub(super) fn accounts(params: &Params) -> Outcome {
    let online = match params.int("online")? {
        None | Some(-1) => None,
        Some(0) => Some(false),
        Some(1) => Some(true),
        Some(_) => return Err(bad("online")),
    };
    let numbered = ACCOUNTS.iter().enumerate();
    let matching = numbered.filter(|(_, account)| online.is_none_or(|is| is == account.online));
    let (rows, pager) = Wanted::of(params)?.take(matching);
    let row =
        |(at, account): (usize, &people::Account)| json!({ "id": at + 1, "wxid": account.wxid });
    Success::page(rows.into_iter().map(row).collect::<Vec<_>>(), pager)
}

pub(super) fn contacts(people: &People, params: &Params) -> Outcome {
    let account = people::account_at(params.required_text("rel_wxid")?);
    let account = account.ok_or_else(|| Refusal::about(codes::EXCEPTION, "rel_wxid"))?;
    let behind = match params.text("start_wxid")? {
        None | Some("0") => None,
        Some(wxid) => Some(people.contact_at(wxid).ok_or_else(|| bad("start_wxid"))?),
    };
    let from = time(params, "start_make_time")?.unwrap_or(0);
    let to = time(params, "end_make_time")?.unwrap_or(u64::MAX);
    let wanted = Wanted::of(params)?;
    let matching = people.contacts_of(account).filter(|at| {
        behind.is_none_or(|behind| *at > behind) && (from..=to).contains(&people::make_time(*at))
    });
    let (rows, pager) = wanted.take(matching);
    let row = |at| json!({ "id": people::contact_id(at), "wxid": people::contact_wxid(at) });
    Success::page(rows.into_iter().map(row).collect::<Vec<_>>(), pager)
}

pub(super) fn contact_info(people: &People, params: &Params) -> Outcome {
    let contact = people.contact_at(params.required_text("wxid")?);
    let contact = contact.ok_or_else(|| Refusal::about(codes::EXCEPTION, "wxid"))?;
    let accounts: Vec<_> = people::accounts_of(contact).map(people::rel_wxid).collect();
    Success::read(json!({ "rel_wxids": accounts, "room_wxids": people::rooms_of(contact) }))
}

fn time(params: &Params, name: &str) -> Result<Option<u64>, Refusal> {
    params.int(name)?.map(u64::try_from).transpose().map_err(|_| bad(name))
}
