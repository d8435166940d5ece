//! What the in-memory provider holds, and how a call changes it.

use std::collections::{BTreeMap, HashSet};

use leadtag_core::{
    ContactRef, CreateTags, CreatedTags, Error, ErrorKind, GroupId, GroupTarget, NewTag, Result,
    Tag, TagCapabilities, TagChange, TagGroup, TagId,
};

use super::index::Index;
use super::{TakenNames, answered};

#[derive(Default)]
pub(super) struct State {
    pub(super) groups: Vec<GroupRow>,
    pub(super) tags: Vec<TagRow>,
    pub(super) index: Index,
    contacts: BTreeMap<ContactRef, Vec<TagId>>,
    ids: u64,
}

#[derive(Clone)]
pub(super) struct GroupRow {
    pub(super) id: GroupId,
    pub(super) name: String,
    pub(super) order: i64,
    pub(super) deleted: bool,
    pub(super) foreign: bool,
}

#[derive(Clone)]
pub(super) struct TagRow {
    pub(super) id: TagId,
    pub(super) name: String,
    pub(super) group: Option<GroupId>,
    pub(super) order: i64,
    pub(super) deleted: bool,
    pub(super) foreign: bool,
}

impl State {
    pub(super) fn add_contact(&mut self, contact: ContactRef) {
        self.contacts.entry(contact).or_default();
    }

