//! `leadtag tags`.

mod apply;
mod assign;
mod check;
mod drift;
mod files;
mod import;
mod plan;
mod settings;
mod targets;

use leadtag::{
    CreateTags, GroupId, GroupTarget, NewTag, Tag, TagCapabilities, TagChange, TagGroup, TagId,
    TagProviderExt, TagQuery, TagTree,
};
use serde::Serialize;

use crate::args::{Format, Tags, TagsCreate, TagsDelete, TagsList, TagsRename};
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::table::table;

#[derive(Serialize)]
struct Listing<'a> {
    groups: Vec<ListedGroup<'a>>,
    tags: Vec<ListedTag<'a>>,
}

#[derive(Serialize)]
struct ListedGroup<'a> {
    id: &'a GroupId,
    name: &'a str,
    order: Option<i64>,
    tags: Vec<ListedTag<'a>>,
}

#[derive(Serialize)]
struct ListedTag<'a> {
    id: &'a TagId,
    name: &'a str,
    order: Option<i64>,
    deleted: Option<bool>,
    contact_count: Option<u64>,
}

#[derive(Serialize)]
struct Created<'a> {
    group: Option<Named<'a, GroupId>>,
    tags: Vec<CreatedTag<'a>>,
}

#[derive(Serialize)]
struct CreatedTag<'a> {
    id: &'a TagId,
    name: &'a str,
    exists: bool,
}

#[derive(Serialize)]
struct Named<'a, I> {
    id: &'a I,
    name: &'a str,
}

#[derive(Serialize)]
struct Renamed<'a> {
    renamed: Renaming<'a>,
}

#[derive(Serialize)]
struct Renaming<'a> {
    kind: &'static str,
    id: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Deleted<'a> {
    deleted: Deletion<'a>,
}

#[derive(Serialize)]
struct Deletion<'a> {
    tags: &'a [String],
    groups: &'a [String],
}

pub(super) async fn run(args: &Tags, session: &Session, output: &Output) -> Result<(), Failure> {
    match args {
        Tags::List(args) => list(args, session, output).await,
        Tags::Create(args) => create(args, session, output).await,
        Tags::Rename(args) => rename(args, session, output).await,
        Tags::Delete(args) => delete(args, session, output).await,
        Tags::Check(args) => check::run(args, session, output).await,
        Tags::Import(args) => import::run(args, session, output).await,
        Tags::Plan(args) => plan::run(args, session, output).await,
        Tags::Apply(args) => apply::run(args, session, output).await,
        Tags::Drift(args) => drift::run(args, session, output).await,
        Tags::Assign(args) => assign::run(args, session, output).await,
    }
}

async fn list(args: &TagsList, session: &Session, output: &Output) -> Result<(), Failure> {
    let (name, provider) = session.tags(args.target.provider.as_deref(), output)?;
    let query = if args.with_deleted { TagQuery::all().with_deleted() } else { TagQuery::all() };
    let tree = provider
        .tag_tree(query)
        .await
        .map_err(Failure::while_reading(format!("listing the tags of {name}")))?;
    if tree.groups.is_empty() && tree.tags.is_empty() {
        output.notice(&format!("{name} has no tags"));
        if args.target.output.format == Format::Text {
            return Ok(());
        }
    }
    output.result(args.target.output.format, &listing(&tree), || {
        tree_table(&tree, provider.tag_capabilities(), args.with_deleted)
    })
}

fn listing(tree: &TagTree) -> Listing<'_> {
    Listing {
        groups: tree.groups.iter().map(listed_group).collect(),
        tags: tree.tags.iter().map(listed_tag).collect(),
    }
}

fn listed_group(group: &TagGroup) -> ListedGroup<'_> {
    ListedGroup {
        id: &group.id,
        name: &group.name,
        order: group.order,
        tags: group.tags.iter().map(listed_tag).collect(),
    }
}

fn listed_tag(tag: &Tag) -> ListedTag<'_> {
    ListedTag {
        id: &tag.id,
        name: &tag.name,
        order: tag.order,
        deleted: tag.deleted,
        contact_count: tag.contact_count,
    }
}

/// Each group on a line of its own, its tags below it. A flat platform has no column for groups.
fn tree_table(tree: &TagTree, can: TagCapabilities, with_deleted: bool) -> String {
    let counts = tree.all_tags().any(|tag| tag.contact_count.is_some());
    let grouped = can.groups || !tree.groups.is_empty();
    let orders =
        tree.groups.iter().map(|group| group.order).chain(tree.all_tags().map(|t| t.order));
    let ordered = can.order || orders.flatten().next().is_some();
    let row = |group: &str, tag: &str, order: Option<i64>, id: &str, extra: Extra| {
        let order = order.map_or_else(String::new, |order| order.to_string());
        let mut row = Vec::with_capacity(6);
        if grouped {
            row.push(group.to_owned());
        }
        row.push(tag.to_owned());
        if ordered {
            row.push(order);
        }
        if counts {
            row.push(extra.count.map_or_else(String::new, |n| n.to_string()));
        }
        if with_deleted {
            let deleted = extra.deleted == Some(true);
            row.push(if deleted { "yes" } else { "" }.to_owned());
        }
        row.push(id.to_owned());
        row
    };
    let tag_row = |tag: &Tag| {
        let extra = Extra { count: tag.contact_count, deleted: tag.deleted };
        row("", &tag.name, tag.order, tag.id.as_str(), extra)
    };
    let mut rows = Vec::new();
    for group in &tree.groups {
        let extra = Extra { count: None, deleted: group.deleted };
        rows.push(row(&group.name, "", group.order, group.id.as_str(), extra));
        rows.extend(group.tags.iter().map(tag_row));
    }
    rows.extend(tree.tags.iter().map(tag_row));
    let columns = [
        (grouped, "GROUP"),
        (true, "TAG"),
        (ordered, "ORDER"),
        (counts, "CONTACTS"),
        (with_deleted, "DELETED"),
        (true, "ID"),
    ];
    let header: Vec<_> = columns.into_iter().filter(|(shown, _)| *shown).map(|(_, n)| n).collect();
    let numbers = |at: &usize| matches!(header[*at], "ORDER" | "CONTACTS");
    let right: Vec<usize> = (0..header.len()).filter(numbers).collect();
    table(&header, rows, &right)
}

