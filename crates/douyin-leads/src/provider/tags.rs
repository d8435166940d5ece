//! The tags of one account as a [`TagProvider`].

use std::collections::HashSet;

use leadtag_core::{
    ContactRef, CreateTags, CreatedTags, Cursor, Error, ErrorKind, GroupId, Page, Platform, Result,
    Sent, Tag, TagCapabilities, TagChange, TagFilter, TagId, TagNode, TagProvider, TagQuery,
    WriteSemantics, async_trait,
};

use super::unreadable;
use crate::client::invalid;
use crate::model::{
    self, BindTag, CreateTag, DEFAULT_COUNT, DeleteTag, ListTagUsers, ListTags, UpdateTag,
    UserDetail,
};
use crate::tags::next_cursor;
use crate::{DouyinClient, PLATFORM};

const LIST: &str = "list_tags";
const CONTACTS: &str = "list_tag_contacts";

/// What Douyin can do with tags.
#[must_use]
pub fn tag_capabilities() -> TagCapabilities {
    let mut can = TagCapabilities::none();
    can.list = true;
    can.create = true;
    can.rename = true;
    can.delete_tags = true;
    can.contact_tags = true;
    can.tag_contacts = true;
    can.write_semantics = WriteSemantics::OneByOne;
    can.max_tags = Some(100);
    can.max_tags_per_contact = Some(5);
    can
}

