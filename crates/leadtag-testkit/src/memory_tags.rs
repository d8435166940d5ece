//! A provider of tags that keeps everything in memory.

mod index;
mod list;
mod state;

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leadtag_core::{
    ContactRef, CreateTags, CreatedTags, Cursor, Error, ErrorKind, GroupId, Page, Platform, Result,
    Tag, TagCapabilities, TagChange, TagId, TagNode, TagProvider, TagQuery, TagTree,
    WriteSemantics, async_trait,
};

use crate::failures::{Failures, offset, page_of};
use state::State;

/// A complete [`TagProvider`] in memory, with any capabilities. Clones share everything.
///
/// What it denies and what it limits it refuses before a call is noted, as a provider with a
/// network refuses it before anything is sent.
#[derive(Clone)]
pub struct MemoryTagProvider {
    platform: Platform,
    capabilities: TagCapabilities,
    page_size: usize,
    taken_names: TakenNames,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    state: State,
    calls: Vec<TagCall>,
    failures: Failures,
}

/// What happens when a name is created that is taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TakenNames {
    /// `AlreadyExists`.
    #[default]
    Refuse,
    /// The tag that has the name comes back.
    GiveExisting,
    /// A second tag of that name is made; a tag can be renamed to a name that is taken, too. Groups
    /// of a taken name are joined all the same.
    Allow,
}

/// A call that reached the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum TagCall {
    /// A page of tags was listed.
    List(TagQuery),
    /// Tags were created.
    Create(CreateTags),
    /// A tag was changed.
    UpdateTag(TagId, TagChange),
    /// A group was changed.
    UpdateGroup(GroupId, TagChange),
    /// Tags were deleted.
    DeleteTags(Vec<TagId>),
    /// Groups were deleted.
    DeleteGroups(Vec<GroupId>),
    /// Tags were added to a contact and removed from it. One call for each tag where the platform
    /// writes one by one.
    Assign {
        /// The contact.
        contact: ContactRef,
        /// What was added.
        add: Vec<TagId>,
        /// What was removed.
        remove: Vec<TagId>,
    },
    /// The tags of a contact were replaced.
    Replace(ContactRef, Vec<TagId>),
    /// The tags of a contact were read.
    ContactTags(ContactRef),
    /// A page of the contacts of a tag was listed.
    TagContacts(TagId),
}

impl TagCall {
    /// Whether the call changes something.
    #[must_use]
    pub fn is_write(&self) -> bool {
        !matches!(self, Self::List(_) | Self::ContactTags(_) | Self::TagContacts(_))
    }
}

impl MemoryTagProvider {
    /// A provider without tags and contacts. [`tag_capabilities`](crate::tag_capabilities) has
    /// sets of capabilities.
    #[must_use]
    pub fn new(platform: Platform, capabilities: TagCapabilities) -> Self {
        Self {
            platform,
            capabilities,
            page_size: 100,
            taken_names: TakenNames::default(),
            shared: Arc::default(),
        }
    }

    /// Adds contacts.
    #[must_use]
    pub fn with_contacts(self, contacts: impl IntoIterator<Item = ContactRef>) -> Self {
        contacts.into_iter().for_each(|contact| self.lock().state.add_contact(contact));
        self
    }

    /// Sets the items of a page when a query asks for no number. Default: 100.
    #[must_use]
    pub fn with_page_size(mut self, size: usize) -> Self {
        self.page_size = size.max(1);
        self
    }

    /// Sets what happens when a name is created that is taken.
    #[must_use]
    pub fn with_taken_names(mut self, taken: TakenNames) -> Self {
        self.taken_names = taken;
        self
    }

