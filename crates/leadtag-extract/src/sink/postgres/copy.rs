//! Rows as `COPY … FROM STDIN` reads them.

use std::fmt::Write;

use leadtag_core::mend_escapes;

use crate::Cell;

/// What stands for something that PostgreSQL cannot hold.
const REPLACEMENT: char = '\u{fffd}';

/// Writes a value; nothing, as `\N`.
pub(super) fn push_cell(line: &mut String, cell: &Cell) {
    match cell {
        Cell::Null => line.push_str("\\N"),
        Cell::Text(text) => push_text(line, text),
        Cell::Json(json) if is_for_jsonb(json) => push_text(line, &mend_escapes(json, true)),
        // As a text within JSON.
        Cell::Json(_) => {
            push_text(line, &mend_escapes(&Cell::Text(cell.to_text()).to_json(), true))
        }
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

/// So deep, and with numbers so long, JSON may be in a `jsonb`. PostgreSQL takes more; how much more
/// of depth depends on the server.
const DEEPEST: usize = 1_000;
const LONGEST_NUMBER: usize = 1_000;
const LONGEST_EXPONENT: usize = 4;

fn is_for_jsonb(json: &str) -> bool {
    let mut depth = 0_usize;
    let mut rest = json.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match first {
            b'"' => rest = behind_string(rest),
            b'[' | b'{' => depth += 1,
            b']' | b'}' => depth = depth.saturating_sub(1),
            b'-' | b'0'..=b'9' => {
                let is_in_number = |b: &u8| b.is_ascii_digit() || b"eE+-.".contains(b);
                let ends = rest.iter().position(|b| !is_in_number(b)).unwrap_or(rest.len());
                let (number, after) = rest.split_at(ends);
                let exponent = number.iter().rposition(|b| matches!(b, b'e' | b'E'));
                let signed = exponent.map_or(&[][..], |at| &number[at + 1..]);
                let digits = signed.iter().filter(|b| b.is_ascii_digit()).count();
                if number.len() > LONGEST_NUMBER || digits > LONGEST_EXPONENT {
                    return false;
                }
                rest = after;
            }
            _ => {}
        }
        if depth > DEEPEST {
            return false;
        }
    }
    true
}

/// What stands behind the quote that ends a string.
fn behind_string(json: &[u8]) -> &[u8] {
    let mut at = 0;
    while let Some(b) = json.get(at) {
        match b {
            b'"' => return &json[at + 1..],
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
    &[]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jsonb_gets_no_json_that_it_may_refuse() {
        for fits in ["", "{}", r#"{"a\"":[-1.5e+9999,true,null,"1e99999 [[\\"]}"#, "1e-10", "falsé"]
        {
            assert!(is_for_jsonb(fits), "{fits}");
        }
        let (deep, long) = ("[".repeat(DEEPEST + 1), "1".repeat(LONGEST_NUMBER + 2));
        for refused in ["1e10000", "[-1E-400000]", &deep, &long] {
            assert!(!is_for_jsonb(refused), "{refused}");
        }
        let mut line = String::new();
        push_cell(&mut line, &Cell::Json(r#"{"a\u0000":1e99999}"#.to_owned()));
        assert_eq!(line, r#""{\\"a\\\\u0000\\":1e99999}""#);
    }

    #[test]
    fn what_has_a_meaning_is_escaped() {
        let mut line = String::new();
        push_cell(&mut line, &Cell::List(vec!["a\"\\".to_owned(), "b\t\0".to_owned()]));
        assert_eq!(line, "{\"a\\\\\"\\\\\\\\\",\"b\\t\u{fffd}\"}");
    }
}
