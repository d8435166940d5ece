//! Brings what is the same on several providers together.

use std::collections::{HashMap, HashSet};

use leadtag_core::TagCapabilities;

use super::{Old, Source};
use crate::Note;
use crate::file::rules::name_problem;
use crate::live::{LiveGroup, LiveTag};

/// The group of tags that stand in no group anywhere.
pub(super) const UNGROUPED: &str = "未分组";

/// Groups with their tags, as they will stand in the file.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub(super) groups: Vec<Item>,
    pub(super) tags: Vec<Item>,
}

/// A group or a tag.
#[derive(Debug)]
pub(super) struct Item {
    /// The key it has had so far.
    pub(super) key: Option<String>,
    /// The name on the first provider.
    pub(super) name: String,
    /// What it is on each provider.
    pub(super) parts: Vec<Part>,
    /// Of a tag: its group, by place.
    pub(super) group: usize,
    /// Provider and place in its list, where it was first seen.
    pub(super) rank: (usize, usize),
    /// Whether it is the group of tags without one.
    pub(super) ungrouped: bool,
}

/// A group or tag on one provider.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) provider: usize,
    pub(super) id: String,
    pub(super) name: String,
    pub(super) order: Option<i64>,
}

/// Merges all providers: first those with groups, so that the others find theirs.
pub(super) fn merge(sources: &[Source], old: &Old<'_>) -> (Draft, Vec<Note>) {
    let mut merge =
        Merge { old, groups: Pool::default(), tags: Pool::default(), notes: Vec::new() };
    let all = || sources.iter().enumerate();
    let grouped = |source: &Source| source.facts.capabilities.is_some_and(|can| can.groups);
    for (at, source) in all().filter(|(_, source)| grouped(source)) {
        merge.grouped(at, source);
    }
    let flat: Vec<_> = all().filter(|(_, source)| !grouped(source)).collect();
    let mut in_groups: HashMap<String, Vec<usize>> = HashMap::new();
    for (at, tag) in merge.tags.items.iter().enumerate() {
        in_groups.entry(tag.name.clone()).or_default().push(at);
    }
    for (at, source) in flat {
        merge.flat(at, source, &in_groups);
    }
    (Draft { groups: merge.groups.items, tags: merge.tags.items }, merge.notes)
}

struct Merge<'a> {
    old: &'a Old<'a>,
    groups: Pool,
    tags: Pool,
    notes: Vec<Note>,
}

/// Items that can be found by key, and by scope and name.
#[derive(Default)]
struct Pool {
    items: Vec<Item>,
    by_key: HashMap<String, usize>,
    by_name: HashMap<(usize, String), Vec<usize>>,
}

impl Pool {
    /// The item that has the key, unless it is another one there already.
    fn keyed(&self, key: Option<&str>, provider: usize) -> Option<usize> {
        let at = *self.by_key.get(key?)?;
        self.items[at].lacks(provider).then_some(at)
    }

    fn joins(&self, at: usize, key: Option<&str>, provider: usize) -> bool {
        let item = &self.items[at];
        let same = key.is_none() || item.key.is_none() || item.key.as_deref() == key;
        same && item.lacks(provider)
    }

    fn named(&self, scope: usize, part: &Part, key: Option<&str>) -> Option<usize> {
        let candidates = self.by_name.get(&(scope, part.name.clone()))?;
        candidates.iter().copied().find(|at| self.joins(*at, key, part.provider))
    }

    fn join(&mut self, at: usize, part: Part, key: Option<&str>) -> usize {
        let key = key.filter(|key| !self.by_key.contains_key(*key));
        let item = &mut self.items[at];
        if let (None, Some(key)) = (&item.key, key) {
            item.key = Some(key.to_owned());
            self.by_key.insert(key.to_owned(), at);
        }
        item.parts.push(part);
        at
    }

    fn add(&mut self, scope: usize, part: Part, key: Option<&str>, rank: (usize, usize)) -> usize {
        let at = self.items.len();
        let name = part.name.clone();
        // A key that another item has is not this one's.
        let key = key.filter(|key| !self.by_key.contains_key(*key)).map(str::to_owned);
        if let Some(key) = &key {
            self.by_key.insert(key.clone(), at);
        }
        self.by_name.entry((scope, name.clone())).or_default().push(at);
        self.items.push(Item {
            key,
            name,
            parts: vec![part],
            group: scope,
            rank,
            ungrouped: false,
        });
        at
    }
}

impl Item {
    fn lacks(&self, provider: usize) -> bool {
        !self.parts.iter().any(|part| part.provider == provider)
    }
}

