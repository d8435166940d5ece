//! `leadtag leads status`.

use leadtag::{Timestamp, platforms};
use leadtag_extract::{Checkpoint, Place, Progress, Snapshot, Strategy};
use serde::Serialize;

use super::store;
use crate::args::{Format, Global, LeadsStatus};
use crate::failure::Failure;
use crate::output::Output;
use crate::table::table;

#[derive(Serialize)]
struct Status {
    to: String,
    streams: Vec<Stream>,
}

/// Where one stream stands.
#[derive(Serialize)]
struct Stream {
    provider: String,
    platform: String,
    /// How it is read; `None` if this program does not know the platform.
    strategy: Option<Strategy>,
    /// Whether everything that was begun is read.
    complete: bool,
    /// Everything between these moments is read; without a beginning, everything before the end.
    read_from: Option<Timestamp>,
    read_up_to: Option<Timestamp>,
    /// What a pull that did not end was reading.
    unfinished: Option<Unfinished>,
    newest: Option<Timestamp>,
    last_run: Timestamp,
    /// Why the last run failed, if it did.
    failed: Option<String>,
    /// Its leads in the store, if they could be counted.
    rows: Option<u64>,
}

#[derive(Serialize)]
struct Unfinished {
    from: Option<Timestamp>,
    at: Option<Timestamp>,
    /// Where it ends; of a snapshot, when it began.
    to: Option<Timestamp>,
}

pub(crate) async fn run(
    args: &LeadsStatus,
    global: &Global,
    output: &Output,
) -> Result<(), Failure> {
    let (_, destination) = store::asked(args.to.as_ref(), global)?;
    let checkpoints = store::checkpoints(&destination).await?;
    let rows = store::count(&destination).await;
    let rows_of = |checkpoint: &Checkpoint| {
        rows.as_ref().ok().map(|rows| rows.get(&checkpoint.provider).copied().unwrap_or_default())
    };
    let streams =
        checkpoints.into_iter().map(|checkpoint| stream(rows_of(&checkpoint), checkpoint));
    let status = Status { to: destination.to_string(), streams: streams.collect() };
    if status.streams.is_empty() {
        let there = rows.as_ref().is_ok_and(|rows| !rows.is_empty());
        let rows_stay =
            if there { ": the next pull reads all again; the rows are there" } else { "" };
        output.notice(&format!("{destination} has no checkpoint of any provider{rows_stay}"));
        if args.output.format == Format::Text {
            return rows.map(drop);
        }
    }
    output.result(args.output.format, &status, || text(&status))?;
    if args.output.format == Format::Text {
        for stream in &status.streams {
            if let Some(failed) = &stream.failed {
                output.notice(&format!("{}: its last run failed: {failed}", stream.provider));
            }
        }
    }
    // What cannot be counted is gone or damaged: no pull goes on there.
    rows.map(drop)
}

fn stream(rows: Option<u64>, checkpoint: Checkpoint) -> Stream {
    let strategy = strategy(&checkpoint);
    let Checkpoint { provider, platform, place, at, failed, .. } = checkpoint;
    let mut stream = Stream {
        provider,
        platform,
        strategy,
        complete: false,
        read_from: None,
        read_up_to: None,
        unfinished: None,
        newest: None,
        last_run: Timestamp::from_unix_seconds(at.as_unix_seconds()).unwrap_or(at),
        failed,
        rows,
    };
    match place {
        Place::Windows(Progress { done, pass, newest, .. }) => {
            stream.complete = done.is_some() && pass.is_none();
            stream.read_from = done.and_then(|done| done.from);
            stream.read_up_to = done.map(|done| done.to);
            stream.unfinished =
                pass.map(|pass| Unfinished { from: pass.from, at: pass.at, to: pass.until });
            // Where rows tell no time, it is but the beginning of a span.
            stream.newest = newest.filter(|_| strategy == Some(Strategy::Forward));
        }
        Place::Snapshot(Snapshot { number, complete, .. }) => {
            let seconds = i64::try_from(number / 1_000_000).ok();
            let began = seconds.and_then(Timestamp::from_unix_seconds);
            stream.complete = complete;
            if complete {
                stream.read_up_to = began;
            } else {
                stream.unfinished = Some(Unfinished { from: None, at: None, to: began });
            }
        }
        _ => {}
    }
    stream
}

/// How a pull reads the stream. Spans of time are read in two ways, and the checkpoint is the same.
fn strategy(checkpoint: &Checkpoint) -> Option<Strategy> {
    match checkpoint.place {
        Place::Snapshot(_) => Some(Strategy::Snapshot),
        Place::Windows(_) => {
            let all = platforms();
            let info = all.iter().find(|info| info.platform.as_str() == checkpoint.platform)?;
            Some(Strategy::of(&info.leads?))
        }
        _ => None,
    }
}

fn text(status: &Status) -> String {
    let time = |time: Option<Timestamp>| time.map_or_else(String::new, |time| time.to_string());
    let rows = status.streams.iter().map(|stream| {
        vec![
            stream.provider.clone(),
            stream.platform.clone(),
            stream.rows.map_or_else(String::new, |rows| rows.to_string()),
            state(stream),
            time(stream.read_up_to),
            time(stream.newest),
            stream.last_run.to_string(),
            stream.strategy.map_or_else(String::new, |strategy| strategy.to_string()),
        ]
    });
    let header =
        ["PROVIDER", "PLATFORM", "ROWS", "STATE", "READ UP TO", "NEWEST", "LAST RUN", "READ"];
    table(&header, rows, &[2])
}

/// What a pull left to do.
fn state(stream: &Stream) -> String {
    let place = place(stream);
    if stream.failed.is_some() { format!("failed, {place}") } else { place }
}

fn place(stream: &Stream) -> String {
    match &stream.unfinished {
        Some(Unfinished { at: Some(at), .. }) => format!("unfinished, at {at}"),
        Some(Unfinished { to: Some(began), .. }) if stream.strategy == Some(Strategy::Snapshot) => {
            format!("unfinished, begun {began}")
        }
        Some(_) => "unfinished, at the beginning".to_owned(),
        None if stream.complete => match stream.read_from {
            Some(from) => format!("complete from {from} on"),
            None => "complete".to_owned(),
        },
        None => "unfinished".to_owned(),
    }
}
