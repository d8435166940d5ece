//! What every provider must do, as rules that run against any `&dyn` provider.
//!
//! The capabilities select the rules: what a provider claims is tested, and what it denies must
//! be refused as `Unsupported` before anything is sent. Each rule is a function of its own and
//! stands in a table, [`TAG_RULES`] or [`LEAD_RULES`].
//!
//! ```
//! use leadtag_core::{ContactRef, Platform};
//! use leadtag_testkit::conformance::{self, TagFixture};
//! use leadtag_testkit::{MemoryTagProvider, tag_capabilities};
//!
//! # async fn check() {
//! let provider = MemoryTagProvider::new(Platform::new("mine"), tag_capabilities::grouped())
//!     .with_contacts([ContactRef::new("c1")]);
//! let fixture = TagFixture::new("zz-").with_contact(ContactRef::new("c1"));
//! conformance::run_tags(&provider, &fixture).await.assert_passed();
//! # }
//! ```
//!
//! The rules create tags whose names begin with the fixture's prefix, and delete them again where
//! the provider can delete. The tags of the fixture's contact are put back where they can be read
//! and replaced. Run them against a test account all the same.

mod context;
mod fixture;
mod lead_rules;
mod report;
mod tag_assign_rules;
mod tag_change_rules;
mod tag_create_rules;
mod tag_delete_rules;
mod tag_denied_rules;
mod tag_list_rules;
mod tag_read_rules;

use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use leadtag_core::{LeadCapabilities, LeadsProvider, TagCapabilities, TagProvider};

pub use context::{LeadContext, TagContext};
pub use fixture::{LeadFixture, TagFixture};
pub use report::{Halt, Outcome, Report, RuleResult, Verdict};

/// The rules themselves, for tests that want one of them.
pub mod rules {
    pub use super::lead_rules::*;
    pub use super::tag_assign_rules::*;
    pub use super::tag_change_rules::*;
    pub use super::tag_create_rules::*;
    pub use super::tag_delete_rules::*;
    pub use super::tag_denied_rules::*;
    pub use super::tag_list_rules::*;
    pub use super::tag_read_rules::*;
}

/// A rule about tags.
#[derive(Clone, Copy, Debug)]
pub struct TagRule {
    /// What holds.
    pub name: &'static str,
    /// Whether the rule concerns a provider with these capabilities.
    pub needs: fn(&TagCapabilities) -> bool,
    /// The rule.
    pub run: for<'a> fn(&'a TagContext<'a>) -> BoxFuture<'a, Verdict>,
}

/// A rule about leads.
#[derive(Clone, Copy, Debug)]
pub struct LeadRule {
    /// What holds.
    pub name: &'static str,
    /// Whether the rule concerns a provider with these capabilities.
    pub needs: fn(&LeadCapabilities) -> bool,
    /// The rule.
    pub run: for<'a> fn(&'a LeadContext<'a>) -> BoxFuture<'a, Verdict>,
}

mod table;

pub use table::{LEAD_RULES, TAG_RULES};

/// Runs every rule about tags that `provider` claims to keep.
pub async fn run_tags(provider: &dyn TagProvider, fixture: &TagFixture) -> Report {
    let mut report = Report::new(provider.platform());
    for rule in TAG_RULES {
        report.push(rule.name, run_tag_rule(rule, provider, fixture).await);
    }
    report
}

/// Runs one rule about tags, and cleans up after it.
pub async fn run_tag_rule(
    rule: &TagRule,
    provider: &dyn TagProvider,
    fixture: &TagFixture,
) -> Outcome {
    if !(rule.needs)(&provider.tag_capabilities()) {
        return Outcome::Skipped("the capabilities leave it out".to_owned());
    }
    let context = TagContext::new(provider, fixture);
    let verdict = AssertUnwindSafe((rule.run)(&context)).catch_unwind().await;
    let cleaned = AssertUnwindSafe(context.clean_up()).catch_unwind().await;
    match Outcome::of(verdict) {
        Outcome::Passed => match Outcome::of(cleaned) {
            Outcome::Failed(why) => Outcome::Failed(format!("cleaning up: {why}")),
            _ => Outcome::Passed,
        },
        outcome => outcome,
    }
}

/// Runs every rule about leads that `provider` claims to keep. Nothing is changed.
pub async fn run_leads(provider: &dyn LeadsProvider, fixture: &LeadFixture) -> Report {
    let mut report = Report::new(provider.platform());
    for rule in LEAD_RULES {
        report.push(rule.name, run_lead_rule(rule, provider, fixture).await);
    }
    report
}

/// Runs one rule about leads.
pub async fn run_lead_rule(
    rule: &LeadRule,
    provider: &dyn LeadsProvider,
    fixture: &LeadFixture,
) -> Outcome {
    if !(rule.needs)(&provider.lead_capabilities()) {
        return Outcome::Skipped("the capabilities leave it out".to_owned());
    }
    let context = LeadContext::new(provider, fixture);
    Outcome::of(AssertUnwindSafe((rule.run)(&context)).catch_unwind().await)
}
