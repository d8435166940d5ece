//! Whatever comes in between, the parts of a pull are the whole.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

mod support;

use leadtag_core::{Error as PlatformError, ErrorKind};
use leadtag_extract::{PiiMode, PullOptions};
use leadtag_testkit::MemoryLeadsProvider;
use proptest::prelude::*;
use support::streams::*;

/// One run of a pull, and what goes wrong in it.
#[derive(Clone, Debug)]
struct Run {
    page_size: u32,
    /// Calls until the platform fails for good.
    fails: Option<usize>,
    /// Writes until the destination fails.
    crashes: Option<usize>,
    full: bool,
    limit: Option<u64>,
    /// Leads that come before it: how long ago they were created.
    new: Vec<i64>,
    /// Leads that change before it, by number.
    edits: Vec<usize>,
}

fn run() -> impl Strategy<Value = Run> {
    let parts = (
        2..9_u32,
        proptest::option::of(0..12_usize),
        proptest::option::of(1..12_usize),
        prop::bool::weighted(0.2),
        proptest::option::weighted(0.2, 1..20_u64),
        prop::collection::vec(0..3_000_000_i64, 0..4),
        prop::collection::vec(0..60_usize, 0..4),
    );
    parts.prop_map(|(page_size, fails, crashes, full, limit, new, edits)| Run {
        page_size,
        fails,
        crashes,
        full,
        limit,
        new,
        edits,
    })
}

async fn play(provider: MemoryLeadsProvider, runs: &[Run]) {
    let rig = Rig::new();
    let mut version = 0;
    for run in runs {
        for ago in &run.new {
            version += 1;
            provider.push(lead(format!("new{version}"), NOW - ago));
        }
        for number in &run.edits {
            let leads = provider.leads();
            let Some(old) = leads.get(*number) else { continue };
            version += 1;
            let mut new = named(&old.id, 0, &format!("{version}号"));
            new.created_at.clone_from(&old.created_at);
            provider.upsert(new);
        }
        if let Some(calls) = run.fails {
            provider.pass_next(calls);
            provider.fail_next(PlatformError::new(ErrorKind::PermissionDenied, "no"));
        }
        if let Some(writes) = run.crashes {
            rig.store.fail_in(writes);
        }
        let options = |options: &mut PullOptions| {
            options.page_size = Some(run.page_size);
            options.commit_rows = 5;
            options.full = run.full;
            options.limit = run.limit;
            options.pii.default = PiiMode::Plain;
        };
        let _ = rig.pull(&provider, options).await;
    }
    let last = |options: &mut PullOptions| {
        options.page_size = Some(7);
        options.pii.default = PiiMode::Plain;
    };
    provider.forget_failures();
    rig.store.fail_in(usize::MAX);
    let report = rig.pull(&provider, last).await.unwrap();
    assert!(report.complete, "{report:?}");
    let whole = Rig::new();
    whole.pull(&provider, last).await.unwrap();
    let said = |rig: &Rig| {
        let rows = rig.store.rows("leads").into_iter();
        rows.map(|(id, stored)| (id, stored.row.hash)).collect::<Vec<_>>()
    };
    assert_eq!(rig.store.ids(), ids_of(&provider));
    assert_eq!(said(&rig), said(&whole));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_union_of_interrupted_pulls_is_the_whole(
        ago in prop::collection::vec(prop_oneof![0..3_000_000_i64, 5_000..5_010_i64], 0..60),
        runs in prop::collection::vec(run(), 1..6),
    ) {
        let leads: Vec<_> =
            ago.iter().enumerate().map(|(number, ago)| lead(number, NOW - ago)).collect();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        for provider in [forward(leads.clone()), windows(leads.clone()), snapshots(leads)] {
            runtime.block_on(play(provider, &runs));
        }
    }
}
