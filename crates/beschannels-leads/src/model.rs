//! What is sent and what comes back, one to one with the documents.
//!
//! Requests write only what is set. Answers keep what they do not know; what the documents do not
//! describe is given as it came.

#[cfg(feature = "unverified")]
mod behavior;
mod data_list;
mod event;
mod group;
mod lead;
#[cfg(feature = "unverified")]
mod lead_write;
#[cfg(feature = "unverified")]
mod object;
mod row;
mod score;

use std::borrow::Cow;
use std::fmt;

use leadtag_core::body::check_text;

#[cfg(feature = "unverified")]
pub use behavior::{BehaviorSort, LeadsBehaviorList, LeadsBehaviorType};
pub use data_list::{ClientType, ConditionType, DataListV2};
pub use event::{EventAttr, SaveUserBehavior};
pub use group::{Column, EmptyParts, GroupObj, GroupUserList, GroupUserPage};
pub use lead::{LeadsDetails, Rule};
#[cfg(feature = "unverified")]
pub use lead_write::{AssignLeads, DelLeads, EditLeads, Fields, GetRemarksList, IsAdd};
#[cfg(feature = "unverified")]
pub use object::{CdpDetail, CustomersAdd, EditObject, ObjectList, ObjectOrder};
pub(crate) use row::LeadRow;
pub use row::{Point, Row, Score};
pub use score::{BatchScoreList, BatchScores, ModelScore, SchemaType};

/// A request whose body is `multipart/form-data`, with rules that can be checked.
pub(crate) trait Parts {
    /// Refuses what the platform would refuse, or misunderstand.
    fn check(&self) -> Result<(), String>;

    /// The parts, in the document's order.
    fn parts(&self) -> Vec<(&'static str, Cow<'_, str>)>;
}

fn check_user(user_id: &str) -> Result<(), String> {
    check_text("user_id", user_id)
}

/// Refuses page 0 and pages of nothing.
fn check_page(page_num: Option<u32>, page_size: Option<u32>) -> Result<(), String> {
    match (page_num, page_size) {
        (Some(0), _) => Err("page_num is 0; pages count from 1".to_owned()),
        (_, Some(0)) => Err("page_size is 0".to_owned()),
        _ => Ok(()),
    }
}

/// The beginning of an id: ids of people are not printed whole.
struct Short<'a>(&'a str);

impl fmt::Debug for Short<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut chars = self.0.chars();
        chars.by_ref().take(4).try_for_each(|c| write!(f, "{c}"))?;
        if chars.next().is_some() { f.write_str("…") } else { Ok(()) }
    }
}
