//! Rounds, their medians, and what is said of them.

use std::fmt;

use crate::Result;
use crate::child::Helper;
use crate::client::Measured;

/// The lowest, the middle and the highest of some figures.
#[derive(Clone, Copy)]
pub(crate) struct Spread {
    low: f64,
    pub(crate) median: f64,
    high: f64,
}

impl Spread {
    /// Of at least one figure.
    pub(crate) fn of(figures: impl IntoIterator<Item = f64>) -> Result<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (Some(low), Some(high)) = (sorted.first(), sorted.last()) else {
            return Err("no figures".into());
        };
        let upper = sorted.get(sorted.len() / 2).unwrap_or(high);
        let lower = sorted.get((sorted.len() - 1) / 2).unwrap_or(low);
        Ok(Self { low: *low, median: f64::midpoint(*lower, *upper), high: *high })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:.2} / {:.2} / {:.2}", self.low, self.median, self.high)
    }
}

/// How often is measured what.
#[derive(Clone, Copy)]
pub(crate) struct Plan {
    /// `list` or `small`.
    pub(crate) what: &'static str,
    /// Calls before anything is measured.
    pub(crate) warm_up: u32,
    /// Rounds; in each of them every client has its turn.
    pub(crate) rounds: usize,
    /// Calls of one client in one round.
    pub(crate) calls: u32,
}

/// What one client needed.
pub(crate) struct Series {
    /// Microseconds of CPU time per call, round by round.
    pub(crate) micros: Vec<f64>,
    /// KiB held at most.
    pub(crate) memory: f64,
}

impl Series {
    /// The microseconds of CPU time per call.
    pub(crate) fn median(&self) -> Result<f64> {
        Ok(Spread::of(self.micros.iter().copied())?.median)
    }

    /// This one's time over the other's, of each pair of neighbours in time.
    pub(crate) fn over(&self, other: &Self) -> Result<Spread> {
        Spread::of(self.micros.iter().zip(&other.micros).map(|(mine, others)| mine / others))
    }
}

/// Measures the clients of those names in turn, A B C C B A, each in a process of its own, against
/// a server in another one.
pub(crate) fn measure(plan: Plan, kinds: &[&str]) -> Result<Vec<Series>> {
    let mut server = Helper::start(&["serve"])?;
    let base_url = server.read()?;
    let start = |kind: &&str| Measured::start(kind, &base_url);
    let mut clients = kinds.iter().map(start).collect::<Result<Vec<_>>>()?;
    for client in &mut clients {
        client.micros_per_call(plan.what, plan.warm_up)?;
    }
    let mut series: Vec<_> = kinds.iter().map(|_| Vec::new()).collect();
    for round in 0..plan.rounds {
        let mut turns: Vec<_> = clients.iter_mut().zip(&mut series).collect();
        if round % 2 == 1 {
            turns.reverse();
        }
        for (client, micros) in turns {
            micros.push(client.micros_per_call(plan.what, plan.calls)?);
        }
    }
    let done = clients.iter_mut().zip(series);
    done.map(|(client, micros)| Ok(Series { micros, memory: client.peak_memory()? })).collect()
}
