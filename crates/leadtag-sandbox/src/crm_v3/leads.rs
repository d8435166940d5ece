//! Leads: the document's sample, and any number of made-up ones.
//!
//! A lead is a function of the seed and its number, so any number of them costs no memory. They are
//! numbered by time: three share a second, as after an import, and the seconds are spread from
//! 2021-05-11 to the end of 2024.

use std::borrow::Cow;

use serde::Serialize;
use serde_json::value::{RawValue, to_raw_value};

use super::schema::{BUILT_IN, DEFINITIONS, DESCRIPTION, MOBILE, NAME, STAGE, phones, texts};
use super::{library, time};
use crate::rng::{mix, pick};

/// The `customerId` of the document's sample.
pub(super) const SAMPLE_ID: i64 = 410_983_932_389_440;

/// 2021-05-11 15:15:48, the sample's `createTime`.
const FIRST_SECOND: i64 = 1_620_717_348;
/// From there to the end of 2024.
const SPAN: u64 = 114_943_451;
const PER_SECOND: u64 = 3;
const ID_STEP: i64 = 1_048_576;
const DAY: i64 = 86_400;

const SURNAMES: [&str; 12] =
    ["王", "李", "张", "刘", "陈", "杨", "黄", "赵", "吴", "周", "徐", "孙"];
const GIVEN: [&str; 12] =
    ["伟", "芳", "娜", "敏", "静", "强", "晓明", "建国", "丽华", "子涵", "雨桐", "浩然"];
const COMPANIES: [&str; 5] = [
    "示例教育科技有限公司",
    "样板零售有限公司",
    "虚构制造集团",
    "演示医疗器械公司",
    "假想软件公司",
];
const ADDRESSES: [&str; 4] =
    ["示例市样板区测试路1号", "示例市演示路22号", "虚构市假想大街3号", "范例市模拟巷8号"];
const DESCRIPTIONS: [&str; 4] =
    ["官网留言咨询报价", "邮箱 kehu@example.com，方便时联系", "展会交换名片", "老客户介绍"];

/// Where a lead stands in the list: its second, then its id.
pub(super) type Place = (i64, i64);

/// The `valueAsText` of a field; most of those that are made up are the same for many leads.
type Text = Cow<'static, str>;

/// A lead (线索) or a to-be-assigned customer (待分配).
#[derive(Debug, Clone)]
pub(super) struct Lead {
    pub(super) id: i64,
    pub(super) is_clue: bool,
    pub(super) kind: i64,
    pub(super) converted: Option<i64>,
    /// `valueAsText` by definition: the built-in fields only, or all.
    pub(super) values: Vec<Option<Text>>,
    pub(super) tag_ids: Vec<String>,
    pub(super) created: i64,
    pub(super) updated: i64,
}

/// A lead on the wire.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Clue<'a> {
    customer_id: i64,
    is_clue: bool,
    #[serde(rename = "type")]
    kind: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    convert_customer_time: Option<String>,
    fields: Vec<Field<'a>>,
    tag_ids: &'a [String],
    create_time: String,
    last_update_time: String,
}

#[derive(Debug, Serialize)]
#[serde(untagged)]
enum Field<'a> {
    Unset(&'a RawValue),
    Of(FieldValue<'a>),
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct FieldValue<'a> {
    field: &'a str,
    #[serde(rename = "type")]
    kind: i64,
    value_as_text: Option<&'a str>,
}

/// A field under the name it has in leads.
#[derive(Debug)]
pub(super) struct Named<'a> {
    name: Cow<'a, str>,
    kind: i64,
    /// The field where it is unset. Half of all fields are, so it is written once for a page.
    unset: Option<Box<RawValue>>,
}

impl<'a> Named<'a> {
    pub(super) fn new(name: Cow<'a, str>, kind: i64) -> Self {
        let unset = FieldValue { field: &name, kind, value_as_text: None };
        let unset = to_raw_value(&unset).ok();
        Self { name, kind, unset }
    }

    fn with<'b>(&'b self, value: Option<&'b str>) -> Field<'b> {
        match (value, &self.unset) {
            (None, Some(unset)) => Field::Unset(unset),
            (value_as_text, _) => {
                Field::Of(FieldValue { field: &self.name, kind: self.kind, value_as_text })
            }
        }
    }
}

