//! Leads as a whole, page by page, again and again: for lists without a filter by time.
//!
//! Where a page ends is the provider's business; its cursors say where a stopped snapshot goes on.

use leadtag_core::{Cursor, ErrorKind, Timestamp};

use crate::message::{SnapshotEnd, Verdict};
use crate::reader::{Cursors, End, Halt, HandedOn, Reader, Step, page_hash};
use crate::{Event, Place, Snapshot, Strategy};

/// So many ids of the first pages are remembered, at most.
const HEAD: usize = 1_000;

/// So many pages are read again for newcomers, at most.
const NEWCOMERS: usize = 20;

impl Snapshot {
    /// A new one. Its number is the moment it begins, and no number comes again.
    pub(crate) fn new(now: Timestamp, last: u64) -> Self {
        let micros = u64::try_from(now.since(Timestamp::UNIX_EPOCH).as_micros());
        let number = micros.unwrap_or(last).max(last.saturating_add(1));
        Self { number, ..Self::default() }
    }

    fn place(&self, cursor: Option<Cursor>, complete: bool) -> Place {
        let head = if complete { Vec::new() } else { self.head.clone() };
        Place::Snapshot(Self { number: self.number, cursor, complete, head })
    }
}

/// Reads a snapshot to its end. One that was begun by a pull before has its first leads as they were
/// then: behind it another one is read, which also tells who is gone. Where the user asked for a
/// number of leads, nobody is taken for deleted.
///
/// Before anybody is taken for deleted, or missed, the list is read once more: its pages may have
/// moved in a way that no total tells, or one of them may have been answered with another one.
pub(crate) async fn run(reader: &mut Reader, mut snapshot: Snapshot) -> Result<End, Halt> {
    let mut is_sure = false;
    loop {
        let strategy = Strategy::Snapshot;
        reader.tell(Event::Started { provider: reader.name.to_string(), strategy, from: None });
        let mut walk = Walk::new(&snapshot);
        if walk.read(reader, &mut snapshot).await? == End::Limit {
            return Ok(End::Limit);
        }
        let done = snapshot.place(None, true);
        reader.rewritten(true);
        if walk.is_old {
            reader.mark(done).await?;
            if reader.options.limit.is_some() {
                return Ok(End::Complete);
            }
            snapshot = Snapshot::new(reader.now(), snapshot.number);
            continue;
        }
        let mut verdict = reader.judge(snapshot.number, walk.total).await?;
        if verdict == Verdict::SomeAreGone && walk.total.is_none() && reader.can.total {
            let text = "leads that are there are missing in the list, and the platform does not say \
                        how many there are: whether the list was whole cannot be told, so nobody \
                        is taken for deleted";
            reader.notice(text.to_owned());
            verdict = Verdict::NobodyIsGone;
        }
        if verdict == Verdict::SomeAreGone && reader.options.limit.is_some() {
            // A second reading would be more leads than were asked for.
            let text = "leads that are there are missing in the list; a pull without --limit reads \
                        it once more and tells who is gone";
            reader.notice(text.to_owned());
            verdict = Verdict::NobodyIsGone;
        }
        let some_are_missed =
            matches!(verdict, Verdict::CountsDiffer { total, here } if total > here);
        let is_doubtful =
            verdict == Verdict::SomeAreGone || (some_are_missed && reader.options.limit.is_none());
        if is_doubtful && !is_sure {
            is_sure = true;
            snapshot = Snapshot { number: snapshot.number, ..Snapshot::default() };
            continue;
        }
        let at = reader.now();
        let end = SnapshotEnd { number: snapshot.number, verdict, at };
        reader.end(done, end).await?;
        return Ok(End::Complete);
    }
}

struct Walk {
    cursors: Cursors,
    /// Whether the next page is asked for with a cursor of a run before.
    resumed: bool,
    /// Whether its first pages were read by a run before.
    is_old: bool,
    pages: u64,
    /// The leads of the first pages, as far as this run read them.
    first: HandedOn,
    read: u64,
    total: Option<u64>,
}

impl Walk {
    fn new(snapshot: &Snapshot) -> Self {
        let resumed = snapshot.cursor.is_some();
        Self {
            cursors: Cursors::from(snapshot.cursor.clone()),
            resumed,
            is_old: resumed,
            pages: 0,
            first: HandedOn::default(),
            read: 0,
            total: None,
        }
    }

