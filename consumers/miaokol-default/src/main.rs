//! A service that names one platform and takes its defaults: HTTP client and TLS.

use miaokol_smarttag::MiaokolClient;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let client =
        MiaokolClient::builder().app_id("madeUpAppId0000001").app_secret("made-up").build()?;
    println!("   built: {client:?}");
    Ok(())
}
