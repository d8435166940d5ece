//! The named faults in Douyin's words.

use std::time::Duration;

use leadtag_sandbox::{Fault, FaultSpec};
use serde_json::{Value, json};

use super::rig::{Rig, code, texts};

async fn ask(rig: &Rig) -> Value {
    code(&rig.users("count=1").await)
}

#[tokio::test]
async fn refusals_answer_their_code_once_and_process_nothing() {
    for (fault, expected) in [
        (Fault::Busy, 2_100_004),
        (Fault::InvalidTokenForever, 2_190_002),
        (Fault::RateLimited, 28_003_018),
        (Fault::ErrorCode(28_001_052), 28_001_052),
        (Fault::ErrorCode(-7), -7),
    ] {
        let rig = Rig::start().await;
        rig.admin().inject(FaultSpec::new(fault).times(1));
        let body = json!({ "tag_name": "会员" });
        assert_eq!(code(&rig.post("tag/create", body.clone()).await), expected, "{fault}");
        assert_eq!(rig.admin().commits("tag/create"), 0);
        rig.admin().clear_faults();
        assert_eq!(code(&rig.post("tag/create", body).await), 0, "{fault}");
    }
}

#[tokio::test]
async fn faults_that_douyin_has_no_word_for_leave_a_call_alone() {
    for fault in [
        Fault::Concurrency,
        Fault::DataConflict,
        Fault::IpNotTrusted,
        Fault::MissingErrcode,
        Fault::JsonWarning,
    ] {
        let rig = Rig::start().await;
        rig.admin().inject(fault);
        assert_eq!(ask(&rig).await, 0, "{fault}");
    }
}

#[tokio::test]
async fn a_faulty_token_is_really_gone_until_the_next_refresh() {
    for (fault, expected) in [(Fault::ExpiredToken, 2_190_008), (Fault::RevokedToken, 2_190_002)] {
        let mut rig = Rig::start().await;
        rig.admin().inject(fault);
        assert_eq!(ask(&rig).await, expected);
        assert_eq!(ask(&rig).await, expected);
        let refreshed = rig.refresh(&rig.access.refresh_token).await;
        rig.token = refreshed["data"]["access_token"].as_str().unwrap().to_owned();
        assert_eq!(ask(&rig).await, 0);
    }
}

#[tokio::test]
async fn tokens_are_expired_revoked_and_rejected_by_the_admin() {
    let mut rig = Rig::start().await;
    let log_in = |rig: &Rig| rig.admin().douyin_access_token(&rig.access.open_id).unwrap();
    rig.admin().expire_tokens();
    assert_eq!(ask(&rig).await, 2_190_008);
    rig.token = log_in(&rig);
    rig.admin().revoke_tokens();
    assert_eq!(ask(&rig).await, 2_190_002);
    rig.admin().reject_all_tokens(true);
    rig.token = log_in(&rig);
    assert_eq!(ask(&rig).await, 2_190_002);
    rig.admin().reject_all_tokens(false);
    assert_eq!(ask(&rig).await, 0);
}

#[tokio::test]
async fn a_limited_api_stays_closed_for_a_minute() {
    let rig = Rig::start().await;
    rig.admin().inject(FaultSpec::new(Fault::RateLimited).on("user/list"));
    assert_eq!(ask(&rig).await, 28_003_018);
    rig.admin().advance_clock(Duration::from_secs(50));
    assert_eq!(ask(&rig).await, 28_003_018);
    assert_eq!(code(&rig.get("tag/list", "count=1").await), 0);
    rig.admin().advance_clock(Duration::from_secs(11));
    assert_eq!(ask(&rig).await, 0);
}

#[tokio::test]
async fn token_calls_are_spared_unless_they_or_the_platform_are_named() {
    let rig = Rig::start().await;
    let refresh = async || code(&rig.refresh(&rig.access.refresh_token).await);
    rig.admin().inject(FaultSpec::new(Fault::Busy).always());
    assert_eq!(refresh().await, 0);
    rig.admin().clear_faults();
    for name in ["oauth/refresh_token", "douyin"] {
        rig.admin().inject(format!("busy@{name}").parse::<FaultSpec>().unwrap());
        assert_eq!(refresh().await, 10001, "{name}");
        assert_eq!(refresh().await, 0, "{name}");
    }
}

