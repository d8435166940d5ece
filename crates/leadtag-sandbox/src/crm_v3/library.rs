//! The tag library (企微标签库): `tags/list-tree`.
//!
//! Documented: the members of groups and tags, and that a group's WeCom id is called `qwTagId` too.
//! Inferred: an empty group has `[]`; a lead's `tagIds` are the integer ids as strings.

use serde::Serialize;

use crate::rng::mix;

const GROUPS: [(&str, &[&str]); 4] = [
    ("客户等级", &["A级", "B级", "C级"]),
    ("意向", &["高意向", "中意向", "低意向"]),
    ("来源渠道", &["官网", "抖音", "展会", "转介绍"]),
    ("待整理", &[]),
];

const FIRST_ID: i64 = 396_823_724_100_100;

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Group {
    name: &'static str,
    id: i64,
    qw_tag_id: String,
    tags: Vec<Tag>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Tag {
    id: i64,
    name: &'static str,
    qw_tag_id: String,
}

/// The id of a tag, or of its group for tag 0; both are counted from 1.
fn tag_id(group: i64, tag: i64) -> i64 {
    FIRST_ID + 100 * group + tag
}

pub(super) fn groups() -> Vec<Group> {
    let group = |((name, tags), number): (&(&'static str, &[&'static str]), i64)| {
        let tag = |(name, tag): (&&'static str, i64)| Tag {
            id: tag_id(number, tag),
            name,
            qw_tag_id: format!("etSandboxT{number:02}{tag:02}"),
        };
        Group {
            name,
            id: tag_id(number, 0),
            qw_tag_id: format!("etSandboxG{number:02}"),
            tags: tags.iter().zip(1..).map(tag).collect(),
        }
    };
    GROUPS.iter().zip(1..).map(group).collect()
}

/// The tags of the lead of that number: one of some groups, none for every third lead.
pub(super) fn tags_of(seed: u64, number: u64) -> Vec<String> {
    if number % 3 == 2 {
        return Vec::new();
    }
    let chosen = GROUPS.iter().zip(1..).zip(50..).filter_map(|(((_, tags), group), salt)| {
        let value = mix(seed, number, salt);
        let tag = 1 + (value / 3).checked_rem(u64::try_from(tags.len()).ok()?)?;
        let id = tag_id(group, i64::try_from(tag).ok()?);
        (!value.is_multiple_of(3)).then(|| id.to_string())
    });
    chosen.collect()
}
