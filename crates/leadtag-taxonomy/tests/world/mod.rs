//! What should be there, what is ours, and what is there, in few words; and steps carried out.
//! Each test file uses a part of it.
#![allow(dead_code, unreachable_pub, clippy::unwrap_used, clippy::panic)]

use std::borrow::Cow;
use std::collections::BTreeMap;

use leadtag_core::{Tag, TagCapabilities, TagGroup, TagNode};
use leadtag_taxonomy::{
    Absent, Desired, DiffOptions, GroupRef, Live, LockChange, LockGroup, LockTag, ProviderLock,
    ProviderPlan, StepKind, WantGroup, WantTag, diff,
};
use serde_json::{Value, json};

/// One account.
#[derive(Clone)]
pub struct World {
    pub desired: Desired<'static>,
    pub lock: ProviderLock,
    /// Group id to name and order.
    pub groups: BTreeMap<String, (String, Option<i64>)>,
    /// Tag id to group id, name and order.
    pub tags: BTreeMap<String, (Option<String>, String, Option<i64>)>,
    pub can: TagCapabilities,
    pub options: DiffOptions,
    made: usize,
}

impl std::fmt::Debug for World {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let can = &self.can;
        writeln!(f, "groups {} empty {} max {:?}", can.groups, can.empty_groups, can.max_tags)?;
        for (at, group) in self.desired.groups.iter().enumerate() {
            writeln!(
                f,
                "want {at} {} {} < {:?} {:?}",
                group.key, group.name, group.former, group.order
            )?;
        }
        for tag in &self.desired.tags {
            let (group, key, name) = (tag.group, &tag.key, &tag.name);
            writeln!(f, "want {group:?}/{key} {name} < {:?} {:?}", tag.former, tag.order)?;
        }
        writeln!(f, "absent {:?}", self.desired.absent)?;
        let groups = self.lock.groups.values().map(|one| format!("{}={}", one.key, one.id));
        let tags = self.lock.tags.values().map(|one| format!("{}={}", one.key, one.id));
        writeln!(f, "lock {:?}", groups.chain(tags).collect::<Vec<_>>())?;
        writeln!(f, "refused {:?}", self.lock.refused.keys().collect::<Vec<_>>())?;
        writeln!(f, "live {:?}\nlive {:?}", self.groups, self.tags)
    }
}

impl World {
    pub fn new(can: TagCapabilities) -> Self {
        let mut desired = Desired::default();
        desired.provider = "shop";
        Self {
            desired,
            lock: ProviderLock::default(),
            groups: BTreeMap::new(),
            tags: BTreeMap::new(),
            can,
            options: DiffOptions::default(),
            made: 0,
        }
    }

    /// Wants a group, and tags given as `key=name` or `key=name<former<former`.
    pub fn want(mut self, group: &str, tags: &[&str]) -> Self {
        let at = self.desired.groups.len();
        let mut want = WantGroup::default();
        (want.key, want.name, want.former) = wanted(group);
        self.desired.groups.push(want);
        self.push_tags(Some(at), tags);
        self
    }

    /// Wants tags without a group.
    pub fn want_flat(mut self, tags: &[&str]) -> Self {
        self.push_tags(None, tags);
        self
    }

    fn push_tags(&mut self, group: Option<usize>, tags: &[&str]) {
        for tag in tags {
            let mut want = WantTag::default();
            (want.key, want.name, want.former) = wanted(tag);
            want.group = group;
            self.desired.tags.push(want);
        }
    }

    /// Wants a sort value of a group or tag.
    pub fn want_order(mut self, key: &str, order: i64) -> Self {
        for group in self.desired.groups.iter_mut().filter(|group| group.key == key) {
            group.order = Some(order);
        }
        for tag in self.desired.tags.iter_mut().filter(|tag| tag.key == key) {
            tag.order = Some(order);
        }
        self
    }

    pub fn absent(mut self, group: Option<&'static str>, name: &'static str) -> Self {
        let mut absent = Absent::default();
        (absent.group, absent.name) = (group, name);
        self.desired.absent.push(absent);
        self
    }

