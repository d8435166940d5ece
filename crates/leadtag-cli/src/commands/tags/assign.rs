//! `leadtag tags assign`.

mod bar;

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use leadtag::{TagProvider, WriteSemantics};
use leadtag_taxonomy::{
    AssignOptions, AssignReport, Assignment, Error, Example, Prepared, ProviderSent, RowCounts,
    RowsForm, Target, Totals,
};
use serde::Serialize;

use super::files::read_lock;
use crate::args::{TagsAssign, TagsInput};
use crate::commands::stop::{EXIT_STOPPED, stoppable};
use crate::failure::{EXIT_USAGE, Failure};
use crate::output::{Output, printable};
use crate::session::Session;
use bar::Bar;

const EXIT_FAILED: u8 = 1;

/// What would be sent, or what is wrong.
#[derive(Serialize)]
struct Planned<'a> {
    rows: u64,
    refused: u64,
    providers: &'a [Totals],
    examples: &'a [Example],
    results: Option<String>,
}

/// What was sent.
#[derive(Serialize)]
struct Sent<'a> {
    #[serde(flatten)]
    rows: RowCounts,
    providers: &'a [ProviderSent],
    interrupted: bool,
    results: String,
}

/// The files of one assignment.
struct Files {
    form: RowsForm,
    results: PathBuf,
    directory: PathBuf,
}

pub(crate) async fn run(
    args: &TagsAssign,
    session: &Session,
    output: &Output,
) -> Result<(), Failure> {
    let files = Files::of(args)?;
    let lock = read_lock(&args.lock)?;
    let assignment = Assignment::open(&args.from, files.form, &files.directory).map_err(failure)?;
    let (providers, mut options) = providers(&assignment, session, output)?;
    let targets: Vec<Target<'_>> = providers
        .iter()
        .map(|(name, provider)| Target { name, provider: provider.as_ref() })
        .collect();
    // Of a sandbox that is gone nothing is left to go on with.
    options.restart = args.restart || args.dry_run || session.is_fleeting();
    let stop = Arc::clone(&options.stop);
    let bar = Bar::new(*output);
    let prepare = assignment.prepare(&targets, &lock, options, &bar);
    let prepared = stoppable(prepare, || ask(&stop, output)).await?;
    bar.clear();
    if stop.load(Ordering::Relaxed) {
        output.notice("stopped; nothing was sent");
        return Err(Failure::Reported(EXIT_STOPPED));
    }
    let mut prepared = prepared.map_err(failure)?;
    if prepared.newly_refused() > 0 && !args.skip_refused {
        return refuse(prepared, args, &files, output);
    }
    if args.dry_run {
        show(&prepared, None, args, output)?;
        output.notice("dry run: nothing was sent");
        let whole = prepared.left_out().next().is_none();
        prepared.discard().map_err(failure)?;
        return if whole { Ok(()) } else { Err(Failure::Reported(EXIT_FAILED)) };
    }
    if let Err(refused) = confirm(&prepared, args, output) {
        prepared.discard().map_err(failure)?;
        return Err(refused);
    }
    let report = stoppable(prepared.send(&targets, &bar), || ask(&stop, output)).await?;
    bar.clear();
    finish(prepared, &report.map_err(failure)?, args, &files, output)
}

impl Files {
    fn of(args: &TagsAssign) -> Result<Self, Failure> {
        let from = &args.from;
        if from.as_os_str() == "-" {
            return Err(Failure::usage(
                "--from must name a file: it is read more than once",
                "write the rows into a file first",
            ));
        }
        let form = match args.input {
            Some(TagsInput::Csv) => RowsForm::Csv,
            Some(TagsInput::Jsonl) => RowsForm::Jsonl,
            None => RowsForm::of(from).ok_or_else(|| {
                Failure::usage(
                    format!("{} ends neither in .csv nor in .jsonl", from.display()),
                    "say what it is with --input csv or --input jsonl",
                )
            })?,
        };
        let results = args.results.clone();
        let results =
            results.unwrap_or_else(|| from.with_extension(format!("results.{}", form.ending())));
        check_results(&results, from)?;
        let ending = if args.dry_run { ".assign.dry-run" } else { ".assign" };
        let mut directory = OsString::from(from);
        directory.push(ending);
        Ok(Self { form, results, directory: directory.into() })
    }
}

