//! How far an apply is.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use leadtag_taxonomy::{Outcome, Step, Watch};

use crate::output::Output;

/// A bar on a terminal; elsewhere only waits are told.
pub(super) struct Progress {
    bar: ProgressBar,
    output: Output,
}

impl Progress {
    pub(super) fn new(steps: usize, output: Output) -> Self {
        // Hidden where stderr is no terminal.
        let bar = if steps == 0 { ProgressBar::hidden() } else { ProgressBar::new(steps as u64) };
        let style = ProgressStyle::with_template("{wide_bar} {pos}/{len} steps, {eta} left");
        if let Ok(style) = style {
            bar.set_style(style);
        }
        Self { bar, output }
    }

    pub(super) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

impl Watch for Progress {
    fn step(&self, _: &str, _: &Step, _: Outcome) {
        self.bar.inc(1);
    }

    fn waiting(&self, provider: &str, span: Duration) {
        self.bar.suspend(|| {
            let seconds = span.as_secs_f64().ceil();
            self.output.notice(&format!("{provider} asks to wait: going on in {seconds} s"));
        });
    }
}
