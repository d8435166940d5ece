//! `leadtag leads pull`.

mod report;
mod summary;

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use leadtag::{ErrorKind, Timestamp};
use leadtag_extract::{
    Destination, Error, Event, PiiMode, PullOptions, Report, Source, Stop, StreamReport,
    check_options, pull,
};

use super::again;
use super::progress::Progress;
use super::settings::PullSettings;
use super::store;
use crate::args::{Global, LeadsPull};
use crate::commands::stop::{EXIT_STOPPED, asked_to_stop, listen, stoppable};
use crate::failure::{EXIT_FAILED, Failure};
use crate::output::Output;
use crate::session::Session;

const STORED: &str = "stopped; what was read is stored";

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
    let sources: Vec<Source> = sources.collect();
    let mut work = Work {
        args,
        global,
        output,
        destination,
        names: sources.iter().map(|source| source.name.to_string()).collect(),
        sources,
        begun: HashSet::new(),
        refused: Vec::new(),
        is_sandbox: session.is_sandbox(),
        is_under_way: Arc::default(),
        options,
        stop: Stop::new(),
    };
    check_options(&work.sources, &work.options).map_err(store::failure)?;
    report::check(args.report.as_deref(), &work.destination)?;
    listen();
    if session.is_sandbox() {
        output.notice(&format!(
            "what is pulled is made up too, and stays in {}: give your own leads another destination",
            work.destination
        ));
    }
    if settings.masks_unasked(&args.columns) {
        output.notice(MASKED);
    }
    if let Some(notice) = half_hidden(&work.options) {
        output.notice(&notice);
    }
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
    /// All that were asked for.
    names: Vec<String>,
    /// Those that are asked.
    sources: Vec<Source>,
    /// Those that were begun: what is asked for once is not asked of them again.
    begun: HashSet<String>,
    /// What became of those that are not asked any more.
    refused: Vec<StreamReport>,
    is_sandbox: bool,
    /// Whether a pull was begun at this destination: what fails there now may pass.
    is_under_way: Arc<AtomicBool>,
    options: PullOptions,
    stop: Stop,
}

