//! `tags.toml` and `tags.lock`, as the commands read them.

use std::io::ErrorKind;
use std::path::Path;

use leadtag_taxonomy::{File, Finding, Lock, Severity, check_text};

use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

/// A `tags.toml` in which nothing is wrong.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) file: File,
    pub(crate) text: String,
}

impl Source {
    /// Reads the file. With an error in it nothing can be planned: all of them are told.
    pub(crate) fn read(
        path: &Path,
        lock: Option<(&Lock, &Path)>,
        session: &Session,
        output: &Output,
    ) -> Result<Self, Failure> {
        let text = read_text(path)?;
        let lock = lock.map(|(lock, path)| (lock, path.display().to_string()));
        let lock = lock.as_ref().map(|(lock, name)| (*lock, name.as_str()));
        let name = path.display().to_string();
        let (file, findings) = check_text(&text, &name, &session.facts(), lock);
        for found in &findings {
            output.notice(&line_of(found));
        }
        if is_wrong(&findings) {
            return Err(Failure::usage(
                format!("{name}: {}", count(&findings)),
                "leadtag tags check tells what to do about each",
            ));
        }
        Ok(Self { file, text })
    }
}

/// Reads the text of a `tags.toml`.
pub(crate) fn read_text(path: &Path) -> Result<String, Failure> {
    let name = path.display();
    std::fs::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::failed_with_hint(
            format!("there is no file {name}"),
            "leadtag tags import writes one from what is live; --file names another one",
        ),
        ErrorKind::InvalidData => {
            Failure::failed_with_hint(format!("{name} is not UTF-8"), "save it as UTF-8")
        }
        kind => Failure::failed(format!("{name} cannot be read ({kind})")),
    })
}

/// Reads the lock; where there is no file, nothing is owned.
pub(crate) fn read_lock(path: &Path) -> Result<Lock, Failure> {
    let name = path.display();
    let text = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Lock::default()),
        Err(error) => {
            return Err(Failure::failed(format!("{name} cannot be read ({})", error.kind())));
        }
    };
    Lock::parse(&text, &name.to_string()).map_err(|error| {
        let text = error.to_string();
        let (what, remedy) = text.rsplit_once("; ").unwrap_or((&text, "correct it"));
        Failure::usage(what, remedy)
    })
}

/// Whether an error is among the findings.
pub(super) fn is_wrong(findings: &[Finding]) -> bool {
    findings.iter().any(|found| found.severity() == Severity::Error)
}

/// `2 errors, 1 notice`.
pub(super) fn count(findings: &[Finding]) -> String {
    let errors = findings.iter().filter(|found| found.severity() == Severity::Error).count();
    let counted = |number, what| match number {
        0 => None,
        1 => Some(format!("1 {what}")),
        _ => Some(format!("{number} {what}s")),
    };
    let parts = [counted(errors, "error"), counted(findings.len() - errors, "notice")];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

/// A finding on one line, without what to do about it.
pub(super) fn line_of(found: &Finding) -> String {
    let severity = match found.severity() {
        Severity::Error => "error",
        _ => "notice",
    };
    format!("{}: {severity}: {} [{}]", found.place, found.message, found.code)
}
