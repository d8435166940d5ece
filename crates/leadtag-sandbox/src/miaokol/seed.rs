//! The tag library a sandbox starts with, and who is tagged.

use super::company::OWNERS;
use super::tags::Library;
use crate::rng::mix;

const CREATED: u64 = 1_700_000_000;

/// Groups from the oldest to the newest: the name, the tags, and after how many customers of an
/// account the tags begin again. A group has fewer tags than that: the others have none of it.
const GROUPS: [(&str, &[&str], usize); 4] = [
    ("地区", &["华东", "华南", "华北", "西南"], 13),
    ("客户等级", &["A级", "B级", "C级"], 11),
    ("来源", &["官网", "抖音", "展会", "转介绍", "公众号"], 9),
    ("意向", &["高意向", "中意向", "低意向"], 5),
];
/// Groups without tags stay.
const EMPTY_GROUP: &str = "待整理";

#[derive(Debug)]
struct SeededGroup {
    tags: Vec<i64>,
    turn: usize,
    offset: usize,
}

/// The tags that customers start with, those of their first account only.
#[derive(Debug)]
pub(super) struct SeededMarks(Vec<SeededGroup>);

pub(super) fn library(seed: u64) -> (Library, SeededMarks) {
    let mut library = Library::default();
    library.add_group(EMPTY_GROUP, CREATED);
    let mut groups = Vec::new();
    for ((name, tags, turn), salt) in GROUPS.into_iter().zip(100..) {
        let group = library.add_group(name, CREATED);
        library.add_tags(group, tags, CREATED);
        let tags = library.tags_of(group).iter().map(|tag| tag.id).collect();
        let offset = usize::try_from(mix(seed, 0, salt) % turn as u64).unwrap_or(0);
        groups.push(SeededGroup { tags, turn, offset });
    }
    (library, SeededMarks(groups))
}

/// More groups, for lists of many pages.
pub(super) fn add_bulk(library: &mut Library, groups: usize, tags_per_group: usize) {
    for group in 0..groups {
        let at = library.add_group(&format!("批量分组{group:05}"), CREATED);
        let names: Vec<_> =
            (0..tags_per_group).map(|tag| format!("批量标签{group:05}-{tag:05}")).collect();
        let names: Vec<_> = names.iter().map(String::as_str).collect();
        library.add_tags(at, &names, CREATED);
    }
}

impl SeededMarks {
    /// The tags an account's customer has before anyone changes them.
    pub(super) fn of(&self, account: usize, contact: usize) -> impl Iterator<Item = i64> {
        let own = account == contact % OWNERS;
        let groups = self.0.iter().filter(move |_| own);
        groups
            .filter_map(move |group| group.tags.get((contact + group.offset) % group.turn).copied())
    }

    /// How many of so many customers start with a tag, counted without looking at each.
    pub(super) fn count(&self, tag: i64, contacts: usize) -> usize {
        let count = |group: &SeededGroup| {
            let at = group.tags.iter().position(|id| *id == tag)?;
            let first = (at + group.turn - group.offset) % group.turn;
            Some(contacts.saturating_sub(first).div_ceil(group.turn))
        };
        self.0.iter().find_map(count).unwrap_or(0)
    }
}
