//! What is checked before the first request.

use std::collections::HashSet;

use leadtag_core::Timestamp;

use crate::checkpoint::VERSION;
use crate::passes::Wanted;
use crate::{Checkpoint, Error, Place, Progress, PullOptions, Result, Snapshot, Source, Strategy};

/// Where a stream begins.
#[derive(Debug)]
pub(crate) struct Start {
    pub(crate) strategy: Strategy,
    pub(crate) checkpoint: Checkpoint,
    /// What stays of it if nothing can be read.
    pub(crate) stored: Checkpoint,
    /// Whether the rows that are there say something else than rows would now.
    pub(crate) renewed: bool,
    /// Whether leads are there that were read without their interactions.
    pub(crate) lacks_interactions: bool,
    /// The providers whose leads are there with other settings, where hashes are written.
    pub(crate) others: Vec<String>,
}

/// What is compared with what a destination holds.
pub(crate) struct Check<'a> {
    pub(crate) options: &'a PullOptions,
    /// The destination, for people.
    pub(crate) destination: &'a str,
    /// A fingerprint of the settings that decide what a row says.
    pub(crate) settings: &'a str,
    pub(crate) stored: &'a [Checkpoint],
    /// Whether the destination has a table of leads.
    pub(crate) has_leads: bool,
    /// Whether the destination has a table of interactions.
    pub(crate) has_interactions: bool,
    /// A fingerprint of the key that is hashed with, if there is one.
    pub(crate) key: Option<String>,
    /// The streams that are read.
    pub(crate) sources: &'a [Source],
    pub(crate) now: Timestamp,
}

/// Checks what can be checked without a destination.
pub(crate) fn options(sources: &[Source], options: &PullOptions) -> Result<()> {
    if sources.is_empty() {
        return Err(Error::Input("no provider to pull from".to_owned()));
    }
    let mut names = HashSet::new();
    if let Some(twice) = sources.iter().find(|source| !names.insert(&source.name)) {
        return Err(Error::Input(format!("the provider {} is named twice", twice.name)));
    }
    let account = |source: &Source| Some((source.provider.platform(), source.account.clone()?));
    for (at, source) in sources.iter().enumerate() {
        let Some(own) = account(source) else { continue };
        if let Some(same) = sources[..at].iter().find(|other| account(other).as_ref() == Some(&own))
        {
            return Err(Error::Input(format!(
                "{} and {} are the same list of the same account, so every lead would be there twice; \
                 name one of them (--provider, or provider in [pull])",
                same.name, source.name
            )));
        }
    }
    let wanted = Wanted::of(options);
    if let (Some(since), Some(until)) = (wanted.since, wanted.until)
        && since >= until
    {
        return Err(Error::Input(format!("{since} (--since) is not before {until} (--until)")));
    }
    if let Some(since) = wanted.since.filter(|since| *since > options.clock.now()) {
        return Err(Error::Input(format!(
            "{since} (--since) is in the future; give an earlier moment"
        )));
    }
    for (value, what) in [
        (options.limit, "limit"),
        (options.page_size.map(u64::from), "page_size"),
        (Some(options.commit_rows), "commit_rows"),
    ] {
        if value == Some(0) {
            return Err(Error::Input(format!("{what} is 0; give at least 1")));
        }
    }
    sources.iter().try_for_each(|source| of_source(source, options))
}

fn of_source(source: &Source, options: &PullOptions) -> Result<()> {
    let (name, can) = (&source.name, source.provider.lead_capabilities());
    let platform = source.provider.platform();
    if !can.list {
        return Err(Error::Input(format!("{name}: {platform} cannot list leads")));
    }
    let by_time = [(options.since, "--since"), (options.until, "--until")];
    if let Some((_, option)) = by_time.iter().find(|(moment, _)| moment.is_some())
        && Strategy::of(&can) == Strategy::Snapshot
    {
        return Err(Error::Input(format!(
            "{name}: {platform} cannot filter leads by time, so {option} is not possible; leave it \
             out, or pull {name} by itself without it"
        )));
    }
    match (options.page_size, can.max_page_size) {
        (Some(size), Some(max)) if size > max => Err(Error::Input(format!(
            "{name}: a page of {platform} has at most {max} leads, not {size}"
        ))),
        _ => Ok(()),
    }
}

