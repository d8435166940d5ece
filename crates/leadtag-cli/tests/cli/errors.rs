//! What is told about a call that failed, and doctor.

use leadtag_sandbox::FaultSpec;

use crate::support::{Bench, Dir, keys};

const KEYS: [&str; 8] = [
    "advice",
    "code",
    "kind",
    "message",
    "operation",
    "platform",
    "request_id",
    "retry_after_seconds",
];

fn inject(bench: &Bench, fault: &str) {
    bench.admin().inject(fault.parse::<FaultSpec>().unwrap());
}

/// The token of the last list.
fn last_token(bench: &Bench) -> String {
    let requests = bench.admin().requests("get_corp_tag_list");
    let query = &requests.last().unwrap().query;
    let (_, token) = query.split_once("access_token=").unwrap();
    token.split('&').next().unwrap().to_owned()
}

#[test]
fn a_refusal_says_what_was_done_to_what_the_answer_and_what_to_do() {
    let bench = Bench::new();
    let group = bench.id("意向");
    let create = ["tags", "create", "--group-id", &group, "高意向"];
    bench.run(&create).fails(
        1,
        &[
            "error: creating tags in shop-wecom: wecom externalcontact/add_corp_tag: already exists",
            "40071",
            "hint: ",
        ],
    );
    let error = bench.run(&[&create[..], &["--format", "json"]].concat()).error();
    assert_eq!(keys(&error), KEYS);
    assert_eq!(error["kind"], "already-exists");
    assert_eq!(error["platform"], "wecom");
    assert_eq!(error["operation"], "externalcontact/add_corp_tag");
    assert_eq!(error["code"], 40071);
    assert!(error["request_id"].is_string() && error["advice"].is_string(), "{error}");
}

#[test]
fn throttling_tells_when_to_come_back() {
    let bench = Bench::new();
    inject(&bench, "rate-limited@get_corp_tag_list");
    let error = bench.run(&["tags", "list", "--format", "json"]).error();
    assert_eq!(error["kind"], "rate-limited");
    assert!(error["retry_after_seconds"].as_f64().unwrap() > 1.0, "{error}");
}

#[test]
fn a_platform_that_is_not_there_is_a_failure_and_not_the_sandbox() {
    let dir = Dir::new();
    let file = "[providers.shop]\nplatform = \"wecom\"\ncorp_id = \"ww1\"\ncorp_secret = \"secret\"\n\
                base_url = \"http://127.0.0.1:1\"\n[providers.shop.retry]\nmax_attempts = 1\n";
    dir.write("leadtag.toml", file);
    let ran = dir.run(&["tags", "list"]);
    assert!(!ran.stderr.contains("SANDBOX"), "{ran:?}");
    ran.fails(1, &["error: ", "no connection could be made"]);
}

