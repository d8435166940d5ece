//! One step: does it fit, what does it change, how it is sent.

use leadtag_core::{Error, ErrorKind, GroupId, GroupTarget, TagChange, TagId};

use super::create::Wish;
use super::model::Model;
use super::run::{Made, Run};
use super::settle::{group_of, settle};
use crate::journal::{Begun, Change, Outcome, Thing};
use crate::{Item, StepKind, TagRef};

/// Whether a step can be made as things are.
pub(super) enum Fit {
    Fits,
    /// There is nothing to send; this is what it comes to.
    Done(Vec<Change>),
    /// Something else is there than was planned with.
    Stale(String),
}

pub(super) fn fit(step: &StepKind, model: &Model) -> Fit {
    let stale = |name: &str| Fit::Stale(format!("{name} is not there as planned; plan again"));
    match step {
        StepKind::RenameGroup { id, from, to, .. } => renames(model.get(Item::Group, id), from, to),
        StepKind::RenameTag { id, from, to, .. } => renames(model.get(Item::Tag, id), from, to),
        StepKind::ReorderGroup { id, name, to, .. } => match model.get(Item::Group, id) {
            Some(thing) if thing.order == Some(*to) => Fit::Done(same(thing)),
            Some(_) => Fit::Fits,
            None => stale(name),
        },
        StepKind::ReorderTag { id, name, to, .. } => match model.get(Item::Tag, id) {
            Some(thing) if thing.order == Some(*to) => Fit::Done(same(thing)),
            Some(_) => Fit::Fits,
            None => stale(name),
        },
        StepKind::CreateGroup { .. } => Fit::Fits,
        StepKind::CreateTags { into, tags } => match group_of(into, model) {
            Some(_) => Fit::Fits,
            None => stale(tags.first().map_or("", |tag| &tag.name)),
        },
        StepKind::DeleteTag { key, id, name, .. } => match model.get(Item::Tag, id) {
            None => Fit::Done(forgotten(Item::Tag, key.as_deref(), id, name)),
            // One that stands in the way of another one was given a name for a while.
            Some(thing) if thing.name == *name || thing.name.starts_with('~') => Fit::Fits,
            Some(_) => stale(name),
        },
        StepKind::DeleteGroup { key, id, name } => match model.get(Item::Group, id) {
            None => Fit::Done(forgotten(Item::Group, key.as_deref(), id, name)),
            Some(_) => Fit::Fits,
        },
        StepKind::Retag { tag, .. } => match tag_of(tag, model) {
            Some(_) => Fit::Fits,
            None => Fit::Stale("the tag to put back is not there; plan again".to_owned()),
        },
        StepKind::Adopt { .. } | StepKind::Forget { .. } => Fit::Done(Vec::new()),
    }
}

fn renames(thing: Option<&Thing>, from: &str, to: &str) -> Fit {
    match thing {
        Some(thing) if thing.name == to => Fit::Done(same(thing)),
        Some(thing) if thing.name == from => Fit::Fits,
        Some(thing) => Fit::Stale(format!("{from} is called {} by now; plan again", thing.name)),
        None => Fit::Stale(format!("{from} is not there any more; plan again")),
    }
}

/// The lock is brought up to date.
fn same(thing: &Thing) -> Vec<Change> {
    vec![Change::new(thing.clone(), |_| {})]
}

/// Not deleted by us: only the lock lets go of it.
fn forgotten(item: Item, key: Option<&str>, id: &str, name: &str) -> Vec<Change> {
    let thing = Thing {
        item,
        id: id.to_owned(),
        key: key.map(str::to_owned),
        group: None,
        name: name.to_owned(),
        order: None,
    };
    vec![Change::new(thing, |thing| thing.key = None)]
}

/// What a step changes, as it is before.
pub(super) fn before(step: &StepKind, model: &Model) -> Vec<Thing> {
    let Some((item, id)) = id_of(step, model) else { return Vec::new() };
    let mut things: Vec<Thing> = model.get(item, &id).cloned().into_iter().collect();
    if let StepKind::DeleteTag { ends_group: true, .. } = step {
        let group = things.first().and_then(|tag| tag.group.clone());
        things.extend(group.and_then(|group| model.get(Item::Group, &group).cloned()));
    }
    if matches!(step, StepKind::CreateGroup { .. } | StepKind::CreateTags { .. }) {
        things.clear();
    }
    things
}

