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
    let (_, destination) = store::asked(args.to.as_ref(), global)?;
    let mut providers = args.provider.clone();
    // One that does not read can be forgotten all the same.
    if let Some(known) = store::providers(&destination).await? {
        for name in &mut providers {
            *name = known.find(name).ok_or_else(|| {
                let hint = known.names().map_or_else(
                    || "it has none of any provider: there is nothing to reset".to_owned(),
                    |names| format!("it has those of {names}"),
                );
                Failure::usage(format!("{destination} has no checkpoint of {name}"), hint)
            })?;
        }
    }
    let mut once = HashSet::new();
    providers.retain(|name| once.insert(name.clone()));
    let names = providers.join(", ");
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
        let others = reset.reset.iter().filter(|provider| !asked.contains(provider));
        let others: Vec<&str> = others.map(String::as_str).collect();
        let others = match others.as_slice() {
            [] => String::new(),
            others => format!(", and as a file is gone, that of {} too", others.join(", ")),
        };
        format!(
            "forgot the checkpoint of {names}{others}; the next pull reads everything again, and \
             rows that it does not reach stay as they were written"
        )
    })
}
