//! `leadtag tags import`.

use std::ffi::OsString;
use std::io::Write;
use std::path::{Path, PathBuf};

use leadtag_taxonomy::{Error, Imported, Note, Target, import};
use serde::Serialize;

use super::files::read_lock;
use crate::args::TagsImport;
use crate::failure::Failure;
use crate::output::{Output, printable};
use crate::session::Session;

#[derive(Serialize)]
struct Written<'a> {
    file: String,
    lock: String,
    groups: usize,
    tags: usize,
    merged: usize,
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
    let old = args.overwrite.then(|| read_lock(lock)).transpose().unwrap_or_else(|_| {
        output.notice(&format!(
            "notice: {} cannot be read; every logical key is made anew",
            lock.display()
        ));
        None
    });
    let targets: Vec<_> = providers
        .iter()
        .map(|(name, provider)| Target { name, provider: provider.as_ref() })
        .collect();
    let imported = import(&targets, old.as_ref()).await.map_err(failure)?;
    for note in &imported.notes {
        output.notice(&format!("notice: {}", note.message));
    }
    if imported.file.groups.is_empty() {
        return Err(Failure::failed("there is nothing to import: no tag and no group is live"));
    }
    // With the new lock and an old file, tags that are not in the file would be deleted.
    replace(file, &imported.file.to_toml())?;
    replace(lock, &imported.lock.to_text())?;
    let written = written(args, &imported);
    output.result(args.output.format, &written, || {
        printable(&format!(
            "wrote {} and {}; groups: {}, tags: {}, on several providers: {}",
            written.file, written.lock, written.groups, written.tags, written.merged
        ))
    })
}

fn written<'a>(args: &TagsImport, imported: &'a Imported) -> Written<'a> {
    let groups = &imported.file.groups;
    Written {
        file: args.files.file.display().to_string(),
        lock: args.files.lock.display().to_string(),
        groups: groups.len(),
        tags: groups.iter().map(|group| group.tags.len()).sum(),
        merged: imported.merged,
        notes: &imported.notes,
    }
}

/// What somebody wrote, or what an interrupted apply still needs, is not thrown away.
fn refuse_existing(args: &TagsImport) -> Result<(), Failure> {
    let there = |path: &Path| path.symlink_metadata().is_ok();
    let (file, lock) = (&args.files.file, &args.files.lock);
    let journal = beside(lock, ".journal");
    if there(&journal) {
        return Err(Failure::failed_with_hint(
            format!("an apply was interrupted: {} is there", journal.display()),
            "leadtag tags apply finds out what became of it; import after that",
        ));
    }
    match [file, lock].into_iter().find(|path| there(path)) {
        Some(path) if !args.overwrite => Err(Failure::usage(
            format!("{} is there already", path.display()),
            "--overwrite replaces tags.toml and tags.lock; ids in the old lock keep their keys",
        )),
        _ => Ok(()),
    }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Provider { provider, error } => {
            Failure::while_reading(format!("listing the tags of {provider}"))(error)
        }
        Error::Refused(why) => Failure::usage(why, "leadtag caps shows what each platform can do"),
        other => Failure::failed(other.to_string()),
    }
}

/// Writes a file so that there is the old one or the new one at any time.
fn replace(path: &Path, text: &str) -> Result<(), Failure> {
    let part = beside(path, ".part");
    let write = || {
        let mut file = std::fs::File::create(&part)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()?;
        std::fs::rename(&part, path)
    };
    write().map_err(|error| {
        Failure::failed(format!("{} cannot be written ({})", path.display(), error.kind()))
    })
}

/// The path with `end` behind its name.
fn beside(path: &Path, end: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(end);
    PathBuf::from(name)
}
