//! What is counted of the requests of a stream, as they go out.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use leadtag_core::CallObserver;
use leadtag_core::observe::{Sending, Wait, WaitCause};

use crate::event::Events;
use crate::{Event, StreamReport};

/// Shorter waits for the limits of this program are how it keeps its pace.
const LONG: Duration = Duration::from_secs(1);

/// Counts what a stream asks of its platform, and tells its waits.
pub(crate) struct Meter {
    provider: Arc<str>,
    events: Events,
    counts: Mutex<Counted>,
}

#[derive(Debug, Default)]
struct Counted {
    questions: u64,
    repeated: u64,
    calls: u64,
    retries: u64,
    token_calls: u64,
    waits: u64,
    waited: Duration,
    /// Requests that the question being asked has led to.
    asked: u64,
    /// So many of the next ones were made before, when the same question failed.
    known: u64,
}

impl Meter {
    pub(crate) fn new(provider: Arc<str>, events: Events) -> Self {
        Self { provider, events, counts: Mutex::default() }
    }

    /// A page, or the like, is asked for; perhaps once more.
    pub(crate) fn ask(&self, again: bool) {
        let mut counts = self.lock();
        counts.questions += 1;
        counts.repeated += u64::from(again);
        counts.known = if again { counts.known.max(counts.asked) } else { 0 };
        counts.asked = 0;
    }

    /// A wait begins; `error` is why, where it is for no limit.
    pub(crate) fn begin_wait(&self, span: Duration, error: Option<String>) {
        self.lock().waits += 1;
        (self.events)(Event::Waiting { provider: self.provider.to_string(), span, error });
    }

    /// It is over, after so long.
    pub(crate) fn end_wait(&self, span: Duration) {
        self.lock().waited += span;
    }

    /// Writes down what was counted so far.
    pub(crate) fn read(&self, report: &mut StreamReport) {
        let counts = self.lock();
        // A provider of another make may not tell of its requests: then each question is one.
        let tells = counts.calls > 0;
        (report.calls, report.retries) = match tells {
            true => (counts.calls, counts.retries),
            false => (counts.questions, counts.repeated),
        };
        report.token_calls = counts.token_calls;
        report.waits = counts.waits;
        report.waited = counts.waited;
    }

    fn lock(&self) -> MutexGuard<'_, Counted> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl CallObserver for Meter {
    fn sending(&self, sending: Sending) {
        let mut counts = self.lock();
        if sending.for_token {
            counts.token_calls += 1;
            counts.retries += u64::from(sending.again);
            return;
        }
        counts.calls += 1;
        if sending.again {
            counts.retries += 1;
            return;
        }
        counts.asked += 1;
        counts.retries += u64::from(counts.asked <= counts.known);
    }

    fn waiting(&self, wait: Wait) {
        if is_told(wait) {
            // The client tries again by itself, and tells nothing of the error but that it passes.
            let passes = || "a request failed for a moment".to_owned();
            self.begin_wait(wait.span, (wait.cause == WaitCause::Fault).then(passes));
        }
    }

    fn waited(&self, wait: Wait, span: Duration) {
        if is_told(wait) {
            self.end_wait(span);
        }
    }
}

fn is_told(wait: Wait) -> bool {
    wait.cause != WaitCause::Rate || wait.span >= LONG
}

#[cfg(test)]
mod tests {
    use leadtag_core::observe::Sending;

    use super::*;

    fn meter() -> Meter {
        Meter::new("crm".into(), Arc::new(|_| ()))
    }

    fn told(meter: &Meter) -> (u64, u64, u64) {
        let mut report = StreamReport::default();
        meter.read(&mut report);
        (report.calls, report.retries, report.token_calls)
    }

    fn sent(again: bool, for_token: bool) -> Sending {
        let mut sending = Sending::default();
        (sending.again, sending.for_token) = (again, for_token);
        sending
    }

    #[test]
    fn a_provider_that_tells_nothing_makes_one_request_for_each_question() {
        let meter = meter();
        [false, true, true, false].into_iter().for_each(|again| meter.ask(again));
        assert_eq!(told(&meter), (4, 2, 0));
    }

    #[test]
    fn a_question_that_is_repeated_repeats_its_requests_and_no_more() {
        let meter = meter();
        meter.ask(false);
        // Two requests, of which the second fails twice.
        [false, false, true].into_iter().for_each(|again| meter.sending(sent(again, false)));
        // Nothing goes out, since nothing may; then both again, and a third.
        meter.ask(true);
        meter.ask(true);
        (0..3).for_each(|_| meter.sending(sent(false, false)));
        assert_eq!(told(&meter), (6, 3, 0));
        // Another question.
        meter.ask(false);
        meter.sending(sent(false, false));
        assert_eq!(told(&meter), (7, 3, 0));
    }

    #[test]
    fn requests_for_a_token_are_counted_apart() {
        let meter = meter();
        meter.ask(false);
        meter.sending(sent(false, true));
        meter.sending(sent(true, true));
        meter.sending(sent(false, false));
        assert_eq!(told(&meter), (1, 1, 2));
    }

    #[test]
    fn a_wait_of_a_client_says_what_it_is_for() {
        let told = Arc::new(Mutex::new(Vec::new()));
        let events = Arc::clone(&told);
        let note = move |event| {
            if let Event::Waiting { span, error, .. } = event {
                events.lock().unwrap().push((span.as_millis(), error.is_some()));
            }
        };
        let meter = Meter::new("crm".into(), Arc::new(note));
        for (millis, cause) in
            [(20, WaitCause::Platform), (20, WaitCause::Fault), (20, WaitCause::Rate)]
        {
            meter.waiting(Wait::new(Duration::from_millis(millis), cause));
        }
        meter.waiting(Wait::new(LONG, WaitCause::Rate));
        assert_eq!(*told.lock().unwrap(), [(20, false), (20, true), (1_000, false)]);
    }
}
