//! Whether an account can be used.

use std::time::Duration;

use leadtag_core::doctor::{DateNote, Findings};
use leadtag_core::{Answer, Body, Check, Diagnose, Error, Idempotency, Result, async_trait};

use crate::client::{Empty, post};
use crate::error::WRONG_TIME;
use crate::fields::PROFILE_FIELDS;
use crate::model::{Listed, ProfileField};
use crate::{CrmV3Client, PLATFORM, envelope};

/// Five checks: reachability, credentials, clock, permission, limits. Lists the definitions of
/// fields.
#[async_trait]
impl Diagnose for CrmV3Client {
    async fn diagnose(&self) -> Vec<Check> {
        let date = DateNote::default();
        let probe = self.count_fields(&date).await;
        // How far the clock may be off is not documented; after this refusal it is too far.
        let refused = matches!(&probe, Err(error) if error.platform_code() == Some(WRONG_TIME));
        Findings {
            service: "CRM v3",
            credentials: "app_id and app_key",
            token: None,
            probe,
            date: date.told(),
            now: self.pipeline().clock().now(),
            clock_tolerance: refused.then_some(Duration::ZERO),
            paused: self.limiter().status(PROFILE_FIELDS).paused,
            remedy: &no_remedy,
        }
        .checks()
    }
}

impl CrmV3Client {
    /// Lists the definitions of fields, and notes the time that stands in the answer's head.
    async fn count_fields(&self, date: &DateNote) -> Result<String> {
        let body = Empty {}.checked(PLATFORM, PROFILE_FIELDS)?;
        let call = post(PROFILE_FIELDS, Idempotency::Idempotent, body);
        let clock = self.pipeline().clock();
        let decode = |answer: &Answer| {
            date.take(answer);
            envelope::decode_list::<Listed<ProfileField>>(answer, clock.now())
        };
        let fields = self.pipeline().run(&call, &decode).await?.into_value();
        Ok(format!("{} fields", fields.0.len()))
    }
}

fn no_remedy(_: &Error) -> Option<String> {
    None
}
