//! Finds out what became of the steps during which an apply was interrupted.

use std::time::Duration;

use super::model::Model;
use super::settle::{Settled, settle};
use super::{ApplyOptions, Target};
use crate::journal::{Begun, Ended, Outcome};
use crate::store::Workspace;
use crate::{Live, Note, Result, StepKind};

/// What was found out.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Recovered {
    /// The steps that were looked up.
    pub looked_up: usize,
    /// Those that had been done.
    pub done: usize,
    /// Providers of which nothing can be found out now, and why. They get no steps until it can.
    pub unreachable: Vec<(String, leadtag_core::Error)>,
    /// Providers that are not at hand.
    pub missing: Vec<String>,
    /// What is worth knowing, by provider.
    pub notes: Vec<(String, Note)>,
}

/// Finds out what became of the steps during which an earlier apply was interrupted, by listing
/// their providers, and brings the lock up to date. Nothing is changed on any platform.
///
/// # Errors
/// [`Error::File`](crate::Error::File) if lock or journal cannot be written.
pub async fn recover(
    workspace: &Workspace,
    targets: &[Target<'_>],
    options: &ApplyOptions,
) -> Result<Recovered> {
    let mut recovered = Recovered::default();
    if workspace.history(|history| history.is_empty()) {
        return Ok(recovered);
    }
    // The journal may be ahead of it.
    workspace.save_lock()?;
    let mut open: Vec<Begun> = workspace.history(|history| history.open().cloned().collect());
    open.sort_by(|a, b| (&a.provider, a.run, a.step.n).cmp(&(&b.provider, b.run, b.step.n)));
    for steps in open.chunk_by(|a, b| a.provider == b.provider) {
        let Some(name) = steps.first().map(|step| step.provider.as_str()) else { continue };
        let Some(target) = targets.iter().find(|target| target.name == name) else {
            recovered.missing.push(name.to_owned());
            continue;
        };
        recover_one(workspace, target, steps, options, &mut recovered).await?;
    }
    Ok(recovered)
}

async fn recover_one(
    workspace: &Workspace,
    target: &Target<'_>,
    steps: &[Begun],
    options: &ApplyOptions,
    recovered: &mut Recovered,
) -> Result<()> {
    let platform = target.provider.platform();
    let mut may_wait = true;
    let mut now = None;
    for begun in steps {
        let settled = loop {
            let model = match &mut now {
                Some(model) => model,
                None => match Live::fetch(target.provider).await {
                    Ok(live) => {
                        now.insert(Model::new(&live, &workspace.provider_lock(target.name)))
                    }
                    Err(error) => {
                        recovered.unreachable.push((target.name.to_owned(), error));
                        return Ok(());
                    }
                },
            };
            let settled = settle(&begun.step.kind, &begun.before, &begun.had, model);
            match still_on_its_way(begun, &settled, options).filter(|_| may_wait) {
                Some(rest) => options.clock.sleep(rest).await,
                None => {
                    model.make(&settled.changes);
                    break settled;
                }
            }
            // Looked at a second time, with nothing settled yet that the list would not show.
            may_wait = false;
            now = None;
        };
        recovered.looked_up += 1;
        recovered.done += usize::from(settled.outcome == Outcome::Done);
        let notes = settled.notes.into_iter().map(|note| (target.name.to_owned(), note));
        recovered.notes.extend(notes);
        let ended = Ended {
            run: begun.run,
            provider: begun.provider.clone(),
            n: begun.step.n,
            outcome: settled.outcome,
            changes: settled.changes,
            refused: None,
            allowed: None,
        };
        workspace.end(vec![ended], platform.as_str())?;
    }
    Ok(())
}

/// How long a create that is not to be seen may still be on its way.
fn still_on_its_way(begun: &Begun, settled: &Settled, options: &ApplyOptions) -> Option<Duration> {
    let creates =
        matches!(begun.step.kind, StepKind::CreateGroup { .. } | StepKind::CreateTags { .. });
    let age = options.clock.now().since(begun.at);
    let rest = options.settle.saturating_sub(age);
    (creates && settled.outcome != Outcome::Done && !rest.is_zero()).then_some(rest)
}
