//! The named faults in Miaokol's words.

use std::time::Duration;

use leadtag_sandbox::{Fault, FaultSpec};
use serde_json::{Value, json};

use super::rig::{ADD, LIST, Rig};

async fn code(rig: &Rig) -> Value {
    rig.get(LIST, "").await["errcode"].clone()
}

#[tokio::test]
async fn refusals_answer_their_code_once_and_process_nothing() {
    for (fault, expected) in [
        (Fault::Busy, 1001),
        (Fault::IpNotTrusted, 113),
        (Fault::EchoSecrets, 406),
        (Fault::ErrorCode(114), 114),
        (Fault::ErrorCode(-7), -7),
    ] {
        let rig = Rig::start().await;
        rig.admin().inject(fault);
        let body = json!({ "name": "阶段", "type": 2 });
        let refused = rig.post(ADD, body.clone()).await;
        assert_eq!(refused["errcode"], expected);
        assert!(refused["message"].is_string());
        assert_eq!(rig.admin().commits(ADD), 0);
        assert_eq!(rig.post(ADD, body).await["errcode"], 0);
    }
}

#[tokio::test]
async fn a_faulty_token_is_really_gone_on_get_and_post() {
    for (fault, expected) in [(Fault::ExpiredToken, 111), (Fault::RevokedToken, 110)] {
        let mut rig = Rig::start().await;
        rig.admin().inject(fault);
        assert_eq!(code(&rig).await, expected);
        assert_eq!(code(&rig).await, expected);
        rig.log_in().await;
        rig.admin().inject(fault);
        let body = json!({ "name": "阶段", "type": 2 });
        assert_eq!(rig.post(ADD, body.clone()).await["errcode"], expected);
        assert_eq!(rig.post(ADD, body).await["errcode"], expected);
        rig.log_in().await;
        assert_eq!(code(&rig).await, 0);
    }
}

#[tokio::test]
async fn a_faulty_token_leaves_the_others_alone() {
    let mut rig = Rig::start().await;
    let old = rig.token.clone();
    rig.log_in().await;
    rig.admin().inject(Fault::RevokedToken);
    assert_eq!(code(&rig).await, 110);
    rig.token = old;
    assert_eq!(code(&rig).await, 0);
}

#[tokio::test]
async fn a_token_invalid_for_ever_is_so_after_a_refresh_too() {
    let mut rig = Rig::start().await;
    rig.admin().inject(Fault::InvalidTokenForever);
    assert_eq!(code(&rig).await, 110);
    rig.log_in().await;
    assert_eq!(code(&rig).await, 110);
    rig.admin().clear_faults();
    assert_eq!(code(&rig).await, 0);
}

#[tokio::test]
async fn a_rate_limit_closes_that_api_for_60_seconds() {
    let rig = Rig::start().await;
    rig.admin().inject(FaultSpec::new(Fault::RateLimited).on(LIST));
    assert_eq!(code(&rig).await, 407);
    rig.admin().advance_clock(Duration::from_secs(50));
    assert_eq!(code(&rig).await, 407);
    assert_eq!(rig.get("wechat/list", "").await["errcode"], 0);
    rig.admin().advance_clock(Duration::from_secs(11));
    assert_eq!(code(&rig).await, 0);
}

#[tokio::test]
async fn the_token_call_is_spared_unless_it_or_the_platform_is_named() {
    let rig = Rig::start().await;
    rig.admin().inject(Fault::Busy);
    assert_eq!(rig.post_bare("oauth/token", rig.credentials()).await["errcode"], 0);
    assert_eq!(code(&rig).await, 1001);
    for spec in ["busy@oauth/token", "busy@miaokol"] {
        rig.admin().inject(spec.parse::<FaultSpec>().unwrap());
        assert_eq!(
            rig.post_bare("oauth/token", rig.credentials()).await["errcode"],
            1001,
            "{spec}"
        );
    }
}

