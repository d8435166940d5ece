//! Made-up leads and their interactions, as functions of the seed and a number.
//!
//! Documented: the members and the values of `gender`, `leads_level`, `action_type` and
//! `action_flag`. Inferred: an unset telephone or WeChat id is `""`, an unknown age is left out;
//! neither is masked; `action_source` is empty; an interaction of the kind 5 (live) has no flag.

use serde::Serialize;
use serde_json::{Value, json};

use super::envelope::Style;
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

/// A lead as it is sent; members are in the order of their names, as in all answers.
#[derive(Debug, Serialize)]
pub(super) struct User<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    age: Option<Option<u64>>,
    avatar: String,
    city: &'static str,
    gender: u64,
    is_follow: bool,
    leads_level: i64,
    nickname: &'static str,
    pub(super) open_id: String,
    tag_list: Vec<UserTag<'a>>,
    telephone: String,
    wechat: String,
}

/// A tag of a lead.
#[derive(Debug, Serialize)]
pub(super) struct UserTag<'a> {
    pub(super) tag_id: i64,
    pub(super) tag_name: &'a str,
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
    pub(super) fn user<'a>(self, lead: Lead, tag_list: Vec<UserTag<'a>>, style: Style) -> User<'a> {
        let text = |items: &[&'static str], salt| pick(items, self.of(lead, salt)).copied();
        let age = self.of(lead, 9);
        User {
            age: style.member((!age.is_multiple_of(5)).then_some(18 + age % 45)),
            avatar: format!("https://example.com/avatar/{:08}.jpg", lead.number() % 100_000_000),
            city: text(&CITIES, 7).unwrap_or_default(),
            gender: self.of(lead, 8) % 3,
            is_follow: self.of(lead, 10).is_multiple_of(2),
            leads_level: self.level(lead),
            nickname: text(&NICKNAMES, 6).unwrap_or_default(),
            open_id: lead.id(),
            tag_list,
            telephone: self.mobile(lead),
            wechat: self.wechat(lead),
        }
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
