//! Tags a customer in WeCom: `cargo run -p leadtag --example wecom --features wecom`.
//!
//! Runs against an embedded sandbox with made-up data. For a real corp, leave `base_url` out and
//! fill in the corp's id and the app's secret.
#![allow(clippy::print_stdout)]

use leadtag::wecom::WecomClient;
use leadtag::wecom::model::{AddCorpTag, MarkTag, NewCorpTag};
use leadtag_sandbox::Sandbox;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let sandbox = Sandbox::start().await?;
    let access = sandbox.wecom();
    let client = WecomClient::builder()
        .corp_id(access.corp_id)
        .corp_secret(access.corp_secret)
        .base_url(&access.base_url)
        .build()?;

    let new = AddCorpTag::in_group_named("示例分组", [NewCorpTag::new("示例标签")]);
    let added = client.add_corp_tag(&new).await?.into_value();
    let tag = added.tag_group.tag.first().ok_or("no tag came back")?;
    println!("created {} ({})", tag.name, tag.id);

    let member = access.userids.first().ok_or("no member")?;
    let customers = client.list_external_contacts(member).await?.into_value();
    let customer = customers.external_userid.first().ok_or("no customer")?;
    client.mark_tag(&MarkTag::new(member, customer).with_add([tag.id.clone()])).await?;
    println!("tagged {customer}, a customer of {member}");
    Ok(())
}
