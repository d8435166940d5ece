//! The three platforms that have leads, as every process of the measurement reaches them.

use std::io::Read as _;
use std::sync::Arc;

use beschannels_leads::BeschannelsClient;
use crm_v3::CrmV3Client;
use douyin_leads::DouyinClient;
use leadtag_core::{ApiLimit, LeadsProvider, Limits, Transport};
use leadtag_sandbox::Sandbox;
use serde::{Deserialize, Serialize};

use crate::{Result, output};

/// What is measured, in the order of the tables.
pub(crate) const PLATFORMS: [&str; 3] = ["douyin", "crm-v3", "beschannels"];

/// How a sandbox is reached: base URLs and what opens them.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct World {
    douyin: [String; 5],
    crm_v3: [String; 3],
    beschannels: [String; 6],
}

impl World {
    fn of(sandbox: &Sandbox) -> Self {
        let (douyin, crm, be) = (sandbox.douyin(), sandbox.crm_v3(), sandbox.beschannels());
        Self {
            douyin: [
                douyin.base_url,
                douyin.client_key,
                douyin.client_secret,
                douyin.open_id,
                douyin.refresh_token,
            ],
            crm_v3: [crm.base_url, crm.app_id, crm.app_key],
            beschannels: [
                be.base_url,
                be.app_id,
                be.app_secret,
                be.user_id,
                be.group_obj,
                be.group_id,
            ],
        }
    }

    /// Where a platform is.
    pub(crate) fn base_url(&self, platform: &str) -> &str {
        match platform {
            "douyin" => &self.douyin[0],
            "crm-v3" => &self.crm_v3[0],
            _ => &self.beschannels[0],
        }
    }

    /// What a platform's section of a configuration says.
    pub(crate) fn keys(&self, platform: &str) -> Vec<(&'static str, &str)> {
        const DOUYIN: [&str; 5] =
            ["base_url", "client_key", "client_secret", "open_id", "refresh_token"];
        const CRM_V3: [&str; 3] = ["base_url", "app_id", "app_key"];
        const BESCHANNELS: [&str; 6] =
            ["base_url", "app_id", "app_secret", "user_id", "group_obj", "group_id"];
        let (keys, values): (&[_], &[String]) = match platform {
            "douyin" => (&DOUYIN, &self.douyin),
            "crm-v3" => (&CRM_V3, &self.crm_v3),
            _ => (&BESCHANNELS, &self.beschannels),
        };
        keys.iter().copied().zip(values.iter().map(String::as_str)).collect()
    }

    /// A platform's client without limits.
    pub(crate) fn client(
        &self,
        platform: &str,
        transport: Option<Arc<dyn Transport>>,
    ) -> Result<Arc<dyn LeadsProvider>> {
        // What the platforms allow in a minute is over in a moment.
        let limits = Limits::each(ApiLimit::none());
        Ok(match platform {
            "douyin" => {
                let [base_url, key, secret, open_id, refresh_token] = &self.douyin;
                let mut client = DouyinClient::builder()
                    .client_key(key)
                    .client_secret(secret.as_str())
                    .open_id(open_id)
                    .refresh_token(refresh_token.as_str())
                    .base_url(base_url)
                    .limits(limits);
                if let Some(transport) = transport {
                    client = client.transport(transport);
                }
                Arc::new(client.build()?)
            }
            "crm-v3" => {
                let [base_url, app_id, app_key] = &self.crm_v3;
                let mut client = CrmV3Client::builder()
                    .app_id(app_id)
                    .app_key(app_key.as_str())
                    .base_url(base_url)
                    .limits(limits);
                if let Some(transport) = transport {
                    client = client.transport(transport);
                }
                Arc::new(client.build()?)
            }
            "beschannels" => {
                let [base_url, app_id, app_secret, user_id, group_obj, group_id] =
                    &self.beschannels;
                let mut client = BeschannelsClient::builder()
                    .app_id(app_id)
                    .app_secret(app_secret.as_str())
                    .user_id(user_id)
                    .group_obj(group_obj.as_str())
                    .group_id(group_id)
                    .base_url(base_url)
                    .limits(limits);
                if let Some(transport) = transport {
                    client = client.transport(transport);
                }
                Arc::new(client.build()?)
            }
            other => return Err(format!("there is no platform {other:?}").into()),
        })
    }
}

/// A sandbox with so many leads of each platform, until standard input ends. Prints how it is
/// reached.
pub(crate) fn serve(leads: &str) -> Result<()> {
    let leads: usize = leads.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let sandbox = Sandbox::builder().record(false).leads(leads).start().await?;
        output::line(&serde_json::to_string(&World::of(&sandbox))?);
        tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0])).await??;
        Ok(())
    })
}
