//! A place in a list whose rows move while it is read.
//!
//! The platform pages by number alone. A lead that comes in on top pushes every row down: the next
//! page repeats rows. A row that goes pulls the others up: the next page begins too late. So a
//! place remembers the leads that were given last, and the next page is put to them like a
//! shingle: what lies before the last remembered lead was given, what lies after it was not.

use std::fmt;
use std::hash::{DefaultHasher, Hasher};
use std::str::FromStr;

/// How many of the leads given last are remembered. If all of them go between two pages, the place
/// is lost.
const REMEMBERED: usize = 16;

/// How many pages at most are looked at to find a place again.
const MOST_LOOKS: usize = 20;

/// A hash of a lead's id, of 48 bits: a place is stored, and ids are not to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Mark(u64);

impl Mark {
    const DIGITS: usize = 12;
}

/// Makes the marks. An id may be a mobile, of which there are few enough to try all of them: nobody
/// can who does not have the secret of the app. With another secret, or where the standard library
/// changes its hash, places are lost, and some leads come twice.
#[derive(Clone)]
pub(crate) struct Marker(DefaultHasher);

impl Marker {
    pub(crate) fn new(secret: &str) -> Self {
        let mut hasher = DefaultHasher::new();
        hasher.write(secret.as_bytes());
        Self(hasher)
    }

    pub(super) fn mark(&self, id: &str) -> Mark {
        let mut hasher = self.0.clone();
        hasher.write(id.as_bytes());
        Mark(hasher.finish() >> 16)
    }
}

/// The id of a row that has none.
pub(super) fn id_of(row: &str) -> String {
    // FNV-1a, which stays the same in every version of every program.
    let hash = row.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let hash = (hash >> 48) ^ (hash & 0xffff_ffff_ffff);
    format!("row-{hash:012x}")
}

/// Where a list was left: behind the rows that were read last.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place {
    /// The page read last, from 1 on. What comes next began the page after it.
    pub(super) page: u32,
    /// Rows per page, as the platform really gives them.
    size: u32,
    /// Rows in all, when that page was read.
    total: Option<u64>,
    /// The leads given last, in their order.
    marks: Vec<Mark>,
}

impl Place {
    /// The place before the first page of `size` rows.
    pub(super) fn start(size: u32) -> Self {
        Self { page: 0, size, total: None, marks: Vec::new() }
    }

    /// Learns from the first page with rows how many the platform really gives: it may know a limit
    /// that it does not document. More rows than were asked for are some that stand there twice.
    pub(super) fn learn_size(&mut self, rows: usize, total: Option<u64>) {
        let more = total.is_some_and(|total| total > rows as u64);
        if let (true, Ok(rows @ 1..)) = (more, u32::try_from(rows)) {
            self.size = self.size.min(rows);
        }
    }

    /// A later page may show that rows of the first one were hidden.
    pub(super) fn learn_more(&mut self, rows: usize, asked: u32) {
        self.size = u32::try_from(rows).map_or(self.size, |rows| self.size.max(rows.min(asked)));
    }

    /// Rows in all, when the page read last was read.
    pub(super) fn total(&self) -> Option<u64> {
        self.total
    }

    /// Whether a lead is among those remembered.
    pub(super) fn knows(&self, mark: Mark) -> bool {
        self.marks.contains(&mark)
    }

    /// Moves behind the rows of a page, of which those from `from` on are given.
    pub(super) fn advance(&mut self, page: u32, total: Option<u64>, given: &[Mark]) {
        (self.page, self.total) = (page, total);
        self.marks.extend_from_slice(given);
        let surplus = self.marks.len().saturating_sub(REMEMBERED);
        self.marks.drain(..surplus);
    }

    /// Whether the list ends behind a page of so many rows, as far as its total tells. Behind a full
    /// one there may be more: the total may be capped, or that of the page.
    pub(super) fn ends_behind(&self, page: u32, rows: usize, total: Option<u64>) -> bool {
        let is_full = rows >= self.size as usize;
        let is_last = |total| self.before(page) + rows as u64 >= total && !is_full;
        rows == 0 || total.is_some_and(is_last)
    }

    /// Whether there is more behind a page, by the list's total.
    pub(super) fn is_owed_more(&self, page: u32, total: Option<u64>) -> bool {
        total.is_some_and(|total| self.before(page) < total)
    }

    /// Whether the list ended behind the page read last, by its total: what comes next only makes
    /// sure.
    pub(super) fn is_counted_out(&self) -> bool {
        self.total.is_some_and(|total| self.before(self.page + 1) >= total)
    }

