//! Escapes in JSON that stand for no character.

use std::borrow::Cow;

use bytes::Bytes;

/// JSON without escapes `\uXXXX` of half a surrogate pair, and with `nul` without those of U+0000:
/// each becomes U+FFFD. Platforms send halves where they cut a text within an emoji, and one of them
/// makes a whole page unreadable to strict readers; databases do not take U+0000.
#[must_use]
pub fn mend_escapes(json: &str, nul: bool) -> Cow<'_, str> {
    let has = |escape| memchr::memmem::find(json.as_bytes(), escape).is_some();
    if !(has(b"\\ud") || has(b"\\uD") || nul && has(b"\\u0000")) {
        return Cow::Borrowed(json);
    }
    let mut mended = String::with_capacity(json.len());
    let mut rest = json;
    while let Some(at) = rest.find('\\') {
        mended.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = match (unit(rest), rest.get(6..).and_then(unit)) {
            (Some(0xd800..=0xdbff), Some(0xdc00..=0xdfff)) => 12,
            (Some(0xd800..=0xdfff), _) => 0,
            (Some(0), _) if nul => 0,
            (Some(_), _) => 6,
            // A backslash, and the character that it is for.
            (None, _) => rest.chars().take(2).map(char::len_utf8).sum(),
        };
        if length == 0 {
            mended.push_str("\\ufffd");
        }
        let (kept, after) = rest.split_at(length);
        mended.push_str(kept);
        rest = if length == 0 { &after[6..] } else { after };
    }
    mended.push_str(rest);
    Cow::Owned(mended)
}

/// The number of an escape `\uXXXX` at the start.
fn unit(text: &str) -> Option<u32> {
    let digits = text.strip_prefix("\\u")?.get(..4)?;
    digits.bytes().all(|digit| digit.is_ascii_hexdigit()).then_some(())?;
    u32::from_str_radix(digits, 16).ok()
}

/// A body with its escapes mended. What is not UTF-8 stays as it is.
pub(crate) fn readable(body: Bytes) -> Bytes {
    let has = |escape| memchr::memmem::find(&body, escape).is_some();
    if !(has(b"\\ud") || has(b"\\uD")) {
        return body;
    }
    match std::str::from_utf8(&body).map(|text| mend_escapes(text, false)) {
        Ok(Cow::Owned(mended)) => mended.into(),
        _ => body,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn halves_of_pairs_are_replaced() {
        let pair = r#""\ud83d\ude00""#;
        assert_eq!(mend_escapes(pair, true), pair);
        assert_eq!(mend_escapes(r#""a\ud800""#, false), r#""a\ufffd""#);
        assert_eq!(mend_escapes(r#""\uDC00\ud83d\ude00\n""#, false), r#""\ufffd\ud83d\ude00\n""#);
        assert_eq!(mend_escapes(r#""\ud83d\ud83d\ude00""#, false), r#""\ufffd\ud83d\ude00""#);
        // A backslash, and then a text.
        assert_eq!(mend_escapes(r#""\\ud800""#, false), r#""\\ud800""#);
    }

    #[test]
    fn nul_is_replaced_where_it_is_asked_for() {
        assert_eq!(mend_escapes(r#""a\u0000b""#, false), r#""a\u0000b""#);
        assert_eq!(mend_escapes(r#""a\u0000b\\u0000""#, true), r#""a\ufffdb\\u0000""#);
    }

    #[test]
    fn what_is_no_text_stays_as_it_is() {
        let body = Bytes::from_static(b"\"\\ud800\xff\"");
        assert_eq!(readable(body.clone()), body);
    }

    proptest! {
        #[test]
        fn whatever_is_escaped_can_be_read(
            units in prop::collection::vec(prop::sample::select(
                vec!["\\ud83d", "\\ude00", "\\\\", "\\u0000", "\\\"", "x", "ud800", "一"]
            ), 0..12),
        ) {
            let json = format!("\"{}\"", units.concat());
            let mended = mend_escapes(&json, true);
            let read: String = serde_json::from_str(&mended).unwrap();
            prop_assert!(!read.contains('\0'));
        }

        #[test]
        fn nothing_panics(text in r#"[\\u0dD83一"]{0,20}"#) {
            let _ = mend_escapes(&text, true);
        }
    }
}
