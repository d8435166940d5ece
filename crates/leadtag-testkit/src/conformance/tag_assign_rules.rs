//! Writing the tags of a contact.

use leadtag_core::{ContactRef, ErrorKind, TagId, TagProviderExt, WriteSemantics};

use super::TagContext;
use super::report::{Verdict, ensure, skip};

/// An assignment adds, removes, and leaves all other tags where they are.
pub async fn an_assignment_leaves_other_tags_alone(cx: &TagContext<'_>) -> Verdict {
    let contact = cx.contact().await?;
    let ids = cx.tags_to_assign(3).await?;
    cx.provider.assign(&contact, &ids[..2], &[]).await?;
    carries(cx, &contact, &ids[..2], &ids[2..]).await?;
    cx.provider.assign(&contact, &ids[2..], &ids[..1]).await?;
    carries(cx, &contact, &ids[1..], &ids[..1]).await?;
    cx.provider.assign(&contact, &[], &ids[1..]).await?;
    carries(cx, &contact, &[], &ids).await
}

/// The same assignment twice is the same as once.
pub async fn an_assignment_twice_is_the_same_as_once(cx: &TagContext<'_>) -> Verdict {
    let contact = cx.contact().await?;
    let ids = cx.tags_to_assign(2).await?;
    cx.provider.assign(&contact, &ids[1..], &[]).await?;
    for _ in 0..2 {
        cx.provider.assign(&contact, &ids[..1], &ids[1..]).await?;
        carries(cx, &contact, &ids[..1], &ids[1..]).await?;
    }
    let carried = cx.contact_tags(&contact).await?;
    let times = carried.iter().filter(|id| **id == ids[0]).count();
    ensure(times == 1, || format!("the tag is carried {times} times"))
}

/// A caller who knows the current tags can assign, also where they cannot be read. Where a write
/// replaces all of them, none is left only if that is asked for by its own call.
pub async fn a_caller_who_knows_the_tags_can_assign(cx: &TagContext<'_>) -> Verdict {
    let contact = cx.contact().await?;
    let ids = cx.tags_to_assign(2).await?;
    let current = match cx.capabilities.contact_tags {
        true => cx.contact_tags(&contact).await?,
        false => Vec::new(),
    };
    cx.provider.assign_knowing(&contact, &current, &ids[..1], &[]).await?;
    let known: Vec<TagId> = current.into_iter().chain(ids[..1].iter().cloned()).collect();
    cx.provider.assign_knowing(&contact, &known, &ids[1..], &ids[..1]).await?;
    if cx.capabilities.contact_tags {
        carries(cx, &contact, &ids[1..], &ids[..1]).await?;
    }
    let known: Vec<TagId> = known.into_iter().filter(|id| !ids.contains(id)).collect();
    let last: Vec<TagId> = known.iter().chain(&ids[1..]).cloned().collect();
    let emptied = cx.provider.assign_knowing(&contact, &last, &[], &ids[1..]).await;
    if known.is_empty() && cx.capabilities.write_semantics == WriteSemantics::Replace {
        let refused = matches!(&emptied, Err(error) if error.kind() == ErrorKind::InvalidArgument);
        ensure(refused, || format!("all tags were taken off by the way: {emptied:?}"))?;
        return Ok(cx.provider.replace(&contact, &[]).await?);
    }
    Ok(emptied?)
}

/// Nothing to change, and a tag that is both added and removed, are refused before anything is
/// sent.
pub async fn an_assignment_that_cannot_be_is_refused(cx: &TagContext<'_>) -> Verdict {
    let contact = cx.any_contact();
    let (one, two) = ([TagId::new("1")], [TagId::new("2"), TagId::new("1")]);
    let kind = ErrorKind::InvalidArgument;
    cx.refused("nothing to change", kind, cx.provider.assign(&contact, &[], &[])).await?;
    let both = "a tag both added and removed";
    cx.refused(both, kind, cx.provider.assign(&contact, &one, &two)).await
}

/// A contact without an owner is refused before anything is sent where one is needed.
pub async fn a_contact_without_owner_is_refused(cx: &TagContext<'_>) -> Verdict {
    let contact = ContactRef::new(cx.any_contact().id);
    let ids = [TagId::new("1")];
    let kind = ErrorKind::InvalidArgument;
    if cx.capabilities.can_assign() {
        cx.refused("assign", kind, cx.provider.assign(&contact, &ids, &[])).await?;
    }
    if cx.capabilities.can_replace() {
        cx.refused("replace", kind, cx.provider.replace(&contact, &ids)).await?;
    }
    if cx.capabilities.contact_tags {
        cx.refused("contact_tags", kind, cx.provider.contact_tags(&contact)).await?;
    }
    Ok(())
}

/// A replacement makes the set what was given, to the last one and to none.
pub async fn a_replacement_sets_exactly(cx: &TagContext<'_>) -> Verdict {
    let contact = cx.contact().await?;
    let ids = cx.tags_to_assign(3).await?;
    for set in [&ids[..2], &ids[1..], &ids[1..], &[]] {
        cx.provider.replace(&contact, set).await?;
        if cx.capabilities.contact_tags {
            let mut expected = set.to_vec();
            expected.sort();
            let found = cx.contact_tags(&contact).await?;
            ensure(found == expected, || format!("expected {expected:?}, found {found:?}"))?;
        }
    }
    Ok(())
}

/// More tags than a contact can carry are refused before anything is sent.
pub async fn more_tags_than_a_contact_carries_are_refused(cx: &TagContext<'_>) -> Verdict {
    let Some(max) = cx.capabilities.max_tags_per_contact else {
        return skip("no limit is documented");
    };
    let contact = cx.any_contact();
    let ids: Vec<TagId> = (0..=max).map(|n| TagId::new(n.to_string())).collect();
    let kind = ErrorKind::InvalidArgument;
    if cx.capabilities.can_assign() {
        cx.refused("assign", kind, cx.provider.assign(&contact, &ids, &[])).await?;
    }
    if cx.capabilities.can_replace() {
        cx.refused("replace", kind, cx.provider.replace(&contact, &ids)).await?;
    }
    Ok(())
}

/// Where a write replaces the whole set and the set cannot be read, an assignment is refused with
/// a message that names `replace`: it would destroy what it does not know.
pub async fn an_assignment_never_destroys_what_it_cannot_read(cx: &TagContext<'_>) -> Verdict {
    let contact = cx.any_contact();
    let ids = [TagId::new("1")];
    let call = cx.provider.assign(&contact, &ids, &[]);
    cx.refused("assign", ErrorKind::Unsupported, call).await?;
    match cx.provider.assign(&contact, &ids, &[]).await {
        Err(error) => ensure(error.to_string().contains("replace"), || {
            format!("the message does not name replace: {error}")
        }),
        Ok(()) => Ok(()),
    }
}

pub(super) fn replaces_blindly(semantics: WriteSemantics, readable: bool) -> bool {
    semantics == WriteSemantics::Replace && !readable
}

async fn carries(
    cx: &TagContext<'_>,
    contact: &ContactRef,
    with: &[TagId],
    without: &[TagId],
) -> Verdict {
    let carried = cx.contact_tags(contact).await?;
    for id in with {
        ensure(carried.contains(id), || format!("the contact does not carry {id}"))?;
    }
    for id in without {
        ensure(!carried.contains(id), || format!("the contact still carries {id}"))?;
    }
    Ok(())
}
