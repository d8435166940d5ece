//! Which span of time is read next.

use std::time::Duration;

use leadtag_core::Timestamp;

use crate::{Pass, Progress, PullOptions, Span};

/// What the user asks for, in whole seconds.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Wanted {
    pub(crate) since: Option<Timestamp>,
    pub(crate) until: Option<Timestamp>,
    pub(crate) full: bool,
    pub(crate) look_back: Duration,
    /// How far before the newest lead edits are looked for; `None`: as far as they are likely.
    pub(crate) refresh: Option<Duration>,
}

/// How far before the newest lead edits are looked for, besides the newest leads.
const REFRESH: Duration = Duration::from_secs(7 * 24 * 3600);

/// The span that is read next, if there is anything to read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Planned {
    pub(crate) pass: Pass,
    /// Whether it goes on with one that was begun before.
    pub(crate) resumed: bool,
}

impl Wanted {
    /// What the options ask for, in the whole seconds that platforms count in.
    pub(crate) fn of(options: &PullOptions) -> Self {
        Self {
            since: options.since.map(floor),
            until: options.until.map(ceil),
            full: options.full,
            look_back: options.look_back,
            refresh: options.refresh,
        }
    }

    /// Whether anything but what came since is asked for.
    fn is_asked(&self) -> bool {
        self.full || self.since.is_some() || self.until.is_some()
    }

    /// Whether a pass that is resumed is not what is asked for.
    pub(crate) fn differs_from(&self, pass: &Pass) -> bool {
        self.is_asked() && (self.since, self.until) != (pass.from, pass.until)
    }
}

/// Which part of a span `at` is at.
pub(crate) fn share(from: Timestamp, at: Timestamp, to: Timestamp) -> Option<f64> {
    let whole = to.since(from).as_secs_f64();
    (whole > 0.0).then(|| (at.since(from).as_secs_f64() / whole).min(1.0))
}

impl Progress {
    /// What is read next, when nothing was read yet by this run. A pass that was left unfinished
    /// comes first, unless the one that is asked for reads all that is left of it.
    pub(crate) fn first(&mut self, wanted: &Wanted, now: Timestamp) -> Option<Planned> {
        if let Some(old) = self.pass {
            self.owe(&old, wanted, now);
            let fresh = if wanted.is_asked() { self.fresh(wanted, now) } else { None };
            match fresh {
                Some(fresh)
                    if (fresh.from, fresh.until) == (old.from, old.until)
                        && (old.full || !fresh.full) =>
                {
                    return Some(Planned { pass: Pass { full: fresh.full, ..old }, resumed: true });
                }
                Some(fresh) if covers(&fresh, &old) => self.abandon(&old),
                _ => return Some(Planned { pass: old, resumed: true }),
            }
        }
        let mut pass = self.fresh(wanted, now)?;
        if let Some(owed) = self.again.filter(|_| !wanted.is_asked()) {
            pass.from = pass.from.zip(owed.from).map(|(one, other)| one.min(other));
        }
        Some(Planned { pass, resumed: false })
    }

    /// Notes what must be read again of what was read before a pass was cut off: from where on the next
    /// pull would look for edits, if the pass had ended there. What is read from now on tells
    /// nothing of that, as newer leads may have come meanwhile.
    fn owe(&mut self, pass: &Pass, wanted: &Wanted, now: Timestamp) {
        let Some(to) = pass.at.or(pass.from) else { return };
        let mut then = self.clone();
        then.abandon(pass);
        let from = then.next_from(wanted, floor(now));
        if then.done.is_some() && from < Some(to) {
            let owed = self.again.unwrap_or(Span { from, to });
            self.again = Some(Span { from: owed.from.min(from), to: owed.to.max(to) });
        }
    }

    /// What is read after a pass that was resumed: what the user asked for, or, if that was it, what
    /// is owed, and what came since.
    pub(crate) fn rest(
        &mut self,
        resumed: &Pass,
        wanted: &Wanted,
        now: Timestamp,
    ) -> impl Iterator<Item = Planned> + use<> {
        let fresh = self.fresh(wanted, now);
        let was_it = |fresh: &Pass| (fresh.from, fresh.until) == (resumed.from, resumed.until);
        let (mut owed, next) = match fresh {
            Some(fresh) if wanted.is_asked() && !was_it(&fresh) => (None, Some(fresh)),
            Some(fresh) if wanted.is_asked() && fresh.until.is_some() => (None, None),
            Some(_) => {
                let plain = Wanted { since: None, until: None, full: false, ..*wanted };
                let next = self.fresh(&plain, now).map(|next| self.unread(next, resumed, &plain));
                (self.again.take(), next)
            }
            None => (None, None),
        };
        if let Some((owed, from)) = owed.as_mut().zip(next.and_then(|next| next.from)) {
            owed.to = owed.to.min(from);
        }
        let is_left =
            |owed: &Span| owed.from < Some(owed.to) && !next.is_some_and(|next| next.has(owed));
        let owed = owed.filter(is_left).map(|Span { from, to }| Pass {
            from,
            until: Some(to),
            at: None,
            to,
            full: false,
        });
        owed.into_iter().chain(next).map(|pass| Planned { pass, resumed: false })
    }

    /// What is left of the next pass, where the one that was resumed has just read the leads in which
    /// edits are looked for, but for what is owed.
    fn unread(&self, next: Pass, resumed: &Pass, wanted: &Wanted) -> Pass {
        let begun = resumed.at.or(resumed.from);
        let owed = self.again.filter(|owed| begun.is_none_or(|begun| owed.to >= begun));
        let seen_from = owed.map_or(begun, |owed| owed.from.min(begun));
        let late = self.done.map(|done| floor(earlier(done.to.min(next.to), wanted.look_back)));
        if resumed.until.is_none() && seen_from <= next.from {
            Pass { from: next.from.max(late), ..next }
        } else {
            next
        }
    }

