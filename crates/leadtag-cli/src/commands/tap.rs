//! `leadtag tap`: a Singer tap, specification 0.3.0. Only messages go to stdout.

mod config;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::Arc;

use leadtag::{Clock, SystemClock, Timestamp, platforms};
use leadtag_extract::singer::{self, Catalog, State, Subject};
use leadtag_extract::{
    Attributes, Checkpoint, Error, Event, Place, PullOptions, Recorder, Report, Sink, Source, Stop,
    Strategy, Table, pull,
};

use super::leads::progress::Progress;
use super::leads::pull::stop_pull;
use super::leads::settings::PullSettings;
use super::leads::store::failure;
use super::stop::{EXIT_STOPPED, stoppable};
use crate::args::{Columns, Global, Tap};
use crate::failure::{EXIT_FAILED, Failure, reason};
use crate::output::Output;
use crate::session::Session;

use config::TapConfig;

const MASKED: &str = "notice: personal data is masked; \"pull\": {\"pii\": \"hmac\"} or \"plain\" in \
                      the tap's configuration, or pii in [pull] of leadtag.toml, changes that, and \
                      \"mask\" says that it is meant so";

/// Leads of each provider whose attributes are discovered, unless the configuration says how many
/// there are on a page.
const DISCOVERED: u64 = 100;

const STOPPED: &str = "stopped; to go on, run it again with the same options, and --state with the \
                       value of the last STATE message";

pub(super) async fn run(args: &Tap, global: &Global, output: &Output) -> Result<(), Failure> {
    let TapConfig { session, start_date } = TapConfig::open(global, output).await?;
    if start_date.is_some_and(|date| date > SystemClock::new().now()) {
        return Err(Failure::usage(
            "start_date in the tap's configuration is in the future",
            "give an earlier moment; nothing was sent",
        ));
    }
    let settings = PullSettings::of(session.config())?;
    let options = settings.of_tap(session.config())?;
    let recorder = Recorder::new(&options.layout, &options.pii).map_err(failure)?;
    let tables = tables(&recorder)?;
    let work = Work { session, start_date, options, recorder, tables, output };
    let mut catalog = work.catalog(&settings)?;
    let state = match &args.state {
        Some(path) => State::parse(&read(path, "--state")?, path.display().to_string()),
        None => Ok(State::new()),
    };
    let state = state.map_err(misread)?;
    if state.lacks_bookmarks() {
        output
            .notice("notice: the state has no bookmarks, so everything is sent from the beginning");
    }
    if args.discover {
        catalog.add(&state).map_err(misread)?;
        return work.discover(catalog).await;
    }
    if settings.masks_unasked(&Columns::default()) {
        output.notice(MASKED);
    }
    if let Some(path) = &args.catalog {
        let text = read(path, "--catalog")?;
        let unknown = catalog.select(&text, &path.display().to_string()).map_err(misread)?;
        for stream in unknown {
            output.notice(&format!("notice: there is no stream {stream}; it is left out"));
        }
    }
    work.send(&catalog, state).await
}

/// What a tap works with.
struct Work<'a> {
    session: Session,
    start_date: Option<Timestamp>,
    options: PullOptions,
    recorder: Recorder,
    /// The tables without any attribute.
    tables: Vec<Table>,
    output: &'a Output,
}

