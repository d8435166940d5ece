//! How a client is made, by hand and from a configuration file.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use crm_v3::{APIS, CrmV3Client, CrmV3ClientBuilder, default_limits};
use leadtag_core::{ErrorKind, Limiter, Limits, SystemClock, UtcOffset};
use leadtag_testkit::{ReplayTransport, Reply};

fn builder() -> CrmV3ClientBuilder {
    let transport = ReplayTransport::handler(|_| Reply::hang());
    CrmV3Client::builder()
        .app_id("wwexample_AbC123")
        .app_key("s3cret-s3cret")
        .transport(Arc::new(transport))
}

#[test]
fn what_is_missing_or_wrong_is_told() {
    for (wrong, part) in [
        (builder().app_id(""), "app_id is missing"),
        (builder().app_id("  "), "app_id is missing"),
        (builder().app_id("ww\n01"), "app_id has characters"),
        (builder().app_id("wwexample_AbC123 "), "app_id has characters"),
        (builder().app_key(""), "app_key is missing"),
        (builder().base_url("http://crm.example"), "allow_http"),
        (builder().base_url("crm"), "https://host/prefix"),
    ] {
        let error = wrong.build().expect_err(part);
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
        assert!(error.to_string().contains(part), "{error}");
    }
    builder().base_url("http://crm.example").allow_http(true).build().unwrap();
}

#[cfg(not(feature = "reqwest"))]
#[test]
fn without_an_http_client_a_transport_is_asked_for() {
    let error = CrmV3Client::builder().app_id("ww01_x").app_key("s").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    assert!(error.to_string().contains("transport of your own"), "{error}");
}

#[test]
fn both_known_hosts_can_be_reached_with_their_prefix_and_port() {
    let client = builder().build().unwrap();
    assert!(format!("{client:?}").contains("https://account.tanmarket.cn/apiServer"));
    let client = builder().base_url("https://api.tanmarket.cn:20066").build().unwrap();
    assert!(format!("{client:?}").contains("https://api.tanmarket.cn:20066"));
}

#[test]
fn a_client_can_be_shared_and_prints_no_secret() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let client = builder().build().unwrap();
    shared(&client);
    for shown in [format!("{client:?}"), format!("{:?}", builder())] {
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("wwexample_AbC123"));
    }
}

#[test]
fn a_shared_limiter_takes_the_place_of_limits() {
    let limiter = Arc::new(Limiter::new(Limits::none(), Arc::new(SystemClock::new())));
    let client = builder().limits(default_limits()).limiter(Arc::clone(&limiter)).build().unwrap();
    assert!(Arc::ptr_eq(client.limiter(), &limiter));
}

#[test]
fn no_limit_is_invented() {
    for api in APIS {
        let limits = default_limits();
        let limit = limits.of(api);
        assert!(limit.windows.is_empty() && limit.max_in_flight.is_none(), "{api}");
    }
}

#[test]
fn times_are_china_time_unless_the_client_is_told_otherwise() {
    let time = "2024-01-01 08:00:00";
    let instant = |client: CrmV3Client| client.time(time).instant().unwrap().to_string();
    assert_eq!(instant(builder().build().unwrap()), "2024-01-01T00:00:00Z");
    let utc = UtcOffset::from_seconds(0).unwrap();
    assert_eq!(instant(builder().utc_offset(utc).build().unwrap()), "2024-01-01T08:00:00Z");
}

#[cfg(feature = "config")]
mod from_file {
    use crm_v3::{CrmV3Client, CrmV3ClientBuilder};
    use leadtag_core::ErrorKind;
    use leadtag_core::config::{SettingValue, Settings};

    fn settings(entries: &[(&str, SettingValue)]) -> Settings {
        let mut settings = Settings::new("leadtag.toml", "providers.crm", 1);
        for (line, (key, value)) in entries.iter().enumerate() {
            settings.insert(*key, line + 2, value.clone());
        }
        settings
    }

    fn text(value: &str) -> SettingValue {
        SettingValue::Text(value.to_owned())
    }

    fn good() -> Vec<(&'static str, SettingValue)> {
        vec![
            ("platform", text("crm-v3")),
            ("app_id", text("wwexample_AbC123")),
            ("app_key", text("made-up")),
            ("base_url", text("http://127.0.0.1:9000/crm-v3")),
            ("utc_offset", text("+00:00")),
            ("timeout", text("5s")),
        ]
    }

    #[test]
    fn a_table_makes_a_client() {
        let client = CrmV3Client::from_config(&settings(&good()));
        #[cfg(feature = "reqwest")]
        {
            let client = client.unwrap();
            assert!(format!("{client:?}").contains("http://127.0.0.1:9000/crm-v3"));
            assert_eq!(client.time("1970-01-01 00:00:00").instant().unwrap().as_unix_seconds(), 0);
        }
        #[cfg(not(feature = "reqwest"))]
        assert!(client.is_err());
    }

    #[test]
    fn an_unknown_missing_or_wrong_key_is_told_with_its_place() {
        let mut misspelt = good();
        misspelt[2].0 = "app_kee";
        let mut without = good();
        without.remove(1);
        let mut wrong = good();
        wrong[4].1 = text("CST");
        for (entries, part) in
            [(misspelt, "did you mean app_key?"), (without, "app_id"), (wrong, "+08:00")]
        {
            let error = CrmV3ClientBuilder::from_config(&settings(&entries)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
            let shown = error.to_string();
            assert!(shown.contains(part) && shown.contains("leadtag.toml:"), "{shown}");
        }
    }
}
