//! How far an assignment is: a bar on a terminal, a line now and then elsewhere.

use std::fmt;
use std::io::{IsTerminal, stderr};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressState, ProgressStyle};
use leadtag_taxonomy::{AssignPhase, AssignWatch};

use crate::output::Output;

/// Without a terminal nothing is told more often.
const EVERY: Duration = Duration::from_secs(10);
const TEMPLATE: &str =
    "{prefix} [{wide_bar}] {human_pos}/{human_len} rows, {rate} rows/s, {eta} left {msg}";

pub(super) struct Bar {
    output: Output,
    bar: Option<ProgressBar>,
    state: Mutex<State>,
}

struct State {
    phase: Option<AssignPhase>,
    /// When the phase began, and how many rows were done then.
    began: (Instant, u64),
    told: Instant,
}

impl Bar {
    pub(super) fn new(output: Output) -> Self {
        let now = Instant::now();
        let bar = stderr().is_terminal().then(|| {
            let bar = ProgressBar::new(0);
            if let Ok(style) = ProgressStyle::with_template(TEMPLATE) {
                let rate = |state: &ProgressState, text: &mut dyn fmt::Write| {
                    let _ = text.write_str(&rate(state.per_sec()));
                };
                bar.set_style(style.progress_chars("=> ").with_key("rate", rate));
            }
            bar
        });
        Self { output, bar, state: Mutex::new(State { phase: None, began: (now, 0), told: now }) }
    }

    /// Makes room for other output.
    pub(super) fn clear(&self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
        self.state.lock().unwrap_or_else(PoisonError::into_inner).phase = None;
    }
}

impl AssignWatch for Bar {
    fn progress(&self, phase: AssignPhase, done: u64, rows: u64) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let now = Instant::now();
        if state.phase != Some(phase) {
            *state = State { phase: Some(phase), began: (now, done), told: now };
            if let Some(bar) = &self.bar {
                bar.reset();
                bar.set_length(rows);
                bar.set_prefix(word(phase));
                bar.set_position(done);
                bar.reset_eta();
            }
        }
        match &self.bar {
            Some(bar) => {
                bar.set_message("");
                bar.set_position(done);
            }
            None if now.duration_since(state.told) >= EVERY => {
                state.told = now;
                let (began, before) = state.began;
                self.output.notice(&line(phase, (done, rows), done - before, began.elapsed()));
            }
            None => {}
        }
    }

    fn waiting(&self, provider: &str, span: Duration) {
        let text = format!("{provider} throttles, waiting {} s", span.as_secs_f64().ceil());
        match &self.bar {
            Some(bar) => bar.set_message(text),
            None => self.output.notice(&text),
        }
    }
}

fn word(phase: AssignPhase) -> &'static str {
    match phase {
        AssignPhase::Reading => "reading",
        AssignPhase::Checking => "checking",
        _ => "sending",
    }
}

/// `sending: 1200 of 5000 rows, 120 rows/s, 32 s left`.
fn line(phase: AssignPhase, (done, rows): (u64, u64), new: u64, span: Duration) -> String {
    let per_second = new as f64 / span.as_secs_f64().max(0.001);
    let left = rows.saturating_sub(done) as f64 / per_second.max(0.001);
    let (phase, rate) = (word(phase), rate(per_second));
    format!("{phase}: {done} of {rows} rows, {rate} rows/s, {left:.0} s left")
}

/// Slow platforms take seconds for a row.
fn rate(per_second: f64) -> String {
    if per_second < 10.0 { format!("{per_second:.1}") } else { format!("{per_second:.0}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_tells_rate_and_time_left() {
        let text = line(AssignPhase::Sending, (1200, 5000), 1200, Duration::from_secs(10));
        assert_eq!(text, "sending: 1200 of 5000 rows, 120 rows/s, 32 s left");
        let text = line(AssignPhase::Checking, (3, 9), 3, Duration::from_secs(2));
        assert_eq!(text, "checking: 3 of 9 rows, 1.5 rows/s, 4 s left");
    }
}
