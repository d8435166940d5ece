//! URLs of databases, for people: without passwords.

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
    } else if let Some(start) = start.filter(|_| !is_url && !shown.contains(['@', '=']))
        && shown.starts_with("postgres")
        && let Some(colon) = shown[start..].find(':')
    {
        // A URL without its host.
        shown.replace_range(start + colon + 1.., "***");
    }
    let mut from = 0;
    while let Some(at) = find_ignoring_case(&shown[from..], "password") {
        let name_ends = from + at + "password".len();
        from = name_ends;
        let after = &shown[name_ends..];
        let Some(value) = after.trim_start().strip_prefix('=') else { continue };
        let value = value.trim_start();
        let start = shown.len() - value.len();
        let end = start + if is_url { length_in_url(value) } else { length_of_value(value) };
        shown.replace_range(start..end, "***");
        from = start + 3;
    }
    shown
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
        ] {
            let shown = without_password(url);
            assert!(!shown.contains("cret"), "{shown}");
            assert!(shown.contains("***"), "{shown}");
        }
        for plain in ["postgres://ada@h/crm", "postgres:host=::1 user=ada", "sqlite:C:/leads.db"] {
            assert_eq!(without_password(plain), plain);
        }
        assert_eq!(
            without_password("postgres://h/crm?password=secret&sslmode=disable"),
            "postgres://h/crm?password=***&sslmode=disable"
        );
        assert_eq!(without_password("host=h password=a&b user=u"), "host=h password=*** user=u");
    }
}