#[test]
fn an_echo_of_secrets_and_personal_data_is_masked() {
    let bench = Bench::new();
    let secret = bench.wecom().corp_secret;
    for format in ["text", "json"] {
        inject(&bench, "echo-secrets@get_corp_tag_list");
        let ran = bench.run(&["tags", "list", "--format", format, "-v"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        let all = ran.stdout + &ran.stderr;
        for hidden in [secret.as_str(), &last_token(&bench), "1990000", "@example.com"] {
            assert!(!all.contains(hidden), "{hidden}: {all}");
        }
    }
}

#[test]
fn verbose_tells_the_calls_on_stderr_and_no_secret() {
    let bench = Bench::new();
    let quiet = bench.run(&["tags", "list"]).ok();
    let ran = bench.run(&["tags", "list", "-v"]).ok();
    assert_eq!(ran.stdout, quiet.stdout);
    assert!(ran.stderr.contains("get_corp_tag_list"), "{ran:?}");
    for secret in [bench.wecom().corp_secret, last_token(&bench)] {
        assert!(!ran.stderr.contains(&secret), "{ran:?}");
    }
}

#[test]
fn doctor_passes_on_a_healthy_platform() {
    let bench = Bench::new();
    let ran = bench.run(&["doctor"]).ok();
    assert!(ran.stdout.starts_with("shop-wecom (wecom)\n"), "{ran:?}");
    let report = bench.run(&["doctor", "--format", "json"]).json();
    assert_eq!(keys(&report), ["providers"]);
    let provider = &report["providers"][0];
    assert_eq!(keys(provider), ["checks", "ok", "platform", "provider"]);
    assert_eq!(provider["ok"], true);
    for check in provider["checks"].as_array().unwrap() {
        assert_eq!(keys(check), ["detail", "name", "remedy", "status"]);
    }
}

#[test]
fn doctor_names_the_address_that_is_not_trusted_and_what_to_do() {
    let bench = Bench::new();
    inject(&bench, "ip-not-trusted*always");
    let ran = bench.run(&["doctor"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("203.0.113.7") && ran.stdout.contains("FAIL"), "{ran:?}");
    assert!(ran.stdout.contains("-> "), "{ran:?}");
    let json = bench.run(&["doctor", "--format", "json"]);
    assert_eq!(json.code, 1);
    let report: serde_json::Value = serde_json::from_str(&json.stdout).unwrap();
    assert_eq!(report["providers"][0]["ok"], false);
}

#[test]
fn doctor_names_the_address_when_the_token_is_refused_for_it() {
    let bench = Bench::new();
    inject(&bench, "ip-not-trusted@gettoken*always");
    let ran = bench.run(&["doctor"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("-> WeCom saw the address 203.0.113.7"), "{ran:?}");
}

#[test]
fn doctor_fails_where_the_tags_cannot_be_listed_and_tells_why() {
    for (fault, told) in [("error-code:48002*always", "48002"), ("busy*always", "code -1")] {
        let bench = Bench::new();
        inject(&bench, fault);
        let ran = bench.run(&["doctor"]);
        assert_eq!(ran.code, 1, "{ran:?}");
        assert!(ran.stdout.contains("FAIL") && ran.stdout.contains(told), "{ran:?}");
    }
    let bench = Bench::new();
    inject(&bench, "error-code:99999");
    let ran = bench.run(&["doctor"]);
    assert!(ran.code == 1 && ran.stdout.contains("99999"), "{ran:?}");
}

#[test]
fn a_change_whose_answer_cannot_be_read_may_have_been_done() {
    for fault in ["gbk", "empty-body"] {
        let bench = Bench::new();
        inject(&bench, fault);
        let create = ["tags", "create", "--group", "新组", "甲"];
        bench.run(&create).fails(1, &["look before you try again"]);
        assert_eq!(bench.admin().commits("add_corp_tag"), 1);
    }
}

#[test]
fn a_read_that_fails_never_says_that_something_may_have_been_changed() {
    let read: [&[&str]; 3] = [
        &["leads", "list", "--provider", "crm"],
        &["leads", "get", "--provider", "crm", "410983932389440"],
        &["tags", "list", "--provider", "shop-wecom"],
    ];
    for (fault, told) in
        [("truncated*always", "nothing was changed"), ("gbk*always", "check base_url")]
    {
        let bench = Bench::all();
        inject(&bench, fault);
        for command in read {
            let ran = bench.run(command);
            assert!(ran.code == 1 && ran.stderr.contains(told), "{ran:?}");
            assert!(!ran.stderr.contains("may have been done"), "{ran:?}");
        }
    }
}

#[test]
fn doctor_fails_on_bad_credentials() {
    let bench = Bench::new();
    let secret = bench.wecom().corp_secret;
    let file = bench.dir.read("leadtag.toml").replace(&secret, "wrong-secret");
    bench.dir.write("leadtag.toml", &file);
    let ran = bench.run(&["doctor"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    assert!(ran.stdout.contains("FAIL") && ran.stdout.contains("credentials"), "{ran:?}");
}

#[test]
fn doctor_checks_the_others_when_one_provider_is_configured_wrongly() {
    let bench = Bench::new();
    bench.add_other_app("second");
    let other = bench.wecom().other_app_secret;
    let file = bench.dir.read("leadtag.toml").replace(&other, "env:LEADTAG_TEST_UNSET");
    bench.dir.write("leadtag.toml", &file);
    let ran = bench.run(&["doctor", "--format", "json"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    let report: serde_json::Value = serde_json::from_str(&ran.stdout).unwrap();
    assert_eq!(report["providers"][0]["ok"], true);
    assert_eq!(report["providers"][1]["ok"], false);
    assert_eq!(report["providers"][1]["checks"][0]["name"], "configuration");
    bench.run(&["doctor", "--provider", "shop-wecom"]).ok();
}

#[test]
fn doctor_passes_on_every_platform_of_the_sandbox() {
    let report = Dir::new().run(&["doctor", "--format", "json"]).json();
    let platforms = report["providers"].as_array().unwrap().iter();
    let mut platforms: Vec<_> =
        platforms.map(|provider| provider["platform"].as_str().unwrap()).collect();
    platforms.sort_unstable();
    assert_eq!(platforms, ["beschannels", "crm-v3", "douyin", "miaokol", "wecom"]);
}