/// - A contact is a lead, named by its `open_id`; it has no owner.
/// - `create_tags` gives the ids of names that are taken, and creates only the others, one call for
///   each: whether Douyin refuses a taken name is not documented.
/// - `update_tag` lists the tags first and refuses a name that another tag has.
/// - `delete_tags` makes one call for each id, in order; an error leaves the rest.
/// - `assign` makes one call for each tag: first those to remove, then those to add, so that the
///   limit of five is not passed on the way. If one fails, the error tells what was done before it;
///   the same assignment can be made again.
/// - `replace` reads the tags of the lead and writes the difference.
/// - A creation is refused if there would be more than 100 tags. The tags that a lead has already are
///   not counted: whatever Douyin answers is passed on.
#[async_trait]
impl TagProvider for DouyinClient {
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
        match (&query.filter, position) {
            (TagFilter::All, position) => self.tag_page(query, position).await,
            (TagFilter::Tags(ids), None) => {
                let wanted: HashSet<&str> = ids.iter().map(TagId::as_str).collect();
                let mut tags = self.listed_tags().await?;
                tags.retain(|tag| wanted.contains(tag.id.as_str()));
                Ok(Page::last(tags.into_iter().map(TagNode::Tag).collect()))
            }
            (TagFilter::Tags(_), Some(_)) => {
                Err(invalid(LIST, "a filtered list has one page only; no cursor leads into it"))
            }
            _ => Err(Error::unsupported(PLATFORM, LIST, "there are no tag groups")),
        }
    }

    async fn create_tags(&self, request: &CreateTags) -> Result<CreatedTags> {
        tag_capabilities().check_create(PLATFORM, request)?;
        let mut asked = HashSet::new();
        let names = request.tags.iter().map(|tag| tag.name.as_str());
        let names: Vec<&str> = names.filter(|name| asked.insert(*name)).collect();
        let listed = self.all_tags().await?;
        let before: HashSet<i64> = listed.iter().filter_map(|tag| tag.tag_id).collect();
        let is_listed = |name: &str| listed.iter().any(|tag| tag.tag_name.as_deref() == Some(name));
        check_room(listed.len(), names.iter().filter(|name| !is_listed(name)).count())?;
        let mut tags: Vec<Tag> = Vec::with_capacity(names.len());
        let mut existing = Vec::new();
        for name in names {
            let taken = listed.iter().find(|tag| tag.tag_name.as_deref() == Some(name));
            tags.push(match taken {
                Some(tag) => {
                    let tag = tag_of(tag.clone())?;
                    existing.push(tag.id.clone());
                    tag
                }
                None => match self.create_one(name, &before).await {
                    Ok(tag) => tag,
                    Err(error) => {
                        let ids: Vec<&TagId> = tags.iter().map(|tag| &tag.id).collect();
                        return Err(so_far(error, "there are already", &ids));
                    }
                },
            });
        }
        Ok(CreatedTags::new(None, tags).with_existing(existing))
    }

    async fn update_tag(&self, id: &TagId, change: &TagChange) -> Result<()> {
        tag_capabilities().check_change(PLATFORM, change)?;
        let number = tag_number("update", id)?;
        let Some(name) = &change.name else {
            return Err(invalid("update", "nothing to change: give a name"));
        };
        let tags = self.all_tags().await?;
        if !tags.iter().any(|tag| tag.tag_id == Some(number)) {
            let error = Error::new(ErrorKind::NotFound, "there is no such tag");
            return Err(error.with_context(PLATFORM, "update"));
        }
        let is_other = |tag: &model::Tag| tag.tag_id != Some(number);
        if tags.iter().any(|tag| is_other(tag) && tag.tag_name.as_ref() == Some(name)) {
            let error = Error::new(ErrorKind::AlreadyExists, "another tag has that name");
            return Err(error.with_context(PLATFORM, "update"));
        }
        self.update_tag(&UpdateTag::rename(number, name)).await.map(drop)
    }

    async fn update_group(&self, _: &GroupId, change: &TagChange) -> Result<()> {
        tag_capabilities().check_group_change(PLATFORM, change)?;
        Err(Error::unsupported(PLATFORM, "update", "there are no tag groups"))
    }

    async fn delete_tags(&self, ids: &[TagId]) -> Result<()> {
        tag_capabilities().check_delete(PLATFORM, ids, false)?;
        let numbers = tag_numbers("delete", ids)?;
        for (done, number) in numbers.iter().enumerate() {
            if let Err(error) = self.delete_tag(&DeleteTag::new(*number)).await {
                return Err(so_far(error, "deleted before it", &numbers[..done]));
            }
        }
        Ok(())
    }

    async fn delete_groups(&self, ids: &[GroupId]) -> Result<()> {
        tag_capabilities().check_delete(PLATFORM, ids, true)?;
        Err(Error::unsupported(PLATFORM, "delete", "there are no tag groups"))
    }

    async fn assign(&self, contact: &ContactRef, add: &[TagId], remove: &[TagId]) -> Result<()> {
        tag_capabilities().check_assign(PLATFORM, contact, add, remove)?;
        let (add, remove) = (tag_numbers("assign", add)?, tag_numbers("assign", remove)?);
        self.write(contact, &add, &remove).await
    }

    async fn replace(&self, contact: &ContactRef, set: &[TagId]) -> Result<()> {
        tag_capabilities().check_replace(PLATFORM, contact, set)?;
        let set = tag_numbers("replace", set)?;
        let user = self.user_detail(&UserDetail::of(&contact.id)).await?.into_value();
        let current: Vec<i64> = user.tag_list.iter().filter_map(|tag| tag.tag_id).collect();
        let add: Vec<i64> = set.iter().filter(|id| !current.contains(id)).copied().collect();
        let remove: Vec<i64> = current.into_iter().filter(|id| !set.contains(id)).collect();
        self.write(contact, &add, &remove).await
    }

    async fn contact_tags(&self, contact: &ContactRef) -> Result<Vec<Tag>> {
        tag_capabilities().check_contact_tags(PLATFORM, contact)?;
        let user = self.user_detail(&UserDetail::of(&contact.id)).await?.into_value();
        user.tag_list.into_iter().map(tag_of).collect()
    }

    async fn fetch_tag_contact_page(
        &self,
        tag: &TagId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<ContactRef>> {
        tag_capabilities().check_tag_contacts(PLATFORM)?;
        let list = (CONTACTS, tag);
        let mut request = ListTagUsers::of(tag_number(CONTACTS, tag)?);
        if let Some(cursor) = cursor {
            request = request.with_cursor(cursor.position(PLATFORM, &list)?);
        }
        let page = self.list_tag_users(&request).await?.into_value();
        let next = next_cursor(CONTACTS, page.has_more, page.cursor)?;
        let next = next.map(|next| Cursor::new(PLATFORM, &list, next));
        Ok(Page::new(page.list.into_iter().map(ContactRef::new).collect(), next))
    }
}

