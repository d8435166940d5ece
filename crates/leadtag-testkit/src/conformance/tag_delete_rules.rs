//! Deleting tags and groups.

use leadtag_core::{ErrorKind, TagProviderExt, TagQuery};

use super::TagContext;
use super::report::{Verdict, ensure};

/// A deleted tag is not listed; the others are.
pub async fn a_deleted_tag_is_not_listed(cx: &TagContext<'_>) -> Verdict {
    let (_, tags) = cx.some_created(3).await?;
    let (gone, stays) = tags.split_at(2);
    let ids: Vec<_> = gone.iter().map(|tag| tag.id.clone()).collect();
    cx.provider.delete_tags(&ids).await?;
    for tag in gone {
        let listed = cx.listed(&tag.id).await?;
        ensure(listed.is_none(), || format!("tag {} was deleted and is listed", tag.id))?;
    }
    for tag in stays {
        let listed = cx.listed(&tag.id).await?;
        ensure(listed.is_some(), || format!("tag {} went with the others", tag.id))?;
    }
    Ok(())
}

/// A deleted tag is listed, marked as deleted, when deleted ones are asked for.
pub async fn a_deleted_tag_is_listed_on_request(cx: &TagContext<'_>) -> Verdict {
    let (_, tags) = cx.some_created(2).await?;
    for tag in tags.iter().take(1) {
        cx.provider.delete_tags(std::slice::from_ref(&tag.id)).await?;
        let tree = cx.provider.tag_tree(TagQuery::all().with_deleted()).await?;
        let marked = tree.all_tags().find(|found| found.id == tag.id).map(|found| found.deleted);
        ensure(marked == Some(Some(true)), || {
            format!("tag {} was deleted; its mark in the list is {marked:?}", tag.id)
        })?;
        let others = tree.all_tags().filter(|found| tags[1..].iter().any(|t| t.id == found.id));
        for other in others {
            ensure(other.deleted != Some(true), || format!("tag {} is marked too", other.id))?;
        }
    }
    Ok(())
}

/// When its last tag is deleted, a group stays or vanishes as the capabilities say.
pub async fn a_group_without_tags_is_as_the_capabilities_say(cx: &TagContext<'_>) -> Verdict {
    let (group, tag) = cx.one_in_group().await?;
    cx.provider.delete_tags(&[tag.id]).await?;
    let tree = cx.tree().await?;
    let stays = tree.groups.iter().any(|found| found.id == group);
    ensure(stays == cx.capabilities.empty_groups, || {
        format!("empty_groups is {}, but stays is {stays}", cx.capabilities.empty_groups)
    })
}

/// A group is deleted with its tags, and no other.
pub async fn a_deleted_group_takes_its_tags_along(cx: &TagContext<'_>) -> Verdict {
    let (group, tag) = cx.one_in_group().await?;
    let (_, other) = cx.one_in_group().await?;
    cx.provider.delete_groups(std::slice::from_ref(&group)).await?;
    let tree = cx.tree().await?;
    ensure(tree.groups.iter().all(|found| found.id != group), || {
        format!("group {group} was deleted and is listed")
    })?;
    ensure(tree.all_tags().all(|found| found.id != tag.id), || {
        format!("tag {} of a deleted group is listed", tag.id)
    })?;
    ensure(tree.all_tags().any(|found| found.id == other.id), || {
        "a tag of another group went too".to_owned()
    })
}

/// A deletion of nothing is refused before anything is sent.
pub async fn a_deletion_of_nothing_is_refused(cx: &TagContext<'_>) -> Verdict {
    let kind = ErrorKind::InvalidArgument;
    if cx.capabilities.delete_tags {
        cx.refused("no tag to delete", kind, cx.provider.delete_tags(&[])).await?;
    }
    if cx.capabilities.delete_groups {
        cx.refused("no group to delete", kind, cx.provider.delete_groups(&[])).await?;
    }
    Ok(())
}
