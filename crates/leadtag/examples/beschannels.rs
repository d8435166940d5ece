//! Reads the leads of a group of Beschannels:
//! `cargo run -p leadtag --example beschannels --features beschannels`.
//!
//! Runs against an embedded sandbox with made-up data. For a real account, leave `base_url` out and
//! fill in the app's id and secret, the id of a system user, and the group.
#![allow(clippy::print_stdout)]

use leadtag::beschannels::BeschannelsClient;
use leadtag::beschannels::model::GroupUserList;
use leadtag::{LeadQuery, LeadsProviderExt};
use leadtag_sandbox::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    let access = sandbox.beschannels();
    let client = BeschannelsClient::builder()
        .app_id(access.app_id)
        .app_secret(access.app_secret)
        .user_id(access.user_id.as_str())
        .group_obj(access.group_obj.as_str())
        .group_id(access.group_id.as_str())
        .base_url(&access.base_url)
        .build()?;

    // A page, typed: the columns differ from account to account, and the header names them.
    let request = GroupUserList::new(access.user_id, access.group_obj.as_str())
        .in_group(access.group_id)
        .with_page(1, 3);
    let page = client.group_user_list(&request).await?.into_value();
    for column in &page.header {
        println!("{:14} {}", column.prop, column.label);
    }
    println!("{} leads in all", page.total.unwrap_or_default());

    // All of them, through the interface that all platforms share.
    let mut leads = client.lead_pages(LeadQuery::all().with_page_size(20)).items();
    let mut count = 0;
    while let Some(lead) = leads.next_item().await? {
        count += 1;
        if count <= 3 {
            println!("{lead:?}");
        }
    }
    println!("{count} leads read");
    Ok(())
}
