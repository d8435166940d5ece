//! `leadtag tags plan`.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use leadtag_taxonomy::{DiffOptions, Plan, PlanFile, Planned, markdown, plan, refusals, text};

use super::files::{Source, failure, peek};
use super::settings::TagsSettings;
use super::targets::{providers, targets};
use crate::args::{Format, MatrixFormat, TagsPlan};
use crate::failure::{EXIT_FAILED, Failure};
use crate::output::Output;
use crate::session::Session;
use crate::shell::command_with;

/// There is something to do.
const EXIT_CHANGES: u8 = 2;

pub(crate) async fn run(
    args: &TagsPlan,
    session: &Session,
    output: &Output,
) -> Result<(), Failure> {
    let settings = TagsSettings::read(session.config(), None)?;
    args.out.as_deref().map(refuse_foreign).transpose()?;
    let lock = peek(&args.files.lock, output)?;
    let path = &args.files.file;
    let source = Source::read(path, Some((&lock, &args.files.lock)), session, output)?;
    let providers = providers(&args.provider, &source.file, &lock, session, output)?;
    let options = DiffOptions::default()
        .with_retry_refused(args.retry_refused)
        .with_accept_missing(args.accept_missing);
    let planned = plan(&source.file, &lock, &targets(&providers), options).await;
    let Planned { plan, unreachable, .. } = planned;
    let plan = plan.from_file(PlanFile::of(path, &source.text)).with_lock(&lock);
    Failure::even_unread(print(&plan, args.format, &settings, *output))?;
    let failed = !unreachable.is_empty();
    for (name, error) in unreachable {
        tell_unreachable(&name, error, errors_as(args.format), *output);
    }
    if let Some(out) = &args.out {
        if failed {
            return Err(Failure::failed_with_hint(
                format!("{} is not written, because a provider is missing in it", out.display()),
                "--provider plans for the others alone",
            ));
        }
        save(&plan, out, *output)?;
    }
    if failed {
        Err(Failure::Reported(EXIT_FAILED))
    } else if args.detailed_exitcode && !plan.is_empty() {
        Err(Failure::Reported(EXIT_CHANGES))
    } else {
        Ok(())
    }
}

/// Tells why a provider could not be listed. The others are printed all the same.
pub(super) fn tell_unreachable(name: &str, error: leadtag::Error, format: Format, output: Output) {
    let failure = Failure::while_reading(format!("listing the tags of {name}"))(error);
    output.failure(&failure, format);
}

fn print(
    plan: &Plan,
    format: MatrixFormat,
    settings: &TagsSettings,
    output: Output,
) -> Result<(), Failure> {
    let refusals = || refusals(&settings.limits.excesses(plan));
    match format {
        MatrixFormat::Json => output.part(&plan.to_json()),
        MatrixFormat::Text => output.part(&(text(plan, output.colors_data()) + &refusals())),
        MatrixFormat::Markdown => {
            let refusals = refusals();
            let gap = if refusals.is_empty() { "" } else { "\n" };
            output.part(&format!("{}{gap}{refusals}", markdown(plan)))
        }
    }
}

fn errors_as(format: MatrixFormat) -> Format {
    if format == MatrixFormat::Json { Format::Json } else { Format::Text }
}

/// Only a plan is replaced by a plan: a slip of the hand shall not cost tags.lock.
fn refuse_foreign(out: &Path) -> Result<(), Failure> {
    let wrong = |what| {
        Err(Failure::usage(
            format!("{} {what}", out.display()),
            "give --out the name of a new file",
        ))
    };
    match out.metadata() {
        Ok(known) if known.is_dir() => wrong("is a directory"),
        Ok(known) if known.is_file() => {
            let mut begin = Vec::new();
            // What cannot be read is told when it cannot be written.
            let read = File::open(out).and_then(|file| file.take(64).read_to_end(&mut begin));
            let plan = String::from_utf8_lossy(&begin).contains("\"leadtag-plan\"");
            if read.is_ok() && !begin.is_empty() && !plan {
                return wrong("is there already and is no plan");
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn save(plan: &Plan, path: &Path, output: Output) -> Result<(), Failure> {
    let name = path.display();
    plan.save(path).map_err(failure)?;
    let apply =
        command_with(&["tags", "apply", &name.to_string()], &["--config", "--file", "--lock"]);
    output.notice(&format!("saved; to make these changes: {apply}"));
    Ok(())
}
