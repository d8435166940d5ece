//! Which live group or tag is meant by each wanted one.

use std::borrow::Cow;

use super::changes::{Changes, Reorder};
use super::context::{Context, Holders, Spot};
use super::ours::{Held, Ours};
use super::{Findings, context};
use crate::plan::{Item, Reason, StepKind};

/// What a wanted group or tag is now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Now {
    /// This live one.
    Live(usize),
    /// Nothing yet.
    Missing,
    /// Nothing that can be worked on.
    Blocked(Reason),
}

/// Wanted ones and live ones, matched.
pub(super) struct Matched {
    /// What each wanted one is now.
    pub(super) now: Vec<Now>,
    /// Which wanted one each live one is.
    pub(super) of: Vec<Option<usize>>,
    /// Which live ones could be meant by a wanted one, as others could. They stay as they are.
    pub(super) undecided: Vec<bool>,
}

impl Matched {
    pub(super) fn new(wanted: usize, live: usize) -> Self {
        let (now, of) = (vec![Now::Missing; wanted], vec![None; live]);
        Self { now, of, undecided: vec![false; live] }
    }

    pub(super) fn set(&mut self, wanted: usize, live: usize) {
        self.now[wanted] = Now::Live(live);
        self.of[live] = Some(wanted);
    }

    /// Looks for what is missing by its names: by its name first, for all, then by the former
    /// ones. What is `ours` goes before what is not. Where several have the name, nobody can say
    /// which is meant: these are told.
    pub(super) fn by_names<'a>(
        &mut self,
        names: impl Fn(usize) -> Option<(Spot<'a>, &'a [Cow<'a, str>])>,
        holders: &Holders<'a>,
        ours: &Ours<'_>,
    ) -> Vec<Ambiguous<'a>> {
        let mut ambiguous = Vec::new();
        for pass in [true, false] {
            for wanted in 0..self.now.len() {
                if self.now[wanted] != Now::Missing {
                    continue;
                }
                let Some(((scope, name), former)) = names(wanted) else { continue };
                let exact = pass.then_some(name);
                let former = former.iter().map(|former| &**former).filter(|_| !pass);
                for name in exact.into_iter().chain(former) {
                    let mut live = self.free(holders, (scope, name), ours);
                    if live.iter().filter(|at| ours.locked[**at]).count() == 1 {
                        live.retain(|at| ours.locked[*at]);
                    }
                    match live[..] {
                        [] => continue,
                        [one] => self.set(wanted, one),
                        _ => {
                            self.now[wanted] = Now::Blocked(Reason::Ambiguous);
                            live.iter().for_each(|at| self.undecided[*at] = true);
                            ambiguous.push(Ambiguous { wanted, name, live });
                        }
                    }
                    break;
                }
            }
        }
        ambiguous
    }

    /// Those of that name that nobody owns and nobody has taken.
    fn free(&self, holders: &Holders<'_>, spot: Spot<'_>, ours: &Ours<'_>) -> Vec<usize> {
        let free = |at: &usize| self.of[*at].is_none() && !ours.wanted[*at];
        holders.of(spot).filter(free).collect()
    }
}

/// A wanted one that could be any of several live ones.
pub(super) struct Ambiguous<'a> {
    pub(super) wanted: usize,
    pub(super) name: &'a str,
    pub(super) live: Vec<usize>,
}

/// A wanted group or tag beside the live one that it is, and what the lock says of it.
pub(super) struct Pair<'a> {
    pub(super) item: Item,
    pub(super) key: &'a str,
    pub(super) want_name: &'a str,
    pub(super) want_order: Option<i64>,
    pub(super) live: usize,
    pub(super) id: &'a str,
    pub(super) group: Option<&'a str>,
    pub(super) name: &'a str,
    pub(super) order: Option<i64>,
    pub(super) held: Option<Held>,
}

impl<'a> Pair<'a> {
    /// Notes what differs, and tells whether it has to be renamed and can be.
    pub(super) fn compare(
        &self,
        cx: &Context<'_>,
        shown: impl Fn() -> String,
        changes: &mut Changes<'a>,
        found: &mut Findings,
    ) -> bool {
        let rename = self.name != self.want_name;
        let want_order = self.want_order.filter(|_| cx.can.order);
        let reorder = want_order.is_some() && want_order != self.order;
        if self.lock_is_behind(rename, reorder, want_order) {
            changes.lock_only.push(StepKind::Adopt {
                item: self.item,
                key: self.key.to_owned(),
                id: self.id.to_owned(),
                group: self.group.map(str::to_owned),
                name: self.name.to_owned(),
                order: self.order.filter(|_| want_order.is_some()),
            });
        }
        if (rename || reorder) && cx.refused(self.id) {
            found.blocked.push(context::not_owned(self.item, Some(self.key), self.id, shown()));
            return false;
        }
        if let Some(to) = want_order.filter(|_| reorder) {
            let reorder = Reorder { key: Some(self.key), live: self.live, to };
            changes.of(self.item).reorders.push(reorder);
        }
        if rename && !cx.can.rename {
            let message = format!("it is named {}, and tags cannot be renamed there", self.name);
            let (key, id) = (Some(self.key), Some(self.id));
            found.blocked.push(context::unsupported(self.item, key, id, shown(), &message));
        }
        rename && cx.can.rename
    }

    /// Whether the lock says something else than what is there and stays there.
    fn lock_is_behind(&self, rename: bool, reorder: bool, want_order: Option<i64>) -> bool {
        self.held.is_none_or(|held| {
            held.live != self.live
                || !held.same_group
                || (!rename && !held.same_name)
                || (!reorder && want_order.is_some() && !held.same_order)
        })
    }
}
