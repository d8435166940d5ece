//! `leadtag caps`.

use leadtag::{LeadCapabilities, PlatformInfo, TagCapabilities, platforms};
use serde::Serialize;

use crate::args::{Caps, MatrixFormat};
use crate::failure::Failure;
use crate::output::Output;
use crate::table::table;

#[derive(Serialize)]
struct Matrix {
    platforms: Vec<Column>,
}

#[derive(Serialize)]
struct Column {
    platform: &'static str,
    tags: Option<TagCapabilities>,
    leads: Option<LeadCapabilities>,
}

pub(super) fn run(args: &Caps, output: &Output) -> Result<(), Failure> {
    let platforms = platforms();
    match args.format {
        MatrixFormat::Json => {
            output.json(&Matrix { platforms: platforms.iter().map(column).collect() })
        }
        MatrixFormat::Text => {
            let header = header(&platforms);
            let header: Vec<_> = header.iter().map(String::as_str).collect();
            output.data(&table(&header, rows(&platforms), &[]))
        }
        MatrixFormat::Markdown => output.data(&markdown(&platforms)),
    }
}

fn column(info: &PlatformInfo) -> Column {
    Column { platform: info.platform.as_str(), tags: info.tags, leads: info.leads }
}

fn header(platforms: &[PlatformInfo]) -> Vec<String> {
    let names = platforms.iter().map(|info| info.platform.to_string());
    std::iter::once("capability".to_owned()).chain(names).collect()
}

/// One row per capability; what a whole platform lacks is `-` in its column. What no platform has
/// makes no rows.
fn rows(platforms: &[PlatformInfo]) -> Vec<Vec<String>> {
    let mut rows = Vec::new();
    if platforms.iter().any(|info| info.tags.is_some()) {
        let columns = platforms.iter().map(|info| match info.tags {
            Some(tags) => (true, tags.rows()),
            None => (false, TagCapabilities::none().rows()),
        });
        rows.extend(transpose(columns));
    }
    if platforms.iter().any(|info| info.leads.is_some()) {
        let columns = platforms.iter().map(|info| match info.leads {
            Some(leads) => (true, leads.rows()),
            None => (false, LeadCapabilities::none().rows()),
        });
        rows.extend(transpose(columns));
    }
    rows
}

type PlatformRows = (bool, Vec<(&'static str, String)>);

fn transpose(platforms: impl Iterator<Item = PlatformRows>) -> Vec<Vec<String>> {
    let mut rows: Vec<Vec<String>> = Vec::new();
    for (has_any, column) in platforms {
        for (at, (label, value)) in column.into_iter().enumerate() {
            let value = if has_any { value } else { "-".to_owned() };
            match rows.get_mut(at) {
                Some(row) => row.push(value),
                None => rows.push(vec![label.to_owned(), value]),
            }
        }
    }
    rows
}

fn markdown(platforms: &[PlatformInfo]) -> String {
    let header = header(platforms);
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let mut text = line(&header);
    text.push_str(&line(&vec!["---".to_owned(); header.len()]));
    rows(platforms).iter().for_each(|row| text.push_str(&line(row)));
    text
}
