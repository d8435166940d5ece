//! Creating tags.

use std::collections::BTreeSet;

use leadtag_core::{CreateTags, ErrorKind, GroupId, NewTag};

use super::TagContext;
use super::report::{Halt, Verdict, ensure, skip};

/// Created tags come back with their ids, in the order asked for, and are listed under them.
pub async fn created_tags_come_back_with_the_ids_they_are_listed_under(
    cx: &TagContext<'_>,
) -> Verdict {
    let names = [cx.name(), cx.name(), cx.name()];
    let created = cx.create(names.clone()).await?;
    let came: Vec<&str> = created.tags.iter().map(|tag| tag.name.as_str()).collect();
    ensure(came == names, || format!("asked for {names:?}, got {came:?}"))?;
    ensure(created.group.is_some() == cx.capabilities.groups, || {
        format!("the group that came back is {:?}", created.group)
    })?;
    for tag in &created.tags {
        ensure(!tag.id.as_str().is_empty(), || format!("tag {} has no id", tag.name))?;
        if !cx.capabilities.list {
            continue;
        }
        let listed = cx.listed(&tag.id).await?;
        ensure(listed.as_ref().is_some_and(|found| found.name == tag.name), || {
            format!("tag {} was created as {}, but the list has {listed:?}", tag.name, tag.id)
        })?;
        let group = created.group.as_ref().map(|group| &group.id);
        let in_group = listed.and_then(|found| found.group);
        ensure(in_group.as_ref() == group, || {
            format!("tag {} was created in {group:?}, but is in {in_group:?}", tag.name)
        })?;
    }
    Ok(())
}

/// Tags created in an existing group join those that stand there.
pub async fn tags_join_an_existing_group(cx: &TagContext<'_>) -> Verdict {
    let (group, first) = cx.one_in_group().await?;
    let request = CreateTags::in_group(group.as_str(), [cx.name()]);
    let created = cx.provider.create_tags(&request).await?;
    let came = created.group.map(|group| group.id);
    ensure(came.as_ref() == Some(&group), || format!("asked for {group}, got {came:?}"))?;
    if !cx.capabilities.list {
        return Ok(());
    }
    for tag in created.tags.iter().chain([&first]) {
        let found = cx.listed(&tag.id).await?.and_then(|tag| tag.group);
        ensure(found.as_ref() == Some(&group), || {
            format!("tag {} should be in group {group}, but is in {found:?}", tag.id)
        })?;
    }
    Ok(())
}

/// A "new" group whose name is taken is the group of that name, not a second one.
pub async fn a_group_of_a_taken_name_is_joined(cx: &TagContext<'_>) -> Verdict {
    let name = cx.name();
    let one = CreateTags::in_new_group(name.clone(), [cx.name()]);
    let two = CreateTags::in_new_group(name.clone(), [cx.name()]);
    cx.provider.create_tags(&one).await?;
    cx.provider.create_tags(&two).await?;
    if !cx.capabilities.list {
        return Ok(());
    }
    let tree = cx.tree().await?;
    let groups: Vec<_> = tree.groups.iter().filter(|group| group.name == name).collect();
    let tags: usize = groups.iter().map(|group| group.tags.len()).sum();
    ensure((groups.len(), tags) == (1, 2), || {
        format!("expected one group with 2 tags, found {} with {tags}", groups.len())
    })
}

/// The order given with a new tag is kept, also zero.
pub async fn the_order_of_a_new_tag_is_kept(cx: &TagContext<'_>) -> Verdict {
    let orders = [7, 0];
    let tags = orders.map(|order| NewTag::new(cx.name()).with_order(order));
    let created = cx.create(tags).await?;
    for (tag, order) in created.tags.iter().zip(orders) {
        let listed = cx.listed(&tag.id).await?.and_then(|tag| tag.order);
        ensure(listed == Some(order), || {
            format!("tag {} was created with order {order}, listed is {listed:?}", tag.id)
        })?;
    }
    Ok(())
}

/// A name that stands twice in a request is created once.
pub async fn a_name_given_twice_is_created_once(cx: &TagContext<'_>) -> Verdict {
    let (twice, once) = (cx.name(), cx.name());
    let created = cx.create([twice.clone(), once.clone(), twice.clone()]).await?;
    for name in [&twice, &once] {
        let named = created.tags.iter().filter(|tag| tag.name == *name);
        let ids: BTreeSet<_> = named.map(|tag| &tag.id).collect();
        ensure(ids.len() == 1, || format!("{name} came back with {} ids", ids.len()))?;
        if cx.capabilities.list {
            listed_once(cx, name).await?;
        }
    }
    Ok(())
}

