//! From what a row calls a tag to the tag.

use std::collections::{BTreeSet, HashMap};

use leadtag_core::TagId;

use crate::{Live, ProviderLock};

/// Finds the tags of one provider by logical key, name and id.
#[derive(Debug)]
pub(super) struct Resolver {
    tags: Vec<Known>,
    by_id: HashMap<String, usize>,
    by_name: HashMap<String, Vec<usize>>,
    /// Logical keys, with the id that the lock gives.
    by_key: HashMap<String, String>,
}

#[derive(Debug)]
struct Known {
    id: TagId,
    name: String,
    group: Option<String>,
}

impl Resolver {
    pub(super) fn new(live: &Live, lock: Option<&ProviderLock>) -> Self {
        let known = |tag: &crate::LiveTag| Known {
            id: tag.id.clone(),
            name: tag.name.clone(),
            group: live.group_of(tag).map(|group| group.name.clone()),
        };
        let tags: Vec<Known> = live.tags.iter().map(known).collect();
        let mut by_name: HashMap<String, Vec<usize>> = HashMap::new();
        for (at, tag) in tags.iter().enumerate() {
            by_name.entry(tag.name.clone()).or_default().push(at);
        }
        let by_id = tags.iter().enumerate().map(|(at, tag)| (tag.id.as_str().to_owned(), at));
        let by_id = by_id.collect();
        let locked = lock.into_iter().flat_map(|lock| lock.tags.values());
        let by_key = locked.map(|tag| (tag.key.clone(), tag.id.clone())).collect();
        Self { tags, by_id, by_name, by_key }
    }

    /// The tag that `token` means.
    ///
    /// # Errors
    /// If there is none, or more than one.
    pub(super) fn resolve(&self, token: &str) -> Result<TagId, String> {
        let found: BTreeSet<usize> = match token.split_once(':') {
            Some(("key", key)) => self.keyed(key)?.into_iter().collect(),
            Some(("id", id)) => self.by_id.get(id).copied().into_iter().collect(),
            Some(("name", name)) => self.named(name).collect(),
            _ => {
                let by_id = self.by_id.get(token).copied();
                let others = || self.named(token).chain(by_id);
                match self.keyed(token) {
                    Ok(key) => key.into_iter().chain(others()).collect(),
                    // Gone, but something else may be called so.
                    Err(gone) => match others().collect::<BTreeSet<_>>() {
                        none if none.is_empty() => return Err(gone),
                        found => found,
                    },
                }
            }
        };
        let mut all = found.into_iter();
        match (all.next(), all.next()) {
            (Some(one), None) => Ok(self.tags[one].id.clone()),
            (Some(one), Some(other)) => {
                let (one, other) = (self.full_name(one), self.full_name(other));
                Err(format!(
                    "{token:?} can mean {one} and {other}; write key:, name:GROUP/TAG or id: before it"
                ))
            }
            (None, _) => Err(missing(token)),
        }
    }

    /// The name of a tag, for people.
    pub(super) fn name_of(&self, id: &TagId) -> String {
        match self.by_id.get(id.as_str()) {
            Some(at) => self.tags[*at].name.clone(),
            None => id.to_string(),
        }
    }

    fn keyed(&self, key: &str) -> Result<Option<usize>, String> {
        let Some(id) = self.by_key.get(key) else {
            return Ok(None);
        };
        match self.by_id.get(id) {
            Some(at) => Ok(Some(*at)),
            None => Err(format!("the tag of {key} is not there any more; see leadtag tags plan")),
        }
    }

    /// The tags of that name, or, with a `/` in it, of that group and name.
    fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = usize> + 'a {
        let plain = self.by_name.get(name).into_iter().flatten().copied();
        let in_group = name.match_indices('/').flat_map(move |(at, _)| {
            let (group, tag) = (&name[..at], &name[at + 1..]);
            let tags = self.by_name.get(tag).into_iter().flatten().copied();
            tags.filter(move |tag| self.tags[*tag].group.as_deref() == Some(group))
        });
        plain.chain(in_group)
    }

    fn full_name(&self, at: usize) -> String {
        let tag = &self.tags[at];
        match &tag.group {
            Some(group) => format!("{group}/{} ({})", tag.name, tag.id),
            None => format!("{} ({})", tag.name, tag.id),
        }
    }
}

fn missing(token: &str) -> String {
    let hint = match token.contains([',', '，', '；', '、']) {
        true => "; ; stands between tags",
        false => "",
    };
    format!("there is no tag {token:?}{hint}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LiveGroup, LiveTag, LockChange, LockTag};

    fn tag(id: &str, group: usize, name: &str) -> LiveTag {
        let group = Some(group);
        LiveTag { id: id.into(), group, name: name.to_owned(), order: None, contacts: None }
    }

    fn resolver() -> Resolver {
        let group =
            |id: &str, name: &str| LiveGroup { id: id.into(), name: name.into(), order: None };
        let live = Live {
            groups: vec![group("g1", "意向"), group("g2", "来源")],
            tags: vec![tag("t1", 0, "高"), tag("t2", 1, "高"), tag("t3", 1, "t1")],
        };
        let mut lock = ProviderLock::default();
        for (key, id) in [("intent.high", "t1"), ("gone", "t9")] {
            let (key, id) = (key.to_owned(), id.to_owned());
            lock.make(&LockChange::Tag(LockTag {
                key,
                id,
                group: None,
                name: "x".into(),
                order: None,
            }));
        }
        Resolver::new(&live, Some(&lock))
    }

    #[test]
    fn a_tag_is_found_by_key_name_group_and_id() {
        for (token, id) in [
            ("intent.high", "t1"),
            ("key:intent.high", "t1"),
            ("name:来源/高", "t2"),
            ("意向/高", "t1"),
            ("id:t1", "t1"),
            ("t2", "t2"),
            ("name:t1", "t3"),
        ] {
            assert_eq!(resolver().resolve(token).as_ref().map(|id| id.as_str()), Ok(id), "{token}");
        }
    }

    #[test]
    fn what_can_mean_several_tags_is_refused_and_says_so() {
        for token in ["高", "name:高", "t1"] {
            let why = resolver().resolve(token).unwrap_err();
            assert!(why.contains("can mean"), "{why}");
        }
    }

    #[test]
    fn what_there_is_not_is_refused() {
        for (token, part) in [
            ("gone", "not there any more"),
            ("低", "no tag"),
            ("key:t1", "no tag"),
            ("高，低", "; stands"),
        ] {
            let why = resolver().resolve(token).unwrap_err();
            assert!(why.contains(part), "{why}");
        }
    }
}
