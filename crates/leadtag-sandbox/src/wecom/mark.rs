//! `mark_tag`: putting tags on a member's customer, and taking them off.
//!
//! Documented (WeCom docs, page 92697): the fields, 84061 for a customer of somebody else, 3,000
//! tags for a pair, strategy tags only of the app's own strategies and for members in their range.
//! From WeCom staff: 45033 above five at once, or for two at once on one customer. Inferred: with
//! an unknown or deleted id nothing is done (40068, also for a group's id); both lists empty is
//! 41017; more than 3,000 tags is 81017; an id in both lists ends up removed; an unknown customer
//! is 40096.

use super::codes;
use super::envelope::{Outcome, Refusal, Success};
use super::fields::Fields;
use super::state::{Caller, State};

/// Calls that may be in flight at once for a corp.
pub(super) const MAX_IN_FLIGHT: usize = 5;
const MAX_TAGS_PER_PAIR: usize = 3000;

pub(super) fn mark(state: &mut State, caller: Caller, fields: &Fields) -> Outcome {
    let userid = fields.any_text("userid")?.unwrap_or_default();
    if !state.company.is_member(userid) {
        return Err(Refusal::new(codes::INVALID_USERID));
    }
    let external_userid = fields.any_text("external_userid")?.unwrap_or_default();
    let at = customer_of(state, userid, external_userid)?;
    let (add, remove) = (fields.texts("add_tag")?, fields.texts("remove_tag")?);
    if add.is_empty() && remove.is_empty() {
        return Err(Refusal::new(codes::MISSING_TAG_ID));
    }
    for id in add.iter().chain(&remove) {
        check_tag(state, caller, userid, id)?;
    }
    let before = state.marks_of(userid, at);
    let mut marks = before.clone();
    marks.extend(add.into_iter().map(str::to_owned));
    for id in remove {
        marks.remove(id);
    }
    if marks.len() > MAX_TAGS_PER_PAIR {
        return Err(Refusal::new(codes::TOO_MANY_ITEMS));
    }
    let changed = marks != before;
    if changed {
        state.set_marks(userid, at, marks);
    }
    Success::done(changed)
}

fn customer_of(state: &State, userid: &str, external_userid: &str) -> Result<usize, Refusal> {
    if external_userid.is_empty() {
        return Err(Refusal::new(codes::MISSING_EXTERNAL_USERID));
    }
    let Some(at) = state.company.customer_at(external_userid) else {
        return Err(Refusal::new(codes::INVALID_EXTERNAL_USERID));
    };
    if !state.company.follows(userid, at) {
        return Err(Refusal::new(codes::NOT_EXTERNAL_CONTACT));
    }
    Ok(at)
}

fn check_tag(state: &State, caller: Caller, userid: &str, id: &str) -> Result<(), Refusal> {
    let Some((group, _)) = state.tags.live_tag(id) else {
        if state.tags.live(id).is_some() {
            let text = format!("{}, group id not allowed", codes::text(codes::INVALID_TAG));
            return Err(Refusal::because(codes::INVALID_TAG, text));
        }
        return Err(Refusal::new(codes::INVALID_TAG));
    };
    let Some(library) = group.library else {
        return Ok(());
    };
    if !state.owns_strategy(library, caller) {
        return Err(Refusal::new(codes::STRATEGY_OUT_OF_SCOPE));
    }
    let strategy = state.strategies.iter().find(|strategy| strategy.id == library);
    if strategy.is_some_and(|strategy| strategy.members.contains(&userid)) {
        return Ok(());
    }
    Err(Refusal::new(codes::MEMBER_OUT_OF_RANGE))
}
