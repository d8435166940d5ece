//! What calls do on their way, for a caller who wants to know: requests that go out, those that go
//! out again, and waits.
//!
//! A call retries and waits by itself. Whoever is behind a trait object, with no client to ask, sees
//! that too: everything that is done within [`observed`] is told to its observer.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::Clock;

tokio::task_local! {
    static SCOPE: Scope;
}

/// Is told what the calls of one piece of work do on their way.
pub trait CallObserver: Send + Sync {
    /// A request goes out now.
    fn sending(&self, sending: Sending);

    /// Nothing is sent for a while.
    fn waiting(&self, wait: Wait);

    /// A wait is over, or was given up, after `span`.
    fn waited(&self, wait: Wait, span: Duration);
}

/// A request that goes out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sending {
    /// Whether it went out before, in vain.
    pub again: bool,
    /// Whether it asks for a token.
    pub for_token: bool,
}

/// A wait of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Wait {
    /// How long it will be, as far as is known.
    pub span: Duration,
    /// Whose wish it is.
    pub cause: WaitCause,
}

impl Wait {
    /// A wait of that span.
    #[must_use]
    pub const fn new(span: Duration, cause: WaitCause) -> Self {
        Self { span, cause }
    }
}

/// Whose wish a wait is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WaitCause {
    /// The platform's: it throttled the API.
    Platform,
    /// The platform's: it failed for a moment, and said when to come again.
    Fault,
    /// The caller's: the configured rate would be passed.
    Rate,
}

/// Does `work`, and tells `observer` of the calls that are made by it. Calls of a task that it spawns
/// are not told of. A token that several callers wait for is told of to one of them.
pub async fn observed<T>(observer: Arc<dyn CallObserver>, work: impl Future<Output = T>) -> T {
    SCOPE.scope(Scope { observer, for_token: false }, work).await
}

#[derive(Clone)]
struct Scope {
    observer: Arc<dyn CallObserver>,
    for_token: bool,
}

/// Does `work`, whose calls fetch a token.
pub(crate) async fn for_token<T>(work: impl Future<Output = T>) -> T {
    match SCOPE.try_with(Clone::clone) {
        Ok(scope) => SCOPE.scope(Scope { for_token: true, ..scope }, work).await,
        Err(_) => work.await,
    }
}

/// A request goes out.
pub(crate) fn sending(again: bool) {
    // Mostly nobody wants to know.
    let _ = SCOPE.try_with(|scope| {
        scope.observer.sending(Sending { again, for_token: scope.for_token });
    });
}

/// Tells of a wait that begins now, and of its end when this is dropped.
pub(crate) struct Told<'a> {
    observer: Arc<dyn CallObserver>,
    clock: &'a dyn Clock,
    wait: Wait,
    began: Duration,
}

/// Nothing is sent for `span`. Keep what comes back until it is over.
pub(crate) fn waiting(clock: &dyn Clock, span: Duration, cause: WaitCause) -> Option<Told<'_>> {
    if span.is_zero() {
        return None;
    }
    let observer = SCOPE.try_with(|scope| Arc::clone(&scope.observer)).ok()?;
    let wait = Wait::new(span, cause);
    observer.waiting(wait);
    Some(Told { observer, clock, wait, began: clock.monotonic() })
}

impl Drop for Told<'_> {
    fn drop(&mut self) {
        let span = self.clock.monotonic().saturating_sub(self.began);
        self.observer.waited(self.wait, span);
    }
}

impl fmt::Debug for Told<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Told").field("wait", &self.wait).finish_non_exhaustive()
    }
}