impl DouyinClient {
    async fn tag_page(&self, query: &TagQuery, position: Option<&str>) -> Result<Page<TagNode>> {
        let mut request = ListTags::first().with_count(query.page_size.unwrap_or(DEFAULT_COUNT));
        request.cursor = position.map(str::to_owned);
        let page = self.list_tags(&request).await?.into_value();
        let next = next_cursor(LIST, page.has_more, page.cursor)?;
        let next = next.map(|next| Cursor::new(PLATFORM, query, next));
        let tags = page.list.into_iter().map(|tag| tag_of(tag).map(TagNode::Tag));
        Ok(Page::new(tags.collect::<Result<_>>()?, next))
    }

    async fn listed_tags(&self) -> Result<Vec<Tag>> {
        self.all_tags().await?.into_iter().map(tag_of).collect()
    }

    async fn create_one(&self, name: &str, before: &HashSet<i64>) -> Result<Tag> {
        let saved = self.create_new(&CreateTag::named(name), before).await?;
        let id = saved.tag_id.ok_or_else(|| unreadable("create_tags", "the new tag has no id"))?;
        Ok(Tag::new(id.to_string(), name))
    }

    /// One call for each tag.
    async fn write(&self, contact: &ContactRef, add: &[i64], remove: &[i64]) -> Result<()> {
        let user = &contact.id;
        let removals = remove.iter().map(|tag| BindTag::unbind(*tag, user));
        let calls = removals.chain(add.iter().map(|tag| BindTag::bind(*tag, user)));
        for (done, call) in calls.enumerate() {
            if let Err(error) = self.bind_tag(&call).await {
                let removed = &remove[..done.min(remove.len())];
                let added = &add[..done - removed.len()];
                let error = so_far(error, "taken off before it", removed);
                return Err(so_far(error, "put on before it", added));
            }
        }
        Ok(())
    }
}

fn tag_of(tag: model::Tag) -> Result<Tag> {
    let id = tag.tag_id.ok_or_else(|| unreadable(LIST, "a tag came without an id"))?;
    Ok(Tag::new(id.to_string(), tag.tag_name.unwrap_or_default()))
}

/// The error with the ids of those whose calls were done before it. Even if the call that failed
/// was not sent, not nothing was.
fn so_far<T: ToString>(error: Error, what: &str, done: &[T]) -> Error {
    if done.is_empty() {
        return error;
    }
    let error = match error.sent() {
        Sent::No => error.with_sent(Sent::Yes),
        _ => error,
    };
    let ids: Vec<String> = done.iter().map(T::to_string).collect();
    error.with_note(&format!("{what}: {}", ids.join(", ")))
}

/// Refuses `new` tags beside those there are, if that is more than Douyin takes.
fn check_room(there: usize, new: usize) -> Result<()> {
    match tag_capabilities().max_tags {
        Some(max) if new > 0 && there + new > max as usize => {
            let why = format!("there are {there} tags, and {new} more would be over {max}");
            Err(Error::new(ErrorKind::QuotaExhausted, why)
                .with_context(PLATFORM, "create_tags")
                .with_advice("delete some tags, or create fewer"))
        }
        _ => Ok(()),
    }
}

fn tag_number(operation: &str, id: &TagId) -> Result<i64> {
    let number = id.as_str().parse().ok().filter(|number: &i64| number.to_string() == id.as_str());
    number.ok_or_else(|| invalid(operation, format!("tag {id}: an id is a whole number here")))
}

/// The numbers of tags, each once.
fn tag_numbers(operation: &str, ids: &[TagId]) -> Result<Vec<i64>> {
    let mut seen = HashSet::new();
    let once = ids.iter().filter(|id| seen.insert(*id));
    once.map(|id| tag_number(operation, id)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_a_change_no_error_says_that_nothing_was_sent() {
        let failed = |sent| Error::new(ErrorKind::Transport, "no route").with_sent(sent);
        for (sent, done, told) in [
            (Sent::No, &[][..], Sent::No),
            (Sent::No, &[7], Sent::Yes),
            (Sent::Maybe, &[7], Sent::Maybe),
            (Sent::Yes, &[7], Sent::Yes),
        ] {
            assert_eq!(so_far(failed(sent), "deleted before it", done).sent(), told, "{sent:?}");
        }
    }
}
