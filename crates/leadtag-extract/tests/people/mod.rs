//! Made-up people.
#![allow(dead_code, reason = "not every test needs all of them")]

use leadtag_core::{Lead, Platform, RawJson, Timestamp};
use leadtag_extract::{PiiMode, PiiPolicy};
use serde_json::Value;

pub(crate) fn raw(json: &str) -> RawJson {
    serde_json::from_str(json).unwrap()
}

/// 王小明, with the mobile 19900001234.
pub(crate) fn lead(id: &str) -> Lead {
    let mut lead = Lead::new(Platform::new("here"), id, raw(r#"{"z":1,"a":"19900001234"}"#));
    lead.name = Some("王小明".into());
    lead.mobiles = vec!["19900001234".into()];
    lead.emails = vec!["wang@example.com".into()];
    lead
}

pub(crate) fn attributes(mut lead: Lead, of: Value) -> Lead {
    let Value::Object(members) = of else { unreachable!("an object") };
    lead.attributes = members.into_iter().collect();
    lead
}

pub(crate) fn moment(second: i64) -> Timestamp {
    Timestamp::from_unix_seconds(1_700_000_000 + second).unwrap()
}

pub(crate) fn plain() -> PiiPolicy {
    let mut policy = PiiPolicy::default();
    policy.default = PiiMode::Plain;
    policy
}
