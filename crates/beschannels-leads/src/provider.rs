//! The leads of one group as a [`LeadsProvider`].

pub(crate) mod place;

use leadtag_core::{
    Cursor, Error, ErrorKind, Interaction, Lead, LeadCapabilities, LeadId, LeadQuery,
    LeadsProvider, Page, Platform, RawJson, Result, Sent, UtcOffset, async_trait,
};
use serde::{Deserialize, Deserializer};

use self::place::{Mark, Place, id_of};
use crate::client::{invalid, post_parts};
use crate::leads::GROUP_USER_LIST;
use crate::model::{GroupObj, GroupUserList, GroupUserPage, LeadRow};
use crate::{BeschannelsClient, PLATFORM, envelope};

/// Leads per page unless a query says otherwise. No limit is documented for this list; 50 is the
/// largest page that a neighbouring endpoint takes.
pub const DEFAULT_PAGE_SIZE: u32 = 50;

/// How often a list is followed that moves while a page of it is put together.
const ROUNDS: usize = 4;

/// So many pages without leads are passed by where more are owed.
const GAP: u32 = 20;

const LIST: &str = "list_leads";

/// What the provider can do.
///
/// A single lead and its interactions cannot be read: `leads-details` and `leads-behavior-list`
/// take an integer id, and a group gives UUIDs. Their typed methods are there all the same.
#[must_use]
pub fn lead_capabilities() -> LeadCapabilities {
    let mut can = LeadCapabilities::none();
    can.list = true;
    can.filter_by_group = true;
    can.filter_by_kind = true;
    can.total = true;
    can
}

/// The leads of the client's group, or of the one that a query names: `group` is a group's id,
/// `kind` a kind of object ([`GroupObj`]). There is no filter by time.
///
/// A lead's id is its `identity_id`; without one its `identity_value`; without both `row-` and a
/// hash of the row, which changes with it.
///
/// # While leads come and go
/// The platform pages by number, and rows move when leads come in or go. Each page is therefore
/// joined to the leads given last, and read again where there may be a gap:
/// - A lead that comes in on top is neither given nor makes another one miss, however many come, nor
///   come twice, but see below. It is found when the list is read again.
/// - Leads that go make no other one miss.
/// - A list that comes without a total costs four calls for each page: the page before is read
///   again before and after it, to see whether it moved.
/// - A page without leads, where the total promises more, is asked for once more, and then up to twenty
///   behind it. A page behind the second that cannot be asked for, or is the one before it again, is
///   the end of the list.
/// - The total is trusted to change when leads go, and new leads are trusted to come in on top:
///   newest first is what the vendor's sample shows, not what the documents promise. Leads that are
///   put into another order while they are read may be missed or come twice.
/// - If sixteen or more leads in a row go right behind the last page, some may come twice; so they may
///   if more than a page comes in on top between any two requests, several times in a row.
#[async_trait]
impl LeadsProvider for BeschannelsClient {
    fn platform(&self) -> Platform {
        PLATFORM
    }

    fn lead_capabilities(&self) -> LeadCapabilities {
        lead_capabilities()
    }

    async fn fetch_lead_page(
        &self,
        query: &LeadQuery,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Lead>> {
        lead_capabilities().check_query(PLATFORM, query)?;
        let list = List::new(self, query)?;
        match cursor {
            None => list.first().await,
            Some(cursor) => {
                let position = cursor.position(PLATFORM, &list.identity())?;
                let place = position
                    .parse()
                    .map_err(|_| invalid(LIST, "the cursor holds no place in a list"))?;
                list.resume(place).await
            }
        }
    }

    async fn get_lead(&self, _: &LeadId) -> Result<Lead> {
        Err(Error::unsupported(
            PLATFORM,
            "get_lead",
            "a lead is read by an integer id, which groups do not give; use leads_details",
        ))
    }

    async fn fetch_interaction_page(
        &self,
        _: &LeadId,
        _: Option<&Cursor>,
    ) -> Result<Page<Interaction>> {
        Err(Error::unsupported(
            PLATFORM,
            "list_interactions",
            "behaviours are listed by an integer id or contact data, not by a group's ids",
        ))
    }
}

impl BeschannelsClient {
    /// The request for the group that this client is made for.
    pub(crate) fn list_of_group(&self) -> Result<GroupUserList> {
        let group = self.group();
        let Some(user_id) = &group.user_id else {
            return Err(Error::config(
                "user_id is missing; it stands in the web console under personal settings",
            )
            .with_context(PLATFORM, LIST));
        };
        let mut request = GroupUserList::new(user_id, group.group_obj.clone());
        request.group_id.clone_from(&group.group_id);
        Ok(request)
    }
}

/// One list: what is asked for.
struct List<'a> {
    client: &'a BeschannelsClient,
    request: GroupUserList,
    size: u32,
}

