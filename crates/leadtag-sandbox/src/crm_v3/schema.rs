//! The fields a lead can have, their options, and their values as text.
//!
//! Documented: the ten built-in names and their types (the vendor's page on `clue/get`); the type
//! codes and the members of a definition (its page on `list-fields`); `valueAsText` of single-line
//! texts, choices (an option id) and phone numbers (a JSON array inside the string). Inferred: the
//! text of dates, numbers, multiple choices and date-times; what `outerField` and `stable` say of a
//! built-in field; `""` unsets a field. The ids of fields and options are made up.

use serde_json::Value;

use super::envelope::Refusal;
use super::time;

pub(super) const TEXT: i64 = 1;
pub(super) const CHOICE: i64 = 2;
pub(super) const DATE: i64 = 3;
pub(super) const NUMBER: i64 = 4;
pub(super) const LONG_TEXT: i64 = 5;
pub(super) const CHOICES: i64 = 6;
pub(super) const DATE_TIME: i64 = 7;
pub(super) const PHONES: i64 = 8;

/// A field of the tenant.
#[derive(Debug, Clone, Copy)]
pub(super) struct Definition {
    pub(super) id: i64,
    pub(super) name: &'static str,
    pub(super) kind: i64,
    /// The name of a built-in field in a lead's `fields`.
    pub(super) built_in: Option<&'static str>,
    pub(super) items: &'static [(i64, &'static str)],
}

const fn built_in(id: i64, name: &'static str, kind: i64, field: &'static str) -> Definition {
    Definition { id, name, kind, built_in: Some(field), items: &[] }
}

const fn custom(id: i64, name: &'static str, kind: i64) -> Definition {
    Definition { id, name, kind, built_in: None, items: &[] }
}

const SOURCES: &[(i64, &str)] = &[(1, "官网"), (2, "抖音"), (3, "展会"), (4, "转介绍")];
const INTENTIONS: &[(i64, &str)] = &[(1, "高"), (2, "中"), (3, "低")];
/// Documented (`list-fields`): 0 other, 1 male, 2 female.
const GENDERS: &[(i64, &str)] = &[(0, "其他"), (1, "男"), (2, "女")];
const STAGES: &[(i64, &str)] = &[
    (396_823_724_189_760, "初步沟通"),
    (396_823_724_189_761, "需求确认"),
    (396_823_724_189_762, "方案报价"),
    (396_823_724_189_763, "赢单"),
];
const COURSES: &[(i64, &str)] = &[(1, "入门课"), (2, "进阶课"), (3, "企业内训")];

/// The built-in fields in the order of the document's sample, then the tenant's own.
pub(super) static DEFINITIONS: [Definition; 14] = [
    Definition { items: SOURCES, ..built_in(104_211, "客户来源", CHOICE, "customer_source") },
    built_in(104_212, "描述", TEXT, "description"),
    built_in(104_213, "电话", PHONES, "mobile"),
    built_in(104_214, "地址", TEXT, "address"),
    built_in(104_215, "生日", DATE, "birthday"),
    built_in(104_216, "公司", TEXT, "corp_name"),
    built_in(104_217, "姓名", TEXT, "name"),
    Definition {
        items: INTENTIONS, ..built_in(104_218, "购买意向", CHOICE, "purchase_intention")
    },
    Definition { items: GENDERS, ..built_in(104_219, "性别", CHOICE, "gender") },
    Definition { items: STAGES, ..built_in(104_220, "客户阶段", CHOICE, "customer_stage") },
    custom(105_001, "预算", NUMBER),
    custom(105_002, "需求说明", LONG_TEXT),
    Definition { items: COURSES, ..custom(105_003, "感兴趣的课程", CHOICES) },
    custom(105_004, "预约时间", DATE_TIME),
];

/// How many of them the document's sample has.
pub(super) const BUILT_IN: usize = 10;

pub(super) const DESCRIPTION: usize = 1;
pub(super) const MOBILE: usize = 2;
pub(super) const NAME: usize = 6;
pub(super) const STAGE: usize = 9;

/// The tenant's own field that has an alias from the start; the others have none.
pub(super) const MAPPED_CUSTOM: usize = 10;

/// A list of numbers in a string: `["19900000001"]`.
pub(super) fn phones<'a>(numbers: impl IntoIterator<Item = &'a str>) -> String {
    let numbers: Vec<_> = numbers.into_iter().collect();
    // Writing texts into a text cannot fail.
    serde_json::to_string(&numbers).unwrap_or_default()
}

/// The members of a JSON array of strings in a string.
pub(super) fn texts(array: &str) -> Option<Vec<String>> {
    serde_json::from_str(array).ok()
}

impl Definition {
    /// Checks a `valueAsText`; an empty one unsets the field.
    pub(super) fn check(&self, text: &str) -> Result<Option<String>, Refusal> {
        if text.is_empty() {
            return Ok(None);
        }
        let is_option = |text: &str| self.items.iter().any(|(id, _)| id.to_string() == text);
        let fits = match self.kind {
            CHOICE => is_option(text),
            DATE => time::is_date(text),
            NUMBER => text.parse::<f64>().is_ok_and(f64::is_finite),
            CHOICES => texts(text).is_some_and(|ids| ids.iter().all(|id| is_option(id))),
            DATE_TIME => time::parse(text).is_some(),
            PHONES => texts(text).is_some(),
            _ => true,
        };
        if fits { Ok(Some(text.to_owned())) } else { Err(self.unfit()) }
    }

    /// The text of one `fieldValue`: numbers for options and numbers, lists for types that are.
    pub(super) fn text_of(&self, value: &Value) -> Result<Option<String>, Refusal> {
        match value {
            Value::Null => Ok(None),
            Value::String(text) if self.kind == PHONES => Ok(Some(phones([text.as_str()]))),
            Value::String(text) => self.check(text),
            Value::Number(number) if matches!(self.kind, CHOICE | NUMBER) => {
                self.check(&number.to_string())
            }
            Value::Array(items) if matches!(self.kind, CHOICES | PHONES) => {
                let text = |item: &Value| match item {
                    Value::String(text) => Ok(text.clone()),
                    Value::Number(number) => Ok(number.to_string()),
                    _ => Err(self.unfit()),
                };
                let items = items.iter().map(text).collect::<Result<Vec<_>, _>>()?;
                self.check(&Value::from(items).to_string())
            }
            _ => Err(self.unfit()),
        }
    }

    /// The text of `values`, a list whatever the type; a choice may be given by the option's name,
    /// as a public client does.
    pub(super) fn text_of_values(&self, values: &[Value]) -> Result<Option<String>, Refusal> {
        match (self.kind, values) {
            (_, []) => Ok(None),
            (CHOICES | PHONES, many) => self.text_of(&Value::from(many)),
            (CHOICE, [Value::String(name)]) => {
                let named = self.items.iter().find(|(_, item)| item == name);
                named.map_or_else(|| self.check(name), |(id, _)| Ok(Some(id.to_string())))
            }
            (_, [one]) => self.text_of(one),
            _ => Err(self.unfit()),
        }
    }

    fn unfit(&self) -> Refusal {
        Refusal::parameter(format!("field {} of type {}: unfit value", self.id, self.kind))
    }
}
