//! Leads by time, from a list that does not go by that time.
//!
//! A span is asked for that is so short that its leads fit into one page. So no page moves under
//! the reader: it is read whole at one moment.

mod stride;

use std::time::Duration;

use leadtag_core::{ErrorKind, Lead, LeadQuery, Page, Timestamp};

use crate::passes::{SECOND, earlier, floor, share};
use crate::reader::{End, Halt, HandedOn, Reader, Step};
use crate::second::one_second;
use crate::{Pass, Place, Progress, Span};
use stride::Stride;

/// How far in the future the last span ends: the platform's clock may be ahead.
const AHEAD: Duration = Duration::from_secs(24 * 3600);

/// How far behind the platform's clock may be, where it takes no end in the future.
const BEHIND: [Duration; 2] = [Duration::from_secs(60), Duration::from_secs(3600)];

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
        latest: None,
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
    if let (Some(latest), Some(pass)) = (walk.latest, &mut progress.pass) {
        pass.to = pass.to.min(latest);
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
    /// The latest end that the platform takes, where it takes none in the future.
    latest: Option<Timestamp>,
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
        let Some(mut page) = self.ask(reader, self.at, to).await? else { return Ok(Step::Moved) };
        let mut until = to;
        if length <= 1 && !self.gives_seconds {
            self.gives_seconds = !page.items.is_empty() || self.gives_second(reader, start).await?;
            let behind = after(start, 2);
            if !self.gives_seconds
                && let Some(both) = self.ask(reader, self.at, behind).await?
            {
                (page, until) = (both, behind);
            }
        }
        if self.leads_on(reader, until, &page).await? {
            self.stride.overflowed(start, to, page.items.len() as u64);
            if length > 1 {
                return Ok(Step::Moved);
            }
            return self.crowd(reader, progress, start, until).await;
        }
        self.take(reader, progress, page.items, Span { from: Some(start), to }).await
    }

    /// The first page of a span; `None`: the platform takes no end in the future.
    async fn ask(
        &mut self,
        reader: &mut Reader,
        from: Option<Timestamp>,
        to: Timestamp,
    ) -> Result<Option<Page<Lead>>, Halt> {
        if self.latest.is_some_and(|latest| to > latest) {
            return Ok(None);
        }
        let error = match reader.leads(&span(reader, from, to), None).await {
            Err(Halt::Failed(error)) if error.kind() == ErrorKind::InvalidArgument => error,
            page => return page.map(Some),
        };
        // The second that runs now comes before its end; the platform's clock may be behind.
        let now = floor(self.now);
        let ends = [after(now, 1), now].into_iter().chain(BEHIND.map(|span| earlier(now, span)));
        let Some(latest) = { ends }.find(|end| *end < to) else { return Err(error.into()) };
        self.latest = Some(latest);
        self.end = self.end.min(latest);
        Ok(None)
    }

    /// Whether another page with leads follows the first one of the span from `at` on: some platforms
    /// give a cursor with every page that has leads.
    async fn leads_on(
        &self,
        reader: &mut Reader,
        until: Timestamp,
        page: &Page<Lead>,
    ) -> Result<bool, Halt> {
        let Some(next) = &page.next else { return Ok(false) };
        let query = span(reader, self.at, until);
        let full = query.page_size.map_or(self.stride.page(), u64::from);
        if page.items.len() as u64 >= full {
            return Ok(true);
        }
        let behind = reader.leads(&query, Some(next)).await?;
        Ok(!behind.items.is_empty() || behind.next.is_some())
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
    async fn gives_second(&mut self, reader: &mut Reader, second: Timestamp) -> Result<bool, Halt> {
        let page = self.ask(reader, Some(after(second, 1)), after(second, 2)).await?;
        Ok(page.is_some_and(|page| !page.items.is_empty()))
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

/// The query of a span.
fn span(reader: &Reader, from: Option<Timestamp>, to: Timestamp) -> LeadQuery {
    let mut query = reader.query();
    (query.since, query.until) = (from, Some(to));
    query
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
    moment.saturating_add(Duration::from_secs(seconds))
}

fn earlier_second(moment: Timestamp) -> Timestamp {
    earlier(moment, SECOND)
}