    /// A live group `id=name` with tags `id=name`.
    pub fn live(mut self, group: &str, tags: &[&str]) -> Self {
        let (id, name, _) = wish(group);
        for tag in tags {
            let (tag, name, _) = wish(tag);
            self.tags.insert(tag, (Some(id.clone()), name, None));
        }
        self.groups.insert(id, (name, None));
        self
    }

    /// Live tags `id=name` without a group.
    pub fn live_flat(mut self, tags: &[&str]) -> Self {
        for tag in tags {
            let (id, name, _) = wish(tag);
            self.tags.insert(id, (None, name, None));
        }
        self
    }

    pub fn live_order(mut self, id: &str, order: i64) -> Self {
        if let Some(group) = self.groups.get_mut(id) {
            group.1 = Some(order);
        }
        if let Some(tag) = self.tags.get_mut(id) {
            tag.2 = Some(order);
        }
        self
    }

    /// Owns live things, as `key=id`: as they are now.
    pub fn own(mut self, pairs: &[&str]) -> Self {
        for pair in pairs {
            let (key, id, _) = wish(pair);
            if let Some((name, order)) = self.groups.get(&id) {
                let (name, order) = (name.clone(), *order);
                self.lock.make(&LockChange::Group(lock_group(&key, &id, &name, order)));
            } else {
                let (group, name, order) = self.tags.get(&id).cloned().unwrap_or_default();
                self.lock.make(&LockChange::Tag(lock_tag(&key, &id, group, &name, order)));
            }
        }
        self
    }

    /// Owned a tag or group that is not there any more.
    pub fn owned(mut self, key: &str, id: &str, name: &str) -> Self {
        self.lock.make(&LockChange::Tag(lock_tag(key, id, None, name, None)));
        self
    }

    pub fn refused(mut self, id: &str) -> Self {
        let refused = json!({ "id": id, "why": "not-owned", "code": 81011 });
        self.lock.refused.insert(id.to_owned(), serde_json::from_value(refused).unwrap());
        self
    }

    /// What is there.
    pub fn listed(&self) -> Live {
        Live::of(self.nodes(), &self.can)
    }

    /// The list of what is there.
    pub fn nodes(&self) -> Vec<TagNode> {
        let mut nodes = Vec::new();
        for (id, (name, order)) in &self.groups {
            let mut group = TagGroup::new(id.as_str(), name.as_str());
            group.order = *order;
            group.tags = self.tags_of(Some(id));
            nodes.push(TagNode::Group(group));
        }
        nodes.extend(self.tags_of(None).into_iter().map(TagNode::Tag));
        nodes
    }

    fn tags_of(&self, group: Option<&String>) -> Vec<Tag> {
        let of = self.tags.iter().filter(|(_, tag)| tag.0.as_ref() == group);
        of.map(|(id, (_, name, order))| {
            let mut tag = Tag::new(id.as_str(), name.as_str());
            tag.order = *order;
            tag
        })
        .collect()
    }

    pub fn diff(&self) -> ProviderPlan {
        diff(&self.desired, &self.lock, &self.listed(), &self.can, self.options)
    }

    /// Asserts the steps and what is blocked, carries the steps out as the platform would, and
    /// asserts that nothing is left to do then.
    #[track_caller]
    pub fn expect(mut self, steps: &[&str], blocked: &[&str]) -> Self {
        let plan = self.diff();
        assert_eq!(lines(&plan), steps, "steps");
        assert_eq!(blocks(&plan), blocked, "blocked");
        self.carry_out(&plan);
        let again = self.diff();
        assert_eq!(lines(&again), [""; 0], "the second plan of {self:#?}");
        assert_eq!(blocks(&again), blocked, "what is blocked in the second plan");
        self
    }

    /// Carries a plan out, as a strict platform would: two of one name at once are refused.
    #[track_caller]
    pub fn carry_out(&mut self, plan: &ProviderPlan) {
        for step in &plan.steps {
            self.step(&step.kind);
            if let Some(max) = self.can.max_tags {
                assert!(self.tags.len() <= max as usize, "too many tags after {step:?}");
            }
        }
    }