    /// The first row of the following page that was not given, if that can be told from that page
    /// alone.
    pub(super) fn seam(&self, rows: &[Mark], total: Option<u64>) -> Option<usize> {
        match self.last_known(rows) {
            // Nothing moved: what was given stands on the pages before.
            None => self.is_as_long(total).then_some(0),
            Some((rank, at)) => {
                let whole = rank + 1 == self.marks.len() && self.is_joined(rows, at);
                whole.then_some(at + 1)
            }
        }
    }

    /// The row behind the last remembered lead on a page, if there is one.
    pub(super) fn behind_known(&self, rows: &[Mark]) -> Option<usize> {
        let (_, at) = self.last_known(rows)?;
        let known = rows[at..].iter().take_while(|row| self.knows(**row)).count();
        Some(at + known)
    }

    /// Whether the list is known to have as many rows as when it was left. Without a total nothing
    /// is known.
    pub(super) fn is_as_long(&self, total: Option<u64>) -> bool {
        total.is_some() && self.total == total
    }

    /// The pages where the remembered leads may stand, if the following one does not tell: the
    /// likeliest first.
    pub(super) fn elsewhere(&self, total: Option<u64>) -> Vec<u32> {
        if self.total.is_none() || total.is_none() {
            return self.around();
        }
        let grown = self.grown(total);
        let last = (self.before(self.page + 1) as i64 - 1).saturating_add(grown);
        let next = self.page + 1;
        let mut pages: Vec<u32> = Vec::new();
        if grown > 0 {
            // Rows that went from further down hide as many that came: look a little further.
            let furthest = self.page_of(last.saturating_add(REMEMBERED as i64));
            pages.extend(self.page_of(last).max(next + 1)..=furthest);
        }
        let nearest = self.page_of(last).clamp(1, self.page.max(1));
        pages.extend((nearest..=self.page).rev());
        pages.push(next + 1);
        let mut seen = Vec::new();
        pages.retain(|page| {
            !seen.contains(page) && {
                seen.push(*page);
                true
            }
        });
        pages.truncate(MOST_LOOKS);
        pages
    }

    /// The pages around this place, the nearest first: without a total nothing tells which way rows
    /// went.
    fn around(&self) -> Vec<u32> {
        let steps = 0..MOST_LOOKS as u32;
        let pages = steps.flat_map(|step| {
            let before = self.page.checked_sub(step).filter(|page| *page > 0);
            [before, self.page.checked_add(step + 2)]
        });
        pages.flatten().take(MOST_LOOKS).collect()
    }

    /// The earliest page and row where the next lead can stand if no remembered lead is found:
    /// leads may come twice from there, but none is missed, as long as new ones come in on top.
    pub(super) fn earliest(&self, total: Option<u64>) -> (u32, usize) {
        let gone = self.grown(total).min(0).unsigned_abs();
        let row = self.before(self.page + 1).saturating_sub(gone);
        let size = u64::from(self.size);
        (self.page_of(row as i64), (row % size) as usize)
    }

    /// The remembered lead that was given last of those on a page: its rank and its row.
    fn last_known(&self, rows: &[Mark]) -> Option<(usize, usize)> {
        self.marks
            .iter()
            .enumerate()
            .rev()
            .find_map(|(rank, mark)| Some((rank, rows.iter().position(|row| row == mark)?)))
    }

    /// Whether the rows before `at` are the leads that were given before it, in their order. If
    /// not, that one lead may have moved, and the rows before it may never have been given.
    fn is_joined(&self, rows: &[Mark], at: usize) -> bool {
        let mut rank = self.marks.len() - 1;
        for row in rows[..at].iter().rev() {
            if rank == 0 {
                return true;
            }
            match self.marks[..rank].iter().rposition(|mark| mark == row) {
                Some(earlier) => rank = earlier,
                None => return false,
            }
        }
        true
    }

    /// Rows before a page.
    fn before(&self, page: u32) -> u64 {
        u64::from(page.saturating_sub(1)) * u64::from(self.size)
    }

    fn page_of(&self, row: i64) -> u32 {
        let page = row.max(0) / i64::from(self.size) + 1;
        u32::try_from(page).unwrap_or(u32::MAX - 1)
    }

    /// By how many rows the list is longer than it was.
    fn grown(&self, total: Option<u64>) -> i64 {
        match (self.total, total) {
            (Some(then), Some(now)) => now as i64 - then as i64,
            _ => 0,
        }
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}.", self.page, self.size)?;
        match self.total {
            Some(total) => write!(f, "{total}.")?,
            None => f.write_str("-.")?,
        }
        self.marks
            .iter()
            .try_for_each(|mark| write!(f, "{:0width$x}", mark.0, width = Mark::DIGITS))
    }
}

