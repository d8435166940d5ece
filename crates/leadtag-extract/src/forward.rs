//! Leads by time, from a list that goes by that time, oldest first.
//!
//! Each page is asked for with the second of the last lead of the page before, which is read again:
//! so no lead is missed that came into that second meanwhile, and no page moves under the reader.

use leadtag_core::{ErrorKind, Lead, Page, PlatformTime, Timestamp};

use crate::passes::{SECOND, floor, share};
use crate::reader::{Cursors, End, Halt, HandedOn, Reader, Step, page_hash};
use crate::second::one_second;
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
        let mut order = Order { at: self.at, last: None, ordered: true };
        loop {
            let mut page = reader.leads(&query, cursors.current()).await?;
            if page.items.is_empty() && cursors.current().is_none() && self.bookmark.len() > 0 {
                // The leads of this second were there a moment ago: it may be an answer to nothing.
                page = reader.leads(&query, None).await?;
                if page.items.is_empty() {
                    reader.notice(format!(
                        "the list is empty from {} on, where there were leads a moment ago; the next \
                         pull looks for what is behind it",
                        self.at.map_or_else(String::new, |at| at.to_string())
                    ));
                }
            }
            order.look(&page);
            self.first = self.first.or(order.last);
            let (next, hash) = (page.next.clone(), page_hash(&page.items));
            let crowded =
                cursors.current().is_none() && next.is_some() && order.is_one_second(&page);
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
            let moved = order.moved().filter(|_| next.is_some());
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
            reader.progress(rows, self.part(order.last), self.at);
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
        let read = match one_second(reader, second, after, &self.bookmark).await {
            Err(Halt::Failed(error))
                if error.kind() == ErrorKind::InvalidArgument && after > reader.now() =>
            {
                // It takes no end in the future, and this second is not over.
                reader.pause(SECOND).await?;
                one_second(reader, second, after, &self.bookmark).await?
            }
            read => read?,
        };
        let Some(fresh) = read else { return Ok(Step::Enough) };
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
struct Order {
    at: Option<Timestamp>,
    last: Option<Timestamp>,
    ordered: bool,
}

impl Order {
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
