//! `leadtag leads pull` while the platforms fail: it gets over it, or stops at a checkpoint with the
//! error that it was; the next pull does the rest. What the report counts is what the platforms
//! counted.

use std::collections::BTreeSet;
use std::process::{Child, Stdio};
use std::time::Duration;

use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use serde_json::Value;

use crate::leads_pull::{keys, stream};
use crate::support::{Bench, LEADS, Ran, wait_until};

const COUNT: usize = 150;
pub const TO: &str = "jsonl:leads.jsonl";
const TOKENS: [&str; 4] =
    ["oauth/access_token", "oauth/refresh_token", "oauth/renew_refresh_token", "get-access-token"];

/// Several pages of leads on each platform, and calls that are not waited for long.
pub fn bench() -> Bench {
    let slow = Duration::from_millis(100);
    let bench = Bench::with(Sandbox::builder().leads(COUNT).slow_delay(slow));
    let config = bench.dir.read("leadtag.toml");
    let impatient = "timeout = \"3s\"\nmax_response_bytes = 2_000_000\nbase_url =";
    bench.dir.write("leadtag.toml", &config.replace("base_url =", impatient));
    bench
}

fn command(to: &str) -> Vec<String> {
    let providers = LEADS.map(|(provider, ..)| provider).join(",");
    let command = ["leads", "pull", "--provider", &providers, "--page-size", "50", "--to", to];
    let options = ["--pii", "plain", "--format", "json"];
    command.into_iter().chain(options).map(str::to_owned).collect()
}

pub fn pull(bench: &Bench, to: &str) -> Ran {
    let command = command(to);
    bench.run(&command.iter().map(String::as_str).collect::<Vec<_>>())
}

