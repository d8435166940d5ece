//! What is known of a destination of files: its one small file that says which others count.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use leadtag_core::Timestamp;
use serde::{Deserialize, Serialize};

use super::disk::{Disk, folder_of};
use super::format::{Content, Output};
use super::paths::Paths;
use crate::{Checkpoint, Error, Result, Table};

/// The version of the form below.
const VERSION: u32 = 1;

/// Which files count, and where the streams stand.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub(super) struct State {
    pub(super) version: u32,
    /// The format's name.
    pub(super) format: String,
    /// Providers by their number.
    pub(super) providers: Vec<String>,
    pub(super) checkpoints: Vec<Checkpoint>,
    pub(super) next_segment: u64,
    pub(super) tables: Vec<TableState>,
    /// Which snapshots are complete, but what is missing in them is not yet marked.
    pub(super) deletions: Vec<Deletion>,
    /// What is being published.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) pending: Option<Pending>,
}

/// The files of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct TableState {
    /// How it was, from the published file on; the last one is how it is.
    pub(super) shapes: Vec<Table>,
    pub(super) published: Option<Published>,
    pub(super) segments: Vec<Segment>,
}

/// A published file.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Published {
    pub(super) rows: u64,
    pub(super) content: Content,
    /// What its index holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<Content>,
    /// When it was written, as the file system has it, in nanoseconds since 1970.
    pub(super) modified: Option<u64>,
    /// Which of the shapes it has.
    pub(super) shape: usize,
}

/// A segment.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Segment {
    pub(super) number: u64,
    /// The number of its first row in the table.
    pub(super) first: u64,
    pub(super) rows: u64,
    /// Which of the shapes it has.
    pub(super) shape: usize,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) content: Option<Content>,
    /// What its index holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) index: Option<Content>,
}

/// A complete snapshot.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Deletion {
    /// The provider's number.
    pub(super) provider: u16,
    pub(super) snapshot: u64,
    pub(super) at: Timestamp,
    /// It says nothing of this row of `leads` and later ones.
    pub(super) before: u64,
}

/// What is being published: files that are renamed, and the tables as they are then.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Pending {
    pub(super) renames: Vec<Rename>,
    pub(super) tables: Vec<TableState>,
}

/// A file that takes the place of another one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub(super) struct Rename {
    pub(super) table: String,
    /// Whether it is the index of the table, or its file.
    pub(super) is_index: bool,
    pub(super) content: Content,
}

impl State {
    /// That of a destination that holds nothing.
    pub(super) fn new(format: &str) -> Self {
        Self { version: VERSION, format: format.to_owned(), ..Self::default() }
    }

    /// The state of a place; a new one where there is none.
    pub(super) fn load(paths: &Paths, format: &str) -> Result<Self> {
        let path = paths.state();
        let damaged = |why: String| Error::Damaged { place: path.display().to_string(), why };
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Ok(Self::new(format));
            }
            Err(error) => return Err(Error::file(&path, "cannot be read")(error)),
        };
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let remedy = "restore it, or move it and the file it belongs to away and pull again";
        let unreadable =
            |error: serde_json::Error| damaged(format!("it cannot be read ({error}); {remedy}"));
        let Version { version } = serde_json::from_slice(&bytes).map_err(unreadable)?;
        if version != VERSION {
            return Err(damaged(format!(
                "it was written by another version of leadtag (its form is {version}, this program \
                 knows {VERSION}); use that version"
            )));
        }
        let state: Self = serde_json::from_slice(&bytes).map_err(unreadable)?;
        if state.format != format {
            return Err(paths.error(format!(
                "it holds {} files; write {}:… or give another path",
                state.format, state.format
            )));
        }
        if !state.is_sound() {
            return Err(damaged(format!("it contradicts itself; {remedy}")));
        }
        Ok(state)
    }

    fn is_sound(&self) -> bool {
        let tables = self.pending.iter().flat_map(|pending| &pending.tables).chain(&self.tables);
        tables.into_iter().all(TableState::is_sound)
    }

    /// Replaces the state of a place in one step.
    pub(super) fn save(&self, disk: &dyn Disk, paths: &Paths) -> Result<()> {
        let path = paths.state();
        let part = path.with_extension("json.part");
        let text = serde_json::to_vec(self).map_err(|error| Error::Damaged {
            place: path.display().to_string(),
            why: error.to_string(),
        })?;
        let mut out = Output::create(disk, &part)?;
        out.put(&text)?;
        out.close()?;
        let replace = || Error::file(&path, "cannot be replaced");
        disk.rename(&part, &path).map_err(replace())?;
        disk.sync_folder(&folder_of(&path)).map_err(replace())
    }

    pub(super) fn table(&self, name: &str) -> Option<&TableState> {
        self.tables.iter().find(|table| table.name() == name)
    }

    pub(super) fn table_mut(&mut self, name: &str) -> Option<&mut TableState> {
        self.tables.iter_mut().find(|table| table.name() == name)
    }

    /// The number of a provider, which it gets here.
    pub(super) fn number_of(&mut self, provider: &str) -> Result<u16> {
        let at = self.providers.iter().position(|known| known == provider).unwrap_or_else(|| {
            self.providers.push(provider.to_owned());
            self.providers.len() - 1
        });
        u16::try_from(at).map_err(|_| Error::Input("more than 65,536 providers".to_owned()))
    }
}

impl TableState {
    pub(super) fn new(table: Table) -> Self {
        Self { shapes: vec![table], published: None, segments: Vec::new() }
    }

    fn is_sound(&self) -> bool {
        let mut next = self.published.as_ref().map_or(0, |file| file.rows);
        let known = |shape: usize| shape < self.shapes.len();
        !self.shapes.is_empty()
            && self.published.as_ref().is_none_or(|file| known(file.shape))
            && self.segments.iter().all(|segment| {
                let fits = segment.first == next && known(segment.shape);
                next = next.saturating_add(segment.rows);
                fits
            })
    }

    /// The table as it is.
    pub(super) fn shape(&self) -> &Table {
        &self.shapes[self.shapes.len() - 1]
    }

    pub(super) fn name(&self) -> &str {
        &self.shape().name
    }

    /// How many rows its files have, replaced ones too.
    pub(super) fn rows(&self) -> u64 {
        let published = self.published.as_ref().map_or(0, |file| file.rows);
        self.segments.last().map_or(published, |last| last.first + last.rows)
    }
}

/// When a file was written, as the file system has it.
pub(super) fn modified(path: &Path) -> Option<u64> {
    let at: SystemTime = path.metadata().ok()?.modified().ok()?;
    u64::try_from(at.duration_since(UNIX_EPOCH).ok()?.as_nanos()).ok()
}
