//! The only place that writes: data to stdout, everything else to stderr.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

use crate::args::Format;
use crate::failure::{ErrorObject, Failure};

/// Bytes that are written at once, where much is written.
const BUFFER: usize = 64 * 1024;

/// Where a command writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Output {
    color: bool,
    color_data: bool,
    verbose: bool,
}

impl Output {
    pub(crate) fn new(no_color: bool, verbose: bool) -> Self {
        let said = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        let wanted = !no_color && !said && !dumb;
        Self {
            color: wanted && io::stderr().is_terminal(),
            color_data: wanted && io::stdout().is_terminal(),
            verbose,
        }
    }

    /// Whether every call is told.
    pub(crate) fn is_verbose(self) -> bool {
        self.verbose
    }

    /// Whether what goes to stdout may have colours.
    pub(crate) fn colors_data(self) -> bool {
        self.color_data
    }

    /// Writes text to stdout, and sees to it that it ends with a line break.
    pub(crate) fn data(self, text: &str) -> Result<(), Failure> {
        let end = if text.ends_with('\n') { "" } else { "\n" };
        write(&[text, end])
    }

    /// Writes a part of the result to stdout, as it stands.
    pub(crate) fn part(self, text: &str) -> Result<(), Failure> {
        write(&[text])
    }

    /// Stdout, for a result that is written as it comes.
    pub(crate) fn stream(self) -> Box<dyn Write + Send> {
        Box::new(io::BufWriter::with_capacity(BUFFER, io::stdout()))
    }

    /// Writes one JSON value to stdout.
    pub(crate) fn json(self, value: &impl Serialize) -> Result<(), Failure> {
        let text = serde_json::to_string_pretty(value)
            .map_err(|error| Failure::failed(format!("the result is no JSON: {error}")))?;
        self.data(&text)
    }

    /// Writes `text` or `value`, as `format` says.
    pub(crate) fn result(
        self,
        format: Format,
        value: &impl Serialize,
        text: impl FnOnce() -> String,
    ) -> Result<(), Failure> {
        match format {
            Format::Json => self.json(value),
            Format::Text => self.data(&text()),
        }
    }

    /// Tells something that is not the result.
    pub(crate) fn notice(self, text: &str) {
        self.to_stderr(&printable(text));
    }

    /// Tells why a command failed.
    pub(crate) fn failure(self, failure: &Failure, format: Format) {
        #[derive(Serialize)]
        struct Envelope<'a> {
            error: ErrorObject<'a>,
        }
        if format == Format::Json {
            let line =
                failure.object().and_then(|error| serde_json::to_string(&Envelope { error }).ok());
            if let Some(line) = line {
                self.to_stderr(&line);
            }
            return;
        }
        if let Some((text, hint)) = failure.text() {
            self.to_stderr(&format!("{} {}", self.label("error:", "31"), printable(&text)));
            if let Some(hint) = hint {
                self.to_stderr(&format!("{} {}", self.label("hint:", "36"), printable(&hint)));
            }
        }
    }

    /// Asks a question on the terminal; `None` if there is none.
    pub(crate) fn ask(self, question: &str) -> Option<String> {
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            return None;
        }
        let mut stderr = io::stderr().lock();
        let asked = write!(stderr, "{} ", printable(question)).and_then(|()| stderr.flush());
        let mut answer = String::new();
        let read = asked.and_then(|()| io::stdin().read_line(&mut answer));
        read.ok().map(|_| answer.trim().to_owned())
    }

    fn label(self, text: &str, color: &str) -> String {
        if self.color { format!("\u{1b}[1;{color}m{text}\u{1b}[0m") } else { text.to_owned() }
    }

    fn to_stderr(self, line: &str) {
        // If stderr is gone there is nobody to tell.
        let _ = writeln!(io::stderr().lock(), "{line}");
    }
}

fn write(texts: &[&str]) -> Result<(), Failure> {
    let mut stdout = io::stdout().lock();
    let mut all = texts.iter();
    let written = all.try_for_each(|text| stdout.write_all(text.as_bytes()));
    written.and_then(|()| stdout.flush()).map_err(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Failure::OutputClosed,
        _ => Failure::failed(format!("stdout cannot be written: {error}")),
    })
}

/// The text without anything that a terminal would obey: names and messages come from outside.
pub(crate) fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
