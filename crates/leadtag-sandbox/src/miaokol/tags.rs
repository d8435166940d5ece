//! The tag library. Groups and tags are the same kind of record, with ids of one sequence.
//!
//! Documented: the members; empty groups. Inferred: bigger `sort` first, then older first (the
//! sample is in both orders); what is made alone has `sort` 0; names may repeat; the tags of a deleted
//! group go with it.

use std::collections::BTreeMap;

use serde::Serialize;

/// What a record is, by the numbers of the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Tag,
    Group,
}

impl Kind {
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Tag => 1,
            Self::Group => 2,
        }
    }
}

/// A group or a tag, as `smart-tag/add` answers it.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Record {
    pub(super) id: u64,
    user_id: u64,
    sub_user_id: u64,
    corp_id: u64,
    module: u64,
    pub(super) name: String,
    #[serde(rename = "type", serialize_with = "as_number")]
    pub(super) kind: Kind,
    is_delete: u8,
    pub(super) number: u64,
    pub(super) parent_id: u64,
    ctime: u64,
    utime: u64,
    pub(super) sort: u64,
    extra: Option<()>,
}

fn as_number<S: serde::Serializer>(kind: &Kind, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_u8(kind.number())
}

/// A record to make.
#[derive(Debug, Clone, Copy)]
pub(super) struct New<'a> {
    pub(super) name: &'a str,
    /// The group of a tag; `None` makes a group.
    pub(super) parent: Option<u64>,
    pub(super) sort: u64,
}

#[derive(Debug, Default)]
pub(super) struct Tags {
    records: BTreeMap<u64, Record>,
    last_id: u64,
}

impl Tags {
    /// A record that is not deleted.
    pub(super) fn live(&self, id: u64) -> Option<&Record> {
        self.records.get(&id).filter(|record| record.is_delete == 0)
    }

    pub(super) fn live_of(&self, id: u64, kind: Kind) -> Option<&Record> {
        self.live(id).filter(|record| record.kind == kind)
    }

    /// The groups, in the order of the list.
    pub(super) fn groups(&self) -> Vec<&Record> {
        let mut groups: Vec<_> =
            self.all(Kind::Group).filter(|record| record.is_delete == 0).collect();
        in_order(&mut groups);
        groups
    }

    /// The tags of each group, in the order of the list.
    pub(super) fn tags_by_group(&self) -> BTreeMap<u64, Vec<&Record>> {
        let mut by_group: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for tag in self.all(Kind::Tag).filter(|record| record.is_delete == 0) {
            by_group.entry(tag.parent_id).or_default().push(tag);
        }
        by_group.values_mut().for_each(|tags| in_order(tags));
        by_group
    }

    /// All records of a kind, deleted ones included, oldest first.
    pub(super) fn all(&self, kind: Kind) -> impl Iterator<Item = &Record> {
        self.records.values().filter(move |record| record.kind == kind)
    }

    pub(super) fn make(&mut self, new: New<'_>, now: u64) -> Record {
        self.last_id += 1;
        let record = Record {
            id: self.last_id,
            user_id: 2,
            sub_user_id: 0,
            corp_id: 0,
            module: 47,
            name: new.name.to_owned(),
            kind: if new.parent.is_some() { Kind::Tag } else { Kind::Group },
            is_delete: 0,
            number: 0,
            parent_id: new.parent.unwrap_or(0),
            ctime: now,
            utime: now,
            sort: new.sort,
            extra: None,
        };
        self.records.insert(record.id, record.clone());
        record
    }

    /// Makes tags from the last name to the first, as the samples show it: of `["增","删"]` 删 has
    /// the smaller id, and `sort` is the place among the names.
    pub(super) fn make_batch(&mut self, group: u64, names: &[&str], now: u64) {
        let there = self.all(Kind::Tag).filter(|tag| tag.parent_id == group && tag.is_delete == 0);
        let top = there.map(|tag| tag.sort).max().unwrap_or(0);
        for (name, sort) in names.iter().zip(top + 1..).collect::<Vec<_>>().into_iter().rev() {
            self.make(New { name, parent: Some(group), sort }, now);
        }
    }

    /// Renames a record and moves it to another group; answers it, and whether anything differs.
    pub(super) fn edit(
        &mut self,
        id: u64,
        name: &str,
        parent: Option<u64>,
        now: u64,
    ) -> Option<(Record, bool)> {
        let record = self.records.get_mut(&id).filter(|record| record.is_delete == 0)?;
        let parent = parent.unwrap_or(record.parent_id);
        let differs = record.name != name || record.parent_id != parent;
        if differs {
            name.clone_into(&mut record.name);
            record.parent_id = parent;
            record.utime = now;
        }
        Some((record.clone(), differs))
    }

    /// Deletes a tag, or a group and its tags; `false` if there is none of that id.
    pub(super) fn delete(&mut self, id: u64, now: u64) -> bool {
        if self.live(id).is_none() {
            return false;
        }
        let gone = |record: &&mut Record| record.id == id || record.parent_id == id;
        for record in self.records.values_mut().filter(gone).filter(|r| r.is_delete == 0) {
            record.is_delete = 1;
            record.utime = now;
        }
        true
    }
}

fn in_order(records: &mut [&Record]) {
    // Stable: those of one `sort` stay oldest first.
    records.sort_by_key(|record| std::cmp::Reverse(record.sort));
}