/// The text was not written by [`Place`].
#[derive(Debug, PartialEq, Eq)]
pub(super) struct NoPlace;

impl FromStr for Place {
    type Err = NoPlace;

    fn from_str(text: &str) -> Result<Self, NoPlace> {
        let mut parts = text.split('.');
        let mut part = || parts.next().ok_or(NoPlace);
        let (page, size, total, marks) = (part()?, part()?, part()?, part()?);
        let page: u32 = page.parse().map_err(|_| NoPlace)?;
        let size: u32 = size.parse().map_err(|_| NoPlace)?;
        let total = match total {
            "-" => None,
            digits => Some(digits.parse().map_err(|_| NoPlace)?),
        };
        let marks = marks.as_bytes().chunks(Mark::DIGITS).map(|digits| {
            let digits = std::str::from_utf8(digits).map_err(|_| NoPlace)?;
            u64::from_str_radix(digits, 16).map(Mark).map_err(|_| NoPlace)
        });
        let marks: Vec<Mark> = marks.collect::<Result<_, _>>()?;
        let sound = (1..u32::MAX - 1).contains(&page) && size > 0 && marks.len() <= REMEMBERED;
        if sound && parts.next().is_none() {
            Ok(Self { page, size, total, marks })
        } else {
            Err(NoPlace)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mark(id: &str) -> Mark {
        Marker::new("a secret").mark(id)
    }

    fn marks(ids: std::ops::Range<u32>) -> Vec<Mark> {
        ids.map(|id| mark(&id.to_string())).collect()
    }

    /// Behind leads 0 to 99 of 500, in pages of 50.
    fn place() -> Place {
        let mut place = Place::start(50);
        place.advance(1, Some(500), &marks(0..50));
        place.advance(2, Some(500), &marks(50..100));
        place
    }

    #[test]
    fn a_place_survives_storage_and_stays_small() {
        let mut place = place();
        for page in 3..1000 {
            place.advance(page, Some(1_000_000), &marks(page * 50..page * 50 + 50));
            assert_eq!(place.to_string().parse(), Ok(place.clone()));
        }
        assert!(place.to_string().len() < 240, "{place}");
        for text in ["", "1", "1.50.-", "0.50.9.", "1.0.9.", "1.50.9.xyz", "1.50.9.ab.c"] {
            assert_eq!(text.parse::<Place>(), Err(NoPlace), "{text}");
        }
    }

    #[test]
    fn who_does_not_have_the_secret_cannot_make_the_mark_of_an_id() {
        assert_eq!(mark("19900001234"), mark("19900001234"));
        assert_ne!(mark("19900001234"), mark("19900001235"));
        assert_ne!(mark("19900001234"), Marker::new("another secret").mark("19900001234"));
    }

    #[test]
    fn a_page_that_repeats_rows_is_cut_behind_the_last_one_given() {
        assert_eq!(place().seam(&marks(100..150), Some(500)), Some(0));
        assert_eq!(place().seam(&marks(97..147), Some(503)), Some(3));
        assert_eq!(place().seam(&marks(70..120), Some(530)), Some(30));
        assert_eq!(place().seam(&marks(50..100), Some(550)), Some(50));
    }

    #[test]
    fn a_page_of_a_list_that_shrank_does_not_tell() {
        assert_eq!(place().seam(&marks(101..151), Some(499)), None);
        assert_eq!(place().elsewhere(Some(499))[0], 2);
        assert_eq!(place().elsewhere(Some(440))[..2], [2, 1]);
    }

    #[test]
    fn a_single_lead_that_moved_down_does_not_hide_those_before_it() {
        let mut rows = marks(101..150);
        rows.insert(20, mark("99"));
        assert_eq!(place().seam(&rows, Some(500)), None);
    }

    #[test]
    fn a_list_that_grew_by_pages_is_looked_at_further_down() {
        assert_eq!(place().seam(&marks(0..50), Some(600)), None);
        assert_eq!(place().elsewhere(Some(600))[0], 4);
    }

    #[test]
    fn a_lost_place_begins_no_later_than_the_next_lead() {
        assert_eq!(place().earliest(Some(500)), (3, 0));
        assert_eq!(place().earliest(Some(470)), (2, 20));
        assert_eq!(place().earliest(Some(1)), (1, 0));
        assert_eq!(place().earliest(Some(900)), (3, 0));
    }
}
