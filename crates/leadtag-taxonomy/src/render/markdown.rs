//! A plan for a pull request.

use std::fmt::Write;

use super::{Row, Sign, has_something, heading, last_line, printable, rows};
use crate::plan::Plan;

/// Rows of one table. A page of thousands is read by nobody; the saved plan has them all.
const MOST_ROWS: usize = 200;

/// A plan as Markdown, one table for each provider. What is deleted stands first. Of more than 200
/// rows the others are counted only: the JSON form has all.
#[must_use]
pub fn markdown(plan: &Plan) -> String {
    let mut text = String::from("## Plan of the tags\n\n");
    for one in plan.providers.iter().filter(|one| has_something(one)) {
        let _ = writeln!(text, "### {}\n", escaped(&heading(one)));
        let (deleted, others): (Vec<_>, Vec<_>) =
            rows(one).into_iter().partition(|row| row.sign == Sign::Delete);
        let all = deleted.len() + others.len();
        if !deleted.is_empty() {
            let _ =
                writeln!(text, "**{} to delete: contacts lose what is deleted**\n", deleted.len());
            table(&deleted, MOST_ROWS, &mut text);
        }
        table(&others, MOST_ROWS.saturating_sub(deleted.len()), &mut text);
        if all > MOST_ROWS {
            let _ = writeln!(text, "and {} more\n", all - MOST_ROWS);
        }
        for note in &one.notes {
            let _ = writeln!(text, "- note: {}", escaped(&note.message));
        }
        if !one.notes.is_empty() {
            text.push('\n');
        }
    }
    text + &last_line(plan) + "\n"
}

fn table(rows: &[Row], most: usize, text: &mut String) {
    if rows.is_empty() || most == 0 {
        return;
    }
    text.push_str("| | | name | |\n|---|---|---|---|\n");
    for row in rows.iter().take(most) {
        let (name, remark) = (escaped(&row.name), escaped(&row.remark));
        let _ = writeln!(text, "| `{}` | {} | {name} | {remark} |", row.sign.as_str(), row.item);
    }
    text.push('\n');
}

/// The text without anything that Markdown or HTML would obey.
fn escaped(text: &str) -> String {
    printable(text).chars().fold(String::with_capacity(text.len()), |mut out, c| {
        match c {
            '|' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '\\' | '~' | '@' | '&' => {
                out.push('\\');
                out.push(c);
            }
            _ => out.push(c),
        }
        out
    })
}
