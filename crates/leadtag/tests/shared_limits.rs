//! Providers of one tenant keep to its limits together.
#![cfg(all(feature = "config", feature = "wecom", feature = "reqwest"))]
#![allow(clippy::unwrap_used, missing_docs)]

use std::time::Duration;

use leadtag::{Config, ContactRef, TagProviderExt};
use leadtag_sandbox::Sandbox;

#[tokio::test]
async fn two_apps_of_one_corp_have_five_marks_in_flight_together() {
    let sandbox = Sandbox::start().await.unwrap();
    let wecom = sandbox.wecom();
    let one = sandbox.config_toml_for(&["wecom"]);
    let two = one.replace("[providers.shop-wecom]", "[providers.other]");
    let two = two.replace(&wecom.corp_secret, &wecom.other_app_secret);
    let config = Config::parse(&format!("{one}\n{two}"), "leadtag.toml").unwrap();
    let [one, two] =
        ["shop-wecom", "other"].map(|name| config.provider(name).unwrap().tags.unwrap());
    let tag = one.all_tags().await.unwrap().remove(0).id;

    sandbox.admin().set_latency(Some("mark_tag"), Duration::from_millis(50));
    let mut marks = tokio::task::JoinSet::new();
    for (at, provider) in [one, two].iter().cycle().take(20).cloned().enumerate() {
        let owner = &wecom.userids[at % wecom.userids.len()];
        let contact = ContactRef::owned_by(owner, format!("wmSandbox{at:08}"));
        let tag = tag.clone();
        marks.spawn(async move { provider.assign(&contact, &[tag], &[]).await });
    }
    let _ = marks.join_all().await;
    assert_eq!(sandbox.admin().max_in_flight("mark_tag"), 5);
}
