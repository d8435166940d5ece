//! Where a platform is reached.

use std::fmt;
use std::net::IpAddr;

use url::{Host, Url};

use crate::{Error, Result};

/// The address of a platform: scheme, host, port, and a path prefix that every path is appended
/// to.
///
/// Plain `http` is refused for hosts other than loopback unless it is allowed on purpose:
/// tokens and personal data would cross the network in clear text.
#[derive(Clone, PartialEq, Eq)]
pub struct BaseUrl(Url);

impl BaseUrl {
    /// Reads an address such as `https://api.example.com` or `http://127.0.0.1:9000/prefix`.
    ///
    /// # Errors
    /// `ConfigInvalid` if it is no absolute http(s) URL, if it has credentials, a query or a
    /// fragment, or if it is plain `http` to a host other than loopback without `allow_http`.
    pub fn parse(text: &str, allow_http: bool) -> Result<Self> {
        let wrong = |why: &str| Err(Error::config(format!("base URL {}: {why}", safe(text))));
        let Ok(mut url) = Url::parse(text) else {
            return wrong("it is not a URL; write it as https://host/prefix");
        };
        if url.host().is_none() || !matches!(url.scheme(), "http" | "https") {
            return wrong("only http:// and https:// work");
        }
        if !url.username().is_empty() || url.password().is_some() {
            return wrong("take the user name and password out");
        }
        if url.query().is_some() || url.fragment().is_some() {
            return wrong("take the query and the fragment out");
        }
        let base = Self(Url::clone(&url));
        if !base.is_https() && !base.is_loopback() && !allow_http {
            return wrong(
                "plain http would show tokens and personal data to the network; use https, or \
                 set allow_http = true if you know why",
            );
        }
        let path = url.path().trim_end_matches('/').to_owned();
        url.set_path(&path);
        Ok(Self(url))
    }

    /// Whether the connection is encrypted.
    #[must_use]
    pub fn is_https(&self) -> bool {
        self.0.scheme() == "https"
    }

    /// Whether the host is this machine.
    #[must_use]
    pub fn is_loopback(&self) -> bool {
        match self.0.host() {
            Some(Host::Domain(name)) => name.eq_ignore_ascii_case("localhost"),
            Some(Host::Ipv4(ip)) => IpAddr::V4(ip).is_loopback(),
            Some(Host::Ipv6(ip)) => IpAddr::V6(ip).is_loopback(),
            None => false,
        }
    }

    /// This address with `path` appended to its prefix. `path` begins with `/`.
    #[must_use]
    pub fn join(&self, path: &str) -> Url {
        let mut url = self.0.clone();
        if self.0.path() == "/" {
            url.set_path(path);
        } else {
            url.set_path(&[self.0.path(), path].concat());
        }
        url
    }
}

/// What of a wrong address may be shown: nothing that could be a credential.
fn safe(text: &str) -> String {
    match Url::parse(text) {
        Ok(url) => {
            let host = url.host_str().unwrap_or_default();
            let port = url.port().map_or_else(String::new, |port| format!(":{port}"));
            format!("{}://{host}{port}{}", url.scheme(), url.path())
        }
        Err(_) => format!("{:?}", text.split(['?', '@']).next().unwrap_or_default()),
    }
}

impl fmt::Display for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0.as_str().trim_end_matches('/'))
    }
}

impl fmt::Debug for BaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_and_a_port_are_kept() {
        for (base, joined) in [
            ("https://a.example", "https://a.example/x/y/"),
            ("https://a.example/", "https://a.example/x/y/"),
            ("http://127.0.0.1:9000/prefix", "http://127.0.0.1:9000/prefix/x/y/"),
            ("https://a.example:8443/oapi/", "https://a.example:8443/oapi/x/y/"),
        ] {
            assert_eq!(BaseUrl::parse(base, false).unwrap().join("/x/y/").as_str(), joined);
        }
    }

    #[test]
    fn plain_http_leaves_this_machine_only_on_purpose() {
        for local in
            ["http://127.0.0.1", "http://localhost:1", "http://[::1]:1", "http://127.9.9.9"]
        {
            assert!(BaseUrl::parse(local, false).is_ok(), "{local}");
        }
        let error = BaseUrl::parse("http://a.example", false).unwrap_err();
        assert!(error.to_string().contains("allow_http"), "{error}");
        assert!(BaseUrl::parse("http://a.example", true).is_ok());
    }

    #[test]
    fn a_wrong_address_is_refused_without_showing_credentials() {
        for wrong in [
            "",
            "a.example",
            "ftp://a.example",
            "https://u:canary@a.example",
            "https://a.example?canary=1",
        ] {
            let error = BaseUrl::parse(wrong, true).unwrap_err().to_string();
            assert!(!error.contains("canary"), "{error}");
        }
    }
}