/// That the results can stand there: told before anything is sent.
fn check_results(results: &Path, from: &Path) -> Result<(), Failure> {
    let name = results.display();
    let wrong = |what: String| Err(Failure::usage(what, "name another file with --results"));
    let real = |path: &Path| path.canonicalize().ok();
    if results == from || real(results).is_some_and(|path| real(from) == Some(path)) {
        return wrong("the results would overwrite the rows".to_owned());
    }
    if results.exists() && !results.is_file() {
        return wrong(format!("{name} is no regular file, the results cannot be written there"));
    }
    match results.parent() {
        Some(parent) if !parent.as_os_str().is_empty() && !parent.is_dir() => {
            wrong(format!("there is no directory {} for the results", parent.display()))
        }
        _ => Ok(()),
    }
}

type Providers = Vec<(String, Arc<dyn TagProvider>)>;

/// The providers that the rows name and whose contacts can be tagged, and what a row can mean
/// besides them.
fn providers(
    assignment: &Assignment,
    session: &Session,
    output: &Output,
) -> Result<(Providers, AssignOptions), Failure> {
    let (writable, others): (Vec<_>, Vec<_>) = session.facts().into_iter().partition(|facts| {
        facts.capabilities.is_some_and(|can| can.write_semantics != WriteSemantics::None)
    });
    let mut options = AssignOptions::default();
    if let [only] = writable.as_slice() {
        options.default_provider = Some(only.name.clone());
    }
    let named = assignment.providers();
    let default = options.default_provider.as_ref().filter(|_| named.contains(""));
    let (wanted, unused): (Vec<String>, Vec<String>) = writable
        .into_iter()
        .map(|facts| facts.name)
        .partition(|name| named.contains(name) || default == Some(name));
    options.others = others.into_iter().map(|facts| facts.name).chain(unused).collect();
    let providers = session.tag_providers(&wanted, output)?;
    Ok((providers, options))
}

/// Asks an assignment to stop. Returns whether it was asked before.
fn ask(stop: &AtomicBool, output: &Output) -> bool {
    let is_asked = stop.swap(true, Ordering::Relaxed);
    if !is_asked {
        output.notice("stopping: what is on its way ends first; Ctrl-C again ends at once");
    }
    is_asked
}

/// Rows that cannot be done: what is wrong with each stands in the results.
fn refuse(
    prepared: Prepared,
    args: &TagsAssign,
    files: &Files,
    output: &Output,
) -> Result<(), Failure> {
    show(&prepared, Some(&files.results), args, output)?;
    let refused = prepared.refused();
    prepared.finish(&files.results).map_err(failure)?;
    output.notice(&format!(
        "{} refused, nothing was sent; why stands in {}; --skip-refused sends the others",
        rows(refused),
        files.results.display()
    ));
    Err(Failure::Reported(EXIT_USAGE))
}

fn show(
    prepared: &Prepared,
    results: Option<&Path>,
    args: &TagsAssign,
    output: &Output,
) -> Result<(), Failure> {
    let planned = Planned {
        rows: prepared.rows(),
        refused: prepared.refused(),
        providers: prepared.totals(),
        examples: prepared.examples(),
        results: results.map(|path| path.display().to_string()),
    };
    tell_left_out(prepared, output);
    output.result(args.output.format, &planned, || overview(prepared))
}

fn tell_left_out(prepared: &Prepared, output: &Output) {
    for (provider, why) in prepared.left_out() {
        output.notice(&format!("the rows of {provider} are left out: {why}"));
    }
}

