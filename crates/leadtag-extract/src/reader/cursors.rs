//! The pages of one list, one after the other.

use leadtag_core::{Cursor, Error};

use super::unreadable;

/// How often the same page may come again: rows that move can make it so.
const AGAIN: u32 = 10;

/// Follows the cursors of one list: one that comes again is an error instead of a loop, and so are
/// pages that come again and again, whatever their cursors.
#[derive(Default)]
pub(crate) struct Cursors {
    current: Option<Cursor>,
    remembered: Option<Cursor>,
    /// A hash of the rows of the page that `remembered` leads on from.
    page: u64,
    /// How often that page came again.
    again: u32,
    steps: u64,
    until: u64,
}

impl Cursors {
    /// From a place on.
    pub(crate) fn from(current: Option<Cursor>) -> Self {
        Self { current, ..Self::default() }
    }

    /// The cursor of the page that is asked for next.
    pub(crate) fn current(&self) -> Option<&Cursor> {
        self.current.as_ref()
    }

    /// Goes on to the next page; `page` is a hash of the rows of this one, if it has any. Brent's
    /// way: it finds a cycle of any length and remembers one cursor and one page only.
    pub(crate) fn follow(&mut self, next: Cursor, page: Option<u64>) -> Result<(), Error> {
        let repeats =
            self.current.as_ref() == Some(&next) || self.remembered.as_ref() == Some(&next);
        self.again += u32::from(page == Some(self.page));
        // How many empty pages there may be in a row is looked at elsewhere.
        if (repeats && page.is_some()) || self.again >= AGAIN {
            let what = if repeats { "a cursor" } else { "its rows" };
            let why = format!("the list repeats {what} and would never end");
            return Err(unreadable(why));
        }
        // An empty page is not worth remembering: it may stand between others that come again.
        if let (true, Some(page)) = (self.steps >= self.until, page) {
            (self.page, self.again) = (page, 0);
            self.remembered = Some(next.clone());
            self.until = (self.until * 2).max(1);
            self.steps = 0;
        }
        self.steps += 1;
        self.current = Some(next);
        Ok(())
    }
}
