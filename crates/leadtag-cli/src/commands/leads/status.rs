//! `leadtag leads status`.

use leadtag::Timestamp;
use leadtag_extract::{Checkpoint, Place};
use serde::Serialize;

use super::settings::PullSettings;
use super::store;
use crate::args::{Global, LeadsStatus};
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
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
    /// `windows` or `snapshot`.
    strategy: &'static str,
    /// Whether everything that was begun is read.
    complete: bool,
    /// Everything between these moments is read; without a beginning, everything before the end.
    read_from: Option<Timestamp>,
    read_up_to: Option<Timestamp>,
    /// What a pull that did not end was reading.
    unfinished: Option<Unfinished>,
    newest: Option<Timestamp>,
    last_run: Timestamp,
}

#[derive(Serialize)]
struct Unfinished {
    from: Option<Timestamp>,
    at: Option<Timestamp>,
    to: Option<Timestamp>,
}

pub(crate) async fn run(
    args: &LeadsStatus,
    global: &Global,
    output: &Output,
) -> Result<(), Failure> {
    let settings = Session::configuration(global)?;
    let settings =
        settings.as_ref().map_or_else(|| Ok(PullSettings::default()), PullSettings::of)?;
    let destination = store::meant(args.to.as_ref(), &settings)?;
    let checkpoints = store::checkpoints(&destination).await?;
    let status = Status {
        to: destination.to_string(),
        streams: checkpoints.into_iter().map(stream).collect(),
    };
    if status.streams.is_empty() {
        output.notice(&format!("{destination} has no checkpoint of any provider"));
    }
    output.result(args.output.format, &status, || text(&status))
}

fn stream(checkpoint: Checkpoint) -> Stream {
    let Checkpoint { provider, platform, place, at, .. } = checkpoint;
    let mut stream = Stream {
        provider,
        platform,
        strategy: "windows",
        complete: false,
        read_from: None,
        read_up_to: None,
        unfinished: None,
        newest: None,
        last_run: Timestamp::from_unix_seconds(at.as_unix_seconds()).unwrap_or(at),
    };
    match place {
        Place::Windows { done, pass, newest, .. } => {
            stream.complete = done.is_some() && pass.is_none();
            stream.read_from = done.and_then(|done| done.from);
            stream.read_up_to = done.map(|done| done.to);
            stream.unfinished =
                pass.map(|pass| Unfinished { from: pass.from, at: pass.at, to: pass.until });
            stream.newest = newest;
        }
        Place::Snapshot { complete, .. } => {
            stream.strategy = "snapshot";
            stream.complete = complete;
        }
        _ => stream.strategy = "unknown",
    }
    stream
}

fn text(status: &Status) -> String {
    let time = |time: Option<Timestamp>| time.map_or_else(String::new, |time| time.to_string());
    let rows = status.streams.iter().map(|stream| {
        let state = match (&stream.unfinished, stream.complete) {
            (Some(pass), _) => match pass.at {
                Some(at) => format!("unfinished, at {at}"),
                None => "unfinished, at the beginning".to_owned(),
            },
            (None, true) => "complete".to_owned(),
            (None, false) => "unfinished".to_owned(),
        };
        vec![
            stream.provider.clone(),
            stream.platform.clone(),
            stream.strategy.to_owned(),
            state,
            time(stream.read_up_to),
            time(stream.newest),
            stream.last_run.to_string(),
        ]
    });
    let header = ["PROVIDER", "PLATFORM", "READ BY", "STATE", "READ UP TO", "NEWEST", "LAST RUN"];
    table(&header, rows, &[])
}
