//! Tables for people, with Chinese text that takes two columns a character.

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
    let mut table = Table::new();
    table.load_style(STYLE).set_header(header);
    for row in rows {
        table.add_row(row.iter().map(|cell| printable(cell.as_ref())));
    }
    let last = header.len().saturating_sub(1);
    for (at, column) in table.column_iter_mut().enumerate() {
        column.set_padding((0, u16::from(at != last)));
        if right.contains(&at) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    table.trim_fmt()
}
