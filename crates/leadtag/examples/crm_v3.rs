//! Reads leads of Tanma CRM v3: `cargo run -p leadtag --example crm_v3 --features crm-v3`.
//!
//! Runs against an embedded sandbox with made-up data. For a real account, set the base URL that
//! the vendor gave you, the app's id and its key.
#![allow(clippy::print_stdout)]

use leadtag::crm_v3::CrmV3Client;
use leadtag::crm_v3::model::{GetClue, ListClueFollowUps};
use leadtag::{LeadQuery, LeadsProviderExt, UtcOffset};
use leadtag_sandbox::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    let access = sandbox.crm_v3();
    let client = CrmV3Client::builder()
        .app_id(access.app_id)
        .app_key(access.app_key)
        .base_url(&access.base_url)
        .build()?;

    // One lead, typed: the fields are a list of name, type and text.
    let clue = client.get_clue(&GetClue::new(access.sample_customer_id)).await?.into_value();
    for field in &clue.fields {
        println!("{:20} {:?}", field.field, field.value(UtcOffset::CHINA)?);
    }

    // The same through the interface that all platforms share.
    let mut leads = client.lead_pages(LeadQuery::all().with_page_size(20)).items();
    for _ in 0..3 {
        let Some(lead) = leads.next_item().await? else { break };
        let request = ListClueFollowUps::of(lead.id.as_str().parse()?);
        let follow_ups = client.list_clue_follow_ups(&request).await?.into_value();
        println!("{lead:?}: {} follow-ups", follow_ups.list.len());
    }
    Ok(())
}