impl Work<'_> {
    /// Pulls all sources, and tells what it came to.
    async fn once(&mut self) -> Result<Report, Failure> {
        let is_begun = |source: &Source| self.begun.contains(&*source.name);
        let (begun, others): (Vec<_>, Vec<_>) = self.sources.iter().cloned().partition(is_begun);
        let mut again = self.options.clone();
        (again.full, again.since) = (false, None);
        let mut report = Report::default();
        report.streams.clone_from(&self.refused);
        for (sources, options) in [(begun, again), (others, self.options.clone())] {
            if !sources.is_empty() && !self.stop.is_asked() {
                let pulled = self.pull(sources, options, &mut report).await;
                if self.args.watch.is_some() {
                    self.leave_out_refused(&report);
                }
                pulled?;
            }
        }
        let begun = report.streams.iter().filter(|stream| stream.is_begun);
        self.begun.extend(begun.map(|stream| stream.provider.clone()));
        let (path, format) = (self.args.report.as_deref(), self.args.output.format);
        let printed = summary::print(&report, &self.destination, format, *self.output);
        report::write(path, &summary::Told::new(&report, &self.destination)).await?;
        printed.map(|()| report)
    }

    /// Pulls these sources, and adds what it came to.
    async fn pull(
        &self,
        sources: Vec<Source>,
        options: PullOptions,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let begun = Instant::now();
        let sink = tokio::select! {
            sink = store::open(&self.destination, self.is_sandbox) => sink,
            () = asked_to_stop() => return Err(self.stopped("stopped")),
        };
        let sink = match sink {
            Ok(sink) => sink,
            Err(error) => return Err(self.failed(error, report, begun.elapsed()).await),
        };
        let progress = Arc::new(Progress::new(*self.output));
        let ended: Arc<Mutex<Vec<StreamReport>>> = Arc::default();
        let events = {
            let (progress, ended) = (Arc::clone(&progress), Arc::clone(&ended));
            let is_under_way = Arc::clone(&self.is_under_way);
            move |event: Event| {
                progress.show(&event);
                if matches!(event, Event::Started { .. }) {
                    is_under_way.store(true, Ordering::Relaxed);
                }
                if let Event::Ended { report, .. } = event {
                    ended.lock().unwrap_or_else(PoisonError::into_inner).push(*report);
                }
            }
        };
        let pulled = pull(sources, sink, options, self.stop.clone(), events);
        let pulled = stoppable(pulled, || stop_pull(&self.stop, &progress)).await;
        progress.clear();
        match pulled? {
            Ok(more) => report.add(more),
            Err(error) => {
                let streams =
                    std::mem::take(&mut *ended.lock().unwrap_or_else(PoisonError::into_inner));
                report.streams.extend(streams);
                return Err(self.failed(error, report, begun.elapsed()).await);
            }
        }
        Ok(())
    }

    /// The failure of a destination, with a report of what was read. What became of the rows is not
    /// known.
    async fn failed(&self, error: Error, report: &mut Report, took: Duration) -> Failure {
        report.took += took;
        let told = summary::failed(report, &self.destination, &error);
        if let Err(unwritten) = report::write(self.args.report.as_deref(), &told).await {
            self.output.failure(&unwritten, self.args.output.format);
        }
        store::failure(error)
    }

    /// Pulls until it is stopped. What fails once a pull was begun there is told, and tried again
    /// the next time; but nobody whose credentials were refused: who sends them again and again is
    /// shut out.
    async fn watch(&mut self, pause: Duration) -> Result<(), Failure> {
        let mut first = true;
        loop {
            if !first {
                // For who reads the log later.
                let now = self.options.clock.now();
                let now = Timestamp::from_unix_seconds(now.as_unix_seconds()).unwrap_or(now);
                self.output.notice(&format!("{now}: pulls again"));
            }
            match self.once().await {
                Ok(report) if report.stopped => return self.end(&report),
                Ok(_) if self.stop.is_asked() => return Err(self.stopped(STORED)),
                Ok(_) if self.sources.is_empty() => return Err(Failure::Reported(EXIT_FAILED)),
                Ok(_) => {}
                Err(failure)
                    if !self.is_under_way.load(Ordering::Relaxed)
                        || failure.exit_code() != EXIT_FAILED =>
                {
                    return Err(failure);
                }
                Err(failure) => self.output.failure(&failure, self.args.output.format),
            }
            if first {
                let wait = pause.as_secs();
                self.output.notice(&format!("the next pull is in {wait} s; Ctrl-C ends it"));
            }
            first = false;
            tokio::select! {
                () = tokio::time::sleep(pause) => {}
                () = asked_to_stop() => return Err(self.stopped(STORED)),
            }
        }
    }

    /// Says how to go on.
    fn stopped(&self, what: &str) -> Failure {
        let is_begun = self.names.iter().all(|name| self.begun.contains(name));
        let command = again::pull(self.args, self.global, is_begun);
        let is_cut = self.args.to.as_ref().is_some_and(Destination::has_password);
        let with = if is_cut { " (with the password where *** is)" } else { "" };
        self.output.notice(&format!("{what}; to go on: {command}{with}"));
        Failure::Reported(EXIT_STOPPED)
    }

    /// Asks nobody again who refused the credentials. Each report tells of them all the same.
    fn leave_out_refused(&mut self, report: &Report) {
        for stream in &report.streams {
            let kind = stream.cause.as_ref().map(leadtag::Error::kind);
            let asked = self.sources.len();
            if kind == Some(ErrorKind::Unauthenticated) {
                self.sources.retain(|source| *source.name != *stream.provider);
            }
            if self.sources.len() < asked {
                self.output.notice(&format!(
                    "{} is not asked any more: it refuses the credentials; correct them, and start \
                     again",
                    stream.provider
                ));
                self.refused.push(refused(stream));
            }
        }
    }

    /// What there is to say at the end, and the exit code.
    fn end(&self, report: &Report) -> Result<(), Failure> {
        if report.stopped {
            return Err(self.stopped("stopped at a checkpoint"));
        }
        if report.has_failed() { Err(Failure::Reported(EXIT_FAILED)) } else { Ok(()) }
    }
}

/// What later reports say of a stream that is not asked any more.
fn refused(stream: &StreamReport) -> StreamReport {
    let StreamReport { provider, platform, strategy, error, .. } = stream.clone();
    let mut told = StreamReport::default();
    (told.provider, told.platform, told.strategy) = (provider, platform, strategy);
    let error = error.unwrap_or_default();
    told.error = Some(format!("it was not asked again after it refused the credentials: {error}"));
    told
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

/// What to say where a column is hidden and the default is plain: the same value stands in clear
/// elsewhere.
fn half_hidden(options: &PullOptions) -> Option<String> {
    let mut said = options.pii.columns.clone();
    said.extend(options.layout.map.pii.clone());
    said.retain(|name, mode| {
        let is_common = !name.starts_with("attributes.") && !name.ends_with("raw");
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
