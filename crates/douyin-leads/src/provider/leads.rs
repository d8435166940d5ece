//! The leads of one account as a [`LeadsProvider`].

use std::collections::BTreeMap;
use std::fmt;

use leadtag_core::pii::Personal;
use leadtag_core::{
    Cursor, Interaction, Lead, LeadCapabilities, LeadId, LeadQuery, LeadsProvider, Page, Platform,
    PlatformTime, RawJson, Result, Timestamp, async_trait,
};
use serde_json::Value;
use serde_json::value::to_raw_value;

use super::unreadable;
use crate::client::invalid;
use crate::model::{
    Action, ActionType, DEFAULT_COUNT, LeadUser, LeadsLevel, ListUserActions, ListUsers, Tag,
    UserDetail, UserList,
};
use crate::tags::next_cursor;
use crate::{DouyinClient, PLATFORM};

const LIST: &str = "list_leads";
const GET: &str = "get_lead";
const INTERACTIONS: &str = "list_interactions";

/// What Douyin can do with leads.
#[must_use]
pub fn lead_capabilities() -> LeadCapabilities {
    let mut can = LeadCapabilities::none();
    can.list = true;
    can.get = true;
    can.interactions = true;
    can.filter_by_time = true;
    can.filter_by_level = true;
    can.filter_by_kind = true;
    can
}

/// - A list always has a span of time: without `since` it begins in 1970, without `until` it ends
///   when its first page is asked for. Its cursors keep that moment, so that leads who come
///   meanwhile do not move the pages.
/// - `since` is included and `until` is not. Douyin counts in whole seconds (inferred), and may
///   include the end it is given: it is given the last second before `until`.
/// - A full page that does not say whether there is more (`has_more` missing or null) is followed by
///   its cursor, and without one it is an error: it is not taken for the last one. Nor is an answer
///   that has no list at all.
/// - What the time of a lead is, Douyin does not tell: rows have no time of their own.
/// - `level` is the number of a [`LeadsLevel`], `kind` the number of an [`ActionType`].
/// - A lead's `tags` are ids. `attributes` has everything else by Douyin's names, with
///   `tag_list` whole; those of an interaction have `action_flag` and `action_source`.
/// - No promise is made against doubles and gaps when others write while a list is read.
#[async_trait]
impl LeadsProvider for DouyinClient {
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
            None => Place::first(query, self.pipeline().clock().now()),
        };
        let request = list_request(query, &place)?;
        if request.start_time > request.end_time {
            return Ok(Page::last(Vec::new()));
        }
        let page = self.users::<RawJson>(&request).await?.into_value();
        if !page.is_listed && page.has_more.is_none() {
            // An empty list would lie: to who pages, it is the end.
            return Err(unreadable(LIST, "the answer has no list of leads"));
        }
        // A full page that does not say whether there is more is not taken for the last one.
        let is_full = page.users.len().max(page.list.len()) >= request.count as usize;
        let has_more = page.has_more.or(is_full.then_some(true));
        let next = next_cursor(LIST, has_more, page.cursor.clone())?.map(|cursor| {
            let place = Place { end: place.end, cursor: Some(cursor) };
            Cursor::new(PLATFORM, query, place.to_string())
        });
        Ok(Page::new(leads_of(page)?, next))
    }

    async fn get_lead(&self, id: &LeadId) -> Result<Lead> {
        let (user, raw) = self.user_with_raw(&UserDetail::of(id.as_str())).await?;
        lead(GET, user, raw)
    }

    async fn fetch_interaction_page(
        &self,
        id: &LeadId,
        cursor: Option<&Cursor>,
    ) -> Result<Page<Interaction>> {
        let list = (INTERACTIONS, id);
        let mut request = ListUserActions::of(id.as_str());
        if let Some(cursor) = cursor {
            request = request.with_cursor(cursor.position(PLATFORM, &list)?);
        }
        let page = self.actions::<RawJson>(&request).await?.into_value();
        let next = next_cursor(INTERACTIONS, page.has_more, page.cursor)?
            .map(|next| Cursor::new(PLATFORM, &list, next));
        let items = page.list.into_iter().map(interaction);
        Ok(Page::new(items.collect::<Result<_>>()?, next))
    }
}

fn list_request(query: &LeadQuery, place: &Place) -> Result<ListUsers> {
    let start = query.since.map_or(0, first_second_at_or_after);
    let mut request =
        ListUsers::between(start, place.end).with_count(query.page_size.unwrap_or(DEFAULT_COUNT));
    request.cursor.clone_from(&place.cursor);
    if let Some(level) = &query.level {
        request = request.with_level(LeadsLevel(number("level", level)?));
    }
    if let Some(kind) = &query.kind {
        request = request.with_action_type(ActionType(number("kind", kind)?));
    }
    Ok(request)
}

