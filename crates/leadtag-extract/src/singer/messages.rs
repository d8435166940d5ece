//! The messages, each a line of JSON.

use std::borrow::Cow;

use leadtag_core::{Timestamp, mend_escapes};
use serde_json::{Map, Value, json};

use crate::cell::on_one_line;
use crate::{Cell, Column, ColumnKind};

/// The property that tells a record of a stream from all others.
pub(super) const KEY: &str = "id";

/// The JSON schema of a column. Everything may be null but the key.
pub(super) fn property(column: &Column) -> Value {
    // Nothing is promised of its members.
    let is_object = column.kind == ColumnKind::Json && column.own_name() == "attributes";
    match column.kind {
        _ if column.name == KEY => json!({"type": ["string"]}),
        _ if is_object => json!({"type": ["null", "object"], "additionalProperties": true}),
        ColumnKind::Bool => json!({"type": ["null", "boolean"]}),
        ColumnKind::Int => json!({"type": ["null", "integer"]}),
        ColumnKind::Float => json!({"type": ["null", "number"]}),
        ColumnKind::Text => json!({"type": ["null", "string"]}),
        ColumnKind::Time => json!({"type": ["null", "string"], "format": "date-time"}),
        ColumnKind::List => json!({"type": ["null", "array"], "items": {"type": ["string"]}}),
        ColumnKind::Json => json!({
            "type": ["null", "object", "array", "string", "number", "boolean"],
        }),
    }
}

/// The JSON schema of a stream with these columns.
pub(super) fn schema<'a>(columns: impl IntoIterator<Item = &'a Column>) -> Value {
    let properties: Map<_, _> =
        columns.into_iter().map(|column| (column.name.clone(), property(column))).collect();
    json!({"type": ["object"], "properties": properties, "additionalProperties": false})
}

/// A SCHEMA message. `bookmark` is the property by which the tap goes on, if it is one.
pub(super) fn schema_line(stream: &str, schema: &Value, bookmark: Option<&str>) -> String {
    let mut message = json!({
        "type": "SCHEMA",
        "stream": stream,
        "schema": schema,
        "key_properties": [KEY],
    });
    if let Some(name) = bookmark {
        message["bookmark_properties"] = json!([name]);
    }
    format!("{message}\n")
}

/// A STATE message.
pub(super) fn state_line(value: &Value) -> String {
    format!("{}\n", json!({"type": "STATE", "value": value}))
}

/// A RECORD message. Members come in the order given; U+0000 becomes U+FFFD.
pub(super) fn record_line<'a>(
    stream: &str,
    values: impl IntoIterator<Item = (&'a str, &'a Cell)>,
    extracted: Option<Timestamp>,
) -> String {
    let mut line = String::from(r#"{"type":"RECORD","stream":"#);
    push_text(&mut line, stream);
    line.push_str(r#","record":{"#);
    for (index, (name, cell)) in values.into_iter().enumerate() {
        if index > 0 {
            line.push(',');
        }
        push_text(&mut line, name);
        line.push(':');
        push_cell(&mut line, cell);
    }
    line.push('}');
    if let Some(moment) = extracted {
        line.push_str(r#","time_extracted":"#);
        push_text(&mut line, &moment.to_string());
    }
    line.push_str("}\n");
    // Many databases cannot hold U+0000, and their targets stop at it.
    match mend_escapes(&line, true) {
        Cow::Owned(mended) => mended,
        Cow::Borrowed(_) => line,
    }
}

fn push_cell(line: &mut String, cell: &Cell) {
    match cell {
        // What a platform sent may stand on several lines; a message may not.
        Cell::Json(json) => line.push_str(&on_one_line(json)),
        Cell::Text(text) => push_text(line, text),
        other => line.push_str(&other.to_json()),
    }
}

fn push_text(line: &mut String, text: &str) {
    line.push_str(&crate::cell::json(&text));
}
