//! `leadtag tags plan`.

use std::io::ErrorKind;
use std::path::Path;

use leadtag_taxonomy::{
    DiffOptions, Error, Pending, Plan, PlanFile, Planned, Workspace, markdown, plan, refusals, text,
};

use super::files::Source;
use super::settings::TagsSettings;
use super::targets::{providers, targets};
use crate::args::{Format, MatrixFormat, TagsPlan};
use crate::failure::{EXIT_FAILED, Failure};
use crate::output::Output;
use crate::session::Session;

/// There is something to do.
const EXIT_CHANGES: u8 = 2;

pub(crate) async fn run(
    args: &TagsPlan,
    session: &Session,
    output: &Output,
) -> Result<(), Failure> {
    let settings = TagsSettings::read(session.config(), None)?;
    let Pending { lock, .. } = peek(&args.files.lock, output)?;
    let path = &args.files.file;
    let source = Source::read(path, Some((&lock, &args.files.lock)), session, output)?;
    let providers = providers(&args.provider, &source.file, &lock, session, output)?;
    let options = DiffOptions::default()
        .with_retry_refused(args.retry_refused)
        .with_accept_missing(args.accept_missing);
    let planned = plan(&source.file, &lock, &targets(&providers), options).await;
    let Planned { plan, unreachable, .. } = planned;
    let plan = plan.from_file(PlanFile::of(path, &source.text));
    print(&plan, args.format, &settings, *output)?;
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

/// The lock with all that is known to have been done. Nothing is changed.
pub(super) fn peek(lock: &Path, output: &Output) -> Result<Pending, Failure> {
    let pending = Workspace::peek(lock).map_err(|error| Failure::failed(error.to_string()))?;
    if pending.interrupted {
        output.notice(
            "an apply was interrupted, or is at work: the next leadtag tags apply looks first what \
             became of it",
        );
    }
    Ok(pending)
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

fn save(plan: &Plan, path: &Path, output: Output) -> Result<(), Failure> {
    let name = path.display();
    plan.save(path).map_err(|error| match error {
        Error::File { source, .. } if source.kind() == ErrorKind::NotFound => {
            Failure::failed(format!("there is no directory for {name}"))
        }
        error => Failure::failed(error.to_string()),
    })?;
    output.notice(&format!("saved; to make these changes: leadtag tags apply {name}"));
    Ok(())
}
