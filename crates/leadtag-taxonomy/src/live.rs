//! What a provider has now.

use std::collections::{HashMap, HashSet};

use futures_util::TryStreamExt;
use leadtag_core::{
    GroupId, TagCapabilities, TagGroup, TagId, TagNode, TagProvider, TagProviderExt, TagQuery,
};

use crate::hash;

/// What a provider has now, deleted things left out, in the platform's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Live {
    /// The groups.
    pub groups: Vec<LiveGroup>,
    /// The tags, in groups and without.
    pub tags: Vec<LiveTag>,
}

/// A group that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveGroup {
    /// Its id.
    pub id: GroupId,
    /// Its name.
    pub name: String,
    /// Its sort value, where the platform has one that can be written.
    pub order: Option<i64>,
}

/// A tag that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct LiveTag {
    /// Its id.
    pub id: TagId,
    /// Its group, as an index into [`Live::groups`]; `None` where it stands in none.
    pub group: Option<usize>,
    /// Its name.
    pub name: String,
    /// Its sort value, where the platform has one that can be written.
    pub order: Option<i64>,
    /// How many contacts carry it, where the list tells.
    pub contacts: Option<u64>,
}

impl Live {
    /// Lists all groups and tags of `provider`. What comes twice, because the list moved while it
    /// was read, counts once.
    ///
    /// # Errors
    /// As the platform answers.
    pub async fn fetch(provider: &dyn TagProvider) -> leadtag_core::Result<Self> {
        let can = provider.tag_capabilities();
        let mut query = TagQuery::all();
        query.page_size = can.max_page_size;
        let nodes: Vec<TagNode> = provider.tag_pages(query).items().try_collect().await?;
        Ok(Self::of(nodes, &can))
    }

    /// The groups and tags of a list.
    #[must_use]
    pub fn of(nodes: impl IntoIterator<Item = TagNode>, can: &TagCapabilities) -> Self {
        let mut live = Self::default();
        let mut groups: HashMap<GroupId, usize> = HashMap::new();
        let mut tags = HashSet::new();
        let order = |order: Option<i64>| order.filter(|_| can.order);
        for node in nodes {
            let (group, listed) = match node {
                TagNode::Group(group) if group.deleted == Some(true) => continue,
                TagNode::Group(TagGroup { id, name, order: at, tags, .. }) => {
                    let group = *groups.entry(id).or_insert_with_key(|id| {
                        live.groups.push(LiveGroup { id: id.clone(), name, order: order(at) });
                        live.groups.len() - 1
                    });
                    (Some(group), tags)
                }
                TagNode::Tag(tag) => (None, vec![tag]),
                _ => continue,
            };
            for tag in listed {
                if tag.deleted != Some(true) && tags.insert(tag.id.clone()) {
                    live.tags.push(LiveTag {
                        id: tag.id,
                        group,
                        name: tag.name,
                        order: order(tag.order),
                        contacts: tag.contact_count,
                    });
                }
            }
        }
        live
    }

    /// The group of one of its tags.
    #[must_use]
    pub fn group_of(&self, tag: &LiveTag) -> Option<&LiveGroup> {
        self.groups.get(tag.group?)
    }

    /// What it looks like, as `sha256:…`: equal if and only if groups, tags, names and writable
    /// sort values are. How many contacts a tag has does not count.
    #[must_use]
    pub fn fingerprint(&self) -> String {
        let number = |order: Option<i64>| order.map_or_else(String::new, |n| n.to_string());
        let mut groups: Vec<_> = self.groups.iter().collect();
        groups.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let mut tags: Vec<_> = self.tags.iter().collect();
        tags.sort_unstable_by(|a, b| a.id.cmp(&b.id));
        let mut hash = hash::Parts::default();
        for group in groups {
            hash.add("G").add(group.id.as_str()).add(&group.name).add(&number(group.order));
        }
        for tag in tags {
            let group = self.group_of(tag).map_or("", |group| group.id.as_str());
            hash.add("T").add(tag.id.as_str()).add(group).add(&tag.name).add(&number(tag.order));
        }
        format!("sha256:{}", hash.finish())
    }
}