impl Lead {
    /// Someone with a name and mobiles, and nothing else known.
    pub(super) fn new(id: i64, name: &str, mobiles: Option<String>, created: i64) -> Self {
        let mut values = vec![None; DEFINITIONS.len()];
        for (at, value) in [(NAME, Some(name.to_owned())), (MOBILE, mobiles)] {
            if let Some(slot) = values.get_mut(at) {
                *slot = value.map(Text::Owned);
            }
        }
        let (converted, tag_ids) = (None, Vec::new());
        let (is_clue, kind, updated) = (true, 1, created);
        Self { id, is_clue, kind, converted, values, tag_ids, created, updated }
    }

    pub(super) fn value(&self, at: usize) -> Option<&str> {
        self.values.get(at)?.as_deref()
    }

    pub(super) fn set(&mut self, at: usize, value: Option<String>) {
        if at >= self.values.len() {
            self.values.resize(DEFINITIONS.len(), None);
        }
        if let Some(slot) = self.values.get_mut(at) {
            *slot = value.map(Text::Owned);
        }
    }

    pub(super) fn mobiles(&self) -> Vec<String> {
        self.value(MOBILE).and_then(texts).unwrap_or_default()
    }

    pub(super) fn has_mobile(&self, mobile: &str) -> bool {
        // Reading the list is worth it only where the digits occur.
        let occurs = self.value(MOBILE).is_some_and(|list| list.contains(mobile));
        occurs && self.mobiles().iter().any(|own| own == mobile)
    }

    /// The lead as it is sent, with all fields in the order of their definitions.
    pub(super) fn clue<'a>(&'a self, fields: &'a [Named<'_>]) -> Clue<'a> {
        let fields = fields.iter().zip(&self.values);
        let fields = fields.map(|(field, value)| field.with(value.as_deref()));
        Clue {
            customer_id: self.id,
            is_clue: self.is_clue,
            kind: self.kind,
            convert_customer_time: self.converted.map(time::text),
            fields: fields.collect(),
            tag_ids: &self.tag_ids,
            create_time: time::text(self.created),
            last_update_time: time::text(self.updated),
        }
    }
}

/// The leads a sandbox starts with.
#[derive(Debug)]
pub(super) struct Seeded {
    pub(super) seed: u64,
    pub(super) count: u64,
}

impl Seeded {
    /// The places after one, in the order of the list.
    pub(super) fn places_after(&self, after: Place) -> impl Iterator<Item = Place> {
        let first = self.about(after.0);
        let places = (first..self.count).map(|number| self.place(number));
        places.skip_while(move |place| *place <= after)
    }

    /// A number near that second: every lead below it was made earlier.
    fn about(&self, second: i64) -> u64 {
        let passed = u64::try_from(second.saturating_sub(FIRST_SECOND)).unwrap_or_default();
        let three = scaled(passed, self.threes(), SPAN);
        three.saturating_sub(1).saturating_mul(PER_SECOND)
    }

    fn threes(&self) -> u64 {
        self.count.div_ceil(PER_SECOND).max(1)
    }

    pub(super) fn place(&self, number: u64) -> Place {
        let three = number / PER_SECOND;
        // Below the distance to the next three, so that the order stays.
        let jitter = mix(self.seed, three, 1) % (SPAN / self.threes()).max(1);
        let passed = scaled(three, SPAN, self.threes()) + if three == 0 { 0 } else { jitter };
        (FIRST_SECOND.saturating_add_unsigned(passed), self.id(number))
    }

    fn id(&self, number: u64) -> i64 {
        let jitter = if number == 0 { 0 } else { mix(self.seed, number, 2) % 1_000_000 };
        let step = i64::try_from(number).unwrap_or(i64::MAX).saturating_mul(ID_STEP);
        SAMPLE_ID.saturating_add(step).saturating_add_unsigned(jitter)
    }

    /// The number of the lead with that id.
    pub(super) fn number(&self, id: i64) -> Option<u64> {
        let number = u64::try_from(id.checked_sub(SAMPLE_ID)? / ID_STEP).ok()?;
        (number < self.count && self.id(number) == id).then_some(number)
    }

