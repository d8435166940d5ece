//! One function for every platform that has tags:
//! `cargo run -p leadtag --example generic_tags --features full,config`.
//!
//! What a platform cannot do is asked of its capabilities, not of its name.
#![allow(clippy::print_stdout)]

use leadtag::{Config, CreateTags, TagChange, TagProvider, TagProviderExt};
use leadtag_sandbox::Sandbox;

/// Creates a tag, renames it, and deletes it again; counts what is there.
async fn round(provider: &impl TagProvider) -> leadtag::Result<String> {
    let can = provider.tag_capabilities();
    let before = count(provider).await?;
    if !can.create {
        return Ok(format!("{before} tags, to be read only"));
    }
    let request = match can.groups {
        true => CreateTags::in_new_group("示例分组", ["示例标签"]),
        false => CreateTags::flat(["示例标签"]),
    };
    let created = provider.create_tags(&request).await?;
    let during = count(provider).await?;
    for tag in &created.tags {
        if can.rename {
            provider.update_tag(&tag.id, &TagChange::rename("示例标签二")).await?;
        }
    }
    if can.delete_tags {
        let ids: Vec<_> = created.tags.into_iter().map(|tag| tag.id).collect();
        provider.delete_tags(&ids).await?;
    }
    let after = count(provider).await?;
    Ok(format!("{before} tags, then {during}, then {after}"))
}

async fn count(provider: &impl TagProvider) -> leadtag::Result<usize> {
    Ok(provider.all_tags().await?.len())
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    let config = Config::parse(&sandbox.config_toml(), "sandbox")?;
    for provider in config.providers()? {
        match &provider.tags {
            Some(tags) => println!("{:20} {}", provider.name, round(tags).await?),
            None => println!("{:20} has no tags", provider.name),
        }
    }
    Ok(())
}