    /// Adds a group with tags as if it had always been there: no call is noted, no limit holds.
    /// An empty name of the group makes tags without a group.
    #[must_use]
    pub fn with_tags<'a>(self, group: &str, tags: impl IntoIterator<Item = &'a str>) -> Self {
        self.lock().state.seed(group, tags, false);
        self
    }

    /// As [`with_tags`](Self::with_tags), but another application owns the tags, and the group if
    /// it was not there: a change or a deletion is answered with an error that
    /// [`is_not_owned`](Error::is_not_owned), also of a group in which such a tag stands.
    #[must_use]
    pub fn with_not_owned<'a>(self, group: &str, tags: impl IntoIterator<Item = &'a str>) -> Self {
        self.lock().state.seed(group, tags, true);
        self
    }

    /// Puts tags on a contact, which is added if it was not there, as if it had always carried
    /// them: no call is noted, no limit holds. What it carried before it loses.
    #[must_use]
    pub fn with_marks(
        self,
        contact: ContactRef,
        tags: impl IntoIterator<Item = impl Into<TagId>>,
    ) -> Self {
        self.lock().state.mark(contact, tags.into_iter().map(Into::into).collect());
        self
    }

    /// The next call fails with `error`, and nothing happens.
    pub fn fail_next(&self, error: Error) {
        self.lock().failures.before(error);
    }

    /// The next `calls` calls succeed; what is ordered after this concerns the ones after them.
    pub fn pass_next(&self, calls: usize) {
        self.lock().failures.pass(calls);
    }

    /// The next call takes effect, but `error` comes instead of its reply.
    pub fn lose_next_reply(&self, error: Error) {
        self.lock().failures.after(error);
    }

    /// Every call that reached the platform, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<TagCall> {
        self.lock().calls.clone()
    }

    /// The calls that changed something, or were meant to.
    #[must_use]
    pub fn writes(&self) -> Vec<TagCall> {
        self.calls().into_iter().filter(TagCall::is_write).collect()
    }

    /// How many calls reached the platform.
    #[must_use]
    pub fn call_count(&self) -> usize {
        self.lock().calls.len()
    }

    /// Forgets the calls so far.
    pub fn forget_calls(&self) {
        self.lock().calls.clear();
    }

    /// The tags a contact carries, whatever the capabilities say.
    #[must_use]
    pub fn carried_by(&self, contact: &ContactRef) -> Vec<TagId> {
        self.lock().state.carried(contact).unwrap_or_default()
    }

    /// Every group and tag that is there, whatever the capabilities say. No call is noted.
    #[must_use]
    pub fn state(&self) -> TagTree {
        self.lock().state.all(&self.capabilities).into_iter().collect()
    }

    /// The id of the first tag of that name in that group; an empty name of the group means tags
    /// without a group. No call is noted.
    #[must_use]
    pub fn tag_id(&self, group: &str, name: &str) -> Option<TagId> {
        let tree = self.state();
        let tags = match group {
            "" => &tree.tags,
            _ => &tree.group(group)?.tags,
        };
        tags.iter().find(|tag| tag.name == name).map(|tag| tag.id.clone())
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One call: noted, failed if a failure was ordered, and then carried out.
    fn call<T>(&self, call: TagCall, act: impl FnOnce(&mut State) -> Result<T>) -> Result<T> {
        let mut shared = self.lock();
        shared.calls.push(call);
        let reply = shared.failures.begin()?;
        let value = act(&mut shared.state).map_err(|error| self.placed(error))?;
        reply.arrive(value)
    }

    fn placed(&self, error: Error) -> Error {
        error.with_context(self.platform, "memory")
    }

    fn page_size(&self, asked: Option<u32>) -> usize {
        let most = self.capabilities.max_page_size.map_or(usize::MAX, |max| max as usize);
        asked.map_or(self.page_size, |size| size as usize).min(most)
    }

    fn write(&self, contact: &ContactRef, set: &[TagId]) -> Result<()> {
        self.call(TagCall::Replace(contact.clone(), set.to_vec()), |state| {
            state.replace(contact, set, &self.capabilities)
        })
    }

    fn write_delta(&self, contact: &ContactRef, add: &[TagId], remove: &[TagId]) -> Result<()> {
        let call = TagCall::Assign {
            contact: contact.clone(),
            add: add.to_vec(),
            remove: remove.to_vec(),
        };
        self.call(call, |state| state.assign(contact, add, remove, &self.capabilities))
    }

    fn read(&self, contact: &ContactRef) -> Result<Vec<Tag>> {
        self.call(TagCall::ContactTags(contact.clone()), |state| {
            state.contact_tags(contact, &self.capabilities)
        })
    }

    fn read_ids(&self, contact: &ContactRef) -> Result<Vec<TagId>> {
        Ok(self.read(contact)?.into_iter().map(|tag| tag.id).collect())
    }
}

#[async_trait]
impl TagProvider for MemoryTagProvider {
    fn platform(&self) -> Platform {
        self.platform
    }

    fn tag_capabilities(&self) -> TagCapabilities {
        self.capabilities
    }

