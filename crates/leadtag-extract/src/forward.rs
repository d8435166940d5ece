//! Leads by time, from a list that goes by that time, oldest first.
//!
//! Each page is asked for with the second of the last lead of the page before, which is read again:
//! so no lead is missed that came into that second meanwhile, and no page moves under the reader.

use leadtag_core::{Lead, LeadQuery, Page, PlatformTime, Timestamp};

use crate::plan::{SECOND, floor};
use crate::reader::{Cursors, End, Halt, HandedOn, Reader, Step, id_hash, page_hash, unreadable};
use crate::windows::share;
use crate::{Pass, Place, Progress};

/// Reads the pass of `progress` from where it stands.
pub(crate) async fn read(reader: &mut Reader, progress: &mut Progress) -> Result<End, Halt> {
    let Some(pass) = progress.pass else { return Ok(End::Complete) };
    let mut walk = Walk {
        pass,
        counts: progress.reaches_the_end(&pass),
        at: pass.at.or(pass.from),
        bookmark: HandedOn::default(),
        first: pass.from,
    };
    loop {
        if pass.until.is_some_and(|until| walk.at.is_some_and(|at| at >= until)) {
            return Ok(End::Complete);
        }
        match walk.list(reader, progress).await? {
            Step::Ended => return Ok(End::Complete),
            Step::Enough => return Ok(End::Limit),
            Step::Moved => {}
        }
    }
}

struct Walk {
    pass: Pass,
    /// Whether what is read here counts as the newest of the stream.
    counts: bool,
    at: Option<Timestamp>,
    /// The leads of the second `at` that were read.
    bookmark: HandedOn,
    first: Option<Timestamp>,
}

impl Walk {
    /// Reads the list from `at` on, as far as it must be followed until `at` can move.
    async fn list(&mut self, reader: &mut Reader, progress: &mut Progress) -> Result<Step, Halt> {
        let mut query = reader.query();
        (query.since, query.until) = (self.at, self.pass.until);
        let mut cursors = Cursors::default();
        let mut seen = Seen { at: self.at, last: None, ordered: true };
        loop {
            let mut page = reader.leads(&query, cursors.current()).await?;
            if page.items.is_empty() && cursors.current().is_none() && self.bookmark.len() > 0 {
                // The leads of this second were there a moment ago: it may be an answer to nothing.
                page = reader.leads(&query, None).await?;
            }
            seen.look(&page);
            self.first = self.first.or(seen.last);
            let (next, hash) = (page.next.clone(), page_hash(&page.items));
            let crowded =
                cursors.current().is_none() && next.is_some() && seen.is_one_second(&page);
            if let (true, Some(second)) = (crowded, self.at) {
                return self.crowd(reader, progress, second).await;
            }
            if reader.cut(&mut page.items, |_, _| false) {
                self.bookmark.drop_same(&mut page.items);
                let rows = page.items.len();
                reader.give(page.items, None, None).await?;
                reader.progress(rows, self.part(self.at), self.at);
                return Ok(Step::Enough);
            }
            self.count(&page, progress);
            let moved = seen.moved().filter(|_| next.is_some());
            let of_last = |lead: &&Lead| moved.is_some() && second_of(lead) == moved;
            let bookmark = HandedOn::of(page.items.iter().filter(of_last));
            self.bookmark.drop_same(&mut page.items);
            if let Some(to) = moved {
                (self.at, self.bookmark) = (Some(to), bookmark);
                self.reach(progress);
            }
            let rows = page.items.len();
            let place = moved.map(|_| Place::Windows(progress.clone()));
            reader.give(page.items, None, place).await?;
            reader.progress(rows, self.part(seen.last), self.at);
            match (next, moved) {
                (None, _) => return Ok(Step::Ended),
                (Some(_), Some(_)) if reader.is_enough() => return Ok(Step::Enough),
                (Some(_), Some(_)) => return Ok(Step::Moved),
                (Some(next), None) => cursors.follow(next, hash)?,
            }
        }
    }

    /// More leads share a second than a page holds.
    async fn crowd(
        &mut self,
        reader: &mut Reader,
        progress: &mut Progress,
        second: Timestamp,
    ) -> Result<Step, Halt> {
        let after = second.saturating_add(SECOND);
        let Some(fresh) = one_second(reader, second, after, &self.bookmark).await? else {
            return Ok(Step::Enough);
        };
        self.at = Some(after);
        self.bookmark.clear();
        if self.counts {
            progress.tail.add(second, fresh);
            progress.newest = progress.newest.max(Some(second));
        }
        self.reach(progress);
        reader.mark(Place::Windows(progress.clone())).await?;
        reader.progress(0, self.part(Some(after)), self.at);
        Ok(if reader.is_enough() { Step::Enough } else { Step::Moved })
    }