/// The ids that have one of the names to be created already.
pub(super) fn had(step: &StepKind, model: &Model) -> Vec<String> {
    let ids = |item: Item, group: Option<&str>, name: &str| -> Vec<String> {
        model.named(item, group, name).map(|thing| thing.id.clone()).collect()
    };
    match step {
        StepKind::CreateGroup { name, .. } => ids(Item::Group, None, name),
        StepKind::CreateTags { into, tags } => {
            let group = group_of(into, model).flatten();
            tags.iter().flat_map(|tag| ids(Item::Tag, group.as_deref(), &tag.name)).collect()
        }
        _ => Vec::new(),
    }
}

/// What a step is about: for tags to create, their group.
pub(super) fn id_of(step: &StepKind, model: &Model) -> Option<(Item, String)> {
    match step {
        StepKind::RenameGroup { id, .. }
        | StepKind::ReorderGroup { id, .. }
        | StepKind::DeleteGroup { id, .. } => Some((Item::Group, id.clone())),
        StepKind::RenameTag { id, .. }
        | StepKind::ReorderTag { id, .. }
        | StepKind::DeleteTag { id, .. } => Some((Item::Tag, id.clone())),
        StepKind::CreateTags { into, .. } => {
            group_of(into, model).flatten().map(|id| (Item::Group, id))
        }
        StepKind::Retag { tag, .. } => tag_of(tag, model).map(|id| (Item::Tag, id)),
        StepKind::CreateGroup { .. } | StepKind::Adopt { .. } | StepKind::Forget { .. } => None,
    }
}

fn tag_of(tag: &TagRef, model: &Model) -> Option<String> {
    match tag {
        TagRef::Id(id) => model.get(Item::Tag, id).map(|tag| tag.id.clone()),
        TagRef::Made { group, name } => {
            let group = match group {
                Some(group) => Some(model.named(Item::Group, None, group).next()?.id.clone()),
                None => None,
            };
            model.named(Item::Tag, group.as_deref(), name).next().map(|tag| tag.id.clone())
        }
    }
}

