//! How a client is made, by hand and from a configuration file.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;
use std::time::Duration;

use leadtag_core::{ApiLimit, ErrorKind, Limiter, Limits, SystemClock};
use leadtag_testkit::{ReplayTransport, Reply};
use miaokol_smarttag::{APIS, MiaokolClient, MiaokolClientBuilder, default_limits};

fn builder() -> MiaokolClientBuilder {
    let transport = ReplayTransport::handler(|_| Reply::hang());
    MiaokolClient::builder()
        .app_id("made01")
        .app_secret("s3cret-s3cret")
        .transport(Arc::new(transport))
}

#[test]
fn what_is_missing_or_wrong_is_told() {
    for (wrong, part) in [
        (builder().app_id(""), "app_id is missing"),
        (builder().app_id("  "), "app_id is missing"),
        (builder().app_secret(""), "app_secret is missing"),
        (builder().base_url("http://miaokol.example"), "allow_http"),
        (builder().base_url("miaokol"), "https://host/prefix"),
    ] {
        let error = wrong.build().expect_err(part);
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
        assert!(error.to_string().contains(part), "{error}");
    }
    builder().base_url("http://miaokol.example").allow_http(true).build().unwrap();
}

#[cfg(not(feature = "reqwest"))]
#[test]
fn without_an_http_client_a_transport_is_asked_for() {
    let error = MiaokolClient::builder().app_id("made01").app_secret("s").build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    assert!(error.to_string().contains("transport of your own"), "{error}");
}

#[test]
fn a_client_can_be_shared_and_prints_no_secret() {
    fn shared<T: Clone + Send + Sync + 'static>(_: &T) {}
    let client = builder().build().unwrap();
    shared(&client);
    for shown in [format!("{client:?}"), format!("{:?}", builder())] {
        assert!(!shown.contains("s3cret"), "{shown}");
        assert!(shown.contains("made01"));
    }
}

#[test]
fn a_shared_limiter_takes_the_place_of_limits() {
    let limiter = Arc::new(Limiter::new(Limits::none(), Arc::new(SystemClock::new())));
    let client = builder().limits(default_limits()).limiter(Arc::clone(&limiter)).build().unwrap();
    assert!(Arc::ptr_eq(client.limiter(), &limiter));
}

#[test]
fn all_calls_of_a_tenant_share_the_documented_limit() {
    let minute = ApiLimit::none().with_rate(500, Duration::from_secs(60));
    assert_eq!(APIS, ["tenant"]);
    assert_eq!(default_limits().of("tenant"), &minute);
}

#[cfg(feature = "config")]
mod from_file {
    use leadtag_core::ErrorKind;
    use leadtag_core::config::{SettingValue, Settings};
    use miaokol_smarttag::{MiaokolClient, MiaokolClientBuilder};

    fn settings(entries: &[(&str, SettingValue)]) -> Settings {
        let mut settings = Settings::new("leadtag.toml", "providers.shop", 1);
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
            ("platform", text("miaokol")),
            ("app_id", text("madeUpAppId0000001")),
            ("app_secret", text("made-up")),
            ("base_url", text("http://127.0.0.1:9000/oapi")),
            ("timeout", text("5s")),
            ("max_response_bytes", SettingValue::Integer(1000)),
        ]
    }

    #[test]
    fn a_table_makes_a_client() {
        let client = MiaokolClient::from_config(&settings(&good()));
        #[cfg(feature = "reqwest")]
        assert!(format!("{:?}", client.unwrap()).contains("http://127.0.0.1:9000/oapi"));
        #[cfg(not(feature = "reqwest"))]
        assert!(client.is_err());
    }

    #[test]
    fn an_unknown_or_missing_key_is_told_with_its_place() {
        let mut misspelt = good();
        misspelt[2].0 = "app_secert";
        let mut without = good();
        without.remove(1);
        for (entries, part) in [(misspelt, "did you mean app_secret?"), (without, "app_id")] {
            let error = MiaokolClientBuilder::from_config(&settings(&entries)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
            let shown = error.to_string();
            assert!(shown.contains(part) && shown.contains("leadtag.toml:"), "{shown}");
        }
    }
}
