//! Made-up leads and their interactions, as functions of the seed and a number.
//!
//! Documented: the members and the values of `gender`, `leads_level`, `action_type` and
//! `action_flag`. Inferred: an unset telephone or WeChat id is `""`, an unknown age is left out;
//! neither is masked; `action_source` is empty; an interaction of the kind 5 (live) has no flag.

use serde_json::{Value, json};

use super::leads::Lead;
use crate::rng::{mix, pick};

const HOUR: u64 = 3600;
/// The most interactions of one lead.
const MAX_ACTIONS: u64 = 8;

pub(super) const LEVELS: [i64; 5] = [-1, 0, 1, 2, 10];

/// `action_type` with its `action_flag`.
const ACTIONS: [(i64, Option<i64>); 5] =
    [(1, Some(1)), (2, Some(52)), (2, Some(53)), (3, Some(101)), (5, None)];

const NICKNAMES: [&str; 12] = [
    "小鱼同学",
    "爱吃火锅的猫",
    "阿杰在路上",
    "晚风",
    "糖糖妈妈",
    "健身达人老周",
    "一只柠檬",
    "北方的树",
    "摄影师大刘",
    "奶茶不加糖",
    "慢慢生活",
    "云端漫步",
];
const CITIES: [&str; 8] = ["杭州", "上海", "成都", "广州", "武汉", "西安", "长沙", ""];

/// The people of one account.
#[derive(Debug, Clone, Copy)]
pub(super) struct People {
    pub(super) seed: u64,
}

/// One interaction of a lead.
#[derive(Debug, Clone, Copy)]
pub(super) struct Action {
    pub(super) kind: i64,
    flag: Option<i64>,
    time: u64,
}

impl People {
    fn of(self, lead: Lead, salt: u64) -> u64 {
        mix(self.seed, lead.number(), salt)
    }

    pub(super) fn level(self, lead: Lead) -> i64 {
        pick(&LEVELS, self.of(lead, 1)).copied().unwrap_or(0)
    }

    pub(super) fn mobile(self, lead: Lead) -> String {
        if self.of(lead, 2).is_multiple_of(3) {
            return String::new();
        }
        format!("1990000{:04}", lead.number() % 10_000)
    }

    fn wechat(self, lead: Lead) -> String {
        if !self.of(lead, 3).is_multiple_of(4) {
            return String::new();
        }
        format!("wx_sandbox_{:06}", lead.number() % 1_000_000)
    }

    /// The seeded tags of a lead, as positions among so many.
    pub(super) fn tags(self, lead: Lead, of: usize) -> Vec<usize> {
        let wanted = [0, 0, 1, 1, 2, 3];
        let wanted = pick(&wanted, self.of(lead, 4)).copied().unwrap_or(0).min(of);
        let first = usize::try_from(self.of(lead, 5) % 1000).unwrap_or(0);
        (0..wanted).map(|at| (first + at) % of).collect()
    }

    /// The members of a lead, with the tags it has.
    pub(super) fn lead(self, lead: Lead, tag_list: &[Value]) -> Value {
        let age = self.of(lead, 9);
        json!({
            "open_id": lead.id(),
            "nickname": pick(&NICKNAMES, self.of(lead, 6)),
            "avatar": format!("https://example.com/avatar/{:08}.jpg", lead.number() % 100_000_000),
            "telephone": self.mobile(lead),
            "wechat": self.wechat(lead),
            "city": pick(&CITIES, self.of(lead, 7)),
            "gender": self.of(lead, 8) % 3,
            "age": (!age.is_multiple_of(5)).then_some(18 + age % 45),
            "leads_level": self.level(lead),
            "tag_list": tag_list,
            "is_follow": self.of(lead, 10).is_multiple_of(2),
        })
    }

    /// The interactions of a lead, newest first; the newest is at the lead's own time.
    pub(super) fn actions(self, lead: Lead) -> impl Iterator<Item = Action> {
        let count = if lead.is_inserted() { 1 } else { 1 + self.of(lead, 11) % MAX_ACTIONS };
        (0..count).map(move |at| {
            let value = self.of(lead, 100 + at);
            let (kind, flag) = pick(&ACTIONS, value).copied().unwrap_or((1, None));
            let before = if at == 0 { 0 } else { at * HOUR + value % HOUR };
            Action { kind, flag, time: lead.time.saturating_sub(before) }
        })
    }
}

impl Action {
    pub(super) fn view(self, lead: Lead) -> Value {
        json!({
            "user_id": lead.id(),
            "action_type": self.kind,
            "action_flag": self.flag,
            "action_source": "",
            "create_time": self.time,
        })
    }
}
