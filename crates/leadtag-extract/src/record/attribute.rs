//! What becomes of the values that only the platform knows.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use leadtag_core::redact::mask_personal;
use serde_json::Value;

use crate::cell::{is_plain, json};
use crate::layout::{AttributePlan, Plan};
use crate::masking::{Masked, Names, Scope, Style};
use crate::names::Sequence;
use crate::pii::{Kind, hash_of};
use crate::{Cell, PiiMode};

/// What becomes of one attribute of every lead.
#[derive(Debug)]
pub(super) struct Attribute {
    /// What it is called from here on: in the column of all of them what its member is called.
    pub(super) name: Arc<str>,
    pii: PiiMode,
    scope: Scope,
}

/// Attributes of which is remembered what becomes of them. Who has more has names that are data.
const REMEMBERED: usize = 5_000;

/// What becomes of every attribute seen so far.
#[derive(Debug, Default)]
pub(super) struct Planned {
    sequence: Sequence,
    /// `None`: it is left out.
    known: Vec<Option<Attribute>>,
    /// One that is too much to be remembered.
    spare: Option<Attribute>,
}

impl Planned {
    /// The attributes of another lead follow.
    pub(super) fn begin(&mut self) {
        self.sequence.begin();
    }

    /// Whether an attribute of this name came; `None`: nobody knows.
    pub(super) fn has_met(&self, name: &str) -> Option<bool> {
        (self.known.len() < REMEMBERED).then(|| self.sequence.holds(name))
    }

    /// `None`: it is left out.
    pub(super) fn get(&mut self, name: &str, plan: &Plan, names: &Names) -> Option<&Attribute> {
        if let Some(index) = self.sequence.find(name) {
            return self.known[index].as_ref();
        }
        let attribute = Attribute::new(name, plan, names);
        if self.known.len() >= REMEMBERED {
            self.spare = attribute;
            return self.spare.as_ref();
        }
        let index = self.sequence.insert(name);
        self.known.push(attribute);
        self.known[index].as_ref()
    }

    /// All attributes of a lead as one JSON object.
    pub(super) fn in_one(
        &mut self,
        style: Style<'_>,
        plan: &Plan,
        names: &Names,
        all: BTreeMap<String, Value>,
    ) -> String {
        let mut text = String::from("{");
        for (name, value) in all {
            let Some(attribute) = self.get(&name, plan, names) else { continue };
            if text.len() > 1 {
                text.push(',');
            }
            text.push_str(&json(&&*attribute.name));
            text.push(':');
            text.push_str(&attribute.json(style, &value));
        }
        text.push('}');
        text
    }
}

impl Attribute {
    /// `None`: it is left out.
    fn new(name: &str, plan: &Plan, names: &Names) -> Option<Self> {
        let AttributePlan { name: planned, pii, said } = plan.attribute(name)?;
        let scope = Scope::of_member(names.judge(name));
        let renamed = (plan.json && planned != name).then_some(planned);
        Some(Self {
            name: renamed
                .or_else(|| hidden(name, pii, plan))
                .map_or_else(|| name.into(), Arc::from),
            pii,
            scope: if said { scope.personal(Kind::Text) } else { scope },
        })
    }

    /// The value in a column of its own.
    pub(super) fn cell(&self, style: Style<'_>, value: Value) -> Cell {
        if self.pii == PiiMode::Plain {
            return Cell::of_json(value);
        }
        let style = style.by(self.pii);
        match value {
            Value::String(text) => Cell::Text(masked(style, self.scope, text)),
            Value::Number(number) if self.scope.is_plain() && style.masker.spares(&number) => {
                Cell::of_json(Value::Number(number))
            }
            Value::Number(number) => match style.number(self.scope, &number.to_string()) {
                Some(shown) => Cell::Text(shown),
                None => Cell::of_json(Value::Number(number)),
            },
            Value::Array(items) if items.iter().all(is_plain) => {
                let scope = self.scope.deeper();
                Cell::List(items.into_iter().map(|item| masked_item(style, scope, item)).collect())
            }
            Value::Array(_) | Value::Object(_) => {
                Cell::Json(json(&Masked::at(style, self.scope, &value)))
            }
            Value::Null | Value::Bool(_) => Cell::of_json(value),
        }
    }

    /// The value in the column of all of them.
    fn json(&self, style: Style<'_>, value: &Value) -> String {
        if self.pii == PiiMode::Plain {
            return json(value);
        }
        json(&Masked::at(style.by(self.pii), self.scope, value))
    }
}

/// A name that is itself a mobile or an address.
fn hidden(name: &str, pii: PiiMode, plan: &Plan) -> Option<String> {
    match mask_personal(name) {
        Cow::Owned(shown) if pii != PiiMode::Plain => {
            let hash = hash_of(plan.pseudonyms.as_ref(), "attribute", &[name]);
            Some(format!("{shown}_{}", &hash[..8]))
        }
        _ => None,
    }
}

fn masked(style: Style<'_>, scope: Scope, text: String) -> String {
    match style.string(scope, &text) {
        Cow::Owned(shown) => shown,
        Cow::Borrowed(_) => text,
    }
}

fn masked_item(style: Style<'_>, scope: Scope, item: Value) -> String {
    match item {
        Value::String(text) => masked(style, scope, text),
        Value::Number(number) => {
            let text = number.to_string();
            style.number(scope, &text).unwrap_or(text)
        }
        other => other.to_string(),
    }
}