impl Check<'_> {
    /// Where the stream of a source begins.
    pub(crate) fn start(&self, source: &Source) -> Result<Start> {
        let strategy = Strategy::of(&source.provider.lead_capabilities());
        let stored = self.stored.iter().find(|stored| *stored.provider == *source.name);
        let stored = stored.filter(|stored| !stored.is_blank());
        if let Some(stored) = stored {
            self.same_stream(source, stored)?;
        } else {
            self.not_renamed(source)?;
        }
        let renewed = stored.is_some_and(|stored| self.is_renewed(stored));
        let has_interactions = stored.is_some_and(|stored| stored.interactions);
        let reads_interactions = self.options.interactions && source.interactions;
        let owes_interactions = self.has_interactions
            && has_interactions
            && source.provider.lead_capabilities().interactions
            && stored.is_some_and(|stored| renewed || stored.owes_interactions);
        if owes_interactions && !reads_interactions {
            let needs_full = renewed && strategy != Strategy::Snapshot && !self.options.full;
            return Err(Error::Input(format!(
                "{}: the interactions of {} were written with other settings for columns or \
                 personal data, or by another version of leadtag, and would stay as they are; add \
                 --interactions{}, or use the settings of the last pull",
                self.destination,
                source.name,
                if needs_full { " and --full" } else { "" }
            )));
        }
        let place = self.place(source, strategy, stored, renewed)?;
        let platform = source.provider.platform().as_str();
        let mut checkpoint = Checkpoint::new(&*source.name, platform, place, self.now);
        checkpoint.account.clone_from(&source.account);
        checkpoint.settings = Some(self.settings.to_owned());
        checkpoint.key.clone_from(&self.key);
        checkpoint.interactions = has_interactions || reads_interactions;
        checkpoint.owes_interactions = owes_interactions;
        checkpoint.lacks_interactions = stored.is_some_and(|stored| stored.lacks_interactions);
        // Where nothing tells how rows were written that may be there, they may be of other settings.
        checkpoint.rewrites = renewed || stored.map_or(self.has_leads, |stored| stored.rewrites);
        checkpoint.renewed = renewed || stored.map_or(self.has_leads, |stored| stored.renewed);
        let goes_on = |stored: &&Checkpoint| {
            let complete = matches!(stored.place, Place::Snapshot(Snapshot { complete: true, .. }));
            !complete && !renewed && !self.options.full
        };
        if let Some(stored) = stored.filter(goes_on) {
            checkpoint.ahead.clone_from(&stored.ahead);
        }
        let lacks_interactions = stored.is_some() && !has_interactions;
        let stored = stored.cloned().unwrap_or_else(|| checkpoint.blank());
        let others = if self.key.is_some() { self.others() } else { Vec::new() };
        Ok(Start { strategy, checkpoint, stored, renewed, lacks_interactions, others })
    }

    /// Refuses the stream of another platform or account.
    fn same_stream(&self, source: &Source, stored: &Checkpoint) -> Result<()> {
        let (name, to) = (&source.name, self.destination);
        if stored.version != VERSION {
            return Err(Error::Damaged {
                place: to.to_owned(),
                why: format!(
                    "the checkpoint of {name} is of version {}, and this program knows version \
                     {VERSION}; use a newer leadtag",
                    stored.version
                ),
            });
        }
        let platform = source.provider.platform().as_str();
        let other = if stored.platform != platform {
            format!("of {}, and {name} is of {platform} now", stored.platform)
        } else if stored.account.is_some()
            && source.account.is_some()
            && stored.account != source.account
        {
            "of another account, or of another list of it".to_owned()
        } else {
            return Ok(());
        };
        Err(Error::Input(format!(
            "{to}: what is there of {name} is {other}; pull into another destination, or give the \
             provider another name. If it is the same list all the same, forget the old stream with \
             `leadtag leads reset --provider {name} --to {to}`: leads that a list read as a whole \
             does not have are marked as deleted then"
        )))
    }

    /// Refuses an account whose leads are there under another name.
    fn not_renamed(&self, source: &Source) -> Result<()> {
        let same = |stored: &&Checkpoint| {
            let platform = stored.platform == source.provider.platform().as_str();
            platform && stored.account.is_some() && stored.account == source.account
        };
        let Some(stored) = self.stored.iter().find(same) else { return Ok(()) };
        let (to, old, name) = (self.destination, &stored.provider, &source.name);
        Err(Error::Input(format!(
            "{to}: the leads of {name} are there already, under the name {old}; call the provider \
             {old} again, or pull into another destination (after `leadtag leads reset --provider \
             {old} --to {to}` they would be there under both names, and who was forgotten comes again)"
        )))
    }

    /// The providers that are not read now, and were with other settings.
    fn others(&self) -> Vec<String> {
        let is_other = |stored: &&Checkpoint| {
            let is_read = self.sources.iter().any(|source| *source.name == *stored.provider);
            !is_read && self.is_renewed(stored)
        };
        self.stored.iter().filter(is_other).map(|stored| stored.provider.clone()).collect()
    }

    /// Whether the rows that are there say something else than rows would now.
    fn is_renewed(&self, stored: &Checkpoint) -> bool {
        stored.settings.as_deref().is_some_and(|settings| settings != self.settings)
    }

    /// Where it begins.
    fn place(
        &self,
        source: &Source,
        strategy: Strategy,
        stored: Option<&Checkpoint>,
        renewed: bool,
    ) -> Result<Place> {
        let place = stored.map(|stored| &stored.place);
        match (strategy, place) {
            (Strategy::Snapshot, None) => Ok(Place::Snapshot(Snapshot::new(self.now, 0))),
            (Strategy::Snapshot, Some(Place::Snapshot(last))) => {
                // Each snapshot writes every lead, so other settings need no more than a new one.
                let is_over = last.complete || last.cursor.is_none();
                let is_new = is_over || renewed || self.options.full;
                Ok(Place::Snapshot(if is_new {
                    Snapshot::new(self.now, last.number)
                } else {
                    last.clone()
                }))
            }
            (Strategy::Forward | Strategy::Windows, None) => {
                Ok(Place::Windows(Progress::default()))
            }
            (Strategy::Forward | Strategy::Windows, Some(Place::Windows(last))) => {
                if renewed {
                    self.all_again(source)?;
                    let Progress { step, oldest, .. } = *last;
                    return Ok(Place::Windows(Progress { step, oldest, ..Progress::default() }));
                }
                Ok(Place::Windows(last.clone()))
            }
            (_, Some(_)) => Err(Error::Input(format!(
                "{}: {} was read in another way before; forget the old stream with `leadtag leads \
                 reset --provider {} --to {}`",
                self.destination, source.name, source.name, self.destination
            ))),
        }
    }

    /// Other settings reach the rows that are there only if all are written again.
    fn all_again(&self, source: &Source) -> Result<()> {
        let options = self.options;
        if options.full && options.since.is_none() && options.until.is_none() {
            return Ok(());
        }
        Err(Error::Input(format!(
            "{}: the leads of {} were written with other settings for columns or personal data, or \
             by another version of leadtag, and only some of them would change; write all again with \
             --full (without --since and --until), or use the settings of the last pull",
            self.destination, source.name
        )))
    }
}