    /// What had always been there. `foreign`: it belongs to another application.
    pub(super) fn seed<'a>(
        &mut self,
        group: &str,
        tags: impl IntoIterator<Item = &'a str>,
        foreign: bool,
    ) {
        let group = (!group.is_empty()).then(|| self.group_named(group, None, foreign).id);
        for tag in tags {
            self.add_tag(group.clone(), &NewTag::new(tag), foreign);
        }
    }

    /// The contact carries these tags, whatever limits there are.
    pub(super) fn mark(&mut self, contact: ContactRef, tags: Vec<TagId>) {
        let before = self.contacts.get(&contact).cloned().unwrap_or_default();
        self.index.carry(&contact, &before, &tags);
        self.contacts.insert(contact, tags);
    }

    pub(super) fn create(
        &mut self,
        request: &CreateTags,
        can: &TagCapabilities,
        taken: TakenNames,
    ) -> Result<CreatedTags> {
        let existing = self.target(&request.group)?;
        let mut seen = HashSet::new();
        let names: Vec<&NewTag> =
            request.tags.iter().filter(|tag| seen.insert(tag.name.as_str())).collect();
        let joins = existing.is_some() || request.group == GroupTarget::None;
        let into = existing.as_ref().map(|group| &group.id);
        let known: Vec<Option<TagRow>> = names
            .iter()
            .map(|tag| {
                let held = self.index.tags_named(into, &tag.name).next();
                let held = held.filter(|_| joins && taken != TakenNames::Allow);
                held.map(|at| self.tags[at].clone())
            })
            .collect();
        let fresh = known.iter().filter(|row| row.is_none()).count();
        if taken == TakenNames::Refuse && fresh < known.len() {
            return Err(answered(ErrorKind::AlreadyExists, "a tag has that name".to_owned()));
        }
        let alive = self.index.alive();
        if can.max_tags.is_some_and(|max| alive + fresh > max as usize) {
            let message = format!("there are {alive} tags already");
            return Err(answered(ErrorKind::QuotaExhausted, message));
        }
        let group = match &request.group {
            GroupTarget::New { name, order } => Some(self.group_named(name, *order, false)),
            _ => existing,
        };
        let group_id = group.as_ref().map(|row| row.id.clone());
        let rows: Vec<TagRow> = names
            .into_iter()
            .zip(known)
            .map(|(tag, row)| row.unwrap_or_else(|| self.add_tag(group_id.clone(), tag, false)))
            .collect();
        let tags = rows.iter().map(|row| self.tag(row, can)).collect();
        Ok(CreatedTags::new(group.map(|row| group_of(&row, can)), tags))
    }

    /// The group that new tags go to, if it exists.
    fn target(&self, target: &GroupTarget) -> Result<Option<GroupRow>> {
        match target {
            GroupTarget::Existing(id) => Ok(Some(self.groups[self.require_group(id)?].clone())),
            GroupTarget::New { name, .. } => {
                Ok(self.index.groups_named(name).next().map(|at| self.groups[at].clone()))
            }
            _ => Ok(None),
        }
    }

    fn group_named(&mut self, name: &str, order: Option<i64>, foreign: bool) -> GroupRow {
        if let Some(at) = self.index.groups_named(name).next() {
            return self.groups[at].clone();
        }
        let row = GroupRow {
            id: GroupId::new(format!("g{}", self.next_id())),
            name: name.to_owned(),
            order: order.unwrap_or_default(),
            deleted: false,
            foreign,
        };
        self.index.add_group(self.groups.len(), &row);
        self.groups.push(row.clone());
        row
    }

    fn add_tag(&mut self, group: Option<GroupId>, tag: &NewTag, foreign: bool) -> TagRow {
        let row = TagRow {
            id: TagId::new(format!("t{}", self.next_id())),
            name: tag.name.clone(),
            group,
            order: tag.order.unwrap_or_default(),
            deleted: false,
            foreign,
        };
        self.index.add_tag(self.tags.len(), &row);
        self.tags.push(row.clone());
        row
    }

    fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    pub(super) fn update_tag(
        &mut self,
        id: &TagId,
        change: &TagChange,
        taken: TakenNames,
    ) -> Result<()> {
        let at = self.require_own_tag(id)?;
        let row = &mut self.tags[at];
        if let Some(name) = &change.name {
            let another = self.index.tags_named(row.group.as_ref(), name).any(|tag| tag != at);
            if another && taken != TakenNames::Allow {
                return Err(answered(ErrorKind::AlreadyExists, "a tag has that name".to_owned()));
            }
            self.index.rename_tag(at, row, name);
            row.name.clone_from(name);
        }
        row.order = change.order.unwrap_or(row.order);
        Ok(())
    }

    pub(super) fn update_group(&mut self, id: &GroupId, change: &TagChange) -> Result<()> {
        let at = self.require_own_group(id)?;
        let row = &mut self.groups[at];
        if let Some(name) = &change.name {
            if self.index.groups_named(name).any(|other| other != at) {
                return Err(answered(ErrorKind::AlreadyExists, "a group has that name".to_owned()));
            }
            self.index.rename_group(at, row, name);
            row.name.clone_from(name);
        }
        row.order = change.order.unwrap_or(row.order);
        Ok(())
    }

    pub(super) fn delete_tags(&mut self, ids: &[TagId], empty_groups: bool) -> Result<()> {
        let places: Vec<usize> =
            ids.iter().map(|id| self.require_own_tag(id)).collect::<Result<_>>()?;
        for at in places {
            self.remove(at);
            let Some(group) = self.tags[at].group.clone().filter(|_| !empty_groups) else {
                continue;
            };
            let emptied = self.index.members(Some(&group)).iter().all(|at| self.tags[*at].deleted);
            if let Some(at) = self.index.group(&group).filter(|_| emptied) {
                self.remove_group(at);
            }
        }
        Ok(())
    }

    pub(super) fn delete_groups(&mut self, ids: &[GroupId]) -> Result<()> {
        let places: Vec<usize> =
            ids.iter().map(|id| self.require_own_group(id)).collect::<Result<_>>()?;
        for at in places {
            let id = self.groups[at].id.clone();
            for tag in self.index.members(Some(&id)).to_vec() {
                self.remove(tag);
            }
            self.remove_group(at);
        }
        Ok(())
    }

    fn remove_group(&mut self, at: usize) {
        let row = &mut self.groups[at];
        if !row.deleted {
            row.deleted = true;
            self.index.forget_group(at, row);
        }
    }

    /// Deletes a tag, also from the contacts that carry it.
    fn remove(&mut self, at: usize) {
        let row = &mut self.tags[at];
        if row.deleted {
            return;
        }
        row.deleted = true;
        for contact in self.index.forget_tag(at, row) {
            if let Some(carried) = self.contacts.get_mut(&contact) {
                carried.retain(|id| *id != row.id);
            }
        }
    }

    pub(super) fn assign(
        &mut self,
        contact: &ContactRef,
        add: &[TagId],
        remove: &[TagId],
        can: &TagCapabilities,
    ) -> Result<()> {
        let mut set = self.carried(contact)?;
        set.retain(|id| !remove.contains(id));
        set.extend_from_slice(add);
        self.replace(contact, &set, can)
    }

    pub(super) fn replace(
        &mut self,
        contact: &ContactRef,
        set: &[TagId],
        can: &TagCapabilities,
    ) -> Result<()> {
        self.carried(contact)?;
        let mut carried: Vec<TagId> = Vec::with_capacity(set.len());
        for id in set {
            self.require_tag(id)?;
            if !carried.contains(id) {
                carried.push(id.clone());
            }
        }
        check_count(carried.len(), can)?;
        self.mark(contact.clone(), carried);
        Ok(())
    }

    pub(super) fn contact_tags(
        &self,
        contact: &ContactRef,
        can: &TagCapabilities,
    ) -> Result<Vec<Tag>> {
        let ids = self.carried(contact)?;
        ids.iter().map(|id| Ok(self.tag(&self.tags[self.require_tag(id)?], can))).collect()
    }

    pub(super) fn carried(&self, contact: &ContactRef) -> Result<Vec<TagId>> {
        match self.contacts.get(contact) {
            Some(ids) => Ok(ids.clone()),
            None => Err(answered(ErrorKind::NotFound, format!("there is no contact {contact}"))),
        }
    }

    pub(super) fn contacts_of(&self, tag: &TagId) -> Vec<ContactRef> {
        self.index.carriers(tag).cloned().collect()
    }

    fn require_tag(&self, id: &TagId) -> Result<usize> {
        match self.index.tag(id).filter(|at| !self.tags[*at].deleted) {
            Some(at) => Ok(at),
            None => Err(answered(ErrorKind::NotFound, format!("there is no tag {id}"))),
        }
    }

    fn require_own_tag(&self, id: &TagId) -> Result<usize> {
        let at = self.require_tag(id)?;
        if self.tags[at].foreign { Err(not_owned()) } else { Ok(at) }
    }

    fn require_group(&self, id: &GroupId) -> Result<usize> {
        match self.index.group(id).filter(|at| !self.groups[*at].deleted) {
            Some(at) => Ok(at),
            None => Err(answered(ErrorKind::NotFound, format!("there is no group {id}"))),
        }
    }

    /// A group in which a tag of another application stands may not be changed either.
    fn require_own_group(&self, id: &GroupId) -> Result<usize> {
        let at = self.require_group(id)?;
        let foreign = |at: &usize| self.tags[*at].foreign && !self.tags[*at].deleted;
        let spoilt = self.groups[at].foreign || self.index.members(Some(id)).iter().any(foreign);
        if spoilt { Err(not_owned()) } else { Ok(at) }
    }

    pub(super) fn tag(&self, row: &TagRow, can: &TagCapabilities) -> Tag {
        let mut tag = Tag::new(row.id.clone(), row.name.clone());
        tag.group = row.group.clone();
        tag.order = can.order.then_some(row.order);
        tag.deleted = can.deleted_visible.then_some(row.deleted);
        tag.contact_count = can.contact_count.then(|| self.index.carriers(&row.id).count() as u64);
        tag
    }
}

/// The group without its tags.
pub(super) fn group_of(row: &GroupRow, can: &TagCapabilities) -> TagGroup {
    let mut group = TagGroup::new(row.id.clone(), row.name.clone());
    group.order = can.order.then_some(row.order);
    group.deleted = can.deleted_visible.then_some(row.deleted);
    group
}

/// Refuses more tags than a contact can carry, counting those it carries already.
fn check_count(count: usize, can: &TagCapabilities) -> Result<()> {
    match can.max_tags_per_contact {
        Some(max) if count > max as usize => Err(answered(
            ErrorKind::QuotaExhausted,
            format!("{count} tags, but a contact carries at most {max}"),
        )),
        _ => Ok(()),
    }
}

fn not_owned() -> Error {
    let message = "it belongs to another application".to_owned();
    answered(ErrorKind::PermissionDenied, message).with_not_owned()
}
