//! The corp tags of one corp as a [`TagProvider`].

use std::collections::HashSet;

use leadtag_core::{
    ContactRef, CreateTags, CreatedTags, Cursor, Error, ErrorKind, GroupId, GroupTarget, Page,
    Platform, Result, Sent, Tag, TagCapabilities, TagChange, TagFilter, TagGroup, TagId, TagNode,
    TagProvider, TagQuery, Timestamp, WriteSemantics, async_trait,
};

use crate::client::invalid;
use crate::model::{
    AddCorpTag, CorpTag, CorpTagGroup, DelCorpTag, EditCorpTag, FollowTag, FollowTagType,
    GetCorpTagList, MAX_NAME_CHARS, MarkTag, NewCorpTag,
};
use crate::tags::is_live;
use crate::{PLATFORM, WecomClient};

/// Groups asked for in one call when deleted tags are wanted. What WeCom allows is not documented.
const GROUPS_PER_CALL: usize = 100;

/// What WeCom can do with tags.
#[must_use]
pub fn tag_capabilities() -> TagCapabilities {
    let mut can = TagCapabilities::none();
    can.list = true;
    can.groups = true;
    can.order = true;
    can.create = true;
    can.rename = true;
    can.delete_tags = true;
    can.delete_groups = true;
    can.deleted_visible = true;
    can.contact_tags = true;
    can.needs_owner = true;
    can.write_semantics = WriteSemantics::Delta;
    can.max_tags = Some(10_000);
    can.max_tags_per_contact = Some(3_000);
    can.max_name_chars = Some(MAX_NAME_CHARS);
    can
}

/// Corp tags only: strategy tags and the members' own tags are left out.
///
/// - A list is one page; `page_size` has no effect. Of deleted tags, those are visible whose group
///   still exists.
/// - The order of groups and tags is WeCom's: larger `order` first.
/// - `replace` reads the customer's corp tags and writes the difference.
#[async_trait]
impl TagProvider for WecomClient {
    fn platform(&self) -> Platform {
        PLATFORM
    }

    fn tag_capabilities(&self) -> TagCapabilities {
        tag_capabilities()
    }

