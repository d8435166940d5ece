//! `leadtag leads pull`.

mod summary;

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use leadtag_extract::{
    Destination, Error, Event, PiiMode, PullOptions, Report, Source, Stop, StreamReport,
    check_options, pull,
};
use serde::Serialize;
use tokio::sync::oneshot;

use super::again;
use super::progress::Progress;
use super::settings::{PullSettings, reason};
use super::store;
use crate::args::{Global, LeadsPull};
use crate::commands::stop::{EXIT_STOPPED, asked_to_stop, stoppable};
use crate::failure::{EXIT_FAILED, Failure};
use crate::output::Output;
use crate::session::Session;

const MASKED: &str = "notice: personal data is masked; --pii hmac or plain, or [pull.pii] in \
                      leadtag.toml, changes that, and --pii mask says that it is meant so";

pub(crate) async fn run(
    args: &LeadsPull,
    global: &Global,
    session: &Session,
    output: &Output,
) -> Result<(), Failure> {
    let settings = PullSettings::of(session.config())?;
    let destination = store::meant(args.to.as_ref(), &settings)?;
    let options = settings.options(args, session.config())?;
    let names = if args.provider.is_empty() { &settings.providers } else { &args.provider };
    let providers = session.lead_providers(names, output)?;
    let sources = providers.into_iter().filter_map(|provider| {
        let leads = provider.leads?;
        Some(Source::new(provider.name, leads).with_account(provider.account))
    });
    let mut work = Work {
        args,
        global,
        output,
        destination,
        sources: sources.collect(),
        options,
        stop: Stop::new(),
    };
    check_options(&work.sources, &work.options).map_err(store::failure)?;
    work.check_report()?;
    if settings.masks_unasked(&args.columns) {
        output.notice(MASKED);
    }
    if let Some(notice) = half_hidden(&work.options) {
        output.notice(&notice);
    }
    told_of_long_files();
    match args.watch {
        Some(pause) => work.watch(pause).await,
        None => {
            let report = work.once().await?;
            work.end(&report)
        }
    }
}

/// One pull, or one after the other.
struct Work<'a> {
    args: &'a LeadsPull,
    global: &'a Global,
    output: &'a Output,
    destination: Destination,
    sources: Vec<Source>,
    options: PullOptions,
    stop: Stop,
}

impl Work<'_> {
    async fn once(&self) -> Result<Report, Failure> {
        let begun = Instant::now();
        let sink = tokio::select! {
            sink = store::open(&self.destination) => sink,
            // Nothing was begun yet.
            () = asked_to_stop() => return Err(Failure::Reported(EXIT_STOPPED)),
        };
        let sink = match sink {
            Ok(sink) => sink,
            Err(error) => return Err(self.failed(error, Vec::new(), begun.elapsed()).await),
        };
        let progress = Arc::new(Progress::new(*self.output));
        let ended: Arc<Mutex<Vec<StreamReport>>> = Arc::default();
        let events = {
            let (progress, ended) = (Arc::clone(&progress), Arc::clone(&ended));
            Arc::new(move |event: Event| {
                progress.show(&event);
                if let Event::Ended { report, .. } = event {
                    ended.lock().unwrap_or_else(PoisonError::into_inner).push(report);
                }
            })
        };
        let (sources, options) = (self.sources.clone(), self.options.clone());
        let pulled = pull(sources, sink, options, self.stop.clone(), events);
        let pulled = stoppable(pulled, || stop_pull(&self.stop, &progress)).await;
        progress.clear();
        let report = match pulled? {
            Ok(report) => report,
            Err(error) => {
                let streams =
                    std::mem::take(&mut *ended.lock().unwrap_or_else(PoisonError::into_inner));
                return Err(self.failed(error, streams, begun.elapsed()).await);
            }
        };
        summary::print(&report, &self.destination, self.args.output.format, *self.output)?;
        self.write_report(&summary::Told::new(&report, &self.destination)).await?;
        Ok(report)
    }

    /// The failure of a destination, with a report of what was read. What became of the rows is not
    /// known.
    async fn failed(&self, error: Error, streams: Vec<StreamReport>, took: Duration) -> Failure {
        let mut report = Report::default();
        (report.streams, report.took) = (streams, took);
        let told = summary::failed(&report, &self.destination, &error);
        if let Err(unwritten) = self.write_report(&told).await {
            self.output.failure(&unwritten, self.args.output.format);
        }
        store::failure(error)
    }

    /// Pulls until it is stopped. What fails after the first time is told, and tried again the next
    /// time.
    async fn watch(&mut self, pause: Duration) -> Result<(), Failure> {
        let mut first = true;
        loop {
            match self.once().await {
                Ok(report) if self.stop.is_asked() => return self.end(&report),
                Ok(_) => {
                    // Asked for once, not for ever.
                    self.options.full = false;
                    self.options.since = None;
                }
                Err(failure) if first || failure.exit_code() != EXIT_FAILED => return Err(failure),
                Err(failure) => self.output.failure(&failure, self.args.output.format),
            }
            if first {
                let wait = pause.as_secs();
                self.output.notice(&format!("the next pull is in {wait} s; Ctrl-C ends it"));
            }
            first = false;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = asked_to_stop() => {
                    self.output.notice("stopped; what was read is stored");
                    return Err(Failure::Reported(EXIT_STOPPED));
                }
            }
        }
    }

    /// What there is to say at the end, and the exit code.
    fn end(&self, report: &Report) -> Result<(), Failure> {
        if report.stopped {
            let is_begun = report.streams.iter().all(|stream| stream.is_begun);
            let command = again::pull(self.args, self.global, is_begun);
            let with = if command.contains(":***@") || command.contains("password=***") {
                " (with the password where *** is)"
            } else {
                ""
            };
            self.output.notice(&format!("stopped at a checkpoint; to go on: {command}{with}"));
            return Err(Failure::Reported(EXIT_STOPPED));
        }
        if report.has_failed() { Err(Failure::Reported(EXIT_FAILED)) } else { Ok(()) }
    }

    /// A report that cannot be written is told before the pull, not after it.
    fn check_report(&self) -> Result<(), Failure> {
        let Some(path) = &self.args.report else { return Ok(()) };
        if path == Path::new("-") {
            return Err(Failure::usage(
                "--report needs the name of a file",
                "--format json prints the report on stdout",
            ));
        }
        if holds_leads(&self.destination, path) {
            return Err(Failure::usage(
                format!(
                    "the report {} would take the place of {}, or of what stands beside it",
                    path.display(),
                    self.destination
                ),
                ANOTHER_FILE,
            ));
        }
        if !may_be_replaced(path) {
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

    async fn write_report(&self, report: &impl Serialize) -> Result<(), Failure> {
        let Some(path) = &self.args.report else { return Ok(()) };
        let text = serde_json::to_string_pretty(report)
            .map_err(|error| Failure::failed(format!("the report is no JSON: {error}")))?;
        // The pull itself may have made a file of this name.
        if !may_be_replaced(path) {
            return Err(Failure::failed_with_hint(in_the_way(path), ANOTHER_FILE));
        }
        // A pipe that nobody reads takes for ever.
        let (done, is_done) = oneshot::channel();
        let to = path.clone();
        std::thread::spawn(move || done.send(put(&to, &(text + "\n"))));
        let written = tokio::select! {
            written = is_done => written.unwrap_or_else(|_| Err(ErrorKind::Other.into())),
            () = asked_to_stop() => return Err(Failure::Reported(EXIT_STOPPED)),
        };
        written.map_err(|error| {
            let (what, hint) = unwritable(path, &error);
            Failure::failed_with_hint(what, hint)
        })
    }
}

/// Asks a pull to stop. Returns whether it was asked before.
pub(in crate::commands) fn stop_pull(stop: &Stop, progress: &Progress) -> bool {
    let is_asked = stop.is_asked();
    if !is_asked {
        stop.ask();
        progress.tell("stopping at the next checkpoint; Ctrl-C again ends at once");
    }
    is_asked
}

/// A file that may get no longer is told by the error of a write, and not by the end of the program.
pub(super) fn told_of_long_files() {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        /// `SIGXFSZ`, on every Unix that Rust's signals are for.
        const TOO_LONG: i32 = 25;
        // Where it cannot be caught, the program ends as others do.
        let _ = signal(SignalKind::from_raw(TOO_LONG));
    }
}

