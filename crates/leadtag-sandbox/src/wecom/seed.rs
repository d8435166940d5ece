//! The tag libraries a sandbox starts with.

use super::apps::{AGENT_ID, OTHER_AGENT_ID};
use super::company::{Company, OWNERS};
use super::state::Strategy;
use super::tags::{Library, Tags, Wanted};
use crate::rng::{mix, pick};

const CREATED: u64 = 1_700_000_000;

const GROUPS: [(&str, &[&str]); 5] = [
    ("意向", &["高意向", "中意向", "低意向"]),
    ("来源", &["官网", "抖音", "展会", "转介绍", "公众号"]),
    ("客户等级", &["A级", "B级", "C级"]),
    ("行业", &["教育", "零售", "制造", "医疗", "餐饮"]),
    ("地区", &["华东", "华南", "华北", "西南"]),
];
const OTHER_APPS_GROUP: (&str, &[&str]) = ("客服分类", &["售前咨询", "售后服务", "投诉"]);
const STRATEGY_GROUP: (&str, &[&str]) = ("重点跟进", &["待回访", "已报价", "待签约"]);
const OTHER_STRATEGY_GROUP: (&str, &[&str]) = ("私域运营", &["活跃", "沉默"]);

/// The app's own strategy, and the other app's.
pub(super) const STRATEGY_ID: i64 = 1;
const OTHER_STRATEGY_ID: i64 = 2;

/// Ids of the seeded tags that customers start with.
#[derive(Debug, Default)]
pub(super) struct SeededTags {
    corp: Vec<Vec<String>>,
    strategy: Vec<String>,
}

pub(super) fn strategies() -> Vec<Strategy> {
    let members = |from: usize, to: usize| {
        OWNERS.iter().skip(from).take(to - from).map(|member| member.userid).collect()
    };
    vec![
        Strategy { id: STRATEGY_ID, app: AGENT_ID, members: members(0, 2) },
        Strategy { id: OTHER_STRATEGY_ID, app: OTHER_AGENT_ID, members: members(2, 4) },
    ]
}

pub(super) fn tags() -> (Tags, SeededTags) {
    let mut tags = Tags::default();
    let mut seeded = SeededTags::default();
    for (at, group) in GROUPS.iter().enumerate() {
        let order = 50 - 10 * u32::try_from(at).unwrap_or(0);
        seeded.corp.push(make(&mut tags, None, *group, order, AGENT_ID));
    }
    make(&mut tags, None, OTHER_APPS_GROUP, 5, OTHER_AGENT_ID);
    seeded.strategy = make(&mut tags, Some(STRATEGY_ID), STRATEGY_GROUP, 20, AGENT_ID);
    let other = Some(OTHER_STRATEGY_ID);
    make(&mut tags, other, OTHER_STRATEGY_GROUP, 10, OTHER_AGENT_ID);
    (tags, seeded)
}

/// Makes a group whose first tag has the biggest order; answers the ids of its tags.
fn make(
    tags: &mut Tags,
    library: Library,
    (name, names): (&str, &[&str]),
    order: u32,
    app: u32,
) -> Vec<String> {
    let group = tags.new_group(library, Wanted { name: name.to_owned(), order }, app, CREATED);
    let wanted = names.iter().zip((0..names.len()).rev()).map(|(name, after)| Wanted {
        name: (*name).to_owned(),
        order: u32::try_from(after).map_or(0, |after| 10 * (after + 1)),
    });
    let made = tags.fill(group, wanted.collect(), app, CREATED);
    let group = tags.groups().get(group);
    let made = group.and_then(|group| group.tags.get(made)).unwrap_or_default();
    made.iter().map(|tag| tag.id.clone()).collect()
}

/// More groups of the first app, for measurements at scale.
pub(super) fn add_bulk(tags: &mut Tags, groups: usize, tags_per_group: usize) {
    for group in 0..groups {
        let name = format!("批量分组{group:05}");
        let wanted = Wanted { name, order: 0 };
        let at = tags.new_group(None, wanted, AGENT_ID, CREATED);
        let names = (0..tags_per_group.max(1))
            .map(|tag| Wanted { name: format!("批量标签{group:05}-{tag:05}"), order: 0 });
        tags.fill(at, names.collect(), AGENT_ID, CREATED);
    }
}

impl SeededTags {
    /// The tags a member's customer has before anyone changes them.
    pub(super) fn of(&self, company: &Company, userid: &str, at: usize) -> Vec<&str> {
        let Some(owner) = OWNERS.iter().position(|member| member.userid == userid) else {
            return Vec::new();
        };
        let number = u64::try_from(at * OWNERS.len() + owner).unwrap_or(u64::MAX);
        // Every tenth customer nobody has tagged yet.
        if at % 10 == 9 {
            return Vec::new();
        }
        let corp = self.corp.iter().zip(100..).filter_map(|(ids, salt)| {
            let value = mix(company.seed, number, salt);
            if value.is_multiple_of(3) { None } else { pick(ids, value / 3) }
        });
        let in_range = owner < 2 && at.is_multiple_of(8);
        let strategy = in_range.then(|| self.strategy.first()).flatten();
        corp.chain(strategy).map(String::as_str).collect()
    }
}
