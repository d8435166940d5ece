//! `leadtag tags apply`.

mod progress;
mod scratch;
mod summary;

use std::io::ErrorKind;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use leadtag::{Clock, SystemClock};
use leadtag_taxonomy::{
    ApplyOptions, DiffOptions, Error, Plan, PlanFile, Planned, Recovered, Report, Summary,
    Workspace, apply, left, plan, recover, text,
};

use super::files::{self, Source, unusable};
use super::plan::tell_unreachable;
use super::settings::TagsSettings;
use super::targets::{Providers, providers, targets};
use crate::args::{Format, TagsApply};
use crate::commands::stop::{EXIT_STOPPED, stoppable};
use crate::failure::{EXIT_FAILED, Failure};
use crate::output::Output;
use crate::session::Session;
use progress::Progress;
use scratch::Scratch;

pub(crate) async fn run(
    args: &TagsApply,
    session: &Session,
    output: &Output,
) -> Result<(), Failure> {
    let settings = TagsSettings::read(session.config(), Some(&args.guards))?;
    let saved = args.plan.as_deref().map(load).transpose()?;
    let scratch = Scratch::for_sandbox(session, &args.files.lock, output)?;
    let lock = scratch.as_ref().map_or(args.files.lock.as_path(), Scratch::lock);
    let source = match &saved {
        Some(_) => None,
        None => {
            let known = Workspace::peek(lock).map_err(unusable)?.lock;
            Some(Source::read(&args.files.file, Some((&known, lock)), session, output)?)
        }
    };
    let wait = args.wait.unwrap_or(settings.lock_wait);
    let workspace = open(lock, wait, output).await?;
    let mut options = ApplyOptions::default();
    options.limits = settings.limits;
    options.settle = settings.settle;
    options.max_wait = settings.max_wait;
    let work = Work { args, session, output, workspace, options };
    let done = work.run(saved, source.as_ref()).await;
    drop(scratch);
    done
}

/// One apply.
struct Work<'a> {
    args: &'a TagsApply,
    session: &'a Session,
    output: &'a Output,
    workspace: Workspace,
    options: ApplyOptions,
}

