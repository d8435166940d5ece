//! What comes before anything is sent.

use futures_util::future::try_join_all;

use super::directory::{Directory, STATE_VERSION, State};
use super::input::Input;
use super::pace::Pace;
use super::resolve::Resolver;
use super::slots::Slots;
use super::split::{self, Place};
use super::validate::Check;
use super::{AssignOptions, AssignPhase, AssignWatch};
use crate::{Error, Live, Lock, Result, Target, hash};

/// Reads and checks everything anew.
pub(super) async fn begin(
    input: &Input,
    directory: &Directory,
    targets: &[Target<'_>],
    lock: &Lock,
    options: &AssignOptions,
    watch: &dyn AssignWatch,
) -> Result<(Slots, State)> {
    directory.clear()?;
    let mut slots = Slots::open(directory.path(), input.rows)?;
    let mut places = places(targets, lock).await?;
    let refused = split::split(input, &mut places, options, directory, &mut slots, watch)?;
    let mut state = State {
        version: STATE_VERSION,
        input: input.sha256.clone(),
        basis: String::new(),
        providers: targets.iter().map(|target| target.name.to_owned()).collect(),
        buckets: split::buckets(input.rows),
        ended: false,
        totals: Vec::new(),
        refused,
        examples: Vec::new(),
    };
    check_all(input, directory, &mut slots, &places, &mut state, options, watch).await?;
    Ok((slots, state))
}

/// The targets, each with what finds its tags.
async fn places<'a>(targets: &[Target<'a>], lock: &Lock) -> Result<Vec<Place<'a>>> {
    let places = targets.iter().map(|target| async {
        let live = Live::fetch(target.provider).await.map_err(|error| {
            let provider = target.name.to_owned();
            Error::Provider { provider, error }
        })?;
        let tags = Resolver::new(&live, lock.providers.get(target.name));
        Ok(Place { target: *target, tags, refused: 0 })
    });
    try_join_all(places).await
}

async fn check_all(
    input: &Input,
    directory: &Directory,
    slots: &mut Slots,
    places: &[Place<'_>],
    state: &mut State,
    options: &AssignOptions,
    watch: &dyn AssignWatch,
) -> Result<()> {
    let rows = input.rows;
    let done = state.refused + places.iter().map(|place| place.refused).sum::<u64>();
    let mut check = Check { directory, slots, watch, rows, done, examples: Vec::new() };
    for (at, place) in places.iter().enumerate() {
        let pace = Pace::new(place.target.name, &*options.clock, watch, &options.stop);
        match check.provider(at, place, state.buckets, &pace).await? {
            Some(totals) => state.totals.push(totals),
            None => return Err(Error::Refused("stopped; nothing was sent".to_owned())),
        }
    }
    state.refused += state.totals.iter().map(|totals| totals.refused).sum::<u64>();
    state.examples = check.examples;
    watch.progress(AssignPhase::Checking, rows, rows);
    Ok(())
}

/// What besides the input decides what a row means.
pub(super) fn basis(targets: &[Target<'_>], lock: &Lock, options: &AssignOptions) -> String {
    let mut parts = vec![options.default_provider.clone().unwrap_or_default()];
    for target in targets {
        let can = serde_json::to_string(&target.provider.tag_capabilities());
        let platform = target.provider.platform().as_str().to_owned();
        parts.extend([target.name.to_owned(), platform, can.unwrap_or_default()]);
        let locked = lock.providers.get(target.name);
        for tag in locked.into_iter().flat_map(|lock| lock.tags.values()) {
            parts.extend([tag.key.clone(), tag.id.clone()]);
        }
    }
    hash::of_parts(parts.iter().map(String::as_str))
}

/// What an earlier run was about, if this one goes on with it.
pub(super) fn earlier(directory: &Directory, input: &Input, basis: &str) -> Result<Option<State>> {
    // What was refused may be possible by now.
    let Some(state) = directory.state()?.filter(|state| !(state.ended && state.refused > 0)) else {
        return Ok(None);
    };
    let differs = match (state.input == input.sha256, state.basis == basis) {
        (true, true) => return Ok(Some(state)),
        (false, _) => "with other rows",
        (true, false) => "with another tags.lock or configuration",
    };
    if state.ended {
        return Ok(None);
    }
    Err(Error::Refused(format!(
        "{}: an earlier run {differs} was cut off while it was sent; put them back to go on with it, \
         or begin anew with --restart",
        directory.path().display()
    )))
}
