//! How many contacts lose a tag that is deleted.

use std::collections::HashMap;

use futures_util::TryStreamExt;
use leadtag_core::{TagId, TagProvider, TagProviderExt};

use crate::Live;
use crate::plan::{ContactCount, Note, ProviderPlan, StepKind};

/// Nobody counts further than this.
const MOST: u64 = 10_000;

/// Counts the contacts of every deletion of which the list does not tell, where the platform can
/// list them. What cannot be counted stays unknown, and is noted if it should have been possible.
pub(crate) async fn count(plan: &mut ProviderPlan, provider: &dyn TagProvider) {
    if !provider.tag_capabilities().tag_contacts {
        return;
    }
    for step in &mut plan.steps {
        let StepKind::DeleteTag { id, name, contacts, .. } = &mut step.kind else { continue };
        if *contacts != ContactCount::Unknown {
            continue;
        }
        match contacts_of(provider, &TagId::new(id.as_str())).await {
            Ok(counted) => *contacts = counted,
            Err(error) => {
                let message = format!("the contacts of {name} could not be counted: {error}");
                plan.notes.push(Note::new("not-counted", message));
            }
        }
    }
}

/// How many contacts carry a tag, page by page, up to 10,000.
pub(crate) async fn contacts_of(
    provider: &dyn TagProvider,
    id: &TagId,
) -> leadtag_core::Result<ContactCount> {
    let mut contacts = provider.tag_contact_pages(id.clone()).items();
    let mut count = 0;
    while contacts.try_next().await?.is_some() {
        count += 1;
        if count == MOST {
            // The last of them may be the last of all: then this says the same.
            return Ok(ContactCount::AtLeast(MOST));
        }
    }
    Ok(ContactCount::Known(count))
}

/// Counts again, for a plan that was made some time ago: `live` is what is listed now.
pub(crate) async fn recount(plan: &mut ProviderPlan, provider: &dyn TagProvider, live: &Live) {
    let listed: HashMap<&str, Option<u64>> =
        live.tags.iter().map(|tag| (tag.id.as_str(), tag.contacts)).collect();
    for step in &mut plan.steps {
        let StepKind::DeleteTag { id, contacts, .. } = &mut step.kind else { continue };
        let told = listed.get(id.as_str()).copied().flatten();
        *contacts = told.map_or(ContactCount::Unknown, ContactCount::Known);
    }
    count(plan, provider).await;
}