impl Work<'_> {
    async fn run(&self, saved: Option<Plan>, source: Option<&Source>) -> Result<(), Failure> {
        let (all, wanted) = self.providers(saved.as_ref(), source)?;
        let recovered =
            recover(&self.workspace, &targets(&all), &self.options).await.map_err(failed)?;
        let lost = self.tell(recovered);
        let mut known = all.clone();
        known.retain(|(name, _)| !lost.contains(name));
        let mut unreachable = !lost.is_empty();
        let (plan, left, known) = match (saved, source) {
            (Some(plan), _) => {
                self.compare(&plan);
                let left = left(&plan, &self.workspace, &targets(&all)).await.map_err(failed)?;
                // Those of which nobody knows are told of with the others of the plan.
                (plan, left, all)
            }
            (None, Some(source)) => {
                let planned = self.plan(source, &known, &wanted).await;
                unreachable |= !planned.unreachable.is_empty();
                for (name, error) in planned.unreachable {
                    tell_unreachable(&name, error, self.format(), *self.output);
                }
                (planned.plan.clone(), planned.plan, known)
            }
            (None, None) => return Ok(()),
        };
        if !left.is_empty() {
            self.show(&left)?;
        }
        if left.providers.iter().any(|one| !one.steps.is_empty()) {
            self.within_limits(&left)?;
            self.confirm(&left)?;
        }
        let report = self.apply(&plan, &known).await?;
        self.end(&report, plan.is_empty(), unreachable)
    }

    fn format(&self) -> Format {
        self.args.output.format
    }

    /// The providers of the plan or the file, those of which an earlier apply left something, and
    /// the names of the former.
    fn providers(
        &self,
        saved: Option<&Plan>,
        source: Option<&Source>,
    ) -> Result<(Providers, Vec<String>), Failure> {
        let Self { session, output, workspace, .. } = self;
        let mut made = match (saved, source) {
            (Some(plan), _) => {
                let busy = plan.providers.iter().filter(|one| !one.steps.is_empty());
                let names: Vec<String> = busy.map(|one| one.name.clone()).collect();
                session.tag_providers(&names, output)?
            }
            (None, Some(source)) => {
                let lock = workspace.lock();
                providers(&self.args.provider, &source.file, &lock, session, output)?
            }
            (None, None) => Providers::new(),
        };
        let wanted = made.iter().map(|(name, _)| name.clone()).collect();
        let names = session.names();
        let mut left: Vec<String> = workspace.unfinished().into_iter().collect();
        left.retain(|name| names.contains(name) && !made.iter().any(|(known, _)| known == name));
        made.extend(session.tag_providers(&left, output)?);
        Ok((made, wanted))
    }

    /// Tells what became of an interrupted apply; gives the providers of which nobody knows.
    fn tell(&self, recovered: Recovered) -> Vec<String> {
        let Recovered { looked_up, done, unreachable, missing, notes, .. } = recovered;
        if looked_up > 0 {
            self.output.notice(&format!(
                "an earlier apply was interrupted: of {} whose outcome was unknown, {done} had \
                 been done",
                steps(looked_up)
            ));
        }
        for (provider, note) in notes {
            self.output.notice(&format!("notice: {provider}: {}", note.message));
        }
        for name in missing {
            self.output.notice(&format!(
                "notice: an earlier apply was interrupted on {name}, which is not configured any \
                 more; configure it again, or delete {} to give up on it",
                self.workspace.journal_path().display()
            ));
        }
        let mut lost = Vec::new();
        for (name, error) in unreachable {
            tell_unreachable(&name, error, self.format(), *self.output);
            lost.push(name);
        }
        lost
    }

    async fn plan(&self, source: &Source, known: &Providers, wanted: &[String]) -> Planned {
        let options = DiffOptions::default()
            .with_retry_refused(self.args.retry_refused)
            .with_accept_missing(self.args.accept_missing);
        let mut targets = targets(known);
        targets.retain(|target| wanted.iter().any(|name| name == target.name));
        let lock = self.workspace.lock();
        let mut planned = plan(&source.file, &lock, &targets, options).await;
        planned.plan = planned.plan.from_file(PlanFile::of(&self.args.files.file, &source.text));
        planned
    }

    /// Tells if the file has changed since the plan was saved. The plan is what was reviewed.
    fn compare(&self, plan: &Plan) {
        let path = &self.args.files.file;
        let Some(file) = &plan.file else { return };
        let Ok(text) = std::fs::read_to_string(path) else { return };
        if PlanFile::of(path, &text).sha256 != file.sha256 {
            self.output.notice(&format!(
                "notice: {} has changed since the plan was saved; the plan is applied as it is",
                path.display()
            ));
        }
    }

    fn within_limits(&self, plan: &Plan) -> Result<(), Failure> {
        let excesses = self.options.limits.excesses(plan);
        if excesses.is_empty() { Ok(()) } else { Err(failed(Error::LimitsExceeded(excesses))) }
    }

    fn show(&self, plan: &Plan) -> Result<(), Failure> {
        match self.format() {
            Format::Text => {
                Failure::even_unread(self.output.part(&text(plan, self.output.colors_data())))
            }
            Format::Json => {
                text(plan, false).lines().for_each(|line| self.output.notice(line));
                Ok(())
            }
        }
    }

    /// Asks on a terminal; elsewhere `--yes` must say it.
    fn confirm(&self, plan: &Plan) -> Result<(), Failure> {
        if self.args.yes {
            return Ok(());
        }
        let busy = plan.providers.iter().filter(|one| !one.steps.is_empty()).count();
        let providers = if busy == 1 { "1 provider" } else { &format!("{busy} providers") };
        let what = format!("{} on {providers}", changes(&plan.summary()));
        match self.output.ask(&format!("Make {what}? [y/N]")) {
            Some(answer) if matches!(answer.to_lowercase().as_str(), "y" | "yes") => Ok(()),
            Some(_) => Err(Failure::failed("nothing was changed")),
            None => Err(Failure::usage(
                format!("{what} would be made, and there is no terminal to ask on"),
                "add --yes to apply without asking",
            )),
        }
    }

    /// Carries the plan out. The first Ctrl-C lets the running steps end, the second one does not.
    async fn apply(&self, plan: &Plan, known: &Providers) -> Result<Report, Failure> {
        let total = plan.providers.iter().map(|one| one.steps.len()).sum();
        let progress = Progress::new(total, *self.output);
        let known = targets(known);
        let work = apply(plan, &self.workspace, &known, &self.options, &progress);
        let ask = || {
            let is_asked = self.options.stop.swap(true, Ordering::Relaxed);
            if !is_asked {
                self.output.notice(
                    "stopping after the running steps; once more stops at once, the next apply \
                     looks what became of them",
                );
            }
            is_asked
        };
        let done = stoppable(work, ask).await?;
        progress.finish();
        done.map_err(failed)
    }

    fn end(&self, report: &Report, unchanged: bool, unreachable: bool) -> Result<(), Failure> {
        let goes_on = report.stopped
            || report.disk.is_some()
            || report.providers.iter().any(|one| one.can_go_on())
            || unreachable;
        let next = goes_on.then(summary::same_command);
        let keeps_undo = !self.session.is_fleeting();
        let undo = report.undo.as_deref().filter(|_| keeps_undo);
        let json = summary::Summary::new(report, undo, next.as_deref(), &self.args.files.file);
        Failure::even_unread(self.output.result(self.format(), &json, || {
            if unchanged && !unreachable && undo.is_none() {
                "No changes.".to_owned()
            } else {
                json.text()
            }
        }))?;
        match () {
            () if report.stopped => Err(Failure::Reported(EXIT_STOPPED)),
            () if unreachable || !report.is_complete() => Err(Failure::Reported(EXIT_FAILED)),
            () => Ok(()),
        }
    }
}

