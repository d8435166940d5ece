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
/// Leads come in the order they were added, or, with the capability `oldest_first`, by `created_at`.
/// Time filters go by `created_at`, group filters by the attribute [`GROUP_ATTRIBUTE`]. Pages are
/// cut by offsets: they shift when leads come or go while a list is read.
#[derive(Clone)]
pub struct MemoryLeadsProvider {
    platform: Platform,
    capabilities: LeadCapabilities,
    page_size: usize,
    newest_first: bool,
    times_hidden: bool,
    shared: Arc<Mutex<Shared>>,
}

/// What happens after a call: it may change the leads.
type Hook = Box<dyn FnMut(&LeadCall, &mut Vec<Lead>) + Send>;

#[derive(Default)]
struct Shared {
    leads: Vec<Lead>,
    interactions: BTreeMap<LeadId, Vec<Interaction>>,
    calls: Vec<LeadCall>,
    failures: Failures,
    after_each: Option<Hook>,
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
        Self {
            platform,
            capabilities,
            page_size: 20,
            newest_first: false,
            times_hidden: false,
            shared: Arc::new(Mutex::new(shared)),
        }
    }

    /// Lists the leads that were created last first.
    #[must_use]
    pub fn newest_first(mut self) -> Self {
        self.newest_first = true;
        self
    }

    /// Lists leads without the times they were created and changed. Filters know them all the same.
    #[must_use]
    pub fn hiding_times(mut self) -> Self {
        self.times_hidden = true;
        self
    }

    /// After each call that was answered `hook` may change the leads: so they come, go and change
    /// while they are read.
    #[must_use]
    pub fn after_each(self, hook: impl FnMut(&LeadCall, &mut Vec<Lead>) + Send + 'static) -> Self {
        self.lock().after_each = Some(Box::new(hook));
        self
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

    /// Takes a lead away. Tells whether it was there.
    pub fn remove(&self, id: &LeadId) -> bool {
        let mut shared = self.lock();
        let before = shared.leads.len();
        shared.leads.retain(|lead| lead.id != *id);
        shared.leads.len() < before
    }

    /// Puts a changed lead in the place of the one with its id, or adds it.
    pub fn upsert(&self, lead: Lead) {
        let mut shared = self.lock();
        match shared.leads.iter_mut().find(|known| known.id == lead.id) {
            Some(known) => *known = lead,
            None => shared.leads.push(lead),
        }
    }

    /// The leads as they are, in the order they were added.
    #[must_use]
    pub fn leads(&self) -> Vec<Lead> {
        self.lock().leads.clone()
    }

    /// The next call fails with `error`.
    pub fn fail_next(&self, error: Error) {
        self.lock().failures.before(error);
    }

    /// The next `calls` calls succeed; what is ordered after this concerns the ones after them.
    pub fn pass_next(&self, calls: usize) {
        self.lock().failures.pass(calls);
    }

    /// Nothing that was ordered and did not happen yet will happen.
    pub fn forget_failures(&self) {
        self.lock().failures = Failures::default();
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
        shared.calls.push(call.clone());
        let reply = shared.failures.begin()?;
        let value = act(&shared)?;
        let Shared { leads, after_each, .. } = &mut *shared;
        if let Some(hook) = after_each {
            hook(&call, leads);
        }
        reply.arrive(value)
    }

    /// A page of the leads that a query asks for, the place of the next one, and how many there are.
    fn list(&self, shared: &Shared, query: &LeadQuery, from: usize) -> Listed {
        let mut found: Vec<&Lead> =
            shared.leads.iter().filter(|lead| matches(lead, query)).collect();
        if self.newest_first {
            found.sort_by_key(|lead| std::cmp::Reverse(created(lead)));
        } else if self.capabilities.oldest_first {
            found.sort_by_key(|lead| created(lead));
        }
        let (page, next) = page_of(&found, from, self.page_size(query.page_size));
        let mut items: Vec<Lead> = page.into_iter().cloned().collect();
        if self.times_hidden {
            items.iter_mut().for_each(|lead| (lead.created_at, lead.updated_at) = (None, None));
        }
        (items, next, found.len() as u64)
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

/// Leads, the place of the next page, and how many there are in all.
type Listed = (Vec<Lead>, Option<usize>, u64);

fn created(lead: &Lead) -> Option<Timestamp> {
    lead.created_at.as_ref().and_then(PlatformTime::instant)
}

fn matches(lead: &Lead, query: &LeadQuery) -> bool {
    let created = created(lead);
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
        let call = LeadCall::List(query.clone(), from);
        let (items, next, total) = self.call(call, |shared| Ok(self.list(shared, query, from)))?;
        let next = next.map(|at| Cursor::new(self.platform, query, at.to_string()));
        Ok(Page::new(items, next).with_total(self.capabilities.total.then_some(total)))
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
    RawJson::of(value).unwrap_or_else(|_| RawJson::from(Box::default()))
}