impl Work<'_> {
    /// All streams there are. Without a catalog, those of the providers in `[pull]` are sent, if it
    /// names any.
    fn catalog(&self, settings: &PullSettings) -> Result<Catalog, Failure> {
        let config = self.session.config();
        let all = platforms();
        let can = |name: &String| {
            let platform = config.platform_of(name).ok()?;
            let info = all.iter().find(|info| info.platform == platform)?;
            Some((name.clone(), info.leads?))
        };
        let providers: Vec<_> = self.session.names().iter().filter_map(can).collect();
        let mut catalog = Catalog::discover(&providers, &self.tables).map_err(failure)?;
        let meant = settings.providers.iter().map(|name| {
            let found = self.session.lead_providers(std::slice::from_ref(name), self.output)?;
            Ok(found.into_iter().map(|provider| provider.name).next())
        });
        let meant = meant.collect::<Result<Vec<_>, Failure>>()?;
        for entry in &mut catalog.entries {
            let asked = meant.is_empty() || meant.iter().flatten().any(|n| *n == entry.provider);
            let wanted = entry.subject == Subject::Leads || self.options.interactions;
            entry.is_selected = asked && wanted;
        }
        Ok(catalog)
    }

    /// Prints the catalog. Attributes with columns of their own are found by reading a page.
    async fn discover(&self, mut catalog: Catalog) -> Result<(), Failure> {
        if self.options.layout.attributes == Attributes::Columns {
            self.output.notice("reading a page of each provider, for the names of its attributes");
            let others: BTreeSet<&str> = catalog
                .entries
                .iter()
                .filter(|entry| catalog.selected(&entry.provider).is_empty())
                .map(|entry| entry.provider.as_str())
                .collect();
            for provider in others {
                self.output.notice(&format!(
                    "notice: {provider} is not among the providers of [pull], so its attributes are \
                     not looked for"
                ));
            }
            let tap = self.tap(Box::new(std::io::sink()), &catalog, State::new())?;
            let mut options = self.options.clone();
            options.limit = Some(options.page_size.map_or(DISCOVERED, u64::from));
            options.interactions = false;
            let (sources, stop) = (self.sources(&catalog)?, Stop::new());
            let report = self.pull(sources, tap.sink(), options, &stop).await?;
            if stop.is_asked() {
                return Err(Failure::Reported(EXIT_STOPPED));
            }
            self.end(&report, &stop)?;
            catalog.add(&tap.state()).map_err(failure)?;
        }
        self.output.json(&catalog.to_json())
    }

    /// Sends what is selected.
    async fn send(&self, catalog: &Catalog, state: State) -> Result<(), Failure> {
        let sources = self.sources(catalog)?;
        if sources.is_empty() {
            self.output.notice("no stream is selected, so nothing is sent");
            return Ok(());
        }
        let tap = self.tap(self.output.stream(), catalog, state)?;
        let known = self.known(&sources, &tap)?;
        let stop = Stop::new();
        let is_new = |source: &Source| {
            let strategy = Strategy::of(&source.provider.lead_capabilities());
            let is_known = known.iter().any(|checkpoint| *checkpoint.provider == *source.name);
            self.start_date.is_some() && strategy != Strategy::Snapshot && !is_known
        };
        // A stream that was never read begins at the start date; one that goes on, where it stands.
        let (new, others): (Vec<_>, Vec<_>) = sources.into_iter().partition(is_new);
        let mut all = Report::default();
        for (sources, since) in [(others, None), (new, self.start_date)] {
            if sources.is_empty() || stop.is_asked() {
                continue;
            }
            let mut options = self.options.clone();
            options.since = since;
            options.interactions = sources.iter().any(|source| source.interactions);
            all.add(self.pull(sources, tap.sink(), options, &stop).await?);
        }
        self.end(&all, &stop)
    }

    fn tap(
        &self,
        out: Box<dyn std::io::Write + Send>,
        catalog: &Catalog,
        state: State,
    ) -> Result<singer::Tap, Failure> {
        let output = *self.output;
        let notice = move |text: String| output.notice(&format!("notice: {text}"));
        singer::Tap::new(out, catalog, self.tables.clone(), state, notice).map_err(misread)
    }

    /// The providers of the selected streams.
    fn sources(&self, catalog: &Catalog) -> Result<Vec<Source>, Failure> {
        let mut names: Vec<_> = catalog
            .entries
            .iter()
            .filter(|entry| entry.is_selected)
            .map(|entry| entry.provider.clone())
            .collect();
        names.dedup();
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let providers = self.session.lead_providers(&names, self.output)?;
        let sources = providers.into_iter().filter_map(|provider| {
            let leads = provider.leads?;
            let source = Source::new(provider.name, leads).with_account(provider.account);
            let selected = catalog.selected(&source.name);
            let has_both = selected.contains(&Subject::Interactions);
            Some(if has_both { source } else { source.without_interactions() })
        });
        Ok(sources.collect())
    }

    /// The checkpoints that are of use. Where records would say something else now than they did, a
    /// stream is sent from its beginning.
    fn known(&self, sources: &[Source], tap: &singer::Tap) -> Result<Vec<Checkpoint>, Failure> {
        let mut sink = tap.sink();
        let mut stored = sink.checkpoints().map_err(misread)?;
        stored.retain(|checkpoint| !checkpoint.is_blank());
        let mut known = Vec::new();
        for checkpoint in stored {
            let name = &checkpoint.provider;
            let source = sources.iter().find(|source| *source.name == **name);
            if let Some(other) = source.and_then(|source| other_stream(&checkpoint, source)) {
                return Err(Failure::usage(
                    format!("the state of {name} is {other} than {name} is in the configuration"),
                    "take its bookmarks out of the state, or leave --state out",
                ));
            }
            let settings = self.recorder.fingerprint();
            let missing = tap.missing(name);
            let why = if checkpoint.settings.as_deref().is_some_and(|known| known != settings) {
                "the columns or the handling of personal data were changed, or leadtag was"
                    .to_owned()
            } else if !missing.is_empty() {
                format!("the leads that were sent before lack {}", missing.join(", "))
            } else {
                known.push(checkpoint);
                continue;
            };
            self.output.notice(&format!("notice: {why}, so all of {name} is sent again"));
            sink.reset(name).map_err(failure)?;
        }
        Ok(known)
    }

    /// Pulls to the end, or to the next checkpoint once it is asked to stop; at once, if it is
    /// asked again.
    async fn pull(
        &self,
        sources: Vec<Source>,
        sink: Box<dyn Sink>,
        options: PullOptions,
        stop: &Stop,
    ) -> Result<Report, Failure> {
        let progress = Arc::new(Progress::new(*self.output));
        let shown = Arc::clone(&progress);
        let events = move |event: Event| shown.show(&event);
        let pulled = pull(sources, sink, options, stop.clone(), events);
        let pulled = stoppable(pulled, || stop_pull(stop, &progress)).await;
        progress.clear();
        pulled?.map_err(failure)
    }

    /// Tells what each stream came to, and the exit code.
    fn end(&self, report: &Report, stop: &Stop) -> Result<(), Failure> {
        for stream in &report.streams {
            match &stream.error {
                Some(error) => self.output.notice(&format!("error: {}: {error}", stream.provider)),
                None => self.output.notice(&format!("{}: {} leads", stream.provider, stream.read)),
            }
        }
        if stop.is_asked() {
            self.output.notice(STOPPED);
            return Err(Failure::Reported(EXIT_STOPPED));
        }
        if report.has_failed() { Err(Failure::Reported(EXIT_FAILED)) } else { Ok(()) }
    }
}