/// Reads a saved plan.
fn load(path: &Path) -> Result<Plan, Failure> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(|error| match error.kind() {
        ErrorKind::NotFound => Failure::usage(
            format!("there is no file {name}"),
            "leadtag tags plan --out FILE saves a plan",
        ),
        kind => Failure::usage(format!("{name} cannot be read ({kind})"), "check the file"),
    })?;
    Plan::load(&text).map_err(|error| {
        Failure::usage(format!("{name}: {error}"), "leadtag tags plan --out FILE saves a plan")
    })
}

/// Takes the files; says so before it waits for somebody else.
async fn open(lock: &Path, wait: Duration, output: &Output) -> Result<Workspace, Failure> {
    const COMMAND: &str = "tags apply";
    let clock: Arc<dyn Clock> = Arc::new(SystemClock::new());
    let mut opened = Workspace::open(lock, COMMAND, Duration::ZERO, &*clock).await;
    if let Err(Error::Held { holder }) = &opened
        && !wait.is_zero()
    {
        output.notice(&format!("waiting: {holder}"));
        opened = Workspace::open(lock, COMMAND, wait, &*clock).await;
    }
    opened.map_err(failed)
}

fn failed(error: Error) -> Failure {
    let hint = match &error {
        Error::Held { .. } => "let it end, or add --wait 5m to wait for it",
        Error::LimitsExceeded(_) => {
            "nothing was changed; look at the plan, then raise the limit for this run or in [tags] \
             of leadtag.toml"
        }
        _ => return files::failure(error),
    };
    Failure::failed_with_hint(error.to_string(), hint)
}

fn steps(count: usize) -> String {
    if count == 1 { "1 step".to_owned() } else { format!("{count} steps") }
}

fn changes(summary: &Summary) -> String {
    let Summary {
        create_groups,
        create_tags,
        renames,
        reorders,
        delete_tags,
        delete_groups,
        lock_only,
        ..
    } = summary;
    let count = create_groups + create_tags + renames + reorders + delete_tags + delete_groups;
    match (count, lock_only) {
        (0, 0) => "changes".to_owned(),
        (0, 1) => "1 change of the lock".to_owned(),
        (0, some) => format!("{some} changes of the lock"),
        (1, _) => "1 change".to_owned(),
        (some, _) => format!("{some} changes"),
    }
}
