//! What the capabilities refuse before anything is sent.
#![allow(clippy::unwrap_used, missing_docs)]

use leadtag_core::{ContactRef, CreateTags, ErrorKind, Platform, TagCapabilities, TagId};
use leadtag_testkit::tag_capabilities;

const HERE: Platform = Platform::new("here");

fn ids(numbers: &[u32]) -> Vec<TagId> {
    numbers.iter().map(|number| TagId::new(number.to_string())).collect()
}

fn outcome(capabilities: &TagCapabilities, set: &[u32]) -> [Option<ErrorKind>; 2] {
    let contact = ContactRef::new("c1");
    let set = ids(set);
    let assigned = capabilities.check_assign(HERE, &contact, &set, &[]);
    let replaced = capabilities.check_replace(HERE, &contact, &set);
    [assigned, replaced].map(|outcome| outcome.err().map(|error| error.kind()))
}

#[test]
fn more_different_tags_than_a_contact_carries_are_refused() {
    let five = tag_capabilities::flat_one_by_one();
    assert_eq!(outcome(&five, &[1, 2, 3, 4, 5]), [None, None]);
    assert_eq!(outcome(&five, &[1, 2, 3, 4, 5, 5, 1]), [None, None]);
    let refused = Some(ErrorKind::InvalidArgument);
    assert_eq!(outcome(&five, &[1, 2, 3, 4, 5, 6]), [refused, refused]);
}

#[test]
fn more_different_tags_than_can_exist_are_refused() {
    let mut two = tag_capabilities::flat();
    two.max_tags = Some(2);
    let created = |names: &[&str]| two.check_create(HERE, &CreateTags::flat(names.to_vec()));
    assert!(created(&["a", "b", "a"]).is_ok());
    let error = created(&["a", "b", "c"]).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidArgument);
    assert!(error.to_string().contains("3 tags, but at most 2 can exist"), "{error}");
}
