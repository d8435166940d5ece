//! `leadtag leads`.

pub(super) mod again;
pub(super) mod forget;
mod printer;
pub(super) mod progress;
pub(super) mod pull;
pub(super) mod reset;
pub(crate) mod settings;
pub(super) mod status;
pub(super) mod store;
#[cfg(test)]
mod tests;

use leadtag::{Error, LeadCapabilities, LeadQuery, LeadsProvider, LeadsProviderExt};
use leadtag_extract::masking::Names;

use crate::args::{Format, Global, LeadsGet, LeadsList};
use crate::failure::Failure;
use crate::lead_view::LeadView;
use crate::output::Output;
use crate::session::Session;
use crate::table::table;

use printer::Printer;

const MASKED: &str = "personal data is masked; --reveal shows it";

/// The largest page that is asked for where the platform documents no bound.
const SOME_PAGE: u32 = 100;

pub(super) async fn list(
    args: &LeadsList,
    global: &Global,
    session: &Session,
    output: &Output,
) -> Result<(), Failure> {
    let (name, provider) = session.leads(args.target.provider.as_deref(), output)?;
    let query = query(args, provider.lead_capabilities());
    let format = args.target.output.format;
    let mut printer = Printer::new(&name, format, args.reveal, |text: &str| output.part(text));
    let ended = print(args, &query, provider.as_ref(), &mut printer).await;
    if printer.has_masked() {
        output.notice(MASKED);
    }
    let printed = printer.count();
    match ended {
        Ended::Whole if printed == 0 => {
            let which = if args.is_unfiltered() { "" } else { " that the filters leave" };
            output.notice(&format!("{name} has no leads{which}"));
            Ok(())
        }
        Ended::Whole => Ok(()),
        Ended::Unwritten(failure) => Err(failure),
        Ended::Broken { error, cursor } => {
            let failure = Failure::while_reading(format!(
                "listing the leads of {name}{}",
                after(printed)
            ))(error);
            Err(match cursor.filter(|_| printed > 0) {
                Some(cursor) => failure.and_then_do(format!(
                    "{printed} leads are printed; for the others: {}",
                    again::list(args, global, &name, &cursor)
                )),
                None => failure,
            })
        }
    }
}

fn after(printed: u64) -> String {
    if printed == 0 { String::new() } else { format!(", after {printed} of them") }
}

/// How a list came to its end.
enum Ended {
    /// Everything that was asked for is printed.
    Whole,
    /// A page could not be read; from `cursor` on nothing is printed.
    Broken { error: Error, cursor: Option<String> },
    /// The output takes no more.
    Unwritten(Failure),
}

/// Prints leads as they come, and fetches no page that is not needed.
async fn print<E>(
    args: &LeadsList,
    query: &LeadQuery,
    provider: &dyn LeadsProvider,
    printer: &mut Printer<'_, E>,
) -> Ended
where
    E: FnMut(&str) -> Result<(), Failure>,
{
    let mut leads = provider.lead_pages_from(query.clone(), args.cursor.clone()).items();
    let error = loop {
        if args.limit.is_some_and(|limit| printer.count() >= limit) {
            break None;
        }
        match leads.next_item().await {
            Ok(Some(lead)) => {
                if let Err(failure) = printer.lead(&lead) {
                    return Ended::Unwritten(failure);
                }
            }
            Ok(None) => break None,
            Err(error) => break Some(error),
        }
    };
    match (printer.end(error.is_none()), error) {
        (Err(failure), _) => Ended::Unwritten(failure),
        (Ok(()), None) => Ended::Whole,
        (Ok(()), Some(error)) => {
            Ended::Broken { error, cursor: leads.cursor().map(ToString::to_string) }
        }
    }
}

/// A few leads are asked for on one page of just that size; otherwise the platform's own holds.
fn query(args: &LeadsList, can: LeadCapabilities) -> LeadQuery {
    let mut query = LeadQuery::all();
    query.since = args.since;
    query.until = args.until;
    query.level.clone_from(&args.level);
    query.group.clone_from(&args.group);
    query.kind.clone_from(&args.kind);
    let most = can.max_page_size.unwrap_or(SOME_PAGE);
    let limit = args.limit.and_then(|limit| u32::try_from(limit).ok());
    query.page_size = limit.filter(|limit| *limit <= most);
    query
}

pub(super) async fn get(
    args: &LeadsGet,
    session: &Session,
    output: &Output,
) -> Result<(), Failure> {
    let (name, provider) = session.leads(args.target.provider.as_deref(), output)?;
    let lead = provider.get_lead(&args.id.as_str().into()).await;
    let lead = lead.map_err(Failure::while_reading(format!("reading a lead of {name}")))?;
    let names = Names::default();
    let view = match args.reveal {
        true => LeadView::revealed(&lead, &name),
        false => LeadView::masked(&lead, &name, &names),
    };
    match args.target.output.format {
        Format::Json => output.json(&view)?,
        Format::Text => {
            output.data(&table(&["WHAT", "VALUE"], view.lines().into_iter().map(Vec::from), &[]))?
        }
    }
    if view.has_masked() {
        output.notice(MASKED);
    }
    Ok(())
}
