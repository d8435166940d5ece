//! `leadtag leads reset`.

use std::collections::HashSet;

use leadtag::Config;
use leadtag_extract::Destination;
use serde::Serialize;

use super::store;
use crate::args::{Global, LeadsReset};
use crate::failure::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Reset {
    to: String,
    reset: Vec<String>,
}

pub(crate) async fn run(
    args: &LeadsReset,
    global: &Global,
    output: &Output,
) -> Result<(), Failure> {
    let (config, destination) = store::asked(args.to.as_ref(), global)?;
    store::must_exist(&destination).await?;
    store::must_be_of(&destination, config.is_none()).await?;
    let (asked, others) = meant(&args.provider, config.as_ref(), &destination).await?;
    let names = [asked.as_slice(), &others].concat().join(", ");
    store::confirm(
        args.yes,
        &format!(
            "Forget how far {names} is in {destination}? The next pull reads everything again."
        ),
        &format!("the checkpoint of {names} in {destination} would be forgotten"),
        output,
    )?;
    let providers = asked.clone();
    let reset = store::with(&destination, move |sink| {
        let mut reset = Vec::with_capacity(providers.len());
        for provider in providers {
            reset.extend(sink.reset(&provider)?);
        }
        Ok(reset)
    });
    let reset = Reset { to: destination.to_string(), reset: reset.await? };
    output.result(args.output.format, &reset, || text(&reset.reset, &asked))
}

/// The providers that are asked for, and those that are forgotten with them: where a file or a table is
/// gone, all are.
async fn meant(
    asked: &[String],
    config: Option<&Config>,
    destination: &Destination,
) -> Result<(Vec<String>, Vec<String>), Failure> {
    let is_known = |name: &str| config.is_none_or(|config| config.names().any(|own| own == name));
    let is_damaged = store::is_damaged(destination).await?;
    let (mut asked, mut others) = (asked.to_vec(), Vec::new());
    // One that does not read can be forgotten all the same.
    if let Some(known) = store::providers(destination).await? {
        for name in &mut asked {
            match known.find(name) {
                Some(found) => *name = found,
                // A reset is what is asked for where a file or a table is gone.
                None if is_damaged && is_known(name) => {}
                None => {
                    let hint = known.names().map_or_else(
                        || "it has none of any provider: there is nothing to reset".to_owned(),
                        |names| format!("it has those of {names}"),
                    );
                    let what = format!("{destination} has no checkpoint of {name}");
                    return Err(Failure::usage(what, hint));
                }
            }
        }
        others = known.into_names();
    }
    let mut once = HashSet::new();
    asked.retain(|name| once.insert(name.clone()));
    others.retain(|name| is_damaged && once.insert(name.clone()));
    Ok((asked, others))
}

/// What was forgotten, of that what was asked for first.
fn text(reset: &[String], asked: &[String]) -> String {
    let (own, others): (Vec<&str>, Vec<&str>) =
        reset.iter().map(String::as_str).partition(|name| asked.iter().any(|a| a == name));
    let (own, others) = (own.join(", "), others.join(", "));
    let forgot = match (own.is_empty(), others.is_empty()) {
        (false, true) => format!("forgot the checkpoint of {own}"),
        (false, false) => format!(
            "forgot the checkpoint of {own}, and as a file or table is gone, that of {others} too"
        ),
        (true, false) => format!("as a file or table is gone, forgot the checkpoint of {others}"),
        (true, true) => "a file or table is gone, and there is no checkpoint any more".to_owned(),
    };
    format!(
        "{forgot}; the next pull reads everything again, and rows that it does not reach stay as \
         they were written"
    )
}
