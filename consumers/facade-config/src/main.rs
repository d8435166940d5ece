//! A program that reads its providers from a configuration file, and brings its own HTTP client.

const FILE: &str = r#"
[providers.shop]
platform    = "wecom"
corp_id     = "ww0123"
corp_secret = "env:WECOM_SECRET"

[providers.crm]
platform = "crm-v3"
"#;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let refused = leadtag::Config::parse(FILE, "leadtag.toml").expect_err("crm-v3 is not built in");
    assert!(refused.to_string().contains("feature crm-v3"), "{refused}");
    let (one, _) = FILE.split_once("[providers.crm]").ok_or("two tables")?;
    let config = leadtag::Config::parse(one, "leadtag.toml")?;
    println!("   providers: {}", config.names().collect::<Vec<_>>().join(", "));
    Ok(())
}