/// Creating a name that is taken is refused or gives the tag that has it: never a second one.
pub async fn a_taken_name_never_makes_a_second_tag(cx: &TagContext<'_>) -> Verdict {
    let name = cx.name();
    let first = cx.create([name.clone()]).await?;
    let group = first.group.as_ref().map(|group| group.id.clone());
    let request = request_in(group.as_ref(), [name.clone()]);
    match cx.provider.create_tags(&request).await {
        Ok(second) => {
            let id = |tags: &leadtag_core::CreatedTags| tags.tags.first().map(|t| t.id.clone());
            ensure(id(&first) == id(&second), || {
                format!("{name} was created again, as {:?}", id(&second))
            })?;
        }
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
        Err(error) => return Err(error.into()),
    }
    if cx.capabilities.list { listed_once(cx, &name).await } else { Ok(()) }
}

/// A group can be created without a tag, and is listed.
pub async fn an_empty_group_can_be_made(cx: &TagContext<'_>) -> Verdict {
    let name = cx.name();
    let request = CreateTags::in_new_group(name.clone(), Vec::<NewTag>::new());
    let created = match cx.provider.create_tags(&request).await {
        Ok(created) => created,
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            return skip("groups become empty, but are not made so");
        }
        Err(error) => return Err(error.into()),
    };
    ensure(created.group.is_some() && created.tags.is_empty(), || {
        format!("an empty group was asked for, {created:?} came")
    })?;
    if !cx.capabilities.list {
        return Ok(());
    }
    let tree = cx.tree().await?;
    let tags = tree.group(&name).map(|group| group.tags.len());
    ensure(tags == Some(0), || format!("the empty group is listed with {tags:?} tags"))
}

/// A name of full length is kept, counted in characters and not in bytes.
pub async fn a_name_of_full_length_is_kept(cx: &TagContext<'_>) -> Verdict {
    let Some(max) = cx.capabilities.max_name_chars else {
        return skip("no limit is documented");
    };
    let start = cx.name();
    let rest = (max as usize).saturating_sub(start.chars().count());
    let name = start + &"标".repeat(rest);
    let created = cx.create([name.clone()]).await?;
    let Some(tag) = created.tags.first() else {
        return Err(Halt::Fail("no tag came back".to_owned()));
    };
    let listed = match cx.capabilities.list {
        true => cx.listed(&tag.id).await?.map(|tag| tag.name),
        false => Some(tag.name.clone()),
    };
    ensure(listed.as_ref() == Some(&name), || format!("{name} is listed as {listed:?}"))
}

/// An empty name, a name beyond the limit, and no tag at all are refused before anything is sent.
pub async fn a_request_that_cannot_be_is_refused(cx: &TagContext<'_>) -> Verdict {
    let mut wrong = vec![("an empty name", String::new()), ("a blank name", "  ".to_owned())];
    if let Some(max) = cx.capabilities.max_name_chars {
        wrong.push(("a name that is too long", "标".repeat(max as usize + 1)));
    }
    for (what, name) in wrong {
        let good = cx.name();
        let call = cx.create([good, name.clone()]);
        cx.refused(what, ErrorKind::InvalidArgument, call).await?;
        if cx.capabilities.groups {
            let request = CreateTags::in_new_group(name, [cx.name()]);
            let call = cx.provider.create_tags(&request);
            cx.refused(&format!("{what} of a group"), ErrorKind::InvalidArgument, call).await?;
        }
    }
    if cx.capabilities.groups {
        let request = CreateTags::flat([cx.name()]);
        let call = cx.provider.create_tags(&request);
        cx.refused("a tag without a group", ErrorKind::InvalidArgument, call).await?;
    }
    if !cx.capabilities.empty_groups {
        let call = cx.create(Vec::<NewTag>::new());
        cx.refused("no tag to create", ErrorKind::InvalidArgument, call).await?;
    }
    Ok(())
}

fn request_in<T: Into<NewTag>>(
    group: Option<&GroupId>,
    tags: impl IntoIterator<Item = T>,
) -> CreateTags {
    match group {
        Some(group) => CreateTags::in_group(group.as_str(), tags),
        None => CreateTags::flat(tags),
    }
}

pub(super) async fn listed_once(cx: &TagContext<'_>, name: &str) -> Verdict {
    let tree = cx.tree().await?;
    let count = tree.all_tags().filter(|tag| tag.name == name).count();
    ensure(count == 1, || format!("{name} is listed {count} times"))
}
