//! Parameters of a URL that the client does not know.

use percent_encoding::percent_decode_str;

/// Takes the parameters of these names out of a URL, or out of `host=… user=…`. The last value of
/// each counts. `None`: a value is no text.
pub(super) fn take<const N: usize>(
    text: &str,
    names: [&str; N],
) -> Option<(String, [Option<String>; N])> {
    let mut values = [const { None }; N];
    let mut keep = |name: &str, value: String| {
        let place = names.iter().position(|known| *known == name);
        place.map(|place| values[place] = Some(value)).is_none()
    };
    let rest = if text.contains("://") {
        out_of_url(text, &mut keep)?
    } else {
        out_of_pairs(text, &mut keep)
    };
    Some((rest, values))
}

/// `keep` tells whether a parameter stays.
fn out_of_url(url: &str, mut keep: impl FnMut(&str, String) -> bool) -> Option<String> {
    // A password may have a question mark in it, as it may have for the client.
    let user = url.find('@').unwrap_or(0);
    let Some(query) = url[user..].find('?').map(|at| user + at) else {
        return Some(url.to_owned());
    };
    let mut rest = url[..query].to_owned();
    let mut joint = '?';
    for pair in url[query + 1..].split('&') {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        if keep(name, percent_decode_str(value).decode_utf8().ok()?.into_owned()) {
            rest.push(joint);
            rest.push_str(pair);
            joint = '&';
        }
    }
    Some(rest)
}

/// What is no pair is left to the client, which tells what is wrong with it.
fn out_of_pairs(text: &str, mut keep: impl FnMut(&str, String) -> bool) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some((name, value, after)) = pair(rest) {
        if keep(name, value) {
            kept.push_str(&rest[..rest.len() - after.len()]);
        }
        rest = after;
    }
    kept + rest
}

/// The first `name = value` or `name='va\'lue'`, and what stands behind it.
fn pair(text: &str) -> Option<(&str, String, &str)> {
    let (name, value) = text.split_once('=')?;
    let value = value.trim_start();
    let quoted = value.strip_prefix('\'');
    let mut read = String::new();
    let mut chars = quoted.unwrap_or(value).chars();
    let mut is_closed = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => read.extend(chars.next()),
            '\'' if quoted.is_some() => {
                is_closed = true;
                break;
            }
            c if quoted.is_none() && c.is_whitespace() => break,
            c => read.push(c),
        }
    }
    (quoted.is_none() || is_closed).then(|| (name.trim(), read, chars.as_str()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(text: &str, rest: &str, schema: Option<&str>) {
        let (kept, [found]) = take(text, ["schema"]).unwrap();
        assert_eq!((&*kept, found.as_deref()), (rest, schema), "{text}");
    }

    #[test]
    fn a_parameter_is_taken_out_of_a_url() {
        let left = "postgres://h/db?sslmode=disable&x=1";
        check("postgres://h/db?sslmode=disable&schema=crm&x=1", left, Some("crm"));
        check("postgres://h/db?schema=crm", "postgres://h/db", Some("crm"));
        check(
            "postgres://h/db?schema=Sales%20%E4%B8%80&schema=a%26b",
            "postgres://h/db",
            Some("a&b"),
        );
        check("postgres://h/db", "postgres://h/db", None);
        check("postgres://ada:w?schema=x@h/db", "postgres://ada:w?schema=x@h/db", None);
        assert!(take("postgres://h/db?schema=%ff", ["schema"]).is_none());
    }

    #[test]
    fn a_parameter_is_taken_out_of_pairs() {
        check("host=h schema=crm user=ada", "host=h user=ada", Some("crm"));
        check("schema = 'Sal\\'es CRM' host=h", " host=h", Some("Sal'es CRM"));
        check("password='schema=x' host=h", "password='schema=x' host=h", None);
        check("host=h password='open schema=x", "host=h password='open schema=x", None);
        check("host=h schema=crm", "host=h ", Some("crm"));
    }
}
