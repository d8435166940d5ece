//! A provider of leads that keeps everything in memory.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use leadtag_core::{
    Cursor, Error, ErrorKind, Interaction, Lead, LeadCapabilities, LeadId, LeadQuery,
    LeadsProvider, Page, Platform, PlatformTime, RawJson, Result, Sent, Timestamp, UtcOffset,
    async_trait,
};
use serde_json::{Value, json};

use crate::failures::{Failures, offset, page_of};

/// The attribute that a [`MemoryLeadsProvider`] takes for a lead's group.
pub const GROUP_ATTRIBUTE: &str = "group";

/// A complete [`LeadsProvider`] in memory, with any capabilities. Clones share everything.
///
/// Leads come in the order they were added. Time filters go by `created_at`, group filters by the
/// attribute [`GROUP_ATTRIBUTE`].
#[derive(Clone)]
pub struct MemoryLeadsProvider {
    platform: Platform,
    capabilities: LeadCapabilities,
    page_size: usize,
    shared: Arc<Mutex<Shared>>,
}

#[derive(Default)]
struct Shared {
    leads: Vec<Lead>,
    interactions: BTreeMap<LeadId, Vec<Interaction>>,
    calls: Vec<LeadCall>,
    failures: Failures,
}

/// A call that reached the platform.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum LeadCall {
    /// A page of leads was listed, from this offset on.
    List(LeadQuery, usize),
    /// A lead was read.
    Get(LeadId),
    /// A page of interactions was listed.
    Interactions(LeadId),
}

impl MemoryLeadsProvider {
    /// A provider with these leads. [`lead_capabilities`](crate::lead_capabilities) has sets of
    /// capabilities, [`sample_leads`] makes leads.
    #[must_use]
    pub fn new(
        platform: Platform,
        capabilities: LeadCapabilities,
        leads: impl IntoIterator<Item = Lead>,
    ) -> Self {
        let shared = Shared { leads: leads.into_iter().collect(), ..Shared::default() };
        Self { platform, capabilities, page_size: 20, shared: Arc::new(Mutex::new(shared)) }
    }

    /// Sets the items of a page when a query asks for no number. Default: 20.
    #[must_use]
    pub fn with_page_size(mut self, size: usize) -> Self {
        self.page_size = size.max(1);
        self
    }

    /// Sets the interactions of a lead.
    #[must_use]
    pub fn with_interactions(
        self,
        lead: impl Into<LeadId>,
        interactions: impl IntoIterator<Item = Interaction>,
    ) -> Self {
        let interactions = interactions.into_iter().collect();
        self.lock().interactions.insert(lead.into(), interactions);
        self
    }

    /// Adds a lead to the end of the list, as if it had come in just now.
    pub fn push(&self, lead: Lead) {
        self.lock().leads.push(lead);
    }

    /// Puts a changed lead in the place of the one with its id, or adds it.
    pub fn upsert(&self, lead: Lead) {
        let mut shared = self.lock();
        match shared.leads.iter_mut().find(|known| known.id == lead.id) {
            Some(known) => *known = lead,
            None => shared.leads.push(lead),
        }
    }

    /// The next call fails with `error`.
    pub fn fail_next(&self, error: Error) {
        self.lock().failures.before(error);
    }

    /// The next `calls` calls succeed; what is ordered after this concerns the ones after them.
    pub fn pass_next(&self, calls: usize) {
        self.lock().failures.pass(calls);
    }

    /// Every call that reached the platform, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<LeadCall> {
        self.lock().calls.clone()
    }

    /// How many calls reached the platform.
    #[must_use]
    pub fn call_count(&self) -> usize {
        self.lock().calls.len()
    }

    fn lock(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<T>(&self, call: LeadCall, act: impl FnOnce(&Shared) -> Result<T>) -> Result<T> {
        let mut shared = self.lock();
        shared.calls.push(call);
        let reply = shared.failures.begin()?;
        reply.arrive(act(&shared)?)
    }

    fn page_size(&self, asked: Option<u32>) -> usize {
        let most = self.capabilities.max_page_size.map_or(usize::MAX, |max| max as usize);
        asked.map_or(self.page_size, |size| size as usize).min(most)
    }

    fn not_found(&self, id: &LeadId) -> Error {
        Error::new(ErrorKind::NotFound, format!("there is no lead {id}"))
            .with_sent(Sent::Yes)
            .with_context(self.platform, "memory")
    }
}

