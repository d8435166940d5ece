//! Leads as a [`LeadsProvider`].

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, HashSet};

use leadtag_core::pii::PersonalText;
use leadtag_core::{
    Cursor, Interaction, Lead, LeadCapabilities, LeadId, LeadQuery, LeadsProvider, Page, Platform,
    PlatformTime, RawJson, Result, TagId, async_trait,
};
use serde_json::{Map, Value};

use super::unreadable;
use crate::client::invalid;
use crate::model::{
    Clue, ClueField, CursorPage, FieldType, FollowUp, GetClue, ListClueFollowUps,
    ListCluesByCreateTimeAsc, OptionId, list,
};
use crate::{CrmV3Client, PLATFORM};

const LIST: &str = "list_leads";
const GET: &str = "get_lead";
const INTERACTIONS: &str = "list_interactions";

/// Items per page unless the query says otherwise. The platform documents neither a default nor a
/// largest number.
const PAGE_SIZE: u32 = 100;

/// Leads that a cursor remembers at most.
const REMEMBERED: usize = 100;

/// What the [`LeadsProvider`] of this platform can do.
#[must_use]
pub fn lead_capabilities() -> LeadCapabilities {
    let mut can = LeadCapabilities::none();
    can.list = true;
    can.get = true;
    can.interactions = true;
    can.filter_by_time = true;
    can.filter_by_kind = true;
    can.oldest_first = true;
    can
}

/// Leads (线索) and customers to be assigned (待分配), which the platform serves together: the
/// attribute `isClue` tells them apart.
///
/// - A list goes by the time of creation, oldest first. `since` and `until` narrow that time; they
///   are cut to whole seconds. `kind` is the platform's `type`, a number.
/// - A lead created at or after `until` is left out whatever the platform does, so that lists of
///   neighbouring spans of time never share one; so is one that the page before has given already.
///   Of several rows of a lead on one page the last one counts.
/// - The list ends where the cursor is missing, empty or the same again.
/// - `level` is the option id in the field `customer_stage`, `source` the one in
///   `customer_source`: [`CrmV3Client::list_customer_fields`] tells their names.
/// - `attributes` has every field by its name, the unset ones as `null`, and `isClue`, `type`,
///   `convertCustomerTime`, `companyInfo` and whatever else the row has. A field of one of these
///   names stands there as `fields.<name>`. Of a follow-up they have what else the row has, and of
///   its `operator` the account.
#[async_trait]
impl LeadsProvider for CrmV3Client {
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
        let place = match cursor {
            Some(cursor) => Place::read(cursor.position(PLATFORM, query)?)?,
            None => Place::default(),
        };
        let request = self.list_request(query, &place)?;
        let page: CursorPage<RawJson> = self.clues(&request).await?.into_value();
        let next = page.next_after(request.cursor.as_deref()).map(str::to_owned);
        let rows = page.list.into_iter().map(|raw| Ok((read_clue(LIST, &raw)?, raw)));
        let mut rows = rows.collect::<Result<Vec<_>>>()?;
        let next =
            next.map(|next| Cursor::new(PLATFORM, query, place.after(&rows, next).to_string()));
        // Of several rows of a lead on a page the last one is the newest.
        let mut seen: HashSet<i64> = place.seen.into_iter().collect();
        rows.reverse();
        rows.retain(|(clue, _)| seen.insert(clue.customer_id));
        rows.reverse();
        let mut leads: Vec<Lead> =
            rows.into_iter().map(|(clue, raw)| self.lead(clue, raw)).collect();
        if let Some(until) = &request.before {
            let until = self.time(until).instant();
            leads.retain(|lead| {
                let created = lead.created_at.as_ref().and_then(|time| time.instant());
                created.is_none() || created < until
            });
        }
        Ok(Page::new(leads, next))
    }

    async fn get_lead(&self, id: &LeadId) -> Result<Lead> {
        let request = GetClue::new(customer_id(GET, id)?);
        let raw = self.clue::<RawJson>(&request).await?.into_value();
        Ok(self.lead(read_clue(GET, &raw)?, raw))
    }

    async fn fetch_interaction_page(
        &self,
        id: &LeadId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Interaction>> {
        let list = (INTERACTIONS, id);
        let mut request =
            ListClueFollowUps::of(customer_id(INTERACTIONS, id)?).with_size(PAGE_SIZE);
        if let Some(cursor) = cursor {
            request = request.with_cursor(cursor.position(PLATFORM, &list)?);
        }
        let page: CursorPage<RawJson> = self.follow_ups(&request).await?.into_value();
        let next = page
            .next_after(request.cursor.as_deref())
            .map(|next| Cursor::new(PLATFORM, &list, next));
        let items = page.list.into_iter().map(|raw| self.interaction(raw));
        Ok(Page::new(items.collect::<Result<_>>()?, next))
    }
}

