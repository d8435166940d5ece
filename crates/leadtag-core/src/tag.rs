//! Tags, tag groups, and what can be asked of them.

use serde::{Deserialize, Serialize};

use crate::{GroupId, TagId, Timestamp};

/// A tag (标签).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Tag {
    /// The platform's id.
    pub id: TagId,
    /// The name people see.
    pub name: String,
    /// The group the tag stands in; `None` where there are no groups.
    pub group: Option<GroupId>,
    /// The platform's sort value; which end comes first differs between platforms.
    pub order: Option<i64>,
    /// Whether the tag was deleted; `None` where the platform does not tell.
    pub deleted: Option<bool>,
    /// How many contacts carry the tag, where the platform tells.
    pub contact_count: Option<u64>,
    /// When it was created, where the platform tells.
    pub created_at: Option<Timestamp>,
}

impl Tag {
    /// A tag of which nothing but id and name is known.
    pub fn new(id: impl Into<TagId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            group: None,
            order: None,
            deleted: None,
            contact_count: None,
            created_at: None,
        }
    }

    /// Sets the group.
    #[must_use]
    pub fn with_group(mut self, group: impl Into<GroupId>) -> Self {
        self.group = Some(group.into());
        self
    }
}

/// A tag group (标签组) with its tags.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TagGroup {
    /// The platform's id.
    pub id: GroupId,
    /// The name people see.
    pub name: String,
    /// The platform's sort value.
    pub order: Option<i64>,
    /// Whether the group was deleted; `None` where the platform does not tell.
    pub deleted: Option<bool>,
    /// When it was created, where the platform tells.
    pub created_at: Option<Timestamp>,
    /// Its tags, in the platform's order.
    pub tags: Vec<Tag>,
}

impl TagGroup {
    /// A group without tags.
    pub fn new(id: impl Into<GroupId>, name: impl Into<String>) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            order: None,
            deleted: None,
            created_at: None,
            tags: Vec::new(),
        }
    }
}

/// One item of a list of tags: a group with its tags, or a tag that stands in no group.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TagNode {
    /// A group with its tags. It may be empty.
    Group(TagGroup),
    /// A tag without a group.
    Tag(Tag),
}

/// All groups and tags of a provider.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TagTree {
    /// The groups with their tags.
    pub groups: Vec<TagGroup>,
    /// The tags without a group.
    pub tags: Vec<Tag>,
}

impl TagTree {
    /// Takes one listed item in.
    pub fn push(&mut self, node: TagNode) {
        match node {
            TagNode::Group(group) => self.groups.push(group),
            TagNode::Tag(tag) => self.tags.push(tag),
        }
    }

    /// Every tag, in groups and without.
    pub fn all_tags(&self) -> impl Iterator<Item = &Tag> {
        self.groups.iter().flat_map(|group| &group.tags).chain(&self.tags)
    }

    /// The group of that name.
    #[must_use]
    pub fn group(&self, name: &str) -> Option<&TagGroup> {
        self.groups.iter().find(|group| group.name == name)
    }
}

impl FromIterator<TagNode> for TagTree {
    fn from_iter<I: IntoIterator<Item = TagNode>>(nodes: I) -> Self {
        let mut tree = Self::default();
        nodes.into_iter().for_each(|node| tree.push(node));
        tree
    }
}

/// Which tags to list.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TagQuery {
    /// Only these groups, or all.
    pub filter: TagFilter,
    /// List deleted tags and groups too. Default: no.
    pub include_deleted: bool,
    /// Items per page, where the platform has pages. Default: the platform's own.
    pub page_size: Option<u32>,
}

/// Which part of the tags to list. One filter at a time: no platform combines them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum TagFilter {
    /// All of them.
    #[default]
    All,
    /// These groups, with their tags.
    Groups(Vec<GroupId>),
    /// These tags, in their groups.
    Tags(Vec<TagId>),
}

impl TagQuery {
    /// All groups and tags.
    #[must_use]
    pub fn all() -> Self {
        Self::default()
    }

    /// Only these groups.
    #[must_use]
    pub fn groups(ids: impl IntoIterator<Item = impl Into<GroupId>>) -> Self {
        let filter = TagFilter::Groups(ids.into_iter().map(Into::into).collect());
        Self { filter, ..Self::default() }
    }

