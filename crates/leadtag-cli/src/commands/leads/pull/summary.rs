//! What a pull came to.

use leadtag_extract::{Counts, Destination, Error, Report, StreamReport};
use serde::Serialize;
use serde_json::Value;

use crate::args::Format;
use crate::failure::Failure;
use crate::output::Output;
use crate::table::table;

/// The report with where it went.
#[derive(Serialize)]
pub(super) struct Told<'a> {
    to: String,
    #[serde(flatten)]
    report: &'a Report,
}

impl<'a> Told<'a> {
    pub(super) fn new(report: &'a Report, destination: &Destination) -> Self {
        Self { to: destination.to_string(), report }
    }
}

/// The report of a pull whose destination failed: nothing is complete there, and what became of rows
/// is not known.
pub(super) fn failed(report: &Report, destination: &Destination, error: &Error) -> Value {
    let mut told = serde_json::to_value(Told::new(report, destination)).unwrap_or_default();
    told["error"] = error.to_string().into();
    for stream in told["streams"].as_array_mut().into_iter().flatten() {
        stream["complete"] = false.into();
        for unknown in ["leads", "interactions", "skipped"] {
            stream.as_object_mut().and_then(|stream| stream.remove(unknown));
        }
    }
    told
}

/// Prints the result, and on stderr what went wrong.
pub(super) fn print(
    report: &Report,
    destination: &Destination,
    format: Format,
    output: Output,
) -> Result<(), Failure> {
    let printed = output.result(format, &Told::new(report, destination), || text(report));
    for stream in &report.streams {
        match (&stream.cause, &stream.error) {
            (Some(cause), _) => {
                let doing = format!("pulling the leads of {}", stream.provider);
                let failure = Failure::while_reading(doing)(cause.clone());
                let mut failure = failure.of_provider(&stream.provider);
                if stream.read > 0 {
                    failure =
                        failure.and_then_do("what was read is stored: the same command goes on");
                }
                output.failure(&failure, format);
            }
            (None, Some(error)) => {
                output.notice(&format!("error: pulling the leads of {}: {error}", stream.provider));
            }
            (None, None) => {}
        }
    }
    if format == Format::Text && !report.stopped {
        let took = report.took.as_secs_f64();
        output.notice(&format!("{} in {took:.1} s", destination));
    }
    Failure::even_unread(printed)
}

fn text(report: &Report) -> String {
    let mut rows = Vec::new();
    for stream in &report.streams {
        rows.push(row(stream, "leads", stream.leads));
        if stream.interactions != Counts::default() {
            rows.push(row(stream, "interactions", stream.interactions));
        }
    }
    let header = [
        "PROVIDER",
        "ROWS",
        "NEW",
        "CHANGED",
        "UNCHANGED",
        "DELETED",
        "SKIPPED",
        "CALLS",
        "RETRIES",
        "WAITS",
        "STATE",
    ];
    table(&header, rows, &[2, 3, 4, 5, 6, 7, 8, 9])
}

fn row(stream: &StreamReport, what: &str, counts: Counts) -> Vec<String> {
    let own = what == "leads";
    let only = |number: u64| if own { number.to_string() } else { String::new() };
    let state = match (&stream.error, stream.complete) {
        (Some(_), _) => "failed",
        (None, true) => "complete",
        (None, false) => "to go on",
    };
    vec![
        stream.provider.clone(),
        what.to_owned(),
        counts.new.to_string(),
        counts.changed.to_string(),
        counts.unchanged.to_string(),
        counts.deleted.to_string(),
        only(stream.skipped),
        only(stream.calls),
        only(stream.retries),
        only(stream.waits),
        if own { state.to_owned() } else { String::new() },
    ]
}
