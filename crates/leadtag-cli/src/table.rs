//! Tables for people, with Chinese text that takes two columns a character.

use comfy_table::ColumnConstraint::LowerBoundary;
use comfy_table::Width::Fixed;
use comfy_table::{CellAlignment, LineStyle, Table, TableStyle};

use crate::output::printable;

const STYLE: TableStyle =
    TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─'));

/// A table without borders. `right` are the columns that hold numbers.
pub(crate) fn table<C: AsRef<str>>(
    header: &[&str],
    rows: impl IntoIterator<Item = Vec<C>>,
    right: &[usize],
) -> String {
    let mut table = start(rows);
    table.set_header(header);
    let last = header.len().saturating_sub(1);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, u16::from(at != last)));
        if right.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}

/// A table that is printed piece by piece, for lists too long to be held. A column that has once
/// grown wide stays so.
#[derive(Debug)]
pub(crate) struct LongTable {
    header: Option<&'static [&'static str]>,
    widths: Vec<u16>,
}

impl LongTable {
    pub(crate) fn new(header: &'static [&'static str]) -> Self {
        Self { header: Some(header), widths: vec![0; header.len()] }
    }

    /// The next rows; the header stands over the first ones.
    pub(crate) fn piece<C: AsRef<str>>(
        &mut self,
        rows: impl IntoIterator<Item = Vec<C>>,
    ) -> String {
        let mut table = start(rows);
        if let Some(header) = self.header.take() {
            table.set_header(header);
        }
        for (width, now) in self.widths.iter_mut().zip(table.column_max_content_widths()) {
            *width = now.max(*width);
        }
        let last = self.widths.len().saturating_sub(1);
        for (at, (column, width)) in table.column_iter_mut().zip(&self.widths).enumerate() {
            let padding = u16::from(at != last);
            column.set_padding((0, padding)).set_constraint(LowerBoundary(Fixed(width + padding)));
        }
        table.trim_fmt()
    }
}

fn start<C: AsRef<str>>(rows: impl IntoIterator<Item = Vec<C>>) -> Table {
    let mut table = Table::new();
    table.load_style(STYLE);
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell.as_ref())));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pieces_of_a_long_table_stand_in_the_same_columns() {
        let mut table = LongTable::new(&["NAME", "ID"]);
        let first = table.piece([vec!["意向客户", "1"], vec!["a", "2"]]);
        let second = table.piece([vec!["b", "3"]]);
        assert_eq!(first, "NAME      ID\n────────────\n意向客户  1\na         2");
        assert_eq!(second, "b         3");
    }
}
