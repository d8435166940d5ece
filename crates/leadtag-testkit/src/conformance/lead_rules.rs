//! Leads.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use leadtag_core::{
    Cursor, ErrorKind, Interaction, Lead, LeadId, LeadQuery, LeadsProviderExt, Platform, Timestamp,
};

use super::LeadContext;
use super::report::{Halt, Verdict, ensure, skip};

async fn leads(cx: &LeadContext<'_>, query: LeadQuery) -> Verdict<Vec<Lead>> {
    Ok(cx.provider.lead_pages(query).items().try_collect().await?)
}

fn ids(leads: &[Lead]) -> BTreeSet<&LeadId> {
    leads.iter().map(|lead| &lead.id).collect()
}

/// No lead is listed twice, and each has an id and its platform.
pub async fn a_list_gives_each_lead_once(cx: &LeadContext<'_>) -> Verdict {
    let all = leads(cx, LeadQuery::all()).await?;
    ensure(!all.is_empty(), || "the account has no leads to test with".to_owned())?;
    ensure(ids(&all).len() == all.len(), || {
        format!("{} leads are listed, but only {} ids", all.len(), ids(&all).len())
    })?;
    for lead in &all {
        ensure(!lead.id.as_str().is_empty(), || "a lead has no id".to_owned())?;
        ensure(lead.platform == cx.provider.platform(), || {
            format!("lead {} says it is of {}", lead.id, lead.platform)
        })?;
        ensure(!lead.raw.as_str().is_empty(), || format!("lead {} has no raw row", lead.id))?;
    }
    Ok(())
}

/// The small pages, joined, are the list.
pub async fn pages_of_leads_joined_are_the_list(cx: &LeadContext<'_>) -> Verdict {
    let whole = leads(cx, LeadQuery::all()).await?;
    let joined = leads(cx, LeadQuery::all().with_page_size(cx.page_size())).await?;
    ensure(joined.len() == whole.len() && ids(&joined) == ids(&whole), || {
        let (one, other) = (whole.len(), joined.len());
        format!("the list has {one} leads, its pages joined have {other}, or others")
    })
}

/// A cursor that was stored as text gives the page it gave before, and not the first one.
pub async fn a_stored_cursor_of_leads_resumes_at_its_place(cx: &LeadContext<'_>) -> Verdict {
    let query = LeadQuery::all().with_page_size(cx.page_size());
    let first = cx.provider.fetch_lead_page(&query, None).await?;
    let Some(cursor) = first.next else {
        return skip("the list has one page only");
    };
    let stored: Cursor = cursor.to_string().parse()?;
    let once = cx.provider.fetch_lead_page(&query, Some(&cursor)).await?;
    let again = cx.provider.fetch_lead_page(&query, Some(&stored)).await?;
    ensure(ids(&once.items) == ids(&again.items), || {
        "a stored cursor gave another page".to_owned()
    })?;
    ensure(ids(&once.items).is_disjoint(&ids(&first.items)), || {
        "the second page repeats leads of the first".to_owned()
    })
}

/// A cursor of another platform or another list is refused.
pub async fn a_foreign_cursor_of_leads_is_refused(cx: &LeadContext<'_>) -> Verdict {
    let query = LeadQuery::all();
    for cursor in [
        Cursor::new(Platform::new("elsewhere"), &query, "1"),
        Cursor::new(cx.provider.platform(), &"another list", "1"),
    ] {
        let call = cx.provider.fetch_lead_page(&query, Some(&cursor));
        cx.refused("a foreign cursor", ErrorKind::InvalidArgument, call).await?;
    }
    Ok(())
}

/// The total that a page tells is the number of leads.
pub async fn the_total_is_the_number_of_leads(cx: &LeadContext<'_>) -> Verdict {
    let page = cx.provider.fetch_lead_page(&LeadQuery::all(), None).await?;
    let count = leads(cx, LeadQuery::all()).await?.len() as u64;
    ensure(page.total == Some(count), || format!("{:?} is told, {count} are listed", page.total))
}

