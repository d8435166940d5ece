//! Lists of tags, their pages and their cursors.

use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use leadtag_core::{Cursor, ErrorKind, Page, Platform, TagNode, TagProviderExt, TagQuery, TagTree};

use super::TagContext;
use super::report::{Halt, Verdict, ensure, skip};

/// No id is listed twice.
pub async fn a_list_gives_each_id_once(cx: &TagContext<'_>) -> Verdict {
    if cx.capabilities.create {
        cx.some_created(2).await?;
    }
    let tree = cx.tree().await?;
    let ids: Vec<_> = tree.all_tags().map(|tag| &tag.id).collect();
    let unique: BTreeSet<_> = ids.iter().collect();
    ensure(unique.len() == ids.len(), || {
        format!("{} tags are listed, but only {} ids", ids.len(), unique.len())
    })?;
    let groups: BTreeSet<_> = tree.groups.iter().map(|group| &group.id).collect();
    ensure(groups.len() == tree.groups.len(), || {
        format!("{} groups are listed, but only {} ids", tree.groups.len(), groups.len())
    })
}

/// Each tag names the group it is listed in; where there are no groups, none is invented.
pub async fn tags_stand_in_the_groups_they_name(cx: &TagContext<'_>) -> Verdict {
    if cx.capabilities.create {
        cx.some_created(2).await?;
    }
    let tree = cx.tree().await?;
    if !cx.capabilities.groups {
        ensure(tree.groups.is_empty(), || "a flat platform lists a group".to_owned())?;
    }
    for group in &tree.groups {
        for tag in &group.tags {
            ensure(tag.group.as_ref() == Some(&group.id), || {
                format!("tag {} is listed in group {}, but names {:?}", tag.id, group.id, tag.group)
            })?;
        }
    }
    match tree.tags.iter().find(|tag| tag.group.is_some()) {
        Some(tag) => Err(Halt::Fail(format!(
            "tag {} is listed without a group, but names {:?}",
            tag.id, tag.group
        ))),
        None => Ok(()),
    }
}

/// The small pages, joined, are the list.
pub async fn pages_joined_are_the_list(cx: &TagContext<'_>) -> Verdict {
    if cx.capabilities.create {
        cx.some_created(5).await?;
    }
    let whole = cx.tree().await?;
    let query = TagQuery::all().with_page_size(cx.page_size());
    let joined: TagTree = cx
        .provider
        .tag_pages(query)
        .items()
        .try_collect::<Vec<TagNode>>()
        .await?
        .into_iter()
        .collect();
    same_ids(&whole, &joined)
}

fn same_ids(whole: &TagTree, joined: &TagTree) -> Verdict {
    let ids = |tree: &TagTree| {
        let mut ids: Vec<_> = tree.all_tags().map(|tag| tag.id.clone()).collect();
        ids.sort();
        ids
    };
    let (one, other) = (ids(whole), ids(joined));
    ensure(one == other, || {
        format!("the list has {} tags, its pages joined have {}", one.len(), other.len())
    })?;
    ensure(whole.groups.len() == joined.groups.len(), || {
        let (one, other) = (whole.groups.len(), joined.groups.len());
        format!("the list has {one} groups, its pages joined have {other}")
    })
}

/// A cursor that was stored as text gives the page it gave before.
pub async fn a_stored_cursor_resumes_at_its_place(cx: &TagContext<'_>) -> Verdict {
    if cx.capabilities.create {
        cx.some_created(5).await?;
        if cx.capabilities.groups {
            cx.some_created(1).await?;
            cx.some_created(1).await?;
        }
    }
    let query = TagQuery::all().with_page_size(cx.page_size());
    let first = cx.provider.fetch_tag_page(&query, None).await?;
    let Some(cursor) = first.next else {
        return skip("the list has one page only");
    };
    let stored: Cursor = cursor.to_string().parse()?;
    let once = cx.provider.fetch_tag_page(&query, Some(&cursor)).await?;
    let again = cx.provider.fetch_tag_page(&query, Some(&stored)).await?;
    let ids = |page: &Page<TagNode>| page.items.iter().map(node_id).collect::<Vec<_>>();
    ensure(ids(&once) == ids(&again), || "a stored cursor gave another page".to_owned())?;
    let repeated = ids(&once).iter().any(|id| first.items.iter().any(|node| node_id(node) == *id));
    ensure(!repeated, || "the second page repeats items of the first".to_owned())
}

fn node_id(node: &TagNode) -> String {
    match node {
        TagNode::Group(group) => format!("group {}", group.id),
        TagNode::Tag(tag) => format!("tag {}", tag.id),
        _ => String::new(),
    }
}

/// A cursor of another platform or another list is refused.
pub async fn a_foreign_cursor_is_refused(cx: &TagContext<'_>) -> Verdict {
    let query = TagQuery::all();
    let foreign = [
        ("a cursor of another platform", Cursor::new(Platform::new("elsewhere"), &query, "1")),
        ("a cursor of another list", Cursor::new(cx.provider.platform(), &"another list", "1")),
    ];
    for (what, cursor) in foreign {
        let call = cx.provider.fetch_tag_page(&query, Some(&cursor));
        cx.refused(what, ErrorKind::InvalidArgument, call).await?;
    }
    let small = TagQuery::all().with_page_size(cx.page_size());
    let Some(cursor) = cx.provider.fetch_tag_page(&small, None).await?.next else {
        return Ok(());
    };
    let other = TagQuery::tags(["no-such-tag"]);
    let call = cx.provider.fetch_tag_page(&other, Some(&cursor));
    cx.refused("a cursor of another query", ErrorKind::InvalidArgument, call).await
}

/// A list of certain tags or groups has these and no others, or is refused as unsupported.
pub async fn a_filter_is_honoured_or_unsupported(cx: &TagContext<'_>) -> Verdict {
    let (group, tags) = cx.some_created(1).await?;
    let (_, others) = cx.some_created(1).await?;
    for (tag, other) in tags.iter().zip(&others) {
        let mut queries = vec![TagQuery::tags([tag.id.as_str()])];
        queries.extend(group.iter().map(|id| TagQuery::groups([id.as_str()])));
        for query in queries {
            let tree = match cx.provider.tag_tree(query).await {
                Ok(tree) => tree,
                Err(error) if error.kind() == ErrorKind::Unsupported => continue,
                Err(error) => return Err(error.into()),
            };
            let ids: Vec<_> = tree.all_tags().map(|tag| &tag.id).collect();
            ensure(ids.contains(&&tag.id), || "a filtered list misses its tag".to_owned())?;
            ensure(!ids.contains(&&other.id), || "a filter was ignored".to_owned())?;
        }
    }
    Ok(())
}

/// A listed tag tells how many contacts carry it.
pub async fn a_listed_tag_tells_its_contact_count(cx: &TagContext<'_>) -> Verdict {
    let tree = cx.tree().await?;
    match tree.all_tags().find(|tag| tag.contact_count.is_none()) {
        Some(tag) => Err(Halt::Fail(format!("tag {} tells no count", tag.id))),
        None => Ok(()),
    }
}
