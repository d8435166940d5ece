//! The first pass: every row read, its tags found, and put with the other rows of its contact.

use std::collections::HashMap;
use std::io::Write as _;
use std::path::PathBuf;

use leadtag_core::config::nearest;
use leadtag_core::{ContactRef, TagId};

use super::directory::{Directory, Part, append, line_of};
use super::input::Input;
use super::plan::Asked;
use super::resolve::Resolver;
use super::row::Row;
use super::slots::{RowStatus, Slots};
use super::{AssignOptions, AssignPhase, AssignWatch};
use crate::{Error, Result, Target, hash};

/// About so many rows stand in a bucket: what is in memory at once.
const ROWS_PER_BUCKET: u64 = 1000;
const MAX_BUCKETS: u64 = 512;
/// Bytes that wait for each bucket before they are written.
const BUFFER: usize = 4096;

/// What becomes of the rows of a provider.
pub(super) enum Place<'a> {
    /// They are looked at.
    Here(Known<'a>),
    /// An earlier run looked at them.
    Done,
    /// They are left out, since it does not answer.
    Away(leadtag_core::Error),
}

/// One provider with what finds its tags.
pub(super) struct Known<'a> {
    pub(super) target: Target<'a>,
    pub(super) tags: Resolver,
    /// Rows that cannot be done, so far.
    pub(super) refused: u64,
}

/// How many buckets the contacts of an input are spread over.
pub(super) fn buckets(rows: u64) -> u32 {
    let wanted = rows.div_ceil(ROWS_PER_BUCKET).clamp(1, MAX_BUCKETS);
    u32::try_from(wanted).unwrap_or(1)
}

/// Puts every row into the bucket of its contact. Gives the rows that no provider can be told of.
pub(super) fn split(
    input: &Input,
    targets: &[Target<'_>],
    places: &mut [Place<'_>],
    options: &AssignOptions,
    directory: &Directory,
    slots: &mut Slots,
    watch: &dyn AssignWatch,
) -> Result<u64> {
    let names: Vec<&str> = targets.iter().map(|target| target.name).collect();
    let by_name: HashMap<&str, usize> =
        names.iter().enumerate().map(|(at, name)| (*name, at)).collect();
    let default = options.default_provider.as_deref();
    for (at, _) in places.iter().enumerate().filter(|(_, place)| !matches!(place, Place::Done)) {
        directory.make_provider(at)?;
    }
    let mut buckets = Buckets::new(directory, buckets(input.rows), places.len());
    let (mut rows, mut number, mut nowhere) = (input.rows()?, 0, 0);
    while let Some(record) = rows.next()? {
        number += 1;
        if number > input.rows {
            break;
        }
        let found = record.row.and_then(|row| {
            let name = if row.provider.is_empty() { default } else { Some(row.provider.as_str()) };
            let at = name.and_then(|name| by_name.get(name)).copied();
            at.map(|at| (at, row.clone())).ok_or_else(|| no_provider(name, &names, &options.others))
        });
        match found.map(|(at, row)| (at, row, &mut places[at])) {
            Err(why) => {
                nowhere += 1;
                slots.set(number, RowStatus::Refused, &why)?;
            }
            Ok((at, row, Place::Here(place))) => match ask(number, row, place) {
                Ok(asked) => buckets.push(at, &asked)?,
                Err(why) => {
                    place.refused += 1;
                    slots.set(number, RowStatus::Refused, &why)?;
                }
            },
            Ok((_, _, Place::Done)) => {}
            Ok((_, _, Place::Away(error))) => {
                slots.set(number, RowStatus::Failed, &error.to_string())?;
            }
        }
        if number % 1000 == 0 {
            watch.progress(AssignPhase::Reading, number, input.rows);
        }
    }
    buckets.flush()?;
    if !input.is_unchanged()? {
        let name = input.path.display();
        return Err(Error::Input(format!("{name} was changed while it was read; begin again")));
    }
    watch.progress(AssignPhase::Reading, number, input.rows);
    Ok(nowhere)
}

fn no_provider(name: Option<&str>, names: &[&str], others: &[String]) -> String {
    let Some(name) = name else {
        return "it names no provider, and there is not just one".to_owned();
    };
    if others.iter().any(|other| other == name) {
        return format!("the contacts of {name} cannot be tagged");
    }
    match nearest(name, names.iter().copied().chain(others.iter().map(String::as_str))) {
        Some(near) => format!("there is no provider {name:?}; did you mean {near}?"),
        None => format!("there is no provider {name:?}"),
    }
}

fn ask(number: u64, row: Row, place: &Known<'_>) -> Result<Asked, String> {
    if row.contact.is_empty() {
        return Err("it names no contact".to_owned());
    }
    let can = place.target.provider.tag_capabilities();
    let resolve = |tokens: &[String]| -> Result<Vec<TagId>, String> {
        tokens.iter().map(|token| place.tags.resolve(token)).collect()
    };
    // An owner that the platform does not ask for would make two contacts of one.
    let owner = Some(row.owner).filter(|owner| can.needs_owner && !owner.is_empty());
    Ok(Asked {
        row: number,
        contact: ContactRef { owner, id: row.contact },
        add: resolve(&row.add)?,
        remove: resolve(&row.remove)?,
        // Where the platform itself can be asked or need not be, it is not looked at.
        current: match row.current {
            Some(tokens) if !can.can_assign() => Some(resolve(&tokens)?),
            _ => None,
        },
    })
}

/// Rows on their way into the files of their buckets.
struct Buckets<'a> {
    directory: &'a Directory,
    count: u32,
    waiting: Vec<Vec<u8>>,
}

impl<'a> Buckets<'a> {
    fn new(directory: &'a Directory, count: u32, providers: usize) -> Self {
        Self { directory, count, waiting: vec![Vec::new(); providers * count as usize] }
    }

    fn push(&mut self, provider: usize, asked: &Asked) -> Result<()> {
        let owner = asked.contact.owner.as_deref().unwrap_or_default();
        let digest = hash::of_parts([owner, asked.contact.id.as_str()]);
        let number = u32::from_str_radix(&digest[..8], 16).unwrap_or_default() % self.count;
        let at = provider * self.count as usize + number as usize;
        let damaged =
            |error: serde_json::Error| Error::Input(format!("row {}: {error}", asked.row));
        line_of(asked, &mut self.waiting[at]).map_err(damaged)?;
        if self.waiting[at].len() >= BUFFER { self.write(at) } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<()> {
        (0..self.waiting.len()).try_for_each(|at| self.write(at))
    }

    fn write(&mut self, at: usize) -> Result<()> {
        let waiting = &mut self.waiting[at];
        if waiting.is_empty() {
            return Ok(());
        }
        let (provider, bucket) = (at / self.count as usize, at % self.count as usize);
        let bucket = u32::try_from(bucket).unwrap_or_default();
        let path: PathBuf = self.directory.part(provider, bucket, Part::Rows);
        let written = append(&path).and_then(|mut file| file.write_all(waiting));
        waiting.clear();
        written.map_err(Error::file(path, "cannot be written"))
    }
}
