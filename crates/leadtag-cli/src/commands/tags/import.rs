//! `leadtag tags import`.

use std::path::PathBuf;

use leadtag::SystemClock;
use leadtag_taxonomy::{Destination, Error, Imported, Note, import};
use serde::Serialize;

use super::files::{self, read_lock};
use super::targets::{refuse_read_only, targets};
use crate::args::TagsImport;
use crate::failure::Failure;
use crate::output::{Output, printable};
use crate::session::Session;

/// What nobody can see on a platform.
const NOT_CARRIED_OVER: &str =
    "comments, aliases, flatten and [absent] are not carried over to the new tags.toml";

#[derive(Serialize)]
struct Written<'a> {
    file: String,
    lock: String,
    groups: usize,
    tags: usize,
    merged: usize,
    /// Where the old files are now.
    kept: Vec<String>,
    notes: &'a [Note],
}

pub(crate) async fn run(
    args: &TagsImport,
    session: &Session,
    output: &Output,
) -> Result<(), Failure> {
    let (file, lock) = (&args.files.file, &args.files.lock);
    refuse_existing(args)?;
    let providers = session.tag_providers(&args.provider, output)?;
    let targets = targets(&providers);
    refuse_read_only(&targets)?;
    let destination = Destination::open(file, lock, &SystemClock::new()).await.map_err(failure)?;
    let old = args.overwrite.then(|| read_lock(lock)).transpose().unwrap_or_else(|_| {
        output.notice(&format!(
            "notice: {} cannot be read; every logical key is made anew",
            lock.display()
        ));
        None
    });
    let imported = import(&targets, old.as_ref()).await.map_err(failure)?;
    for note in &imported.notes {
        output.notice(&format!("notice: {}", note.message));
    }
    if imported.file.groups.is_empty() {
        return Err(Failure::failed("there is nothing to import: no tag and no group is live"));
    }
    let kept = destination.write(&imported).map_err(failure)?;
    let written = written(args, &imported, &kept);
    if !kept.is_empty() {
        output.notice(&format!(
            "notice: what was there before is kept in {}; {NOT_CARRIED_OVER}",
            written.kept.join(" and ")
        ));
    }
    output.result(args.output.format, &written, || {
        printable(&format!(
            "wrote {} and {}; groups: {}, tags: {}, on several providers: {}",
            written.file, written.lock, written.groups, written.tags, written.merged
        ))
    })
}

fn written<'a>(args: &TagsImport, imported: &'a Imported, kept: &[PathBuf]) -> Written<'a> {
    let groups = &imported.file.groups;
    Written {
        file: args.files.file.display().to_string(),
        lock: args.files.lock.display().to_string(),
        groups: groups.len(),
        tags: groups.iter().map(|group| group.tags.len()).sum(),
        merged: imported.merged,
        kept: kept.iter().map(|path| path.display().to_string()).collect(),
        notes: &imported.notes,
    }
}

/// What somebody wrote is not thrown away.
fn refuse_existing(args: &TagsImport) -> Result<(), Failure> {
    let files = [&args.files.file, &args.files.lock];
    if files[0] == files[1] {
        let message = format!("{} cannot be both --file and --lock", files[0].display());
        return Err(Failure::usage(message, "give them different names"));
    }
    match files.into_iter().find(|path| path.symlink_metadata().is_ok()) {
        Some(path) if !args.overwrite => Err(Failure::usage(
            format!("{} is there already", path.display()),
            format!(
                "--overwrite replaces both files, with the old ones kept as FILE.old; ids in the \
                 old lock keep their keys, but {NOT_CARRIED_OVER}"
            ),
        )),
        _ => Ok(()),
    }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Provider { provider, error } => {
            Failure::while_reading(format!("listing the tags of {provider}"))(error)
        }
        other => files::failure(other),
    }
}