    /// Reads all pages from where it stands, and newcomers.
    async fn read(&mut self, reader: &mut Reader, snapshot: &mut Snapshot) -> Result<End, Halt> {
        loop {
            match self.page(reader, snapshot).await? {
                Step::Enough => return Ok(End::Limit),
                Step::Ended => break,
                Step::Moved => {}
            }
        }
        if self.cursors.current().is_none() {
            return Ok(End::Complete);
        }
        self.newcomers(reader, snapshot).await
    }

    async fn page(&mut self, reader: &mut Reader, snapshot: &mut Snapshot) -> Result<Step, Halt> {
        let here = self.cursors.current().cloned();
        let mut page = match reader.leads(&reader.query(), here.as_ref()).await {
            Err(Halt::Failed(error)) if self.resumed && is_refused(error.kind()) => {
                reader.notice(format!(
                    "the list is read from its start, as the place where the last pull stopped is not \
                     good for these settings (another --page-size, say), or any more ({error})"
                ));
                *snapshot = Snapshot::new(reader.now(), snapshot.number);
                reader.checkpoint.place = snapshot.place(None, false);
                *self = Self::new(snapshot);
                return Ok(Step::Moved);
            }
            page => page?,
        };
        self.resumed = false;
        if reader.cut(&mut page.items, |_, _| false) {
            let rows = page.items.len();
            self.read += rows as u64;
            reader.give(page.items, Some(snapshot.number), None).await?;
            reader.progress(rows, self.part(), None);
            return Ok(Step::Enough);
        }
        self.total = page.total.or(self.total);
        if here.is_none() {
            self.pages = 0;
        }
        self.pages += 1;
        let from_start = here.is_none() || self.pages > 1;
        if from_start && self.pages <= 2 && snapshot.head.len() < HEAD {
            let hashes = page.items.iter().map(|lead| reader.recorder.id_hash(&lead.id));
            snapshot.head.extend(hashes);
            self.first.add(&page.items);
        }
        let (rows, hash) = (page.items.len(), page_hash(&page.items));
        self.read += rows as u64;
        // Who goes on from here reads the last page again, and then looks for newcomers.
        let place = snapshot.place(page.next.clone().or(here), false);
        reader.give(page.items, Some(snapshot.number), Some(place)).await?;
        reader.progress(rows, self.part(), None);
        match page.next {
            None => Ok(Step::Ended),
            Some(_) if reader.is_enough() => Ok(Step::Enough),
            Some(next) => {
                self.cursors.follow(next, hash)?;
                Ok(Step::Moved)
            }
        }
    }

    /// Reads the first pages again, as far as there are leads that came in meanwhile, or moved
    /// there.
    async fn newcomers(&mut self, reader: &mut Reader, snapshot: &Snapshot) -> Result<End, Halt> {
        let mut cursors = Cursors::default();
        for _ in 0..NEWCOMERS {
            let mut page = reader.leads(&reader.query(), cursors.current()).await?;
            self.total = page.total.or(self.total);
            let hash = page_hash(&page.items);
            let last = page.items.last().map(|lead| reader.recorder.id_hash(&lead.id));
            let known = last.is_none_or(|last| snapshot.head.contains(&last));
            self.first.drop_same(&mut page.items);
            // Those of the first pages were counted, if by a run before.
            let cut = reader.cut(&mut page.items, |_, id| snapshot.head.contains(&id));
            let rows = page.items.len();
            reader.give(page.items, Some(snapshot.number), None).await?;
            reader.progress(rows, self.part(), None);
            match page.next {
                _ if cut => return Ok(End::Limit),
                Some(next) if !known => cursors.follow(next, hash)?,
                _ => break,
            }
        }
        Ok(End::Complete)
    }

    #[expect(clippy::cast_precision_loss, reason = "for a bar on a screen")]
    fn part(&self) -> Option<f64> {
        let total = self.total.filter(|total| *total > 0)?;
        Some((self.read as f64 / total as f64).min(1.0))
    }
}

fn is_refused(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::InvalidArgument | ErrorKind::NotFound)
}
