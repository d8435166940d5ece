//! A service that takes one platform through the facade and writes generic code.

use leadtag::TagProvider;
use leadtag::douyin::DouyinClient;

fn limits(provider: &impl TagProvider) -> Option<u32> {
    provider.tag_capabilities().max_tags
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = DouyinClient::builder()
        .open_id("made-up-open-id")
        .access_token("made-up")
        .base_url("http://127.0.0.1:9/douyin")
        .build()?;
    println!("   at most {:?} tags", limits(&client));
    Ok(())
}
