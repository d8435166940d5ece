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
        None | Some("0") => 0,
        Some(wxid) => people.contact_at(wxid).ok_or_else(|| bad("start_wxid"))? + 1,
    };
    let from = time(params, "start_make_time")?.map_or(0, |time| people.first_made_from(time));
    let to = time(params, "end_make_time")?.and_then(|time| time.checked_add(1));
    let to = to.map_or(people.contacts, |time| people.first_made_from(time));
    let wanted = Wanted::of(params)?;
    let before = people::count_before(account, behind.max(from));
    let matching = people::count_before(account, to).saturating_sub(before);
    let shown = wanted.range(matching).filter_map(|n| people::nth(account, before + n));
    let row = |at| json!({ "id": people::contact_id(at), "wxid": people::contact_wxid(at) });
    Success::page(shown.map(row).collect::<Vec<_>>(), wanted.pager(matching))
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
