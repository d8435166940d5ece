//! All rows of one contact as one write, and whether it can be made.

use std::collections::HashSet;

use leadtag_core::{Platform, TagCapabilities, TagId, WriteSemantics};

use super::plan::{Asked, Write};
use super::resolve::Resolver;

/// Up to this many tags on a contact, the tags that it has are counted before anything is sent.
const COUNTED_UP_TO: u32 = 20;

/// What there is to do for a contact.
#[derive(Debug)]
pub(super) enum Need {
    Write(Write),
    Nothing,
}

/// What is known of a provider when its contacts are checked.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) platform: Platform,
    pub(super) can: TagCapabilities,
    pub(super) tags: &'a Resolver,
}

impl Rules<'_> {
    /// Whether the tags that a contact has are read before anything is sent.
    pub(super) fn reads(&self) -> bool {
        let few = self.can.max_tags_per_contact.is_some_and(|max| max <= COUNTED_UP_TO);
        let replaces = self.can.write_semantics == WriteSemantics::Replace;
        self.can.contact_tags && self.can.can_assign() && (few || replaces)
    }

    /// The rows of one contact as one write.
    ///
    /// # Errors
    /// Why they cannot be done.
    pub(super) fn unite(&self, rows: &[Asked]) -> Result<Need, String> {
        let contact = match rows.first() {
            Some(first) => first.contact.clone(),
            None => return Ok(Need::Nothing),
        };
        let add = once(rows.iter().flat_map(|row| &row.add));
        let remove = once(rows.iter().flat_map(|row| &row.remove));
        if let Some(both) = both(&add, &remove) {
            return Err(format!(
                "{} is both added and removed{}",
                self.tags.name_of(both),
                in_rows(rows, |row| row.add.contains(both) || row.remove.contains(both))
            ));
        }
        if add.is_empty() && remove.is_empty() {
            return Ok(Need::Nothing);
        }
        let current = known_current(rows)?;
        let write =
            Write { contact, add, remove, current, rows: rows.iter().map(|row| row.row).collect() };
        self.check(&write)?;
        if self.can.can_assign() { Ok(Need::Write(write)) } else { Ok(narrow(write)) }
    }

    /// Everything that can be told without asking the platform.
    fn check(&self, write: &Write) -> Result<(), String> {
        let checked = match &write.current {
            _ if self.can.can_assign() => {
                self.can.check_assign(self.platform, &write.contact, &write.add, &write.remove)
            }
            _ if !self.can.can_replace() => {
                return Err("the tags of a contact cannot be written there".to_owned());
            }
            None => {
                return Err(format!(
                    "{} replaces all tags of a contact and cannot tell which it has: \
                     give them in the column current, such as a;b, or [] for none",
                    self.platform
                ));
            }
            Some(current) => {
                let set = after(write).into_iter().cloned().collect::<Vec<_>>();
                if set.is_empty() && !current.is_empty() {
                    return Err("no tag would be left; to take off all, use \
                                leadtag contact tag --clear"
                        .to_owned());
                }
                self.can.check_replace(self.platform, &write.contact, &set)
            }
        };
        checked.map_err(|error| error.message().to_owned())
    }

    /// What is left to do for a contact that has `current`.
    ///
    /// # Errors
    /// If it would carry too many tags.
    pub(super) fn with_current(
        &self,
        mut write: Write,
        current: Vec<TagId>,
    ) -> Result<Need, (Vec<u64>, String)> {
        let has = current.len();
        write.current = Some(current);
        let carries = after(&write).len();
        match self.can.max_tags_per_contact {
            Some(max) if carries > max as usize && carries > has => {
                let why = format!(
                    "it has {} and would carry {carries}, but a contact carries at most {max}",
                    tags(has)
                );
                Err((write.rows, why))
            }
            _ => Ok(narrow(write)),
        }
    }
}

fn tags(count: usize) -> String {
    if count == 1 { "1 tag".to_owned() } else { format!("{count} tags") }
}

/// Leaves out what the contact has or lacks already.
fn narrow(mut write: Write) -> Need {
    if let Some(current) = &write.current {
        let has: HashSet<&TagId> = current.iter().collect();
        write.add.retain(|id| !has.contains(id));
        write.remove.retain(|id| has.contains(id));
    }
    if write.add.is_empty() && write.remove.is_empty() { Need::Nothing } else { Need::Write(write) }
}

/// The set that the contact has afterwards, if it has `current` now.
fn after(write: &Write) -> Vec<&TagId> {
    let removed: HashSet<&TagId> = write.remove.iter().collect();
    let current = write.current.iter().flatten().filter(|id| !removed.contains(id));
    let mut seen = HashSet::new();
    current.chain(&write.add).filter(|id| seen.insert(*id)).collect()
}

fn once<'a>(ids: impl Iterator<Item = &'a TagId>) -> Vec<TagId> {
    let mut seen = HashSet::new();
    ids.filter(|id| seen.insert(*id)).cloned().collect()
}

fn both<'a>(add: &'a [TagId], remove: &[TagId]) -> Option<&'a TagId> {
    let remove: HashSet<&TagId> = remove.iter().collect();
    add.iter().find(|id| remove.contains(id))
}

/// The tags that the rows say the contact has now.
fn known_current(rows: &[Asked]) -> Result<Option<Vec<TagId>>, String> {
    let mut told = rows.iter().filter(|row| row.current.is_some());
    let Some(first) = told.next() else {
        return Ok(None);
    };
    let set = |row: &Asked| -> HashSet<TagId> { row.current.iter().flatten().cloned().collect() };
    let known = set(first);
    match told.find(|row| set(row) != known) {
        Some(other) => {
            Err(format!("rows {} and {} differ in what the contact has now", first.row, other.row))
        }
        None => Ok(Some(once(first.current.iter().flatten()))),
    }
}

fn in_rows(rows: &[Asked], which: impl Fn(&Asked) -> bool) -> String {
    let numbers: Vec<String> =
        rows.iter().filter(|row| which(row)).map(|row| row.row.to_string()).collect();
    match numbers.as_slice() {
        [] | [_] => String::new(),
        [all @ .., last] => format!(", in rows {} and {last}", all.join(", ")),
    }
}
