//! From one table of the file to one provider: the only place that knows every platform's client.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use leadtag_core::config::nearest;
use leadtag_core::{
    Clock, Diagnose, Error, LeadsProvider, Limiter, Limits, Platform, Result, SystemClock,
    TagProvider,
};

use super::document::ProviderTable;

/// Every platform of the project with the feature that compiles it in, also those that are not.
const KNOWN: &[(&str, &str)] = &[
    ("douyin", "douyin"),
    ("miaokol", "miaokol"),
    ("wecom", "wecom"),
    ("crm-v3", "crm-v3"),
    ("beschannels", "beschannels"),
];

/// The platforms that are compiled in.
static KINDS: &[Kind] = &[
    #[cfg(feature = "douyin")]
    douyin::KIND,
    #[cfg(feature = "miaokol")]
    miaokol::KIND,
    #[cfg(feature = "wecom")]
    wecom::KIND,
    #[cfg(feature = "crm-v3")]
    crm_v3::KIND,
    #[cfg(feature = "beschannels")]
    beschannels::KIND,
];

/// How the providers of one platform are made.
pub(super) struct Kind {
    pub(super) platform: Platform,
    /// The keys beyond those that every platform has.
    pub(super) keys: &'static [&'static str],
    /// Those of them that must be there: texts, and secrets.
    pub(super) texts: &'static [&'static str],
    pub(super) secrets: &'static [&'static str],
    /// The APIs that may have limits of their own.
    pub(super) apis: &'static [&'static str],
    /// The key of the platform's name for the tenant, by which it counts calls.
    tenant: &'static str,
    base_url: &'static str,
    limits: fn() -> Limits,
    pub(super) build: fn(&ProviderTable, &Tenants) -> Result<Parts>,
}

/// What a provider is made of.
pub(super) struct Parts {
    pub(super) tags: Option<Arc<dyn TagProvider>>,
    pub(super) leads: Option<Arc<dyn LeadsProvider>>,
    pub(super) doctor: Arc<dyn Diagnose>,
}

impl Kind {
    /// The platform that the table names.
    ///
    /// # Errors
    /// `ConfigInvalid` if it names none, an unknown one, or one that is not compiled in.
    pub(super) fn of(table: &ProviderTable) -> Result<&'static Self> {
        let name = table.settings.required_text("platform")?;
        if let Some(kind) = KINDS.iter().find(|kind| kind.platform.as_str() == name) {
            return Ok(kind);
        }
        let why = match KNOWN.iter().find(|(known, _)| *known == name) {
            Some((_, feature)) => format!(
                "this program was built without {name}; build it with the feature {feature}"
            ),
            None => {
                let names = || KNOWN.iter().map(|(known, _)| *known);
                let near = nearest(name, names())
                    .map_or_else(String::new, |near| format!("did you mean {near}? "));
                let all: Vec<_> = names().collect();
                format!("unknown platform {name:?}; {near}known: {}", all.join(", "))
            }
        };
        Err(Error::config(table.place("platform", &why)))
    }
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Kind({})", self.platform)
    }
}

/// What the providers of one tenant share: platforms count calls per tenant, whatever the number
/// of providers that the file has for it.
pub(super) struct Tenants {
    /// One clock for all: limiters and clients compare its monotonic times.
    clock: Arc<dyn Clock>,
    limiters: Mutex<HashMap<String, (Limits, Arc<Limiter>)>>,
}

impl Default for Tenants {
    fn default() -> Self {
        Self { clock: Arc::new(SystemClock::new()), limiters: Mutex::default() }
    }
}

impl Tenants {
    fn clock(&self) -> Arc<dyn Clock> {
        Arc::clone(&self.clock)
    }

    /// The limiter of the tenant that the table belongs to. The first provider that is made sets
    /// the limits.
    ///
    /// # Errors
    /// `ConfigInvalid` for wrong limits, and if another provider of the tenant has set other ones.
    #[cfg_attr(
        not(any(
            feature = "douyin",
            feature = "miaokol",
            feature = "wecom",
            feature = "crm-v3",
            feature = "beschannels"
        )),
        expect(dead_code, reason = "no platform")
    )]
    fn limiter(&self, table: &ProviderTable, kind: &Kind) -> Result<Arc<Limiter>> {
        let settings = &table.settings;
        let name = settings.required_text(kind.tenant)?;
        let tenant = format!("{} {name} {}", kind.platform, settings.base_url(kind.base_url)?);
        let limits = settings.limits((kind.limits)(), kind.apis)?;
        let mut limiters = self.limiters.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((held, limiter)) = limiters.get(&tenant) {
            if *held != limits {
                let why = "another provider of the same tenant has other limits, and the \
                           platform counts their calls together; give both the same";
                return Err(Error::config(table.place("limits", why)));
            }
            return Ok(Arc::clone(limiter));
        }
        let limiter = Arc::new(Limiter::new(limits.clone(), self.clock()));
        limiters.insert(tenant, (limits, Arc::clone(&limiter)));
        Ok(limiter)
    }
}

#[cfg(feature = "douyin")]
mod douyin {
    use douyin_leads::{
        APIS, CONFIG_KEYS, DEFAULT_BASE_URL, DouyinClientBuilder, PLATFORM, default_limits,
    };