impl Run<'_> {
    /// Sends a step that was begun; `None` if nobody knows what became of it.
    pub(super) async fn send(&mut self, begun: &Begun) -> Option<Made> {
        match &begun.step.kind {
            StepKind::CreateGroup { key, name, order, tags } => {
                let mut wish = Wish {
                    group: GroupTarget::New { name: name.clone(), order: *order },
                    key: Some(key.clone()),
                    tags: tags.clone(),
                };
                // A run before this one may have made it already.
                let ours = |thing: &&Thing| thing.key.is_some() && thing.key == *key;
                let known = self.model.named(Item::Group, None, name).find(ours);
                if let Some(known) = known {
                    wish.group = GroupTarget::Existing(GroupId::new(known.id.as_str()));
                    wish.key = None;
                }
                self.create(begun, wish).await
            }
            StepKind::CreateTags { into, tags } => {
                let group = match group_of(into, &self.model).flatten() {
                    Some(id) => GroupTarget::Existing(GroupId::new(id)),
                    None => GroupTarget::None,
                };
                self.create(begun, Wish { group, key: None, tags: tags.clone() }).await
            }
            StepKind::Retag { tag, contacts } => {
                let tag = tag_of(tag, &self.model)?;
                Some(self.retag(&TagId::new(tag), contacts).await)
            }
            _ => self.change(begun).await,
        }
    }

    /// A rename, a new sort value, a deletion.
    async fn change(&mut self, begun: &Begun) -> Option<Made> {
        loop {
            let Err(error) = self.write(&begun.step.kind).await else {
                return Some(Made::done(changes_of(&begun.step.kind, &begun.before)));
            };
            if error.is_not_owned() {
                return Some(Made::failed(Outcome::Refused, error).goes_on());
            }
            if self.wait_for(&error).await {
                continue;
            }
            return self.find_out(begun, error).await;
        }
    }

    async fn write(&self, step: &StepKind) -> leadtag_core::Result<()> {
        let provider = self.target.provider;
        let (tag, group) = (|id: &str| TagId::new(id), |id: &str| GroupId::new(id));
        match step {
            StepKind::RenameGroup { id, to, .. } => {
                provider.update_group(&group(id), &TagChange::rename(to)).await
            }
            StepKind::RenameTag { id, to, .. } => {
                provider.update_tag(&tag(id), &TagChange::rename(to)).await
            }
            StepKind::ReorderGroup { id, to, .. } => {
                provider.update_group(&group(id), &TagChange::reorder(*to)).await
            }
            StepKind::ReorderTag { id, to, .. } => {
                provider.update_tag(&tag(id), &TagChange::reorder(*to)).await
            }
            StepKind::DeleteTag { id, .. } => provider.delete_tags(&[tag(id)]).await,
            StepKind::DeleteGroup { id, .. } => provider.delete_groups(&[group(id)]).await,
            _ => Ok(()),
        }
    }

    /// A call failed: what became of it is seen in the list.
    async fn find_out(&mut self, begun: &Begun, error: Error) -> Option<Made> {
        let mut looked_again = false;
        loop {
            let now = match self.look().await {
                Ok(now) => now,
                Err(_) => {
                    self.leave_open(&begun.step, error);
                    return None;
                }
            };
            let settled = settle(&begun.step.kind, &begun.before, &begun.had, &now);
            match settled.outcome {
                Outcome::Done => return Some(Made::done(settled.changes)),
                Outcome::Stale => {
                    let why = format!("it is not there any more; plan again ({error})");
                    return Some(Made::because(Outcome::Stale, why, true));
                }
                // It is listed, and yet it is not there for us.
                _ if error.kind() == ErrorKind::NotFound => {
                    return Some(Made::failed(Outcome::Refused, error).goes_on());
                }
                _ => {}
            }
            if looked_again || !self.let_it_settle(&error).await {
                return Some(Made::failed(Outcome::NotDone, error));
            }
            looked_again = true;
        }
    }

    /// Puts a tag on contacts. Those that cannot have it do not stop the others.
    async fn retag(&mut self, tag: &TagId, contacts: &[leadtag_core::ContactRef]) -> Made {
        let (mut left, mut failed) = (contacts.iter(), 0);
        let mut next = left.next();
        let mut first = None;
        while let Some(contact) = next {
            if self.options.stopped() {
                return Made::because(Outcome::NotDone, "it was stopped", true);
            }
            let done = self.target.provider.assign(contact, std::slice::from_ref(tag), &[]).await;
            match done {
                Ok(()) => {}
                Err(error) if self.wait_for(&error).await => continue,
                Err(error) if is_about_the_contact(&error) => {
                    failed += 1;
                    first.get_or_insert(format!("{contact}: {error}"));
                }
                Err(error) => return Made::failed(Outcome::NotDone, error),
            }
            next = left.next();
        }
        match first {
            None => Made::done(Vec::new()),
            Some(first) => {
                let why = format!("{failed} contacts did not get the tag back; the first: {first}");
                Made::because(Outcome::Partly, why, false)
            }
        }
    }
}

impl Made {
    /// The steps after it are made all the same.
    pub(super) fn goes_on(mut self) -> Self {
        self.stops = false;
        self
    }
}

fn is_about_the_contact(error: &Error) -> bool {
    matches!(
        error.kind(),
        ErrorKind::NotFound
            | ErrorKind::InvalidArgument
            | ErrorKind::PermissionDenied
            | ErrorKind::QuotaExhausted
    )
}

/// What a change comes to once it is made.
fn changes_of(step: &StepKind, before: &[Thing]) -> Vec<Change> {
    let alter = |thing: &mut Thing| match step {
        StepKind::RenameGroup { to, .. } | StepKind::RenameTag { to, .. } => {
            thing.name.clone_from(to);
        }
        StepKind::ReorderGroup { to, .. } | StepKind::ReorderTag { to, .. } => {
            thing.order = Some(*to);
        }
        _ => {}
    };
    let deletes = matches!(step, StepKind::DeleteTag { .. } | StepKind::DeleteGroup { .. });
    let change = |was: &Thing| match deletes {
        true => Change { before: Some(was.clone()), after: None },
        false => Change::new(was.clone(), alter),
    };
    before.iter().map(change).collect()
}
