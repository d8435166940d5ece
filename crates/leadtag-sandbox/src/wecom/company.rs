//! A small company: its members and their customers, all of them made up.
//!
//! Customers are functions of the seed and their number, so any number of them costs no memory.

use std::collections::{BTreeMap, HashMap};

use crate::rng::{mix, pick};

/// An employee who may own customers.
#[derive(Debug, Clone, Copy)]
pub(super) struct Member {
    pub(super) userid: &'static str,
    pub(super) licensed: bool,
}

/// The members with customers, in turn; `chenjie` has no interop licence (互通账号).
pub(super) const OWNERS: [Member; 4] = [
    Member { userid: "zhangwei", licensed: true },
    Member { userid: "lina", licensed: true },
    Member { userid: "wangfang", licensed: true },
    Member { userid: "chenjie", licensed: false },
];

/// The member who has no customer.
pub(super) const IDLE_MEMBER: &str = "liuyang";

const SURNAMES: [&str; 20] = [
    "王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙", "马", "朱", "胡", "郭",
    "何", "林", "罗", "梁",
];
const GIVEN: [&str; 20] = [
    "伟", "芳", "娜", "敏", "静", "强", "磊", "洋", "艳", "勇", "晓明", "建国", "丽华", "子涵",
    "雨桐", "浩然", "思远", "佳怡", "文博", "梦琪",
];
const COMPANIES: [&str; 8] = [
    "示例教育科技有限公司",
    "样板零售有限公司",
    "虚构制造集团",
    "演示医疗器械公司",
    "测试餐饮管理公司",
    "范例物流有限公司",
    "假想软件公司",
    "模拟文化传媒公司",
];
const POSITIONS: [&str; 6] = ["采购经理", "市场总监", "店长", "运营主管", "总经理", "行政专员"];
const SOURCES: [&str; 5] = ["guanwang", "zhanhui", "douyin", "zhuanjieshao", "gongzhonghao"];

#[derive(Debug)]
pub(super) struct Company {
    pub(super) seed: u64,
    pub(super) customers: usize,
    /// Followers beyond the seeded ones, per customer.
    extra: BTreeMap<usize, Vec<String>>,
    /// The one customer of each extra follower.
    extra_members: HashMap<String, usize>,
}

/// One customer's own data.
#[derive(Debug)]
pub(super) struct Customer {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) gender: u8,
    pub(super) corporate: bool,
    pub(super) company: &'static str,
    pub(super) position: &'static str,
    pub(super) mobile: String,
    pub(super) email: String,
    pub(super) state: &'static str,
    pub(super) add_way: u16,
    pub(super) createtime: u64,
}

impl Company {
    pub(super) fn new(seed: u64, customers: usize) -> Self {
        Self { seed, customers, extra: BTreeMap::new(), extra_members: HashMap::new() }
    }

    pub(super) fn external_userid(at: usize) -> String {
        format!("wmSandbox{at:08}")
    }

    /// The number of a known customer.
    pub(super) fn customer_at(&self, external_userid: &str) -> Option<usize> {
        let at: usize = external_userid.strip_prefix("wmSandbox")?.parse().ok()?;
        let known = at < self.customers && Self::external_userid(at) == external_userid;
        known.then_some(at)
    }

    pub(super) fn is_member(&self, userid: &str) -> bool {
        userid == IDLE_MEMBER
            || OWNERS.iter().any(|member| member.userid == userid)
            || self.extra_members.contains_key(userid)
    }

    pub(super) fn is_licensed(userid: &str) -> bool {
        OWNERS.iter().all(|member| member.userid != userid || member.licensed)
    }

    /// Whether the member has this customer. Everyone has one owner; every seventh has a second.
    pub(super) fn follows(&self, userid: &str, at: usize) -> bool {
        let seeded = Self::seeded_followers(at).any(|member| member.userid == userid);
        seeded || self.extra_members.get(userid) == Some(&at)
    }

    fn seeded_followers(at: usize) -> impl Iterator<Item = &'static Member> {
        let second = (at % 7 == 3).then(|| OWNERS.get((at + 1) % OWNERS.len())).flatten();
        OWNERS.get(at % OWNERS.len()).into_iter().chain(second)
    }

    /// The members who have this customer, the owner first.
    pub(super) fn followers(&self, at: usize) -> Vec<&str> {
        let seeded = Self::seeded_followers(at).map(|member| member.userid);
        let extra = self.extra.get(&at).into_iter().flatten().map(String::as_str);
        seeded.chain(extra).collect()
    }

    /// A member's customers from one number on.
    pub(super) fn customers_of(&self, userid: &str, from: usize) -> impl Iterator<Item = usize> {
        (from..self.customers).filter(move |at| self.follows(userid, *at))
    }

    /// Lets so many more members have a customer, for the paging of `get`.
    pub(super) fn add_followers(&mut self, at: usize, count: usize) {
        let list = self.extra.entry(at).or_default();
        for _ in 0..count {
            let userid = format!("sales{at:04}-{:05}", list.len() + 1);
            self.extra_members.insert(userid.clone(), at);
            list.push(userid);
        }
    }

    pub(super) fn customer(&self, at: usize) -> Customer {
        let number = u64::try_from(at).unwrap_or(u64::MAX);
        let of = |salt| mix(self.seed, number, salt);
        let text = |items: &[&'static str], salt| pick(items, of(salt)).copied().unwrap_or("");
        Customer {
            id: Self::external_userid(at),
            name: format!("{}{}", text(&SURNAMES, 1), text(&GIVEN, 2)),
            gender: 1 + u8::from(of(3) % 2 == 0),
            corporate: of(4) % 4 == 0,
            company: text(&COMPANIES, 5),
            position: text(&POSITIONS, 6),
            mobile: format!("1990000{:04}", at % 10_000),
            email: format!("kehu{at:04}@example.com"),
            state: text(&SOURCES, 7),
            add_way: pick(&[1_u16, 2, 3, 16, 24, 201], of(8)).copied().unwrap_or(0),
            createtime: 1_700_000_000 + of(9) % 20_000_000,
        }
    }
}
