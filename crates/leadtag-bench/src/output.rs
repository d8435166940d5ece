//! All that is printed: lines between the processes, and tables for people.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::fmt;
use std::io::Write as _;

/// One line on standard output, at once: another process may wait for it.
pub(crate) fn line(text: &str) {
    println!("{text}");
    // A reader that is gone is noticed at its next question.
    let _ = std::io::stdout().flush();
}

/// One line on standard error.
pub(crate) fn problem(text: &str) {
    eprintln!("leadtag-bench: {text}");
}

/// Columns of text, the first one to the left and the others to the right.
pub(crate) struct Table {
    title: String,
    rows: Vec<Vec<String>>,
    note: &'static str,
    holds: bool,
}

impl Table {
    /// A table with the names of its columns; another one follows them, for the limits.
    pub(crate) fn new(title: impl Into<String>, columns: &[&str]) -> Self {
        let mut table = Self { title: title.into(), rows: Vec::new(), note: "", holds: true };
        table.row(columns, "limit");
        table
    }

    fn row(&mut self, cells: &[impl ToString], last: &str) {
        let cells = cells.iter().map(ToString::to_string);
        self.rows.push(cells.chain([last.to_owned()]).collect());
    }

    /// A row without a limit.
    pub(crate) fn add(&mut self, cells: &[impl ToString]) {
        self.row(cells, "");
    }

    /// A row that holds its limit or not.
    pub(crate) fn judge(&mut self, cells: &[impl ToString], limit: &str, holds: bool) {
        self.holds &= holds;
        self.row(cells, &format!("{limit} {}", if holds { "PASS" } else { "FAIL" }));
    }

    /// Sets the line under the table.
    pub(crate) fn note(&mut self, note: &'static str) {
        self.note = note;
    }

    /// Whether every limit holds.
    pub(crate) fn holds(&self) -> bool {
        self.holds
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns = self.rows.iter().map(Vec::len).max().unwrap_or(0);
        let width = |column: usize| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        let widths: Vec<usize> = (0..columns).map(width).collect();
        write!(f, "{}", self.title)?;
        for (at, row) in self.rows.iter().enumerate() {
            let mut line = String::new();
            for (column, (cell, width)) in row.iter().zip(&widths).enumerate() {
                let padded = match column {
                    0 => format!("{cell:<width$}"),
                    _ => format!("{cell:>width$}"),
                };
                line = line + "  " + &padded;
            }
            write!(f, "\n{}", line.trim_end())?;
            if at == 0 {
                let rule = "-".repeat(widths.iter().map(|width| width + 2).sum());
                write!(f, "\n{rule}")?;
            }
        }
        if self.note.is_empty() { Ok(()) } else { write!(f, "\n{}", self.note) }
    }
}
