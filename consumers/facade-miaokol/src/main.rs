//! A service that takes one platform through the facade and writes generic code.

use leadtag::TagProvider;
use leadtag::miaokol::MiaokolClient;

fn limits(provider: &impl TagProvider) -> Option<u32> {
    provider.tag_capabilities().max_tags
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = MiaokolClient::builder()
        .app_id("madeUpAppId0000001")
        .app_secret("made-up")
        .base_url("http://127.0.0.1:9/miaokol")
        .build()?;
    println!("   at most {:?} tags", limits(&client));
    Ok(())
}
