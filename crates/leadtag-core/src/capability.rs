//! What a provider can do, as data.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::tag::{CreateTags, GroupTarget, TagChange, TagQuery};
use crate::{ContactRef, Error, ErrorKind, LeadQuery, Platform, Result, TagId};

/// How a provider writes the tags of one contact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum WriteSemantics {
    /// The tags of a contact cannot be written.
    #[default]
    None,
    /// One call adds some tags and removes others.
    Delta,
    /// One call replaces the whole set.
    Replace,
    /// One call adds or removes one tag.
    OneByOne,
}

impl WriteSemantics {
    /// The word used in tables and configuration.
    #[must_use]
    pub const fn as_str(&self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Delta => "delta",
            Self::Replace => "replace",
            Self::OneByOne => "one-by-one",
        }
    }
}

/// What a [`TagProvider`](crate::TagProvider) can do. Limits are `None` where the platform
/// documents none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct TagCapabilities {
    /// Tag groups and tags can be listed.
    pub list: bool,
    /// Tags stand in groups. Otherwise the platform is flat and no group is ever invented.
    pub groups: bool,
    /// A group can exist without a tag.
    pub empty_groups: bool,
    /// Tags and groups have an order that can be written.
    pub order: bool,
    /// Tags can be created.
    pub create: bool,
    /// Tags and, where there are any, groups can be renamed.
    pub rename: bool,
    /// Tags can be deleted.
    pub delete_tags: bool,
    /// Groups can be deleted, with their tags.
    pub delete_groups: bool,
    /// Deleted tags can be listed.
    pub deleted_visible: bool,
    /// A listed tag tells how many contacts carry it.
    pub contact_count: bool,
    /// The tags of a contact can be read.
    pub contact_tags: bool,
    /// The contacts of a tag can be listed.
    pub tag_contacts: bool,
    /// [`ContactRef::owner`] is required.
    pub needs_owner: bool,
    /// How the tags of a contact are written.
    pub write_semantics: WriteSemantics,
    /// Tags that can exist in all.
    pub max_tags: Option<u32>,
    /// Tags that one contact can carry.
    pub max_tags_per_contact: Option<u32>,
    /// Characters (Unicode code points) of a tag's or group's name.
    pub max_name_chars: Option<u32>,
    /// Items of one page.
    pub max_page_size: Option<u32>,
}

impl TagCapabilities {
    /// A provider that can do nothing: the place to start from.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Whether the tags of a contact can be set to a given set.
    #[must_use]
    pub fn can_replace(&self) -> bool {
        match self.write_semantics {
            WriteSemantics::None => false,
            WriteSemantics::Replace => true,
            WriteSemantics::Delta | WriteSemantics::OneByOne => self.contact_tags,
        }
    }

    /// Whether tags of a contact can be added and removed without knowing the others.
    #[must_use]
    pub fn can_assign(&self) -> bool {
        match self.write_semantics {
            WriteSemantics::None => false,
            WriteSemantics::Replace => self.contact_tags,
            WriteSemantics::Delta | WriteSemantics::OneByOne => true,
        }
    }

