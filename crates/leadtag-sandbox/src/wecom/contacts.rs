//! Customers (外部联系人): `list`, `get` and `batch/get_by_user`.
//!
//! Documented (WeCom docs, pages 96314, 96316 and 23414): the fields; 84061 for a member without
//! customers; `follow_info` as one object with tag ids only; the default of 50 and the clamp to
//! 100; `fail_info`; 701008 when no member is licensed; an empty `next_cursor` at the end.
//! Inferred: 40096 for an unknown customer; 40003 for an unknown member; 40058 for a cursor of
//! another query and for a limit below 1; `fail_info` on every page; an empty page, not 84061, in
//! the batch call for members without customers; results in the order of the members asked for. The
//! batch call also takes one `userid`, the form of an older version of the page that some clients
//! still send.

use serde::Serialize;
use serde_json::json;

use super::codes;
use super::company::{Company, Customer};
use super::envelope::{Outcome, Refusal, Success};
use super::fields::{Fields, invalid};
use super::state::State;
use crate::call::Call;
use crate::rng::mix;

/// Followers on one page of `get`.
const FOLLOWERS_PER_PAGE: usize = 500;
const MAX_USERIDS: usize = 100;
const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 100;

pub(super) fn list(state: &State, call: &Call) -> Outcome {
    let userid = call.param("userid").unwrap_or_default();
    if !state.company.is_member(userid) {
        return Err(Refusal::new(codes::INVALID_USERID));
    }
    let customers = state.company.customers_of(userid, 0);
    let external_userid: Vec<_> = customers.map(Company::external_userid).collect();
    if external_userid.is_empty() {
        return Err(Refusal::new(codes::NOT_EXTERNAL_CONTACT));
    }
    Success::read(&json!({ "external_userid": external_userid }))
}

#[derive(Serialize)]
struct Got {
    external_contact: Contact,
    follow_user: Vec<FollowUser>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next_cursor: Option<String>,
}

pub(super) fn get(state: &State, call: &Call) -> Outcome {
    let id = call.param("external_userid").unwrap_or_default();
    if id.is_empty() {
        return Err(Refusal::new(codes::MISSING_EXTERNAL_USERID));
    }
    let Some(at) = state.company.customer_at(id) else {
        return Err(Refusal::new(codes::INVALID_EXTERNAL_USERID));
    };
    let (followers, key) = (state.company.followers(at), fingerprint(&[id]));
    let (_, from) = read_cursor(call.param("cursor"), key)?;
    let page = followers.iter().skip(from).take(FOLLOWERS_PER_PAGE);
    let next = from + FOLLOWERS_PER_PAGE;
    let customer = state.company.customer(at);
    Success::read(&Got {
        follow_user: page.map(|userid| FollowUser::new(state, userid, at, &customer)).collect(),
        next_cursor: (next < followers.len()).then(|| write_cursor(key, 0, next)),
        external_contact: Contact::new(&customer),
    })
}

#[derive(Serialize)]
struct Batch<'a> {
    external_contact_list: Vec<BatchRow>,
    next_cursor: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    fail_info: Option<FailInfo<'a>>,
}

#[derive(Serialize)]
struct FailInfo<'a> {
    unlicensed_userid_list: Vec<&'a str>,
}

#[derive(Serialize)]
struct BatchRow {
    external_contact: Contact,
    follow_info: FollowInfo,
}

pub(super) fn batch(state: &State, fields: &Fields) -> Outcome {
    let mut userids = fields.texts("userid_list")?;
    if userids.is_empty() {
        userids.extend(fields.text("userid")?);
    }
    let limit = match fields.integer("limit")?.unwrap_or(DEFAULT_LIMIT) {
        limit @ 1.. => usize::try_from(limit.min(MAX_LIMIT)).unwrap_or(1),
        _ => return Err(invalid("field `limit` out of range".to_owned())),
    };
    check_userids(state, &userids)?;
    let (licensed, unlicensed): (Vec<&str>, Vec<&str>) =
        userids.iter().partition(|userid| Company::is_licensed(userid));
    if licensed.is_empty() {
        return Err(Refusal::new(codes::UNLICENSED));
    }
    let key = fingerprint(&userids);
    let (member, from) = read_cursor(fields.any_text("cursor")?, key)?;
    let (rows, next) = batch_page(state, &licensed, (member, from), limit);
    Success::read(&Batch {
        external_contact_list: rows,
        next_cursor: next.map(|(m, at)| write_cursor(key, m, at)).unwrap_or_default(),
        fail_info: (!unlicensed.is_empty())
            .then_some(FailInfo { unlicensed_userid_list: unlicensed }),
    })
}

fn check_userids(state: &State, userids: &[&str]) -> Result<(), Refusal> {
    if userids.is_empty() {
        return Err(invalid("field `userid_list` unexpected empty array".to_owned()));
    }
    if userids.len() > MAX_USERIDS {
        return Err(invalid(format!("field `userid_list` exceed max length {MAX_USERIDS}")));
    }
    if userids.iter().all(|userid| state.company.is_member(userid)) {
        return Ok(());
    }
    Err(Refusal::new(codes::INVALID_USERID))
}

