//! The tag calls: create, update, delete, list, the users of a tag, and tagging a user.
//!
//! Documented (vendor's document, EnterpriseLeadsApi): parameters, answers, 100 tags for an account
//! and 5 for a user. Inferred: the code beyond those limits is 2100005, as for an unknown tag or
//! user; names may repeat and have any length but none; tags are listed oldest first; a deleted tag
//! is gone from its users; tagging twice, or taking off what is not there, is no error.

use serde_json::json;

use super::account::Account;
use super::envelope::{Outcome, Success};
use super::fields::{self, Body};
use super::page::Wanted;
use super::tags::unknown_tag;
use crate::call::Call;

pub(super) fn create(account: &mut Account, call: &Call) -> Outcome {
    let body = Body::parse(call, &["tag_name"])?;
    let tag_id = account.tags.create(body.text("tag_name")?)?;
    Success::wrote(json!({ "tag_id": tag_id }))
}

pub(super) fn update(account: &mut Account, call: &Call) -> Outcome {
    let body = Body::parse(call, &["tag_id", "tag_name"])?;
    let (tag_id, name) = (body.integer("tag_id")?, body.text("tag_name")?);
    let tag = account.tags.tag_mut(tag_id)?;
    let committed = tag.name != name;
    name.clone_into(&mut tag.name);
    Success::with(json!({ "tag_id": tag_id }), committed)
}

pub(super) fn delete(account: &mut Account, call: &Call) -> Outcome {
    let body = Body::parse(call, &["tag_id"])?;
    account.tags.tag_mut(body.integer("tag_id")?)?.deleted = true;
    Success::wrote(json!({}))
}

pub(super) fn list(account: &Account, call: &Call) -> Outcome {
    let wanted = Wanted::of(call)?;
    let tags = account.tags.live().enumerate().skip(wanted.from);
    let rows = tags.map(|(at, tag)| (at, json!({ "tag_id": tag.id, "tag_name": tag.name })));
    Success::read(wanted.take(rows).data())
}

pub(super) fn users(account: &Account, call: &Call) -> Outcome {
    let tag = fields::integer(call, "tag_id")?;
    let wanted = Wanted::of(call)?;
    if account.tags.find(tag).is_none() {
        return Err(unknown_tag());
    }
    let rows = account.tagged(tag, wanted.from).map(|(at, lead)| (at, lead.id().into()));
    Success::read(wanted.take(rows).data())
}

pub(super) fn bind(account: &mut Account, call: &Call) -> Outcome {
    let body = Body::parse(call, &["tag_id", "user_id", "bind"])?;
    let (tag, user_id, bind) = (body.integer("tag_id")?, body.text("user_id")?, body.bool("bind")?);
    if account.tags.find(tag).is_none() {
        return Err(unknown_tag());
    }
    let lead = account.lead(user_id)?;
    let committed = account.bind(lead, tag, bind)?;
    Success::with(json!({}), committed)
}
