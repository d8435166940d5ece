//! What the in-memory provider holds, and how a call changes it.

use std::collections::BTreeMap;

use leadtag_core::{
    ContactRef, CreateTags, CreatedTags, Error, ErrorKind, GroupId, GroupTarget, NewTag, Result,
    Tag, TagCapabilities, TagChange, TagFilter, TagGroup, TagId, TagNode, TagQuery,
};

use super::{TakenNames, answered};

#[derive(Default)]
pub(super) struct State {
    groups: Vec<GroupRow>,
    tags: Vec<TagRow>,
    contacts: BTreeMap<ContactRef, Vec<TagId>>,
    ids: u64,
}

#[derive(Clone)]
struct GroupRow {
    id: GroupId,
    name: String,
    order: i64,
    deleted: bool,
}

#[derive(Clone)]
struct TagRow {
    id: TagId,
    name: String,
    group: Option<GroupId>,
    order: i64,
    deleted: bool,
}

impl State {
    pub(super) fn add_contact(&mut self, contact: ContactRef) {
        self.contacts.entry(contact).or_default();
    }

    pub(super) fn seed<'a>(&mut self, group: &str, tags: impl IntoIterator<Item = &'a str>) {
        let group = (!group.is_empty()).then(|| self.group_named(group, None).id);
        for tag in tags {
            self.add_tag(group.clone(), &NewTag::new(tag));
        }
    }

    pub(super) fn nodes(&self, query: &TagQuery, can: &TagCapabilities) -> Vec<TagNode> {
        let shown = |deleted: bool| !deleted || query.include_deleted;
        let tag_named = |row: &TagRow| match &query.filter {
            TagFilter::Tags(ids) => ids.contains(&row.id),
            TagFilter::Groups(ids) => row.group.as_ref().is_some_and(|id| ids.contains(id)),
            _ => true,
        };
        let tags_of = |group: Option<&GroupId>| -> Vec<Tag> {
            self.tags
                .iter()
                .filter(|row| row.group.as_ref() == group && shown(row.deleted) && tag_named(row))
                .map(|row| self.tag(row, can))
                .collect()
        };
        let mut nodes = Vec::new();
        for row in self.groups.iter().filter(|row| shown(row.deleted)) {
            let tags = tags_of(Some(&row.id));
            let named = match &query.filter {
                TagFilter::Groups(ids) => ids.contains(&row.id),
                TagFilter::Tags(_) => !tags.is_empty(),
                _ => true,
            };
            if named {
                let mut group = self.group(row, can);
                group.tags = tags;
                nodes.push(TagNode::Group(group));
            }
        }
        nodes.extend(tags_of(None).into_iter().map(TagNode::Tag));
        nodes
    }

    pub(super) fn create(
        &mut self,
        request: &CreateTags,
        can: &TagCapabilities,
        taken: TakenNames,
    ) -> Result<CreatedTags> {
        let existing = self.target(&request.group)?;
        let mut names: Vec<&NewTag> = Vec::new();
        for tag in &request.tags {
            if !names.iter().any(|known| known.name == tag.name) {
                names.push(tag);
            }
        }
        let in_group = |row: &TagRow| existing.as_ref().map(|g| &g.id) == row.group.as_ref();
        let joins = existing.is_some() || request.group == GroupTarget::None;
        let taken_row = |name: &str| {
            let mut rows = self.tags.iter().filter(|row| joins && !row.deleted && in_group(row));
            rows.find(|row| row.name == name).cloned()
        };
        let known: Vec<_> = names.iter().map(|tag| taken_row(&tag.name)).collect();
        let fresh = known.iter().filter(|row| row.is_none()).count();
        if taken == TakenNames::Refuse && fresh < known.len() {
            return Err(answered(ErrorKind::AlreadyExists, "a tag has that name".to_owned()));
        }
        let alive = self.tags.iter().filter(|row| !row.deleted).count();
        if can.max_tags.is_some_and(|max| alive + fresh > max as usize) {
            let message = format!("there are {alive} tags already");
            return Err(answered(ErrorKind::QuotaExhausted, message));
        }
        let group = match &request.group {
            GroupTarget::New { name, order } => Some(self.group_named(name, *order)),
            _ => existing,
        };
        let group_id = group.as_ref().map(|row| row.id.clone());
        let rows: Vec<TagRow> = names
            .into_iter()
            .zip(known)
            .map(|(tag, row)| row.unwrap_or_else(|| self.add_tag(group_id.clone(), tag)))
            .collect();
        let tags = rows.iter().map(|row| self.tag(row, can)).collect();
        Ok(CreatedTags::new(group.map(|row| self.group(&row, can)), tags))
    }

    /// The group that new tags go to, if it exists.
    fn target(&self, target: &GroupTarget) -> Result<Option<GroupRow>> {
        let mut alive = self.groups.iter().filter(|row| !row.deleted);
        match target {
            GroupTarget::Existing(id) => match alive.find(|row| row.id == *id) {
                Some(row) => Ok(Some(row.clone())),
                None => Err(no_group(id)),
            },
            GroupTarget::New { name, .. } => Ok(alive.find(|row| row.name == *name).cloned()),
            _ => Ok(None),
        }
    }

    fn group_named(&mut self, name: &str, order: Option<i64>) -> GroupRow {
        let mut alive = self.groups.iter().filter(|row| !row.deleted);
        if let Some(row) = alive.find(|row| row.name == name) {
            return row.clone();
        }
        let row = GroupRow {
            id: GroupId::new(format!("g{}", self.next_id())),
            name: name.to_owned(),
            order: order.unwrap_or_default(),
            deleted: false,
        };
        self.groups.push(row.clone());
        row
    }

    fn add_tag(&mut self, group: Option<GroupId>, tag: &NewTag) -> TagRow {
        let row = TagRow {
            id: TagId::new(format!("t{}", self.next_id())),
            name: tag.name.clone(),
            group,
            order: tag.order.unwrap_or_default(),
            deleted: false,
        };
        self.tags.push(row.clone());
        row
    }

    fn next_id(&mut self) -> u64 {
        self.ids += 1;
        self.ids
    }

    pub(super) fn update_tag(&mut self, id: &TagId, change: &TagChange) -> Result<()> {
        let group = self.require_tag(id)?.group.clone();
        let taken = self.tags.iter().any(|row| {
            let same_place = row.id != *id && row.group == group && !row.deleted;
            same_place && Some(&row.name) == change.name.as_ref()
        });
        if taken {
            return Err(answered(ErrorKind::AlreadyExists, "a tag has that name".to_owned()));
        }
        for row in self.tags.iter_mut().filter(|row| row.id == *id) {
            row.name = change.name.clone().unwrap_or_else(|| row.name.clone());
            row.order = change.order.unwrap_or(row.order);
        }
        Ok(())
    }

    pub(super) fn update_group(&mut self, id: &GroupId, change: &TagChange) -> Result<()> {
        let alive = || self.groups.iter().filter(|row| !row.deleted);
        if !alive().any(|row| row.id == *id) {
            return Err(no_group(id));
        }
        if alive().any(|row| row.id != *id && Some(&row.name) == change.name.as_ref()) {
            return Err(answered(ErrorKind::AlreadyExists, "a group has that name".to_owned()));
        }
        for row in self.groups.iter_mut().filter(|row| row.id == *id) {
            row.name = change.name.clone().unwrap_or_else(|| row.name.clone());
            row.order = change.order.unwrap_or(row.order);
        }
        Ok(())
    }

    pub(super) fn delete_tags(&mut self, ids: &[TagId], empty_groups: bool) -> Result<()> {
        for id in ids {
            self.require_tag(id)?;
        }
        self.remove(|row| ids.contains(&row.id));
        if !empty_groups {
            let tags = &self.tags;
            let emptied = |group: &GroupRow| {
                let mut own = tags.iter().filter(|row| row.group.as_ref() == Some(&group.id));
                own.all(|row| row.deleted)
            };
            self.groups.iter_mut().for_each(|group| group.deleted |= emptied(group));
        }
        Ok(())
    }

    pub(super) fn delete_groups(&mut self, ids: &[GroupId]) -> Result<()> {
        for id in ids {
            if !self.groups.iter().any(|row| row.id == *id && !row.deleted) {
                return Err(no_group(id));
            }
        }
        self.remove(|row| row.group.as_ref().is_some_and(|id| ids.contains(id)));
        for row in self.groups.iter_mut().filter(|row| ids.contains(&row.id)) {
            row.deleted = true;
        }
        Ok(())
    }

    /// Deletes tags, also from the contacts that carry them.
    fn remove(&mut self, which: impl Fn(&TagRow) -> bool) {
        for row in self.tags.iter_mut().filter(|row| which(row)) {
            row.deleted = true;
            for carried in self.contacts.values_mut() {
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
        self.contacts.insert(contact.clone(), carried);
        Ok(())
    }

    pub(super) fn contact_tags(
        &self,
        contact: &ContactRef,
        can: &TagCapabilities,
    ) -> Result<Vec<Tag>> {
        let ids = self.carried(contact)?;
        ids.iter().map(|id| Ok(self.tag(self.require_tag(id)?, can))).collect()
    }

    pub(super) fn carried(&self, contact: &ContactRef) -> Result<Vec<TagId>> {
        match self.contacts.get(contact) {
            Some(ids) => Ok(ids.clone()),
            None => Err(answered(ErrorKind::NotFound, format!("there is no contact {contact}"))),
        }
    }

    pub(super) fn contacts_of(&self, tag: &TagId) -> Vec<ContactRef> {
        let carriers = self.contacts.iter().filter(|(_, ids)| ids.contains(tag));
        carriers.map(|(contact, _)| contact.clone()).collect()
    }

    fn require_tag(&self, id: &TagId) -> Result<&TagRow> {
        match self.tags.iter().find(|row| row.id == *id && !row.deleted) {
            Some(row) => Ok(row),
            None => Err(answered(ErrorKind::NotFound, format!("there is no tag {id}"))),
        }
    }

    fn tag(&self, row: &TagRow, can: &TagCapabilities) -> Tag {
        let mut tag = Tag::new(row.id.clone(), row.name.clone());
        tag.group = row.group.clone();
        tag.order = can.order.then_some(row.order);
        tag.deleted = can.deleted_visible.then_some(row.deleted);
        let count = || self.contacts_of(&row.id).len() as u64;
        tag.contact_count = can.contact_count.then(count);
        tag
    }

    fn group(&self, row: &GroupRow, can: &TagCapabilities) -> TagGroup {
        let mut group = TagGroup::new(row.id.clone(), row.name.clone());
        group.order = can.order.then_some(row.order);
        group.deleted = can.deleted_visible.then_some(row.deleted);
        group
    }
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

fn no_group(id: &GroupId) -> Error {
    answered(ErrorKind::NotFound, format!("there is no group {id}"))
}
