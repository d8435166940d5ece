//! A service that names one platform and takes its defaults: HTTP client and TLS.

use crm_v3::CrmV3Client;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client = CrmV3Client::builder().app_id("wwexample_AbC123").app_key("made-up").build()?;
    println!("   built: {client:?}");
    Ok(())
}
