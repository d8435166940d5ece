//! A library that is written against the shared traits alone: no platform, no HTTP client, no TLS.

use leadtag_core::{LeadsProvider, TagProvider};

fn offers(tags: Option<&dyn TagProvider>, leads: Option<&dyn LeadsProvider>) -> (bool, bool) {
    (
        tags.is_some_and(|provider| provider.tag_capabilities().list),
        leads.is_some_and(|provider| provider.lead_capabilities().list),
    )
}

fn main() {
    println!("   without a provider: {:?}", offers(None, None));
}
