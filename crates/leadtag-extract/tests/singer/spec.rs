//! The rules of the specification, and a reader of an output that holds it to them.

use std::collections::{BTreeMap, BTreeSet};

use leadtag_core::Timestamp;
use serde_json::{Map, Value};

/// What an output came to.
#[derive(Debug, Default)]
pub(crate) struct Read {
    /// The last schema of each stream, and how many there were.
    pub(crate) schemas: BTreeMap<String, (Value, usize)>,
    /// The records, in order.
    pub(crate) records: Vec<(String, Map<String, Value>)>,
    /// Each state, with how many records came before it.
    pub(crate) states: Vec<(usize, Value)>,
}

impl Read {
    /// Reads an output. Panics where it breaks a rule.
    #[track_caller]
    pub(crate) fn of(output: &str) -> Self {
        assert!(output.is_empty() || output.ends_with('\n'), "the last line is cut off");
        let mut read = Self::default();
        for line in output.lines() {
            let message: Value = serde_json::from_str(line).expect(line);
            read.message(message.as_object().expect(line), line);
        }
        read
    }

    #[track_caller]
    fn message(&mut self, message: &Map<String, Value>, line: &str) {
        match message["type"].as_str().expect(line) {
            "SCHEMA" => {
                let keys = ["type", "stream", "schema", "key_properties", "bookmark_properties"];
                keys_are(message, &keys, line);
                let schema = &message["schema"];
                for bookmark in message.get("bookmark_properties").into_iter().flat_map(list) {
                    assert!(schema["properties"].get(bookmark).is_some(), "{line}");
                }
                assert!(schema["type"].as_array().unwrap().contains(&"object".into()), "{line}");
                for key in message["key_properties"].as_array().expect(line) {
                    let types = &schema["properties"][key.as_str().unwrap()]["type"];
                    assert_eq!(
                        types,
                        &serde_json::json!(["string"]),
                        "a key is never null: {line}"
                    );
                }
                for (name, property) in schema["properties"].as_object().expect(line) {
                    let types = property["type"].as_array().expect(line);
                    assert!(name == "id" || types.contains(&"null".into()), "{name}: {line}");
                }
                let stream = message["stream"].as_str().expect(line).to_owned();
                let entry = self.schemas.entry(stream).or_default();
                *entry = (schema.clone(), entry.1 + 1);
            }
            "RECORD" => {
                keys_are(message, &["type", "stream", "record", "time_extracted"], line);
                let stream = message["stream"].as_str().expect(line);
                let (schema, _) = self.schemas.get(stream).expect("a record before its schema");
                fits(&message["record"], schema).unwrap_or_else(|why| panic!("{why}: {line}"));
                if let Some(extracted) = message.get("time_extracted") {
                    is_utc(extracted.as_str().expect(line)).expect(line);
                }
                let record = message["record"].as_object().expect(line).clone();
                assert!(record["id"].is_string(), "{line}");
                self.records.push((stream.to_owned(), record));
            }
            "STATE" => {
                keys_are(message, &["type", "value"], line);
                assert!(message["value"].is_object(), "{line}");
                self.states.push((self.records.len(), message["value"].clone()));
            }
            other => panic!("no message of 0.3.0: {other}"),
        }
    }

    /// The ids of a stream, in order.
    pub(crate) fn ids(&self, stream: &str) -> Vec<&str> {
        let of_stream = self.records.iter().filter(|(name, _)| name == stream);
        of_stream.map(|(_, record)| record["id"].as_str().unwrap()).collect()
    }

    /// The names of the properties in the last schema of a stream.
    pub(crate) fn properties(&self, stream: &str) -> BTreeSet<&str> {
        let properties = self.schemas[stream].0["properties"].as_object().unwrap();
        properties.keys().map(String::as_str).collect()
    }

    /// The type of a property without null, in the last schema of a stream.
    pub(crate) fn kind(&self, stream: &str, property: &str) -> Vec<&str> {
        let types = self.schemas[stream].0["properties"][property]["type"].as_array().unwrap();
        types.iter().map(|name| name.as_str().unwrap()).filter(|name| *name != "null").collect()
    }

    /// The last state, as a target keeps it.
    pub(crate) fn state(&self) -> String {
        self.states.last().unwrap().1.to_string()
    }
}

fn list(value: &Value) -> impl Iterator<Item = &str> {
    value.as_array().unwrap().iter().map(|item| item.as_str().unwrap())
}

#[track_caller]
fn keys_are(message: &Map<String, Value>, known: &[&str], line: &str) {
    for key in message.keys() {
        assert!(known.contains(&key.as_str()), "{key}: {line}");
    }
}

/// Whether a value is of one of the types that its schema names.
fn fits(value: &Value, schema: &Value) -> Result<(), String> {
    let name = match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    let types: Vec<_> =
        schema["type"].as_array().into_iter().flatten().filter_map(Value::as_str).collect();
    let is_type = types.contains(&name) || name == "integer" && types.contains(&"number");
    if !is_type {
        return Err(format!("{value} is none of {types:?}"));
    }
    match (value, schema["format"].as_str()) {
        (Value::String(text), Some("date-time")) => is_utc(text)?,
        (Value::Array(items), _) if schema.get("items").is_some() => {
            items.iter().try_for_each(|item| fits(item, &schema["items"]))?;
        }
        (Value::Object(members), _) => {
            for (name, value) in members {
                match schema["properties"].get(name) {
                    Some(property) => {
                        fits(value, property).map_err(|why| format!("{name}: {why}"))?
                    }
                    None if schema["additionalProperties"] == false => {
                        return Err(format!("{name} is in no schema"));
                    }
                    None => {}
                }
            }
        }
        _ => {}
    }
    Ok(())
}

fn is_utc(text: &str) -> Result<(), String> {
    let read = text.parse::<Timestamp>();
    if text.ends_with('Z') && read.is_ok() { Ok(()) } else { Err(format!("{text} is no UTC time")) }
}