#[tokio::test]
async fn an_untrusted_address_is_named() {
    let rig = Rig::start().await;
    rig.admin().inject(Fault::IpNotTrusted);
    let answer = rig.get(LIST, "").await;
    assert!(answer["message"].as_str().unwrap().contains("203.0.113.7"));
}

#[tokio::test]
async fn an_echo_repeats_everything_that_must_not_be_logged() {
    let rig = Rig::start().await;
    let common = [&rig.access.app_secret, "19900000000", "@example.com"];
    rig.admin().inject(FaultSpec::new(Fault::EchoSecrets).times(2));
    let in_query = format!("&access_token={}", rig.token);
    let in_body = format!("\"access_token\":\"{}\"", rig.token);
    let body = json!({ "name": "阶段", "type": 2 });
    for (answer, place) in
        [(rig.get(LIST, "").await, in_query), (rig.post(ADD, body).await, in_body)]
    {
        let text = answer["message"].as_str().unwrap();
        for leak in common.into_iter().chain([place.as_str(), rig.token.as_str()]) {
            assert!(text.contains(leak), "{leak}: {text}");
        }
    }
    rig.admin().inject(FaultSpec::new(Fault::EchoSecrets).on("oauth/token"));
    let mut body = rig.credentials();
    body["app_secret"] = json!("a-wrong-secret");
    let echo = rig.post_bare("oauth/token", body).await;
    assert!(echo["message"].as_str().unwrap().contains("app_secret=a-wrong-secret"));
}

#[tokio::test]
async fn success_can_lack_its_errcode_and_an_error_cannot() {
    let rig = Rig::start().await;
    rig.admin().inject(FaultSpec::new(Fault::MissingErrcode).times(2));
    let bare = rig.get(LIST, "").await;
    assert!(bare.get("errcode").is_none() && bare["data"].is_array() && bare["pager"].is_object());
    assert_eq!(rig.get(LIST, "page=0").await["errcode"], 406);
}

#[tokio::test]
async fn a_group_made_between_two_pages_moves_the_last_row_to_the_next_page() {
    let rig = Rig::start().await;
    rig.admin().add_miaokol_tags(15, 0);
    rig.admin().inject(Fault::ShiftingPages);
    let (first, second) = (rig.get(LIST, "page=1").await, rig.get(LIST, "page=2").await);
    assert_eq!(
        (&first["pager"]["numRecords"], &second["pager"]["numRecords"]),
        (&json!(20), &json!(21))
    );
    assert_eq!(first["data"][9], second["data"][0]);
    assert_eq!(rig.get(LIST, "").await["data"][1], first["data"][0]);
}

#[tokio::test]
async fn faults_miaokol_does_not_know_change_nothing() {
    let rig = Rig::start().await;
    let plain = rig.get(LIST, "with_tags=1").await;
    for fault in [Fault::Concurrency, Fault::DataConflict, Fault::JsonWarning] {
        rig.admin().inject(fault);
        assert_eq!(rig.get(LIST, "with_tags=1").await, plain, "{fault}");
        assert!(rig.admin().waiting_faults().is_empty());
    }
    rig.admin().inject(Fault::DuplicateCursor);
    assert_eq!(rig.get(LIST, "with_tags=1").await, plain);
    assert_eq!(rig.admin().waiting_faults().len(), 1);
}

#[tokio::test]
async fn a_lost_reply_is_committed_and_made_twice_when_sent_again() {
    let rig = Rig::start().await;
    rig.admin().inject(FaultSpec::new(Fault::LostReply).on(ADD));
    let url = format!("{}/{ADD}", rig.access.base_url);
    let body = rig.signed(json!({ "name": "阶段", "type": 2 }));
    assert!(rig.http.post(url).json(&body).send().await.is_err());
    assert_eq!(rig.admin().commits(ADD), 1);
    rig.new_group("阶段").await;
    let groups = rig.groups().await;
    assert_eq!(groups.iter().filter(|group| group["name"] == "阶段").count(), 2);
}