    /// Every capability with its value as text, in a fixed order: the rows of the matrix.
    #[must_use]
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        vec![
            ("list tags", yes(self.list)),
            ("tag groups", yes(self.groups)),
            ("empty groups", yes(self.empty_groups)),
            ("order", yes(self.order)),
            ("create tags", yes(self.create)),
            ("rename", yes(self.rename)),
            ("delete tags", yes(self.delete_tags)),
            ("delete groups", yes(self.delete_groups)),
            ("deleted tags visible", yes(self.deleted_visible)),
            ("contact count per tag", yes(self.contact_count)),
            ("read a contact's tags", yes(self.contact_tags)),
            ("list a tag's contacts", yes(self.tag_contacts)),
            ("contact needs an owner", yes(self.needs_owner)),
            ("assign tags", yes(self.can_assign())),
            ("replace tags", yes(self.can_replace())),
            ("write semantics", self.write_semantics.as_str().to_owned()),
            ("max tags", limit(self.max_tags)),
            ("max tags per contact", limit(self.max_tags_per_contact)),
            ("max characters of a name", limit(self.max_name_chars)),
            ("max page size", limit(self.max_page_size)),
        ]
    }

    /// Refuses what this provider cannot list.
    ///
    /// # Errors
    /// `Unsupported` without the capability.
    pub fn check_list(&self, platform: Platform, query: &TagQuery) -> Result<()> {
        require(self.list, platform, "list_tags", "tags cannot be listed")?;
        if query.include_deleted && !self.deleted_visible {
            return Err(Error::unsupported(platform, "list_tags", "deleted tags are not visible"));
        }
        Ok(())
    }

    /// Refuses what this provider cannot create.
    ///
    /// # Errors
    /// `Unsupported` without the capability, `InvalidArgument` beyond a documented limit.
    pub fn check_create(&self, platform: Platform, request: &CreateTags) -> Result<()> {
        const OPERATION: &str = "create_tags";
        require(self.create, platform, OPERATION, "tags cannot be created")?;
        let grouped = !matches!(request.group, GroupTarget::None);
        if grouped && !self.groups {
            return Err(Error::unsupported(platform, OPERATION, "there are no tag groups"));
        }
        if !grouped && self.groups {
            return Err(invalid(
                platform,
                OPERATION,
                "a tag needs a group: name one or give its id",
            ));
        }
        if request.tags.is_empty() && !(self.empty_groups && grouped) {
            return Err(invalid(platform, OPERATION, "no tag to create"));
        }
        let names = request.tags.iter().map(|tag| tag.name.as_str()).collect::<BTreeSet<_>>();
        if let Some(max) = self.max_tags.filter(|max| names.len() > *max as usize) {
            let why = format!("{} tags, but at most {max} can exist", names.len());
            return Err(invalid(platform, OPERATION, &why));
        }
        if let GroupTarget::New { name, order } = &request.group {
            self.check_name(platform, OPERATION, name)?;
            self.check_order(platform, OPERATION, *order)?;
        }
        for tag in &request.tags {
            self.check_name(platform, OPERATION, &tag.name)?;
            self.check_order(platform, OPERATION, tag.order)?;
        }
        Ok(())
    }

    /// Refuses a change that this provider cannot make.
    ///
    /// # Errors
    /// `Unsupported` without the capability, `InvalidArgument` for an empty change or one beyond a
    /// documented limit.
    pub fn check_change(&self, platform: Platform, change: &TagChange) -> Result<()> {
        const OPERATION: &str = "update";
        if change.name.is_none() && change.order.is_none() {
            return Err(invalid(platform, OPERATION, "nothing to change: give a name or an order"));
        }
        if let Some(name) = &change.name {
            require(self.rename, platform, OPERATION, "tags cannot be renamed")?;
            self.check_name(platform, OPERATION, name)?;
        }
        self.check_order(platform, OPERATION, change.order)
    }

    /// As [`check_change`](Self::check_change), for a group.
    ///
    /// # Errors
    /// As there, and `Unsupported` without groups.
    pub fn check_group_change(&self, platform: Platform, change: &TagChange) -> Result<()> {
        require(self.groups, platform, "update", "there are no tag groups")?;
        self.check_change(platform, change)
    }

    /// Refuses to list the contacts of a tag where that is not possible.
    ///
    /// # Errors
    /// `Unsupported` without the capability.
    pub fn check_tag_contacts(&self, platform: Platform) -> Result<()> {
        let what = "the contacts of a tag cannot be listed";
        require(self.tag_contacts, platform, "list_tag_contacts", what)
    }

    /// Refuses an assignment that this provider cannot make.
    ///
    /// # Errors
    /// `Unsupported` without the capability, `InvalidArgument` for a missing owner, an empty
    /// change, or a tag that is both added and removed.
    pub fn check_assign(
        &self,
        platform: Platform,
        contact: &ContactRef,
        add: &[TagId],
        remove: &[TagId],
    ) -> Result<()> {
        const OPERATION: &str = "assign";
        if !self.can_assign() {
            let message = match self.write_semantics {
                WriteSemantics::Replace => {
                    "a write replaces the whole set and the current one cannot be read; use replace"
                }
                _ => "the tags of a contact cannot be written",
            };
            return Err(Error::unsupported(platform, OPERATION, message));
        }
        self.check_contact(platform, OPERATION, contact)?;
        if add.is_empty() && remove.is_empty() {
            return Err(invalid(platform, OPERATION, "no tag to add or remove"));
        }
        if let Some(both) = add.iter().find(|id| remove.contains(id)) {
            return Err(invalid(
                platform,
                OPERATION,
                &format!("tag {both} is both added and removed; name it in one list only"),
            ));
        }
        self.check_count(platform, OPERATION, add)
    }

    /// Refuses a replacement that this provider cannot make.
    ///
    /// # Errors
    /// As [`check_assign`](Self::check_assign).
    pub fn check_replace(
        &self,
        platform: Platform,
        contact: &ContactRef,
        set: &[TagId],
    ) -> Result<()> {
        const OPERATION: &str = "replace";
        require(
            self.can_replace(),
            platform,
            OPERATION,
            "the tags of a contact cannot be replaced",
        )?;
        self.check_contact(platform, OPERATION, contact)?;
        self.check_count(platform, OPERATION, set)
    }

    /// Refuses to read the tags of a contact where that is not possible.
    ///
    /// # Errors
    /// `Unsupported` without the capability, `InvalidArgument` for a missing owner.
    pub fn check_contact_tags(&self, platform: Platform, contact: &ContactRef) -> Result<()> {
        const OPERATION: &str = "contact_tags";
        require(self.contact_tags, platform, OPERATION, "the tags of a contact cannot be read")?;
        self.check_contact(platform, OPERATION, contact)
    }

    /// Refuses a deletion without the capability, and an empty one.
    ///
    /// # Errors
    /// `Unsupported` or `InvalidArgument`.
    pub fn check_delete<I>(&self, platform: Platform, ids: &[I], groups: bool) -> Result<()> {
        const OPERATION: &str = "delete";
        let (can, what) = if groups {
            (self.delete_groups, "tag groups cannot be deleted")
        } else {
            (self.delete_tags, "tags cannot be deleted")
        };
        require(can, platform, OPERATION, what)?;
        if ids.is_empty() {
            return Err(invalid(platform, OPERATION, "no id to delete"));
        }
        Ok(())
    }

    fn check_contact(
        &self,
        platform: Platform,
        operation: &str,
        contact: &ContactRef,
    ) -> Result<()> {
        if contact.id.is_empty() {
            return Err(invalid(platform, operation, "the contact has no id"));
        }
        if self.needs_owner && contact.owner.as_deref().is_none_or(str::is_empty) {
            return Err(invalid(
                platform,
                operation,
                "a contact belongs to a member account here: give its owner",
            ));
        }
        Ok(())
    }

    /// Refuses more different tags than a contact can carry.
    fn check_count(&self, platform: Platform, operation: &str, ids: &[TagId]) -> Result<()> {
        let count = ids.iter().collect::<BTreeSet<_>>().len();
        match self.max_tags_per_contact {
            Some(max) if count > max as usize => Err(invalid(
                platform,
                operation,
                &format!("{count} tags, but a contact carries at most {max}"),
            )),
            _ => Ok(()),
        }
    }

    fn check_name(&self, platform: Platform, operation: &str, name: &str) -> Result<()> {
        if name.trim().is_empty() {
            return Err(invalid(platform, operation, "a name is empty"));
        }
        let chars = name.chars().count();
        match self.max_name_chars {
            Some(max) if chars > max as usize => Err(invalid(
                platform,
                operation,
                &format!("the name {name:?} has {chars} characters; at most {max} are allowed"),
            )),
            _ => Ok(()),
        }
    }

    fn check_order(&self, platform: Platform, operation: &str, order: Option<i64>) -> Result<()> {
        require(self.order || order.is_none(), platform, operation, "tags have no order")
    }
}

