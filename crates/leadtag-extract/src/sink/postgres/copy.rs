//! Rows as `COPY … FROM STDIN` reads them.

use std::borrow::Cow;
use std::fmt::Write;

use crate::Cell;

/// What stands for something that PostgreSQL cannot hold.
const REPLACEMENT: char = '\u{fffd}';

/// Writes a value; nothing, as `\N`.
pub(super) fn push_cell(line: &mut String, cell: &Cell) {
    match cell {
        Cell::Null => line.push_str("\\N"),
        Cell::Text(text) => push_text(line, text),
        Cell::Json(json) => push_text(line, &clean_json(json)),
        Cell::List(texts) => push_text(line, &array(texts)),
        Cell::Time(moment) => push(line, moment),
        Cell::Bool(value) => push(line, value),
        Cell::Int(int) => push(line, int),
        Cell::Float(float) => push(line, float),
    }
}

fn push(line: &mut String, value: impl std::fmt::Display) {
    // Writing to a String cannot fail.
    let _ = write!(line, "{value}");
}

/// Writes a text, with a backslash before what has a meaning there.
pub(super) fn push_text(line: &mut String, text: &str) {
    let mut rest = text;
    while let Some(at) = rest.find(['\\', '\n', '\r', '\t', '\0']) {
        line.push_str(&rest[..at]);
        match rest.as_bytes()[at] {
            b'\\' => line.push_str("\\\\"),
            b'\n' => line.push_str("\\n"),
            b'\r' => line.push_str("\\r"),
            b'\t' => line.push_str("\\t"),
            _ => line.push(REPLACEMENT),
        }
        rest = &rest[at + 1..];
    }
    line.push_str(rest);
}

fn array(texts: &[String]) -> String {
    let mut array = String::from("{");
    for (place, text) in texts.iter().enumerate() {
        array.push_str(if place == 0 { "\"" } else { ",\"" });
        for c in text.chars() {
            if matches!(c, '"' | '\\') {
                array.push('\\');
            }
            array.push(c);
        }
        array.push('"');
    }
    array.push('}');
    array
}

/// JSON without the escapes that `jsonb` refuses: of U+0000 and of halves of surrogate pairs.
fn clean_json(json: &str) -> Cow<'_, str> {
    if !json.contains("\\u0000") && !json.contains("\\uD") && !json.contains("\\ud") {
        return Cow::Borrowed(json);
    }
    let mut clean = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        clean.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0 | 0xd800..=0xdfff), _) => {
                clean.push_str("\\ufffd");
                rest = &rest[6..];
                continue;
            }
            (Some(_), _) => 6,
            (None, _) => 2,
        };
        let length = length.min(rest.len());
        clean.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    clean.push_str(rest);
    Cow::Owned(clean)
}

/// The number of an escape `\uXXXX` at the start.
fn unit(text: &str) -> Option<u32> {
    u32::from_str_radix(text.strip_prefix("\\u")?.get(..4)?, 16).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jsonb_gets_nothing_that_it_refuses() {
        let pair = r#""\ud83d\ude00""#;
        assert_eq!(clean_json(pair), pair);
        assert_eq!(clean_json(r#""a\u0000b""#), r#""a\ufffdb""#);
        assert_eq!(clean_json(r#""\ud800""#), r#""\ufffd""#);
        assert_eq!(clean_json(r#""\udc00\ud83d\ude00\n""#), r#""\ufffd\ud83d\ude00\n""#);
        // A backslash, and then a text.
        assert_eq!(clean_json(r#""\\u0000""#), r#""\\u0000""#);
    }

    #[test]
    fn what_has_a_meaning_is_escaped() {
        let mut line = String::new();
        push_cell(&mut line, &Cell::List(vec!["a\"\\".to_owned(), "b\t\0".to_owned()]));
        assert_eq!(line, "{\"a\\\\\"\\\\\\\\\",\"b\\t\u{fffd}\"}");
    }
}
