//! One pull: several streams into one destination.

use std::sync::Arc;

use leadtag_core::redact::mask_personal;
use tokio::task::{JoinError, JoinSet};

use crate::check::{self, Check, Start};
use crate::event::Events;
use crate::reader::{End, Halt, Reader, Shared};
use crate::writer::{Opened, Setup, Writer, Written};
use crate::{
    Event, Place, PullOptions, Recorder, Report, Result, Sink, Source, Stop, StreamReport,
    snapshot, spans,
};

/// Checks everything that needs no destination, so that none is made for nothing. [`pull`] does so
/// too.
///
/// # Errors
/// `Input`, as [`pull`] before the first request.
pub fn check_options(sources: &[Source], options: &PullOptions) -> Result<()> {
    check::options(sources, options)?;
    Recorder::new(&options.layout, &options.pii).map(drop)
}

/// Reads the leads of every source into `sink`, each in a stream of its own, all at once.
///
/// A stream that fails ends at its last checkpoint and does not hinder the others; what it came to
/// is in the report. Rows are written by a thread of their own. Needs a tokio runtime with timers,
/// unless [`PullOptions::clock`] waits in another way.
///
/// What a platform asks to wait is waited for, as long as it takes: after errors of the class
/// [`Throttled`](leadtag_core::RetryClass::Throttled) or the kind
/// [`RateLimited`](leadtag_core::ErrorKind::RateLimited), and after those that are below, if they say
/// [how long](leadtag_core::Error::retry_after). A call that fails for a moment, by its class
/// [`Busy`](leadtag_core::RetryClass::Busy), [`Concurrency`](leadtag_core::RetryClass::Concurrency) or
/// [`Transport`](leadtag_core::RetryClass::Transport) or by its kind
/// [`Timeout`](leadtag_core::ErrorKind::Timeout), is made again after 1, 5 and 30 seconds, besides what
/// the client does by itself. Any other error ends the stream.
///
/// `events` is told what happens, by several threads and without delay: it must not block for long.
///
/// To end it early, ask `stop`. If its future is dropped instead, the streams end as soon as the
/// runtime comes to them, and the thread that writes still commits what it was given: until then the
/// destination is held, and who waits for it must not keep the runtime from running.
///
/// # Errors
/// Before the first request: if an option is not possible for a source, or the destination is of
/// another shape or holds the stream of another platform or account, or rows that were written with
/// other settings. Later: if the destination fails; then it is as the last commit left it.
pub async fn pull(
    sources: Vec<Source>,
    sink: Box<dyn Sink>,
    options: PullOptions,
    stop: Stop,
    events: impl Fn(Event) + Send + Sync + 'static,
) -> Result<Report> {
    let events: Events = Arc::new(events);
    check::options(&sources, &options)?;
    let recorder = Arc::new(Recorder::new(&options.layout, &options.pii)?);
    let options = Arc::new(options);
    let begun = options.clock.monotonic();
    let names = sources.iter().map(|source| source.name.to_string()).collect();
    let setup = Setup {
        recorder: recorder.clone(),
        options: options.clone(),
        events: events.clone(),
        names,
    };
    let (writer, opened) = Writer::open(sink, setup).await?;
    let starts = match starts(&sources, &recorder, &options, &opened) {
        Ok(starts) => starts,
        Err(error) => {
            writer.give_up().await;
            return Err(error);
        }
    };
    let (sender, finished) = writer.start();
    let shared =
        Shared { options: options.clone(), recorder, stop: stop.clone(), events, writer: sender };
    let reports = streams(&sources, starts, shared).await;
    let written = finished.wait().await?;
    let streams: Vec<StreamReport> =
        reports.into_iter().zip(written).map(|(report, written)| join(report, written)).collect();
    let took = options.clock.monotonic().saturating_sub(begun);
    let stopped = stop.is_asked() && streams.iter().any(|stream| !stream.complete);
    Ok(Report { streams, took, stopped })
}

fn starts(
    sources: &[Source],
    recorder: &Recorder,
    options: &PullOptions,
    opened: &Opened,
) -> Result<Vec<Start>> {
    let check = Check {
        options,
        destination: &opened.name,
        settings: recorder.fingerprint(),
        stored: &opened.checkpoints,
        has_leads: opened.has_leads,
        has_interactions: opened.has_interactions,
        key: recorder.key(),
        sources,
        now: options.clock.now(),
    };
    sources.iter().map(|source| check.start(source)).collect()
}

