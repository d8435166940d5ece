//! From one table of the file to one provider: the only place that knows every platform's client.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use leadtag_core::config::{Settings, nearest};
use leadtag_core::{
    Clock, Diagnose, Error, LeadsProvider, Limiter, Limits, Platform, Result, SystemClock,
    TagProvider,
};

use super::document::ProviderTable;

/// Every platform of the project, also those that are not compiled in. The feature of each has its
/// name.
const KNOWN: &[&str] = &["douyin", "miaokol", "wecom", "crm-v3", "beschannels"];

/// The kind of the platform of one crate. The crates have the same names for the same things, and
/// no type in common.
#[allow(unused_macros, reason = "a build without any platform has none")]
macro_rules! kind {
    (
        $krate:ident :: $builder:ident,
        tenant: $tenant:expr,
        lists: $lists:expr,
        texts: $texts:expr,
        secrets: $secrets:expr,
        has: [$($ability:ident),+]
    ) => {
        Kind {
            platform: $krate::PLATFORM,
            keys: $krate::CONFIG_KEYS,
            texts: $texts,
            secrets: $secrets,
            apis: $krate::APIS,
            tenant: $tenant,
            lists: $lists,
            base_url: $krate::DEFAULT_BASE_URL,
            limits: $krate::default_limits,
            make: |settings, clock, limiter| {
                let builder = $krate::$builder::from_config(settings)?;
                let client = Arc::new(builder.clock(clock).limiter(limiter).build()?);
                Ok(Parts {
                    $($ability: Some(Arc::clone(&client) as _),)+
                    ..Parts::without_abilities(client)
                })
            },
        }
    };
}

/// The platforms that are compiled in.
static KINDS: &[Kind] = &[
    #[cfg(feature = "douyin")]
    kind!(
        douyin_leads::DouyinClientBuilder,
        tenant: &["client_key", "open_id"],
        lists: &[("open_id", "")],
        texts: &["open_id"],
        secrets: &[],
        has: [tags, leads]
    ),
    #[cfg(feature = "miaokol")]
    kind!(
        miaokol_smarttag::MiaokolClientBuilder,
        tenant: &["app_id"],
        lists: &[("app_id", "")],
        texts: &["app_id"],
        secrets: &["app_secret"],
        has: [tags]
    ),
    #[cfg(feature = "wecom")]
    kind!(
        wecom_corptag::WecomClientBuilder,
        tenant: &["corp_id"],
        lists: &[("corp_id", "")],
        texts: &["corp_id"],
        secrets: &["corp_secret"],
        has: [tags]
    ),
    #[cfg(feature = "crm-v3")]
    kind!(
        crm_v3::CrmV3ClientBuilder,
        tenant: &["app_id"],
        lists: &[("app_id", "")],
        texts: &["app_id"],
        secrets: &["app_key"],
        has: [tags, leads]
    ),
    #[cfg(feature = "beschannels")]
    kind!(
        beschannels_leads::BeschannelsClientBuilder,
        tenant: &["app_id"],
        lists: &[
            ("app_id", ""),
            ("user_id", ""),
            ("group_obj", "leads_schema_data"),
            ("group_id", ""),
        ],
        texts: &["app_id", "user_id"],
        secrets: &["app_secret"],
        has: [leads]
    ),
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
    /// The keys of the platform's name for the tenant, by which it counts calls. The first one that
    /// is given counts.
    tenant: &'static [&'static str],
    /// The keys that say whose lists these are, and which, with their defaults. The address and the
    /// zone of times do so on every platform.
    lists: &'static [(&'static str, &'static str)],
    base_url: &'static str,
    limits: fn() -> Limits,
    make: Make,
}

/// Makes a provider of its settings.
type Make = fn(&Settings, Arc<dyn Clock>, Arc<Limiter>) -> Result<Parts>;

/// What a provider is made of.
pub(super) struct Parts {
    pub(super) tags: Option<Arc<dyn TagProvider>>,
    pub(super) leads: Option<Arc<dyn LeadsProvider>>,
    pub(super) doctor: Arc<dyn Diagnose>,
}

impl Parts {
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
    fn without_abilities(doctor: Arc<dyn Diagnose>) -> Self {
        Self { tags: None, leads: None, doctor }
    }
}

impl Kind {
    /// Makes the provider of `table`. What was made before for the same tenant shares its limits.
    ///
    /// # Errors
    /// `ConfigInvalid` for wrong settings, and for limits that another provider of the tenant
    /// contradicts.
    pub(super) fn build(&self, table: &ProviderTable, tenants: &Tenants) -> Result<Parts> {
        let limiter = tenants.limiter(table, self)?;
        (self.make)(&table.settings, Arc::clone(&tenants.clock), limiter)
    }

    /// A fingerprint of what the provider's lists are lists of.
    ///
    /// # Errors
    /// `ConfigInvalid` for wrong settings.
    pub(super) fn account(&self, table: &ProviderTable) -> Result<String> {
        let settings = &table.settings;
        let mut hash = hmac_sha256::Hash::new();
        let mut add = |key: &str, value: &str| {
            for part in [key, value] {
                hash.update((part.len() as u64).to_be_bytes());
                hash.update(part);
            }
        };
        add("platform", self.platform.as_str());
        add("base_url", &settings.base_url(self.base_url)?.to_string());
        let offset = settings.utc_offset()?.unwrap_or_default();
        add("utc_offset", &offset.as_seconds().to_string());
        for (key, default) in self.lists {
            add(key, settings.text(key)?.unwrap_or(default).trim());
        }
        let hash = hash.finalize();
        Ok(hash.iter().take(16).map(|byte| format!("{byte:02x}")).collect())
    }

    /// The platform that the table names.
    ///
    /// # Errors
    /// `ConfigInvalid` if it names none, an unknown one, or one that is not compiled in.
    pub(super) fn of(table: &ProviderTable) -> Result<&'static Self> {
        let name = table.settings.required_text("platform")?;
        if let Some(kind) = KINDS.iter().find(|kind| kind.platform.as_str() == name) {
            return Ok(kind);
        }
        let why = if KNOWN.contains(&name) {
            format!("this program was built without {name}; build it with the feature {name}")
        } else {
            let near = nearest(name, KNOWN.iter().copied())
                .map_or_else(String::new, |near| format!("did you mean {near}? "));
            format!("unknown platform {name:?}; {near}known: {}", KNOWN.join(", "))
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
    /// The limiter of the tenant that the table belongs to. The first provider that is made sets
    /// the limits.
    ///
    /// # Errors
    /// `ConfigInvalid` for wrong limits, and if another provider of the tenant has set other ones.
    fn limiter(&self, table: &ProviderTable, kind: &Kind) -> Result<Arc<Limiter>> {
        let settings = &table.settings;
        let mut names = kind.tenant.iter().filter_map(|key| settings.text(key).transpose());
        let name = names.next().transpose()?.unwrap_or_default();
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
        let limiter = Arc::new(Limiter::new(limits.clone(), Arc::clone(&self.clock)));
        limiters.insert(tenant, (limits, Arc::clone(&limiter)));
        Ok(limiter)
    }
}
