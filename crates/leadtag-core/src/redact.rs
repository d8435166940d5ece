//! Keeps secrets and personal data out of everything that is printed.

use std::borrow::Cow;

/// Stands where something was taken out.
pub(crate) const HIDDEN: &str = "[hidden]";

/// Replaces every occurrence of each secret, also as it stands in a query. Secrets shorter than four bytes are left: replacing
/// them would only garble the text and tell where they stood.
pub(crate) fn hide(text: &mut String, secrets: &[&str]) {
    for secret in secrets.iter().filter(|secret| secret.len() >= 4) {
        let in_query: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
        for form in [*secret, in_query.as_str()] {
            if text.contains(form) {
                *text = text.replace(form, HIDDEN);
            }
        }
    }
}

/// Masks what looks like a mobile number of mainland China or an e-mail address.
///
/// For texts that come from outside, such as a platform's error message.
#[must_use]
pub fn mask_personal(text: &str) -> Cow<'_, str> {
    let spans = personal_spans(text);
    if spans.is_empty() {
        return Cow::Borrowed(text);
    }
    let mut masked = String::with_capacity(text.len());
    let mut from = 0;
    for (start, end) in spans {
        masked.push_str(&text[from..start]);
        masked.push_str("***");
        from = end;
    }
    masked.push_str(&text[from..]);
    Cow::Owned(masked)
}

fn personal_spans(text: &str) -> Vec<(usize, usize)> {
    let bytes = text.as_bytes();
    let mut spans = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let end = if bytes[at].is_ascii_digit() {
            let end = run_end(bytes, at, |b| b.is_ascii_digit());
            if is_mobile(&bytes[at..end]) {
                spans.push((at, end));
            }
            end
        } else if bytes[at] == b'@' {
            match email_around(bytes, at) {
                Some((mut start, end)) => {
                    // What was found before and reaches into it stays masked to its own start.
                    while let Some(before) = spans.pop_if(|span| span.1 > start) {
                        start = start.min(before.0);
                    }
                    spans.push((start, end));
                    end
                }
                None => at + 1,
            }
        } else {
            at + 1
        };
        at = end;
    }
    spans
}

fn run_end(bytes: &[u8], from: usize, belongs: impl Fn(u8) -> bool) -> usize {
    bytes[from..].iter().position(|b| !belongs(*b)).map_or(bytes.len(), |n| from + n)
}

/// Eleven digits that begin with 13 to 19, with or without the country code.
fn is_mobile(digits: &[u8]) -> bool {
    let local = match digits.len() {
        11 => digits,
        13 if digits.starts_with(b"86") => &digits[2..],
        15 if digits.starts_with(b"0086") => &digits[4..],
        _ => return false,
    };
    local[0] == b'1' && (b'3'..=b'9').contains(&local[1])
}

fn email_around(bytes: &[u8], at: usize) -> Option<(usize, usize)> {
    let local = |b: u8| b.is_ascii_alphanumeric() || b"._%+-".contains(&b);
    let domain = |b: u8| b.is_ascii_alphanumeric() || b".-".contains(&b);
    let start = bytes[..at].iter().rposition(|b| !local(*b)).map_or(0, |n| n + 1);
    let end = run_end(bytes, at + 1, domain);
    (start < at && bytes[at + 1..end].contains(&b'.')).then_some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mobiles_and_emails_in_a_foreign_text_are_masked() {
        for (text, masked) in [
            ("nobody here", "nobody here"),
            ("mobile 19900001234 exists", "mobile *** exists"),
            ("+8619900001234, 008619900001234", "+***, ***"),
            ("to zhang.san+x@example.com.", "to ***"),
            ("19900001234@example.com", "***"),
            ("hint: [1700000000123456789012]", "hint: [1700000000123456789012]"),
            ("联系 19900001234 或 a@b.example", "联系 *** 或 ***"),
            ("a @ b", "a @ b"),
            ("19900001234@b.c@d.e", "***"),
            ("id 410983932389440", "id 410983932389440"),
        ] {
            assert_eq!(mask_personal(text), masked, "{text}");
        }
    }

    #[test]
    fn every_occurrence_of_a_secret_is_hidden() {
        let mut text = "token abcd1234, again abcd1234".to_owned();
        hide(&mut text, &["abcd1234", "x"]);
        assert_eq!(text, "token [hidden], again [hidden]");
        let mut query = "?secret=a%2Fb+c%3D&x=1 for a/b c=".to_owned();
        hide(&mut query, &["a/b c="]);
        assert_eq!(query, "?secret=[hidden]&x=1 for [hidden]");
    }
}
