use secrecy::ExposeSecret;

use super::*;
use crate::{ApiLimit, Limits};

fn settings(entries: &[(&str, SettingValue)]) -> Settings {
    let mut settings = Settings::new("leadtag.toml", "providers.shop", 3);
    for (line, (key, value)) in entries.iter().enumerate() {
        settings.insert(*key, line + 4, value.clone());
    }
    settings
}

fn text(value: &str) -> SettingValue {
    SettingValue::Text(value.to_owned())
}

#[test]
fn debug_shows_no_text_of_a_setting() {
    let mut inner = Settings::new("leadtag.toml", "providers.shop.limits", 3);
    inner.insert("key", 4, SettingValue::Text("canary-in-a-table".to_owned()));
    let mut settings = Settings::new("leadtag.toml", "providers.shop", 1);
    settings.insert("corp_secret", 2, SettingValue::Text("canary-secret".to_owned()));
    settings.insert("limits", 3, SettingValue::Table(inner));
    let printed = format!("{settings:?} {settings:#?}");
    assert!(printed.contains("corp_secret") && !printed.contains("canary"), "{printed}");
}

#[test]
fn an_error_names_file_line_and_remedy() {
    let wrong = settings(&[("corp_idd", text("x")), ("timeout", text("soon"))]);
    for (error, parts) in [
        (
            wrong.check_keys(&[&["corp_id"], COMMON_KEYS]).unwrap_err(),
            ["leadtag.toml:4:", "corp_id?"],
        ),
        (wrong.duration("timeout").unwrap_err(), ["leadtag.toml:5:", "\"30s\""]),
        (wrong.required_secret("corp_secret").unwrap_err(), ["leadtag.toml:3:", "env:NAME"]),
        (wrong.bool("timeout").unwrap_err(), ["leadtag.toml:5:", "true or false"]),
    ] {
        for part in parts {
            assert!(error.to_string().contains(part), "{error}");
        }
    }
}

#[test]
fn a_plain_secret_works_and_is_told() {
    let plain = settings(&[("corp_secret", text("canary-secret"))]);
    assert!(plain.secret("corp_secret").unwrap().is_some());
    let notices = plain.notices();
    assert_eq!(notices.len(), 1);
    assert!(notices[0].contains("leadtag.toml:4") && !notices[0].contains("canary"));
}

#[test]
fn a_secret_that_points_nowhere_is_an_error() {
    for value in ["env:LEADTAG_TEST_NOT_SET", "file:/nowhere/at/all", "env:", "file: "] {
        let error = settings(&[("s", text(value))]).secret("s").unwrap_err();
        assert!(error.to_string().contains("leadtag.toml:4"), "{error}");
    }
}

