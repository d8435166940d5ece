//! `leadtag leads forget`.

use leadtag::Config;
use leadtag::pii::Mobile;
use leadtag::redact::plain_char;
use leadtag_extract::{Destination, Person, Removed};
use serde::Serialize;

use super::settings::PullSettings;
use super::store;
use crate::args::{Global, LeadsForget};
use crate::failure::Failure;
use crate::output::Output;

#[derive(Serialize)]
struct Gone {
    to: String,
    rows: u64,
    #[serde(flatten)]
    removed: Removed,
}

pub(crate) async fn run(
    args: &LeadsForget,
    global: &Global,
    output: &Output,
) -> Result<(), Failure> {
    let (config, destination) = store::asked(args.to.as_ref(), global)?;
    let key = match &config {
        Some(config) => PullSettings::hmac_key(config, args.hmac_key.as_deref())?,
        None => args.hmac_key.as_deref().map(super::settings::key_of).transpose()?,
    };
    person(args, None)?;
    can_forget(&destination)?;
    store::must_exist(&destination).await?;
    let provider = match &args.provider {
        Some(name) => Some(provider(name, config.as_ref(), &destination).await?),
        None => None,
    };
    let person = person(args, provider.as_deref())?;
    // The number itself is not repeated: what is asked may be logged.
    let who = match (&args.id, &provider) {
        (Some(id), Some(provider)) => format!("lead {id} of {provider}"),
        (Some(id), None) => format!("every lead {id}"),
        (None, _) => "everybody with this mobile number".to_owned(),
    };
    store::confirm(
        args.yes,
        &format!("Remove {who} from {destination}? This cannot be undone."),
        &format!("{who} would be removed from {destination}"),
        output,
    )?;
    let has_key = key.is_some();
    let removed = store::with(&destination, move |sink| sink.forget(&person, key.as_ref())).await?;
    let rows = removed.leads + removed.interactions;
    for notice in notices(args, &destination, &removed, has_key) {
        output.notice(&notice);
    }
    let gone = Gone { to: destination.to_string(), rows, removed };
    let removed = &gone.removed;
    let told = output.result(args.output.format, &gone, || {
        format!(
            "removed {rows} {}: {} of leads, {} of interactions",
            if rows == 1 { "row" } else { "rows" },
            removed.leads,
            removed.interactions
        )
    });
    Failure::even_unread(told)?;
    match gone.removed.left_in_files {
        None => Ok(()),
        Some(why) => Err(Failure::failed_with_hint(
            format!("bytes of what was removed are still in the files of {destination}: {why}"),
            "close what reads it, make room, and run this again",
        )),
    }
}

/// Nobody is asked whether to do what cannot be done.
fn can_forget(destination: &Destination) -> Result<(), Failure> {
    match destination {
        Destination::Jsonl(_) | Destination::Csv(_) | Destination::Parquet(_) => {
            Err(Failure::usage(
                format!(
                    "{destination}: a person can be removed from a SQLite or PostgreSQL destination \
                     only"
                ),
                "pull into one of them, and delete the file",
            ))
        }
        _ => Ok(()),
    }
}

/// The provider that is meant. One that neither the destination nor the configuration knows is a
/// typing error.
async fn provider(
    name: &str,
    config: Option<&Config>,
    destination: &Destination,
) -> Result<String, Failure> {
    let Some(known) = store::providers(destination).await? else { return Ok(name.to_owned()) };
    // A reset forgets the checkpoint, and the rows stay.
    let known = known.with(store::count(destination).await?.into_keys());
    let configured = || config.is_some_and(|config| config.names().any(|own| own == name));
    if known.has(name) || configured() {
        return Ok(name.to_owned());
    }
    if let Some(found) = known.find(name) {
        return Ok(found);
    }
    let hint = known.names().map_or_else(
        || "leave --provider out".to_owned(),
        |names| format!("it has leads of {names}"),
    );
    Err(Failure::usage(format!("{destination} has no leads of {name}"), hint))
}

/// One number, with what people write between its digits.
fn is_number(mobile: &str) -> bool {
    let plain: String = mobile.chars().filter_map(plain_char).collect();
    let digits = plain.bytes().filter(u8::is_ascii_digit).count();
    let others = |c: char| c.is_ascii_digit() || c.is_whitespace() || "+-._()".contains(c);
    (5..=20).contains(&digits) && plain.chars().all(others)
}

/// What somebody has to know who wants a person to be gone for good.
fn notices(
    args: &LeadsForget,
    destination: &Destination,
    removed: &Removed,
    has_key: bool,
) -> Vec<String> {
    let mut notices = Vec::new();
    let named = args.provider.is_some();
    if removed.leads + removed.interactions == 0 {
        let later = match (&args.id, named) {
            (Some(_), true) => "; later pulls leave this id out",
            (Some(_), false) => {
                ", and nothing is remembered: with --provider later pulls leave this id out"
            }
            (None, _) => ", and nothing is remembered",
        };
        notices.push(format!("{destination} has no row of this person{later}"));
        if args.id.is_some() {
            notices.push("an id is compared as it is written".to_owned());
        }
    }
    if removed.masked > 0 {
        notices.push(format!(
            "{} other leads have masked mobiles, which cannot be compared: look the person up on \
             the platforms and forget them by --id",
            removed.masked
        ));
    }
    if removed.elsewhere > 0 {
        notices.push(format!(
            "{} other rows have these digits in another column or in a text, maybe as a part of a \
             longer number: look at them, and forget them by --id if they are of this person",
            removed.elsewhere
        ));
    }
    if removed.hashed > 0 {
        let others = if removed.leads == 0 { "" } else { "other " };
        let why = if has_key {
            "nobody is found if they were hashed with another key"
        } else {
            "without the key nobody is found there: give it with --hmac-key"
        };
        let what = if args.id.is_some() { "ids" } else { "mobiles" };
        notices.push(format!("{} {others}leads have hashed {what}: {why}", removed.hashed));
    }
    if removed.leads > 0 || named {
        notices.push(
            "the platform may still have this person: under another id it is a new lead, which the \
             next pull brings"
                .to_owned(),
        );
    }
    notices
}

fn person(args: &LeadsForget, provider: Option<&str>) -> Result<Person, Failure> {
    match (&args.mobile, &args.id) {
        (Some(mobile), _) if !is_number(mobile) => Err(Failure::usage(
            "--mobile is not one number of 5 to 20 digits",
            "write one number, such as 19900001234; run the command again for the next one",
        )),
        (Some(mobile), _) => Ok(Person::Mobile(Mobile::new(mobile.as_str()))),
        (None, id) => Ok(Person::id(provider, id.clone().unwrap_or_default())),
    }
}
