//! Values of the right type, and what is told of the others.

use std::ops::Range;

use leadtag_core::config::nearest;
use toml::de::{DeTable, DeValue};

use super::{Key, Reader, Value};
use crate::{Code, Finding};

impl Reader<'_> {
    pub(super) fn text(&mut self, what: &str, value: &Value<'_>) -> Option<String> {
        match value.get_ref() {
            DeValue::String(text) => Some(text.to_string()),
            _ => self.wrong_type(what, "a text in quotes", value),
        }
    }

    pub(super) fn integer(&mut self, what: &str, value: &Value<'_>) -> Option<i64> {
        let number = match value.get_ref() {
            DeValue::Integer(number) => i64::from_str_radix(number.as_str(), number.radix()).ok(),
            _ => None,
        };
        number.or_else(|| self.wrong_type(what, "a whole number", value))
    }

    pub(super) fn list<'t, 'i>(
        &mut self,
        what: &str,
        value: &'t Value<'i>,
    ) -> Option<&'t [Value<'i>]> {
        match value.get_ref() {
            DeValue::Array(values) => Some(values),
            _ => self.wrong_type(what, "a list such as [\"…\"]", value),
        }
    }

    pub(super) fn table<'t, 'i>(
        &mut self,
        what: &str,
        form: &str,
        value: &'t Value<'i>,
    ) -> Option<&'t DeTable<'i>> {
        match value.get_ref() {
            DeValue::Table(table) => Some(table),
            _ => self.wrong_type(what, &format!("a table; write {form}"), value),
        }
    }

    /// The tables of a list of tables, each with its place.
    pub(super) fn tables<'t, 'i>(
        &mut self,
        what: &str,
        form: &str,
        value: &'t Value<'i>,
    ) -> Vec<(&'t DeTable<'i>, Range<usize>)> {
        let expected = format!("a list of tables; write {form}");
        let DeValue::Array(values) = value.get_ref() else {
            self.wrong_type::<()>(what, &expected, value);
            return Vec::new();
        };
        let tables = values.iter().filter_map(|value| match value.get_ref() {
            DeValue::Table(table) => Some((table, value.span())),
            _ => self.wrong_type(what, &expected, value),
        });
        tables.collect()
    }

    pub(super) fn wrong_type<T>(
        &mut self,
        what: &str,
        expected: &str,
        value: &Value<'_>,
    ) -> Option<T> {
        let message = format!("{what} must be {expected}");
        self.tell(Code::WrongType, &value.span(), message);
        None
    }

    pub(super) fn unknown(&mut self, key: &Key<'_>, known: &[&str]) {
        let name = key.get_ref();
        let hint = match nearest(name, known.iter().copied()) {
            Some(near) => format!("did you mean {near}?"),
            None => format!("known here: {}", known.join(", ")),
        };
        self.tell_with(Code::UnknownKey, &key.span(), format!("unknown key {name:?}"), hint);
    }

    pub(super) fn tell(&mut self, code: Code, span: &Range<usize>, message: impl Into<String>) {
        self.findings.push(Finding::new(code, self.lines.place(span), message));
    }

    pub(super) fn tell_with(
        &mut self,
        code: Code,
        span: &Range<usize>,
        message: impl Into<String>,
        hint: impl Into<String>,
    ) {
        let finding = Finding::new(code, self.lines.place(span), message);
        self.findings.push(finding.with_hint(hint));
    }
}
