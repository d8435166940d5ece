//! Which streams there are, and which of them are wanted.

use std::collections::BTreeMap;

use leadtag_core::LeadCapabilities;
use serde_json::{Map, Value, json};

use super::messages::{KEY, schema};
use super::{State, Subject};
use crate::{Column, Error, Result, Strategy, Table};

/// How much of a stream each run sends.
const METHOD: &str = "replication-method";
const INCREMENTAL: &str = "INCREMENTAL";
const FULL_TABLE: &str = "FULL_TABLE";

/// The streams that there are, or that are wanted.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Catalog {
    /// The streams.
    pub entries: Vec<Entry>,
}

/// A stream of a catalog.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Entry {
    /// Its name.
    pub stream: String,
    /// Its provider.
    pub provider: String,
    /// What it tells of.
    pub subject: Subject,
    /// Whether it is sent.
    pub is_selected: bool,
    /// Whether each run sends all of it, although it could go on where the last one ended.
    pub(super) is_full: bool,
    columns: Vec<Column>,
    /// The strategy, where it is known.
    strategy: Option<Strategy>,
    /// What somebody else chose of its properties.
    chosen: Chosen,
}

/// What a catalog says of the properties of a stream.
#[derive(Clone, Debug, Default)]
struct Chosen {
    /// Those it knows, and whether it wants them.
    known: BTreeMap<String, bool>,
    /// Whether it has a schema: then it does not want what it does not know.
    is_whole: bool,
}

impl Catalog {
    /// The streams of providers that can do so much, as `tables` has them: leads, and interactions
    /// where they can be listed. Leads are selected, interactions are not: they cost a call or more
    /// for every lead.
    ///
    /// # Errors
    /// `Input` if two streams would have one name.
    pub fn discover(providers: &[(String, LeadCapabilities)], tables: &[Table]) -> Result<Self> {
        let mut entries: Vec<Entry> = Vec::new();
        for (provider, can) in providers {
            let there = |subject: &Subject| *subject == Subject::Leads || can.interactions;
            for subject in Subject::ALL.into_iter().filter(there) {
                let stream = subject.stream(provider);
                // Many targets make no difference between large and small letters.
                if entries.iter().any(|entry| entry.stream.eq_ignore_ascii_case(&stream)) {
                    return Err(Error::Input(format!(
                        "two streams would be called {stream}; give the provider {provider} \
                         another name"
                    )));
                }
                let table = tables.iter().find(|table| table.name == subject.table());
                let columns = table.map(|table| table.columns.clone()).unwrap_or_default();
                entries.push(Entry {
                    stream,
                    provider: provider.clone(),
                    subject,
                    is_selected: subject == Subject::Leads,
                    is_full: false,
                    columns: columns.into_iter().filter(is_sent).collect(),
                    strategy: Some(Strategy::of(can)),
                    chosen: Chosen::default(),
                });
            }
        }
        Ok(Self { entries })
    }

    /// Adds the properties that a state knows of beyond the fixed ones.
    ///
    /// # Errors
    /// `Damaged` if the state has something else for one of the streams.
    pub fn add(&mut self, state: &State) -> Result<()> {
        for entry in &mut self.entries {
            let new = state.columns(&entry.stream)?;
            for column in new {
                match entry.columns.iter_mut().find(|known| known.name == column.name) {
                    Some(known) => known.kind = known.kind.or(column.kind),
                    None => entry.columns.push(column),
                }
            }
        }
        Ok(())
    }

