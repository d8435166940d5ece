//! What comes before anything is sent.

use futures_util::future::join_all;

use super::directory::{Directory, STATE_VERSION, State};
use super::input::Input;
use super::pace::Pace;
use super::plan::Totals;
use super::resolve::Resolver;
use super::slots::Slots;
use super::split::{self, Known, Place};
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
    let mut state = State {
        version: STATE_VERSION,
        input: input.sha256.clone(),
        basis: basis(targets, lock, options),
        providers: targets.iter().map(|target| target.name.to_owned()).collect(),
        away: targets.iter().map(|_| Some(String::new())).collect(),
        buckets: split::buckets(input.rows),
        ended: false,
        totals: targets.iter().map(|target| Totals::of(target.name)).collect(),
        nowhere: 0,
        examples: Vec::new(),
    };
    let mut failed =
        check_all(input, directory, targets, lock, options, watch, (&mut slots, &mut state))
            .await?;
    // Where somebody is there, the rows of the others can wait.
    match failed.pop() {
        Some((at, error)) if failed.len() + 1 == targets.len() => {
            let provider = targets[at].name.to_owned();
            Err(Error::Provider { provider, error })
        }
        _ => Ok((slots, state)),
    }
}

/// Reads and checks the rows of the providers that nobody could ask so far. Gives those that still
/// do not answer.
pub(super) async fn check_all(
    input: &Input,
    directory: &Directory,
    targets: &[Target<'_>],
    lock: &Lock,
    options: &AssignOptions,
    watch: &dyn AssignWatch,
    (slots, state): (&mut Slots, &mut State),
) -> Result<Vec<(usize, leadtag_core::Error)>> {
    let mut failed = Vec::new();
    let mut places = Vec::new();
    for (at, place) in places_of(targets, lock, state).await.into_iter().enumerate() {
        if let Place::Away(error) = &place {
            state.away[at] = Some(error.to_string());
            failed.push((at, error.clone()));
        }
        places.push(place);
    }
    state.nowhere = split::split(input, targets, &mut places, options, directory, slots, watch)?;
    let rows = input.rows;
    let mut check = Check { directory, slots, watch, rows, done: 0, examples: Vec::new() };
    for (at, place) in places.iter().enumerate() {
        let Place::Here(place) = place else {
            continue;
        };
        let pace = Pace::new(place.target.name, &*options.clock, watch, &options.stop);
        match check.provider(at, place, state.buckets, &pace).await {
            Ok(Some(totals)) => {
                state.totals[at] = totals;
                state.away[at] = None;
            }
            Ok(None) => return Err(Error::Refused("stopped; nothing was sent".to_owned())),
            Err(Error::Provider { error, .. }) => {
                check.leave_out(at, state.buckets, &error.to_string())?;
                state.away[at] = Some(error.to_string());
                failed.push((at, error));
            }
            Err(error) => return Err(error),
        }
    }
    state.examples.append(&mut check.examples);
    watch.progress(AssignPhase::Checking, rows, rows);
    Ok(failed)
}

/// What is known of each target.
async fn places_of<'a>(targets: &[Target<'a>], lock: &Lock, state: &State) -> Vec<Place<'a>> {
    let places = targets.iter().zip(&state.away).map(|(target, away)| async move {
        if away.is_none() {
            return Place::Done;
        }
        match Live::fetch(target.provider).await {
            Ok(live) => {
                let tags = Resolver::new(&live, lock.providers.get(target.name));
                Place::Here(Known { target: *target, tags, refused: 0 })
            }
            Err(error) => Place::Away(error),
        }
    });
    join_all(places).await
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
    let Some(state) = directory.state()?.filter(|state| !(state.ended && state.refused() > 0))
    else {
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