    async fn fetch_tag_page(
        &self,
        query: &TagQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<TagNode>> {
        const OPERATION: &str = "list_tags";
        tag_capabilities().check_list(PLATFORM, query)?;
        if let Some(cursor) = cursor {
            cursor.position(PLATFORM, query)?;
            return Err(invalid(OPERATION, "the list has one page only; no cursor leads into it"));
        }
        let groups = match &query.filter {
            TagFilter::All => self.all_groups(query.include_deleted).await?,
            TagFilter::Groups(ids) => self.groups_by_id(ids).await?,
            TagFilter::Tags(ids) => self.groups_of_tags(ids).await?,
            _ => return Err(Error::unsupported(PLATFORM, OPERATION, "unknown filter")),
        };
        let keep = |group: &CorpTagGroup| query.include_deleted || is_live(group);
        let nodes = groups
            .into_iter()
            .filter(keep)
            .map(|group| group_with_tags(group, query.include_deleted).map(TagNode::Group));
        Ok(Page::last(nodes.collect::<Result<_>>()?))
    }

    async fn create_tags(&self, request: &CreateTags) -> Result<CreatedTags> {
        tag_capabilities().check_create(PLATFORM, request)?;
        let wanted = distinct(request)?;
        let add = match &request.group {
            GroupTarget::Existing(id) => AddCorpTag::in_group(id.clone(), wanted),
            GroupTarget::New { name, order } => {
                let add = AddCorpTag::in_group_named(name, wanted);
                match order_of(*order)? {
                    Some(order) => add.with_order(order),
                    None => add,
                }
            }
            _ => return Err(invalid("create_tags", "a tag needs a group")),
        };
        let answered = self.add_corp_tag(&add).await?.into_value().tag_group;
        let has_all = |group: &CorpTagGroup| {
            !group.group_id.as_str().is_empty()
                && add.tag.iter().all(|new| find(group, &new.name).is_some())
        };
        let group = if has_all(&answered) {
            answered
        } else {
            self.relisted(&add).await?.filter(has_all).ok_or_else(not_listed)?
        };
        let tags: Result<Vec<Tag>> = add
            .tag
            .iter()
            .filter_map(|new| find(&group, &new.name))
            .map(|tag| tag_in(tag.clone(), &group.group_id))
            .collect();
        Ok(CreatedTags::new(Some(group_alone(&group)?), tags?))
    }

    async fn update_tag(&self, id: &TagId, change: &TagChange) -> Result<()> {
        self.edit(id.as_str(), change).await
    }

    async fn update_group(&self, id: &GroupId, change: &TagChange) -> Result<()> {
        self.edit(id.as_str(), change).await
    }

    async fn delete_tags(&self, ids: &[TagId]) -> Result<()> {
        tag_capabilities().check_delete(PLATFORM, ids, false)?;
        self.del_corp_tag(&DelCorpTag::tags(ids.iter().cloned())).await?;
        Ok(())
    }

    async fn delete_groups(&self, ids: &[GroupId]) -> Result<()> {
        tag_capabilities().check_delete(PLATFORM, ids, true)?;
        self.del_corp_tag(&DelCorpTag::groups(ids.iter().cloned())).await?;
        Ok(())
    }

    async fn assign(&self, contact: &ContactRef, add: &[TagId], remove: &[TagId]) -> Result<()> {
        tag_capabilities().check_assign(PLATFORM, contact, add, remove)?;
        self.mark(contact, add, remove).await
    }

    async fn replace(&self, contact: &ContactRef, set: &[TagId]) -> Result<()> {
        tag_capabilities().check_replace(PLATFORM, contact, set)?;
        if set.iter().any(|id| id.as_str().trim().is_empty()) {
            return Err(invalid("replace", "an id in the set is empty"));
        }
        let current = self.corp_tags_of(contact).await?;
        let current: HashSet<&TagId> = current.iter().map(|tag| &tag.id).collect();
        let wanted: HashSet<&TagId> = set.iter().collect();
        // In the order of the argument, so that the same request is the same bytes.
        let mut seen = HashSet::new();
        let add: Vec<TagId> =
            set.iter().filter(|id| !current.contains(id) && seen.insert(*id)).cloned().collect();
        let mut remove: Vec<TagId> = current.difference(&wanted).copied().cloned().collect();
        remove.sort();
        if add.is_empty() && remove.is_empty() {
            return Ok(());
        }
        self.mark(contact, &add, &remove).await
    }

    async fn contact_tags(&self, contact: &ContactRef) -> Result<Vec<Tag>> {
        tag_capabilities().check_contact_tags(PLATFORM, contact)?;
        self.corp_tags_of(contact).await
    }

    async fn fetch_tag_contact_page(
        &self,
        _: &TagId,
        _: Option<&Cursor>,
    ) -> Result<Page<ContactRef>> {
        Err(Error::unsupported(
            PLATFORM,
            "list_tag_contacts",
            "WeCom has no list of the customers of a tag",
        ))
    }
}

impl WecomClient {
    /// Every live group, and, if asked for, their deleted tags: these appear only when groups are
    /// asked for by their ids.
    async fn all_groups(&self, with_deleted: bool) -> Result<Vec<CorpTagGroup>> {
        let live = self.get_corp_tag_list(&GetCorpTagList::all()).await?.into_value().tag_group;
        if !with_deleted {
            return Ok(live);
        }
        let ids: Vec<GroupId> = live.into_iter().map(|group| group.group_id).collect();
        self.groups_by_id(&ids).await
    }

    async fn groups_by_id(&self, ids: &[GroupId]) -> Result<Vec<CorpTagGroup>> {
        // An empty filter would mean all groups to WeCom.
        let mut groups = Vec::with_capacity(ids.len());
        for chunk in ids.chunks(GROUPS_PER_CALL) {
            let request = GetCorpTagList::groups(chunk.iter().cloned());
            groups.extend(self.get_corp_tag_list(&request).await?.into_value().tag_group);
        }
        Ok(groups)
    }

    async fn groups_of_tags(&self, ids: &[TagId]) -> Result<Vec<CorpTagGroup>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let request = GetCorpTagList::tags(ids.iter().cloned());
        let mut groups = self.get_corp_tag_list(&request).await?.into_value().tag_group;
        let wanted: HashSet<&TagId> = ids.iter().collect();
        for group in &mut groups {
            group.tag.retain(|tag| wanted.contains(&tag.id));
        }
        Ok(groups)
    }

