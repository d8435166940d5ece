//! A Douyin that keeps count of one account's tokens, and a token store that can fail.
#![allow(clippy::unwrap_used, dead_code, unreachable_pub)]

use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use douyin_leads::model::ListTags;
use douyin_leads::{DouyinClient, DouyinClientBuilder};
use leadtag_core::{
    Clock, Error, MemoryTokenStore, Request, Result, RetryPolicy, StoredToken, TokenKey,
    TokenStore, async_trait,
};
use leadtag_testkit::{ManualClock, ReplayTransport, Reply};
use serde_json::json;

pub const DAY: Duration = Duration::from_secs(24 * 3600);
pub const OPEN_ID: &str = "_000E1";

/// A Douyin of one account: tokens with serial numbers, renewals counted.
#[derive(Default)]
pub struct Douyin {
    pub access: u64,
    pub refresh: u64,
    pub renewals: u32,
    pub ends: Duration,
    pub rotates: bool,
    pub open_id: Option<String>,
    pub dead: bool,
}

#[derive(Clone)]
pub struct World {
    pub clock: ManualClock,
    pub transport: Arc<ReplayTransport>,
    pub douyin: Arc<Mutex<Douyin>>,
}

pub fn form(request: &Request) -> HashMap<String, String> {
    let body = std::str::from_utf8(&request.body).unwrap();
    body.split('&')
        .filter_map(|pair| pair.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect()
}

impl World {
    pub fn new() -> Self {
        let clock = ManualClock::new();
        let douyin = Arc::new(Mutex::new(Douyin { ends: DAY * 30, ..Douyin::default() }));
        let (time, state) = (clock.clone(), Arc::clone(&douyin));
        let transport = Arc::new(ReplayTransport::handler(move |request| {
            let now = time.monotonic();
            let mut douyin = state.lock().unwrap();
            match request.url.path() {
                "/oauth/refresh_token/" => douyin.refresh(&form(request), now),
                "/oauth/renew_refresh_token/" => douyin.renew(&form(request), now),
                "/oauth/access_token/" => {
                    douyin.ends = now + DAY * 30;
                    douyin.hand_out(now)
                }
                _ => douyin.list(request),
            }
        }));
        Self { clock, transport, douyin }
    }

    pub fn builder(&self) -> DouyinClientBuilder {
        DouyinClient::builder()
            .client_key("aw1")
            .client_secret("made-up-secret")
            .open_id(OPEN_ID)
            .refresh_token("rft.0")
            .clock(Arc::new(self.clock.clone()))
            .transport(self.transport.clone())
            .retry(RetryPolicy::never())
    }

    pub fn client(&self, store: &Arc<dyn TokenStore>) -> DouyinClient {
        self.builder().token_store(Arc::clone(store)).build().unwrap()
    }

    pub fn douyin(&self) -> std::sync::MutexGuard<'_, Douyin> {
        self.douyin.lock().unwrap()
    }

    pub fn asked(&self, path: &str) -> usize {
        let requests = self.transport.requests();
        requests.iter().filter(|request| request.url.path().contains(path)).count()
    }
}

impl Douyin {
    pub fn hand_out(&mut self, now: Duration) -> Reply {
        self.access += 1;
        Reply::json(json!({"message": "success", "data": {
            "error_code": 0, "description": "",
            "access_token": format!("act.{}", self.access), "expires_in": "1296000",
            "refresh_token": format!("rft.{}", self.refresh),
            "refresh_expires_in": self.ends.saturating_sub(now).as_secs(),
            "open_id": self.open_id.as_deref().unwrap_or(OPEN_ID), "scope": "enterprise.data",
        }}))
    }

    pub fn holds(&self, form: &HashMap<String, String>, now: Duration) -> bool {
        form["refresh_token"] == format!("rft.{}", self.refresh) && now < self.ends && !self.dead
    }

    pub fn refresh(&mut self, form: &HashMap<String, String>, now: Duration) -> Reply {
        if !self.holds(form, now) {
            return refusal(10010);
        }
        self.refresh += u64::from(self.rotates);
        self.hand_out(now)
    }

    pub fn renew(&mut self, form: &HashMap<String, String>, now: Duration) -> Reply {
        if !self.holds(form, now) {
            return refusal(10010);
        }
        if self.renewals == 5 {
            return refusal(10020);
        }
        self.renewals += 1;
        self.refresh += 1;
        self.ends = now + DAY * 30;
        Reply::json(json!({"message": "success", "data": {
            "error_code": "0", "description": "",
            "refresh_token": format!("rft.{}", self.refresh), "expires_in": "2592000",
        }}))
    }

    pub fn list(&self, request: &Request) -> Reply {
        let token = request.headers["access-token"].to_str().unwrap();
        if self.dead || token != format!("act.{}", self.access) {
            return refusal(2_190_008);
        }
        Reply::json(json!({"data": {"error_code": 0, "description": "", "list": []}}))
    }
}

pub fn refusal(code: i64) -> Reply {
    Reply::json(json!({"data": {"error_code": code, "description": "no"}, "message": "error"}))
}

pub fn memory() -> Arc<dyn TokenStore> {
    Arc::new(MemoryTokenStore::new())
}

pub async fn list(client: &DouyinClient) -> Result<()> {
    client.list_tags(&ListTags::first()).await.map(drop)
}

/// A store that can be told to fail, and notes what it was given.
#[derive(Debug, Default)]
pub struct Failing {
    pub inner: MemoryTokenStore,
    pub saves_fail: AtomicBool,
    pub loads_fail: AtomicBool,
    pub refresh_saves: AtomicU64,
}

#[async_trait]
impl TokenStore for Failing {
    async fn load(&self, key: &TokenKey) -> Result<Option<StoredToken>> {
        if self.loads_fail.load(Ordering::Relaxed) {
            return Err(Error::config("disk gone"));
        }
        self.inner.load(key).await
    }

    async fn save(&self, key: &TokenKey, token: &StoredToken) -> Result<()> {
        if key.to_string().ends_with("#refresh") {
            self.refresh_saves.fetch_add(1, Ordering::Relaxed);
        }
        if self.saves_fail.load(Ordering::Relaxed) {
            return Err(Error::config("disk full"));
        }
        self.inner.save(key, token).await
    }
}