    /// Only these tags.
    #[must_use]
    pub fn tags(ids: impl IntoIterator<Item = impl Into<TagId>>) -> Self {
        let filter = TagFilter::Tags(ids.into_iter().map(Into::into).collect());
        Self { filter, ..Self::default() }
    }

    /// Lists deleted tags and groups too.
    #[must_use]
    pub fn with_deleted(mut self) -> Self {
        self.include_deleted = true;
        self
    }

    /// Sets the items per page.
    #[must_use]
    pub fn with_page_size(mut self, size: u32) -> Self {
        self.page_size = Some(size);
        self
    }
}

/// A tag to create.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct NewTag {
    /// Its name.
    pub name: String,
    /// Its sort value; `None` leaves it to the platform.
    pub order: Option<i64>,
}

impl NewTag {
    /// A tag of that name.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), order: None }
    }

    /// Sets the sort value.
    #[must_use]
    pub fn with_order(mut self, order: i64) -> Self {
        self.order = Some(order);
        self
    }
}

impl<S: Into<String>> From<S> for NewTag {
    fn from(name: S) -> Self {
        Self::new(name)
    }
}

/// Where new tags go.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum GroupTarget {
    /// No group: flat platforms.
    None,
    /// An existing group.
    Existing(GroupId),
    /// A group of this name, made if there is none.
    New {
        /// Its name.
        name: String,
        /// Its sort value; `None` leaves it to the platform.
        order: Option<i64>,
    },
}

/// Tags to create together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreateTags {
    /// Where they go.
    pub group: GroupTarget,
    /// What they are. Names that stand here twice are created once.
    pub tags: Vec<NewTag>,
}

impl CreateTags {
    /// Tags without a group.
    pub fn flat(tags: impl IntoIterator<Item = impl Into<NewTag>>) -> Self {
        Self::at(GroupTarget::None, tags)
    }

    /// Tags in an existing group.
    pub fn in_group(
        group: impl Into<GroupId>,
        tags: impl IntoIterator<Item = impl Into<NewTag>>,
    ) -> Self {
        Self::at(GroupTarget::Existing(group.into()), tags)
    }

    /// Tags in a group of that name, which is made if there is none.
    pub fn in_new_group(
        name: impl Into<String>,
        tags: impl IntoIterator<Item = impl Into<NewTag>>,
    ) -> Self {
        Self::at(GroupTarget::New { name: name.into(), order: None }, tags)
    }

    /// Sets the sort value of a new group; without effect for other targets.
    #[must_use]
    pub fn with_group_order(mut self, value: i64) -> Self {
        if let GroupTarget::New { order, .. } = &mut self.group {
            *order = Some(value);
        }
        self
    }

    fn at(group: GroupTarget, tags: impl IntoIterator<Item = impl Into<NewTag>>) -> Self {
        Self { group, tags: tags.into_iter().map(Into::into).collect() }
    }
}

/// What was created: the group, if there is one, and the tags in the order they were asked for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct CreatedTags {
    /// The group the tags stand in, without its tags.
    pub group: Option<TagGroup>,
    /// The tags, with their ids.
    pub tags: Vec<Tag>,
    /// Which of the tags were there before, where a name that is taken is no error.
    #[serde(default)]
    pub existing: Vec<TagId>,
}

impl CreatedTags {
    /// Puts a result together, of which nothing was there before.
    #[must_use]
    pub fn new(group: Option<TagGroup>, tags: Vec<Tag>) -> Self {
        Self { group, tags, existing: Vec::new() }
    }

    /// Sets which of the tags were there before.
    #[must_use]
    pub fn with_existing(mut self, ids: Vec<TagId>) -> Self {
        self.existing = ids;
        self
    }
}

/// A change to a tag or a group. Only what is given is sent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct TagChange {
    /// The new name.
    pub name: Option<String>,
    /// The new sort value. Zero is a value.
    pub order: Option<i64>,
}

impl TagChange {
    /// A new name.
    pub fn rename(name: impl Into<String>) -> Self {
        Self { name: Some(name.into()), order: None }
    }

    /// A new sort value.
    #[must_use]
    pub fn reorder(order: i64) -> Self {
        Self { name: None, order: Some(order) }
    }

    /// Sets the sort value too.
    #[must_use]
    pub fn with_order(mut self, order: i64) -> Self {
        self.order = Some(order);
        self
    }
}