    /// The pass that is asked for, as if none had been left.
    fn fresh(&self, wanted: &Wanted, now: Timestamp) -> Option<Pass> {
        let now = floor(now);
        let from = match (wanted.since, wanted.full) {
            (Some(since), _) => Some(since),
            (None, true) => None,
            (None, false) => self.next_from(wanted, now),
        };
        let to = wanted.until.map_or(now, |until| until.min(now));
        let empty = matches!((from, wanted.until), (Some(from), Some(until)) if from >= until);
        let full = wanted.full;
        (!empty).then_some(Pass { from, until: wanted.until, at: None, to, full })
    }

    /// From where on leads may have come or changed since.
    fn next_from(&self, wanted: &Wanted, now: Timestamp) -> Option<Timestamp> {
        let done = self.done?;
        if wanted.refresh == Some(Duration::MAX) {
            return done.from;
        }
        let refresh = wanted.refresh.unwrap_or(REFRESH);
        let late = earlier(done.to.min(now), wanted.look_back);
        let edited = self.newest.map_or(late, |newest| earlier(newest.min(now), refresh));
        let mut from = floor(late.min(edited));
        if wanted.refresh.is_none() {
            from = from.min(self.tail.start().or(done.from)?);
        }
        Some(done.from.map_or(from, |first| from.max(first)))
    }

    /// The span that was never read, between what was and what the user asks for.
    pub(crate) fn gap(&self, wanted: &Wanted) -> Option<Span> {
        let done = self.done?;
        let since = wanted.since.filter(|since| *since > done.to);
        let behind = since.map(|since| Span { from: Some(done.to), to: since });
        let older = wanted.until.filter(|_| wanted.since.is_some() || wanted.full);
        let before = older.zip(done.from).filter(|(until, from)| until < from);
        behind.or_else(|| before.map(|(until, from)| Span { from: Some(until), to: from }))
    }

    /// Begins a pass: what it reads again is not known any more.
    pub(crate) fn begin(&mut self, pass: Pass) {
        self.again = self.again.filter(|owed| !pass.has(owed));
        if self.reaches_the_end(&pass) {
            self.tail.cut(pass.from);
        }
        self.pass = Some(pass);
    }

    /// Whether the pass reads what is newest, and nothing is left out before it.
    pub(crate) fn reaches_the_end(&self, pass: &Pass) -> bool {
        let joins = self.done.is_none_or(|done| pass.from.is_none_or(|from| from <= done.to));
        joins && self.done.is_none_or(|done| pass.until.is_none_or(|until| until >= done.to))
    }

    /// The pass is read to its end.
    pub(crate) fn complete(&mut self) {
        if let Some(pass) = self.pass.take() {
            self.join(Span { from: pass.from, to: pass.to });
        }
    }

    /// What a pass has read counts, though it is not finished.
    fn abandon(&mut self, pass: &Pass) {
        self.pass = None;
        if let Some(at) = pass.at {
            self.join(Span { from: pass.from, to: at.min(pass.to) });
        }
    }

    /// What was read grows by a span that touches it, and never over a hole.
    fn join(&mut self, read: Span) {
        if read.from.is_some_and(|from| from >= read.to) {
            return;
        }
        self.done = Some(match self.done {
            None => read,
            Some(done)
                if read.from.is_none_or(|from| from <= done.to)
                    && done.from.is_none_or(|from| read.to >= from) =>
            {
                let from = done.from.zip(read.from).map(|(one, other)| one.min(other));
                Span { from, to: done.to.max(read.to) }
            }
            Some(done) => done,
        });
    }
}

impl Pass {
    /// Whether it reads all of a span.
    fn has(&self, span: &Span) -> bool {
        let begins = self.from.is_none_or(|from| span.from.is_some_and(|first| from <= first));
        begins && self.until.is_none_or(|until| until >= span.to)
    }
}

/// Whether `pass` reads everything that `old` has left.
fn covers(pass: &Pass, old: &Pass) -> bool {
    let begins = match (pass.from, old.at.or(old.from)) {
        (None, _) => true,
        (Some(from), Some(at)) => from <= at,
        (Some(_), None) => false,
    };
    let ends = match (pass.until, old.until) {
        (None, _) => true,
        (Some(until), Some(old)) => until >= old,
        (Some(_), None) => false,
    };
    begins && ends
}

/// The whole second that a moment is in.
pub(crate) fn floor(moment: Timestamp) -> Timestamp {
    Timestamp::from_unix_seconds(moment.as_unix_seconds()).unwrap_or(moment)
}

/// The first whole second that is not before a moment.
pub(crate) fn ceil(moment: Timestamp) -> Timestamp {
    let whole = floor(moment);
    if whole == moment { whole } else { whole.saturating_add(SECOND) }
}

/// The moment `span` earlier, at the earliest 1970.
pub(crate) fn earlier(moment: Timestamp, span: Duration) -> Timestamp {
    let seconds = i64::try_from(span.as_secs()).unwrap_or(i64::MAX);
    let left = moment.as_unix_seconds().saturating_sub(seconds);
    Timestamp::from_unix_seconds(left).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// What all of this is counted in.
pub(crate) const SECOND: Duration = Duration::from_secs(1);

#[cfg(test)]
mod tests;
