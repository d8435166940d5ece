//! What an apply did, in words and for programs.

use std::path::Path;

use leadtag_taxonomy::{Blocked, Note, ProviderReport, Report, Step, step_text};
use serde::Serialize;

use crate::shell::{command, command_with};

/// What an apply did.
#[derive(Serialize)]
pub(super) struct Summary<'a> {
    providers: Vec<Provider<'a>>,
    stopped: bool,
    undo: Option<String>,
    next: Option<&'a str>,
    /// What could not be written on this machine.
    disk: Option<&'a str>,
    /// What the tags should be.
    #[serde(skip)]
    file: &'a Path,
}

/// So many of the steps that were not made are named.
const NAMED: usize = 20;

#[derive(Serialize)]
struct Provider<'a> {
    name: &'a str,
    done: usize,
    refused: Vec<Problem<'a>>,
    blocked: &'a [Blocked],
    failed: Option<Problem<'a>>,
    not_done: usize,
    #[serde(skip)]
    left: &'a [Step],
    notes: &'a [Note],
}

#[derive(Serialize)]
struct Problem<'a> {
    step: Option<&'a Step>,
    message: &'a str,
}

impl<'a> Summary<'a> {
    pub(super) fn new(
        report: &'a Report,
        undo: Option<&Path>,
        next: Option<&'a str>,
        file: &'a Path,
    ) -> Self {
        Self {
            providers: report.providers.iter().map(provider).collect(),
            stopped: report.stopped,
            undo: undo.map(|path| path.display().to_string()),
            next,
            disk: report.disk.as_deref(),
            file,
        }
    }

    pub(super) fn text(&self) -> String {
        let mut lines: Vec<String> = Vec::new();
        for one in &self.providers {
            let parts = [
                (one.done, if one.done == 1 { "step done" } else { "steps done" }),
                (one.refused.len(), "refused"),
                (one.blocked.len(), "not possible"),
                (one.not_done, "not done"),
            ];
            let parts = parts.into_iter().filter(|(count, _)| *count > 0);
            let parts: Vec<String> = parts.map(|(count, what)| format!("{count} {what}")).collect();
            let what = if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") };
            lines.push(format!("{}: {what}", one.name));
            lines.extend(one.refused.iter().map(|at| format!("  refused: {}", at.in_words())));
            lines.extend(one.failed.iter().map(|at| format!("  failed: {}", at.in_words())));
            let left = one.left.iter().take(NAMED);
            lines.extend(left.map(|step| format!("  not done: {}", step_text(step))));
            if one.left.len() > NAMED {
                lines.push(format!("  not done: {} more", one.left.len() - NAMED));
            }
            lines.extend(one.notes.iter().map(|note| format!("  note: {}", note.message)));
        }
        lines.extend(self.disk.map(str::to_owned));
        if self.stopped {
            lines.push("Stopped.".to_owned());
        }
        if let Some(undo) = &self.undo {
            let undo = command_with(&["tags", "apply", undo], &["--config", "--lock"]);
            let file = self.file.display();
            lines.push(format!("To take it back: {undo} (and put {file} back too)"));
        }
        lines.extend(self.next.map(|next| format!("To go on: {next}")));
        lines.iter().map(|line| crate::output::printable(line) + "\n").collect()
    }
}

impl Problem<'_> {
    fn in_words(&self) -> String {
        let step = self.step.map(|step| format!("{}: ", step_text(step))).unwrap_or_default();
        format!("{step}{}", self.message)
    }
}

fn provider(report: &ProviderReport) -> Provider<'_> {
    let refused = report.refused.iter();
    Provider {
        name: &report.name,
        done: report.done,
        refused: refused.map(|at| Problem { step: Some(&at.step), message: &at.message }).collect(),
        blocked: &report.blocked,
        failed: report
            .failed
            .as_ref()
            .map(|at| Problem { step: at.step.as_ref(), message: &at.message }),
        not_done: report.not_done.len(),
        left: &report.not_done,
        notes: &report.notes,
    }
}

/// The command line as it was given: the same again goes on.
pub(super) fn same_command() -> String {
    let args: Vec<String> = std::env::args().skip(1).collect();
    command(args.iter().map(String::as_str))
}
