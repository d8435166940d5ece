//! `tags.toml` and `tags.lock`, as the commands read them.

use std::io::ErrorKind;
use std::path::Path;

use leadtag_taxonomy::{Error, File, Finding, Lock, Pending, Severity, Workspace, check_bytes};

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
        let bytes = read_file(path)?;
        let lock = lock.map(|(lock, path)| (lock, path.display().to_string()));
        let lock = lock.as_ref().map(|(lock, name)| (*lock, name.as_str()));
        let name = path.display().to_string();
        let (file, findings) = check_bytes(&bytes, &name, &session.facts(), lock);
        for found in &findings {
            output.notice(&line_of(found));
        }
        if is_wrong(&findings) {
            return Err(Failure::usage(
                format!("{name}: {}", count(&findings)),
                "leadtag tags check tells what to do about each",
            ));
        }
        Ok(Self { file, text: String::from_utf8_lossy(&bytes).into_owned() })
    }
}

/// Reads a `tags.toml`.
pub(super) fn read_file(path: &Path) -> Result<Vec<u8>, Failure> {
    std::fs::read(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::usage(
            format!("there is no file {}", path.display()),
            "leadtag tags import writes one from what is live; --file names another one",
        ),
        _ => unreadable(path, &error),
    })
}

/// Reads the lock; where there is no file, nothing is owned.
pub(super) fn read_lock(path: &Path) -> Result<Lock, Failure> {
    let bytes = match std::fs::read(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Lock::default()),
        Err(error) => return Err(unreadable(path, &error)),
    };
    Lock::parse_bytes(bytes, &path.display().to_string()).map_err(unusable)
}

/// The lock with all that is known to have been done. Nothing is changed.
pub(super) fn peek(lock: &Path, output: &Output) -> Result<Lock, Failure> {
    let Pending { lock, interrupted, .. } = Workspace::peek(lock).map_err(unusable)?;
    if interrupted {
        output.notice(
            "an apply was interrupted, or is at work: the next leadtag tags apply looks first what \
             became of it",
        );
    }
    Ok(lock)
}

/// What could not be done on this machine.
pub(super) fn failure(error: Error) -> Failure {
    match &error {
        Error::Damaged { .. } => unusable(error),
        Error::File { path, source, .. } if source.kind() == ErrorKind::NotFound => {
            let directory = path.parent().unwrap_or(path).display();
            Failure::failed(format!("there is no directory {directory}"))
        }
        _ => Failure::failed(error.to_string()),
    }
}

fn unreadable(path: &Path, error: &std::io::Error) -> Failure {
    Failure::usage(
        format!("{} cannot be read ({})", path.display(), error.kind()),
        "check the path",
    )
}

/// A file that was given and cannot be used as it is. Nothing was sent.
pub(super) fn unusable(error: Error) -> Failure {
    let text = error.to_string();
    let (what, remedy) = text.rsplit_once("; ").unwrap_or((&text, "check the path"));
    Failure::usage(what, remedy)
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