impl CrmV3Client {
    fn list_request(&self, query: &LeadQuery, place: &Place) -> Result<ListCluesByCreateTimeAsc> {
        let mut request = ListCluesByCreateTimeAsc::all()
            .with_size(query.page_size.unwrap_or(PAGE_SIZE))
            .with_cursor(place.cursor.as_str());
        request.since = query.since.map(|since| since.to_local_text(self.utc_offset()));
        request.before = query.until.map(|until| until.to_local_text(self.utc_offset()));
        if let Some(kind) = &query.kind {
            let number = kind.trim().parse();
            let number = number.map_err(|_| invalid(LIST, "kind must be a number, such as 1"))?;
            request = request.with_type(number);
        }
        Ok(request)
    }

    fn lead(&self, clue: Clue, raw: RawJson) -> Lead {
        let mut lead = Lead::new(PLATFORM, clue.customer_id.to_string(), raw);
        // Backwards: of fields of the same name, the first one counts.
        for field in clue.fields.iter().rev() {
            let text = || field.text().cloned();
            match field.field.as_str() {
                "name" => lead.name = text(),
                "mobile" => lead.mobiles = field.numbers(),
                "corp_name" => lead.company = text(),
                "customer_stage" => lead.level = text().map(PersonalText::into_revealed),
                "customer_source" => lead.source = text().map(PersonalText::into_revealed),
                _ => {}
            }
        }
        let phones = clue.fields.iter().filter(|f| f.field_type == Some(FieldType::Phones));
        for number in phones.flat_map(ClueField::numbers) {
            if !lead.mobiles.contains(&number) {
                lead.mobiles.push(number);
            }
        }
        lead.created_at = self.time_if_set(clue.create_time.as_deref());
        lead.updated_at = self.time_if_set(clue.last_update_time.as_deref());
        let company = clue.company_info.and_then(|company| company.to_value().ok());
        let known = [
            ("isClue", Some(clue.is_clue.into())),
            ("type", Some(clue.clue_type.into())),
            ("convertCustomerTime", clue.convert_customer_time.map(Value::from)),
            ("companyInfo", company),
        ];
        for (name, value) in known {
            lead.attributes.extend(value.map(|value| (name.to_owned(), value)));
        }
        lead.attributes.extend(clue.extra);
        add_fields(&mut lead.attributes, clue.fields);
        lead.tags = clue.tag_ids.into_iter().map(TagId::into_string).collect();
        lead
    }

    fn time_if_set(&self, text: Option<&str>) -> Option<PlatformTime> {
        text.filter(|text| !text.is_empty()).map(|text| self.time(text))
    }

