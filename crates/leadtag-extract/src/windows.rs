//! Leads by time, from a list that does not go by that time.
//!
//! A span is asked for that is so short that its leads fit into one page. So no page moves under
//! the reader: it is read whole at one moment.

mod stride;

use leadtag_core::{ErrorKind, Lead, Timestamp};

use crate::passes::{SECOND, floor, share};
use crate::reader::{End, Halt, HandedOn, Reader, Step};
use crate::second::one_second;
use crate::{Pass, Place, Progress, Span};
use stride::Stride;

/// How far in the future the last span ends: the platform's clock may be ahead.
const AHEAD: std::time::Duration = std::time::Duration::from_secs(24 * 3600);

/// Reads the pass of `progress` from where it stands.
pub(crate) async fn read(reader: &mut Reader, progress: &mut Progress) -> Result<End, Halt> {
    let Some(pass) = progress.pass else { return Ok(End::Complete) };
    let now = reader.now();
    let first = pass.from.or(pass.at);
    let mut walk = Walk {
        pass,
        counts: progress.reaches_the_end(&pass),
        at: pass.at.or(pass.from),
        first,
        end: pass.until.unwrap_or_else(|| floor(now).saturating_add(AHEAD)),
        open: pass.until.is_none(),
        stride: Stride::new(progress.step, progress.oldest.filter(|_| first.is_none())),
        gives_seconds: false,
        before: HandedOn::default(),
        now,
    };
    while walk.start() < walk.end {
        let step = walk.next(reader, progress).await?;
        if step == Step::Enough || (reader.is_enough() && walk.start() < walk.end) {
            return Ok(End::Limit);
        }
    }
    Ok(End::Complete)
}

struct Walk {
    pass: Pass,
    counts: bool,
    at: Option<Timestamp>,
    /// From where on there are leads, as far as it is known.
    first: Option<Timestamp>,
    end: Timestamp,
    /// Whether the end is only a guess.
    open: bool,
    stride: Stride,
    /// Whether it is known that a span of one second has the leads of that second.
    gives_seconds: bool,
    /// The leads of the span before.
    before: HandedOn,
    now: Timestamp,
}

impl Walk {
    fn start(&self) -> Timestamp {
        self.at.unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Asks for one span. Where it cannot be read, the next one will be another; where it has more
    /// leads than the user asked for, it is begun.
    async fn next(&mut self, reader: &mut Reader, progress: &mut Progress) -> Result<Step, Halt> {
        let start = self.start();
        let to = self.stride.end(start, self.end);
        let length = to.since(start).as_secs();
        let mut query = reader.query();
        (query.since, query.until) = (self.at, Some(to));
        let mut page = match reader.leads(&query, None).await {
            Err(Halt::Failed(error))
                if self.open && to == self.end && error.kind() == ErrorKind::InvalidArgument =>
            {
                // It takes no end in the future.
                (self.open, self.end) = (false, floor(self.now));
                return Ok(Step::Moved);
            }
            page => page?,
        };
        let mut end_of_second = after(start, 1);
        if length <= 1 && !self.gives_seconds {
            self.gives_seconds = !page.items.is_empty() || self.gives_second(reader, start).await?;
            if !self.gives_seconds {
                end_of_second = after(start, 2);
                query.until = Some(end_of_second);
                page = reader.leads(&query, None).await?;
            }
        }
        if page.next.is_some() {
            self.stride.overflowed(start, to, page.items.len() as u64);
            if length > 1 {
                return Ok(Step::Moved);
            }
            return self.crowd(reader, progress, start, end_of_second).await;
        }
        self.take(reader, progress, page.items, Span { from: Some(start), to }).await
    }

    /// Hands on the leads of a span, as many as the user asked for.
    async fn take(
        &mut self,
        reader: &mut Reader,
        progress: &mut Progress,
        mut leads: Vec<Lead>,
        span: Span,
    ) -> Result<Step, Halt> {
        let (start, to) = (span.from.unwrap_or(Timestamp::UNIX_EPOCH), span.to);
        let length = to.since(start).as_secs();
        if reader.cut(&mut leads, |lead, _| !self.before.lacks(lead)) {
            // The next run asks for the same span.
            progress.step = Some(length);
            reader.checkpoint.place = Place::Windows(progress.clone());
            self.before.drop_same(&mut leads);
            let rows = leads.len();
            reader.give(leads, None, None).await?;
            reader.progress(rows, None, self.at);
            return Ok(Step::Enough);
        }
        self.stride.fitted(start, to, leads.len() as u64);
        let fresh = leads.iter().filter(|lead| self.before.lacks(lead)).count() as u64;
        let newest = newest_of(&leads, start, to);
        let here = HandedOn::of(&leads);
        self.before.drop_same(&mut leads);
        self.before = here;
        let rows = leads.len();
        // The last second is read again: a lead may come into it behind this page.
        let last = to == self.end || length <= 1;
        self.at = Some(if last { to } else { earlier_second(to) });
        self.note(progress, start, fresh, newest.min(self.now));
        reader.give(leads, None, Some(Place::Windows(progress.clone()))).await?;
        let part = self.first.and_then(|first| share(first, to, self.pass.to));
        reader.progress(rows, part, self.at);
        Ok(Step::Moved)
    }

    /// Whether the platform gives the leads of a single second, as the one behind `second` tells: it
    /// may not include the end that it is given, and give none of them.
    async fn gives_second(&self, reader: &mut Reader, second: Timestamp) -> Result<bool, Halt> {
        let mut query = reader.query();
        (query.since, query.until) = (Some(after(second, 1)), Some(after(second, 2)));
        Ok(!reader.leads(&query, None).await?.items.is_empty())
    }

    /// More leads share a second than a page holds.
    async fn crowd(
        &mut self,
        reader: &mut Reader,
        progress: &mut Progress,
        second: Timestamp,
        until: Timestamp,
    ) -> Result<Step, Halt> {
        let Some(fresh) = one_second(reader, second, until, &self.before).await? else {
            return Ok(Step::Enough);
        };
        let to = second.saturating_add(SECOND);
        self.before.clear();
        self.stride.crowded();
        self.at = Some(to);
        self.note(progress, second, fresh, second);
        reader.mark(Place::Windows(progress.clone())).await?;
        Ok(Step::Moved)
    }

    /// Notes a span that begins at `from`, and has so many leads that the span before has not.
    fn note(&mut self, progress: &mut Progress, from: Timestamp, fresh: u64, newest: Timestamp) {
        if fresh > 0 && self.first.is_none() {
            self.first = Some(from);
            progress.oldest = Some(from);
        }
        if self.counts && fresh > 0 {
            progress.tail.add(from, fresh);
            progress.newest = progress.newest.max(Some(newest));
        }
        progress.step = self.stride.step();
        progress.pass = Some(Pass { at: self.at, ..self.pass });
    }
}

/// The moment of the newest of these leads, which are of a span; where they tell none, its beginning:
/// the newest is no older.
fn newest_of(leads: &[Lead], from: Timestamp, to: Timestamp) -> Timestamp {
    let last = earlier_second(to).max(from);
    let moments = leads.iter().map(|lead| lead.created_at.as_ref()?.instant());
    let newest = moments.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max());
    newest.map_or(from, |newest| newest.clamp(from, last))
}

fn after(moment: Timestamp, seconds: u64) -> Timestamp {
    moment.saturating_add(std::time::Duration::from_secs(seconds))
}

fn earlier_second(moment: Timestamp) -> Timestamp {
    crate::passes::earlier(moment, SECOND)
}
