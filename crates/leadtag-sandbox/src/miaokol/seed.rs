//! The tags and marks there are at the start.

use std::collections::{BTreeSet, HashMap};

use super::people::{self, People};
use super::tags::{Kind, New, Tags};
use crate::rng::{mix, pick};

/// When the document's sample group was made.
const FIRST_TIME: u64 = 1_655_969_708;

/// Customers made when asked for have no marks; so many of the first have.
const MARKED_CUSTOMERS: usize = 100;

const LEVELS: &str = "意向程度";
const SOURCES: &str = "客户来源";

/// Enough groups for two pages of ten; one of them is empty.
const GROUPS: [(&str, &[&str]); 12] = [
    (LEVELS, &["高意向", "中意向", "低意向"]),
    (SOURCES, &["官网", "展会", "抖音", "转介绍", "公众号"]),
    ("客户等级", &["A类", "B类", "C类"]),
    ("行业", &["教育", "零售", "制造", "医疗", "餐饮"]),
    ("地区", &["华东", "华南", "华北", "西南"]),
    ("产品兴趣", &["标准版", "专业版", "旗舰版"]),
    ("跟进阶段", &["初次沟通", "已报价", "已签约"]),
    ("预算", &["五万以下", "五至二十万", "二十万以上"]),
    ("企业规模", &["50人以下", "50至500人", "500人以上"]),
    ("参加活动", &["春季沙龙", "秋季峰会"]),
    ("售后", &["已培训", "待回访"]),
    ("待整理", &[]),
];

/// The document's sample, ids and `sort` included, and a realistic library after it.
pub(super) fn tags() -> Tags {
    let mut tags = Tags::default();
    let sample = tags.make(New { name: "api分组", parent: None, sort: 0 }, FIRST_TIME).id;
    for (name, sort) in [("删", 2), ("增", 1)] {
        tags.make(New { name, parent: Some(sample), sort }, FIRST_TIME);
    }
    for (name, names) in GROUPS {
        let group = tags.make(New { name, parent: None, sort: 0 }, FIRST_TIME).id;
        for name in names {
            tags.make(New { name, parent: Some(group), sort: 0 }, FIRST_TIME);
        }
    }
    tags
}

/// Tag ids by (account, customer): a level for each, a source for every third.
pub(super) fn marks(tags: &Tags, people: &People) -> HashMap<(usize, usize), BTreeSet<u64>> {
    let (levels, sources) = (ids(tags, LEVELS), ids(tags, SOURCES));
    let mut marks = HashMap::new();
    for contact in 0..people.contacts.min(MARKED_CUSTOMERS) {
        let number = u64::try_from(contact).unwrap_or(u64::MAX);
        let of = |ids, salt| pick(ids, mix(people.seed, number, salt)).copied();
        let source = contact.is_multiple_of(3).then(|| of(&sources, 2)).flatten();
        let ids: BTreeSet<u64> = of(&levels, 1).into_iter().chain(source).collect();
        for account in people::accounts_of(contact) {
            marks.insert((account, contact), ids.clone());
        }
    }
    marks
}

fn ids(tags: &Tags, group: &str) -> Vec<u64> {
    let group = tags.groups().into_iter().find(|record| record.name == group);
    let in_group = |parent: u64| group.is_some_and(|group| group.id == parent);
    tags.all(Kind::Tag).filter(|tag| in_group(tag.parent_id)).map(|tag| tag.id).collect()
}