/// One page of it, as it came.
struct Listed {
    page: u32,
    total: Option<u64>,
    leads: Vec<Lead>,
    marks: Vec<Mark>,
}

impl<'a> List<'a> {
    fn new(client: &'a BeschannelsClient, query: &LeadQuery) -> Result<Self> {
        let mut request = client.list_of_group()?;
        if let Some(kind) = &query.kind {
            request.group_obj = GroupObj::from(kind.as_str());
        }
        if let Some(group) = &query.group {
            if group.trim().is_empty() {
                return Err(invalid(LIST, "the group has no id"));
            }
            request.group_id = Some(group.clone());
        }
        let size = query.page_size.unwrap_or(DEFAULT_PAGE_SIZE);
        if size == 0 {
            return Err(invalid(LIST, "a page needs at least one lead"));
        }
        Ok(Self { client, request, size })
    }

    /// What a cursor belongs to. The size counts: pages of another size are other pages.
    fn identity(&self) -> (&GroupObj, &Option<String>, u32) {
        (&self.request.group_obj, &self.request.group_id, self.size)
    }

    async fn first(&self) -> Result<Page<Lead>> {
        let mut place = Place::start(self.size);
        let mut listed = self.read(1).await?;
        if listed.leads.is_empty() && listed.total.is_none() {
            listed = self.read(1).await?;
        }
        let listed = self.behind_a_gap(&place, listed).await?;
        place.learn_size(listed.leads.len(), listed.total);
        Ok(self.give(place, listed, 0))
    }

    /// The leads behind a place.
    async fn resume(&self, mut place: Place) -> Result<Page<Lead>> {
        // Two pages that differ were read: the platform heeds their numbers.
        let is_paged = place.page > 1;
        let mut before: Option<Listed> = None;
        // The page that ends with the leads given last.
        let mut confirmed: Option<Listed> = None;
        for round in 1..=ROUNDS {
            let next = match self.read(place.page + 1).await {
                // There is no such page, whatever the total promises.
                Err(error)
                    if (is_paged || place.is_counted_out())
                        && error.kind() == ErrorKind::InvalidArgument =>
                {
                    return Ok(Page::last(Vec::new()).with_total(place.total()));
                }
                next => self.behind_a_gap(&place, next?).await?,
            };
            if let Some(before) = before.as_ref().filter(|before| before.repeats(&next))
                && (next.total.is_some() || self.read(before.page).await?.marks == next.marks)
            {
                if is_paged {
                    // Behind the last page that one comes again.
                    return Ok(Page::last(Vec::new()).with_total(next.total));
                }
                return Err(repeated(next.page));
            }
            let from = match place.seam(&next.marks, next.total) {
                Some(from) => from,
                None if confirmed.is_some() && place.is_as_long(next.total) => 0,
                None => match self.find(&place, next.total).await? {
                    Found::Behind(listed, from) if from < listed.leads.len() => {
                        return Ok(self.give(place, listed, from));
                    }
                    // They ended there before the following page was read, and do so after it.
                    Found::Behind(listed, _)
                        if confirmed.as_ref().is_some_and(|page| page.is_same(&listed)) =>
                    {
                        0
                    }
                    Found::Behind(listed, _) => {
                        // They end with a page: the following one is read as it stands now.
                        place.advance(listed.page, listed.total, &[]);
                        before = Some(next);
                        confirmed = Some(listed);
                        continue;
                    }
                    Found::Moving if round < ROUNDS => continue,
                    _ => match place.behind_known(&next.marks) {
                        Some(from) => from,
                        None => return self.begin_early(place, next.total).await,
                    },
                },
            };
            if from >= next.leads.len() && place.is_counted_out() {
                return Ok(Page::last(Vec::new()).with_total(next.total));
            }
            let ends = place.ends_behind(next.page, next.leads.len(), next.total);
            if from < next.leads.len() || ends {
                return Ok(self.give(place, next, from));
            }
            place.advance(next.page, next.total, &[]);
            before = Some(next);
        }
        // It keeps moving. The place is good: whoever comes next goes on from it.
        Ok(Page::new(Vec::new(), Some(self.cursor(&place))))
    }

