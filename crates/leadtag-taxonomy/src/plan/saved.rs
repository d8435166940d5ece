//! A plan as a file. Its checksum guards against accident and careless editing; it is no
//! signature.

use std::path::Path;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Plan, PlanFile, PlanKind, ProviderPlan, Summary};
use crate::store::replace_file;
use crate::{Error, Result, hash};

/// The JSON Schema (2020-12) of a plan.
pub const PLAN_SCHEMA: &str = include_str!("schema.json");

const FORMAT: &str = "leadtag-plan";
const VERSION: u64 = 1;

/// A plan as it stands in a file.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    version: u64,
    kind: PlanKind,
    file: Option<PlanFile>,
    providers: Vec<ProviderPlan>,
    summary: Summary,
    checksum: String,
}

impl Plan {
    /// The plan as JSON, as [`PLAN_SCHEMA`] describes it: the same plan is the same text.
    #[must_use]
    pub fn to_json(&self) -> String {
        // Nothing in a plan can fail to be written.
        let mut text = serde_json::to_string_pretty(&self.to_value()).unwrap_or_default();
        text.push('\n');
        text
    }

    /// The checksum that its file has.
    #[must_use]
    pub fn checksum(&self) -> String {
        let document = serde_json::to_value(self.document(String::new())).unwrap_or_default();
        checksum(&document)
    }

    /// Reads a saved plan.
    ///
    /// # Errors
    /// [`Error::Refused`] if it is no plan, is of another version, or was altered.
    pub fn load(text: &str) -> Result<Self> {
        let refused = |why: String| Error::Refused(why);
        // Some editors and shells put a byte order mark before it.
        let text = text.trim_start_matches('\u{feff}');
        let mut value: Value = serde_json::from_str(text)
            .map_err(|error| refused(format!("this is no saved plan: {error}")))?;
        if value["format"] != FORMAT {
            return Err(refused(
                "this is no saved plan: leadtag tags plan --out writes one".into(),
            ));
        }
        if value["version"] != VERSION {
            return Err(refused(format!(
                "the plan has version {}, and this leadtag reads version {VERSION}: plan again",
                value["version"]
            )));
        }
        let told = value["checksum"].take();
        value["checksum"] = Value::String(String::new());
        if told.as_str() != Some(&checksum(&value)) {
            return Err(refused(
                "the plan was altered after it was saved: its checksum does not fit; plan again"
                    .into(),
            ));
        }
        let document: Document = serde_json::from_value(value)
            .map_err(|error| refused(format!("the plan cannot be read: {error}; plan again")))?;
        Ok(Self { kind: document.kind, file: document.file, providers: document.providers })
    }

    /// Saves it at `path`, whole or not at all.
    ///
    /// # Errors
    /// [`Error::File`] if it cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        replace_file(path, &self.to_json())
    }

    fn to_value(&self) -> impl Serialize {
        self.document(self.checksum())
    }

    fn document(&self, checksum: String) -> Document {
        Document {
            format: FORMAT.to_owned(),
            version: VERSION,
            kind: self.kind,
            file: self.file.clone(),
            providers: self.providers.clone(),
            summary: self.summary(),
            checksum,
        }
    }
}

/// The checksum of a document whose own is empty. The order of members and white space do not
/// count; everything else does.
fn checksum(document: &Value) -> String {
    let mut text = String::new();
    write(document, &mut text);
    format!("sha256:{}", hash::of_bytes(text.as_bytes()))
}

fn write(value: &Value, text: &mut String) {
    match value {
        Value::Object(members) => {
            let mut members: Vec<_> = members.iter().collect();
            members.sort_unstable_by_key(|(key, _)| *key);
            text.push('{');
            for (key, value) in members {
                text.push_str(&Value::String(key.clone()).to_string());
                text.push(':');
                write(value, text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write(item, text);
                text.push(',');
            }
            text.push(']');
        }
        other => text.push_str(&other.to_string()),
    }
}
