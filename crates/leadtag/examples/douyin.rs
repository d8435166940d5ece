//! Reads Douyin leads and tags one: `cargo run -p leadtag --example douyin --features douyin`.
//!
//! Runs against an embedded sandbox with made-up data. The vendor has closed this API to new
//! applicants; an account that still has it leaves `base_url` out and keeps the tokens in a file
//! (`token_store`), because a rotated refresh token must not be lost.
#![allow(clippy::print_stdout)]

use leadtag::douyin::DouyinClient;
use leadtag::{ContactRef, CreateTags, LeadQuery, LeadsProvider, LeadsProviderExt, TagProvider};
use leadtag_sandbox::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    let access = sandbox.douyin();
    let client = DouyinClient::builder()
        .client_key(access.client_key)
        .client_secret(access.client_secret)
        .open_id(access.open_id)
        .refresh_token(access.refresh_token)
        .base_url(&access.base_url)
        .build()?;

    let mut leads = client.lead_pages(LeadQuery::all().at_level("2")).items();
    let lead = leads.next_item().await?.ok_or("no lead of level 2")?;
    println!("{lead:?}");
    let interactions = client.fetch_interaction_page(&lead.id, None).await?;
    println!("{} interactions on the first page", interactions.items.len());

    let created = client.create_tags(&CreateTags::flat(["示例标签"])).await?;
    let tag = created.tags.first().ok_or("no tag came back")?;
    let contact = ContactRef::new(lead.id.as_str());
    client.assign(&contact, std::slice::from_ref(&tag.id), &[]).await?;
    for tag in client.contact_tags(&contact).await? {
        println!("tagged {} ({})", tag.name, tag.id);
    }
    Ok(())
}