    /// A page without leads, although the list's total says that there are more, is asked for once
    /// more, and then those behind it.
    async fn behind_a_gap(&self, place: &Place, listed: Listed) -> Result<Listed> {
        let mut listed = listed;
        let pages = [listed.page].into_iter().chain(listed.page + 1..=listed.page + GAP);
        for page in pages {
            if !listed.leads.is_empty() || !place.is_owed_more(page, listed.total) {
                break;
            }
            listed = match self.read(page).await {
                // There is no such page.
                Err(error) if error.kind() == ErrorKind::InvalidArgument => break,
                read => read?,
            };
        }
        Ok(listed)
    }

    /// Looks for the leads given last on the pages where they may have gone.
    async fn find(&self, place: &Place, total: Option<u64>) -> Result<Found> {
        let mut moving = false;
        for page in place.elsewhere(total) {
            let listed = self.read(page).await?;
            if let Some(from) = place.behind_known(&listed.marks) {
                return Ok(Found::Behind(listed, from));
            }
            moving |= listed.total != total;
        }
        Ok(if moving { Found::Moving } else { Found::Nowhere })
    }

    /// None of the leads given last is found: rather twice than never.
    async fn begin_early(&self, place: Place, mut total: Option<u64>) -> Result<Page<Lead>> {
        loop {
            let (page, from) = place.earliest(total);
            let listed = self.read(page).await?;
            let by_now = place.earliest(listed.total);
            if by_now >= (page, from) {
                return Ok(self.give(place, listed, from));
            }
            // More rows went meanwhile: it may be earlier still.
            total = listed.total;
        }
    }

    /// The rows of `listed` from `from` on that are not remembered, and the place behind them.
    fn give(&self, mut place: Place, listed: Listed, from: usize) -> Page<Lead> {
        place.learn_more(listed.leads.len(), self.size);
        let ends = place.ends_behind(listed.page, listed.leads.len(), listed.total);
        let rows = listed.leads.into_iter().zip(listed.marks).skip(from);
        let (leads, marks): (Vec<Lead>, Vec<Mark>) =
            rows.filter(|(_, mark)| !place.knows(*mark)).unzip();
        place.advance(listed.page, listed.total, &marks);
        let next = (!ends).then(|| self.cursor(&place));
        Page::new(leads, next).with_total(listed.total)
    }

    fn cursor(&self, place: &Place) -> Cursor {
        Cursor::new(PLATFORM, &self.identity(), place.to_string())
    }

    async fn read(&self, page: u32) -> Result<Listed> {
        let request = self.request.clone().with_page(page, self.size);
        let call = post_parts(GROUP_USER_LIST, &request)?;
        let decode = envelope::decode::<GroupUserPage<RowAndText>>;
        let listed = self.client.pipeline().run(&call, &decode).await?.into_value();
        let offset = self.client.group().utc_offset;
        let leads: Vec<Lead> = listed.list.into_iter().map(|row| lead_of(row, offset)).collect();
        let marker = self.client.marker();
        let marks = leads.iter().map(|lead| marker.mark(lead.id.as_str())).collect();
        Ok(Listed { page, total: listed.total, leads, marks })
    }
}

/// Where the leads given last are.
enum Found {
    /// On this page, before this row.
    Behind(Listed, usize),
    /// On none of the pages where they may have been, but the list moved meanwhile.
    Moving,
    /// On none of them.
    Nowhere,
}

impl Listed {
    /// Whether it is the same page with the same rows.
    fn is_same(&self, other: &Self) -> bool {
        self.page == other.page && self.marks == other.marks
    }

    /// Whether another page is this one again, although the list did not grow, as far as its total
    /// tells.
    fn repeats(&self, other: &Self) -> bool {
        self.page != other.page
            && self.total == other.total
            && !self.marks.is_empty()
            && self.marks == other.marks
    }
}

fn repeated(page: u32) -> Error {
    Error::new(ErrorKind::Platform, format!("page {page} of the list is the one before it again"))
        .with_sent(Sent::Yes)
        .with_context(PLATFORM, LIST)
        .with_advice("read the list again from its start; if it stays, report it")
}

/// A row, and its text.
struct RowAndText {
    row: LeadRow,
    text: RawJson,
}

impl<'de> Deserialize<'de> for RowAndText {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = RawJson::deserialize(deserializer)?;
        let row = text.read().map_err(serde::de::Error::custom)?;
        Ok(Self { row, text })
    }
}

fn lead_of(RowAndText { row, text }: RowAndText, offset: UtcOffset) -> Lead {
    let id = row.row.identity_id().or(row.row.identity_value());
    let id = id.map_or_else(|| id_of(text.as_str()), str::to_owned);
    let mut lead = Lead::new(PLATFORM, id, text);
    lead.created_at = row.row.created_time_at(offset);
    row.fill(&mut lead);
    lead
}
