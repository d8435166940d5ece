//! The file of `--report`.

use std::fs::File;
use std::io::ErrorKind;
use std::path::Path;
use std::time::Duration;

use leadtag_extract::Destination;
use serde::Serialize;
use tokio::sync::oneshot;

use crate::commands::stop::{EXIT_STOPPED, asked_to_stop};
use crate::failure::{Failure, reason};

/// A file on a disk that works is written in less.
const MOMENT: Duration = Duration::from_secs(1);

const ANOTHER_FILE: &str = "name another file with --report";

/// One that cannot be written is told before the pull, not after it.
pub(super) fn check(path: Option<&Path>, destination: &Destination) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    if path == Path::new("-") {
        return Err(Failure::usage(
            "--report needs the name of a file",
            "--format json prints the report on stdout",
        ));
    }
    if destination.owns(path) {
        return Err(Failure::usage(
            format!(
                "the report {} would take the place of {destination}, or of what stands beside it",
                path.display(),
            ),
            ANOTHER_FILE,
        ));
    }
    // What the shell opened has other lines in it by then.
    if !may_be_replaced(path) || (path.starts_with("/dev") && path.is_file()) {
        return Err(Failure::usage(in_the_way(path), ANOTHER_FILE));
    }
    if path.is_dir() {
        let what = format!("the report {} cannot be written (it is a folder)", path.display());
        return Err(Failure::usage(what, ANOTHER_FILE));
    }
    if is_pipe(path) {
        // Whoever reads it would take this for all of it.
        return Ok(());
    }
    let is_new = path.symlink_metadata().is_err();
    let opened = File::options().create(true).append(true).open(path);
    opened.map(drop).map_err(|error| {
        let (what, hint) = unwritable(path, &error);
        Failure::usage(what, hint)
    })?;
    if is_new {
        // It is there when the pull is at its end.
        let _ = std::fs::remove_file(path);
    }
    Ok(())
}

/// Writes it, unless somebody presses Ctrl-C: a pipe that nobody reads takes for ever.
pub(super) async fn write(path: Option<&Path>, report: &impl Serialize) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let text = serde_json::to_string_pretty(report)
        .map_err(|error| Failure::failed(format!("the report is no JSON: {error}")))?;
    // The pull itself may have made a file of this name.
    if !may_be_replaced(path) {
        return Err(Failure::failed_with_hint(in_the_way(path), ANOTHER_FILE));
    }
    let (done, is_done) = oneshot::channel();
    let to = path.to_owned();
    std::thread::spawn(move || done.send(put(&to, &(text + "\n"))));
    let given_up = async {
        // What is written in no time is not cost by a signal that came before.
        tokio::time::sleep(MOMENT).await;
        asked_to_stop().await;
    };
    let written = tokio::select! {
        written = is_done => written.unwrap_or_else(|_| Err(ErrorKind::Other.into())),
        () = given_up => return Err(Failure::Reported(EXIT_STOPPED)),
    };
    written.map_err(|error| {
        let (what, hint) = unwritable(path, &error);
        Failure::failed_with_hint(what, hint)
    })
}

/// Whether it is a pipe or the like, which is written to once and not looked at before.
fn is_pipe(path: &Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        let kind = path.metadata().map(|there| there.file_type());
        kind.is_ok_and(|kind| kind.is_fifo() || kind.is_char_device())
    }
    #[cfg(not(unix))]
    {
        let _ = path;
        false
    }
}

/// Writes a file as a whole, or not at all where it is there already.
fn put(path: &Path, text: &str) -> std::io::Result<()> {
    let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
    if path.is_symlink() || (path.exists() && !path.is_file()) {
        return std::fs::write(path, text);
    }
    let mut part = path.clone().into_os_string();
    part.push(".part");
    let written = std::fs::write(&part, text).and_then(|()| std::fs::rename(&part, &path));
    written.or_else(|_| {
        // In a folder where no other file may be made.
        let _ = std::fs::remove_file(&part);
        std::fs::write(&path, text)
    })
}

fn unwritable(path: &Path, error: &std::io::Error) -> (String, &'static str) {
    let what = format!("the report {} cannot be written ({})", path.display(), reason(error));
    (what, ANOTHER_FILE)
}

fn in_the_way(path: &Path) -> String {
    format!("the report would take the place of {}, which is no report", path.display())
}

/// Whether a report may be written here: there is nothing, a device, or an older report.
fn may_be_replaced(path: &Path) -> bool {
    /// More than a report ever has.
    const MOST: u64 = 64 << 20;
    let Ok(there) = path.metadata() else { return true };
    if !there.is_file() || there.len() == 0 {
        return true;
    }
    let read = || {
        let text = std::fs::read(path).ok().filter(|_| there.len() <= MOST)?;
        serde_json::from_slice::<serde_json::Value>(&text).ok()
    };
    read().is_some_and(|report| report.get("to").is_some() && report["streams"].is_array())
}