/// The columns that not every table has.
struct Extra {
    count: Option<u64>,
    deleted: Option<bool>,
}

async fn create(args: &TagsCreate, session: &Session, output: &Output) -> Result<(), Failure> {
    let (name, provider) = session.tags(args.target.provider.as_deref(), output)?;
    let tags = args.names.iter().map(NewTag::new);
    let request = match (&args.group, &args.group_id) {
        (Some(group), _) => CreateTags::in_new_group(group, tags),
        (None, Some(id)) => CreateTags::in_group(id.as_str(), tags),
        (None, None) => CreateTags::flat(tags),
    };
    let can = provider.tag_capabilities();
    let grouped = request.group != GroupTarget::None;
    if can.create && can.groups && !grouped {
        return Err(Failure::usage(
            format!("the tags of {name} stand in groups, and no group is given"),
            "add --group NAME or --group-id ID",
        ));
    }
    if can.create && !can.groups && grouped {
        return Err(Failure::usage(
            format!("{name} ({}) has no tag groups", provider.platform()),
            "leave --group and --group-id out",
        ));
    }
    let created = provider
        .create_tags(&request)
        .await
        .map_err(Failure::while_doing(format!("creating tags in {name}")))?;
    let result = Created {
        group: created.group.as_ref().map(|group| Named { id: &group.id, name: &group.name }),
        tags: created.tags.iter().map(|tag| created_tag(tag, &created.existing)).collect(),
    };
    output.result(args.target.output.format, &result, || {
        let group = created.group.as_ref();
        let group = group.map(|group| vec!["group", group.name.as_str(), group.id.as_str()]);
        let what = |tag: &CreatedTag<'_>| if tag.exists { "exists" } else { "tag" };
        let tags = result.tags.iter().map(|tag| vec![what(tag), tag.name, tag.id.as_str()]);
        table(&["CREATED", "NAME", "ID"], group.into_iter().chain(tags), &[])
    })
}

/// A tag, and whether it was there before.
fn created_tag<'a>(tag: &'a Tag, existing: &[TagId]) -> CreatedTag<'a> {
    CreatedTag { id: &tag.id, name: &tag.name, exists: existing.contains(&tag.id) }
}

async fn rename(args: &TagsRename, session: &Session, output: &Output) -> Result<(), Failure> {
    let (provider_name, provider) = session.tags(args.target.provider.as_deref(), output)?;
    let change = TagChange::rename(&args.name);
    let (kind, id) = match (&args.id, &args.group_id) {
        (Some(id), _) => ("tag", id.as_str()),
        (None, id) => ("group", id.as_deref().unwrap_or_default()),
    };
    let done = match kind {
        "tag" => provider.update_tag(&TagId::from(id), &change).await,
        _ => provider.update_group(&GroupId::from(id), &change).await,
    };
    done.map_err(Failure::while_doing(format!("renaming {kind} {id} of {provider_name}")))?;
    let result = Renamed { renamed: Renaming { kind, id, name: &args.name } };
    output.result(args.target.output.format, &result, || {
        format!("renamed {kind} {id} to {}", args.name)
    })
}

/// Asks on a terminal; elsewhere `--yes` must say it. Whoever is asked knows from whom is deleted.
fn confirm_delete(args: &TagsDelete, name: &str, output: &Output) -> Result<(), Failure> {
    if args.yes {
        return Ok(());
    }
    let what = counted(args);
    match output.ask(&format!("Delete {what} of {name}? This cannot be undone. [y/N]")) {
        Some(answer) if matches!(answer.to_lowercase().as_str(), "y" | "yes") => Ok(()),
        Some(_) => Err(Failure::failed("nothing was deleted")),
        None => Err(Failure::usage(
            format!("{what} of {name} would be deleted, and there is no terminal to ask on"),
            "add --yes to delete without asking",
        )),
    }
}

async fn delete(args: &TagsDelete, session: &Session, output: &Output) -> Result<(), Failure> {
    let (name, provider) = session.tags(args.target.provider.as_deref(), output)?;
    confirm_delete(args, &name, output)?;
    let done = if args.group_id.is_empty() {
        let ids: Vec<TagId> = args.id.iter().map(|id| TagId::new(id.as_str())).collect();
        provider.delete_tags(&ids).await
    } else {
        let ids = args.group_id.iter();
        let ids: Vec<GroupId> = ids.map(|id| GroupId::new(id.as_str())).collect();
        provider.delete_groups(&ids).await
    };
    let what = counted(args);
    done.map_err(Failure::while_doing(format!("deleting {what} of {name}")))?;
    let result = Deleted { deleted: Deletion { tags: &args.id, groups: &args.group_id } };
    output.result(args.target.output.format, &result, || format!("deleted {what}"))
}

fn counted(args: &TagsDelete) -> String {
    match (args.id.len(), args.group_id.len()) {
        (1, 0) => "1 tag".to_owned(),
        (0, 1) => "1 group with its tags".to_owned(),
        (tags, 0) => format!("{tags} tags"),
        (_, groups) => format!("{groups} groups with their tags"),
    }
}