    /// Selects what somebody else's catalog selects: streams that it does not know are not
    /// selected, nor are properties that it does not know. Returns the streams that only it knows.
    ///
    /// # Errors
    /// `Damaged` if it is no catalog. `place` names it.
    pub fn select(&mut self, text: &str, place: &str) -> Result<Vec<String>> {
        let damaged = |why: String| Error::Damaged {
            place: place.to_owned(),
            why: format!("{why}; leadtag tap --discover writes a catalog to start from"),
        };
        let text = text.trim_start_matches('\u{feff}');
        let value: Value = serde_json::from_str(text)
            .map_err(|error| damaged(format!("it is no JSON ({error})")))?;
        let Some(streams) = value.get("streams").and_then(Value::as_array) else {
            return Err(damaged("it has no list of streams".to_owned()));
        };
        for entry in &mut self.entries {
            entry.is_selected = false;
        }
        let mut unknown = Vec::new();
        for asked in streams {
            let name = ["tap_stream_id", "stream"].iter().find_map(|key| asked.get(key)?.as_str());
            let Some(name) = name else {
                return Err(damaged("one of its streams has no tap_stream_id".to_owned()));
            };
            match self.entries.iter_mut().find(|entry| entry.stream == name) {
                Some(entry) => {
                    entry.choose(asked).map_err(|why| damaged(format!("{name}: {why}")))?
                }
                None => unknown.push(name.to_owned()),
            }
        }
        Ok(unknown)
    }

    /// What is sent of a provider.
    #[must_use]
    pub fn selected(&self, provider: &str) -> Vec<Subject> {
        let entries = self.entries.iter();
        entries
            .filter(|entry| entry.provider == provider && entry.is_selected)
            .map(|entry| entry.subject)
            .collect()
    }

    /// The catalog as the option `--discover` prints it.
    #[must_use]
    pub fn to_json(&self) -> Value {
        json!({"streams": self.entries.iter().map(Entry::to_json).collect::<Vec<_>>()})
    }
}

impl Entry {
    /// Its properties that are fixed, or were found when it was made.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// Whether a property is sent.
    #[must_use]
    pub fn sends(&self, column: &Column) -> bool {
        let Chosen { known, is_whole } = &self.chosen;
        let is_wanted = known.get(&column.name).copied().unwrap_or(!is_whole);
        is_sent(column) && (column.name == KEY || is_wanted)
    }

    /// The property by which the stream goes on, if it is one of these: a list that goes by the time
    /// of creation says it of every lead.
    pub(super) fn bookmark<'c>(&self, columns: &'c [Column]) -> Option<&'c str> {
        let is_meant = (self.strategy, self.subject) == (Some(Strategy::Forward), Subject::Leads);
        let mut columns = columns.iter().filter(|_| is_meant);
        columns.find(|column| column.own_name() == "created_at").map(|column| &*column.name)
    }

    /// Whether a catalog was given that does not know this property.
    pub(super) fn is_new(&self, column: &Column) -> bool {
        is_sent(column) && self.chosen.is_whole && !self.chosen.known.contains_key(&column.name)
    }

    fn choose(&mut self, asked: &Value) -> Result<(), String> {
        let metadata = match asked.get("metadata") {
            None | Some(Value::Null) => None,
            Some(Value::Array(all)) => Some(all),
            Some(_) => return Err("metadata must be a list".to_owned()),
        };
        let of = |breadcrumb: &[&str]| {
            // Of several the last one counts.
            let found = metadata?.iter().rfind(|item| {
                let parts = item.get("breadcrumb").and_then(Value::as_array);
                parts.is_some_and(|parts| parts.iter().eq(breadcrumb.iter()))
            });
            found?.get("metadata")?.as_object()
        };
        let schema = asked.get("schema");
        let (root, older) = (of(&[]), [Some(asked), schema].map(|value| value?.as_object()));
        let by_default = said("selected-by-default", [root])?;
        let asked_for = said("selected", [root, older[0], older[1]])?;
        self.is_selected = match root.and_then(inclusion) {
            Some("automatic") => true,
            Some("unsupported") => false,
            _ => asked_for.or(by_default).unwrap_or(false),
        };
        self.is_full = self.is_selected && is_full(root, asked)?;
        let properties =
            schema.and_then(|schema| schema.get("properties")).and_then(Value::as_object);
        // Without a schema its metadata tell which properties it knows.
        let described =
            metadata.filter(|_| properties.is_none()).into_iter().flatten().filter_map(|item| {
                match item.get("breadcrumb")?.as_array()?.as_slice() {
                    [first, name] if first == "properties" => name.as_str(),
                    _ => None,
                }
            });
        let names = properties.into_iter().flat_map(|all| all.keys().map(String::as_str));
        let mut known = BTreeMap::new();
        for name in names.chain(described) {
            let metadata = of(&["properties", name]);
            let property = properties.and_then(|all| all.get(name)?.as_object());
            let of_property = |why| format!("{name}: {why}");
            let asked = said("selected", [metadata, property]).map_err(of_property)?;
            let by_default = said("selected-by-default", [metadata]).map_err(of_property)?;
            let is_wanted = match metadata.and_then(inclusion) {
                Some("automatic") => true,
                Some("unsupported") => false,
                _ => asked.or(by_default).unwrap_or(true),
            };
            known.insert(name.to_owned(), is_wanted);
        }
        let is_sent = |name: &str| self.is_selected && known.get(name) == Some(&true);
        let mut within = metadata.into_iter().flatten().filter_map(left_out_within);
        if let Some((_, deeper)) = within.find(|(name, _)| is_sent(name)) {
            return Err(format!(
                "{deeper} is within a property, and only whole ones can be left out; leave out the \
                 whole property, or drop the attribute in a map ([pull] map)"
            ));
        }
        self.chosen = Chosen { known, is_whole: properties.is_some() };
        Ok(())
    }

    fn to_json(&self) -> Value {
        let is_incremental = self.strategy != Some(Strategy::Snapshot);
        let mut root = json!({
            "inclusion": "available",
            "selected-by-default": self.is_selected,
            "table-key-properties": [KEY],
        });
        if !is_incremental {
            root["forced-replication-method"] = FULL_TABLE.into();
        }
        if let Some(name) = self.bookmark(&self.columns) {
            root["valid-replication-keys"] = json!([name]);
        }
        let mut metadata = vec![json!({"breadcrumb": [], "metadata": root})];
        metadata.extend(self.columns.iter().map(|column| {
            let said = if column.name == KEY {
                json!({"inclusion": "automatic"})
            } else {
                json!({"inclusion": "available", "selected-by-default": true})
            };
            json!({"breadcrumb": ["properties", column.name], "metadata": said})
        }));
        json!({
            "tap_stream_id": self.stream,
            "stream": self.stream,
            "key_properties": [KEY],
            "replication_method": if is_incremental { INCREMENTAL } else { FULL_TABLE },
            "schema": schema(&self.columns),
            "metadata": metadata,
        })
    }
}

