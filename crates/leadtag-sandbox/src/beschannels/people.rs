//! One person, made up from the seed and a number.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{Duration, UNIX_EPOCH};

use humantime::parse_rfc3339_weak;

use crate::clock::date_time;
use crate::rng::{mix, pick};

/// Times are written without a zone; that they are China's is inferred.
const UTC_PLUS_8: u64 = 8 * 3600;

/// When the newest seeded object was made: 2024-07-03 in China.
const NEWEST: u64 = 1_720_000_000;
/// The seeded objects were made within so many seconds (300 days).
const SPAN: u64 = 25_920_000;

const SURNAMES: [&str; 12] =
    ["王", "李", "张", "刘", "陈", "杨", "赵", "黄", "周", "吴", "欧阳", "诸葛"];
const GIVEN: [&str; 14] =
    ["伟", "芳", "秀英", "敏", "静", "磊", "洋", "勇", "艳", "杰", "晓明", "一诺", "子轩", "梓涵"];
const COMPANIES: [&str; 6] = [
    "示例软件有限公司",
    "样板制造集团",
    "演示医疗科技公司",
    "虚构教育咨询公司",
    "假想物流有限公司",
    "范例零售公司",
];

/// An object of any type: what its columns are made from.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Person {
    pub(super) name: String,
    pub(super) mobile: String,
    pub(super) email: String,
    pub(super) company: String,
    /// Seconds since the Unix epoch.
    pub(super) created: u64,
    /// The system user it is assigned to.
    pub(super) owner: Option<String>,
    /// Columns that were written beyond those above.
    pub(super) other: BTreeMap<String, String>,
}

impl Person {
    /// The person of that number, made at that time.
    pub(super) fn made_up(seed: u64, number: u64, created: u64) -> Self {
        let of = |salt| mix(seed, number, salt);
        let text = |items: &[&'static str], salt| pick(items, of(salt)).copied().unwrap_or("");
        let without_email = number % 11 == 5;
        let mobile = match number {
            // A typing error, as one stands in the documents of these platforms.
            number if number % 500 == 2 => "145678388".to_owned(),
            number if number % 17 == 9 && !without_email => String::new(),
            number => format!("1990000{:04}", number % 10_000),
        };
        let email = format!("xiansuo{number:07}@example.com");
        let company = if number.is_multiple_of(3) { text(&COMPANIES, 3) } else { "" };
        Self {
            name: format!("{}{}", text(&SURNAMES, 1), text(&GIVEN, 2)),
            mobile,
            email: if without_email { String::new() } else { email },
            company: company.to_owned(),
            created,
            owner: None,
            other: BTreeMap::new(),
        }
    }

    /// A column, `""` when it has none.
    pub(super) fn column(&self, property: &str) -> Cow<'_, str> {
        match property {
            "FullName" | "NickName" => self.name.as_str().into(),
            "MobilePhone" => self.mobile.as_str().into(),
            "Email" => self.email.as_str().into(),
            "Company" => self.company.as_str().into(),
            "IsLead" => "是".into(),
            "CreatedTime" => time_text(self.created).into(),
            other => self.other.get(other).map_or("", String::as_str).into(),
        }
    }

    /// Whether the text stands in the name, the mobile, the e-mail or the company.
    pub(super) fn holds(&self, text: &str) -> bool {
        [&self.name, &self.mobile, &self.email, &self.company].iter().any(|it| it.contains(text))
    }
}

/// When the seeded object of that number was made: the bigger the number, the later.
pub(super) fn seeded_time(seed: u64, number: u64, count: u64) -> u64 {
    let age = u128::from(count.saturating_sub(number + 1)) * u128::from(SPAN);
    let age = u64::try_from(age / u128::from(count.max(1))).unwrap_or(SPAN);
    let step = SPAN / count.max(1);
    let jitter = if step > 1 { mix(seed, number, 4) % step } else { 0 };
    NEWEST - age - jitter
}

/// `YYYY-MM-DD HH:MM:SS`, in China.
fn time_text(seconds: u64) -> String {
    date_time(UNIX_EPOCH + Duration::from_secs(seconds + UTC_PLUS_8))
}

/// Whether a text is a time as this platform writes it.
pub(super) fn is_time_text(text: &str) -> bool {
    parse_rfc3339_weak(text).is_ok_and(|time| date_time(time) == text)
}

/// Whether a text is a date as this platform writes it.
pub(super) fn is_date_text(text: &str) -> bool {
    is_time_text(&format!("{text} 00:00:00"))
}
