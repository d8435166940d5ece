//! The two traits that every platform crate implements.

use std::sync::Arc;

use async_trait::async_trait;

use crate::{
    ContactRef, CreateTags, CreatedTags, Cursor, GroupId, Interaction, Lead, LeadCapabilities,
    LeadId, LeadQuery, Page, Platform, Result, Tag, TagCapabilities, TagChange, TagId, TagNode,
    TagQuery,
};

/// Customer tags of one account on one platform.
///
/// What a provider can do is told by [`tag_capabilities`](Self::tag_capabilities). An operation
/// it lacks returns [`Unsupported`](crate::ErrorKind::Unsupported), an argument beyond a
/// documented limit [`InvalidArgument`](crate::ErrorKind::InvalidArgument), both before anything
/// is sent. Streams and other conveniences are in [`TagProviderExt`](crate::TagProviderExt).
#[async_trait]
pub trait TagProvider: Send + Sync {
    /// The platform.
    fn platform(&self) -> Platform;

    /// What this provider can do.
    fn tag_capabilities(&self) -> TagCapabilities;

    /// One page of the groups and tags that `query` asks for; the first one without a cursor.
    /// An empty group is listed; a flat platform invents no group.
    ///
    /// # Errors
    /// `InvalidArgument` for a cursor of another platform or query, or as the platform answers.
    async fn fetch_tag_page(
        &self,
        query: &TagQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<TagNode>>;

    /// Creates tags and returns them with their ids, in the order asked for. A create whose reply
    /// was lost is looked up before it is sent again.
    ///
    /// # Errors
    /// `AlreadyExists` if the platform refuses a name that is taken, or as the platform answers.
    async fn create_tags(&self, request: &CreateTags) -> Result<CreatedTags>;

    /// Changes a tag. Only what is given is sent.
    ///
    /// # Errors
    /// `AlreadyExists` if another tag has that name, or as the platform answers.
    async fn update_tag(&self, id: &TagId, change: &TagChange) -> Result<()>;

    /// Changes a group. Only what is given is sent.
    ///
    /// # Errors
    /// `AlreadyExists` if another group has that name, or as the platform answers.
    async fn update_group(&self, id: &GroupId, change: &TagChange) -> Result<()>;

    /// Deletes tags. On some platforms a group vanishes with its last tag.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty list, or as the platform answers.
    async fn delete_tags(&self, ids: &[TagId]) -> Result<()>;

    /// Deletes groups with their tags.
    ///
    /// # Errors
    /// `InvalidArgument` for an empty list, or as the platform answers.
    async fn delete_groups(&self, ids: &[GroupId]) -> Result<()>;

    /// Adds tags to a contact and removes others; all other tags of the contact stay.
    ///
    /// # Errors
    /// `Unsupported` where a write replaces the whole set and the current one cannot be read;
    /// `InvalidArgument` if both lists are empty or share a tag; or as the platform answers.
    async fn assign(&self, contact: &ContactRef, add: &[TagId], remove: &[TagId]) -> Result<()>;

    /// Makes `set` the tags of a contact. An empty set removes all.
    ///
    /// Where the platform has no such call, the current tags are read and the difference is
    /// written; another writer in between can then get in the way.
    ///
    /// # Errors
    /// As the platform answers.
    async fn replace(&self, contact: &ContactRef, set: &[TagId]) -> Result<()>;

    /// The tags of a contact.
    ///
    /// # Errors
    /// `NotFound` if there is no such contact of that owner, or as the platform answers.
    async fn contact_tags(&self, contact: &ContactRef) -> Result<Vec<Tag>>;

    /// One page of the contacts that carry a tag; the first one without a cursor.
    ///
    /// # Errors
    /// `InvalidArgument` for a cursor of another platform or tag, or as the platform answers.
    async fn fetch_tag_contact_page(
        &self,
        tag: &TagId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<ContactRef>>;
}

/// Leads of one account on one platform.
///
/// What a provider can do is told by [`lead_capabilities`](Self::lead_capabilities). An operation
/// or a filter it lacks returns [`Unsupported`](crate::ErrorKind::Unsupported) before anything is
/// sent. Streams are in [`LeadsProviderExt`](crate::LeadsProviderExt).
///
/// A provider of leads that stand in a list, two on a page:
///
/// ```
/// use std::collections::BTreeMap;
///
/// use leadtag_core::{
///     Cursor, Error, ErrorKind, Interaction, Lead, LeadCapabilities, LeadId, LeadQuery,
///     LeadsProvider, Page, Platform, RawJson, Result, async_trait,
/// };
///
/// const LIST: Platform = Platform::new("list");
///
/// struct List(Vec<String>);
///
/// impl List {
///     fn lead(name: &str) -> Result<Lead> {
///         let raw = RawJson::of(&BTreeMap::from([("name", name)])).map_err(|error| {
///             Error::new(ErrorKind::Decode, "a name has no JSON").with_source(error)
///         })?;
///         let mut lead = Lead::new(LIST, name, raw);
///         lead.name = Some(name.into());
///         Ok(lead)
///     }
/// }
///
/// #[async_trait]
/// impl LeadsProvider for List {
///     fn platform(&self) -> Platform {
///         LIST
///     }
///
///     fn lead_capabilities(&self) -> LeadCapabilities {
///         let mut can = LeadCapabilities::none();
///         (can.list, can.total) = (true, true);
///         can
///     }
///
///     async fn fetch_lead_page(
///         &self,
///         query: &LeadQuery,
///         cursor: Option<&Cursor>,
///     ) -> Result<Page<Lead>> {
///         self.lead_capabilities().check_query(LIST, query)?;
///         let read = |cursor: &Cursor| cursor.position(LIST, query)?.parse().map_err(|_| {
///             Error::invalid_argument("this is not a cursor of the list")
///         });
///         let at: usize = cursor.map(read).transpose()?.unwrap_or(0);
///         let names = self.0.iter().skip(at).take(2);
///         let leads = names.map(|name| Self::lead(name)).collect::<Result<_>>()?;
///         let next = (at + 2 < self.0.len()).then(|| Cursor::new(LIST, query, (at + 2).to_string()));
///         Ok(Page::new(leads, next).with_total(Some(self.0.len() as u64)))
///     }
///
///     async fn get_lead(&self, _: &LeadId) -> Result<Lead> {
///         Err(Error::unsupported(LIST, "get_lead", "leads are listed only"))
///     }
///
///     async fn fetch_interaction_page(
///         &self,
///         _: &LeadId,
///         _: Option<&Cursor>,
///     ) -> Result<Page<Interaction>> {
///         Err(Error::unsupported(LIST, "list_interactions", "nobody knows what they did"))
///     }
/// }
/// ```
#[async_trait]
pub trait LeadsProvider: Send + Sync {
    /// The platform.
    fn platform(&self) -> Platform;

    /// What this provider can do.
    fn lead_capabilities(&self) -> LeadCapabilities;

    /// One page of the leads that `query` asks for; the first one without a cursor.
    ///
    /// # Errors
    /// `InvalidArgument` for a cursor of another platform or query, or as the platform answers.
    async fn fetch_lead_page(
        &self,
        query: &LeadQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Lead>>;

    /// One lead.
    ///
    /// # Errors
    /// `NotFound` where the platform tells, or as the platform answers.
    async fn get_lead(&self, id: &LeadId) -> Result<Lead>;

    /// One page of the interactions of a lead; the first one without a cursor.
    ///
    /// # Errors
    /// `InvalidArgument` for a cursor of another platform or lead, or as the platform answers.
    async fn fetch_interaction_page(
        &self,
        id: &LeadId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Interaction>>;
}

macro_rules! forward_tag_provider {
    ($($pointer:ty),+) => {$(
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: TagProvider + ?Sized> TagProvider for $pointer {
            fn platform(&self) -> Platform {
                (**self).platform()
            }
            fn tag_capabilities(&self) -> TagCapabilities {
                (**self).tag_capabilities()
            }
            async fn fetch_tag_page(
                &self,
                query: &TagQuery,
                cursor: Option<&Cursor>,
            ) -> Result<Page<TagNode>> {
                (**self).fetch_tag_page(query, cursor).await
            }
            async fn create_tags(&self, request: &CreateTags) -> Result<CreatedTags> {
                (**self).create_tags(request).await
            }
            async fn update_tag(&self, id: &TagId, change: &TagChange) -> Result<()> {
                (**self).update_tag(id, change).await
            }
            async fn update_group(&self, id: &GroupId, change: &TagChange) -> Result<()> {
                (**self).update_group(id, change).await
            }
            async fn delete_tags(&self, ids: &[TagId]) -> Result<()> {
                (**self).delete_tags(ids).await
            }
            async fn delete_groups(&self, ids: &[GroupId]) -> Result<()> {
                (**self).delete_groups(ids).await
            }
            async fn assign(
                &self,
                contact: &ContactRef,
                add: &[TagId],
                remove: &[TagId],
            ) -> Result<()> {
                (**self).assign(contact, add, remove).await
            }
            async fn replace(&self, contact: &ContactRef, set: &[TagId]) -> Result<()> {
                (**self).replace(contact, set).await
            }
            async fn contact_tags(&self, contact: &ContactRef) -> Result<Vec<Tag>> {
                (**self).contact_tags(contact).await
            }
            async fn fetch_tag_contact_page(
                &self,
                tag: &TagId,
                cursor: Option<&Cursor>,
            ) -> Result<Page<ContactRef>> {
                (**self).fetch_tag_contact_page(tag, cursor).await
            }
        }
    )+};
}

macro_rules! forward_leads_provider {
    ($($pointer:ty),+) => {$(
        #[async_trait]
        #[deny(clippy::missing_trait_methods)]
        impl<T: LeadsProvider + ?Sized> LeadsProvider for $pointer {
            fn platform(&self) -> Platform {
                (**self).platform()
            }
            fn lead_capabilities(&self) -> LeadCapabilities {
                (**self).lead_capabilities()
            }
            async fn fetch_lead_page(
                &self,
                query: &LeadQuery,
                cursor: Option<&Cursor>,
            ) -> Result<Page<Lead>> {
                (**self).fetch_lead_page(query, cursor).await
            }
            async fn get_lead(&self, id: &LeadId) -> Result<Lead> {
                (**self).get_lead(id).await
            }
            async fn fetch_interaction_page(
                &self,
                id: &LeadId,
                cursor: Option<&Cursor>,
            ) -> Result<Page<Interaction>> {
                (**self).fetch_interaction_page(id, cursor).await
            }
        }
    )+};
}

forward_tag_provider!(&T, Box<T>, Arc<T>);
forward_leads_provider!(&T, Box<T>, Arc<T>);