pub fn report(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

/// The errors of the streams that failed, by their platforms, as stderr tells them.
fn errors(ran: &Ran) -> Vec<(String, String)> {
    let objects = ran.stderr.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let told = objects.map(|line| (text(&line["error"]["platform"]), text(&line["error"]["kind"])));
    told.collect()
}

/// Asserts that requests and tokens are what the platforms counted, and returns the sum of retries.
pub fn check_numbers(bench: &Bench, report: &Value) -> u64 {
    let admin = bench.admin();
    let mut retries = 0;
    let number = |stream: &Value, key: &str| stream[key].as_u64().unwrap();
    for (provider, _, api) in LEADS {
        let stream = stream(report, provider);
        assert_eq!(number(stream, "calls"), admin.calls(api), "{stream}");
        retries += number(stream, "retries");
    }
    let told: u64 = LEADS.iter().map(|of| number(stream(report, of.0), "token_calls")).sum();
    let made: u64 = TOKENS.iter().map(|api| admin.calls(api)).sum();
    assert_eq!(told, made, "{report}");
    retries
}

/// Asserts that a pull without faults has everything in the end that there is.
pub fn check_the_rest(bench: &Bench, what: &str) {
    bench.admin().clear_faults();
    let ran = pull(bench, TO);
    assert_eq!(ran.code, 0, "{what}: {ran:?}");
    for (provider, ..) in LEADS {
        assert_eq!(stream(&report(&ran), provider)["complete"], true, "{what}: {ran:?}");
    }
    let there = keys(&bench.dir, "leads.jsonl");
    assert_eq!(there, whole(bench), "{what}");
    assert!(there.len() >= LEADS.len() * COUNT, "{what}");
}

/// Provider and id of everything there is.
fn whole(bench: &Bench) -> BTreeSet<(String, String)> {
    assert_eq!(pull(bench, "jsonl:whole.jsonl").code, 0);
    keys(&bench.dir, "whole.jsonl")
}

/// What becomes of a stream whose second page has a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Then {
    /// It goes on, as if nothing had been.
    Unharmed,
    /// It goes on, after so many requests that go out again.
    Again(u64),
    /// It stops with an error of this kind.
    Stops(&'static str),
}

use Then::{Again, Stops, Unharmed};

/// The faults that are over by themselves or that stop a stream at once, and what becomes of
/// Douyin's, CRM v3's and BesChannels' streams.
const FAULTS: [(Fault, [Then; 3]); 24] = [
    (Fault::ExpiredToken, [Again(1), Stops("unauthenticated"), Again(1)]),
    (Fault::RevokedToken, [Again(1), Stops("unauthenticated"), Again(1)]),
    (
        Fault::InvalidTokenForever,
        [Stops("reauthorization-required"), Stops("unauthenticated"), Stops("unauthenticated")],
    ),
    (Fault::Hang, [Again(1), Again(1), Again(1)]),
    (Fault::Busy, [Again(1), Again(1), Again(1)]),
    (Fault::Concurrency, [Unharmed; 3]),
    (Fault::DataConflict, [Unharmed; 3]),
    (Fault::IpNotTrusted, [Unharmed, Stops("transport"), Stops("permission-denied")]),
    (Fault::Html502, [Again(1), Again(1), Again(1)]),
    (Fault::Http500Empty, [Again(1), Again(1), Again(1)]),
    (Fault::Truncated, [Again(1), Again(1), Again(1)]),
    (Fault::Reset, [Again(1), Again(1), Again(1)]),
    (Fault::LostReply, [Again(1), Again(1), Again(1)]),
    (Fault::CommitHang, [Again(1), Again(1), Again(1)]),
    (Fault::Slow, [Unharmed; 3]),
    (Fault::EmptyBody, [Stops("decode"); 3]),
    (Fault::Gbk, [Stops("decode"); 3]),
    (Fault::DeepJson, [Stops("decode"); 3]),
    (Fault::HugeBody, [Stops("decode"); 3]),
    (Fault::MissingErrcode, [Unharmed; 3]),
    (Fault::JsonWarning, [Unharmed; 3]),
    (Fault::DuplicateCursor, [Unharmed; 3]),
    (
        Fault::EchoSecrets,
        [Stops("invalid-argument"), Stops("unauthenticated"), Stops("invalid-argument")],
    ),
    (Fault::ErrorCode(40058), [Stops("platform"); 3]),
];

fn check(bench: &Bench, fault: Fault, thens: [Then; 3], all: &BTreeSet<(String, String)>) {
    let name = format!("{}.jsonl", fault.name());
    let to = format!("jsonl:{name}");
    for (_, _, api) in LEADS {
        bench.admin().inject(FaultSpec::new(fault).on(api).skip(1));
    }
    bench.admin().reset_counts();
    let ran = pull(bench, &to);
    let told = report(&ran);
    let stops = thens.iter().any(|then| matches!(then, Stops(_)));
    assert_eq!(ran.code, i32::from(stops), "{fault}: {ran:?}");
    check_numbers(bench, &told);
    for secret in ["1990000", "@example.com"] {
        assert!(!ran.stdout.contains(secret) && !ran.stderr.contains(secret), "{fault}: {ran:?}");
    }
    let errors = errors(&ran);
    for ((provider, platform, _), then) in LEADS.into_iter().zip(thens) {
        let stream = stream(&told, provider);
        let (retries, error) = (stream["retries"].as_u64().unwrap(), &stream["error"]);
        let kinds: Vec<_> =
            errors.iter().filter(|(of, _)| of == platform).map(|(_, kind)| kind.as_str()).collect();
        let complete = stream["complete"].as_bool().unwrap();
        match then {
            Unharmed => assert_eq!((complete, retries), (true, 0), "{fault}: {ran:?}"),
            Again(times) => assert_eq!((complete, retries), (true, times), "{fault}: {ran:?}"),
            Stops(kind) => {
                assert_eq!((complete, kinds), (false, vec![kind]), "{fault}: {ran:?}");
                assert!(error.is_string(), "{fault}: {ran:?}");
            }
        }
        assert_eq!(stream["waits"], 0, "{fault}: {ran:?}");
    }
    bench.admin().clear_faults();
    if stops {
        let ran = pull(bench, &to);
        assert_eq!(ran.code, 0, "{fault}: {ran:?}");
    }
    assert_eq!(keys(&bench.dir, &name), *all, "{fault}");
}

#[test]
fn each_fault_is_got_over_or_stops_its_stream_at_a_checkpoint() {
    // Most of the time something is waited for.
    std::thread::scope(|scope| {
        for some in FAULTS.chunks(FAULTS.len().div_ceil(4)) {
            scope.spawn(move || {
                let bench = bench();
                let all = whole(&bench);
                assert_eq!(all.len(), LEADS.len() * COUNT);
                for (fault, thens) in some {
                    check(&bench, *fault, *thens, &all);
                }
            });
        }
    });
}

#[test]
fn rows_that_move_between_pages_arrive() {
    let bench = bench();
    for skip in [0, 1, 2] {
        for (_, _, api) in LEADS {
            bench.admin().inject(FaultSpec::new(Fault::ShiftingPages).on(api).skip(skip).times(3));
        }
        bench.admin().reset_counts();
        let ran = pull(&bench, TO);
        assert_eq!(ran.code, 0, "{ran:?}");
        assert_eq!(check_numbers(&bench, &report(&ran)), 0);
        check_the_rest(&bench, "shifting-pages");
        std::fs::remove_file(bench.dir.path().join("leads.jsonl")).unwrap();
        std::fs::remove_dir_all(bench.dir.path().join("leads.jsonl.leadtag")).unwrap();
    }
}

#[test]
fn every_fault_of_the_sandbox_is_tried() {
    let tried = FAULTS.map(|(fault, _)| fault.name());
    let missing: Vec<_> = Fault::all().filter(|fault| !tried.contains(&fault.name())).collect();
    // They have tests of their own.
    assert_eq!(missing, [Fault::RateLimited, Fault::ShiftingPages]);
}

#[test]
fn an_expired_token_costs_one_refresh() {
    let bench = bench();
    pull(&bench, "jsonl:before.jsonl").ok();
    let providers = [LEADS[0], LEADS[2]];
    for (_, _, api) in providers {
        bench.admin().inject(FaultSpec::new(Fault::ExpiredToken).on(api).skip(1));
    }
    bench.admin().reset_counts();
    let ran = pull(&bench, TO);
    let told = report(&ran);
    check_numbers(&bench, &told);
    // The tokens of the pull before were good until then.
    assert_eq!(bench.admin().issued_tokens(), 2, "{told}");
    for (provider, ..) in providers {
        assert_eq!(stream(&told, provider)["retries"], 1, "{told}");
        assert_eq!(stream(&told, provider)["token_calls"], 2, "{told}");
        assert_eq!(stream(&told, provider)["complete"], true, "{told}");
    }
}

#[test]
fn a_fault_of_an_interaction_is_got_over_or_stops_at_a_checkpoint() {
    let bench = bench();
    let admin = bench.admin();
    let apis = [("shop-douyin", "user/action/list"), ("crm", "clue/list-follow-up")];
    let pull = |to: &str| {
        let command = ["leads", "pull", "--provider", "shop-douyin,crm", "--page-size", "50"];
        bench.run(&[&command[..], &["--interactions", "--to", to, "--format", "json"]].concat())
    };
    let whole = report(&pull("sqlite:whole.db").ok());
    // A code that nobody knows may be about the lead: its interactions are asked for once more.
    for (fault, code, retries) in [
        (Fault::Reset, 0, 1),
        (Fault::Html502, 0, 1),
        (Fault::ErrorCode(40058), 0, 0),
        (Fault::EmptyBody, 1, 0),
    ] {
        let to = format!("sqlite:{}.db", fault.name());
        for (_, api) in apis {
            admin.inject(FaultSpec::new(fault).on(api).skip(70));
        }
        admin.reset_counts();
        let ran = pull(&to);
        assert_eq!(ran.code, code, "{fault}: {ran:?}");
        let told = report(&ran);
        let mut new = [0, 0];
        for (at, (provider, api)) in apis.into_iter().enumerate() {
            let stream = stream(&told, provider);
            let list = LEADS.iter().find(|of| of.0 == provider).unwrap().2;
            assert_eq!(stream["calls"], admin.calls(list) + admin.calls(api), "{stream}");
            assert_eq!(stream["retries"], retries, "{stream}");
            assert_eq!(stream["complete"], code == 0, "{stream}");
            new[at] = stream["interactions"]["new"].as_u64().unwrap();
        }
        let rest = report(&pull(&to).ok());
        for (at, (provider, _)) in apis.into_iter().enumerate() {
            new[at] += stream(&rest, provider)["interactions"]["new"].as_u64().unwrap();
            let all = &stream(&whole, provider)["interactions"]["new"];
            assert_eq!(*all, new[at], "{fault}: {provider}");
        }
    }
}

/// Starts a pull.
pub fn start(bench: &Bench) -> Child {
    let command = command(TO);
    let command = command.iter().map(String::as_str).collect::<Vec<_>>();
    let mut command = bench.dir.command(&command);
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

/// The rows of a file without what differs from pull to pull.
fn content(bench: &Bench, name: &str) -> BTreeSet<String> {
    let lines = crate::leads_pull::lines(&bench.dir, name).into_iter().map(|mut line| {
        let columns = line.as_object_mut().unwrap();
        columns.remove("synced_at");
        columns.retain(|_, value| !value.is_null());
        line.to_string()
    });
    lines.collect()
}

#[test]
fn leads_that_come_or_change_during_a_pull_arrive() {
    let bench = bench();
    let admin = bench.admin();
    for (_, _, api) in LEADS {
        admin.set_latency(Some(api), Duration::from_millis(60));
    }
    // Where pages end, and seconds that are read already and yet to be read.
    let list = ["leads", "list", "--provider", "crm", "--format", "json"];
    let leads = bench.run(&list).json()["leads"].as_array().unwrap().clone();
    let time = |at: usize| {
        let text = leads[at]["attributes"]["createTime"].as_str();
        let text = text.or_else(|| leads[at]["created_at"].as_str()).unwrap();
        text.to_owned()
    };
    let moments = [0, 48, 49, 50, 98, 99, 147, COUNT - 1].map(time);
    let ids: Vec<&str> = leads.iter().map(|lead| lead["id"].as_str().unwrap()).collect();
    admin.reset_counts();
    let child = start(&bench);
    let (mut round, mut seen, mut douyin) = (0, 0, 0);
    while round < 8 {
        wait_until("another page is asked for", || {
            let calls = LEADS.iter().map(|(_, _, api)| admin.calls(api)).sum();
            let moved = calls > seen;
            seen = calls;
            moved
        });
        assert!(admin.insert_crm_lead_at(&china(&moments[round])).is_some());
        let _ = admin.insert_crm_lead();
        let _ = admin.insert_beschannels_lead();
        // At the edge of the span of time that is being read.
        if let Some(end) = last_end(&admin) {
            let _ = [end - 1, end, end + 1].map(|at| admin.insert_douyin_lead_at(at));
            douyin += 3;
        }
        assert!(admin.edit_crm_lead(ids[round * 18], "name", &format!("改名{round}")));
        round += 1;
    }
    let ran = Ran::from(child.wait_with_output().unwrap());
    assert_eq!(ran.code, 0, "{ran:?}");
    check_numbers(&bench, &report(&ran));
    admin.set_latency(None, Duration::ZERO);
    pull(&bench, TO).ok();
    pull(&bench, "jsonl:whole.jsonl").ok();
    assert_eq!(content(&bench, "leads.jsonl"), content(&bench, "whole.jsonl"));
    let there = keys(&bench.dir, "leads.jsonl");
    for (provider, ..) in LEADS {
        let count = there.iter().filter(|(of, _)| of == provider).count();
        let more = match provider {
            "crm" => 16,
            "shop-douyin" => douyin,
            _ => 8,
        };
        assert_eq!(count, COUNT + more, "{provider}");
    }
    assert!(douyin > 0);
}

/// The end of the span of time that Douyin was asked for last.
fn last_end(admin: &leadtag_sandbox::Admin) -> Option<u64> {
    let request = admin.requests(LEADS[0].2).pop()?;
    let mut pairs = request.query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.find(|(name, _)| *name == "end_time")?.1.parse().ok()
}

/// A time of the CRM's list as its sandbox takes it: `yyyy-MM-dd HH:mm:ss` of UTC+08:00.
fn china(time: &str) -> String {
    match time.parse::<leadtag::Timestamp>() {
        Ok(moment) => moment.to_local_text(leadtag::UtcOffset::CHINA),
        Err(_) => time.to_owned(),
    }
}
