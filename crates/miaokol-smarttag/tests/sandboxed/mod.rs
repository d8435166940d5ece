//! Clients of the sandbox.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::time::Duration;

use leadtag_core::{ContactRef, Limits, RetryPolicy};
use leadtag_sandbox::Sandbox;
use miaokol_smarttag::model::{ListContacts, ListWechat};
use miaokol_smarttag::{MiaokolClient, MiaokolClientBuilder};

pub fn builder(sandbox: &Sandbox) -> MiaokolClientBuilder {
    let access = sandbox.miaokol();
    MiaokolClient::builder()
        .app_id(access.app_id)
        .app_secret(access.app_secret)
        .base_url(&access.base_url)
}

/// Without waiting: neither between attempts nor for the limit of a minute.
pub fn quick(builder: MiaokolClientBuilder) -> MiaokolClientBuilder {
    builder
        .limits(Limits::none())
        .retry(RetryPolicy::default().with_base_delay(Duration::from_millis(1)))
}

pub fn client(sandbox: &Sandbox) -> MiaokolClient {
    quick(builder(sandbox)).build().unwrap()
}

/// A customer of one of the tenant's accounts.
pub async fn some_customer(client: &MiaokolClient) -> ContactRef {
    let accounts = client.list_wechat(&ListWechat::new()).await.unwrap();
    let account = accounts.items[0].wxid.clone().unwrap();
    let contacts = client.list_contacts(&ListContacts::of(account.reveal())).await.unwrap();
    let wxid = contacts.items[0].extra.get("wxid").unwrap().as_str().unwrap();
    ContactRef::owned_by(account.reveal(), wxid)
}