fn overview(prepared: &Prepared) -> String {
    let mut text = String::new();
    for totals in prepared.totals() {
        text.push_str(&printable(&format!(
            "{}: {} to write, {} on, {} off; {} unchanged, {} refused",
            totals.name,
            counted(totals.contacts, "contact"),
            counted(totals.add, "tag"),
            totals.remove,
            rows(totals.unchanged),
            totals.refused,
        )));
        text.push('\n');
        let own = prepared.examples().iter().filter(|example| example.provider == totals.name);
        let mut shown = 0;
        for example in own {
            text.push_str(&printable(&format!("  {}  {example}", example.contact)));
            text.push('\n');
            shown += 1;
        }
        if shown > 0 && shown < totals.contacts {
            text.push_str(&format!("  and {} more\n", totals.contacts - shown));
        }
    }
    text.push_str(&format!("{}, {} refused", rows(prepared.rows()), prepared.refused()));
    text
}

fn confirm(prepared: &Prepared, args: &TagsAssign, output: &Output) -> Result<(), Failure> {
    let contacts: u64 = prepared.totals().iter().map(|totals| totals.contacts).sum();
    if prepared.is_resumed() {
        output.notice(&format!(
            "an earlier run got through {} of {}; this one goes on with it",
            prepared.settled().map_err(failure)?,
            rows(prepared.rows())
        ));
    }
    if args.yes || contacts == 0 {
        return Ok(());
    }
    let providers = prepared.totals().iter().filter(|totals| totals.contacts > 0).count() as u64;
    let what = format!("{} of {}", counted(contacts, "contact"), counted(providers, "provider"));
    tell_left_out(prepared, output);
    for line in overview(prepared).lines() {
        output.notice(line);
    }
    match output.ask(&format!("Write the tags of {what}? [y/N]")) {
        Some(answer) if matches!(answer.to_lowercase().as_str(), "y" | "yes") => Ok(()),
        Some(_) => Err(Failure::failed("nothing was sent")),
        None => Err(Failure::usage(
            format!("the tags of {what} would be written, and there is no terminal to ask on"),
            "add --yes to write without asking, or --dry-run to look first",
        )),
    }
}

fn finish(
    prepared: Prepared,
    report: &AssignReport,
    args: &TagsAssign,
    files: &Files,
    output: &Output,
) -> Result<(), Failure> {
    let counts = prepared.finish(&files.results).map_err(failure)?;
    let sent = Sent {
        rows: counts,
        providers: &report.providers,
        interrupted: report.interrupted,
        results: files.results.display().to_string(),
    };
    output.result(args.output.format, &sent, || {
        printable(&format!(
            "{}: {} ok, {} unchanged, {} refused, {} failed, {} not sent; results in {}",
            rows(counts.rows),
            counts.ok,
            counts.unchanged,
            counts.refused,
            counts.failed,
            counts.not_sent,
            sent.results
        ))
    })?;
    for provider in &report.providers {
        if let Some(why) = &provider.stopped {
            output.notice(&format!("{} was left alone: {why}", provider.name));
        }
    }
    if counts.failed + counts.not_sent > 0 {
        output.notice("the same command again does what is left");
    }
    match (report.interrupted, counts.is_good()) {
        (true, _) => Err(Failure::Reported(EXIT_STOPPED)),
        (false, true) => Ok(()),
        (false, false) => Err(Failure::Reported(EXIT_FAILED)),
    }
}

fn rows(count: u64) -> String {
    counted(count, "row")
}

fn counted(count: u64, what: &str) -> String {
    if count == 1 { format!("1 {what}") } else { format!("{count} {what}s") }
}

fn failure(error: Error) -> Failure {
    match error {
        Error::Provider { provider, error } => {
            Failure::while_reading(format!("checking the rows of {provider}"))(error)
        }
        Error::Input(text) | Error::Refused(text) => match text.rsplit_once("; ") {
            Some((what, remedy)) => Failure::usage(what, remedy),
            None => Failure::usage(text, "correct it and try again; nothing was sent"),
        },
        other => Failure::failed(other.to_string()),
    }
}