    /// The group that tags were added to, from a list.
    async fn relisted(&self, add: &AddCorpTag) -> Result<Option<CorpTagGroup>> {
        let groups = match &add.group_id {
            Some(id) => self.groups_by_id(std::slice::from_ref(id)).await?,
            None => self.all_groups(false).await?,
        };
        Ok(groups.into_iter().find(|group| match &add.group_id {
            Some(id) => group.group_id == *id,
            None => Some(&group.group_name) == add.group_name.as_ref(),
        }))
    }

    async fn edit(&self, id: &str, change: &TagChange) -> Result<()> {
        tag_capabilities().check_change(PLATFORM, change)?;
        let mut edit = EditCorpTag::new(id);
        edit.name.clone_from(&change.name);
        edit.order = order_of(change.order)?;
        self.edit_corp_tag(&edit).await?;
        Ok(())
    }

    async fn mark(&self, contact: &ContactRef, add: &[TagId], remove: &[TagId]) -> Result<()> {
        let owner = contact.owner.as_deref().unwrap_or_default();
        let request = MarkTag::new(owner, &contact.id)
            .with_add(add.iter().cloned())
            .with_remove(remove.iter().cloned());
        self.mark_tag(&request).await?;
        Ok(())
    }

    async fn corp_tags_of(&self, contact: &ContactRef) -> Result<Vec<Tag>> {
        let owner = contact.owner.as_deref().unwrap_or_default();
        let user = self.follow_user(&contact.id, owner).await?;
        let corp_tag = |tag: FollowTag| match (tag.tag_type, tag.tag_id) {
            (Some(FollowTagType::Corp), Some(id)) => Some(Tag::new(id.into_string(), tag.tag_name)),
            _ => None,
        };
        Ok(user.tags.into_iter().filter_map(corp_tag).collect())
    }
}

/// The tags to create, each name once: WeCom would create a name that stands twice once too.
fn distinct(request: &CreateTags) -> Result<Vec<NewCorpTag>> {
    let mut names = HashSet::new();
    let mut tags = Vec::with_capacity(request.tags.len());
    for tag in request.tags.iter().filter(|tag| names.insert(tag.name.as_str())) {
        let new = NewCorpTag::new(&tag.name);
        tags.push(match order_of(tag.order)? {
            Some(order) => new.with_order(order),
            None => new,
        });
    }
    Ok(tags)
}

fn order_of(order: Option<i64>) -> Result<Option<u32>> {
    let order = order.map(u32::try_from).transpose();
    order.map_err(|_| invalid("order", "an order must be 0 to 4294967295"))
}

fn find<'a>(group: &'a CorpTagGroup, name: &str) -> Option<&'a CorpTag> {
    let is_asked = |tag: &&CorpTag| {
        tag.name == name && tag.deleted != Some(true) && !tag.id.as_str().is_empty()
    };
    group.tag.iter().find(is_asked)
}

fn group_with_tags(group: CorpTagGroup, with_deleted: bool) -> Result<TagGroup> {
    let mut listed = group_alone(&group)?;
    let id = &group.group_id;
    let keep = |tag: &CorpTag| with_deleted || tag.deleted != Some(true);
    let tags = group.tag.into_iter().filter(keep).map(|tag| tag_in(tag, id));
    listed.tags = tags.collect::<Result<_>>()?;
    Ok(listed)
}

fn group_alone(group: &CorpTagGroup) -> Result<TagGroup> {
    require_id(group.group_id.as_str())?;
    let mut listed = TagGroup::new(group.group_id.clone(), &group.group_name);
    listed.order = group.order.map(i64::from);
    listed.deleted = group.deleted;
    listed.created_at = group.create_time.and_then(Timestamp::from_unix_seconds);
    Ok(listed)
}

fn tag_in(tag: CorpTag, group: &GroupId) -> Result<Tag> {
    require_id(tag.id.as_str())?;
    let mut listed = Tag::new(tag.id, tag.name).with_group(group.clone());
    listed.order = tag.order.map(i64::from);
    listed.deleted = tag.deleted;
    listed.created_at = tag.create_time.and_then(Timestamp::from_unix_seconds);
    Ok(listed)
}

fn require_id(id: &str) -> Result<()> {
    if !id.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Decode, "a tag or group came without an id")
        .with_sent(Sent::Yes)
        .with_context(PLATFORM, "list_tags"))
}

fn not_listed() -> Error {
    Error::new(ErrorKind::Platform, "the tags were taken, but are not all listed")
        .with_sent(Sent::Yes)
        .with_context(PLATFORM, "create_tags")
        .with_advice("list the tags before creating them again")
}
