//! A service that takes one platform through the facade and writes generic code.

use leadtag::LeadsProvider;
use leadtag::beschannels::BeschannelsClient;

fn narrow(provider: &impl LeadsProvider) -> bool {
    provider.lead_capabilities().filter_by_group
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = BeschannelsClient::builder()
        .app_id("made-up")
        .app_secret("made-up")
        .user_id("made-up")
        .group("leads_schema_data", "1")
        .base_url("http://127.0.0.1:9/beschannels")
        .build()?;
    println!("   groups of leads: {:?}", narrow(&client));
    Ok(())
}