    fn step(&mut self, kind: &StepKind) {
        match kind.clone() {
            StepKind::Adopt {
                item: leadtag_taxonomy::Item::Group, key, id, name, order, ..
            } => {
                self.lock.make(&LockChange::Group(lock_group(&key, &id, &name, order)));
            }
            StepKind::Adopt { key, id, group, name, order, .. } => {
                self.lock.make(&LockChange::Tag(lock_tag(&key, &id, group, &name, order)));
            }
            StepKind::Forget { id, .. } => self.lock.make(&LockChange::Forget { id }),
            StepKind::RenameGroup { id, from, to, .. } => {
                assert!(self.groups.values().all(|group| group.0 != to), "{to} is taken");
                let group = self.groups.get_mut(&id).unwrap();
                assert_eq!(group.0, from);
                group.0.clone_from(&to);
                self.lock.groups.values_mut().filter(|g| g.id == id).for_each(|g| {
                    g.name.clone_from(&to);
                });
            }
            StepKind::RenameTag { id, from, to, .. } => {
                let group = self.tags[&id].0.clone();
                self.assert_free(group.as_ref(), &to);
                let tag = self.tags.get_mut(&id).unwrap();
                assert_eq!(tag.1, from);
                tag.1.clone_from(&to);
                self.lock.tags.values_mut().filter(|t| t.id == id).for_each(|t| {
                    t.name.clone_from(&to);
                });
            }
            StepKind::ReorderGroup { id, to, .. } => {
                self.groups.get_mut(&id).unwrap().1 = Some(to);
                self.lock.groups.values_mut().filter(|g| g.id == id).for_each(|g| {
                    g.order = Some(to);
                });
            }
            StepKind::ReorderTag { id, to, .. } => {
                self.tags.get_mut(&id).unwrap().2 = Some(to);
                self.lock.tags.values_mut().filter(|t| t.id == id).for_each(|t| {
                    t.order = Some(to);
                });
            }
            StepKind::CreateGroup { key, name, order, tags } => {
                assert!(self.groups.values().all(|group| group.0 != name), "{name} is taken");
                assert!(self.can.empty_groups || !tags.is_empty(), "an empty group {name}");
                let id = self.new_id("G");
                self.groups.insert(id.clone(), (name.clone(), order));
                if let Some(key) = key {
                    self.lock.make(&LockChange::Group(lock_group(&key, &id, &name, order)));
                }
                self.make_tags(Some(id), tags);
            }
            StepKind::CreateTags { into, tags } => {
                assert!(!tags.is_empty() && tags.len() <= 50);
                let group = match into {
                    GroupRef::Flat => None,
                    GroupRef::Id { id, .. } => Some(id),
                    GroupRef::Made { name } => {
                        let found = self.groups.iter().find(|(_, group)| group.0 == name);
                        Some(found.unwrap().0.clone())
                    }
                    other => panic!("{other:?}"),
                };
                self.make_tags(group, tags);
            }
            StepKind::DeleteTag { id, ends_group, .. } => {
                let (group, ..) = self.tags.remove(&id).unwrap();
                self.lock.make(&LockChange::Forget { id });
                let Some(group) = group else { return };
                let empty = self.tags.values().all(|tag| tag.0.as_ref() != Some(&group));
                assert_eq!(ends_group, empty && !self.can.empty_groups, "{kind:?}");
                if ends_group {
                    self.groups.remove(&group);
                    self.lock.make(&LockChange::Forget { id: group });
                }
            }
            StepKind::DeleteGroup { id, .. } => {
                assert!(self.tags.values().all(|tag| tag.0.as_ref() != Some(&id)), "not empty");
                self.groups.remove(&id).unwrap();
                self.lock.make(&LockChange::Forget { id });
            }
            other => panic!("{other:?}"),
        }
    }

    fn make_tags(&mut self, group: Option<String>, tags: Vec<leadtag_taxonomy::TagToMake>) {
        for tag in tags {
            assert!(group.as_ref().is_none_or(|id| self.groups.contains_key(id)), "no {group:?}");
            self.assert_free(group.as_ref(), &tag.name);
            let id = self.new_id("T");
            self.tags.insert(id.clone(), (group.clone(), tag.name.clone(), tag.order));
            if let Some(key) = tag.key {
                let entry = lock_tag(&key, &id, group.clone(), &tag.name, tag.order);
                self.lock.make(&LockChange::Tag(entry));
            }
        }
    }

