//! How far a pull is: a line for each stream on a terminal, a line now and then elsewhere.

use std::collections::BTreeMap;
use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use console::Term;
use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use leadtag::Timestamp;
use leadtag_extract::Event;

use crate::output::{Output, printable};

/// Without a terminal nothing is told more often.
const EVERY: Duration = Duration::from_secs(10);
/// Shorter waits are not worth a line.
const LONG: Duration = Duration::from_secs(1);
const TEMPLATE: &str = "{prefix} [{bar:20}] {wide_msg}";
/// Where a line has fewer columns there is no room for a bar.
const NARROW: u16 = 100;
const NARROW_TEMPLATE: &str = "{prefix} {wide_msg}";
const PARTS: u64 = 1000;

pub(in crate::commands) struct Progress {
    output: Output,
    /// Where the lines of the terminal are.
    lines: Option<MultiProgress>,
    streams: Mutex<BTreeMap<String, Stream>>,
}

/// What is known of one stream.
struct Stream {
    bar: Option<ProgressBar>,
    rows: u64,
    part: Option<f64>,
    until: Option<Timestamp>,
    began: Instant,
    told: Instant,
}

impl Progress {
    pub(in crate::commands) fn new(output: Output) -> Self {
        // One that cannot move its cursor shows none of them, and what else is told would tear them.
        let lines = MultiProgress::new();
        let shows = stderr().is_terminal() && !lines.is_hidden() && !output.is_verbose();
        let lines = shows.then_some(lines);
        Self { output, lines, streams: Mutex::default() }
    }

    /// Shows what happens.
    pub(in crate::commands) fn show(&self, event: &Event) {
        match event {
            Event::Started { provider, strategy, from } => {
                let from = from.map_or_else(
                    || "from the beginning".to_owned(),
                    |from| format!("from {from} on"),
                );
                self.tell(&format!("{provider}: read {strategy}, {from}"));
                self.begin(provider);
            }
            Event::Read { provider, rows, part, until } => {
                self.read(provider, *rows, *part, *until);
            }
            Event::Waiting { provider, span, error } => {
                let why = error.as_ref().map_or_else(
                    || " for the rate limit".to_owned(),
                    |error| format!(", as the platform asks: {error}"),
                );
                let text = format!("waits {}{why}", seconds(*span));
                self.pause(provider, *span, &text);
            }
            Event::TryingAgain { provider, span, error } => {
                let text = format!("tries again in {}: {error}", seconds(*span));
                self.pause(provider, *span, &text);
            }
            Event::Notice { provider, text } => self.tell(&format!("{provider}: {text}")),
            Event::Ended { provider, .. } => {
                if let Some(bar) = self.streams().remove(provider).and_then(|stream| stream.bar) {
                    bar.finish_and_clear();
                }
            }
            _ => {}
        }
    }

    /// Tells something between the lines.
    pub(in crate::commands) fn tell(&self, text: &str) {
        match &self.lines {
            Some(lines) => lines.suspend(|| self.output.notice(text)),
            None => self.output.notice(text),
        }
    }

    /// Makes room for other output.
    pub(in crate::commands) fn clear(&self) {
        for stream in std::mem::take(&mut *self.streams()).into_values() {
            if let Some(bar) = stream.bar {
                bar.finish_and_clear();
            }
        }
    }

    fn begin(&self, provider: &str) {
        let bar = self.lines.as_ref().map(|lines| {
            let bar = lines.add(ProgressBar::new(PARTS));
            let is_narrow = Term::stderr().size().1 < NARROW;
            let template = if is_narrow { NARROW_TEMPLATE } else { TEMPLATE };
            if let Ok(style) = ProgressStyle::with_template(template) {
                bar.set_style(style.progress_chars("=> "));
            }
            bar.set_prefix(printable(provider));
            bar
        });
        let now = Instant::now();
        let stream = Stream { bar, rows: 0, part: None, until: None, began: now, told: now };
        self.streams().insert(provider.to_owned(), stream);
    }

    fn read(&self, provider: &str, rows: u64, part: Option<f64>, until: Option<Timestamp>) {
        let mut streams = self.streams();
        let Some(stream) = streams.get_mut(provider) else { return };
        stream.rows += rows;
        stream.part = part.map(|part| part.clamp(0.0, 1.0)).or(stream.part);
        stream.until = until.or(stream.until);
        let text = line(stream.rows, stream.began.elapsed(), stream.part, stream.until);
        match &stream.bar {
            Some(bar) => {
                if let Some(part) = stream.part {
                    bar.set_position((part * PARTS as f64) as u64);
                }
                bar.set_message(text);
            }
            None if stream.told.elapsed() >= EVERY => {
                stream.told = Instant::now();
                self.output.notice(&format!("{provider}: {text}"));
            }
            None => {}
        }
    }

    /// Tells why nothing happens for a while.
    fn pause(&self, provider: &str, span: Duration, text: &str) {
        let streams = self.streams();
        let shown = streams.get(provider).and_then(|stream| Some((stream, stream.bar.as_ref()?)));
        match shown {
            Some((stream, bar)) => {
                bar.set_message(printable(&format!("{}, {text}", rows(stream.rows))));
            }
            None if span >= LONG => self.output.notice(&format!("{provider}: {text}")),
            None => {}
        }
    }

    fn streams(&self) -> MutexGuard<'_, BTreeMap<String, Stream>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// `58 s`.
fn seconds(span: Duration) -> String {
    format!("{} s", span.as_secs_f64().ceil())
}

fn rows(rows: u64) -> String {
    format!("{rows} {}", if rows == 1 { "row" } else { "rows" })
}

/// `1200 rows, 30 %, read up to 2026-01-31T08:00:00Z, 120 rows/s`: of a line that is too long the end
/// is not shown.
fn line(read: u64, span: Duration, part: Option<f64>, until: Option<Timestamp>) -> String {
    let rate = read as f64 / span.as_secs_f64().max(0.001);
    let part = part.map_or_else(String::new, |part| format!(", {:.0} %", (part * 100.0).floor()));
    let until = until.map_or_else(String::new, |until| format!(", read up to {until}"));
    format!("{}{part}{until}, {rate:.0} rows/s", rows(read))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_rows_rate_and_place() {
        let until = "2026-01-31T08:00:00Z".parse().ok();
        let text = line(1200, Duration::from_secs(10), Some(0.309), until);
        assert_eq!(text, "1200 rows, 30 %, read up to 2026-01-31T08:00:00Z, 120 rows/s");
        assert_eq!(line(1, Duration::from_secs(2), None, None), "1 row, 0 rows/s");
        assert_eq!(line(0, Duration::from_secs(1), Some(1.0), None), "0 rows, 100 %, 0 rows/s");
    }
}