/// What a [`LeadsProvider`](crate::LeadsProvider) can do. Limits are `None` where the platform
/// documents none.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct LeadCapabilities {
    /// Leads can be listed.
    pub list: bool,
    /// One lead can be read by its id.
    pub get: bool,
    /// The interactions of a lead can be listed.
    pub interactions: bool,
    /// A list can be narrowed to a span of time.
    pub filter_by_time: bool,
    /// A list can be narrowed to a group of leads.
    pub filter_by_group: bool,
    /// A list can be narrowed to a level.
    pub filter_by_level: bool,
    /// A list can be narrowed to a kind of lead.
    pub filter_by_kind: bool,
    /// A list goes by the time that it can be narrowed by, oldest first, which is that of
    /// [`Lead::created_at`](crate::Lead::created_at) where leads have one.
    pub oldest_first: bool,
    /// A page tells how many leads there are in all.
    pub total: bool,
    /// Items of one page.
    pub max_page_size: Option<u32>,
}

impl LeadCapabilities {
    /// A provider that can do nothing: the place to start from.
    #[must_use]
    pub fn none() -> Self {
        Self::default()
    }

    /// Refuses a list that this provider cannot give: a filter that it lacks is never ignored.
    ///
    /// # Errors
    /// `Unsupported` without the capability, `InvalidArgument` for an empty span of time.
    pub fn check_query(&self, platform: Platform, query: &LeadQuery) -> Result<()> {
        const OPERATION: &str = "list_leads";
        require(self.list, platform, OPERATION, "leads cannot be listed")?;
        let by_time = query.since.is_some() || query.until.is_some();
        for (asked, can, what) in [
            (by_time, self.filter_by_time, "leads cannot be filtered by time"),
            (query.group.is_some(), self.filter_by_group, "leads cannot be filtered by group"),
            (query.level.is_some(), self.filter_by_level, "leads cannot be filtered by level"),
            (query.kind.is_some(), self.filter_by_kind, "leads cannot be filtered by kind"),
        ] {
            require(can || !asked, platform, OPERATION, what)?;
        }
        match (query.since, query.until) {
            (Some(since), Some(until)) if since >= until => {
                Err(invalid(platform, OPERATION, "since must be before until"))
            }
            _ => Ok(()),
        }
    }