/// One page of (member, customer) pairs from a position on, and the position after it.
fn batch_page(
    state: &State,
    members: &[&str],
    (first, from): (usize, usize),
    limit: usize,
) -> (Vec<BatchRow>, Option<(usize, usize)>) {
    let mut rows = Vec::new();
    for (m, userid) in members.iter().enumerate().skip(first) {
        let from = if m == first { from } else { 0 };
        for at in state.company.customers_of(userid, from) {
            if rows.len() == limit {
                return (rows, Some((m, at)));
            }
            let customer = state.company.customer(at);
            rows.push(BatchRow {
                follow_info: FollowInfo::new(state, userid, at, &customer),
                external_contact: Contact::new(&customer),
            });
        }
    }
    (rows, None)
}

#[derive(Serialize)]
struct Contact {
    external_userid: String,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    position: Option<&'static str>,
    avatar: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    corp_name: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    corp_full_name: Option<&'static str>,
    #[serde(rename = "type")]
    kind: u8,
    gender: u8,
    unionid: String,
}

impl Contact {
    fn new(customer: &Customer) -> Self {
        let corporate = customer.corporate;
        Self {
            external_userid: customer.id.clone(),
            name: customer.name.clone(),
            position: corporate.then_some(customer.position),
            avatar: format!("http://avatar.example.com/{}/0", customer.id),
            corp_name: corporate.then_some(customer.company),
            corp_full_name: corporate.then_some(customer.company),
            kind: if corporate { 2 } else { 1 },
            gender: customer.gender,
            unionid: format!("oSandbox{}", customer.id),
        }
    }
}

/// What both calls say of the relation.
#[derive(Serialize)]
struct Relation {
    userid: String,
    remark: String,
    description: String,
    createtime: u64,
    remark_corp_name: &'static str,
    remark_mobiles: Vec<String>,
    oper_userid: String,
    add_way: u16,
    state: &'static str,
}

impl Relation {
    fn new(userid: &str, customer: &Customer) -> Self {
        Self {
            userid: userid.to_owned(),
            remark: format!("{}-{}", customer.name, customer.position),
            description: format!("邮箱 {}", customer.email),
            createtime: customer.createtime,
            remark_corp_name: customer.company,
            remark_mobiles: vec![customer.mobile.clone()],
            oper_userid: userid.to_owned(),
            add_way: customer.add_way,
            state: customer.state,
        }
    }
}

#[derive(Serialize)]
struct FollowUser {
    #[serde(flatten)]
    relation: Relation,
    #[serde(skip_serializing_if = "Option::is_none")]
    tags: Option<Vec<FollowTag>>,
}

#[derive(Serialize)]
struct FollowTag {
    group_name: String,
    tag_name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    tag_id: Option<String>,
    #[serde(rename = "type")]
    kind: u8,
}

impl FollowUser {
    fn new(state: &State, userid: &str, at: usize, customer: &Customer) -> Self {
        let mut tags = Vec::new();
        for id in state.marks_of(userid, at) {
            let Some((group, tag)) = state.tags.live_tag(&id) else {
                continue;
            };
            tags.push(FollowTag {
                group_name: group.name.clone(),
                tag_name: tag.name.clone(),
                tag_id: Some(id),
                kind: if group.library.is_some() { 3 } else { 1 },
            });
        }
        // A personal tag has no id, and the batch call does not return it.
        if at.is_multiple_of(5) {
            let (group_name, tag_name) = ("个人标签".to_owned(), "爱喝茶".to_owned());
            tags.push(FollowTag { group_name, tag_name, tag_id: None, kind: 2 });
        }
        // Documented as absent or `[]`: both forms occur.
        let absent = tags.is_empty() && at % 20 == 9;
        Self { relation: Relation::new(userid, customer), tags: (!absent).then_some(tags) }
    }
}

#[derive(Serialize)]
struct FollowInfo {
    #[serde(flatten)]
    relation: Relation,
    tag_id: Vec<String>,
}

impl FollowInfo {
    fn new(state: &State, userid: &str, at: usize, customer: &Customer) -> Self {
        let tag_id = state.marks_of(userid, at).into_iter().collect();
        Self { relation: Relation::new(userid, customer), tag_id }
    }
}

/// Binds a cursor to its query, so that one of another query is refused.
fn fingerprint(parts: &[&str]) -> u64 {
    let bytes = parts.iter().flat_map(|part| part.bytes().chain([0]));
    bytes.fold(0, |hash, byte| mix(hash, u64::from(byte), 17))
}

fn write_cursor(key: u64, member: usize, at: usize) -> String {
    format!("sandbox-cursor-{key:016x}-{member}-{at}")
}

/// The position a cursor names; the beginning for none.
fn read_cursor(cursor: Option<&str>, key: u64) -> Result<(usize, usize), Refusal> {
    let Some(cursor) = cursor.filter(|cursor| !cursor.is_empty()) else {
        return Ok((0, 0));
    };
    let position = || {
        let position = cursor.strip_prefix("sandbox-cursor-")?;
        let (of, position) = position.split_once('-')?;
        let (member, at) = position.split_once('-')?;
        let position = (member.parse().ok()?, at.parse().ok()?);
        (of == format!("{key:016x}")).then_some(position)
    };
    position().ok_or_else(|| invalid("field `cursor` invalid".to_owned()))
}
