//! Lists as streams of pages and of items.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_util::Stream;
use futures_util::future::BoxFuture;

use crate::{Cursor, Error, ErrorKind, Page, Result};

type Fetch<'a, T> =
    Box<dyn Fn(Option<Cursor>) -> BoxFuture<'a, Result<Page<T>>> + Send + Sync + 'a>;

/// The pages of a list, fetched one by one as they are polled.
///
/// Empty pages in the middle are followed. A cursor that comes again ends the stream with an
/// error instead of a loop. After an error the stream is over, and [`cursor`](Self::cursor) tells
/// where to begin again so that nothing is missed.
#[must_use = "nothing is fetched unless the stream is polled"]
pub struct Pages<'a, T> {
    fetch: Fetch<'a, T>,
    in_flight: Option<BoxFuture<'a, Result<Page<T>>>>,
    position: Option<Cursor>,
    cycle: CycleGuard,
    done: bool,
}

impl<'a, T> Pages<'a, T> {
    /// Pages from `start`, or from the first one.
    pub fn new<F>(start: Option<Cursor>, fetch: F) -> Self
    where
        F: Fn(Option<Cursor>) -> BoxFuture<'a, Result<Page<T>>> + Send + Sync + 'a,
    {
        Self {
            fetch: Box::new(fetch),
            in_flight: None,
            position: start,
            cycle: CycleGuard::default(),
            done: false,
        }
    }

    /// The cursor of the page that is fetched next, or, after an error, of the page that failed;
    /// `None` is the first page.
    #[must_use]
    pub fn cursor(&self) -> Option<&Cursor> {
        self.position.as_ref()
    }

    /// The items of these pages.
    pub fn items(self) -> Items<'a, T> {
        Items { pages: self, buffer: VecDeque::new(), current: None }
    }

    /// The next page; `None` after the last one.
    ///
    /// # Errors
    /// Of the page's call, or if a cursor comes again.
    pub async fn next_page(&mut self) -> Result<Option<Page<T>>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await.transpose()
    }

    fn advance(&mut self, page: &Page<T>) -> Result<()> {
        match &page.next {
            None => self.done = true,
            Some(next) => {
                if self.position.as_ref() == Some(next) || self.cycle.seen_before(next) {
                    return Err(Error::new(
                        ErrorKind::Platform,
                        "the list repeats a cursor and would never end",
                    )
                    .with_advice("read it again from the start; if it stays, report it"));
                }
                self.position = Some(next.clone());
            }
        }
        Ok(())
    }
}

impl<T> Stream for Pages<'_, T> {
    type Item = Result<Page<T>>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        if this.done {
            return Poll::Ready(None);
        }
        let fetch = &this.fetch;
        let position = &this.position;
        let in_flight = this.in_flight.get_or_insert_with(|| fetch(position.clone()));
        let result = ready!(in_flight.as_mut().poll(cx));
        this.in_flight = None;
        let result = result.and_then(|page| this.advance(&page).map(|()| page));
        this.done |= result.is_err();
        Poll::Ready(Some(result))
    }
}

impl<T> fmt::Debug for Pages<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pages").field("position", &self.position).finish_non_exhaustive()
    }
}

/// The items of a list, fetched page by page as they are polled.
#[must_use = "nothing is fetched unless the stream is polled"]
pub struct Items<'a, T> {
    pages: Pages<'a, T>,
    buffer: VecDeque<T>,
    current: Option<Cursor>,
}

impl<T> Items<'_, T> {
    /// The cursor from which reading again misses nothing: of the page whose items are being
    /// given, else of the page that is fetched next. `None` is the first page.
    #[must_use]
    pub fn cursor(&self) -> Option<&Cursor> {
        if self.buffer.is_empty() { self.pages.cursor() } else { self.current.as_ref() }
    }
}

impl<T: Unpin> Items<'_, T> {
    /// The next item; `None` after the last one.
    ///
    /// # Errors
    /// Of the call of the page that it stands on, or if a cursor comes again.
    pub async fn next_item(&mut self) -> Result<Option<T>> {
        poll_fn(|cx| Pin::new(&mut *self).poll_next(cx)).await.transpose()
    }
}

impl<T: Unpin> Stream for Items<'_, T> {
    type Item = Result<T>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.buffer.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            let here = this.pages.cursor().cloned();
            match ready!(Pin::new(&mut this.pages).poll_next(cx)) {
                None => return Poll::Ready(None),
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                Some(Ok(page)) => {
                    this.current = here;
                    this.buffer = page.items.into();
                }
            }
        }
    }
}

impl<T> fmt::Debug for Items<'_, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("pages", &self.pages).finish_non_exhaustive()
    }
}

/// Brent's cycle detection: finds a cycle of any length while it remembers one cursor only.
#[derive(Default)]
struct CycleGuard {
    remembered: Option<Cursor>,
    steps: u64,
    until: u64,
}

impl CycleGuard {
    fn seen_before(&mut self, cursor: &Cursor) -> bool {
        if self.remembered.as_ref() == Some(cursor) {
            return true;
        }
        if self.steps == self.until {
            self.remembered = Some(cursor.clone());
            self.until = (self.until * 2).max(1);
            self.steps = 0;
        }
        self.steps += 1;
        false
    }
}
