//! The steps of one provider, one after the other.

use std::collections::{BTreeSet, HashSet};
use std::time::Duration;

use leadtag_core::{ContactRef, ErrorKind, Sent, TagCapabilities, TagId, TagProviderExt};

use futures_util::TryStreamExt;

use super::check::{Ready, begun_report};
use super::model::Model;
use super::report::{Failed, ProviderReport, RefusedStep};
use super::settle::group_of;
use super::step::{Fit, before, fit, had, id_of};
use super::{ApplyOptions, Watch};
use crate::journal::{Begun, Change, Ended, Outcome, Thing};
use crate::store::Workspace;
use crate::{Item, Live, Note, Refused, Result, Step, StepKind, Target};

/// The longest sleep without looking whether to stop.
const SLICE: Duration = Duration::from_secs(1);

/// How long to wait when a platform throttles and does not say how long.
const UNTOLD_WAIT: Duration = Duration::from_secs(10);

/// One provider while its steps are made.
pub(super) struct Run<'a> {
    pub(super) target: Target<'a>,
    pub(super) can: TagCapabilities,
    pub(super) model: Model,
    pub(super) options: &'a ApplyOptions,
    pub(super) report: ProviderReport,
    pub(super) workspace: &'a Workspace,
    steps: &'a [Step],
    number: u32,
    watch: &'a dyn Watch,
    platform: &'static str,
    /// The steps that an earlier run of the same plan has settled; `None`: there was none.
    settled: Option<BTreeSet<u32>>,
    /// What the platform let nobody change before.
    refused_before: HashSet<String>,
    /// What it refused in this run.
    refused: HashSet<(Item, String)>,
    /// How long the running step has waited.
    waited: Duration,
}

/// What became of one step.
pub(super) struct Made {
    pub(super) outcome: Outcome,
    pub(super) changes: Vec<Change>,
    /// What the platform answered, if that was an error that counts.
    pub(super) error: Option<leadtag_core::Error>,
    pub(super) message: Option<String>,
    /// Whether nothing more may be done here.
    pub(super) stops: bool,
}

impl Made {
    pub(super) fn done(changes: Vec<Change>) -> Self {
        Self { outcome: Outcome::Done, changes, error: None, message: None, stops: false }
    }

    pub(super) fn failed(outcome: Outcome, error: leadtag_core::Error) -> Self {
        Self { outcome, changes: Vec::new(), error: Some(error), message: None, stops: true }
    }

    pub(super) fn because(outcome: Outcome, message: impl Into<String>, stops: bool) -> Self {
        let message = Some(message.into());
        Self { outcome, changes: Vec::new(), error: None, message, stops }
    }

    pub(super) fn with_changes(mut self, changes: Vec<Change>) -> Self {
        self.changes = changes;
        self
    }
}

impl<'a> Run<'a> {
    pub(super) fn new(
        ready: Ready<'a>,
        number: u32,
        workspace: &'a Workspace,
        options: &'a ApplyOptions,
        watch: &'a dyn Watch,
    ) -> Self {
        let Ready { plan, target, live, settled } = ready;
        let lock = workspace.provider_lock(&plan.name);
        Self {
            target,
            can: target.provider.tag_capabilities(),
            model: Model::new(&live, &lock),
            options,
            report: begun_report(plan),
            workspace,
            steps: &plan.steps,
            number,
            watch,
            platform: target.provider.platform().as_str(),
            settled,
            refused_before: lock.refused.into_keys().collect(),
            refused: HashSet::new(),
            waited: Duration::ZERO,
        }
    }

    /// Makes the steps until one fails or it is to stop.
    pub(super) async fn finish(mut self) -> ProviderReport {
        let mut rest = self.steps;
        let made = self.make_all(&mut rest).await;
        if let Err(error) = made {
            self.report.failed.get_or_insert(Failed::because(rest.first(), error.to_string()));
        }
        self.report.not_done.extend_from_slice(rest);
        self.report
    }

    async fn make_all(&mut self, rest: &mut &'a [Step]) -> Result<()> {
        self.change_the_lock(rest)?;
        while let [step, later @ ..] = rest {
            if self.is_settled(step) {
                self.report.done += 1;
                *rest = later;
                continue;
            }
            if self.options.stopped() || self.workspace.is_broken() {
                return Ok(());
            }
            let made = match self.refused_with(step) {
                Some(why) => {
                    self.report.refused.push(RefusedStep { step: step.clone(), message: why });
                    self.watch.step(self.target.name, step, Outcome::Refused);
                    *rest = later;
                    continue;
                }
                None => self.make_one(step).await?,
            };
            let Some(made) = made else { return Ok(()) };
            self.watch.step(self.target.name, step, made.outcome);
            if self.note(step, made) {
                return Ok(());
            }
            *rest = later;
        }
        Ok(())
    }

