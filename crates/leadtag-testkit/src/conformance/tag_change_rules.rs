//! Renaming and reordering.

use leadtag_core::{ErrorKind, NewTag, TagChange};

use super::TagContext;
use super::report::{Halt, Verdict, ensure};

/// A renamed tag keeps its id, its group and its order, and is listed under the new name.
pub async fn a_rename_keeps_id_and_order(cx: &TagContext<'_>) -> Verdict {
    let mut tag = NewTag::new(cx.name());
    if cx.capabilities.order {
        tag = tag.with_order(7);
    }
    let created = cx.create([tag]).await?;
    let Some(tag) = created.tags.first() else {
        return Err(Halt::Fail("no tag came back".to_owned()));
    };
    let before = cx.listed(&tag.id).await?;
    let name = cx.name();
    cx.provider.update_tag(&tag.id, &TagChange::rename(name.clone())).await?;
    let after = cx.listed(&tag.id).await?;
    let (Some(before), Some(after)) = (before, after) else {
        return Err(Halt::Fail(format!("tag {} is not listed any more", tag.id)));
    };
    ensure(after.name == name, || format!("renamed to {name}, listed as {}", after.name))?;
    ensure(after.group == before.group, || {
        format!("the rename moved the tag from {:?} to {:?}", before.group, after.group)
    })?;
    ensure(after.order == before.order, || {
        format!("the rename changed the order from {:?} to {:?}", before.order, after.order)
    })
}

/// A renamed group keeps its id, its order and its tags.
pub async fn a_group_rename_keeps_id_order_and_tags(cx: &TagContext<'_>) -> Verdict {
    let (id, tag) = cx.one_in_group().await?;
    if cx.capabilities.order {
        cx.provider.update_group(&id, &TagChange::reorder(7)).await?;
    }
    let name = cx.name();
    cx.provider.update_group(&id, &TagChange::rename(name.clone())).await?;
    let tree = cx.tree().await?;
    let Some(group) = tree.groups.iter().find(|group| group.id == id) else {
        return Err(Halt::Fail(format!("group {id} is not listed any more")));
    };
    ensure(group.name == name, || format!("renamed to {name}, listed as {}", group.name))?;
    if cx.capabilities.order {
        ensure(group.order == Some(7), || format!("the order became {:?}", group.order))?;
    }
    ensure(group.tags.iter().any(|found| found.id == tag.id), || {
        "the rename lost the group's tag".to_owned()
    })
}

/// A new order of a tag shows, also zero, and changes nothing else.
pub async fn a_new_order_shows(cx: &TagContext<'_>) -> Verdict {
    let tag = NewTag::new(cx.name()).with_order(3);
    let created = cx.create([tag]).await?;
    let Some(tag) = created.tags.first() else {
        return Err(Halt::Fail("no tag came back".to_owned()));
    };
    for order in [9, 0] {
        cx.provider.update_tag(&tag.id, &TagChange::reorder(order)).await?;
        let listed = cx.listed(&tag.id).await?;
        let found = listed.map(|found| (found.name, found.order));
        let expected = (tag.name.clone(), Some(order));
        ensure(found.as_ref() == Some(&expected), || {
            format!("expected {expected:?}, found {found:?}")
        })?;
    }
    Ok(())
}

/// Name and order can change together.
pub async fn name_and_order_change_together(cx: &TagContext<'_>) -> Verdict {
    let (_, tags) = cx.some_created(1).await?;
    for tag in tags {
        let name = cx.name();
        let change = TagChange::rename(name.clone()).with_order(5);
        cx.provider.update_tag(&tag.id, &change).await?;
        let found = cx.listed(&tag.id).await?.map(|found| (found.name, found.order));
        ensure(found == Some((name, Some(5))), || format!("found {found:?}"))?;
    }
    Ok(())
}

/// A rename to a name that another tag of the group has never makes two tags of one name.
pub async fn a_rename_to_a_taken_name_is_refused(cx: &TagContext<'_>) -> Verdict {
    let (_, tags) = cx.some_created(2).await?;
    let [one, two] = tags.as_slice() else {
        return Err(Halt::Fail("two tags were created, others came back".to_owned()));
    };
    let change = TagChange::rename(two.name.clone());
    let outcome = cx.provider.update_tag(&one.id, &change).await;
    let (first, second) = (cx.listed(&one.id).await?, cx.listed(&two.id).await?);
    let names = (first.map(|tag| tag.name), second.map(|tag| tag.name));
    ensure(outcome.is_err() && names.0 != names.1, || {
        format!("the outcome is {outcome:?}, the names are {names:?}")
    })
}

/// A change of nothing, an empty name and a name beyond the limit are refused before anything is
/// sent.
pub async fn a_change_that_cannot_be_is_refused(cx: &TagContext<'_>) -> Verdict {
    let mut wrong = vec![("nothing to change", TagChange::default())];
    if cx.capabilities.rename {
        wrong.push(("an empty name", TagChange::rename("")));
        if let Some(max) = cx.capabilities.max_name_chars {
            wrong.push(("a long name", TagChange::rename("标".repeat(max as usize + 1))));
        }
    }
    for (what, change) in wrong {
        let id = "some-tag".into();
        let call = cx.provider.update_tag(&id, &change);
        cx.refused(what, ErrorKind::InvalidArgument, call).await?;
        if cx.capabilities.groups {
            let id = "some-group".into();
            let call = cx.provider.update_group(&id, &change);
            cx.refused(&format!("{what} of a group"), ErrorKind::InvalidArgument, call).await?;
        }
    }
    Ok(())
}
