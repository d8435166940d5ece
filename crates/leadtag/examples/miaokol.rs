//! Makes smart tags in Miaokol and puts them on a customer:
//! `cargo run -p leadtag --example miaokol --features miaokol`.
//!
//! Runs against an embedded sandbox with made-up data. For a real account, leave `base_url` out, or
//! set the address that the vendor gave you, such as `https://example.com/oapi`.
#![allow(clippy::print_stdout)]

use leadtag::miaokol::MiaokolClient;
use leadtag::{ContactRef, CreateTags, TagProvider};
use leadtag_sandbox::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    let access = sandbox.miaokol();
    let client = MiaokolClient::builder()
        .app_id(access.app_id)
        .app_secret(access.app_secret)
        .base_url(&access.base_url)
        .build()?;

    let request = CreateTags::in_new_group("示例分组", ["示例一", "示例二"]);
    let created = client.create_tags(&request).await?;
    for tag in &created.tags {
        println!("created {} ({})", tag.name, tag.id);
    }

    // The relation that is tagged: a WeCom account, and one of its customers.
    let contact = ContactRef::owned_by(access.rel_wxid, access.contact_wxid);

    // Miaokol can only replace the whole set, and shows nobody the present one: `assign` refuses
    // before anything is sent, and says so.
    let tag = created.tags.first().ok_or("no tag")?.id.clone();
    if let Err(refused) = client.assign(&contact, std::slice::from_ref(&tag), &[]).await {
        println!("assign: {refused}");
    }
    client.replace(&contact, &[tag]).await?;
    println!("the tags of {} are now what we said", contact.id);
    Ok(())
}
