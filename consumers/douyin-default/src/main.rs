//! A service that names one platform and takes its defaults: HTTP client and TLS.

use douyin_leads::DouyinClient;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client =
        DouyinClient::builder().open_id("made-up-open-id").access_token("made-up").build()?;
    println!("   built: {client:?}");
    Ok(())
}
