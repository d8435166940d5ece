//! The creation of tags, with their group where it is new.

use leadtag_core::{CreateTags, CreatedTags, Error, ErrorKind, GroupId, GroupTarget, NewTag, Sent};

use super::run::{Made, Run};
use super::settle::{Found, find_group, find_tags};
use crate::journal::{Begun, Change, Outcome, Thing};
use crate::{Item, TagToMake};

/// What is still to be created.
pub(super) struct Wish {
    pub(super) group: GroupTarget,
    /// The logical key of the group, if it is to be made.
    pub(super) key: Option<Option<String>>,
    pub(super) tags: Vec<TagToMake>,
}

impl Wish {
    fn request(&self) -> CreateTags {
        let tags = self.tags.iter().map(|tag| {
            let new = NewTag::new(&tag.name);
            tag.order.map_or(new.clone(), |order| new.with_order(order))
        });
        let mut request = CreateTags::flat(tags);
        request.group = self.group.clone();
        request
    }

    fn take(&mut self, found: &Found) {
        self.tags.clone_from(&found.missing);
        if let Some(group) = found.group.as_deref() {
            self.group = GroupTarget::Existing(GroupId::new(group));
        }
    }

    /// Whether nothing is left; a group without tags must be there.
    fn is_fulfilled(&self, changes: &[Change]) -> bool {
        let group = !matches!(self.group, GroupTarget::New { .. });
        self.tags.is_empty() && (group || !changes.is_empty())
    }
}

impl Run<'_> {
    /// Creates tags, and their group. What a call left out is asked for again after a wait.
    pub(super) async fn create(&mut self, begun: &Begun, mut wish: Wish) -> Option<Made> {
        let mut changes = Vec::new();
        self.leave_out_what_is_there(&mut wish);
        loop {
            if wish.is_fulfilled(&changes) {
                return Some(Made::done(changes));
            }
            let error = match self.target.provider.create_tags(&wish.request()).await {
                Ok(reply) => match self.read(&reply, &wish) {
                    Some(made) => {
                        changes.extend(made);
                        return Some(Made::done(changes));
                    }
                    None => Error::new(ErrorKind::Decode, "the answer is not what was asked for")
                        .with_sent(Sent::Yes),
                },
                Err(error) => error,
            };
            if error.is_not_owned() {
                return Some(Made::failed(Outcome::Refused, error).goes_on().with_changes(changes));
            }
            let again = self.wait_for(&error).await;
            let Some(found) = self.find_created(begun, &wish, &error, again).await else {
                // What was found before it is looked up once more, with the rest.
                self.leave_open(&begun.step, error);
                return None;
            };
            wish.take(&found);
            changes.extend(found.changes);
            self.report.notes.extend(found.notes);
            if wish.is_fulfilled(&changes) {
                return Some(Made::done(changes));
            }
            if !again {
                let outcome = if changes.is_empty() { Outcome::NotDone } else { Outcome::Partly };
                return Some(Made::failed(outcome, error).with_changes(changes));
            }
        }
    }

    /// Looks what of `wish` was created; `None` if that cannot be seen.
    async fn find_created(
        &self,
        begun: &Begun,
        wish: &Wish,
        error: &Error,
        again: bool,
    ) -> Option<Found> {
        let mut looked_again = again;
        loop {
            let now = self.look().await.ok()?;
            let found = match &wish.group {
                GroupTarget::New { name, .. } => {
                    let key = wish.key.as_ref().and_then(Option::as_deref);
                    find_group(key, name, &wish.tags, &begun.had, &now)
                }
                GroupTarget::Existing(id) => {
                    find_tags(&wish.tags, Some(id.as_str()), &begun.had, &now)
                }
                _ => find_tags(&wish.tags, None, &begun.had, &now),
            };
            let nothing = found.changes.is_empty();
            if looked_again || !nothing || !self.let_it_settle(error).await {
                return Some(found);
            }
            looked_again = true;
        }
    }

    /// Tags that an earlier run of the same step has made.
    fn leave_out_what_is_there(&self, wish: &mut Wish) {
        let group = match &wish.group {
            GroupTarget::New { .. } => return,
            GroupTarget::Existing(id) => Some(id.as_str()),
            _ => None,
        };
        wish.tags.retain(|tag| {
            let mut named = self.model.named(Item::Tag, group, &tag.name);
            !named.any(|thing| thing.key.is_some() && thing.key == tag.key)
        });
    }

    /// What the answer says was made; `None` if it is not what was asked for.
    fn read(&self, reply: &CreatedTags, wish: &Wish) -> Option<Vec<Change>> {
        let mut changes = Vec::with_capacity(reply.tags.len() + 1);
        let group = match &wish.group {
            GroupTarget::New { name, order } => {
                let group = reply.group.as_ref()?;
                let thing = Thing {
                    item: Item::Group,
                    id: group.id.as_str().to_owned(),
                    key: wish.key.clone().flatten(),
                    group: None,
                    name: name.clone(),
                    order: group.order.or(*order).filter(|_| self.can.order),
                };
                changes.push(self.made(thing)?);
                Some(group.id.as_str().to_owned())
            }
            GroupTarget::Existing(id) => Some(id.as_str().to_owned()),
            _ => None,
        };
        if reply.tags.len() != wish.tags.len() {
            return None;
        }
        for (tag, made) in wish.tags.iter().zip(&reply.tags) {
            let thing = Thing {
                item: Item::Tag,
                id: made.id.as_str().to_owned(),
                key: tag.key.clone(),
                group: group.clone(),
                name: tag.name.clone(),
                order: made.order.or(tag.order).filter(|_| self.can.order),
            };
            changes.push(self.made(thing)?);
        }
        Some(changes)
    }

    /// What was there before was not made but taken over; what belongs to another key is neither.
    fn made(&self, after: Thing) -> Option<Change> {
        let before = self.model.get(after.item, &after.id).cloned();
        let of_another =
            before.as_ref().is_some_and(|thing| thing.key.is_some() && thing.key != after.key);
        (!after.id.is_empty() && !of_another).then_some(Change { before, after: Some(after) })
    }
}