    async fn fetch_tag_page(
        &self,
        query: &TagQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<TagNode>> {
        self.capabilities.check_list(self.platform, query)?;
        let from = match cursor {
            Some(cursor) => offset(cursor.position(self.platform, query)?)?,
            None => 0,
        };
        let size = self.page_size(query.page_size);
        let (items, next) = self.call(TagCall::List(query.clone()), |state| {
            Ok(state.page(query, (from, size), &self.capabilities))
        })?;
        let next = next.map(|at| Cursor::new(self.platform, query, at.to_string()));
        Ok(Page::new(items, next))
    }

    async fn create_tags(&self, request: &CreateTags) -> Result<CreatedTags> {
        self.capabilities.check_create(self.platform, request)?;
        self.call(TagCall::Create(request.clone()), |state| {
            state.create(request, &self.capabilities, self.taken_names)
        })
    }

    async fn update_tag(&self, id: &TagId, change: &TagChange) -> Result<()> {
        self.capabilities.check_change(self.platform, change)?;
        self.call(TagCall::UpdateTag(id.clone(), change.clone()), |state| {
            state.update_tag(id, change, self.taken_names)
        })
    }

    async fn update_group(&self, id: &GroupId, change: &TagChange) -> Result<()> {
        self.capabilities.check_group_change(self.platform, change)?;
        self.call(TagCall::UpdateGroup(id.clone(), change.clone()), |state| {
            state.update_group(id, change)
        })
    }

    async fn delete_tags(&self, ids: &[TagId]) -> Result<()> {
        self.capabilities.check_delete(self.platform, ids, false)?;
        self.call(TagCall::DeleteTags(ids.to_vec()), |state| {
            state.delete_tags(ids, self.capabilities.empty_groups)
        })
    }

    async fn delete_groups(&self, ids: &[GroupId]) -> Result<()> {
        self.capabilities.check_delete(self.platform, ids, true)?;
        self.call(TagCall::DeleteGroups(ids.to_vec()), |state| state.delete_groups(ids))
    }

    async fn assign(&self, contact: &ContactRef, add: &[TagId], remove: &[TagId]) -> Result<()> {
        let can = &self.capabilities;
        can.check_assign(self.platform, contact, add, remove)?;
        match can.write_semantics {
            WriteSemantics::Replace => {
                let mut set = self.read_ids(contact)?;
                set.retain(|id| !remove.contains(id));
                set.extend(add.iter().filter(|id| !set.contains(id)).cloned().collect::<Vec<_>>());
                self.write(contact, &set)
            }
            WriteSemantics::OneByOne => {
                for id in remove {
                    self.write_delta(contact, &[], std::slice::from_ref(id))?;
                }
                for id in add {
                    self.write_delta(contact, std::slice::from_ref(id), &[])?;
                }
                Ok(())
            }
            _ => self.write_delta(contact, add, remove),
        }
    }

    async fn replace(&self, contact: &ContactRef, set: &[TagId]) -> Result<()> {
        self.capabilities.check_replace(self.platform, contact, set)?;
        if self.capabilities.write_semantics == WriteSemantics::Replace {
            return self.write(contact, set);
        }
        let current = self.read_ids(contact)?;
        let only = |these: &[TagId], others: &[TagId]| -> Vec<TagId> {
            these.iter().filter(|id| !others.contains(id)).cloned().collect()
        };
        let (add, remove) = (only(set, &current), only(&current, set));
        if add.is_empty() && remove.is_empty() {
            return Ok(());
        }
        self.assign(contact, &add, &remove).await
    }

    async fn contact_tags(&self, contact: &ContactRef) -> Result<Vec<Tag>> {
        self.capabilities.check_contact_tags(self.platform, contact)?;
        self.read(contact)
    }

    async fn fetch_tag_contact_page(
        &self,
        tag: &TagId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<ContactRef>> {
        self.capabilities.check_tag_contacts(self.platform)?;
        let list = ("contacts", tag);
        let from = match cursor {
            Some(cursor) => offset(cursor.position(self.platform, &list)?)?,
            None => 0,
        };
        let contacts =
            self.call(TagCall::TagContacts(tag.clone()), |state| Ok(state.contacts_of(tag)))?;
        let (items, next) = page_of(&contacts, from, self.page_size(None));
        let next = next.map(|at| Cursor::new(self.platform, &list, at.to_string()));
        Ok(Page::new(items, next))
    }
}

impl fmt::Debug for MemoryTagProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryTagProvider")
            .field("platform", &self.platform)
            .field("calls", &self.call_count())
            .finish_non_exhaustive()
    }
}

/// An error that the platform itself answered with.
fn answered(kind: ErrorKind, message: String) -> Error {
    Error::new(kind, message).with_sent(leadtag_core::Sent::Yes)
}
