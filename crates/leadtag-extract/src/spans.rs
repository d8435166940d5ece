//! Leads by time: which spans are read, one after the other.

use std::collections::VecDeque;

use crate::passes::{Planned, Wanted};
use crate::reader::{End, Halt, Reader};
use crate::{Event, Place, Progress, Strategy, forward, windows};

/// Reads what has to be read: what the run before left, and what is asked for.
pub(crate) async fn run(
    reader: &mut Reader,
    mut progress: Progress,
    strategy: Strategy,
) -> Result<End, Halt> {
    let wanted = Wanted::of(&reader.options);
    // What a pull left that was cut off is read first, and may be all of it.
    let gap = progress.gap(&wanted).filter(|_| progress.pass.is_none());
    if let Some(gap) = gap {
        let from = gap.from.map_or_else(String::new, |from| from.to_string());
        let other = match wanted.until.filter(|until| gap.from == Some(*until)) {
            Some(until) => format!("with --since {until} and no --until"),
            None => "without --since".to_owned(),
        };
        reader.notice(format!(
            "nothing from {from} to {} was read yet, and this pull does not read it; one {other} \
             does",
            gap.to
        ));
    }
    let Some(planned) = progress.first(&wanted, reader.now()) else {
        reader.notice(nothing_to_read(&progress, &wanted));
        return Ok(End::Complete);
    };
    if planned.resumed && wanted.differs_from(&planned.pass) {
        let text = "a pull before this one was cut off: what it left is read first, whatever \
                    --since, --until and --full say";
        reader.notice(text.to_owned());
    }
    let mut todo = VecDeque::from([planned]);
    while let Some(planned) = todo.pop_front() {
        begin(reader, &mut progress, &planned, strategy);
        let end = match strategy {
            Strategy::Forward => forward::read(reader, &mut progress).await?,
            _ => windows::read(reader, &mut progress).await?,
        };
        if end == End::Limit {
            return Ok(end);
        }
        progress.complete();
        reader.rewritten(planned.pass.full);
        reader.mark(Place::Windows(progress.clone())).await?;
        // Who asks for a number of leads has them, if they came from what was left.
        if planned.resumed && reader.options.limit.is_none() {
            todo.extend(progress.rest(&planned.pass, &wanted, reader.now()));
        }
    }
    Ok(End::Complete)
}

/// Why no span is left between what was read and the end that the user asks for.
fn nothing_to_read(progress: &Progress, wanted: &Wanted) -> String {
    let first = progress.done.and_then(|done| done.from);
    match first.filter(|first| wanted.until.is_some_and(|until| until <= *first)) {
        Some(first) => format!(
            "the pulls before began at {first}; what is older than that is read with --since or \
             --full"
        ),
        None => "there is nothing new to read before the moment given with --until".to_owned(),
    }
}

fn begin(reader: &mut Reader, progress: &mut Progress, planned: &Planned, strategy: Strategy) {
    let pass = planned.pass;
    if planned.resumed {
        progress.pass = Some(pass);
    } else {
        progress.begin(pass);
        reader.checkpoint.ahead.clear();
    }
    reader.checkpoint.place = Place::Windows(progress.clone());
    let from = pass.at.or(pass.from);
    reader.tell(Event::Started { provider: reader.name.to_string(), strategy, from });
}
