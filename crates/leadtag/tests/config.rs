//! What a configuration file may hold, and how an error in it is told.
#![cfg(all(feature = "config", feature = "wecom"))]
#![allow(clippy::unwrap_used, missing_docs)]

use leadtag::{Config, ErrorKind};

const GOOD: &str = r#"
[providers.shop]
platform    = "wecom"
corp_id     = "ww0123"
corp_secret = "canary-secret"
base_url    = "http://127.0.0.1:9/wecom"
timeout     = "5s"
"#;

/// The error of a file, also of one whose first provider cannot be made.
fn error(text: &str) -> String {
    let config = match Config::parse(text, "leadtag.toml") {
        Err(error) => {
            assert_eq!(error.kind(), ErrorKind::ConfigInvalid, "{error}");
            return error.to_string();
        }
        Ok(config) => config,
    };
    let error = config.providers().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid, "{error}");
    error.to_string()
}

/// [`GOOD`] with one line (the sixth is the address) in another form.
fn with(line: &str, other: &str) -> String {
    assert!(GOOD.contains(line), "{line}");
    GOOD.replace(line, other)
}

fn two(first: &str, second: &str) -> String {
    let table =
        |name: &str, extra: &str| GOOD.replace("shop", name).trim_start().to_owned() + extra + "\n";
    table("one", first) + &table("two", second)
}

#[test]
fn a_provider_is_found_by_its_name_or_by_its_only_platform() {
    let config = Config::parse(GOOD, "leadtag.toml").unwrap();
    assert_eq!(config.names().collect::<Vec<_>>(), ["shop"]);
    for name in ["shop", "wecom"] {
        let provider = config.provider(name).unwrap();
        assert_eq!(provider.name, "shop");
        assert_eq!(provider.platform.as_str(), "wecom");
        assert!(provider.tags.is_some() && provider.leads.is_none());
    }
    assert_eq!(config.only_provider().unwrap().name, "shop");
    assert_eq!(config.providers().unwrap().len(), 1);
}

#[test]
fn an_unknown_provider_is_answered_with_the_known_and_the_nearest() {
    let config = Config::parse(GOOD, "leadtag.toml").unwrap();
    let error = config.provider("shpo").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    let error = error.to_string();
    assert!(error.contains("did you mean shop?"), "{error}");
    assert!(error.contains("known: shop"), "{error}");
}

#[test]
fn a_platform_with_two_providers_is_no_name() {
    let config = Config::parse(&two("", ""), "leadtag.toml").unwrap();
    assert_eq!(config.names().collect::<Vec<_>>(), ["one", "two"]);
    assert!(config.provider("two").is_ok());
    for error in [config.provider("wecom").unwrap_err(), config.only_provider().unwrap_err()] {
        assert!(error.to_string().contains("one, two"), "{error}");
    }
}

#[test]
fn an_error_in_a_value_names_file_line_table_key_and_remedy() {
    for (line, other, parts) in [
        (
            "corp_secret =",
            "corp_secrt =",
            ["leadtag.toml:5: [providers.shop] corp_secrt:", "corp_secret?"],
        ),
        (
            "corp_secret = \"canary-secret\"",
            "corp_secret = \"env:LEADTAG_TEST_UNSET\"",
            ["leadtag.toml:5: [providers.shop] corp_secret:", "set it"],
        ),
        (
            "corp_secret = \"canary-secret\"\n",
            "\n",
            ["leadtag.toml:2: [providers.shop] corp_secret:", "add corp_secret"],
        ),
        (
            "http://127.0.0.1:9/wecom",
            "http://wecom.example.com",
            ["leadtag.toml:6: [providers.shop] base_url:", "use https"],
        ),
        ("\"5s\"", "\"soon\"", ["leadtag.toml:7: [providers.shop] timeout:", "\"30s\""]),
        ("\"5s\"", "5", ["leadtag.toml:7: [providers.shop] timeout:", "\"30s\""]),
        ("\"5s\"", "\"\"", ["leadtag.toml:7: [providers.shop] timeout:", "\"30s\""]),
        (
            "\"wecom\"",
            "\"wecon\"",
            ["leadtag.toml:3: [providers.shop] platform:", "did you mean wecom?"],
        ),
        ("platform    = \"wecom\"", "", ["leadtag.toml:2: [providers.shop] platform:", "missing"]),
        (
            "timeout     = \"5s\"",
            "[providers.shop.retry]\nmax_attemps = 2",
            ["leadtag.toml:8: [providers.shop.retry] max_attemps:", "max_attempts?"],
        ),
        (
            "timeout     = \"5s\"",
            "[providers.shop.limits.mark_tag]\nper_minute = 15",
            [
                "leadtag.toml:",
                "mark_tag: there is no such API; did you mean \"externalcontact/mark_tag\"?",
            ],
        ),
        (
            "timeout     = \"5s\"",
            "[providers.shop.limits.\"externalcontact/mark_tag\"]\nper_minute = 1.5",
            [
                "leadtag.toml:8: [providers.shop.limits.externalcontact/mark_tag] per_minute:",
                "whole number",
            ],
        ),
    ] {
        let error = error(&with(line, other));
        for part in parts {
            assert!(error.contains(part), "{part}: {error}");
        }
        assert!(!error.contains("canary"), "{error}");
    }
}

