//! How a client is made, by hand and from a configuration file.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use douyin_leads::{APIS, DouyinClient, DouyinClientBuilder, default_limits};
use leadtag_core::{ErrorKind, Limiter, Limits, SystemClock};
use leadtag_testkit::{ReplayTransport, Reply};

fn builder() -> DouyinClientBuilder {
    let transport = ReplayTransport::handler(|_| Reply::hang());
    DouyinClient::builder()
        .client_key("aw01")
        .client_secret("s3cret-s3cret")
        .open_id("_000E1")
        .refresh_token("s3cret-refresh")
        .transport(Arc::new(transport))
}

#[test]
fn what_is_missing_or_wrong_is_told() {
    for (wrong, part) in [
        (builder().client_key(" "), "client_key is missing"),
        (builder().open_id(""), "open_id is missing"),
        (builder().refresh_token(""), "refresh_token is missing"),
        (builder().base_url("http://douyin.example"), "allow_http"),
        (builder().base_url("douyin"), "https://host/prefix"),
    ] {
        let error = wrong.build().expect_err(part);
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
        assert!(error.to_string().contains(part), "{error}");
    }
    builder().base_url("http://douyin.example").allow_http(true).build().unwrap();
    builder().client_secret("").build().unwrap();
    builder().client_key("").refresh_token("").access_token("act.1").build().unwrap();
    builder().client_key("").oauth().unwrap_err();
}

#[test]
fn a_client_can_be_shared_and_prints_no_secret() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let client = builder().access_token("s3cret-access").build().unwrap();
    shared(&client);
    let oauth = format!("{:?}", client.oauth());
    for shown in [format!("{client:?} {oauth}"), format!("{:?}", builder())] {
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("_000E1"));
    }
}

#[test]
fn a_shared_limiter_takes_the_place_of_limits() {
    let limiter = Arc::new(Limiter::new(Limits::none(), Arc::new(SystemClock::new())));
    let client = builder().limits(default_limits()).limiter(Arc::clone(&limiter)).build().unwrap();
    assert!(Arc::ptr_eq(client.limiter(), &limiter));
}

#[test]
fn no_limit_is_documented_and_none_is_kept() {
    assert!(APIS.iter().all(|api| default_limits().of(api).windows.is_empty()));
}

#[cfg(feature = "config")]
mod from_file {
    use douyin_leads::{DouyinClient, DouyinClientBuilder};
    use leadtag_core::ErrorKind;
    use leadtag_core::config::{SettingValue, Settings};

    fn settings(entries: &[(&str, &str)]) -> Settings {
        let mut settings = Settings::new("leadtag.toml", "providers.shop", 1);
        for (line, (key, value)) in entries.iter().enumerate() {
            settings.insert(*key, line + 2, SettingValue::Text((*value).to_owned()));
        }
        settings
    }

    const GOOD: [(&str, &str); 7] = [
        ("platform", "douyin"),
        ("client_key", "aw01"),
        ("client_secret", "made-up"),
        ("open_id", "_000E1"),
        ("refresh_token", "rft.made-up"),
        ("base_url", "http://127.0.0.1:9000/douyin"),
        ("timeout", "5s"),
    ];

    fn is_made(entries: &[(&str, &str)]) {
        let client = DouyinClient::from_config(&settings(entries));
        #[cfg(feature = "reqwest")]
        assert!(format!("{:?}", client.unwrap()).contains("http://127.0.0.1:9000/douyin"));
        #[cfg(not(feature = "reqwest"))]
        assert!(client.is_err());
    }

    #[test]
    fn a_table_makes_a_client() {
        is_made(&GOOD);
    }

    #[test]
    fn an_access_token_and_an_account_alone_make_a_client() {
        is_made(&[GOOD[0], GOOD[3], ("access_token", "act.made-up"), GOOD[5]]);
    }

    #[test]
    fn a_directory_for_tokens_is_made() {
        let directory = std::env::temp_dir().join(format!("douyin-config-{}", std::process::id()));
        let path = directory.to_string_lossy().into_owned();
        is_made(&[GOOD.as_slice(), &[("token_dir", path.as_str())]].concat());
        assert!(directory.is_dir());
        std::fs::remove_dir_all(directory).unwrap();
    }

    #[test]
    fn an_unknown_or_missing_key_is_told_with_its_place() {
        let mut misspelt = GOOD;
        misspelt[4].0 = "refresh_tokn";
        let without = [GOOD[0], GOOD[1], GOOD[4]];
        for (entries, part) in
            [(&misspelt[..], "did you mean refresh_token?"), (&without[..], "open_id")]
        {
            let error = DouyinClientBuilder::from_config(&settings(entries)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
            let shown = error.to_string();
            assert!(shown.contains(part) && shown.contains("leadtag.toml:"), "{shown}");
        }
    }
}
