//! How a client is made, by hand and from a configuration file.
#![allow(clippy::unwrap_used, missing_docs)]

use std::sync::Arc;

use beschannels_leads::{BeschannelsClient, BeschannelsClientBuilder, default_limits};
use leadtag_core::{Diagnose, ErrorKind, LeadQuery, LeadsProvider, Limiter, Limits, SystemClock};
use leadtag_testkit::{ReplayTransport, Reply};

fn builder() -> BeschannelsClientBuilder {
    let transport = ReplayTransport::handler(|_| Reply::hang());
    BeschannelsClient::builder()
        .app_id("app-01")
        .app_secret("s3cret-s3cret")
        .transport(Arc::new(transport))
}

#[test]
fn what_is_missing_or_wrong_is_told() {
    for (wrong, part) in [
        (builder().app_id(""), "app_id is missing"),
        (builder().app_id("  "), "app_id is missing"),
        (builder().app_secret(""), "app_secret is missing"),
        (builder().base_url("http://beschannels.example"), "allow_http"),
        (builder().base_url("beschannels"), "https://host/prefix"),
    ] {
        let error = wrong.build().expect_err(part);
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
        assert!(error.to_string().contains(part), "{error}");
    }
    builder().base_url("http://beschannels.example").allow_http(true).build().unwrap();
}

#[tokio::test]
async fn without_a_user_nothing_is_listed_and_nothing_sent() {
    let transport = Arc::new(ReplayTransport::handler(|_| Reply::hang()));
    let client = builder().user_id(" ").transport(transport.clone()).build().unwrap();
    let error = client.fetch_lead_page(&LeadQuery::all(), None).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    assert!(error.to_string().contains("user_id"), "{error}");
    assert_eq!(transport.count(), 0);
}

#[tokio::test]
async fn the_doctor_tells_that_there_is_no_user() {
    let answer = r#"{"code":0,"msg":"","data":{"access_token":"made-up","expires_in":7200}}"#;
    let transport = ReplayTransport::handler(move |_| Reply::bytes(answer));
    let checks = builder().transport(Arc::new(transport)).build().unwrap().diagnose().await;
    assert!(checks[3].detail.contains("user_id"), "{checks:?}");
}

#[cfg(not(feature = "reqwest"))]
#[test]
fn without_an_http_client_a_transport_is_asked_for() {
    let error = BeschannelsClient::builder().app_id("a").app_secret("s").build().unwrap_err();
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
        assert!(shown.contains("app-01"));
    }
}

#[test]
fn a_shared_limiter_takes_the_place_of_limits() {
    let limiter = Arc::new(Limiter::new(Limits::none(), Arc::new(SystemClock::new())));
    let client = builder().limits(default_limits()).limiter(Arc::clone(&limiter)).build().unwrap();
    assert!(Arc::ptr_eq(client.limiter(), &limiter));
}

#[test]
fn no_limit_is_made_up() {
    let limits = default_limits();
    assert!(limits.default_limit().windows.is_empty() && limits.apis().count() == 0);
    assert_eq!(limits.default_limit().max_in_flight, None);
}

#[cfg(feature = "config")]
mod from_file {
    use beschannels_leads::{BeschannelsClient, BeschannelsClientBuilder};
    use leadtag_core::ErrorKind;
    use leadtag_core::config::{SettingValue, Settings};

    fn settings(entries: &[(&str, SettingValue)]) -> Settings {
        let mut settings = Settings::new("leadtag.toml", "providers.leads", 1);
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
            ("platform", text("beschannels")),
            ("app_id", text("app-01")),
            ("app_secret", text("made-up")),
            ("user_id", text("user01")),
            ("group_obj", text("member")),
            ("group_id", text("77")),
            ("base_url", text("http://127.0.0.1:9000/beschannels")),
            ("timeout", text("5s")),
            ("max_response_bytes", SettingValue::Integer(1000)),
        ]
    }

    #[test]
    fn a_table_makes_a_client() {
        let client = BeschannelsClient::from_config(&settings(&good()));
        #[cfg(feature = "reqwest")]
        {
            let shown = format!("{:?}", client.unwrap());
            for part in ["http://127.0.0.1:9000/beschannels", "Member", "77"] {
                assert!(shown.contains(part), "{shown}");
            }
        }
        #[cfg(not(feature = "reqwest"))]
        assert!(client.is_err());
    }

    #[test]
    fn group_and_kind_of_object_may_be_left_out() {
        let entries = settings(&good()[..4]);
        let shown = format!("{:?}", BeschannelsClientBuilder::from_config(&entries).unwrap());
        assert!(shown.contains("LeadsSchemaData") && shown.contains("group_id: None"), "{shown}");
    }

    #[test]
    fn an_unknown_or_missing_key_is_told_with_its_place() {
        let mut misspelt = good();
        misspelt[2].0 = "app_secert";
        let mut without = good();
        without.remove(3);
        for (entries, part) in [(misspelt, "did you mean app_secret?"), (without, "user_id")] {
            let error = BeschannelsClientBuilder::from_config(&settings(&entries)).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
            let shown = error.to_string();
            assert!(shown.contains(part) && shown.contains("leadtag.toml:"), "{shown}");
        }
    }
}