    fn is_settled(&self, step: &Step) -> bool {
        self.settled.as_ref().is_some_and(|settled| settled.contains(&step.n))
    }

    /// The steps at the beginning that change the lock alone: nothing of them can be lost, so they
    /// are written down together.
    fn change_the_lock(&mut self, rest: &mut &'a [Step]) -> Result<()> {
        let mut ended = Vec::new();
        let mut done = Vec::new();
        while let [step, later @ ..] = rest {
            let change = match &step.kind {
                _ if self.is_settled(step) => None,
                // What is gone since then the next plan sees to.
                StepKind::Adopt { item, key, id, .. } => self
                    .model
                    .get(*item, id)
                    .map(|thing| Change::new(thing.clone(), |thing| thing.key = Some(key.clone()))),
                StepKind::Forget { item, key, id, name } => {
                    let gone = || Thing {
                        item: *item,
                        id: id.clone(),
                        key: None,
                        group: None,
                        name: name.clone(),
                        order: None,
                    };
                    let mut was = self.model.get(*item, id).cloned().unwrap_or_else(gone);
                    was.key = Some(key.clone());
                    Some(Change::new(was, |thing| thing.key = None))
                }
                _ => break,
            };
            *rest = later;
            self.report.done += 1;
            done.push(step);
            ended.extend(change.map(|change| self.ended(step, Outcome::Done, vec![change])));
        }
        for one in &ended {
            let live = |change: &&Change| {
                change.thing().is_some_and(|at| self.model.get(at.item, &at.id).is_some())
            };
            let changes: Vec<Change> = one.changes.iter().filter(live).cloned().collect();
            self.model.make(&changes);
        }
        self.workspace.end(ended, self.platform)?;
        done.into_iter().for_each(|step| self.watch.step(self.target.name, step, Outcome::Done));
        Ok(())
    }

    /// One step; `None` if nobody knows what became of it.
    async fn make_one(&mut self, step: &'a Step) -> Result<Option<Made>> {
        self.waited = Duration::ZERO;
        match fit(&step.kind, &self.model) {
            Fit::Fits => {}
            Fit::Done(changes) => {
                let ended = self.ended(step, Outcome::Done, changes.clone());
                self.workspace.end(vec![ended], self.platform)?;
                return Ok(Some(Made::done(changes)));
            }
            Fit::Stale(why) => return Ok(Some(Made::because(Outcome::Stale, why, true))),
        }
        if let StepKind::DeleteGroup { id, .. } = &step.kind
            && let Some(made) = self.still_in_use(id).await
        {
            return Ok(Some(made));
        }
        let contacts = match self.contacts_of(&step.kind).await {
            Ok(contacts) => contacts,
            Err(error) => return Ok(Some(Made::failed(Outcome::NotDone, error))),
        };
        let begun = Begun {
            run: self.number,
            provider: self.target.name.to_owned(),
            at: self.options.clock.now(),
            step: step.clone(),
            had: had(&step.kind, &self.model),
            before: before(&step.kind, &self.model),
            contacts,
        };
        self.workspace.begin(begun.clone())?;
        let Some(made) = self.send(&begun).await else { return Ok(None) };
        let mut ended = self.ended(step, made.outcome, made.changes.clone());
        if made.outcome == Outcome::Refused {
            ended.refused = id_of(&step.kind, &self.model).map(|(_, id)| Refused {
                id,
                why: "not-owned".to_owned(),
                code: made.error.as_ref().and_then(leadtag_core::Error::platform_code),
            });
        }
        if made.outcome == Outcome::Done && !self.refused_before.is_empty() {
            let id = id_of(&step.kind, &self.model).map(|(_, id)| id);
            ended.allowed = id.filter(|id| self.refused_before.contains(id));
        }
        self.model.make(&made.changes);
        self.workspace.end(vec![ended], self.platform)?;
        Ok(Some(made))
    }

    /// Counts what became of a step, and tells whether it was the last one.
    fn note(&mut self, step: &Step, made: Made) -> bool {
        let Made { outcome, error, message, stops, .. } = made;
        let told = message.or_else(|| error.as_ref().map(ToString::to_string));
        match outcome {
            Outcome::Done => self.report.done += 1,
            Outcome::Refused => {
                self.refused.extend(id_of(&step.kind, &self.model));
                let message = told.unwrap_or_default();
                self.report.refused.push(RefusedStep { step: step.clone(), message });
            }
            // Counted with the rest.
            _ if stops => {
                let message = told.unwrap_or_default();
                self.report.failed = Some(Failed { step: Some(step.clone()), error, message });
            }
            _ => {
                self.report.not_done.push(step.clone());
                self.report.notes.extend(told.map(|message| Note::new("not-done", message)));
            }
        }
        stops
    }

