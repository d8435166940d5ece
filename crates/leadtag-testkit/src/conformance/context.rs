//! What a rule works with: the provider, the fixture, and what it has made.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

use leadtag_core::{
    ContactRef, CreateTags, CreatedTags, ErrorKind, GroupId, LeadCapabilities, LeadsProvider,
    NewTag, Result, Tag, TagCapabilities, TagId, TagProvider, TagProviderExt, TagQuery, TagTree,
};

use super::fixture::{LeadFixture, TagFixture};
use super::report::{Halt, Verdict, ensure, skip};

/// A provider of tags under test.
pub struct TagContext<'a> {
    /// The provider.
    pub provider: &'a dyn TagProvider,
    /// What it claims.
    pub capabilities: TagCapabilities,
    fixture: &'a TagFixture,
    names: AtomicUsize,
    before: Mutex<Option<Vec<TagId>>>,
}

impl<'a> TagContext<'a> {
    /// A context for one rule.
    #[must_use]
    pub fn new(provider: &'a dyn TagProvider, fixture: &'a TagFixture) -> Self {
        Self {
            provider,
            capabilities: provider.tag_capabilities(),
            fixture,
            names: AtomicUsize::new(0),
            before: Mutex::default(),
        }
    }

    /// A name that no other call gave, with the fixture's prefix.
    pub(super) fn name(&self) -> String {
        let number = self.names.fetch_add(1, Ordering::Relaxed);
        format!("{}{number}", self.fixture.prefix)
    }

    pub(super) fn prefix(&self) -> &str {
        &self.fixture.prefix
    }

    pub(super) fn page_size(&self) -> u32 {
        let most = self.capabilities.max_page_size.unwrap_or(u32::MAX);
        self.fixture.page_size.min(most)
    }

    /// Creates tags: flat, or together in one new group.
    pub(super) async fn create(
        &self,
        tags: impl IntoIterator<Item = impl Into<NewTag>> + Send,
    ) -> Result<CreatedTags> {
        let tags: Vec<NewTag> = tags.into_iter().map(Into::into).collect();
        let request = if self.capabilities.groups {
            CreateTags::in_new_group(self.name(), tags)
        } else {
            CreateTags::flat(tags)
        };
        self.provider.create_tags(&request).await
    }

    /// Creates `count` tags. Whoever fails here does not fail the rule "create", so the number of
    /// tags is looked at too.
    pub(super) async fn some_created(&self, count: usize) -> Verdict<(Option<GroupId>, Vec<Tag>)> {
        let names: Vec<String> = (0..count).map(|_| self.name()).collect();
        let created = self.create(names).await?;
        ensure(created.tags.len() == count, || {
            format!("{count} tags were created, {} came back", created.tags.len())
        })?;
        let group = created.group.map(|group| group.id);
        Ok((group, created.tags))
    }

    /// Creates one tag and gives the group it stands in.
    pub(super) async fn one_in_group(&self) -> Verdict<(GroupId, Tag)> {
        let (group, mut tags) = self.some_created(1).await?;
        match (group, tags.pop()) {
            (Some(group), Some(tag)) => Ok((group, tag)),
            _ => Err(Halt::Fail("a created tag came back without its group".to_owned())),
        }
    }

    /// The ids of `count` tags to put on a contact: new ones, or else listed ones.
    pub(super) async fn tags_to_assign(&self, count: usize) -> Verdict<Vec<TagId>> {
        if self.capabilities.create {
            let (_, tags) = self.some_created(count).await?;
            return Ok(tags.into_iter().map(|tag| tag.id).collect());
        }
        if !self.capabilities.list {
            return skip("tags can be neither created nor listed");
        }
        let listed = self.provider.all_tags().await?;
        if listed.len() < count {
            return skip("the account has too few tags, and none can be created");
        }
        Ok(listed.into_iter().take(count).map(|tag| tag.id).collect())
    }

    pub(super) async fn tree(&self) -> Result<TagTree> {
        self.provider.tag_tree(TagQuery::all()).await
    }

    /// The listed tag of that id.
    pub(super) async fn listed(&self, id: &TagId) -> Result<Option<Tag>> {
        let tags = self.provider.all_tags().await?;
        Ok(tags.into_iter().find(|tag| tag.id == *id))
    }

    /// The contact whose tags may be changed. What it carries is noted, to be put back.
    pub(super) async fn contact(&self) -> Verdict<ContactRef> {
        let Some(contact) = &self.fixture.contact else {
            return skip("the fixture names no contact");
        };
        if self.capabilities.contact_tags {
            let carried = self.contact_tags(contact).await?;
            let mut before = self.before.lock().unwrap_or_else(PoisonError::into_inner);
            before.get_or_insert(carried);
        }
        Ok(contact.clone())
    }