/// A moment parts the list in two: what comes before it and what comes from it on.
pub async fn a_time_filter_parts_the_list(cx: &LeadContext<'_>) -> Verdict {
    let all = leads(cx, LeadQuery::all()).await?;
    let mut times: Vec<Timestamp> =
        all.iter().filter_map(|lead| lead.created_at.as_ref()?.instant()).collect();
    times.sort();
    let Some(middle) = times.get(times.len() / 2).copied() else {
        return skip("no lead tells when it was created");
    };
    let before = leads(cx, LeadQuery::all().until(middle)).await?;
    let after = leads(cx, LeadQuery::all().since(middle)).await?;
    ensure(ids(&before).is_disjoint(&ids(&after)), || {
        format!("some leads are both before and after {middle}")
    })?;
    let both: BTreeSet<_> = ids(&before).union(&ids(&after)).copied().collect();
    ensure(both == ids(&all), || {
        let (all, both) = (all.len(), both.len());
        format!("{all} leads are listed, but {both} before and after {middle}")
    })?;
    let Some(future) = Timestamp::from_unix_seconds(4_102_444_800) else {
        return Ok(());
    };
    let none = leads(cx, LeadQuery::all().since(future)).await?;
    ensure(none.is_empty(), || format!("{} leads come from after {future}", none.len()))
}

/// A list that says it goes by time, oldest first, does.
pub async fn a_list_that_is_oldest_first_is_in_order(cx: &LeadContext<'_>) -> Verdict {
    let all = leads(cx, LeadQuery::all()).await?;
    let times: Vec<Timestamp> =
        all.iter().filter_map(|lead| lead.created_at.as_ref()?.instant()).collect();
    if times.len() < 2 {
        return skip("fewer than two leads tell when they were created");
    }
    match times.windows(2).find(|pair| pair[0] > pair[1]) {
        Some(pair) => {
            Err(Halt::Fail(format!("a lead of {} comes before one of {}", pair[0], pair[1])))
        }
        None => Ok(()),
    }
}

/// A list of one group has leads, and not more than the whole; an unknown group has none.
pub async fn a_group_filter_narrows_the_list(cx: &LeadContext<'_>) -> Verdict {
    let Some(group) = cx.fixture.group.clone() else {
        return skip("the fixture names no group");
    };
    narrows(cx, LeadQuery::all().in_group(group)).await
}

/// A list of one level has leads, and only leads of that level.
pub async fn a_level_filter_narrows_the_list(cx: &LeadContext<'_>) -> Verdict {
    let Some(level) = cx.fixture.level.clone() else {
        return skip("the fixture names no level");
    };
    let query = LeadQuery::all().at_level(level.clone());
    for lead in leads(cx, query.clone()).await? {
        if let Some(found) = &lead.level {
            ensure(*found == level, || format!("lead {} is at level {found}", lead.id))?;
        }
    }
    narrows(cx, query).await
}

async fn narrows(cx: &LeadContext<'_>, query: LeadQuery) -> Verdict {
    let some = leads(cx, query).await?;
    ensure(!some.is_empty(), || "the filter leaves no lead".to_owned())?;
    let all = leads(cx, LeadQuery::all()).await?;
    ensure(ids(&some).is_subset(&ids(&all)), || {
        "the filtered list has leads that the whole one has not".to_owned()
    })?;
    ensure(some.len() < all.len(), || "the filter was ignored".to_owned())
}

/// One lead read by its id is the lead that was listed.
pub async fn a_lead_read_by_id_is_the_one_listed(cx: &LeadContext<'_>) -> Verdict {
    let page = cx.provider.fetch_lead_page(&LeadQuery::all(), None).await?;
    let Some(listed) = page.items.first() else {
        return skip("the account has no leads");
    };
    let read = cx.provider.get_lead(&listed.id).await?;
    ensure(read.id == listed.id && read.platform == listed.platform, || {
        format!("asked for {}, got {}", listed.id, read.id)
    })?;
    ensure(read.name == listed.name && read.mobiles == listed.mobiles, || {
        format!("lead {} has another name or mobile when it is read alone", read.id)
    })
}

