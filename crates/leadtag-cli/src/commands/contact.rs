//! `leadtag contact`.

use std::collections::HashMap;

use leadtag::{ContactRef, ErrorKind, Tag, TagId, TagProvider, TagProviderExt, TagQuery};
use serde::Serialize;

use crate::args::{ContactTag, ContactTags, Format, Person};
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;
use crate::table::table;

#[derive(Serialize)]
struct TagsOf<'a> {
    owner: Option<&'a str>,
    id: &'a str,
    tags: Vec<CarriedTag<'a>>,
}

#[derive(Serialize)]
struct CarriedTag<'a> {
    id: &'a TagId,
    name: &'a str,
    group: Option<&'a str>,
}

#[derive(Serialize)]
struct Written<'a> {
    owner: Option<&'a str>,
    id: &'a str,
    added: &'a [String],
    removed: &'a [String],
    replaced: Option<&'a [String]>,
}

pub(super) async fn tags(
    args: &ContactTags,
    session: &Session,
    output: &Output,
) -> Result<(), Failure> {
    let (name, provider) = session.tags(args.target.provider.as_deref(), output)?;
    let contact = contact(&args.person);
    check_owner(&contact, provider.as_ref())?;
    let tags = provider.contact_tags(&contact).await.map_err(Failure::while_reading(format!(
        "reading the tags of contact {contact} in {name}"
    )))?;
    if tags.is_empty() {
        output.notice("the contact has no tags");
        if args.target.output.format == Format::Text {
            return Ok(());
        }
    }
    let groups = group_names(provider.as_ref(), &tags).await;
    let result = TagsOf {
        owner: contact.owner.as_deref(),
        id: &contact.id,
        tags: tags
            .iter()
            .map(|tag| CarriedTag {
                id: &tag.id,
                name: &tag.name,
                group: groups.get(&tag.id).map(String::as_str),
            })
            .collect(),
    };
    output.result(args.target.output.format, &result, || {
        let rows =
            result.tags.iter().map(|tag| vec![tag.group.unwrap_or(""), tag.name, tag.id.as_str()]);
        table(&["GROUP", "TAG", "ID"], rows, &[])
    })
}

/// The names of the groups that the tags stand in: a contact's tags come without them. They are
/// an extra, so that a platform which does not give them is no failure.
async fn group_names(provider: &dyn TagProvider, tags: &[Tag]) -> HashMap<TagId, String> {
    if tags.is_empty() || !provider.tag_capabilities().groups {
        return HashMap::new();
    }
    let query = TagQuery::tags(tags.iter().map(|tag| tag.id.clone()));
    let tree = provider.tag_tree(query).await.unwrap_or_default();
    let groups = tree.groups.into_iter();
    groups
        .flat_map(|group| {
            let name = group.name;
            group.tags.into_iter().map(move |tag| (tag.id, name.clone()))
        })
        .collect()
}

pub(super) async fn tag(
    args: &ContactTag,
    session: &Session,
    output: &Output,
) -> Result<(), Failure> {
    let (name, provider) = session.tags(args.target.provider.as_deref(), output)?;
    let contact = contact(&args.person);
    check_owner(&contact, provider.as_ref())?;
    let replaces = args.clear || !args.replace.is_empty();
    let done = if replaces {
        provider.replace(&contact, &ids(&args.replace)).await
    } else {
        let (add, remove) = (ids(&args.add), ids(&args.remove));
        provider.assign(&contact, &add, &remove).await
    };
    let failed = Failure::while_doing(format!("tagging contact {contact} in {name}"));
    done.map_err(|error| {
        let unsupported = error.kind() == ErrorKind::Unsupported;
        let failure = failed(error);
        if unsupported && !replaces && provider.tag_capabilities().can_replace() {
            return failure.and_then_do("name all tags that the contact is to have: --replace ID…");
        }
        failure
    })?;
    let result = Written {
        owner: contact.owner.as_deref(),
        id: &contact.id,
        added: &args.add,
        removed: &args.remove,
        replaced: replaces.then_some(args.replace.as_slice()),
    };
    output.result(args.target.output.format, &result, || {
        let id = &contact.id;
        if args.clear {
            format!("{id}: all tags removed")
        } else if replaces {
            format!("{id}: tags are now {}", args.replace.join(", "))
        } else {
            format!("{id}: {} added, {} removed", args.add.len(), args.remove.len())
        }
    })
}

fn contact(person: &Person) -> ContactRef {
    match &person.owner {
        Some(owner) => ContactRef::owned_by(owner, &person.contact),
        None => ContactRef::new(&person.contact),
    }
}

/// An owner that a platform lacks would be left out in silence, and another relation than the one
/// that was named would be tagged.
fn check_owner(contact: &ContactRef, provider: &dyn TagProvider) -> Result<(), Failure> {
    match (provider.tag_capabilities().needs_owner, contact.owner.is_some()) {
        (true, true) | (false, false) => return Ok(()),
        (false, true) => {
            return Err(Failure::usage(
                format!("contacts of {} have no owner", provider.platform()),
                "leave --owner out",
            ));
        }
        (true, false) => {}
    }
    let owner = match provider.platform().as_str() {
        "wecom" => ", the userid of the member",
        "miaokol" => ", the rel_wxid of the account",
        _ => "",
    };
    Err(Failure::usage(
        "here a contact is tagged through one of its member accounts, and none is given",
        format!("add --owner O{owner}"),
    ))
}

fn ids(texts: &[String]) -> Vec<TagId> {
    texts.iter().map(|id| TagId::new(id.as_str())).collect()
}