fn number(what: &str, text: &str) -> Result<i64> {
    let why = || invalid(LIST, format!("{what} must be a number, such as 1"));
    text.trim().parse().map_err(|_| why())
}

fn first_second_at_or_after(moment: Timestamp) -> i64 {
    last_second_before(moment) + 1
}

fn last_second_before(moment: Timestamp) -> i64 {
    let second = moment.as_unix_seconds();
    if Timestamp::from_unix_seconds(second) == Some(moment) { second - 1 } else { second }
}

fn leads_of(page: UserList<RawJson>) -> Result<Vec<Lead>> {
    if !page.users.is_empty() {
        let leads = page.users.into_iter().map(|raw| {
            let user =
                raw.read().map_err(|_| unreadable(LIST, "a row is no lead as documented"))?;
            lead(LIST, user, raw)
        });
        return leads.collect();
    }
    // Of these no more than the id is known.
    let ids = page.list.into_iter().map(|id| {
        let raw = to_raw_value(&id).map_err(|_| unreadable(LIST, "an id cannot be kept"))?;
        Ok(Lead::new(PLATFORM, id, raw.into()))
    });
    ids.collect()
}

fn lead(operation: &str, user: LeadUser, raw: RawJson) -> Result<Lead> {
    let id = user.open_id.filter(|id| !id.is_empty());
    let id = id.ok_or_else(|| unreadable(operation, "a lead came without an open_id"))?;
    let mut lead = Lead::new(PLATFORM, id, raw);
    lead.name = user.nickname.filter(|name| !name.is_empty());
    lead.mobiles = user.telephone.into_iter().filter(|mobile| !mobile.is_empty()).collect();
    let tag_ids = user.tag_list.iter().filter_map(|tag| tag.tag_id);
    lead.tags = tag_ids.map(|id| id.to_string()).collect();
    lead.level = user.leads_level.map(|level| level.to_string());
    let text = |text: Option<String>| text.filter(|text| !text.is_empty()).map(Value::from);
    // What is set and has no place of its own.
    let known = [
        ("age", user.age.map(Value::from)),
        ("avatar", text(user.avatar.map(Personal::into_revealed))),
        ("city", text(user.city)),
        ("gender", user.gender.map(|gender| gender.0.into())),
        ("is_follow", user.is_follow.map(Value::from)),
        ("tag_list", Some(user.tag_list.into_iter().map(tag_value).collect())),
        ("wechat", text(user.wechat.map(Personal::into_revealed))),
    ];
    lead.attributes.extend(user.extra);
    set(&mut lead.attributes, known);
    Ok(lead)
}

/// Adds what is there.
fn set<const N: usize>(
    attributes: &mut BTreeMap<String, Value>,
    values: [(&str, Option<Value>); N],
) {
    for (name, value) in values {
        attributes.extend(value.map(|value| (name.to_owned(), value)));
    }
}

fn tag_value(tag: Tag) -> Value {
    let mut members: serde_json::Map<String, Value> = tag.extra.into_iter().collect();
    members.insert("tag_id".to_owned(), tag.tag_id.into());
    members.insert("tag_name".to_owned(), tag.tag_name.into());
    members.into()
}

fn interaction(raw: RawJson) -> Result<Interaction> {
    let action: Action = raw
        .read()
        .map_err(|_| unreadable(INTERACTIONS, "a row is no interaction as documented"))?;
    let kind = action.action_type.map_or_else(|| "action".to_owned(), |kind| kind.to_string());
    let mut interaction = Interaction::new(kind, raw);
    interaction.at = action.create_time.map(PlatformTime::from_unix_seconds);
    let source = action.action_source.filter(|source| !source.is_empty());
    let known = [
        ("action_flag", action.action_flag.map(Value::from)),
        ("action_source", source.map(Value::from)),
    ];
    interaction.attributes.extend(action.extra);
    set(&mut interaction.attributes, known);
    Ok(interaction)
}

/// Where a list of leads goes on: its end in Unix seconds, and Douyin's cursor.
struct Place {
    end: i64,
    cursor: Option<String>,
}

impl Place {
    fn first(query: &LeadQuery, now: Timestamp) -> Self {
        let end = query.until.map_or_else(|| now.as_unix_seconds(), last_second_before);
        Self { end, cursor: None }
    }

    fn read(text: &str) -> Result<Self> {
        let parse = || {
            let (end, cursor) = text.split_once(';')?;
            Some(Self { end: end.parse().ok()?, cursor: Some(cursor.to_owned()) })
        };
        parse().ok_or_else(|| invalid(LIST, "this is not a cursor; use one that a page gave"))
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};{}", self.end, self.cursor.as_deref().unwrap_or_default())
    }
}