/// Whether a catalog wants all of a stream each time: by its metadata, or the older way.
fn is_full(root: Option<&Map<String, Value>>, asked: &Value) -> Result<bool, String> {
    let places = [root.and_then(|root| root.get(METHOD)), asked.get("replication_method")];
    let said = places.into_iter().flatten().find(|said| !said.is_null());
    match said.map(Value::as_str) {
        None | Some(Some(INCREMENTAL)) => Ok(false),
        Some(Some(FULL_TABLE)) => Ok(true),
        Some(_) => Err(format!("{METHOD} must be {INCREMENTAL} or {FULL_TABLE}")),
    }
}

/// Whether it is a property at all: what is gone from a platform cannot be told in a stream.
pub(super) fn is_sent(column: &Column) -> bool {
    column.own_name() != "deleted_at"
}

/// What the first of them says that says something.
fn said<const N: usize>(
    what: &str,
    places: [Option<&Map<String, Value>>; N],
) -> Result<Option<bool>, String> {
    let mut said = places.into_iter().flatten().filter_map(|place| place.get(what));
    match said.find(|said| !said.is_null()) {
        None => Ok(None),
        Some(Value::Bool(is_selected)) => Ok(Some(*is_selected)),
        Some(_) => Err(format!("{what} must be true or false")),
    }
}

/// The property of which these metadata leave something out, and the breadcrumb of that.
fn left_out_within(item: &Value) -> Option<(&str, &Value)> {
    let breadcrumb = item.get("breadcrumb")?;
    let metadata = item.get("metadata")?.as_object()?;
    let is_out = metadata.get("selected") == Some(&Value::Bool(false))
        || inclusion(metadata) == Some("unsupported");
    match breadcrumb.as_array()?.as_slice() {
        [first, name, _, ..] if first == "properties" && is_out => {
            Some((name.as_str()?, breadcrumb))
        }
        _ => None,
    }
}

fn inclusion(metadata: &Map<String, Value>) -> Option<&str> {
    metadata.get("inclusion")?.as_str()
}