    /// A contact for calls that must be refused before it matters whether it exists.
    pub(super) fn any_contact(&self) -> ContactRef {
        let named = self.fixture.contact.clone();
        named.unwrap_or_else(|| ContactRef::owned_by("owner", "contact"))
    }

    pub(super) fn unknown_contact(&self) -> ContactRef {
        self.fixture.unknown_contact.clone().unwrap_or_else(|| {
            let known = self.any_contact();
            let id = format!("{}-unknown", known.id);
            ContactRef { id, ..known }
        })
    }

    /// The ids a contact carries, in order of id.
    pub(super) async fn contact_tags(&self, contact: &ContactRef) -> Result<Vec<TagId>> {
        let tags = self.provider.contact_tags(contact).await?;
        let mut ids: Vec<TagId> = tags.into_iter().map(|tag| tag.id).collect();
        ids.sort();
        Ok(ids)
    }

    /// Fails unless `call` is refused with `kind` before anything is sent.
    pub(super) async fn refused<T>(
        &self,
        what: &str,
        kind: ErrorKind,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Verdict {
        refused(what, kind, call, self.fixture.sent.as_deref()).await
    }

    /// Puts the contact's tags back and deletes everything with the prefix.
    pub(super) async fn clean_up(&self) -> Verdict {
        let before = self.before.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let (Some(before), Some(contact)) = (before, &self.fixture.contact)
            && self.capabilities.can_replace()
            && self.contact_tags(contact).await? != before
        {
            self.provider.replace(contact, &before).await?;
        }
        if !self.capabilities.list {
            return Ok(());
        }
        let tree = self.tree().await?;
        let ours = |name: &str| name.starts_with(self.prefix());
        let (own, mixed): (Vec<_>, Vec<_>) =
            tree.groups.iter().partition(|group| ours(&group.name));
        if self.capabilities.delete_groups && !own.is_empty() {
            let ids: Vec<GroupId> = own.iter().map(|group| group.id.clone()).collect();
            self.provider.delete_groups(&ids).await?;
        }
        let left = mixed.iter().flat_map(|group| &group.tags).chain(&tree.tags);
        let own_left = own.iter().flat_map(|group| &group.tags);
        let own_left = own_left.filter(|_| !self.capabilities.delete_groups);
        let ids: Vec<TagId> =
            left.filter(|tag| ours(&tag.name)).chain(own_left).map(|tag| tag.id.clone()).collect();
        if self.capabilities.delete_tags && !ids.is_empty() {
            self.provider.delete_tags(&ids).await?;
        }
        Ok(())
    }
}

impl std::fmt::Debug for TagContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("TagContext")
            .field("platform", &self.provider.platform())
            .field("fixture", &self.fixture)
            .finish_non_exhaustive()
    }
}

/// A provider of leads under test.
pub struct LeadContext<'a> {
    /// The provider.
    pub provider: &'a dyn LeadsProvider,
    /// What it claims.
    pub capabilities: LeadCapabilities,
    pub(super) fixture: &'a LeadFixture,
}

impl<'a> LeadContext<'a> {
    /// A context for one rule.
    #[must_use]
    pub fn new(provider: &'a dyn LeadsProvider, fixture: &'a LeadFixture) -> Self {
        Self { provider, capabilities: provider.lead_capabilities(), fixture }
    }

    pub(super) fn page_size(&self) -> u32 {
        let most = self.capabilities.max_page_size.unwrap_or(u32::MAX);
        self.fixture.page_size.min(most)
    }

    /// Fails unless `call` is refused with `kind` before anything is sent.
    pub(super) async fn refused<T>(
        &self,
        what: &str,
        kind: ErrorKind,
        call: impl Future<Output = Result<T>> + Send,
    ) -> Verdict {
        refused(what, kind, call, self.fixture.sent.as_deref()).await
    }
}

impl std::fmt::Debug for LeadContext<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("LeadContext")
            .field("platform", &self.provider.platform())
            .field("fixture", &self.fixture)
            .finish_non_exhaustive()
    }
}

async fn refused<T>(
    what: &str,
    kind: ErrorKind,
    call: impl Future<Output = Result<T>> + Send,
    sent: Option<&(dyn Fn() -> usize + Send + Sync)>,
) -> Verdict {
    let count = || sent.map_or(0, |sent| sent());
    let before = count();
    match call.await {
        Ok(_) => Err(Halt::Fail(format!("{what}: expected {kind:?}, but it was accepted"))),
        Err(error) if error.kind() != kind => {
            Err(Halt::Fail(format!("{what}: expected {kind:?}, but got {error}")))
        }
        Err(_) => ensure(count() == before, || {
            format!("{what}: it was refused only after something was sent")
        }),
    }
}
