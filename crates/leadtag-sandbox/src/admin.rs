//! The handle by which a test looks into the sandbox and disturbs it.

mod beschannels;
mod crm_v3;
mod douyin;
pub(crate) mod http;
mod miaokol;

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use serde_json::Value;

use crate::fault::FaultSpec;
use crate::platforms::Platforms;
use crate::record::RecordedRequest;
use crate::service::Service;
use crate::shared::Shared;

/// Inspects and disturbs a running sandbox; clones share it.
///
/// API names are what tells the documented paths apart: for WeCom the last part
/// (`add_corp_tag`, and `batch_get_by_user` for `batch/get_by_user`).
#[derive(Clone)]
pub struct Admin {
    addr: SocketAddr,
    shared: Arc<Shared>,
    platforms: Platforms,
}

impl Admin {
    pub(crate) fn new(addr: SocketAddr, shared: Arc<Shared>, platforms: Platforms) -> Self {
        Self { addr, shared, platforms }
    }

    /// Adds a fault. Faults are used up in the order they were injected, one per call.
    pub fn inject(&self, fault: impl Into<FaultSpec>) {
        self.shared.faults.add(fault.into());
    }

    /// Drops every waiting fault and opens the APIs that `rate-limited` closed.
    pub fn clear_faults(&self) {
        self.shared.faults.clear();
    }

    /// The faults not used up yet.
    #[must_use]
    pub fn waiting_faults(&self) -> Vec<FaultSpec> {
        self.shared.faults.waiting()
    }

    /// Requests received by an API, refused and faulty ones included.
    #[must_use]
    pub fn calls(&self, api: &str) -> u64 {
        self.shared.counters.calls(api)
    }

    /// Calls of an API that really changed the state, whatever the caller was told.
    #[must_use]
    pub fn commits(&self, api: &str) -> u64 {
        self.shared.counters.commits(api)
    }

    /// The most requests an API had in flight at once.
    #[must_use]
    pub fn max_in_flight(&self, api: &str) -> usize {
        self.shared.counters.max_in_flight(api)
    }

    /// The most requests in flight at once that write one contact's tags: WeCom's `mark_tag` on an
    /// external_userid, Miaokol's `smart-tag/updateContact` on a pair of wxids.
    #[must_use]
    pub fn max_in_flight_per_contact(&self) -> usize {
        self.shared.counters.max_per_contact()
    }

    /// Calls, commits, maxima and recorded requests of every API, and the tokens issued.
    pub fn reset_counts(&self) {
        self.shared.counters.reset();
        self.shared.recorder.clear();
        self.platforms.all().iter().for_each(|service| service.reset_issued_tokens());
    }

    /// The last requests to an API, oldest first: at most 1,000 over all APIs, none with
    /// `record(false)`.
    #[must_use]
    pub fn requests(&self, api: &str) -> Vec<RecordedRequest> {
        self.shared.recorder.of(Some(api))
    }

    /// The last requests to all APIs, oldest first.
    #[must_use]
    pub fn all_requests(&self) -> Vec<RecordedRequest> {
        self.shared.recorder.of(None)
    }

    /// Tokens made since the start or the last reset; the same token answered again is not counted.
    #[must_use]
    pub fn issued_tokens(&self) -> u64 {
        self.platforms.all().iter().map(|service| service.issued_tokens()).sum()
    }

    /// Lets every token issued so far expire, on every platform.
    pub fn expire_tokens(&self) {
        self.platforms.all().iter().for_each(|service| service.expire_tokens());
    }

    /// Revokes every token issued so far, on every platform.
    pub fn revoke_tokens(&self) {
        self.platforms.all().iter().for_each(|service| service.revoke_tokens());
    }

    /// Whether every token is refused on every platform, those issued later as well.
    pub fn reject_all_tokens(&self, reject: bool) {
        self.platforms.all().iter().for_each(|service| service.reject_all_tokens(reject));
    }

    /// Lets calls wait before they are processed, in real time: those of one API, or with `None`
    /// all of them, which replaces what was set for single APIs. A caller that leaves while its call
    /// waits has changed nothing.
    pub fn set_latency(&self, api: Option<&str>, latency: Duration) {
        self.shared.latency.set(api, latency);
    }

    /// The delay of the `slow` fault, in real time.
    pub fn set_slow_delay(&self, delay: Duration) {
        self.shared.set_slow(delay);
    }

    /// How many seconds of the sandbox clock the `rate-limited` fault keeps an API closed from now
    /// on, which is also what a gateway says in `Retry-After`; 60 unless configured.
    pub fn set_closed_seconds(&self, seconds: u64) {
        self.shared.faults.set_closed_seconds(seconds);
    }

    /// Whether the platforms' real rate limits hold, by the sandbox clock.
    pub fn set_limits_enforced(&self, enforced: bool) {
        self.shared.limits_enforced.store(enforced, Ordering::Relaxed);
    }

    /// Moves the sandbox clock forward: tokens expire and rate windows open.
    pub fn advance_clock(&self, by: Duration) {
        self.shared.clock.advance(by);
    }

    /// Everything that matters of the state, by platform; what the others hold stands in the README:
    /// `{"wecom": {"tag_group": [… "deleted", "app", "tag": [… "deleted", "app"]], "marks":
    /// [{"userid", "external_userid", "tag_id": []}]}}`. Deleted groups and tags are included.
    /// Of more than 10,000 customers it shows the first, and all that were marked.
    #[must_use]
    pub fn snapshot(&self) -> Value {
        let state = |service: &Arc<dyn Service>| (service.name().to_owned(), service.snapshot());
        Value::Object(self.platforms.all().iter().map(state).collect())
    }

    /// Adds groups of tags to WeCom's corp tags, for measurements at scale. The corp's limit of 10,000
    /// tags is not checked.
    pub fn add_tags(&self, groups: usize, tags_per_group: usize) {
        self.platforms.wecom.add_tags(groups, tags_per_group);
    }

    /// Lets more (made-up) members have a WeCom customer, so that `get` has pages; `false` if there
    /// is no such customer.
    pub fn add_followers(&self, external_userid: &str, count: usize) -> bool {
        self.platforms.wecom.add_followers(external_userid, count)
    }

    pub(crate) fn config_toml(&self) -> String {
        self.config_toml_for(|_| true)
    }

    pub(crate) fn config_toml_for(&self, wanted: impl Fn(&str) -> bool) -> String {
        let all = self.platforms.all();
        let all = all.iter().filter(|service| wanted(service.name()));
        all.map(|service| service.config_toml(self.addr)).collect::<Vec<_>>().join("\n")
    }
}

impl fmt::Debug for Admin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // The state behind it can be a thousand tags long.
        f.debug_struct("Admin").field("addr", &self.addr).finish_non_exhaustive()
    }
}
