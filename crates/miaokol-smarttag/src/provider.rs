//! The smart tags of one tenant as a [`TagProvider`].

use std::collections::HashSet;

use leadtag_core::{
    ContactRef, CreateTags, CreatedTags, Cursor, Error, ErrorKind, GroupId, Page, Platform, Result,
    Sent, Tag, TagCapabilities, TagChange, TagFilter, TagGroup, TagId, TagNode, TagProvider,
    TagQuery, WriteSemantics, async_trait,
};

use crate::client::invalid;
use crate::model::{
    AddSmartTag, DeleteSmartTag, ListSmartTags, MAX_PAGE_SIZE, SmartTag, SmartTagGroup,
    UpdateContact, check_id,
};
use crate::{MiaokolClient, PLATFORM};

mod create;

/// What Miaokol can do with tags.
#[must_use]
pub fn tag_capabilities() -> TagCapabilities {
    let mut can = TagCapabilities::none();
    can.list = true;
    can.groups = true;
    can.empty_groups = true;
    can.create = true;
    can.rename = true;
    can.delete_tags = true;
    can.delete_groups = true;
    can.contact_count = true;
    can.needs_owner = true;
    can.write_semantics = WriteSemantics::Replace;
    can.max_page_size = Some(MAX_PAGE_SIZE);
    can
}

