//! Calls that wait when the platform asks for it, and are made again when they fail for a moment.

use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use leadtag_core::{
    CallObserver, Cursor, Error, ErrorKind, Interaction, Lead, LeadId, LeadQuery, Page, Result,
    RetryClass, observed,
};

use super::{Halt, Reader, unreadable};
use crate::Event;

/// How long is waited before a call that failed for a moment is made again. Each call was tried
/// several times before, in quick succession.
const PAUSES: [Duration; 3] =
    [Duration::from_secs(1), Duration::from_secs(5), Duration::from_secs(30)];

/// How long is waited where the platform asks to wait and does not say how long.
const WAITS: [Duration; 3] =
    [Duration::from_secs(10), Duration::from_secs(30), Duration::from_secs(60)];

/// Pages without rows that are followed, one after the other.
const EMPTY: u32 = 100;

/// A call of a provider.
type Call<'a, T> = Pin<Box<dyn Future<Output = Result<T>> + Send + 'a>>;

impl Reader {
    /// One page of leads.
    pub(crate) async fn leads(
        &mut self,
        query: &LeadQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Lead>, Halt> {
        let provider = Arc::clone(&self.provider);
        let page = self.ask(|| provider.fetch_lead_page(query, cursor)).await?;
        self.count_empty(page)
    }

    /// A page, unless too many in a row were empty and promised more.
    fn count_empty<T>(&mut self, page: Page<T>) -> Result<Page<T>, Halt> {
        let leads_on = page.items.is_empty() && page.next.is_some();
        self.empty = if leads_on { self.empty + 1 } else { 0 };
        if self.empty >= EMPTY {
            let why = format!("{EMPTY} pages in a row are empty, and more are promised");
            return Err(unreadable(why).into());
        }
        Ok(page)
    }

    /// One lead.
    pub(crate) async fn lead(&mut self, id: &LeadId) -> Result<Lead, Halt> {
        let provider = Arc::clone(&self.provider);
        self.ask(|| provider.get_lead(id)).await
    }

    /// One page of interactions.
    pub(crate) async fn interactions(
        &mut self,
        id: &LeadId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Interaction>, Halt> {
        let provider = Arc::clone(&self.provider);
        let page = self.ask(|| provider.fetch_interaction_page(id, cursor)).await?;
        self.count_empty(page)
    }

    /// Makes a call until it is answered, or fails for good.
    async fn ask<'c, T>(&mut self, call: impl Fn() -> Call<'c, T>) -> Result<T, Halt> {
        let (mut failed, mut throttled) = (0, 0);
        loop {
            self.meter.ask(failed + throttled > 0);
            let observer = Arc::clone(&self.meter) as Arc<dyn CallObserver>;
            let (stop, writer) = (self.stop.clone(), self.writer.clone());
            let error = tokio::select! {
                biased;
                () = stop.asked() => return Err(Halt::Stopped),
                () = writer.closed() => return Err(Halt::Closed),
                answer = observed(observer, call()) => match answer {
                    Ok(answer) => return Ok(answer),
                    Err(error) => error,
                },
            };
            match after(&error) {
                After::Wait => {
                    // Who says each time that a moment is enough is given longer.
                    let least = PAUSES[throttled.min(PAUSES.len() - 1)];
                    let span = error.retry_after().unwrap_or(WAITS[throttled.min(WAITS.len() - 1)]);
                    let span = span.max(least);
                    throttled += 1;
                    self.wait(span, &error).await?;
                }
                After::TryAgain if failed < PAUSES.len() => {
                    let pause = PAUSES[failed];
                    failed += 1;
                    self.tell(Event::TryingAgain {
                        provider: self.name.to_string(),
                        span: pause,
                        error: error.to_string(),
                    });
                    self.pause(pause).await?;
                }
                _ => return Err(Halt::Failed(error)),
            }
        }
    }

    /// Waits because the platform asks for it, by this error.
    async fn wait(&mut self, span: Duration, error: &Error) -> Result<(), Halt> {
        self.meter.begin_wait(span, (!error.is_rate_limit()).then(|| error.to_string()));
        let before = self.options.clock.monotonic();
        let end = self.pause(span).await;
        self.meter.end_wait(self.options.clock.monotonic().saturating_sub(before));
        end
    }

    /// Waits. What was read is committed first, as this may take long.
    pub(crate) async fn pause(&mut self, span: Duration) -> Result<(), Halt> {
        self.flush().await?;
        tokio::select! {
            biased;
            () = self.stop.asked() => Err(Halt::Stopped),
            () = self.writer.closed() => Err(Halt::Closed),
            () = self.options.clock.sleep(span) => Ok(()),
        }
    }
}

enum After {
    Wait,
    TryAgain,
    GiveUp,
}

fn after(error: &Error) -> After {
    let is_passing = error.kind() == ErrorKind::Timeout
        || matches!(
            error.retry_class(),
            RetryClass::Busy | RetryClass::Transport | RetryClass::Concurrency
        );
    if error.is_rate_limit() {
        return After::Wait;
    }
    match (is_passing, error.retry_after()) {
        // Who says how long asks to wait, whatever the matter is.
        (true, Some(_)) => After::Wait,
        (true, None) => After::TryAgain,
        (false, _) => After::GiveUp,
    }
}
