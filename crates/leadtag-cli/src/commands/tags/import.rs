//! `leadtag tags import`.

use leadtag::SystemClock;
use leadtag_taxonomy::{Destination, Error, Imported, Note, Target, import};
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
    let targets: Vec<_> = providers
        .iter()
        .map(|(name, provider)| Target { name, provider: provider.as_ref() })
        .collect();
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
    destination.write(&imported).map_err(failure)?;
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

/// What somebody wrote is not thrown away.
fn refuse_existing(args: &TagsImport) -> Result<(), Failure> {
    let files = [&args.files.file, &args.files.lock];
    match files.into_iter().find(|path| path.symlink_metadata().is_ok()) {
        Some(path) if !args.overwrite => Err(Failure::usage(
            format!("{} is there already", path.display()),
            "--overwrite replaces tags.toml and tags.lock; ids in the old lock keep their keys",
        )),
        _ => Ok(()),
    }
}

fn refuse_read_only(targets: &[Target<'_>]) -> Result<(), Failure> {
    match targets.iter().find(|target| !target.facts().writes_tags()) {
        Some(target) => Err(Failure::usage(
            format!("{}: its tags cannot be written, so they cannot be managed", target.name),
            "leave it out; leadtag caps shows what each platform can do",
        )),
        None => Ok(()),
    }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Provider { provider, error } => {
            Failure::while_reading(format!("listing the tags of {provider}"))(error)
        }
        other => Failure::failed(other.to_string()),
    }
}