    /// Refuses to read one lead where that is not possible.
    ///
    /// # Errors
    /// `Unsupported` without the capability.
    pub fn check_get(&self, platform: Platform) -> Result<()> {
        require(self.get, platform, "get_lead", "a single lead cannot be read")
    }

    /// Refuses to list interactions where that is not possible.
    ///
    /// # Errors
    /// `Unsupported` without the capability.
    pub fn check_interactions(&self, platform: Platform) -> Result<()> {
        let what = "the interactions of a lead cannot be listed";
        require(self.interactions, platform, "list_interactions", what)
    }

    /// Every capability with its value as text, in a fixed order: the rows of the matrix.
    #[must_use]
    pub fn rows(&self) -> Vec<(&'static str, String)> {
        vec![
            ("list leads", yes(self.list)),
            ("get a lead", yes(self.get)),
            ("interactions of a lead", yes(self.interactions)),
            ("filter leads by time", yes(self.filter_by_time)),
            ("filter leads by group", yes(self.filter_by_group)),
            ("filter leads by level", yes(self.filter_by_level)),
            ("filter leads by kind", yes(self.filter_by_kind)),
            ("leads oldest first", yes(self.oldest_first)),
            ("total number of leads", yes(self.total)),
            ("max leads per page", limit(self.max_page_size)),
        ]
    }
}

fn yes(value: bool) -> String {
    if value { "yes" } else { "no" }.to_owned()
}

fn limit(value: Option<u32>) -> String {
    value.map_or_else(|| "none known".to_owned(), |limit| limit.to_string())
}

fn require(can: bool, platform: Platform, operation: &str, message: &str) -> Result<()> {
    if can { Ok(()) } else { Err(Error::unsupported(platform, operation, message)) }
}

fn invalid(platform: Platform, operation: &str, message: &str) -> Error {
    Error::new(ErrorKind::InvalidArgument, message).with_context(platform, operation)
}