/// - A page holds groups with their tags: 100 of them unless the query says otherwise. A list that
///   is filtered is one page; a group or tag that there is not is left out of it.
/// - `create_tags` gives the ids of names that are taken, and creates only the others. A new group
///   is one whose id was not listed before; of two groups of one name neither is chosen.
/// - A tag's `order` is Miaokol's `sort`; no call writes it.
/// - `delete_tags` and `delete_groups` make one call for each id, in order; an error leaves the
///   rest. An id of the other kind is refused, since Miaokol would take it.
/// - `assign` is refused: the current tags cannot be read. A caller who knows them uses
///   [`assign_from`](MiaokolClient::assign_from) or `TagProviderExt::assign_knowing`.
#[async_trait]
impl TagProvider for MiaokolClient {
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
        tag_capabilities().check_list(PLATFORM, query)?;
        let position = cursor.map(|cursor| cursor.position(PLATFORM, query)).transpose()?;
        let groups = match (&query.filter, position) {
            (TagFilter::All, position) => return self.page_at(query, position).await,
            (_, Some(_)) => {
                let why = "a filtered list has one page only; no cursor leads into it";
                return Err(invalid("list_tags", why));
            }
            (TagFilter::Groups(ids), None) => self.groups_by_id(ids).await?,
            (TagFilter::Tags(ids), None) => self.groups_of_tags(ids).await?,
            _ => return Err(Error::unsupported(PLATFORM, "list_tags", "unknown filter")),
        };
        Ok(Page::last(nodes(groups)?))
    }

    async fn create_tags(&self, request: &CreateTags) -> Result<CreatedTags> {
        tag_capabilities().check_create(PLATFORM, request)?;
        self.create(request).await
    }

    async fn update_tag(&self, id: &TagId, change: &TagChange) -> Result<()> {
        let name = new_name(change)?;
        check_ids("update", [id.as_str()])?;
        let groups = self.all_smart_tags().await?;
        let group = groups.iter().find(|group| group.tags.iter().any(|tag| tag.id == *id));
        let Some(group) = group else {
            return Err(not_found("there is no such tag, or it stands in no group"));
        };
        if group.tags.iter().any(|tag| tag.name == name && tag.id != *id) {
            return Err(taken("another tag of the group has that name"));
        }
        // Without its group a tag would be moved out of it: Miaokol's default is none.
        let edit = AddSmartTag::edit_tag(id.clone(), group.id.clone(), name);
        self.add_smart_tag(&edit).await.map(drop)
    }

    async fn update_group(&self, id: &GroupId, change: &TagChange) -> Result<()> {
        let name = new_name(change)?;
        check_ids("update", [id.as_str()])?;
        let groups = self.all_smart_tags().await?;
        if !groups.iter().any(|group| group.id == *id) {
            return Err(not_found("there is no such group"));
        }
        if groups.iter().any(|group| group.name == name && group.id != *id) {
            return Err(taken("another group has that name"));
        }
        self.add_smart_tag(&AddSmartTag::edit_group(id.clone(), name)).await.map(drop)
    }

    async fn delete_tags(&self, ids: &[TagId]) -> Result<()> {
        tag_capabilities().check_delete(PLATFORM, ids, false)?;
        check_ids("delete", ids.iter().map(TagId::as_str))?;
        let groups = self.all_smart_tags().await?;
        let is_group = |id: &&TagId| groups.iter().any(|g| g.id.as_str() == id.as_str());
        if let Some(id) = ids.iter().find(is_group) {
            return Err(invalid("delete", format!("{id} is a group, not a tag")));
        }
        self.delete_each(ids.iter().map(TagId::as_str)).await
    }

    async fn delete_groups(&self, ids: &[GroupId]) -> Result<()> {
        tag_capabilities().check_delete(PLATFORM, ids, true)?;
        check_ids("delete", ids.iter().map(GroupId::as_str))?;
        let before = self.all_smart_tags().await?;
        let all_tags = || before.iter().flat_map(|group| &group.tags);
        let is_tag = |id: &&GroupId| all_tags().any(|tag| tag.id.as_str() == id.as_str());
        if let Some(id) = ids.iter().find(is_tag) {
            return Err(invalid("delete", format!("{id} is a tag, not a group")));
        }
        let gone = before.iter().filter(|group| ids.contains(&group.id));
        let tags: HashSet<&TagId> = gone.flat_map(|group| &group.tags).map(|tag| &tag.id).collect();
        self.delete_each(ids.iter().map(GroupId::as_str)).await?;
        if tags.is_empty() {
            return Ok(());
        }
        // Whether they go with their group is not documented.
        let after = self.all_smart_tags().await.map_err(after_a_change)?;
        let left = after.iter().flat_map(|group| &group.tags).map(|tag| &tag.id);
        let left = left.filter(|id| tags.contains(id)).map(TagId::as_str);
        self.delete_each(left).await.map_err(after_a_change)
    }

    async fn assign(&self, contact: &ContactRef, add: &[TagId], remove: &[TagId]) -> Result<()> {
        tag_capabilities().check_assign(PLATFORM, contact, add, remove)?;
        Err(unsupported("assign", "the current tags cannot be read; use replace or assign_from"))
    }

    async fn replace(&self, contact: &ContactRef, set: &[TagId]) -> Result<()> {
        tag_capabilities().check_replace(PLATFORM, contact, set)?;
        let mut seen = HashSet::new();
        let once = set.iter().filter(|id| seen.insert(*id)).cloned();
        let owner = contact.owner.as_deref().unwrap_or_default();
        let update = UpdateContact::replace(owner, &contact.id, once);
        self.update_contact(&update).await.map(drop)
    }

    async fn contact_tags(&self, contact: &ContactRef) -> Result<Vec<Tag>> {
        tag_capabilities().check_contact_tags(PLATFORM, contact)?;
        Err(unsupported("contact_tags", "the tags of a contact cannot be read"))
    }

    async fn fetch_tag_contact_page(
        &self,
        _: &TagId,
        _: Option<&Cursor>,
    ) -> Result<Page<ContactRef>> {
        tag_capabilities().check_tag_contacts(PLATFORM)?;
        Err(unsupported("list_tag_contacts", "the contacts of a tag cannot be listed"))
    }
}

impl MiaokolClient {
    async fn page_at(&self, query: &TagQuery, position: Option<&str>) -> Result<Page<TagNode>> {
        let size = query.page_size.unwrap_or(MAX_PAGE_SIZE);
        let number = match position {
            None => 1,
            Some(text) => text.parse().map_err(|_| invalid("list_tags", "a damaged cursor"))?,
        };
        let listed = self.group_page(number, size).await?;
        let next = listed.next.map(|next| Cursor::new(PLATFORM, query, next.to_string()));
        Ok(Page::new(nodes(listed.groups)?, next).with_total(listed.total))
    }