    use super::{Arc, Kind, Parts, ProviderTable, Result, Tenants};

    pub(super) const KIND: Kind = Kind {
        platform: PLATFORM,
        keys: CONFIG_KEYS,
        texts: &["open_id"],
        secrets: &[],
        apis: APIS,
        tenant: "open_id",
        base_url: DEFAULT_BASE_URL,
        limits: default_limits,
        build,
    };

    fn build(table: &ProviderTable, tenants: &Tenants) -> Result<Parts> {
        let limiter = tenants.limiter(table, &KIND)?;
        let builder = DouyinClientBuilder::from_config(&table.settings)?;
        let client = Arc::new(builder.clock(tenants.clock()).limiter(limiter).build()?);
        Ok(Parts {
            tags: Some(Arc::clone(&client) as _),
            leads: Some(Arc::clone(&client) as _),
            doctor: client,
        })
    }
}

#[cfg(feature = "miaokol")]
mod miaokol {
    use miaokol_smarttag::{
        APIS, CONFIG_KEYS, DEFAULT_BASE_URL, MiaokolClientBuilder, PLATFORM, default_limits,
    };

    use super::{Arc, Kind, Parts, ProviderTable, Result, Tenants};

    pub(super) const KIND: Kind = Kind {
        platform: PLATFORM,
        keys: CONFIG_KEYS,
        texts: &["app_id"],
        secrets: &["app_secret"],
        apis: APIS,
        tenant: "app_id",
        base_url: DEFAULT_BASE_URL,
        limits: default_limits,
        build,
    };

    fn build(table: &ProviderTable, tenants: &Tenants) -> Result<Parts> {
        let limiter = tenants.limiter(table, &KIND)?;
        let builder = MiaokolClientBuilder::from_config(&table.settings)?;
        let client = Arc::new(builder.clock(tenants.clock()).limiter(limiter).build()?);
        Ok(Parts { tags: Some(Arc::clone(&client) as _), leads: None, doctor: client })
    }
}

#[cfg(feature = "wecom")]
mod wecom {
    use wecom_corptag::{
        APIS, CONFIG_KEYS, DEFAULT_BASE_URL, PLATFORM, WecomClientBuilder, default_limits,
    };

    use super::{Arc, Kind, Parts, ProviderTable, Result, Tenants};

    pub(super) const KIND: Kind = Kind {
        platform: PLATFORM,
        keys: CONFIG_KEYS,
        texts: &["corp_id"],
        secrets: &["corp_secret"],
        apis: APIS,
        tenant: "corp_id",
        base_url: DEFAULT_BASE_URL,
        limits: default_limits,
        build,
    };

    fn build(table: &ProviderTable, tenants: &Tenants) -> Result<Parts> {
        let limiter = tenants.limiter(table, &KIND)?;
        let builder = WecomClientBuilder::from_config(&table.settings)?;
        let client = Arc::new(builder.clock(tenants.clock()).limiter(limiter).build()?);
        Ok(Parts { tags: Some(Arc::clone(&client) as _), leads: None, doctor: client })
    }
}

#[cfg(feature = "crm-v3")]
mod crm_v3 {
    use crm_v3::{
        APIS, CONFIG_KEYS, CrmV3ClientBuilder, DEFAULT_BASE_URL, PLATFORM, default_limits,
    };

    use super::{Arc, Kind, Parts, ProviderTable, Result, Tenants};

    pub(super) const KIND: Kind = Kind {
        platform: PLATFORM,
        keys: CONFIG_KEYS,
        texts: &["app_id"],
        secrets: &["app_key"],
        apis: APIS,
        tenant: "app_id",
        base_url: DEFAULT_BASE_URL,
        limits: default_limits,
        build,
    };

    fn build(table: &ProviderTable, tenants: &Tenants) -> Result<Parts> {
        let limiter = tenants.limiter(table, &KIND)?;
        let builder = CrmV3ClientBuilder::from_config(&table.settings)?;
        let client = Arc::new(builder.clock(tenants.clock()).limiter(limiter).build()?);
        Ok(Parts {
            tags: Some(Arc::clone(&client) as _),
            leads: Some(Arc::clone(&client) as _),
            doctor: client,
        })
    }
}

#[cfg(feature = "beschannels")]
mod beschannels {
    use beschannels_leads::{
        APIS, BeschannelsClientBuilder, CONFIG_KEYS, DEFAULT_BASE_URL, PLATFORM, default_limits,
    };

    use super::{Arc, Kind, Parts, ProviderTable, Result, Tenants};

    pub(super) const KIND: Kind = Kind {
        platform: PLATFORM,
        keys: CONFIG_KEYS,
        texts: &["app_id", "user_id"],
        secrets: &["app_secret"],
        apis: APIS,
        tenant: "app_id",
        base_url: DEFAULT_BASE_URL,
        limits: default_limits,
        build,
    };

    fn build(table: &ProviderTable, tenants: &Tenants) -> Result<Parts> {
        let limiter = tenants.limiter(table, &KIND)?;
        let builder = BeschannelsClientBuilder::from_config(&table.settings)?;
        let client = Arc::new(builder.clock(tenants.clock()).limiter(limiter).build()?);
        Ok(Parts { tags: None, leads: Some(Arc::clone(&client) as _), doctor: client })
    }
}
