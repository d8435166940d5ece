//! A provider in memory, with something around each of its calls.
#![allow(dead_code, unreachable_pub)]

use leadtag_core::{
    ContactRef, CreateTags, CreatedTags, Cursor, GroupId, Page, Platform, Result, Tag,
    TagCapabilities, TagChange, TagId, TagNode, TagProvider, TagQuery, async_trait,
};
use leadtag_testkit::MemoryTagProvider;

/// What happens around the calls.
pub trait Around: Send + Sync {
    fn call<T: Send>(
        &self,
        call: impl Future<Output = Result<T>> + Send,
    ) -> impl Future<Output = Result<T>> + Send;

    /// Around a write of the tags of a contact.
    fn mark(
        &self,
        _contact: &ContactRef,
        call: impl Future<Output = Result<()>> + Send,
    ) -> impl Future<Output = Result<()>> + Send {
        self.call(call)
    }
}

pub struct Surrounded<A> {
    pub inner: MemoryTagProvider,
    pub around: A,
}

#[async_trait]
impl<A: Around> TagProvider for Surrounded<A> {
    fn platform(&self) -> Platform {
        self.inner.platform()
    }

    fn tag_capabilities(&self) -> TagCapabilities {
        self.inner.tag_capabilities()
    }

    async fn fetch_tag_page(
        &self,
        query: &TagQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<TagNode>> {
        self.around.call(self.inner.fetch_tag_page(query, cursor)).await
    }

    async fn create_tags(&self, request: &CreateTags) -> Result<CreatedTags> {
        self.around.call(self.inner.create_tags(request)).await
    }

    async fn update_tag(&self, id: &TagId, change: &TagChange) -> Result<()> {
        self.around.call(self.inner.update_tag(id, change)).await
    }

    async fn update_group(&self, id: &GroupId, change: &TagChange) -> Result<()> {
        self.around.call(self.inner.update_group(id, change)).await
    }

    async fn delete_tags(&self, ids: &[TagId]) -> Result<()> {
        self.around.call(self.inner.delete_tags(ids)).await
    }

    async fn delete_groups(&self, ids: &[GroupId]) -> Result<()> {
        self.around.call(self.inner.delete_groups(ids)).await
    }

    async fn assign(&self, contact: &ContactRef, add: &[TagId], remove: &[TagId]) -> Result<()> {
        self.around.mark(contact, self.inner.assign(contact, add, remove)).await
    }

    async fn replace(&self, contact: &ContactRef, set: &[TagId]) -> Result<()> {
        self.around.mark(contact, self.inner.replace(contact, set)).await
    }

    async fn contact_tags(&self, contact: &ContactRef) -> Result<Vec<Tag>> {
        self.around.call(self.inner.contact_tags(contact)).await
    }

    async fn fetch_tag_contact_page(
        &self,
        tag: &TagId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<ContactRef>> {
        self.around.call(self.inner.fetch_tag_contact_page(tag, cursor)).await
    }
}