/// Runs all streams to their ends, and tells what each read, in the order of the sources.
async fn streams(sources: &[Source], starts: Vec<Start>, shared: Shared) -> Vec<StreamReport> {
    let mut tasks = JoinSet::new();
    let (mut reports, mut ids) = (Vec::new(), Vec::new());
    let options = shared.options.clone();
    for (index, (source, start)) in sources.iter().zip(starts).enumerate() {
        let mut report = StreamReport::new(source, start.strategy);
        let checkpoint = start.checkpoint.clone();
        let mut reader = Reader::new(&shared, index, source, checkpoint, report.clone());
        for notice in notices(source, &start, &options) {
            reader.notice(notice);
        }
        let task = tasks.spawn(async move { (index, stream(reader, start).await) });
        ids.push(task.id());
        report.error = Some("it was ended from outside; pull again".to_owned());
        reports.push(report);
    }
    // The writer ends when nobody hands anything on any more.
    drop(shared);
    while let Some(ended) = tasks.join_next().await {
        match ended {
            Ok((index, report)) => reports[index] = report,
            Err(error) => {
                let index = ids.iter().position(|id| *id == error.id());
                if let (Some(index), Some(why)) = (index, panic_of(error)) {
                    reports[index].error = Some(why);
                }
            }
        }
    }
    reports
}

/// What a stream says that panicked: it may be a fault of the provider, or of who is told of events.
fn panic_of(error: JoinError) -> Option<String> {
    let panic = error.try_into_panic().ok()?;
    let text = panic.downcast_ref::<&str>().copied();
    let text = text.or_else(|| panic.downcast_ref::<String>().map(String::as_str));
    let text = mask_personal(text.unwrap_or("without a word"));
    Some(format!("a fault of the program ended it ({text}); pull again, and report it"))
}

/// What the user should know of a stream before it is read.
fn notices(source: &Source, start: &Start, options: &PullOptions) -> Vec<String> {
    let mut notices = Vec::new();
    let platform = source.provider.platform();
    let is_asked = options.interactions && source.interactions;
    if is_asked && !source.provider.lead_capabilities().interactions {
        notices.push(format!("{platform} cannot list the interactions of a lead"));
    } else if is_asked && start.lacks_interactions && !options.full {
        notices.push(
            "of leads that were read before, interactions come where the lead is read again; \
             --full reads all of them"
                .to_owned(),
        );
    }
    if start.renewed {
        notices.push(
            "its rows are written again, as columns or personal data are treated otherwise than \
             before; rows of leads that the platform lists no more stay as they are, and so do \
             rows whose ids were hashed with another key"
                .to_owned(),
        );
    }
    if !start.others.is_empty() {
        let others = start.others.join(", ");
        notices.push(format!(
            "the leads of {others} were written with other settings for columns or personal data, \
             or another key: hashes of the same mobile may differ there; pull {others} again with \
             the settings of now"
        ));
    }
    notices
}

/// Reads one stream to its end.
async fn stream(mut reader: Reader, start: Start) -> StreamReport {
    let begun = reader.options.clock.monotonic();
    let end = match start.checkpoint.place {
        Place::Windows(progress) => spans::run(&mut reader, progress, start.strategy).await,
        Place::Snapshot(snapshot) => snapshot::run(&mut reader, snapshot).await,
    };
    reader.tell_left_out();
    reader.report.is_begun = reader.handed_on;
    match end {
        Ok(End::Complete) => reader.report.complete = true,
        Ok(End::Limit) | Err(Halt::Stopped | Halt::Closed) => {}
        Err(Halt::Failed(error)) => {
            // If the destination fails as well, that is what is told.
            let _ = reader.fail(start.stored, error.to_string()).await;
            reader.report.error = Some(error.to_string());
            reader.report.cause = Some(error);
        }
    }
    // What was read is committed now; the other streams may take long.
    let _ = reader.flush().await;
    reader.meter.read(&mut reader.report);
    reader.report.took = reader.options.clock.monotonic().saturating_sub(begun);
    let report = reader.report.clone();
    reader
        .tell(Event::Ended { provider: reader.name.to_string(), report: Box::new(report.clone()) });
    report
}

fn join(mut report: StreamReport, written: Written) -> StreamReport {
    report.leads = written.leads;
    report.interactions = written.interactions;
    report.skipped = written.skipped;
    report.notices.extend(written.notices);
    report
}
