//! Leads on their way to stdout: JSON one by one, rows of a table piece by piece.

use leadtag::Lead;
use leadtag_extract::masking::Names;

use crate::args::Format;
use crate::failure::Failure;
use crate::lead_view::LeadView;
use crate::table::LongTable;

const HEADER: &[&str] = &["ID", "NAME", "MOBILE", "EMAIL", "COMPANY", "LEVEL", "CREATED"];

/// Rows that are held to find out how wide the columns are.
const PIECE: usize = 100;

/// Prints leads as they come; holds a few rows at most.
pub(super) struct Printer<'a, E> {
    provider: &'a str,
    /// `None` shows personal data.
    names: Option<Names>,
    layout: Layout,
    emit: E,
    count: u64,
    masked: bool,
}

enum Layout {
    /// One object, with a lead on each line.
    Json,
    Table {
        table: LongTable,
        rows: Vec<Vec<String>>,
    },
}

impl<'a, E: FnMut(&str) -> Result<(), Failure>> Printer<'a, E> {
    /// A printer that gives every piece of the output to `emit`.
    pub(super) fn new(provider: &'a str, format: Format, reveal: bool, emit: E) -> Self {
        let layout = match format {
            Format::Json => Layout::Json,
            Format::Text => Layout::Table { table: LongTable::new(HEADER), rows: Vec::new() },
        };
        let names = (!reveal).then(Names::default);
        Self { provider, names, layout, emit, count: 0, masked: false }
    }

    /// Leads so far.
    pub(super) fn count(&self) -> u64 {
        self.count
    }

    /// Whether something personal was masked so far.
    pub(super) fn has_masked(&self) -> bool {
        self.masked
    }

    pub(super) fn lead(&mut self, lead: &Lead) -> Result<(), Failure> {
        let view = match &self.names {
            Some(names) => LeadView::masked(lead, self.provider, names),
            None => LeadView::revealed(lead, self.provider),
        };
        match &mut self.layout {
            Layout::Json => {
                let json = serde_json::to_string(&view)
                    .map_err(|error| Failure::failed(format!("a lead is no JSON: {error}")))?;
                let before = if self.count == 0 { "{\"leads\":[\n" } else { ",\n" };
                (self.emit)(&format!("{before}{json}"))?;
            }
            Layout::Table { rows, .. } => rows.push(row(&view)),
        }
        self.masked |= view.has_masked();
        self.count += 1;
        match &self.layout {
            Layout::Table { rows, .. } if rows.len() == PIECE => self.rows(),
            _ => Ok(()),
        }
    }

    /// Ends the output, so that it is well-formed whatever happened. If it failed before the first
    /// lead, nothing is printed at all.
    pub(super) fn end(&mut self, whole: bool) -> Result<(), Failure> {
        match &self.layout {
            Layout::Table { .. } => self.rows(),
            Layout::Json if self.count > 0 => (self.emit)("\n]}\n"),
            Layout::Json if whole => (self.emit)("{\"leads\":[]}\n"),
            Layout::Json => Ok(()),
        }
    }

    fn rows(&mut self) -> Result<(), Failure> {
        match &mut self.layout {
            Layout::Table { table, rows } if !rows.is_empty() => {
                let piece = table.piece(rows.drain(..));
                (self.emit)(&format!("{piece}\n"))
            }
            _ => Ok(()),
        }
    }
}

fn row(view: &LeadView<'_>) -> Vec<String> {
    vec![
        view.id(),
        view.name().unwrap_or_default(),
        view.first_mobile(),
        view.first_email(),
        view.company().unwrap_or_default(),
        view.level().unwrap_or_default(),
        view.created(),
    ]
}
