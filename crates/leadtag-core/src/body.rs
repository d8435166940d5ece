//! The bodies of requests: their rules, and their bytes.

use bytes::Bytes;
use serde::Serialize;

use crate::{Error, Platform, Result};

/// A request body with rules that can be checked before it is sent.
pub trait Body: Serialize + Sync {
    /// Refuses what the platform would refuse, or misunderstand; the text says which member is
    /// wrong and why.
    ///
    /// # Errors
    /// That text.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// The JSON of a body that may be sent.
    ///
    /// # Errors
    /// `InvalidArgument` if it breaks a rule or cannot be written.
    fn checked(&self, platform: Platform, operation: &str) -> Result<Vec<u8>> {
        let invalid = |why| Error::invalid_argument(why).with_context(platform, operation);
        self.check().map_err(invalid)?;
        to_json(self, platform, operation)
    }
}

/// The JSON of a value.
///
/// # Errors
/// `InvalidArgument` if it cannot be written.
pub fn to_json(
    value: &(impl Serialize + ?Sized),
    platform: Platform,
    operation: &str,
) -> Result<Vec<u8>> {
    // The text of a serialiser's error may quote what was serialised.
    serde_json::to_vec(value).map_err(|_| {
        Error::invalid_argument("the body cannot be written as JSON")
            .with_context(platform, operation)
    })
}

/// Refuses an empty text.
///
/// # Errors
/// A text that names `what`.
pub fn check_text(what: &str, text: &str) -> Result<(), String> {
    if text.trim().is_empty() { Err(format!("{what} is empty")) } else { Ok(()) }
}

/// `application/x-www-form-urlencoded`.
pub(crate) fn form<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Bytes {
    let mut writer = url::form_urlencoded::Serializer::new(String::new());
    writer.extend_pairs(pairs);
    writer.finish().into()
}

/// `multipart/form-data` of texts alone (RFC 7578): content type and body. Texts need no encoding,
/// only a boundary that none of them holds.
pub(crate) fn multipart<'a>(
    parts: impl IntoIterator<Item = (&'a str, &'a str)>,
) -> (String, Bytes) {
    let parts: Vec<(&str, &str)> = parts.into_iter().collect();
    let taken = |boundary: &str| parts.iter().any(|(_, text)| text.contains(boundary));
    let mut number = 0_u64;
    let mut boundary = "leadtag-boundary-0".to_owned();
    while taken(&boundary) {
        number += 1;
        boundary = format!("leadtag-boundary-{number}");
    }
    let mut body = String::new();
    for (name, text) in &parts {
        let name = quoted(name);
        body.push_str(&format!(
            "--{boundary}\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{text}\r\n"
        ));
    }
    body.push_str(&format!("--{boundary}--\r\n"));
    (format!("multipart/form-data; boundary={boundary}"), body.into())
}

/// A name as browsers write it between quotes.
fn quoted(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_ends_a_multipart_body_early() {
        let (content_type, body) = multipart([("a", "--leadtag-boundary-0--"), ("b\"\r\n", "")]);
        assert_eq!(content_type, "multipart/form-data; boundary=leadtag-boundary-1");
        assert_eq!(
            body,
            "--leadtag-boundary-1\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\n\
             --leadtag-boundary-0--\r\n--leadtag-boundary-1\r\n\
             Content-Disposition: form-data; name=\"b%22%0D%0A\"\r\n\r\n\r\n\
             --leadtag-boundary-1--\r\n"
        );
    }

    #[test]
    fn a_form_is_percent_encoded() {
        assert_eq!(
            form([("grant_type", "a b"), ("t", "令&=+")]),
            "grant_type=a+b&t=%E4%BB%A4%26%3D%2B"
        );
    }
}
