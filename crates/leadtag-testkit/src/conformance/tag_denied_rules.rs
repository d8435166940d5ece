//! What the capabilities deny is refused as unsupported, before anything is sent.

use leadtag_core::{CreateTags, ErrorKind, NewTag, TagChange, TagId, TagQuery};

use super::TagContext;
use super::report::Verdict;

const KIND: ErrorKind = ErrorKind::Unsupported;

/// Tags that cannot be listed.
pub async fn a_denied_list_is_unsupported(cx: &TagContext<'_>) -> Verdict {
    let query = TagQuery::all();
    cx.refused("list", KIND, cx.provider.fetch_tag_page(&query, None)).await
}

/// Deleted tags that cannot be listed.
pub async fn a_denied_list_of_deleted_tags_is_unsupported(cx: &TagContext<'_>) -> Verdict {
    let query = TagQuery::all().with_deleted();
    cx.refused("list deleted", KIND, cx.provider.fetch_tag_page(&query, None)).await
}

/// Tags that cannot be created.
pub async fn a_denied_creation_is_unsupported(cx: &TagContext<'_>) -> Verdict {
    let name = cx.name();
    cx.refused("create", KIND, cx.create([name])).await
}

/// Groups on a flat platform.
pub async fn a_group_on_a_flat_platform_is_unsupported(cx: &TagContext<'_>) -> Verdict {
    for request in
        [CreateTags::in_new_group(cx.name(), [cx.name()]), CreateTags::in_group("1", [cx.name()])]
    {
        cx.refused("create in a group", KIND, cx.provider.create_tags(&request)).await?;
    }
    let (id, change) = ("1".into(), TagChange::rename(cx.name()));
    cx.refused("rename a group", KIND, cx.provider.update_group(&id, &change)).await
}

/// An order that cannot be written.
pub async fn a_denied_order_is_unsupported(cx: &TagContext<'_>) -> Verdict {
    let (id, change) = (TagId::new("1"), TagChange::reorder(1));
    cx.refused("reorder", KIND, cx.provider.update_tag(&id, &change)).await?;
    let tag = NewTag::new(cx.name()).with_order(1);
    cx.refused("create with an order", KIND, cx.create([tag])).await
}

/// Names that cannot be changed.
pub async fn a_denied_rename_is_unsupported(cx: &TagContext<'_>) -> Verdict {
    let change = TagChange::rename(cx.name());
    let id = "1".into();
    cx.refused("rename a tag", KIND, cx.provider.update_tag(&id, &change)).await?;
    let id = "1".into();
    cx.refused("rename a group", KIND, cx.provider.update_group(&id, &change)).await
}

/// Tags that cannot be deleted.
pub async fn a_denied_tag_deletion_is_unsupported(cx: &TagContext<'_>) -> Verdict {
    let ids = ["1".into()];
    cx.refused("delete a tag", KIND, cx.provider.delete_tags(&ids)).await
}

/// Groups that cannot be deleted.
pub async fn a_denied_group_deletion_is_unsupported(cx: &TagContext<'_>) -> Verdict {
    let ids = ["1".into()];
    cx.refused("delete a group", KIND, cx.provider.delete_groups(&ids)).await
}

/// Contacts whose tags cannot be read.
pub async fn denied_tags_of_a_contact_are_unsupported(cx: &TagContext<'_>) -> Verdict {
    let contact = cx.any_contact();
    cx.refused("contact_tags", KIND, cx.provider.contact_tags(&contact)).await
}

/// Tags whose contacts cannot be listed.
pub async fn denied_contacts_of_a_tag_are_unsupported(cx: &TagContext<'_>) -> Verdict {
    let id = TagId::new("1");
    cx.refused("tag contacts", KIND, cx.provider.fetch_tag_contact_page(&id, None)).await
}

/// Contacts whose tags cannot be added to.
pub async fn a_denied_assignment_is_unsupported(cx: &TagContext<'_>) -> Verdict {
    let (contact, ids) = (cx.any_contact(), ["1".into()]);
    cx.refused("assign", KIND, cx.provider.assign(&contact, &ids, &[])).await
}

/// Contacts whose tags cannot be replaced.
pub async fn a_denied_replacement_is_unsupported(cx: &TagContext<'_>) -> Verdict {
    let (contact, ids) = (cx.any_contact(), ["1".into()]);
    cx.refused("replace", KIND, cx.provider.replace(&contact, &ids)).await
}
