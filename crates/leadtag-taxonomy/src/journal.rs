//! What an apply was about to do and what it did, written down before and after each step.
//!
//! A file of JSON lines. A step without its end is one whose outcome nobody knows: the next apply
//! looks it up before it does anything else.

use std::collections::{BTreeMap, BTreeSet};

use leadtag_core::{ContactRef, Timestamp};
use serde::{Deserialize, Serialize};

use crate::lock::{LockGroup, LockTag};
use crate::{Error, Item, LockChange, PlanKind, Refused, Result, Step};

/// The version of the format.
const VERSION: u32 = 1;

/// Contacts of one record.
const CONTACTS: usize = 500;

/// One line.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "kebab-case")]
pub(crate) enum Record {
    /// A run begins.
    Run {
        run: u32,
        #[serde(flatten)]
        start: RunStart,
    },
    /// Contacts of the tag that the step to come deletes.
    Contacts { run: u32, provider: String, n: u32, contacts: Vec<ContactRef> },
    /// A step begins.
    Begin(Begun),
    /// A step has ended.
    End(Ended),
}

/// A run of one plan.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RunStart {
    v: u32,
    at: Timestamp,
    /// The hash of the plan.
    plan: String,
    kind: PlanKind,
    /// The platform of each provider.
    platforms: BTreeMap<String, String>,
}

/// A step that was begun.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Begun {
    pub(crate) run: u32,
    pub(crate) provider: String,
    pub(crate) at: Timestamp,
    pub(crate) step: Step,
    /// The ids that had one of the names to be created already.
    pub(crate) had: Vec<String>,
    /// What the step changes, as it was.
    pub(crate) before: Vec<Thing>,
    /// The contacts of the tag that is deleted, where they can be listed.
    #[serde(skip)]
    pub(crate) contacts: Vec<ContactRef>,
}

/// How a step ended.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Ended {
    pub(crate) run: u32,
    pub(crate) provider: String,
    pub(crate) n: u32,
    #[serde(rename = "as")]
    pub(crate) outcome: Outcome,
    pub(crate) changes: Vec<Change>,
    /// What the platform does not let this application change.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) refused: Option<Refused>,
    /// What it lets it change after all.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allowed: Option<String>,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum Outcome {
    /// It is done.
    Done,
    /// Some of its tags were created, or some of its contacts could not be tagged.
    Partly,
    /// Nothing of it was done.
    NotDone,
    /// The thing belongs to another application, which alone may change it.
    Refused,
    /// It does not fit what is live any more. Nothing of it was done.
    Stale,
}

/// A group or a tag at some moment.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Thing {
    pub(crate) item: Item,
    pub(crate) id: String,
    /// Its logical key, if it is ours.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) key: Option<String>,
    /// The id of its group, for a tag where there are groups.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) group: Option<String>,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) order: Option<i64>,
}

/// What a step did to one thing. Nothing before: it was created; nothing after: it was deleted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Change {
    pub(crate) before: Option<Thing>,
    pub(crate) after: Option<Thing>,
}

impl RunStart {
    pub(crate) fn new(
        at: Timestamp,
        plan: String,
        kind: PlanKind,
        platforms: BTreeMap<String, String>,
    ) -> Self {
        Self { v: VERSION, at, plan, kind, platforms }
    }
}

impl Begun {
    /// What is written before anything is sent.
    pub(crate) fn into_records(mut self) -> Vec<Record> {
        let contacts = std::mem::take(&mut self.contacts);
        let records = contacts.chunks(CONTACTS).map(|some| Record::Contacts {
            run: self.run,
            provider: self.provider.clone(),
            n: self.step.n,
            contacts: some.to_vec(),
        });
        let mut records: Vec<Record> = records.collect();
        records.push(Record::Begin(self));
        records
    }
}

impl Ended {
    /// What it means for the lock.
    pub(crate) fn lock_changes(&self) -> Vec<LockChange> {
        let allowed = self.allowed.iter().map(|id| LockChange::Allow { id: id.clone() });
        let refused = self.refused.iter().cloned().map(LockChange::Refuse);
        let changes = self.changes.iter().filter_map(Change::of_lock);
        changes.chain(allowed).chain(refused).collect()
    }
}

impl Change {
    /// A change of something that is there before and after.
    pub(crate) fn new(before: Thing, change: impl FnOnce(&mut Thing)) -> Self {
        let mut after = before.clone();
        change(&mut after);
        Self { before: Some(before), after: Some(after) }
    }

    /// The thing that it is about.
    pub(crate) fn thing(&self) -> Option<&Thing> {
        self.after.as_ref().or(self.before.as_ref())
    }

    fn of_lock(&self) -> Option<LockChange> {
        match (&self.before, &self.after) {
            (_, Some(Thing { item, id, key: Some(key), group, name, order })) => {
                let (key, id, name, order) = (key.clone(), id.clone(), name.clone(), *order);
                Some(match item {
                    Item::Group => LockChange::Group(LockGroup { key, id, name, order }),
                    Item::Tag => {
                        LockChange::Tag(LockTag { key, id, group: group.clone(), name, order })
                    }
                })
            }
            (Some(before), None) => Some(LockChange::Forget { id: before.id.clone() }),
            (Some(Thing { key: Some(_), id, .. }), Some(_)) => {
                Some(LockChange::Forget { id: id.clone() })
            }
            _ => None,
        }
    }
}

impl Record {
    /// The line, with its end.
    pub(crate) fn to_line(&self) -> Result<String> {
        let text = serde_json::to_string(self)
            .map_err(|error| Error::Refused(format!("the journal cannot be written: {error}")))?;
        Ok(text + "\n")
    }
}

