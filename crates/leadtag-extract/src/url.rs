//! URLs of databases, for people: without passwords.

use std::ops::Range;

/// The URL as a destination is written. One of another form gets the kind before it.
pub(crate) fn display(url: &str) -> String {
    let shown = without_password(url);
    let is_url = shown.starts_with("postgres://") || shown.starts_with("postgresql://");
    if is_url { shown } else { format!("postgres:{shown}") }
}

/// The text with `***` in the place of what may be a password: rather too much of it than too
/// little.
#[must_use]
pub fn without_password(url: &str) -> String {
    let is_url = url.contains("://");
    let mut shown = url.to_owned();
    let start = shown.find("://").map(|at| at + 3).or_else(|| shown.find(':').map(|at| at + 1));
    if let Some(start) = start
        && let Some(end) = shown.rfind('@').filter(|end| *end > start)
        && let Some(colon) = shown[start..end].find(':')
    {
        shown.replace_range(start + colon + 1..end, "***");
    } else if let Some(path) = start.and_then(|start| path_of(&shown, start))
        && let Some(colon) = shown[path.clone()].find(':')
    {
        // A URL without its host, or with its user behind it.
        shown.replace_range(path.start + colon + 1..path.end, "***");
    }
    for name in ["password", "passwd", "pass", "pwd"] {
        hide_value(&mut shown, name, is_url);
    }
    shown
}

/// Whether it is written in words, such as `host=h user=u`.
pub(crate) fn is_in_words(text: &str) -> bool {
    let is_name = |name: &str| {
        !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_')
    };
    text.split_once('=').is_some_and(|(name, _)| is_name(name.trim()))
}

/// What stands behind the host and its port, and before the parameters, in what may be the URL of a
/// database; `start` is where its scheme ends.
fn path_of(text: &str, start: usize) -> Option<Range<usize>> {
    let rest = &text[start..];
    let end = rest.find('?').map_or(text.len(), |at| start + at);
    if text.contains("://") {
        return text[start..end].find('/').map(|at| start + at..end);
    }
    let is_meant = text.get(..7).is_some_and(|kind| kind.eq_ignore_ascii_case("postgre"));
    (is_meant && !is_in_words(rest)).then_some(start..end)
}

/// Hides the values of a parameter.
fn hide_value(shown: &mut String, name: &str, is_url: bool) {
    let mut from = 0;
    while let Some(at) = find_ignoring_case(&shown[from..], name) {
        let name_ends = from + at + name.len();
        from = name_ends;
        let after = &shown[name_ends..];
        let Some(value) = after.trim_start().strip_prefix('=') else { continue };
        let value = value.trim_start();
        let start = shown.len() - value.len();
        let end = start + if is_url { length_in_url(value) } else { length_of_value(value) };
        shown.replace_range(start..end, "***");
        from = start + 3;
    }
}

fn find_ignoring_case(text: &str, wanted: &str) -> Option<usize> {
    let matches = |window: &[u8]| window.eq_ignore_ascii_case(wanted.as_bytes());
    text.as_bytes().windows(wanted.len()).position(matches)
}

/// How long the value of a parameter is.
fn length_in_url(text: &str) -> usize {
    text.find('&').unwrap_or(text.len())
}

/// How long a value is among words such as `host=h user=u`: it stands in quotes, or ends at a space;
/// what a backslash stands before is part of it.
fn length_of_value(text: &str) -> usize {
    let is_quoted = text.starts_with('\'');
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(usize::from(is_quoted)) {
        match c {
            _ if is_escaped => is_escaped = false,
            '\\' => is_escaped = true,
            '\'' if is_quoted => return at + 1,
            c if c.is_whitespace() && !is_quoted => return at,
            _ => {}
        }
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_form_of_a_url_shows_its_password() {
        for url in [
            "postgres://ada:secret@db.example.com/crm",
            "postgres:ada:secret@db.example.com/crm",
            "postgres:/ada:secret@db.example.com/crm",
            "postgres://ada:se@cret@db.example.com/crm",
            "postgres://ada:se/cret?x@db.example.com/crm",
            "postgres://db.example.com/crm?user=ada&password=secret&x=1",
            "postgres://db.example.com/crm?PASSWORD=se@cret",
            "host=db.example.com password=secret user=ada",
            "host=db.example.com password = 'se \\' cret' user=ada",
            "host=db.example.com password=se&cret user=ada",
            "host=db.example.com password=se\\ cret user=ada",
            "postgres://db.example.com/crm?password=se cret&x=1",
            "postgres:ada:secret",
            "postgresql:ada:secret/crm",
            "postgres:ada:secret/crm?sslmode=x",
            "postgres:ada:se=cret",
            "POSTGRES:ada:secret",
            "postgre:ada:secret",
            "postgres:///ada:secret",
            "postgres://h:5432/ada:secret?sslmode=disable",
            "postgres:host=h user=ada passwd=secret",
            "host=h user=ada pass=secret",
        ] {
            let shown = without_password(url);
            assert!(!shown.contains("cret"), "{shown}");
            assert!(shown.contains("***"), "{shown}");
        }
        for plain in [
            "postgres://ada@h/crm",
            "postgres://h:5432/crm?sslmode=disable",
            "postgres://h/crm?application_name=a:b",
            "postgres:host=::1 user=ada",
            "sqlite:C:/leads.db",
            "2026-01-31T08:00:00Z",
        ] {
            assert_eq!(without_password(plain), plain);
        }
        assert_eq!(
            without_password("postgres://h/crm?password=secret&sslmode=disable"),
            "postgres://h/crm?password=***&sslmode=disable"
        );
        assert_eq!(without_password("host=h password=a&b user=u"), "host=h password=*** user=u");
    }
}
