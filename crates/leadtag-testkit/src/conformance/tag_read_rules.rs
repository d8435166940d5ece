//! Reading the tags of a contact and the contacts of a tag.

use futures_util::TryStreamExt;
use leadtag_core::{ContactRef, Cursor, ErrorKind, Platform, TagId, TagProviderExt};

use super::TagContext;
use super::report::{Halt, Verdict, ensure};

/// A contact's tags carry the names they are listed under.
pub async fn a_contacts_tags_have_their_listed_names(cx: &TagContext<'_>) -> Verdict {
    let contact = cx.contact().await?;
    let ids = cx.tags_to_assign(1).await?;
    if cx.capabilities.can_assign() {
        cx.provider.assign(&contact, &ids, &[]).await?;
    }
    for tag in cx.provider.contact_tags(&contact).await? {
        let listed = cx.listed(&tag.id).await?.map(|found| found.name);
        ensure(listed.as_ref() == Some(&tag.name), || {
            format!("tag {} of the contact is {}, listed is {listed:?}", tag.id, tag.name)
        })?;
    }
    Ok(())
}

/// The tags of a contact that does not exist are an error, not an empty list.
pub async fn an_unknown_contact_is_an_error(cx: &TagContext<'_>) -> Verdict {
    match cx.provider.contact_tags(&cx.unknown_contact()).await {
        Ok(tags) => Err(Halt::Fail(format!("an unknown contact has {} tags", tags.len()))),
        Err(error) => match error.kind() {
            ErrorKind::NotFound | ErrorKind::Platform | ErrorKind::InvalidArgument => Ok(()),
            _ => Err(error.into()),
        },
    }
}

/// A tag's contacts include one it was put on, and not one it was taken from.
pub async fn a_tags_contacts_include_who_carries_it(cx: &TagContext<'_>) -> Verdict {
    let contact = cx.contact().await?;
    let ids = cx.tags_to_assign(1).await?;
    let id = &ids[0];
    if cx.capabilities.can_assign() {
        cx.provider.assign(&contact, &ids, &[]).await?;
    } else {
        cx.provider.replace(&contact, &ids).await?;
    }
    let carriers = carriers(cx, id).await?;
    let times = carriers.iter().filter(|found| **found == contact).count();
    ensure(times == 1, || format!("the contact is listed {times} times"))?;
    if cx.capabilities.can_assign() {
        cx.provider.assign(&contact, &[], &ids).await?;
    } else {
        cx.provider.replace(&contact, &[]).await?;
    }
    let after = self::carriers(cx, id).await?;
    ensure(!after.contains(&contact), || "the contact lost the tag and is listed".to_owned())
}

/// A cursor of another platform or another tag is refused.
pub async fn a_foreign_cursor_of_contacts_is_refused(cx: &TagContext<'_>) -> Verdict {
    let id = TagId::new("1");
    let here = cx.provider.platform();
    for cursor in
        [Cursor::new(Platform::new("elsewhere"), &id, "1"), Cursor::new(here, &"another list", "1")]
    {
        let call = cx.provider.fetch_tag_contact_page(&id, Some(&cursor));
        cx.refused("a foreign cursor", ErrorKind::InvalidArgument, call).await?;
    }
    Ok(())
}

async fn carriers(cx: &TagContext<'_>, tag: &TagId) -> Verdict<Vec<ContactRef>> {
    let pages = cx.provider.tag_contact_pages(tag.clone());
    Ok(pages.items().try_collect().await?)
}