/// What a checkpoint is of, if it is not the one of this source.
fn other_stream(checkpoint: &Checkpoint, source: &Source) -> Option<&'static str> {
    let can = source.provider.lead_capabilities();
    let is_snapshot = matches!(checkpoint.place, Place::Snapshot(_));
    if checkpoint.platform != source.provider.platform().as_str() {
        Some("of another platform")
    } else if checkpoint.account.is_some() && checkpoint.account != source.account {
        Some("of another account, or of another list of it,")
    } else if is_snapshot != (Strategy::of(&can) == Strategy::Snapshot) {
        Some("of a list that was read in another way")
    } else {
        None
    }
}

fn tables(recorder: &Recorder) -> Result<Vec<Table>, Failure> {
    let leads = recorder.leads(None).map_err(failure)?;
    let interactions = recorder.interactions(None).map_err(failure)?;
    Ok(vec![leads.table().clone(), interactions.table().clone()])
}

/// What the user gave and does not read is like a wrong argument: nothing was sent.
fn misread(error: Error) -> Failure {
    match error {
        Error::Damaged { .. } => failure(Error::Input(error.to_string())),
        other => failure(other),
    }
}

fn read(path: &Path, option: &str) -> Result<String, Failure> {
    std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(
            format!("{} cannot be read ({})", path.display(), reason(&error)),
            format!("name a file of JSON, in UTF-8, with {option}"),
        )
    })
}