impl Merge<'_> {
    fn grouped(&mut self, at: usize, source: &Source) {
        let Some(can) = source.facts.capabilities else { return };
        let provider = &source.facts.name;
        let mut tags: HashMap<usize, Vec<(usize, &LiveTag)>> = HashMap::new();
        for (place, tag) in source.live.tags.iter().enumerate() {
            match tag.group {
                Some(group) => tags.entry(group).or_default().push((place, tag)),
                None => self.note("no-group", provider, "tag", &tag.name, "stands in no group"),
            }
        }
        let groups = source.live.groups.iter().enumerate();
        let owned = |group: &LiveGroup| self.old.groups.contains_key(&(at, group.id.as_str()));
        let mut groups: Vec<_> = groups.collect();
        groups.sort_by_key(|(place, group)| (!owned(group), *place));
        let mut names = HashSet::new();
        for (place, group) in groups {
            let tags = tags.remove(&place).unwrap_or_default();
            if !self.usable(provider, "group", &group.name, &can, &mut names) {
                continue;
            }
            let tags = self.usable_tags(at, provider, tags, &can);
            if tags.is_empty() && !can.empty_groups {
                let why = "has no tag that could be managed";
                self.note("empty-group", provider, "group", &group.name, why);
                continue;
            }
            let group = self.group(at, group, place);
            for (place, tag) in tags {
                self.tag(at, group, tag, place);
            }
        }
    }

    fn flat(&mut self, at: usize, source: &Source, in_groups: &HashMap<String, Vec<usize>>) {
        let Some(can) = source.facts.capabilities else { return };
        let tags = source.live.tags.iter().enumerate().collect();
        for (place, tag) in self.usable_tags(at, &source.facts.name, tags, &can) {
            let key = self.old.tags.get(&(at, tag.id.as_str())).copied();
            let part = part_of_tag(at, tag);
            let alone = match in_groups.get(&tag.name).map(Vec::as_slice) {
                Some([only]) if self.tags.joins(*only, key, at) => Some(*only),
                _ => None,
            };
            if let Some(known) = self.tags.keyed(key, at).or(alone) {
                self.tags.join(known, part, key);
            } else {
                let group = self.ungrouped();
                self.tag(at, group, tag, place);
            }
        }
    }

    /// The tags whose names can stand in a file, those that are ours first.
    fn usable_tags<'t>(
        &mut self,
        at: usize,
        provider: &str,
        mut tags: Vec<(usize, &'t LiveTag)>,
        can: &TagCapabilities,
    ) -> Vec<(usize, &'t LiveTag)> {
        let owned = |tag: &LiveTag| self.old.tags.contains_key(&(at, tag.id.as_str()));
        tags.sort_by_key(|(place, tag)| (!owned(tag), *place));
        let mut names = HashSet::new();
        tags.retain(|(_, tag)| self.usable(provider, "tag", &tag.name, can, &mut names));
        tags
    }

    /// Whether a name can stand in a file, and only once.
    fn usable<'n>(
        &mut self,
        provider: &str,
        what: &str,
        name: &'n str,
        can: &TagCapabilities,
        names: &mut HashSet<&'n str>,
    ) -> bool {
        let max = can.max_name_chars.map_or(usize::MAX, |max| max as usize);
        if let Some(problem) = name_problem(name) {
            let why = format!("cannot stand in the file: {problem}");
            self.note("bad-name", provider, what, name, &why);
        } else if name.chars().count() > max {
            let why = format!("has more than {max} characters");
            self.note("bad-name", provider, what, name, &why);
        } else if !names.insert(name) {
            self.note("duplicate", provider, what, name, "is there a second time");
        } else {
            return true;
        }
        false
    }

    fn note(&mut self, code: &str, provider: &str, what: &str, name: &str, why: &str) {
        let message = format!("{provider}: the {what} {name:?} {why}; it is left unmanaged");
        self.notes.push(Note::new(code, message));
    }

    fn group(&mut self, at: usize, group: &LiveGroup, place: usize) -> usize {
        let id = group.id.as_str();
        let key = self.old.groups.get(&(at, id)).copied();
        let name = group.name.clone();
        let part = Part { provider: at, id: id.to_owned(), name, order: group.order };
        let known = self.groups.keyed(key, at).or_else(|| self.groups.named(0, &part, key));
        match known {
            Some(known) => self.groups.join(known, part, key),
            None => self.groups.add(0, part, key, (at, place)),
        }
    }

    /// A tag into a group.
    fn tag(&mut self, at: usize, group: usize, tag: &LiveTag, place: usize) {
        let key = self.old.tags.get(&(at, tag.id.as_str())).copied();
        let part = part_of_tag(at, tag);
        let keyed = self.tags.keyed(key, at).filter(|known| self.tags.items[*known].group == group);
        match keyed.or_else(|| self.tags.named(group, &part, key)) {
            Some(known) => self.tags.join(known, part, key),
            None => self.tags.add(group, part, key, (at, place)),
        };
    }

    fn ungrouped(&mut self) -> usize {
        let groups = &mut self.groups.items;
        groups.iter().position(|group| group.ungrouped).unwrap_or_else(|| {
            groups.push(Item {
                key: None,
                name: UNGROUPED.to_owned(),
                parts: Vec::new(),
                group: 0,
                rank: (usize::MAX, 0),
                ungrouped: true,
            });
            groups.len() - 1
        })
    }
}

fn part_of_tag(provider: usize, tag: &LiveTag) -> Part {
    let (id, name) = (tag.id.as_str().to_owned(), tag.name.clone());
    Part { provider, id, name, order: tag.order }
}
