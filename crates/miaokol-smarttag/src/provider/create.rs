//! Creating tags. The call that creates them gives no ids, so the groups are listed before it, to
//! see what is there already, and after it.

use std::collections::HashSet;

use leadtag_core::{
    CreateTags, CreatedTags, Error, ErrorKind, GroupId, GroupTarget, Result, Sent, Tag, TagId,
};

use super::{after_a_change, group_alone, tag_in};
use crate::client::invalid;
use crate::model::{AddSmartTag, BatchAddTags, SmartTagGroup};
use crate::{MiaokolClient, PLATFORM};

const OPERATION: &str = "create_tags";

/// A group with the tags that were asked for, and the ids of those it had before.
struct Filled {
    group: SmartTagGroup,
    before: HashSet<TagId>,
}

impl Filled {
    fn new(group: SmartTagGroup) -> Self {
        Self { group, before: HashSet::new() }
    }
}

impl MiaokolClient {
    pub(super) async fn create(&self, request: &CreateTags) -> Result<CreatedTags> {
        let mut seen = HashSet::new();
        let names = request.tags.iter().map(|tag| tag.name.as_str());
        let names: Vec<&str> = names.filter(|name| seen.insert(*name)).collect();
        let Filled { group, before } = match &request.group {
            GroupTarget::Existing(id) => self.fill_existing(id, &names).await?,
            GroupTarget::New { name, .. } => self.fill_named(name, &names).await?,
            _ => return Err(invalid(OPERATION, "a tag needs a group")),
        };
        let tags = names.iter().map(|name| {
            let tag = group.tags.iter().find(|tag| tag.name == *name);
            tag_in(tag.cloned().ok_or_else(not_listed)?, &group.id)
        });
        let tags: Vec<Tag> = tags.collect::<Result<_>>()?;
        let existing = tags.iter().map(|tag| &tag.id).filter(|id| before.contains(id));
        let existing = existing.cloned().collect();
        Ok(CreatedTags::new(Some(group_alone(&group)?), tags).with_existing(existing))
    }

    async fn fill_existing(&self, id: &GroupId, names: &[&str]) -> Result<Filled> {
        let group = self.groups_by_id(std::slice::from_ref(id)).await?.pop();
        let group = group.ok_or_else(|| {
            Error::new(ErrorKind::NotFound, "there is no such group")
                .with_context(PLATFORM, OPERATION)
        })?;
        self.fill(group, names).await
    }

    /// The group with all `names` in it.
    async fn fill(&self, group: SmartTagGroup, names: &[&str]) -> Result<Filled> {
        let before = group.tags.iter().map(|tag| tag.id.clone()).collect();
        let missing: Vec<&str> =
            names.iter().copied().filter(|name| !has_tag(&group, name)).collect();
        if missing.is_empty() {
            return Ok(Filled { group, before });
        }
        // None of them was there before: one is enough to tell that the call took effect.
        let is_done = |groups: &[SmartTagGroup]| {
            let same = groups.iter().find(|listed| listed.id == group.id);
            same.is_some_and(|same| missing.iter().any(|name| has_tag(same, name)))
        };
        let add = BatchAddTags::in_group(group.id.clone(), missing.iter().copied());
        self.batch_add(&add, &is_done).await?;
        let listed = self.groups_by_id(std::slice::from_ref(&group.id)).await;
        let group = listed.map_err(after_a_change)?.pop().ok_or_else(not_listed)?;
        Ok(Filled { group, before })
    }

    /// The group of that name with all `names` in it, made if there is none.
    async fn fill_named(&self, name: &str, names: &[&str]) -> Result<Filled> {
        let groups = self.all_smart_tags().await?;
        let (mut named, others): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.name == name);
        match named.len() {
            0 => {}
            1 => match named.pop() {
                Some(group) => return self.fill(group, names).await,
                None => return Err(not_listed()),
            },
            _ => return Err(ambiguous(ErrorKind::InvalidArgument, &named)),
        }
        let before: HashSet<GroupId> = others.into_iter().map(|group| group.id).collect();
        if names.is_empty() {
            return self.new_empty_group(name, &before).await.map(Filled::new);
        }
        let is_new = |group: &SmartTagGroup| group.name == name && !before.contains(&group.id);
        let is_done = |groups: &[SmartTagGroup]| groups.iter().any(is_new);
        let add = BatchAddTags::in_new_group(name, names.iter().copied());
        self.batch_add(&add, &is_done).await?;
        self.only(is_new).await.map(Filled::new)
    }

    async fn new_empty_group(
        &self,
        name: &str,
        before: &HashSet<GroupId>,
    ) -> Result<SmartTagGroup> {
        let known = before.iter().map(GroupId::to_string).collect();
        let saved = self.add_new(&AddSmartTag::new_group(name), &known).await?.into_value();
        if !saved.id.is_empty() {
            let (id, name) = (saved.id.into(), name.to_owned());
            return Ok(SmartTagGroup { id, name, ..SmartTagGroup::default() });
        }
        let is_new = |group: &SmartTagGroup| group.name == name && !before.contains(&group.id);
        self.only(is_new).await
    }

    /// The one group that was made. If there are two, somebody else made the other meanwhile.
    async fn only(&self, is_new: impl Fn(&SmartTagGroup) -> bool) -> Result<SmartTagGroup> {
        let groups = self.all_smart_tags().await.map_err(after_a_change)?;
        let mut new: Vec<_> = groups.into_iter().filter(is_new).collect();
        match new.len() {
            0 | 1 => new.pop().ok_or_else(not_listed),
            _ => Err(ambiguous(ErrorKind::Conflict, &new).with_sent(Sent::Yes)),
        }
    }
}

fn has_tag(group: &SmartTagGroup, name: &str) -> bool {
    group.tags.iter().any(|tag| tag.name == name)
}

fn ambiguous(kind: ErrorKind, groups: &[SmartTagGroup]) -> Error {
    let ids: Vec<&str> = groups.iter().map(|group| group.id.as_str()).collect();
    let why = format!("several groups have that name; use the id of one: {}", ids.join(", "));
    Error::new(kind, why).with_context(PLATFORM, OPERATION)
}

fn not_listed() -> Error {
    Error::new(ErrorKind::Platform, "the tags were taken, but are not all listed")
        .with_sent(Sent::Yes)
        .with_context(PLATFORM, OPERATION)
        .with_advice("list the tags before creating them again")
}
