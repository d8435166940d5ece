//! A service that takes one platform through the facade and writes generic code.

use leadtag::TagProvider;
use leadtag::crm_v3::CrmV3Client;

fn limits(provider: &impl TagProvider) -> Option<u32> {
    provider.tag_capabilities().max_tags
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = CrmV3Client::builder()
        .app_id("wwexample_AbC123")
        .app_key("made-up")
        .base_url("http://127.0.0.1:9/crm-v3")
        .build()?;
    println!("   at most {:?} tags", limits(&client));
    Ok(())
}
