//! The leads of several platforms, side by side:
//! `cargo run -p leadtag --example generic_leads --features full,config`.
#![allow(clippy::print_stdout)]

use std::sync::Arc;

use leadtag::{Config, LeadQuery, LeadsProvider, LeadsProviderExt};
use leadtag_sandbox::Sandbox;

/// The first leads of every provider, fetched page by page and no further than needed.
async fn newest(
    providers: &[Arc<dyn LeadsProvider>],
    each: usize,
) -> leadtag::Result<Vec<leadtag::Lead>> {
    let mut leads = Vec::new();
    for provider in providers {
        let mut items = provider.lead_pages(LeadQuery::all()).items();
        for _ in 0..each {
            match items.next_item().await? {
                Some(lead) => leads.push(lead),
                None => break,
            }
        }
    }
    Ok(leads)
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    let config = Config::parse(&sandbox.config_toml(), "sandbox")?;
    let providers: Vec<Arc<dyn LeadsProvider>> =
        config.providers()?.into_iter().filter_map(|provider| provider.leads).collect();
    for lead in newest(&providers, 3).await? {
        // Personal data prints masked; `reveal()` is the explicit way to the value.
        let mobile = lead.mobiles.first().map(ToString::to_string).unwrap_or_default();
        let name = lead.name.map(|name| name.to_string()).unwrap_or_default();
        println!("{:12} {:38} {name:10} {mobile}", lead.platform, lead.id);
    }
    Ok(())
}