    fn assert_free(&self, group: Option<&String>, name: &str) {
        let taken = self.tags.values().any(|tag| tag.0.as_ref() == group && tag.1 == name);
        assert!(!taken, "{name} is taken");
    }

    fn new_id(&mut self, kind: &str) -> String {
        self.made += 1;
        format!("{kind}{}", self.made)
    }
}

/// `key=name<former<former`.
fn wanted(text: &str) -> (Cow<'static, str>, Cow<'static, str>, Vec<Cow<'static, str>>) {
    let (key, name, former) = wish(text);
    (key.into(), name.into(), former.into_iter().map(Cow::from).collect())
}

fn wish(text: &str) -> (String, String, Vec<String>) {
    let (key, names) = text.split_once('=').unwrap();
    let mut names = names.split('<').map(str::to_owned);
    let name = names.next().unwrap();
    (key.to_owned(), name, names.collect())
}

pub fn lock_group(key: &str, id: &str, name: &str, order: Option<i64>) -> LockGroup {
    let entry = json!({ "key": key, "id": id, "name": name, "order": order });
    serde_json::from_value(entry).unwrap()
}

pub fn lock_tag(
    key: &str,
    id: &str,
    group: Option<String>,
    name: &str,
    order: Option<i64>,
) -> LockTag {
    let entry = json!({ "key": key, "id": id, "group": group, "name": name, "order": order });
    serde_json::from_value(entry).unwrap()
}

/// The steps in few words.
pub fn lines(plan: &ProviderPlan) -> Vec<String> {
    plan.steps.iter().map(|step| line(&step.kind)).collect()
}

fn line(kind: &StepKind) -> String {
    let tags = |tags: &[leadtag_taxonomy::TagToMake]| {
        tags.iter().map(|tag| tag.name.clone()).collect::<Vec<_>>().join(" ")
    };
    match kind {
        StepKind::Adopt { key, id, .. } => format!("adopt {key} {id}"),
        StepKind::Forget { key, id, .. } => format!("forget {key} {id}"),
        StepKind::RenameGroup { id, from, to, temporary, .. }
        | StepKind::RenameTag { id, from, to, temporary, .. } => {
            let to = if *temporary { "~" } else { to };
            format!("rename {id} {}>{to}", if from.starts_with('~') { "~" } else { from })
        }
        StepKind::ReorderGroup { id, to, .. } | StepKind::ReorderTag { id, to, .. } => {
            format!("reorder {id} {to}")
        }
        StepKind::CreateGroup { name, tags: with, .. } => {
            format!("create-group {name}: {}", tags(with))
        }
        StepKind::CreateTags { into, tags: all } => match into {
            GroupRef::Flat => format!("create {}", tags(all)),
            GroupRef::Id { id, .. } => format!("create {id}: {}", tags(all)),
            GroupRef::Made { name } => format!("create {name}: {}", tags(all)),
            other => format!("{other:?}"),
        },
        StepKind::DeleteTag { id, ends_group, .. } => {
            format!("delete {id}{}", if *ends_group { " and its group" } else { "" })
        }
        StepKind::DeleteGroup { id, .. } => format!("delete-group {id}"),
        other => format!("{other:?}"),
    }
}

/// What is blocked, in few words.
pub fn blocks(plan: &ProviderPlan) -> Vec<String> {
    let why = |reason| serde_json::to_value(reason).unwrap();
    plan.blocked
        .iter()
        .map(|one| {
            let Value::String(why) = why(one.why) else { panic!("{one:?}") };
            // The name of the group before it may change meanwhile.
            let name = one.name.rsplit(" / ").next().unwrap_or_default();
            format!("{why} {}", one.key.as_deref().unwrap_or(name))
        })
        .collect()
}

/// The codes of the notes.
pub fn notes(plan: &ProviderPlan) -> Vec<&str> {
    plan.notes.iter().map(|note| note.code.as_str()).collect()
}
