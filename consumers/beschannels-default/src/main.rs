//! A service that names one platform and takes its defaults: HTTP client and TLS.

use beschannels_leads::BeschannelsClient;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = BeschannelsClient::builder()
        .app_id("made-up")
        .app_secret("made-up")
        .user_id("made-up")
        .group("leads_schema_data", "1")
        .build()?;
    println!("   built: {client:?}");
    Ok(())
}