    fn ended(&self, step: &Step, outcome: Outcome, changes: Vec<Change>) -> Ended {
        Ended {
            run: self.number,
            provider: self.target.name.to_owned(),
            n: step.n,
            outcome,
            changes,
            refused: None,
            allowed: None,
        }
    }

    /// Why a step cannot be made after another one was refused.
    fn refused_with(&self, step: &Step) -> Option<String> {
        if self.refused.is_empty() {
            return None;
        }
        let same = id_of(&step.kind, &self.model).is_some_and(|at| self.refused.contains(&at));
        if same {
            return Some("an earlier step on it was refused".to_owned());
        }
        let holds = |item: Item, group: Option<&str>, name: &str| {
            let mut named = self.model.named(item, group, name);
            named.any(|thing| self.refused.contains(&(item, thing.id.clone())))
        };
        let group_of_tag =
            |id: &str| self.model.get(Item::Tag, id).and_then(|tag| tag.group.clone());
        let taken = match &step.kind {
            StepKind::RenameGroup { to, .. } => holds(Item::Group, None, to),
            StepKind::RenameTag { id, to, .. } => holds(Item::Tag, group_of_tag(id).as_deref(), to),
            StepKind::CreateGroup { name, .. } => holds(Item::Group, None, name),
            StepKind::CreateTags { into, tags } => {
                let group = group_of(into, &self.model).flatten();
                tags.iter().any(|tag| holds(Item::Tag, group.as_deref(), &tag.name))
            }
            StepKind::DeleteGroup { id, .. } => self.model.size(id) > 0,
            _ => false,
        };
        taken.then(|| "it needs a step that was refused".to_owned())
    }

    /// A group is deleted only while it is empty.
    async fn still_in_use(&self, id: &str) -> Option<Made> {
        let query = leadtag_core::TagQuery::groups([id]);
        match self.target.provider.tag_tree(query).await {
            Ok(tree) => {
                let mut tags = tree.all_tags().filter(|tag| tag.deleted != Some(true));
                tags.next().map(|tag| {
                    let why = format!("the group is kept: the tag {} stands in it", tag.name);
                    Made::because(Outcome::NotDone, why, false)
                })
            }
            // It is gone: deleting it tells.
            Err(error) if error.kind() == ErrorKind::NotFound => None,
            Err(error) => Some(Made::failed(Outcome::NotDone, error)),
        }
    }

    /// Who carries the tag that is to be deleted, where that can be listed and undone.
    async fn contacts_of(&self, step: &StepKind) -> leadtag_core::Result<Vec<ContactRef>> {
        match step {
            StepKind::DeleteTag { id, .. } if self.can.tag_contacts && self.can.can_assign() => {
                let pages = self.target.provider.tag_contact_pages(TagId::new(id.as_str()));
                pages.items().try_collect().await
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Lists the provider.
    pub(super) async fn look(&self) -> leadtag_core::Result<Model> {
        let live = Live::fetch(self.target.provider).await?;
        Ok(Model::new(&live, &self.workspace.provider_lock(self.target.name)))
    }

    /// Waits if the platform throttles and there is time left; tells whether to try again.
    pub(super) async fn wait_for(&mut self, error: &leadtag_core::Error) -> bool {
        if error.kind() != ErrorKind::RateLimited {
            return false;
        }
        let span = error.retry_after().unwrap_or(UNTOLD_WAIT);
        if self.waited + span > self.options.max_wait {
            return false;
        }
        self.waited += span;
        self.watch.waiting(self.target.name, span);
        let mut left = span;
        while !left.is_zero() && !self.options.stopped() {
            self.options.clock.sleep(left.min(SLICE)).await;
            left = left.saturating_sub(SLICE);
        }
        !self.options.stopped()
    }

    /// Waits until a request of which nobody knows whether it arrived is no longer on its way.
    /// Tells whether to look again.
    pub(super) async fn let_it_settle(&self, error: &leadtag_core::Error) -> bool {
        let wait = error.sent() == Sent::Maybe && !self.options.settle.is_zero();
        if wait {
            self.options.clock.sleep(self.options.settle).await;
        }
        wait
    }

    /// Nobody knows what became of a step: the next apply looks.
    pub(super) fn leave_open(&mut self, step: &Step, error: leadtag_core::Error) {
        let message = format!("{error}; nobody knows whether it was done, the next apply looks");
        let failed = Failed { step: Some(step.clone()), error: Some(error), message };
        self.report.failed = Some(failed);
    }
}