#[tokio::test]
async fn a_fault_of_the_refresh_token_ends_the_authorisation() {
    for fault in [Fault::ExpiredToken, Fault::RevokedToken] {
        let rig = Rig::start().await;
        rig.admin().inject(FaultSpec::new(fault).on("oauth/refresh_token"));
        for _ in 0..2 {
            assert_eq!(code(&rig.refresh(&rig.access.refresh_token).await), 10010, "{fault}");
        }
        let owner = rig.admin().authorize_douyin(&rig.access.open_id).unwrap();
        assert_eq!(code(&rig.exchange(&owner).await), 0, "{fault}");
    }
}

#[tokio::test]
async fn a_renewal_whose_reply_is_lost_has_happened() {
    let rig = Rig::start().await;
    let fault = "lost-reply@oauth/renew_refresh_token".parse::<FaultSpec>().unwrap();
    rig.admin().inject(fault);
    let form =
        format!("client_key={}&refresh_token={}", rig.access.client_key, rig.access.refresh_token);
    let lost = rig
        .request(reqwest::Method::POST, "/oauth/renew_refresh_token/")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(form);
    assert!(lost.send().await.is_err());
    assert_eq!(rig.admin().commits("oauth/renew_refresh_token"), 1);
    assert_eq!(code(&rig.refresh(&rig.access.refresh_token).await), 10010);
}

#[tokio::test]
async fn a_duplicate_cursor_is_the_one_just_used_with_more_to_come() {
    let rig = Rig::start().await;
    rig.admin().inject(Fault::DuplicateCursor);
    let first = rig.users("count=20").await;
    assert_eq!(first["data"]["cursor"], 20);
    let second = rig.users("count=20&cursor=20").await;
    assert_eq!(
        (&second["data"]["cursor"], &second["data"]["has_more"]),
        (&json!(20), &json!(true))
    );
    assert_ne!(second["data"]["list"], first["data"]["list"]);
    let (last, more) = rig.ids("count=20&cursor=20").await;
    assert_eq!((json!(last), more), (second["data"]["list"].clone(), None));
}

#[tokio::test]
async fn a_duplicate_cursor_of_interactions_is_a_string() {
    let rig = Rig::start().await;
    let user = rig.untagged().await;
    rig.admin().inject(Fault::DuplicateCursor);
    let page = rig.get("user/action/list", &format!("user_id={user}&count=1&cursor=c0")).await;
    assert_eq!((&page["data"]["cursor"], &page["data"]["has_more"]), (&json!("c0"), &json!(true)));
}

#[tokio::test]
async fn shifting_pages_put_a_new_lead_on_top_of_the_list_just_read() {
    let rig = Rig::start().await;
    rig.admin().inject(FaultSpec::new(Fault::ShiftingPages).on("user/list").times(1));
    let window = "start_time=0&end_time=1719800000&action_type=0&count=5";
    let first = texts(&rig.get("user/list", window).await["data"]["list"]);
    let second = texts(&rig.get("user/list", &format!("{window}&cursor=5")).await["data"]["list"]);
    assert_eq!(second[0], first[4]);
    let again = texts(&rig.get("user/list", window).await["data"]["list"]);
    assert_eq!(again[1..], first[..4]);
    let inserted = rig.admin().snapshot()["douyin"]["accounts"][0]["inserted"].clone();
    assert_eq!(inserted, json!([again[0]]));
}

#[tokio::test]
async fn an_echo_repeats_everything_that_must_not_be_logged() {
    let rig = Rig::start().await;
    rig.admin().inject(Fault::EchoSecrets);
    let echo = rig.users("count=1").await;
    let text = echo["data"]["description"].as_str().unwrap();
    let secrets =
        [&rig.token, &rig.access.client_secret, &rig.access.refresh_token, &rig.access.open_id];
    for leak in secrets.map(String::as_str).into_iter().chain(["telephone=1990000"]) {
        assert!(text.contains(leak), "{leak}: {text}");
    }
    rig.admin().inject(FaultSpec::new(Fault::EchoSecrets).on("oauth/refresh_token"));
    let echo = rig.refresh("rft.of-the-caller").await;
    assert_eq!(code(&echo), 10002);
    let text = echo["data"]["description"].as_str().unwrap();
    assert!(text.contains("refresh_token=rft.of-the-caller"), "{text}");
}