#[test]
fn a_file_that_holds_no_secret_is_told_with_a_remedy() {
    let file = std::env::temp_dir().join(format!("leadtag-secret-of-bytes-{}", std::process::id()));
    std::fs::write(&file, b"\xb1\xea").unwrap();
    let bytes = format!("file:{}", file.display());
    for (value, parts) in [
        ("file:nope", ["there is no file nope", "put the secret there"]),
        (bytes.as_str(), ["is not UTF-8", "put the secret there"]),
    ] {
        let error = settings(&[("s", text(value))]).secret("s").unwrap_err().to_string();
        for part in parts {
            assert!(error.contains(part), "{error}");
        }
    }
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn what_holds_no_secret_is_told_with_its_place_and_a_mark_of_an_editor_is_none() {
    let file = std::env::temp_dir().join(format!("leadtag-secret-{}", std::process::id()));
    let pointer = text(&format!("file:{}", file.display()));
    for (content, secret) in [("", None), (" \r\n", None), ("\u{feff}abc\r\n", Some("abc"))] {
        std::fs::write(&file, content).unwrap();
        let read = settings(&[("s", pointer.clone())]).secret("s");
        match secret {
            Some(secret) => assert_eq!(read.unwrap().unwrap().expose_secret(), secret),
            None => {
                let error = read.unwrap_err().to_string();
                assert!(error.contains("leadtag.toml:4") && error.contains("put"), "{error}");
            }
        }
    }
    std::fs::remove_file(&file).unwrap();
}

#[test]
fn limits_and_retry_are_laid_over_the_defaults() {
    let mut api = Settings::new("f", "limits.mark", 1);
    api.insert("max_in_flight", 1, SettingValue::Integer(2));
    let mut limits = Settings::new("f", "limits", 1);
    limits.insert("per_minute", 1, SettingValue::Integer(60));
    limits.insert("mark", 1, SettingValue::Table(api));
    let mut retry = Settings::new("f", "retry", 1);
    retry.insert("max_attempts", 1, SettingValue::Integer(2));
    let all = settings(&[
        ("timeout", text("5s")),
        ("limits", SettingValue::Table(limits)),
        ("retry", SettingValue::Table(retry)),
    ]);
    let defaults = Limits::each(ApiLimit::none().with_max_in_flight(9));
    let limits = all.limits(defaults, &["mark", "other"]).unwrap();
    let minute = ApiLimit::none().with_rate(60, Duration::from_secs(60));
    assert_eq!(limits.of("other"), &minute.clone().with_max_in_flight(9));
    assert_eq!(limits.of("mark"), &minute.with_max_in_flight(2));
    let policy = all.retry().unwrap();
    assert_eq!((policy.max_attempts, policy.attempt_timeout), (2, Duration::from_secs(5)));
}

#[test]
fn a_limit_for_every_api_does_not_raise_what_the_platform_allows_in_flight() {
    let mut limits = Settings::new("f", "limits", 1);
    limits.insert("max_in_flight", 1, SettingValue::Integer(9));
    let all = settings(&[("limits", SettingValue::Table(limits))]);
    let defaults = Limits::none().with_api("mark", ApiLimit::none().with_max_in_flight(5));
    let limits = all.limits(defaults, &["mark"]).unwrap();
    assert_eq!(limits.of("mark").max_in_flight, Some(5));
    assert_eq!(limits.of("other").max_in_flight, Some(9));
}

#[test]
fn an_offset_from_utc_is_read_or_refused_with_its_place() {
    let good = settings(&[("utc_offset", text("+08:00"))]);
    assert_eq!(good.utc_offset().unwrap(), Some(UtcOffset::CHINA));
    assert_eq!(settings(&[]).utc_offset().unwrap(), None);
    let error = settings(&[("utc_offset", text("CST"))]).utc_offset().unwrap_err().to_string();
    assert!(error.contains("leadtag.toml:4:") && error.contains("+08:00"), "{error}");
}

#[test]
fn a_number_and_a_duration_may_be_zero_where_that_means_something() {
    let all = settings(&[
        ("number", SettingValue::Integer(0)),
        ("percent", SettingValue::Integer(100)),
        ("span", text("0s")),
    ]);
    assert_eq!(all.number("number").unwrap(), Some(0));
    assert_eq!(all.percent("percent").unwrap(), Some(100));
    assert_eq!(all.percent("number").unwrap(), Some(0));
    assert_eq!(all.duration_or_zero("span").unwrap(), Some(Duration::ZERO));
    assert!(all.duration("span").is_err() && all.count("number").is_err());
    assert_eq!((all.number("none").unwrap(), all.percent("none").unwrap()), (None, None));
    assert_eq!(all.duration_or_zero("none").unwrap(), None);
}

#[test]
fn what_is_no_number_percentage_or_duration_is_refused_with_its_place() {
    let (number, percent) = ("a whole number from 0 on", "a whole number from 0 to 100");
    let told = |value: SettingValue, read: fn(&Settings) -> Option<Error>, expected: &str| {
        let error = read(&settings(&[("key", value)])).unwrap().to_string();
        assert!(error.contains("leadtag.toml:4:") && error.contains(expected), "{error}");
    };
    for value in [SettingValue::Integer(-1), SettingValue::Bool(true), text("1")] {
        told(value.clone(), |all| all.number("key").err(), number);
        told(value, |all| all.percent("key").err(), percent);
    }
    told(SettingValue::Integer(101), |all| all.percent("key").err(), percent);
    for value in [SettingValue::Integer(0), text(""), text("-1s"), text("soon")] {
        told(value, |all| all.duration_or_zero("key").err(), "\"30s\"");
    }
}

#[test]
fn a_span_beyond_a_hundred_years_is_refused_with_its_place_and_what_is_shorter_is_reckoned_with() {
    let all = settings(&[("timeout", text("500000000000y"))]);
    for error in [
        all.retry().unwrap_err(),
        all.duration("timeout").unwrap_err(),
        all.duration_or_zero("timeout").unwrap_err(),
    ] {
        let error = error.to_string();
        assert!(error.contains("leadtag.toml:4:") && error.contains("write a shorter"), "{error}");
    }
    let policy = settings(&[("timeout", text("100y"))]).retry().unwrap();
    assert_eq!(policy.deadline, policy.attempt_timeout * 2);
}