    fn interaction(&self, raw: RawJson) -> Result<Interaction> {
        let row: FollowUp = raw
            .read()
            .map_err(|_| unreadable(INTERACTIONS, "a row is no follow-up as documented"))?;
        let kind =
            row.follow_up_type.map_or_else(|| "follow-up".to_owned(), |kind| kind.to_string());
        let mut interaction = Interaction::new(kind, raw);
        interaction.id = row.id.map(|id| id.to_string());
        interaction.at = self.time_if_set(row.create_time.as_deref());
        interaction.text = row.content;
        interaction.attributes.extend(row.extra);
        if let Some(operator) = row.operator {
            let account = operator.qw_user_id.filter(|account| !account.is_empty());
            let mut others: Map<String, Value> = operator.extra.into_iter().collect();
            others.extend(account.clone().map(|account| ("qwUserId".to_owned(), account.into())));
            if !others.is_empty() {
                interaction.attributes.insert("operator".to_owned(), others.into());
            }
            let name = operator.name.filter(|name| !name.is_empty());
            interaction.actor = name.or(account.map(Into::into));
        }
        Ok(interaction)
    }
}

fn add_fields(attributes: &mut BTreeMap<String, Value>, fields: Vec<ClueField>) {
    for mut field in fields {
        let name = std::mem::take(&mut field.field);
        let value = attribute(field);
        match attributes.entry(name) {
            Entry::Vacant(vacant) => {
                vacant.insert(value);
            }
            Entry::Occupied(taken) => {
                let name = format!("fields.{}", taken.key());
                attributes.insert(name, value);
            }
        }
    }
}

/// The value of a field as JSON: a number or a list where its type says so and its text is one,
/// else the text.
fn attribute(field: ClueField) -> Value {
    let Some(text) = field.value_as_text.map(PersonalText::into_revealed) else {
        return Value::Null;
    };
    let typed = match field.field_type {
        Some(FieldType::Number) => number(text.trim()),
        Some(FieldType::MultiChoice | FieldType::Phones) => {
            let items = list::<OptionId>(text.trim());
            items.map(|items| items.into_iter().map(OptionId::into_string).collect())
        }
        _ => None,
    };
    typed.unwrap_or_else(|| text.into())
}

/// A number, or its text if digits would be lost.
fn number(digits: &str) -> Option<Value> {
    let number: serde_json::Number = serde_json::from_str(digits).ok()?;
    let exact = number.to_string() == digits;
    Some(if exact { number.into() } else { digits.into() })
}

fn customer_id(operation: &str, id: &LeadId) -> Result<i64> {
    let number = id.as_str().parse().ok().filter(|number| *number > 0);
    number.ok_or_else(|| invalid(operation, "the id of a lead is a whole number here"))
}

fn read_clue(operation: &str, raw: &RawJson) -> Result<Clue> {
    let clue: Option<Clue> = raw.read().ok();
    clue.filter(|clue| clue.customer_id != 0)
        .ok_or_else(|| unreadable(operation, "a row is no lead as documented"))
}

/// Where a list of leads goes on: the platform's cursor, and the leads of the last second of the
/// page before that has any, which may come again.
#[derive(Default)]
struct Place {
    seen: Vec<i64>,
    cursor: String,
}

impl Place {
    fn after(&self, rows: &[(Clue, RawJson)], cursor: String) -> Self {
        let Some((last, _)) = rows.last() else {
            return Self { seen: self.seen.clone(), cursor };
        };
        let same_time =
            rows.iter().rev().take_while(|(clue, _)| clue.create_time == last.create_time);
        let seen = same_time.take(REMEMBERED).map(|(clue, _)| clue.customer_id).collect();
        Self { seen, cursor }
    }

    fn read(text: &str) -> Result<Self> {
        let parse = || {
            let (seen, cursor) = text.split_once(';')?;
            let seen = seen.split(',').filter(|id| !id.is_empty()).map(str::parse);
            Some(Self { seen: seen.collect::<Result<_, _>>().ok()?, cursor: cursor.to_owned() })
        };
        parse().ok_or_else(|| invalid(LIST, "this is not a cursor; use one that a page gave"))
    }
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let seen: Vec<String> = self.seen.iter().map(i64::to_string).collect();
        write!(f, "{};{}", seen.join(","), self.cursor)
    }
}
