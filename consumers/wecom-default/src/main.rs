//! A service that names one platform and takes its defaults: HTTP client and TLS.

use wecom_corptag::WecomClient;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = WecomClient::builder().corp_id("ww0123").corp_secret("made-up").build()?;
    println!("   built: {client:?}");
    Ok(())
}
