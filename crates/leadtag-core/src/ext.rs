//! Conveniences on top of the two traits, for every provider.

use async_trait::async_trait;
use futures_util::TryStreamExt;

use crate::{
    ContactRef, Cursor, Error, GroupTarget, Interaction, Lead, LeadId, LeadQuery, LeadsProvider,
    NewTag, Pages, Result, Tag, TagId, TagNode, TagProvider, TagQuery, TagTree, WriteSemantics,
};
use crate::{CreateTags, CreatedTags};

/// Conveniences for every [`TagProvider`], also behind `dyn`.
#[async_trait]
pub trait TagProviderExt: TagProvider {
    /// The pages of groups and tags. `.items()` gives the items.
    fn tag_pages(&self, query: TagQuery) -> Pages<'_, TagNode> {
        self.tag_pages_from(query, None)
    }

    /// The pages of groups and tags from a cursor on.
    fn tag_pages_from(&self, query: TagQuery, start: Option<Cursor>) -> Pages<'_, TagNode> {
        Pages::new(start, move |cursor| {
            let query = query.clone();
            Box::pin(async move { self.fetch_tag_page(&query, cursor.as_ref()).await })
        })
    }

    /// The pages of the contacts that carry a tag.
    fn tag_contact_pages(&self, tag: TagId) -> Pages<'_, ContactRef> {
        Pages::new(None, move |cursor| {
            let tag = tag.clone();
            Box::pin(async move { self.fetch_tag_contact_page(&tag, cursor.as_ref()).await })
        })
    }

    /// All groups and tags that `query` asks for.
    ///
    /// # Errors
    /// As [`TagProvider::fetch_tag_page`].
    async fn tag_tree(&self, query: TagQuery) -> Result<TagTree> {
        let nodes: Vec<TagNode> = self.tag_pages(query).items().try_collect().await?;
        Ok(nodes.into_iter().collect())
    }

    /// Creates one tag.
    ///
    /// # Errors
    /// As [`TagProvider::create_tags`].
    async fn create_tag(&self, group: GroupTarget, tag: NewTag) -> Result<CreatedTags> {
        self.create_tags(&CreateTags { group, tags: vec![tag] }).await
    }

    /// As [`TagProvider::assign`], for a caller who knows the tags the contact has now: works
    /// also where a write replaces the whole set and the current one cannot be read.
    ///
    /// # Errors
    /// As [`TagProvider::assign`]; and, where a write replaces the whole set, `InvalidArgument` if no
    /// tag would be left: all are taken off by [`TagProvider::replace`] alone.
    async fn assign_knowing(
        &self,
        contact: &ContactRef,
        current: &[TagId],
        add: &[TagId],
        remove: &[TagId],
    ) -> Result<()> {
        let mut can = self.tag_capabilities();
        if can.write_semantics != WriteSemantics::Replace {
            return self.assign(contact, add, remove).await;
        }
        // Whoever knows the tags need not read them.
        can.contact_tags = true;
        can.check_assign(self.platform(), contact, add, remove)?;
        let mut set: Vec<TagId> =
            current.iter().filter(|id| !remove.contains(id)).cloned().collect();
        for id in add {
            if !set.contains(id) {
                set.push(id.clone());
            }
        }
        if set == current {
            // Nothing changes; and a caller who knows of no tag must not take all of them off.
            return Ok(());
        }
        if set.is_empty() {
            let why = "no tag would be left; to take off all, replace with no tags";
            return Err(Error::invalid_argument(why).with_context(self.platform(), "assign"));
        }
        self.replace(contact, &set).await
    }

    /// The tags, without their groups.
    ///
    /// # Errors
    /// As [`TagProvider::fetch_tag_page`].
    async fn all_tags(&self) -> Result<Vec<Tag>> {
        Ok(self.tag_tree(TagQuery::all()).await?.all_tags().cloned().collect())
    }
}

impl<P: TagProvider + ?Sized> TagProviderExt for P {}

/// Conveniences for every [`LeadsProvider`], also behind `dyn`.
pub trait LeadsProviderExt: LeadsProvider {
    /// The pages of leads. `.items()` gives the leads.
    fn lead_pages(&self, query: LeadQuery) -> Pages<'_, Lead> {
        self.lead_pages_from(query, None)
    }

    /// The pages of leads from a cursor on.
    fn lead_pages_from(&self, query: LeadQuery, start: Option<Cursor>) -> Pages<'_, Lead> {
        Pages::new(start, move |cursor| {
            let query = query.clone();
            Box::pin(async move { self.fetch_lead_page(&query, cursor.as_ref()).await })
        })
    }

    /// The pages of the interactions of a lead.
    fn interaction_pages(&self, id: LeadId) -> Pages<'_, Interaction> {
        Pages::new(None, move |cursor| {
            let id = id.clone();
            Box::pin(async move { self.fetch_interaction_page(&id, cursor.as_ref()).await })
        })
    }
}

impl<P: LeadsProvider + ?Sized> LeadsProviderExt for P {}
