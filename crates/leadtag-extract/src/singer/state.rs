//! Where the streams stand, as targets keep it between two runs.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::Subject;
use crate::checkpoint::VERSION;
use crate::{Checkpoint, Column, Error, Result};

const BOOKMARKS: &str = "bookmarks";

/// Where the streams stand: a bookmark for each. What is not of this run's streams stays as it is.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct State {
    /// Where it was read from, for errors.
    place: String,
    value: Map<String, Value>,
}

/// What is known of one stream.
#[derive(Debug, Serialize, Deserialize)]
struct Bookmark {
    checkpoint: Checkpoint,
    /// The columns beyond the fixed ones: they get no narrower.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    columns: Vec<Column>,
    /// The columns that were not sent.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    left_out: Vec<Column>,
}

impl State {
    /// One of no stream.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads what an earlier run's last STATE message held, or nothing at all. `place` names it in
    /// errors.
    ///
    /// # Errors
    /// `Damaged` if it is something else.
    pub fn parse(text: &str, place: impl Into<String>) -> Result<Self> {
        let place = place.into();
        let damaged = |why: &str| Error::Damaged {
            place: place.clone(),
            why: format!("{why}; give the value of the last STATE message, or no state at all"),
        };
        let text = text.trim_start_matches('\u{feff}').trim();
        if text.is_empty() {
            return Ok(Self { place, value: Map::new() });
        }
        // Some targets write one state behind the other: the last one counts.
        let mut value = Map::new();
        for read in serde_json::Deserializer::from_str(text).into_iter() {
            match read.map_err(|error| damaged(&error.to_string()))? {
                Value::Object(read) => value = read,
                Value::Null => {}
                _ => return Err(damaged("it is no JSON object")),
            }
        }
        if let Some(kind) = value.remove("type") {
            value = match value.remove("value") {
                Some(Value::Object(value)) if kind == "STATE" => value,
                _ => return Err(damaged("it is another message, or one without a value")),
            };
        }
        match value.get(BOOKMARKS) {
            Some(Value::Object(_)) => {}
            Some(Value::Null) => drop(value.remove(BOOKMARKS)),
            Some(_) => return Err(damaged("its bookmarks are no JSON object")),
            None if value.get("value").is_some_and(|value| value.get(BOOKMARKS).is_some()) => {
                return Err(damaged("it is another message, or one without its type"));
            }
            // What `meltano state get` prints.
            None if ["singer_state", "completed", "partial_state"]
                .iter()
                .any(|key| value.contains_key(*key)) =>
            {
                return Err(damaged("its bookmarks stand within singer_state"));
            }
            None => {}
        }
        Ok(Self { place, value })
    }

    /// The value of a STATE message.
    #[must_use]
    pub fn value(&self) -> Value {
        Value::Object(self.value.clone())
    }

    /// Whether something stands in it, and no bookmarks: it may be another file.
    #[must_use]
    pub fn lacks_bookmarks(&self) -> bool {
        !self.value.contains_key(BOOKMARKS) && self.value.values().any(|value| !value.is_null())
    }

    /// Whether there is anything of a provider's stream.
    #[must_use]
    pub fn has(&self, provider: &str, subject: Subject) -> bool {
        self.stored(&subject.stream(provider)).is_some()
    }

    /// Where a provider stands in these of its streams: where the one stands that is the furthest
    /// behind. `None` if one of them was never read.
    pub(super) fn checkpoint(
        &self,
        provider: &str,
        subjects: &[Subject],
    ) -> Result<Option<Checkpoint>> {
        let mut oldest: Option<Checkpoint> = None;
        for subject in subjects {
            let stream = subject.stream(provider);
            let Some(Bookmark { checkpoint, .. }) = self.bookmark(&stream)? else {
                return Ok(None);
            };
            self.check(&stream, provider, &checkpoint)?;
            if oldest.as_ref().is_none_or(|oldest| checkpoint.at < oldest.at) {
                oldest = Some(checkpoint);
            }
        }
        Ok(oldest)
    }

    /// The columns of a stream beyond the fixed ones.
    pub(super) fn columns(&self, stream: &str) -> Result<Vec<Column>> {
        Ok(self.bookmark(stream)?.map(|bookmark| bookmark.columns).unwrap_or_default())
    }

    /// The columns of a stream that were not sent.
    pub(super) fn left_out(&self, stream: &str) -> Result<Vec<Column>> {
        Ok(self.bookmark(stream)?.map(|bookmark| bookmark.left_out).unwrap_or_default())
    }

    /// Sets where a stream stands.
    pub(super) fn set(
        &mut self,
        stream: &str,
        checkpoint: &Checkpoint,
        columns: &[Column],
        left_out: &[Column],
    ) {
        let mut bookmark = json!({"checkpoint": checkpoint});
        for (what, columns) in [("columns", columns), ("left_out", left_out)] {
            if !columns.is_empty() {
                bookmark[what] = json!(columns);
            }
        }
        if let Some(bookmarks) = self.bookmarks() {
            bookmarks.insert(stream.to_owned(), bookmark);
        }
    }

    /// Forgets where a stream stands. Returns whether anything was known.
    pub(super) fn remove(&mut self, stream: &str) -> bool {
        self.bookmarks().is_some_and(|bookmarks| bookmarks.remove(stream).is_some())
    }

    fn check(&self, stream: &str, provider: &str, checkpoint: &Checkpoint) -> Result<()> {
        let why = if checkpoint.version != VERSION {
            let remedy = if checkpoint.version > VERSION {
                "use a newer leadtag"
            } else {
                "take it out to read the stream from its beginning"
            };
            format!(
                "the bookmark of {stream} is of version {}, and this program knows version \
                 {VERSION}; {remedy}",
                checkpoint.version
            )
        } else if checkpoint.provider != provider {
            format!(
                "the bookmark of {stream} is one of {}; take it out to read the stream from its \
                 beginning",
                checkpoint.provider
            )
        } else {
            return Ok(());
        };
        Err(Error::Damaged { place: self.place.clone(), why })
    }

    fn bookmarks(&mut self) -> Option<&mut Map<String, Value>> {
        self.value.entry(BOOKMARKS).or_insert_with(|| json!({})).as_object_mut()
    }

    fn stored(&self, stream: &str) -> Option<&Value> {
        self.value.get(BOOKMARKS)?.get(stream).filter(|bookmark| !bookmark.is_null())
    }

    fn bookmark(&self, stream: &str) -> Result<Option<Bookmark>> {
        let Some(stored) = self.stored(stream) else { return Ok(None) };
        Bookmark::deserialize(stored).map(Some).map_err(|error| Error::Damaged {
            place: self.place.clone(),
            why: format!(
                "the bookmark of {stream} is none that leadtag wrote ({error}); take it out to \
                 read the stream from its beginning"
            ),
        })
    }
}
