//! The code in an answer that is almost JSON.

/// Code and words of an object, whatever else stands between its members. Only its own members
/// count, not those of objects within it.
pub(super) fn head(body: &[u8]) -> Option<(i64, String)> {
    let text = std::str::from_utf8(body).ok()?.trim();
    if !text.starts_with('{') || !text.ends_with('}') {
        return None;
    }
    let (mut code, mut message) = (None, String::new());
    let (mut depth, mut at) = (0_usize, 0);
    while let Some(byte) = text.as_bytes().get(at) {
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1)?,
            b'"' => {
                let end = string_end(text, at)?;
                let value = text.get(end..).and_then(after_colon);
                match (&text[at..end], value) {
                    (r#""errcode""#, Some(value)) if depth == 1 => code = Some(integer(value)?),
                    (r#""message""#, Some(value)) if depth == 1 => message = string(value),
                    _ => {}
                }
                at = end;
                continue;
            }
            _ => {}
        }
        at += 1;
    }
    (depth == 0).then_some((code?, message))
}

/// Where the string that begins at `start` ends, behind its quote.
fn string_end(text: &str, start: usize) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = start + 1;
    loop {
        match bytes.get(at)? {
            b'\\' => at += 2,
            b'"' => return Some(at + 1),
            _ => at += 1,
        }
    }
}

fn after_colon(text: &str) -> Option<&str> {
    text.trim_start().strip_prefix(':').map(str::trim_start)
}

fn integer(value: &str) -> Option<i64> {
    let value = value.strip_prefix('"').unwrap_or(value);
    let is_part = |c: char| c.is_ascii_digit() || c == '-';
    let end = value.find(|c| !is_part(c)).unwrap_or(value.len());
    value[..end].parse().ok()
}

fn string(value: &str) -> String {
    let whole = value.starts_with('"').then(|| string_end(value, 0)).flatten();
    whole.and_then(|end| serde_json::from_str(&value[..end]).ok()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(body: &str) -> Option<i64> {
        head(body.as_bytes()).map(|(code, _)| code)
    }

    #[test]
    fn the_code_is_found_behind_a_comment() {
        let documented = "{ \u{a0}\u{a0}\"data\":{}//客户信息 \u{a0}\"errcode\":0 }";
        assert_eq!(code(documented), Some(0));
        assert_eq!(code("{\n\"data\":{}//客户信息\n\"errcode\" : \"406\"\n}\n"), Some(406));
        let refused = r#"{"errcode":1,"message":"a \"b\"" "data":{}}"#;
        assert_eq!(head(refused.as_bytes()), Some((1, "a \"b\"".to_owned())));
    }

    #[test]
    fn a_code_within_the_data_or_within_a_text_is_none() {
        for body in [
            r#"{"data":{"errcode":0}//x }"#,
            r#"{"data":[{"errcode":0}] x }"#,
            r#"{"data":"\"errcode\":0" x }"#,
            r#"{"x":"errcode" 0}"#,
        ] {
            assert_eq!(code(body), None, "{body}");
        }
    }

    #[test]
    fn what_is_cut_off_has_no_code() {
        for body in [
            r#"{"data":{"#,
            r#"{"errcode":0,"data":{"a":"}"#,
            r#"{"errcode":0,"data":{}"#,
            r#"{"errcode":0}}"#,
            r#"{"errcode":}"#,
            "",
            "[]",
            r#"{"a":"\"#,
        ] {
            assert_eq!(code(body), None, "{body}");
        }
    }
}
