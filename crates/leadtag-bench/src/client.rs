//! A measured process: one client, told by its standard input what to call how often.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tokio::runtime::Runtime;
use tokio::task::JoinSet;

use crate::calls::Calls;
use crate::child::Helper;
use crate::server::{GROUPS, TAGS_PER_GROUP};
use crate::{Result, output, usage};

/// Small calls in flight at the same time.
pub(crate) const IN_FLIGHT: usize = 50;

/// Answers `list N` and `small N` with the microseconds of CPU time that N calls took, and
/// `memory` with the most KiB ever held.
pub(crate) fn run(kind: &str, base_url: &str) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let calls = Arc::new(runtime.block_on(Calls::new(kind, base_url))?);
    for line in std::io::stdin().lines() {
        let line = line?;
        let figure = match line.split_once(' ') {
            Some((what, times)) => measure(&runtime, &calls, what, times.parse()?)?.as_micros(),
            None => u128::from(usage::peak_memory()?),
        };
        output::line(&figure.to_string());
    }
    Ok(())
}

fn measure(runtime: &Runtime, calls: &Arc<Calls>, what: &str, times: usize) -> Result<Duration> {
    let before = usage::cpu()?;
    match what {
        "list" => runtime.block_on(one_by_one(calls, times))?,
        _ => runtime.block_on(in_flight(calls, times))?,
    }
    Ok(usage::cpu()?.saturating_sub(before))
}

async fn one_by_one(calls: &Calls, times: usize) -> Result<()> {
    for _ in 0..times {
        let tags = calls.list().await?;
        if tags != GROUPS * TAGS_PER_GROUP {
            return Err(format!("a list of {tags} tags").into());
        }
    }
    Ok(())
}

async fn in_flight(calls: &Arc<Calls>, times: usize) -> Result<()> {
    let started = Arc::new(AtomicUsize::new(0));
    let mut workers: JoinSet<Result<()>> = JoinSet::new();
    for _ in 0..IN_FLIGHT {
        let (calls, started) = (Arc::clone(calls), Arc::clone(&started));
        workers.spawn(async move {
            while started.fetch_add(1, Ordering::Relaxed) < times {
                calls.edit().await?;
            }
            Ok(())
        });
    }
    while let Some(worker) = workers.join_next().await {
        worker??;
    }
    Ok(())
}

/// The parent's side of a measured process.
pub(crate) struct Measured(Helper);

impl Measured {
    /// Starts the process for the client of that name.
    pub(crate) fn start(kind: &str, base_url: &str) -> Result<Self> {
        Helper::start(&["client", kind, base_url]).map(Self)
    }

    /// The microseconds of CPU time for each of `times` calls.
    pub(crate) fn micros_per_call(&mut self, what: &str, times: u32) -> Result<f64> {
        let micros: f64 = self.0.ask(&format!("{what} {times}"))?.parse()?;
        Ok(micros / f64::from(times))
    }

    /// The most KiB it ever held.
    pub(crate) fn peak_memory(&mut self) -> Result<f64> {
        Ok(self.0.ask("memory")?.parse()?)
    }
}
