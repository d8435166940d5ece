//! One pull: several streams into one destination.

use std::sync::Arc;

use crate::{Error, Event, PullOptions, Report, Result, Sink, Source, Stop};

/// Reads the leads of every source into `sink`, each in a stream of its own, all at once.
///
/// A stream that fails ends at its last checkpoint and does not hinder the others; what it came to
/// is in the report. Rows are written by a thread of their own.
///
/// # Errors
/// Before the first request: if an option is not possible for a source, or the destination is of
/// another shape or holds the stream of another platform or account. Later: if the destination
/// fails.
pub async fn pull(
    sources: Vec<Source>,
    sink: Box<dyn Sink>,
    options: PullOptions,
    stop: Stop,
    events: Arc<dyn Fn(Event) + Send + Sync>,
) -> Result<Report> {
    let _ = (sources, sink, options, stop, events);
    Err(Error::Input("not yet".to_owned()))
}