    /// The numbers of the leads that may have started with that mobile, the sample's among them.
    pub(super) fn with_mobile<'a>(&'a self, mobile: &str) -> impl Iterator<Item = u64> + use<'a> {
        let digits = mobile.strip_prefix("1990000").and_then(|digits| digits.parse::<u64>().ok());
        let first = digits.map(|digits| [digits, (digits + 5_000) % 10_000]);
        let numbers = first.into_iter().flatten();
        let made_up = numbers.flat_map(|first| (first..self.count).step_by(10_000));
        (0..self.count.min(1)).chain(made_up)
    }

    /// A lead's `type`: every fifth is 2.
    pub(super) fn kind(number: u64) -> i64 {
        if number % 5 == 4 { 2 } else { 1 }
    }

    pub(super) fn lead(&self, number: u64) -> Lead {
        let (created, id) = self.place(number);
        if number == 0 {
            return sample();
        }
        let of = |salt| mix(self.seed, number, salt);
        let converted = (number % 11 == 10).then(|| created + 3 * DAY);
        let later = if number.is_multiple_of(2) { DAY } else { 0 };
        Lead {
            id,
            is_clue: !number.is_multiple_of(4),
            kind: Self::kind(number),
            converted,
            values: values(number, created, of),
            tag_ids: library::tags_of(self.seed, number),
            created,
            updated: created + later,
        }
    }
}

/// `value * by / over`, rounded down.
fn scaled(value: u64, by: u64, over: u64) -> u64 {
    let scaled = u128::from(value) * u128::from(by) / u128::from(over.max(1));
    u64::try_from(scaled).unwrap_or(u64::MAX)
}

/// The sample of the vendor's page on `clue/get`: one mobile that is none, and fields that are
/// `null`.
fn sample() -> Lead {
    let mut values = vec![None; BUILT_IN];
    for (at, value) in [
        (DESCRIPTION, "u 诶IE"),
        (MOBILE, "[\"145678388\"]"),
        (NAME, "打马赛克就"),
        (STAGE, "396823724189760"),
    ] {
        if let Some(slot) = values.get_mut(at) {
            *slot = Some(value.into());
        }
    }
    Lead {
        id: SAMPLE_ID,
        is_clue: false,
        kind: 1,
        converted: None,
        values,
        tag_ids: Vec::new(),
        created: FIRST_SECOND,
        updated: FIRST_SECOND,
    }
}

fn values(number: u64, created: i64, of: impl Fn(u64) -> u64) -> Vec<Option<Text>> {
    let text = |items: &[&'static str], salt| pick(items, of(salt)).copied().unwrap_or_default();
    let some = |salt| !of(salt).is_multiple_of(3);
    let some_text = |salt, items: &[&'static str]| some(salt).then(|| text(items, salt + 1).into());
    let option = |at: usize, salt| {
        let items = DEFINITIONS.get(at).map_or(&[][..], |definition| definition.items);
        some(salt).then(|| pick(items, of(salt + 1)).map(|(id, _)| id.to_string().into())).flatten()
    };
    let age = i64::try_from(18 * 365 + of(20) % 11_000).unwrap_or_default() * DAY;
    let courses = Some(["1", "3"]).filter(|_| number % 6 == 1);
    vec![
        option(0, 10),
        some_text(12, &DESCRIPTIONS),
        mobiles(number).map(Text::Owned),
        some_text(14, &ADDRESSES),
        some(16).then(|| time::date(created - age).into()),
        some_text(17, &COMPANIES),
        Some(format!("{}{}", text(&SURNAMES, 21), text(&GIVEN, 22)).into()),
        option(7, 23),
        option(8, 25),
        option(9, 27),
        (number % 4 == 1).then(|| format!("{}.50", 1_000 + of(29) % 90_000).into()),
        (number % 4 == 2).then(|| "第一行\n第二行".into()),
        courses.map(|courses| phones(courses).into()),
        (number % 6 == 2).then(|| time::text(created + 7 * DAY).into()),
    ]
}

/// The list of somebody's mobiles: none, one or two.
fn mobiles(number: u64) -> Option<String> {
    let mobile = |number: u64| format!("1990000{:04}", number % 10_000);
    match number {
        _ if number % 10 == 9 => None,
        _ if number % 7 == 3 => Some(phones([&*mobile(number), &*mobile(number + 5_000)])),
        _ => Some(phones([&*mobile(number)])),
    }
}
