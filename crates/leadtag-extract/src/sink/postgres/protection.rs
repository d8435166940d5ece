//! How the way to the server is protected.

use std::path::PathBuf;

/// What `sslmode` asks for, as PostgreSQL's own programs read it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Protection {
    /// Nothing is encrypted.
    Disable,
    /// It is encrypted if the server can do that. Whose server it is, is not checked.
    Prefer,
    /// It is encrypted. Whose server it is, is not checked.
    Require,
    /// Besides, the server's certificate is of an authority in this file.
    VerifyCa(PathBuf),
    /// Besides, it is for the server's name. Without a file the system's authorities count.
    VerifyFull(Option<PathBuf>),
}

impl Protection {
    /// Reads `sslmode` and `sslrootcert`; what is wrong with them otherwise.
    pub(super) fn parse(mode: Option<&str>, root: Option<&str>) -> Result<Self, String> {
        let is_system = root == Some("system");
        let file = root.filter(|root| !root.is_empty() && !is_system).map(PathBuf::from);
        Ok(match (mode.unwrap_or("prefer"), file) {
            ("disable", _) => Self::Disable,
            ("allow" | "prefer", _) if !is_system => Self::Prefer,
            ("require", None) if !is_system => Self::Require,
            ("require" | "verify-ca", Some(file)) => Self::VerifyCa(file),
            ("verify-full", file) => Self::VerifyFull(file),
            ("verify-ca", None) if !is_system => {
                return Err("sslmode=verify-ca needs the authority's certificate; add \
                            sslrootcert=FILE, or take sslmode=verify-full, which the certificates \
                            of the system are good enough for"
                    .to_owned());
            }
            ("allow" | "prefer" | "require" | "verify-ca", _) => {
                return Err(
                    "sslrootcert=system goes with sslmode=verify-full only; with any other \
                            the authorities of the system would vouch for every server"
                        .to_owned(),
                );
            }
            (other, _) => {
                return Err(format!(
                    "there is no sslmode={other}; write disable, prefer, require, verify-ca or \
                     verify-full"
                ));
            }
        })
    }

    /// Whether nothing may be sent that is not encrypted.
    pub(super) fn is_needed(&self) -> bool {
        !matches!(self, Self::Disable | Self::Prefer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_mean_what_they_mean_elsewhere() {
        let file = || PathBuf::from("ca.pem");
        for (mode, root, meant) in [
            (None, None, Protection::Prefer),
            (None, Some("ca.pem"), Protection::Prefer),
            (Some("disable"), Some("system"), Protection::Disable),
            (Some("require"), None, Protection::Require),
            // It is checked as soon as there is something to check it by.
            (Some("require"), Some("ca.pem"), Protection::VerifyCa(file())),
            (Some("verify-ca"), Some("ca.pem"), Protection::VerifyCa(file())),
            (Some("verify-full"), Some("ca.pem"), Protection::VerifyFull(Some(file()))),
            (Some("verify-full"), Some("system"), Protection::VerifyFull(None)),
            (Some("verify-full"), None, Protection::VerifyFull(None)),
        ] {
            assert_eq!(Protection::parse(mode, root), Ok(meant), "{mode:?} {root:?}");
        }
    }

    #[test]
    fn what_would_protect_nothing_is_refused() {
        for (mode, root, part) in [
            ("verify", None, "verify-full"),
            ("verify-ca", None, "sslrootcert=FILE"),
            ("verify-ca", Some("system"), "verify-full only"),
            ("require", Some("system"), "verify-full only"),
        ] {
            let error = Protection::parse(Some(mode), root).unwrap_err();
            assert!(error.contains(part), "{error}");
        }
    }
}