    pub(crate) async fn groups_by_id(&self, ids: &[GroupId]) -> Result<Vec<SmartTagGroup>> {
        check_ids("list_tags", ids.iter().map(GroupId::as_str))?;
        let mut groups = match ids {
            [] => Vec::new(),
            [id] => {
                let request = ListSmartTags::group(id.clone());
                self.list_smart_tags(&request).await?.into_value().items
            }
            _ => self.all_smart_tags().await?,
        };
        groups.retain(|group| ids.contains(&group.id));
        Ok(groups)
    }

    async fn groups_of_tags(&self, ids: &[TagId]) -> Result<Vec<SmartTagGroup>> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let wanted: HashSet<&TagId> = ids.iter().collect();
        let mut groups = self.all_smart_tags().await?;
        for group in &mut groups {
            group.tags.retain(|tag| wanted.contains(&tag.id));
        }
        groups.retain(|group| !group.tags.is_empty());
        Ok(groups)
    }

    /// Deletes what has these ids, each once.
    async fn delete_each<'a>(&self, ids: impl Iterator<Item = &'a str> + Send) -> Result<()> {
        let mut done = HashSet::new();
        for id in ids {
            if done.contains(id) {
                continue;
            }
            let deleted = self.delete_smart_tag(&DeleteSmartTag { id: id.to_owned() }).await;
            deleted.map_err(|error| if done.is_empty() { error } else { after_a_change(error) })?;
            done.insert(id);
        }
        Ok(())
    }
}

fn nodes(groups: Vec<SmartTagGroup>) -> Result<Vec<TagNode>> {
    groups.into_iter().map(|group| group_with_tags(group).map(TagNode::Group)).collect()
}

fn group_with_tags(group: SmartTagGroup) -> Result<TagGroup> {
    let mut listed = group_alone(&group)?;
    let tags = group.tags.into_iter().map(|tag| tag_in(tag, &group.id));
    listed.tags = tags.collect::<Result<_>>()?;
    Ok(listed)
}

fn group_alone(group: &SmartTagGroup) -> Result<TagGroup> {
    require_id(group.id.as_str())?;
    Ok(TagGroup::new(group.id.clone(), &group.name))
}

fn tag_in(tag: SmartTag, group: &GroupId) -> Result<Tag> {
    require_id(tag.id.as_str())?;
    let mut listed = Tag::new(tag.id, tag.name).with_group(group.clone());
    listed.order = tag.sort;
    listed.contact_count = tag.contact_cnt;
    Ok(listed)
}

/// The error of a call that came after a change: even if that call was not sent, not nothing was.
fn after_a_change(error: Error) -> Error {
    match error.sent() {
        Sent::No => error.with_sent(Sent::Yes),
        _ => error,
    }
}

fn require_id(id: &str) -> Result<()> {
    if !id.is_empty() {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Decode, "a tag or group came without an id")
        .with_sent(Sent::Yes)
        .with_context(PLATFORM, "list_tags"))
}

/// The name of a change; there is nothing else that can be changed.
fn new_name(change: &TagChange) -> Result<&str> {
    tag_capabilities().check_change(PLATFORM, change)?;
    let name = change.name.as_deref();
    name.ok_or_else(|| invalid("update", "nothing to change: give a name"))
}

fn check_ids<'a>(operation: &str, ids: impl IntoIterator<Item = &'a str>) -> Result<()> {
    let mut ids = ids.into_iter();
    ids.try_for_each(|id| check_id("an id", id)).map_err(|why| invalid(operation, why))
}

fn not_found(what: &str) -> Error {
    Error::new(ErrorKind::NotFound, what).with_context(PLATFORM, "update")
}

fn taken(what: &str) -> Error {
    Error::new(ErrorKind::AlreadyExists, what).with_context(PLATFORM, "update")
}

fn unsupported(operation: &str, what: &str) -> Error {
    Error::unsupported(PLATFORM, operation, what)
}
