//! A service that takes one platform through the facade and writes generic code.

use leadtag::TagProvider;
use leadtag::wecom::WecomClient;

fn limits(provider: &impl TagProvider) -> Option<u32> {
    provider.tag_capabilities().max_tags
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = WecomClient::builder()
        .corp_id("ww0123")
        .corp_secret("made-up")
        .base_url("http://127.0.0.1:9/wecom")
        .build()?;
    println!("   at most {:?} tags", limits(&client));
    Ok(())
}