    /// Notes the leads that the page before did not have.
    fn count(&self, page: &Page<Lead>, progress: &mut Progress) {
        if !self.counts {
            return;
        }
        for lead in page.items.iter().filter(|lead| self.bookmark.lacks(lead)) {
            if let Some(at) = second_of(lead) {
                progress.tail.add(at, 1);
                progress.newest = progress.newest.max(Some(at));
            }
        }
    }

    fn reach(&self, progress: &mut Progress) {
        progress.pass = Some(Pass { at: self.at, ..self.pass });
    }

    fn part(&self, last: Option<Timestamp>) -> Option<f64> {
        share(self.first?, last.or(self.at)?, self.pass.to)
    }
}

/// What the pages of one list said about time so far.
struct Seen {
    at: Option<Timestamp>,
    last: Option<Timestamp>,
    ordered: bool,
}

impl Seen {
    fn look(&mut self, page: &Page<Lead>) {
        for second in page.items.iter().filter_map(second_of) {
            self.ordered &= self.last.or(self.at).is_none_or(|before| second >= before);
            self.last = self.last.max(Some(second));
        }
    }

    /// Where the next list can begin. A list that goes another way than told is followed to its
    /// end instead.
    fn moved(&self) -> Option<Timestamp> {
        let last = self.last.filter(|_| self.ordered)?;
        self.at.is_none_or(|at| last > at).then_some(last)
    }

    fn is_one_second(&self, page: &Page<Lead>) -> bool {
        let whole = page.items.iter().all(|lead| second_of(lead) == self.at);
        self.at.is_some() && self.ordered && whole && !page.items.is_empty()
    }
}

pub(crate) fn second_of(lead: &Lead) -> Option<Timestamp> {
    lead.created_at.as_ref().and_then(PlatformTime::instant).map(floor)
}

/// How often a second is read that has more leads than fit into a page, at most.
const READINGS: u32 = 6;

/// So many readings follow one another without a pause.
const AT_ONCE: u32 = 3;
const PAUSE: std::time::Duration = std::time::Duration::from_secs(2);

/// How many of its leads are remembered, so that they are handed on once, about.
const REMEMBERED: usize = 20_000;

/// Reads all leads of one second, which ends `until` then, again and again until two readings agree:
/// its pages may move while they are read, and a list may be cut off behind a page. So each reading
/// has pages of another size. Tells how many leads it has that are not known; `None`: more than the user
/// asked for, and the rest is not read.
pub(crate) async fn one_second(
    reader: &mut Reader,
    second: Timestamp,
    until: Timestamp,
    known: &HandedOn,
) -> Result<Option<u64>, Halt> {
    let mut query: LeadQuery = reader.query();
    let mut size = reader.can.max_page_size.or(query.page_size);
    query.since = Some(second);
    query.until = Some(until);
    let mut before = None;
    let mut given = HandedOn::default();
    for number in 0..READINGS {
        if number >= AT_ONCE {
            // Leads come into it just now, as those of an import do.
            reader.pause(PAUSE).await?;
        }
        let mut cursors = Cursors::default();
        let (mut reading, mut fresh) = ((0, 0_u64), 0);
        query.page_size = size.map(|size| another_size(size, number));
        loop {
            let mut page = reader.leads(&query, cursors.current()).await?;
            size = size.or_else(|| u32::try_from(page.items.len()).ok());
            let hash = page_hash(&page.items);
            reading.0 += page.items.len();
            for lead in &page.items {
                reading.1 = reading.1.wrapping_add(id_hash(&lead.id));
                fresh += u64::from(known.lacks(lead));
            }
            let cut = reader.cut(&mut page.items, |_, _| false);
            known.drop_same(&mut page.items);
            given.drop_same(&mut page.items);
            if given.len() < REMEMBERED {
                given.add(&page.items);
            }
            let rows = page.items.len();
            reader.give(page.items, None, None).await?;
            reader.progress(rows, None, Some(second));
            if cut {
                return Ok(None);
            }
            match page.next {
                Some(next) => cursors.follow(next, hash)?,
                // What came in one page came at one moment.
                None if cursors.current().is_none() => return Ok(Some(fresh)),
                None => break,
            }
        }
        if before == Some(reading) {
            return Ok(Some(fresh));
        }
        before = Some(reading);
    }
    let why = format!(
        "more leads than a page holds share the second {second}, and no two readings of them agree"
    );
    Err(unreadable(why).into())
}

/// The size of the pages of a reading: that of the first one, or a little less.
fn another_size(size: u32, number: u32) -> u32 {
    if size > number { size - number } else { size + number }
}