/// What a journal tells: the runs since the last one that left nothing to do, with which its
/// journal went.
#[derive(Debug, Default)]
pub(crate) struct History {
    runs: Vec<(u32, RunStart)>,
    /// By run, provider and number: within a provider in the order they were made.
    steps: BTreeMap<(u32, String, u32), Noted>,
    /// Of steps that have not begun yet.
    contacts: BTreeMap<(u32, String, u32), Vec<ContactRef>>,
}

/// One step. What changes the lock alone has no begin.
#[derive(Debug, Default)]
pub(crate) struct Noted {
    pub(crate) begun: Option<Begun>,
    pub(crate) ended: Option<Ended>,
}

impl History {
    /// Reads a journal. A last line that is not whole was being written when the process ended:
    /// its place is given, and nothing came after it. A journal that tells nothing is cut at 0.
    pub(crate) fn read(bytes: &[u8], name: &str) -> Result<(Self, Option<u64>)> {
        let mut history = Self::default();
        let mut at = 0;
        for (number, line) in (1..).zip(bytes.split_inclusive(|byte| *byte == b'\n')) {
            let is_last = at + line.len() == bytes.len();
            let record = serde_json::from_slice::<Record>(line).ok();
            match record.filter(|_| line.ends_with(b"\n")) {
                Some(Record::Run { start, .. }) if start.v > VERSION => {
                    return Err(Error::Damaged {
                        file: name.to_owned(),
                        why: "it was written by a newer leadtag; use that one".to_owned(),
                    });
                }
                Some(record) => history.take(record),
                None if is_last => return Ok((history, Some(at as u64))),
                None => {
                    return Err(Error::Damaged {
                        file: name.to_owned(),
                        why: format!(
                            "line {number} is broken; put the file back as leadtag wrote it, or \
                             move it away: leadtag tags plan then shows what is left to do, but a \
                             tag made in the last moment may be taken for one that is not ours"
                        ),
                    });
                }
            }
            at += line.len();
        }
        let tells_nothing = history.is_empty();
        Ok((history, tells_nothing.then_some(0)))
    }

    /// Takes one record in.
    pub(crate) fn take(&mut self, record: Record) {
        match record {
            Record::Run { run, start } => self.runs.push((run, start)),
            Record::Contacts { run, provider, n, contacts } => {
                self.contacts.entry((run, provider, n)).or_default().extend(contacts);
            }
            Record::Begin(mut begun) => {
                let at = (begun.run, begun.provider.clone(), begun.step.n);
                begun.contacts = self.contacts.remove(&at).unwrap_or_default();
                self.steps.entry(at).or_default().begun = Some(begun);
            }
            Record::End(ended) => {
                let at = (ended.run, ended.provider.clone(), ended.n);
                self.steps.entry(at).or_default().ended = Some(ended);
            }
        }
    }

    /// Whether nothing was begun.
    pub(crate) fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// The kind of the last run.
    pub(crate) fn kind(&self) -> PlanKind {
        self.runs.last().map(|(_, start)| start.kind).unwrap_or_default()
    }

    /// The steps of the last run and of those of its kind right before it, which it went on with:
    /// those of one provider in the order they were made.
    pub(crate) fn last_steps(&self) -> impl Iterator<Item = (&str, &Noted)> {
        let same = self.runs.iter().rev().take_while(|(_, start)| start.kind == self.kind());
        let first = same.last().map_or(0, |(run, _)| *run);
        let steps = self.steps.iter().filter(move |((run, _, _), _)| *run >= first);
        steps.map(|((_, provider, _), noted)| (provider.as_str(), noted))
    }

    /// Whether any of them changed anything.
    pub(crate) fn changed_anything(&self) -> bool {
        let mut ended = self.last_steps().filter_map(|(_, noted)| noted.ended.as_ref());
        ended.any(|ended| !ended.changes.is_empty())
    }

    /// The number of the run to come.
    pub(crate) fn next_run(&self) -> u32 {
        self.runs.last().map_or(1, |(run, _)| run + 1)
    }

    /// The steps whose outcome nobody knows.
    pub(crate) fn open(&self) -> impl Iterator<Item = &Begun> {
        let open = self.steps.values().filter(|noted| noted.ended.is_none());
        open.filter_map(|noted| noted.begun.as_ref())
    }

    /// The ends of steps with their providers.
    pub(crate) fn ended(&self) -> impl Iterator<Item = (&str, &Ended)> {
        let steps = self.steps.iter();
        steps.filter_map(|((_, provider, _), noted)| {
            Some((provider.as_str(), noted.ended.as_ref()?))
        })
    }

    /// The platforms of the providers.
    pub(crate) fn platforms(&self) -> impl Iterator<Item = (&String, &String)> {
        self.runs.iter().flat_map(|(_, start)| &start.platforms)
    }

    /// The providers that have steps.
    pub(crate) fn providers(&self) -> BTreeSet<String> {
        self.steps.keys().map(|(_, provider, _)| provider.clone()).collect()
    }

    /// The numbers of the steps of this plan that are settled on `provider`; `None` if it was not
    /// begun there.
    pub(crate) fn settled(&self, plan: &str, provider: &str) -> Option<BTreeSet<u32>> {
        let of_plan = |run: u32| self.runs.iter().any(|(n, at)| *n == run && at.plan == plan);
        let steps = self.steps.iter().filter(|((run, at, _), _)| at == provider && of_plan(*run));
        let mut steps = steps.peekable();
        steps.peek()?;
        let settled = steps.filter_map(|((_, _, n), noted)| {
            let outcome = noted.ended.as_ref()?.outcome;
            matches!(outcome, Outcome::Done | Outcome::Refused).then_some(*n)
        });
        Some(settled.collect())
    }
}
