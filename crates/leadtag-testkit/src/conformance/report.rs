//! How the rules came out.

use std::fmt;

use leadtag_core::{Error, Platform};

/// How a rule ends: it holds, or there is a reason to stop.
pub type Verdict<T = ()> = Result<T, Halt>;

/// Why a rule did not run to its end.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Halt {
    /// It cannot be tried with this provider and fixture.
    Skip(String),
    /// It does not hold.
    Fail(String),
}

impl From<Error> for Halt {
    /// An error where none was expected.
    fn from(error: Error) -> Self {
        Self::Fail(format!("unexpected error: {error}"))
    }
}

/// How a rule came out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Outcome {
    /// It holds.
    Passed,
    /// It was not tried, for this reason.
    Skipped(String),
    /// It does not hold, and this is what was seen.
    Failed(String),
}

impl Outcome {
    pub(super) fn of(verdict: std::thread::Result<Verdict>) -> Self {
        match verdict {
            Ok(Ok(())) => Self::Passed,
            Ok(Err(Halt::Skip(why))) => Self::Skipped(why),
            Ok(Err(Halt::Fail(why))) => Self::Failed(why),
            Err(_) => Self::Failed("the provider panicked".to_owned()),
        }
    }
}

/// A rule and how it came out.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct RuleResult {
    /// The rule's name.
    pub rule: &'static str,
    /// How it came out.
    pub outcome: Outcome,
}

/// How all rules came out. `Display` lists them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    platform: Platform,
    results: Vec<RuleResult>,
}

impl Report {
    pub(super) fn new(platform: Platform) -> Self {
        let results = Vec::new();
        Self { platform, results }
    }

    pub(super) fn push(&mut self, rule: &'static str, outcome: Outcome) {
        self.results.push(RuleResult { rule, outcome });
    }

    /// Every rule, in the order of the table.
    #[must_use]
    pub fn results(&self) -> &[RuleResult] {
        &self.results
    }

    /// The names of the rules that hold.
    pub fn passed(&self) -> impl Iterator<Item = &'static str> {
        self.results
            .iter()
            .filter(|result| result.outcome == Outcome::Passed)
            .map(|result| result.rule)
    }

    /// The rules that were not tried, and why.
    pub fn skipped(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.results.iter().filter_map(|result| match &result.outcome {
            Outcome::Skipped(why) => Some((result.rule, why.as_str())),
            _ => None,
        })
    }

    /// The rules that do not hold, and what was seen.
    pub fn failed(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.results.iter().filter_map(|result| match &result.outcome {
            Outcome::Failed(why) => Some((result.rule, why.as_str())),
            _ => None,
        })
    }

    /// For tests: every rule holds or was skipped.
    ///
    /// # Panics
    /// With the whole report if a rule does not hold.
    #[track_caller]
    pub fn assert_passed(&self) {
        assert!(self.failed().next().is_none(), "{self}");
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (passed, failed) = (self.passed().count(), self.failed().count());
        let skipped = self.results.len() - passed - failed;
        let platform = self.platform;
        writeln!(f, "{platform}: {passed} passed, {failed} failed, {skipped} skipped")?;
        for RuleResult { rule, outcome } in &self.results {
            match outcome {
                Outcome::Passed => writeln!(f, "  passed   {rule}")?,
                Outcome::Skipped(why) => writeln!(f, "  skipped  {rule}: {why}")?,
                Outcome::Failed(why) => writeln!(f, "  FAILED   {rule}: {why}")?,
            }
        }
        Ok(())
    }
}

/// Fails the rule with `message` unless `condition` holds.
pub(super) fn ensure(condition: bool, message: impl FnOnce() -> String) -> Verdict {
    if condition { Ok(()) } else { Err(Halt::Fail(message())) }
}

/// Leaves the rule out.
pub(super) fn skip<T>(why: &str) -> Verdict<T> {
    Err(Halt::Skip(why.to_owned()))
}