/// What to say where a column is hidden and the default is plain: the same value stands in clear
/// elsewhere.
fn half_hidden(options: &PullOptions) -> Option<String> {
    let mut said = options.pii.columns.clone();
    said.extend(options.layout.map.pii.clone());
    said.retain(|name, mode| {
        let is_common = ["name", "mobiles", "emails", "company"].contains(&name.as_str());
        is_common && *mode != PiiMode::Plain
    });
    let hidden: Vec<&str> = said.keys().map(String::as_str).collect();
    (options.pii.default == PiiMode::Plain && !hidden.is_empty()).then(|| {
        format!(
            "notice: of {} the column alone is hidden; what the platform says besides (attributes.*, \
             raw) is plain; to hide it everywhere: --pii mask, and COLUMN=plain for the others",
            hidden.join(", ")
        )
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

/// Where a path leads in the end, whether there is something or not.
fn whole(path: &Path) -> Option<PathBuf> {
    let mut path = std::path::absolute(path).ok()?;
    for _ in 0..40 {
        let Ok(to) = std::fs::read_link(&path) else { break };
        path = path.parent()?.join(to);
    }
    let mut behind = Vec::new();
    loop {
        if let Ok(there) = path.canonicalize() {
            return Some(behind.iter().rev().fold(there, |path, name| path.join(name)));
        }
        behind.push(path.file_name()?.to_owned());
        path.pop();
    }
}

/// Whether this is a file that the leads go to, or that stands beside it.
fn holds_leads(destination: &Destination, path: &Path) -> bool {
    let is_in = |folder: &Path| {
        whole(folder).zip(whole(path)).is_some_and(|(folder, path)| path.starts_with(folder))
    };
    let (leads, beside): (_, &[&str]) = match destination {
        Destination::Parquet(folder) => return is_in(folder),
        Destination::Sqlite(leads) => (leads, &["-wal", "-shm", "-journal", ".lock"]),
        Destination::Jsonl(leads) | Destination::Csv(leads) => (leads, &[]),
        _ => return false,
    };
    let mut work = leads.clone().into_os_string();
    work.push(".leadtag");
    if is_in(Path::new(&work)) {
        return true;
    }
    let mut interactions = leads.with_extension("interactions");
    if let Some(extension) = leads.extension() {
        interactions.as_mut_os_string().push(".");
        interactions.as_mut_os_string().push(extension);
    }
    let beside = beside.iter().map(|end| {
        let mut file = leads.clone().into_os_string();
        file.push(end);
        file.into()
    });
    [leads.clone(), interactions].into_iter().chain(beside).any(|file| whole(&file) == whole(path))
}

const ANOTHER_FILE: &str = "name another file with --report";

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
