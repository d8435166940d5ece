//! `leadtag leads reset`.

use std::collections::HashSet;

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
    let is_known = |name: &str| config.as_ref().is_none_or(|c| c.names().any(|own| own == name));
    let mut providers = args.provider.clone();
    store::must_exist(&destination).await?;
    // Where a file or a table is gone, all are forgotten.
    let is_damaged = store::is_damaged(&destination).await?;
    let mut all = Vec::new();
    // One that does not read can be forgotten all the same.
    if let Some(known) = store::providers(&destination).await? {
        for name in &mut providers {
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
        all = known.into_names();
    }
    let mut once = HashSet::new();
    providers.retain(|name| once.insert(name.clone()));
    all.retain(|name| is_damaged && once.insert(name.clone()));
    let names = [providers.as_slice(), &all].concat().join(", ");
    let asked = providers.clone();
    store::confirm(
        args.yes,
        &format!(
            "Forget how far {names} is in {destination}? The next pull reads everything again."
        ),
        &format!("the checkpoint of {names} in {destination} would be forgotten"),
        output,
    )?;
    let reset = store::with(&destination, move |sink| {
        let mut reset = Vec::with_capacity(providers.len());
        for provider in providers {
            reset.extend(sink.reset(&provider)?);
        }
        Ok(reset)
    });
    let reset = Reset { to: destination.to_string(), reset: reset.await? };
    output.result(args.output.format, &reset, || {
        let (own, others): (Vec<&str>, Vec<&str>) = reset
            .reset
            .iter()
            .map(String::as_str)
            .partition(|name| asked.iter().any(|a| a == name));
        let (own, others) = (own.join(", "), others.join(", "));
        let forgot = match (own.is_empty(), others.is_empty()) {
            (false, true) => format!("forgot the checkpoint of {own}"),
            (false, false) => format!(
                "forgot the checkpoint of {own}, and as a file or table is gone, that of {others} too"
            ),
            (true, false) => {
                format!("as a file or table is gone, forgot the checkpoint of {others}")
            }
            (true, true) => "a file or table is gone, and there is no checkpoint any more".to_owned(),
        };
        format!(
            "{forgot}; the next pull reads everything again, and rows that it does not reach \
             stay as they were written"
        )
    })
}
