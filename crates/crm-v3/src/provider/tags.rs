//! The tag library as a [`TagProvider`] that can be read only.

use std::collections::HashSet;

use leadtag_core::{
    ContactRef, CreateTags, CreatedTags, Cursor, Error, GroupId, Page, Platform, Result, Tag,
    TagCapabilities, TagChange, TagFilter, TagGroup, TagId, TagNode, TagProvider, TagQuery,
    async_trait,
};

use super::unreadable;
use crate::client::invalid;
use crate::model::{TagTreeGroup, TagTreeTag};
use crate::{CrmV3Client, PLATFORM};

const LIST: &str = "list_tags";

/// What the [`TagProvider`] of this platform can do: list.
#[must_use]
pub fn tag_capabilities() -> TagCapabilities {
    let mut can = TagCapabilities::none();
    can.list = true;
    can.groups = true;
    can
}

/// The tag library, read only: no call that writes it, or that tags a lead, is known.
///
/// - A list is one page; `page_size` has no effect. Filters are applied here, to the whole list.
/// - Ids are the platform's own, not WeCom's, which stand in
///   [`TagTreeTag::qw_tag_id`](crate::model::TagTreeTag::qw_tag_id) and take their place only where
///   the platform's is missing.
#[async_trait]
impl TagProvider for CrmV3Client {
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
        if let Some(cursor) = cursor {
            cursor.position(PLATFORM, query)?;
            return Err(invalid(LIST, "the list has one page only; no cursor leads into it"));
        }
        if !matches!(query.filter, TagFilter::All | TagFilter::Groups(_) | TagFilter::Tags(_)) {
            return Err(Error::unsupported(PLATFORM, LIST, "unknown filter"));
        }
        let tree = self.list_tag_tree().await?.into_value();
        let mut groups = tree.into_iter().map(group_with_tags).collect::<Result<Vec<_>>>()?;
        match &query.filter {
            TagFilter::Groups(ids) => groups.retain(|group| ids.contains(&group.id)),
            TagFilter::Tags(ids) => {
                let wanted: HashSet<&TagId> = ids.iter().collect();
                groups
                    .iter_mut()
                    .for_each(|group| group.tags.retain(|tag| wanted.contains(&tag.id)));
                groups.retain(|group| !group.tags.is_empty());
            }
            _ => {}
        }
        Ok(Page::last(groups.into_iter().map(TagNode::Group).collect()))
    }

    async fn create_tags(&self, request: &CreateTags) -> Result<CreatedTags> {
        tag_capabilities().check_create(PLATFORM, request)?;
        Err(unsupported("create_tags"))
    }

    async fn update_tag(&self, _: &TagId, change: &TagChange) -> Result<()> {
        tag_capabilities().check_change(PLATFORM, change)?;
        Err(unsupported("update"))
    }

    async fn update_group(&self, _: &GroupId, change: &TagChange) -> Result<()> {
        tag_capabilities().check_group_change(PLATFORM, change)?;
        Err(unsupported("update"))
    }

    async fn delete_tags(&self, ids: &[TagId]) -> Result<()> {
        tag_capabilities().check_delete(PLATFORM, ids, false)?;
        Err(unsupported("delete"))
    }

    async fn delete_groups(&self, ids: &[GroupId]) -> Result<()> {
        tag_capabilities().check_delete(PLATFORM, ids, true)?;
        Err(unsupported("delete"))
    }

    async fn assign(&self, contact: &ContactRef, add: &[TagId], remove: &[TagId]) -> Result<()> {
        tag_capabilities().check_assign(PLATFORM, contact, add, remove)?;
        Err(unsupported("assign"))
    }

    async fn replace(&self, contact: &ContactRef, set: &[TagId]) -> Result<()> {
        tag_capabilities().check_replace(PLATFORM, contact, set)?;
        Err(unsupported("replace"))
    }

    async fn contact_tags(&self, contact: &ContactRef) -> Result<Vec<Tag>> {
        tag_capabilities().check_contact_tags(PLATFORM, contact)?;
        Err(unsupported("contact_tags"))
    }

    async fn fetch_tag_contact_page(
        &self,
        _: &TagId,
        _: Option<&Cursor>,
    ) -> Result<Page<ContactRef>> {
        tag_capabilities().check_tag_contacts(PLATFORM)?;
        Err(unsupported("list_tag_contacts"))
    }
}

fn unsupported(operation: &str) -> Error {
    Error::unsupported(PLATFORM, operation, "no call of this platform for it is known")
}

fn group_with_tags(group: TagTreeGroup) -> Result<TagGroup> {
    let id = GroupId::from(id_of(group.id, group.qw_tag_id)?);
    let mut listed = TagGroup::new(id.clone(), group.name);
    let tag_in = |tag: TagTreeTag| -> Result<Tag> {
        Ok(Tag::new(id_of(tag.id, tag.qw_tag_id)?, tag.name).with_group(id.clone()))
    };
    listed.tags = group.tags.into_iter().map(tag_in).collect::<Result<_>>()?;
    Ok(listed)
}

fn id_of(own: Option<i64>, wecoms: Option<String>) -> Result<String> {
    let id = own.map(|id| id.to_string()).or(wecoms).filter(|id| !id.is_empty());
    id.ok_or_else(|| unreadable(LIST, "a tag or group came without an id"))
}