#[test]
fn an_error_in_the_file_itself_names_its_place() {
    for (text, parts) in [
        ("", ["leadtag.toml: it has no provider", "[providers."]),
        ("[providers]\n", ["leadtag.toml: it has no provider", "[providers."]),
        ("[provider.x]\n", ["leadtag.toml:1: provider:", "did you mean providers?"]),
        ("color = 1\n", ["leadtag.toml:1: color:", "[providers.NAME]"]),
        ("providers = 1\n", ["leadtag.toml:1: providers:", "[providers.NAME]"]),
        ("[providers]\nx = 1\n", ["leadtag.toml:2: providers.x:", "[providers.x]"]),
        ("[providers.\"a b\"]\n", ["leadtag.toml:1: providers.a b:", "letters"]),
        ("[providers.店铺]\n", ["leadtag.toml:1:12:", "quotes"]),
        ("[providers.x]\nplatform = \n", ["leadtag.toml:2:12:", "correct the TOML"]),
        (
            "[providers.x]\nplatform = \"wecom\"\n[providers.x]\n",
            ["leadtag.toml:3:", "stands twice"],
        ),
    ] {
        let error = error(text);
        for part in parts {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}

#[test]
fn a_key_is_checked_before_any_secret_is_read() {
    let text = two("", "").replace("\"canary-secret\"", "\"env:LEADTAG_TEST_UNSET\"");
    assert!(Config::parse(&text, "f").is_ok());
    let error = Config::parse(&text.replace("timeout ", "timeou "), "f").unwrap_err();
    assert!(error.to_string().contains("timeout?"), "{error}");
}

#[test]
fn a_missing_secret_hinders_only_its_own_provider() {
    let (one, two) = (GOOD.replace("shop", "one"), GOOD.replace("shop", "two"));
    let two = two.replace("canary-secret", "env:LEADTAG_TEST_UNSET");
    let config = Config::parse(&format!("{one}\n{two}"), "f").unwrap();
    assert!(config.provider("one").is_ok());
    assert!(config.provider("two").is_err());
}

#[test]
fn a_plain_secret_works_and_is_told_without_being_shown() {
    let config = Config::parse(GOOD, "leadtag.toml").unwrap();
    assert!(config.notices().is_empty());
    let provider = config.provider("shop").unwrap();
    let notices = config.notices();
    assert_eq!(notices.len(), 1);
    assert!(notices[0].contains("leadtag.toml:5"), "{notices:?}");
    let shown = format!("{notices:?} {config:?} {provider:?}");
    assert!(!shown.contains("canary"), "{shown}");
}

#[test]
fn providers_of_one_tenant_have_the_same_limits_or_are_refused() {
    let limits =
        |name: &str, calls: u32| format!("[providers.{name}.limits]\nper_minute = {calls}\n");
    let same = Config::parse(&two(&limits("one", 60), &limits("two", 60)), "f").unwrap();
    assert_eq!(same.providers().unwrap().len(), 2);
    let other = Config::parse(&two(&limits("one", 60), ""), "f").unwrap();
    let error = other.providers().unwrap_err().to_string();
    assert!(error.contains("[providers.two] limits:"), "{error}");
    assert!(error.contains("give both the same"), "{error}");
}

#[cfg(feature = "douyin")]
#[test]
fn the_accounts_of_one_douyin_app_share_its_limits() {
    let account = |name: &str, app: &str, calls: u32| {
        format!(
            "[providers.{name}]\nplatform = \"douyin\"\nopen_id = \"{name}\"\nclient_key = \
             \"{app}\"\naccess_token = \"made-up\"\n[providers.{name}.limits]\nper_minute = {calls}\n"
        )
    };
    let of_two_apps = [account("one", "a", 60), account("two", "b", 30)].concat();
    assert_eq!(Config::parse(&of_two_apps, "f").unwrap().providers().unwrap().len(), 2);
    let of_one_app = [account("one", "a", 60), account("two", "a", 30)].concat();
    let error = Config::parse(&of_one_app, "f").unwrap().providers().unwrap_err().to_string();
    assert!(error.contains("[providers.two] limits:"), "{error}");
}

#[test]
fn a_file_that_is_not_there_is_an_error() {
    let error = Config::load("/nowhere/leadtag.toml").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    assert!(error.to_string().contains("/nowhere/leadtag.toml"), "{error}");
}

#[test]
fn every_compiled_platform_tells_what_it_can_do() {
    let platforms = leadtag::platforms();
    let names: Vec<_> = platforms.iter().map(|info| info.platform.as_str()).collect();
    let known = [
        ("douyin", cfg!(feature = "douyin")),
        ("miaokol", cfg!(feature = "miaokol")),
        ("wecom", cfg!(feature = "wecom")),
        ("crm-v3", cfg!(feature = "crm-v3")),
        ("beschannels", cfg!(feature = "beschannels")),
    ];
    let compiled = known.iter().filter(|(_, compiled)| *compiled).map(|(name, _)| *name);
    assert_eq!(names, compiled.collect::<Vec<_>>());
    for info in platforms {
        let (tags, leads) =
            (info.tags.is_some_and(|can| can.list), info.leads.is_some_and(|can| can.list));
        assert!(tags || leads, "{} can do nothing", info.platform);
    }
}

const LEADS: &str = r#"
[providers.leads]
platform   = "beschannels"
app_id     = "20230101"
app_secret = "env:PATH"
user_id    = "user0"
base_url   = "http://127.0.0.1:9/leads"
"#;

/// The fingerprint of [`LEADS`] with a line more.
fn account(text: &str) -> String {
    Config::parse(text, "leadtag.toml").unwrap().provider("beschannels").unwrap().account
}

#[test]
#[cfg(feature = "beschannels")]
fn an_account_is_another_one_when_its_lists_are_others() {
    let plain = account(LEADS);
    assert_eq!(plain.len(), 32);
    for line in ["group_id = \"1\"", "group_obj = \"member\""] {
        assert_ne!(account(&format!("{LEADS}{line}\n")), plain, "{line}");
    }
    assert_ne!(account(&LEADS.replace(":9/leads", ":10/leads")), plain);
    assert_ne!(account(&LEADS.replace("user0", "user1")), plain);
    assert_ne!(account(&LEADS.replace("20230101", "20230102")), plain);
}

#[test]
#[cfg(feature = "beschannels")]
fn an_account_stays_the_same_under_another_name_secret_or_limit() {
    let plain = account(LEADS);
    let others = [
        LEADS.replace("providers.leads", "providers.other"),
        LEADS.replace("env:PATH", "another-secret"),
        format!("{LEADS}group_obj = \"leads_schema_data\"\ntimeout = \"5s\"\n"),
        format!("{LEADS}[providers.leads.limits]\nper_minute = 10\n"),
    ];
    for other in others {
        assert_eq!(account(&other), plain, "{other}");
    }
}

#[test]
fn the_table_pull_is_kept_for_the_program() {
    let text = format!("{GOOD}\n[pull]\nprovider = [\"a\", \"b\"]\ncolumns = \"name, level\"\n");
    let config = Config::parse(&text, "leadtag.toml").unwrap();
    let pull = config.pull().unwrap();
    assert_eq!(pull.keys().collect::<Vec<_>>(), ["provider", "columns"]);
    assert_eq!(pull.texts("provider").unwrap().unwrap(), ["a", "b"]);
    assert_eq!(pull.texts("columns").unwrap().unwrap(), ["name", "level"]);
    assert_eq!(pull.texts("to").unwrap(), None);
    assert!(Config::parse(GOOD, "leadtag.toml").unwrap().pull().is_none());
    for (value, part) in [("[1]", "a list of texts"), ("[\"a\", \"\"]", "a text is missing")] {
        let text = format!("{GOOD}\n[pull]\nprovider = {value}\n");
        let config = Config::parse(&text, "leadtag.toml").unwrap();
        let error = config.pull().unwrap().texts("provider").unwrap_err().to_string();
        assert!(error.contains("leadtag.toml:10: [pull] provider:"), "{error}");
        assert!(error.contains(part), "{error}");
    }
}