fn matches(lead: &Lead, query: &LeadQuery) -> bool {
    let created = lead.created_at.as_ref().and_then(PlatformTime::instant);
    let group = lead.attributes.get(GROUP_ATTRIBUTE).and_then(Value::as_str);
    query.since.is_none_or(|since| created.is_some_and(|at| at >= since))
        && query.until.is_none_or(|until| created.is_some_and(|at| at < until))
        && query.group.as_deref().is_none_or(|asked| group == Some(asked))
        && query.level.as_deref().is_none_or(|asked| lead.level.as_deref() == Some(asked))
}

#[async_trait]
impl LeadsProvider for MemoryLeadsProvider {
    fn platform(&self) -> Platform {
        self.platform
    }

    fn lead_capabilities(&self) -> LeadCapabilities {
        self.capabilities
    }

    async fn fetch_lead_page(
        &self,
        query: &LeadQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Lead>> {
        self.capabilities.check_query(self.platform, query)?;
        let from = match cursor {
            Some(cursor) => offset(cursor.position(self.platform, query)?)?,
            None => 0,
        };
        let found: Vec<Lead> = self.call(LeadCall::List(query.clone(), from), |shared| {
            let found = shared.leads.iter().filter(|lead| matches(lead, query));
            Ok(found.cloned().collect())
        })?;
        let (items, next) = page_of(&found, from, self.page_size(query.page_size));
        let next = next.map(|at| Cursor::new(self.platform, query, at.to_string()));
        let total = self.capabilities.total.then_some(found.len() as u64);
        Ok(Page::new(items, next).with_total(total))
    }

    async fn get_lead(&self, id: &LeadId) -> Result<Lead> {
        self.capabilities.check_get(self.platform)?;
        self.call(LeadCall::Get(id.clone()), |shared| {
            let found = shared.leads.iter().find(|lead| lead.id == *id);
            found.cloned().ok_or_else(|| self.not_found(id))
        })
    }

    async fn fetch_interaction_page(
        &self,
        id: &LeadId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Interaction>> {
        self.capabilities.check_interactions(self.platform)?;
        let list = ("interactions", id);
        let from = match cursor {
            Some(cursor) => offset(cursor.position(self.platform, &list)?)?,
            None => 0,
        };
        let found = self.call(LeadCall::Interactions(id.clone()), |shared| {
            if !shared.leads.iter().any(|lead| lead.id == *id) {
                return Err(self.not_found(id));
            }
            Ok(shared.interactions.get(id).cloned().unwrap_or_default())
        })?;
        let (items, next) = page_of(&found, from, self.page_size(None));
        let next = next.map(|at| Cursor::new(self.platform, &list, at.to_string()));
        Ok(Page::new(items, next))
    }
}

impl fmt::Debug for MemoryLeadsProvider {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MemoryLeadsProvider")
            .field("platform", &self.platform)
            .field("leads", &self.lock().leads.len())
            .finish_non_exhaustive()
    }
}

/// Made-up leads: ids `1`, `2`, …, mobiles `1990000xxxx`, addresses at example.com, one each hour
/// from 2026-01-01 08:00 China time on, in the groups `g0` and `g1` and at the levels `A` to `C`
/// by turns.
#[must_use]
pub fn sample_leads(platform: Platform, count: usize) -> Vec<Lead> {
    (1..=count).map(|number| sample_lead(platform, number)).collect()
}

fn sample_lead(platform: Platform, number: usize) -> Lead {
    const FIRST: i64 = 1_767_225_600;
    let mobile = format!("1990000{:04}", number % 10_000);
    let row = json!({ "id": number, "name": format!("客户{number}"), "mobile": mobile });
    let mut lead = Lead::new(platform, number.to_string(), raw_json(&row));
    lead.name = Some(format!("客户{number}").into());
    lead.mobiles = vec![mobile.into()];
    lead.emails = vec![format!("customer{number}@example.com").into()];
    lead.level = Some(["A", "B", "C"][number % 3].to_owned());
    let group = Value::from(format!("g{}", number % 2));
    lead.attributes.insert(GROUP_ATTRIBUTE.to_owned(), group);
    let hours = i64::try_from(number).unwrap_or_default() - 1;
    let created = Timestamp::from_unix_seconds(FIRST + 3600 * hours);
    lead.created_at = created.map(|at| PlatformTime::parse(&at.to_string(), UtcOffset::CHINA));
    lead.updated_at = lead.created_at.clone();
    lead
}

/// A value as a raw row.
pub fn raw_json(value: &Value) -> RawJson {
    // A `Value` always has a text that is JSON, so the fallback never comes.
    serde_json::from_str(&value.to_string()).unwrap_or_else(|_| RawJson::from(Box::default()))
}