/// A lead that does not exist is an error.
pub async fn an_unknown_lead_is_an_error(cx: &LeadContext<'_>) -> Verdict {
    match cx.provider.get_lead(&cx.fixture.unknown).await {
        Ok(lead) => Err(Halt::Fail(format!("an unknown id gave lead {}", lead.id))),
        Err(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::Platform | ErrorKind::InvalidArgument => Ok(()),
            _ => Err(error.into()),
        },
    }
}

/// The interactions of each lead can be listed to their end, and each has a kind.
pub async fn interactions_are_listed_to_their_end(cx: &LeadContext<'_>) -> Verdict {
    let page = cx.provider.fetch_lead_page(&LeadQuery::all(), None).await?;
    for lead in page.items.iter().take(5) {
        let pages = cx.provider.interaction_pages(lead.id.clone());
        let found: Vec<Interaction> = pages.items().try_collect().await?;
        ensure(found.iter().all(|interaction| !interaction.kind.is_empty()), || {
            format!("an interaction of lead {} has no kind", lead.id)
        })?;
        let told: Vec<_> = found.iter().filter_map(|interaction| interaction.id.as_ref()).collect();
        let unique: BTreeSet<_> = told.iter().collect();
        ensure(unique.len() == told.len(), || {
            format!("an interaction of lead {} is listed twice", lead.id)
        })?;
    }
    Ok(())
}

/// `Debug` of a lead shows neither its mobiles nor its e-mail addresses.
pub async fn a_lead_prints_no_personal_data(cx: &LeadContext<'_>) -> Verdict {
    for lead in leads(cx, LeadQuery::all()).await? {
        let printed = format!("{lead:?}");
        let mobiles = lead.mobiles.iter().map(|mobile| mobile.reveal());
        let emails = lead.emails.iter().map(|email| email.reveal());
        for value in mobiles.chain(emails).filter(|value| value.len() > 6) {
            ensure(!printed.contains(value), || {
                format!("Debug of lead {} shows personal data", lead.id)
            })?;
        }
    }
    Ok(())
}

/// Leads that cannot be listed.
pub async fn a_denied_list_of_leads_is_unsupported(cx: &LeadContext<'_>) -> Verdict {
    denied(cx, "list", LeadQuery::all()).await
}

/// Filters that the provider lacks are refused, never ignored.
pub async fn a_denied_filter_is_unsupported(cx: &LeadContext<'_>) -> Verdict {
    let now = Timestamp::UNIX_EPOCH;
    let capabilities = &cx.capabilities;
    for (what, can, query) in [
        ("since", capabilities.filter_by_time, LeadQuery::all().since(now)),
        ("until", capabilities.filter_by_time, LeadQuery::all().until(now)),
        ("group", capabilities.filter_by_group, LeadQuery::all().in_group("1")),
        ("level", capabilities.filter_by_level, LeadQuery::all().at_level("1")),
        ("kind", capabilities.filter_by_kind, LeadQuery::all().of_kind("1")),
    ] {
        if !can {
            denied(cx, what, query).await?;
        }
    }
    Ok(())
}

async fn denied(cx: &LeadContext<'_>, what: &str, query: LeadQuery) -> Verdict {
    let call = cx.provider.fetch_lead_page(&query, None);
    cx.refused(what, ErrorKind::Unsupported, call).await
}

/// Leads that cannot be read one by one.
pub async fn a_denied_read_of_a_lead_is_unsupported(cx: &LeadContext<'_>) -> Verdict {
    let call = cx.provider.get_lead(&cx.fixture.unknown);
    cx.refused("get", ErrorKind::Unsupported, call).await
}

/// Interactions that cannot be listed.
pub async fn denied_interactions_are_unsupported(cx: &LeadContext<'_>) -> Verdict {
    let call = cx.provider.fetch_interaction_page(&cx.fixture.unknown, None);
    cx.refused("interactions", ErrorKind::Unsupported, call).await
}
