//! One group of tags on one provider.

use leadtag_core::{Error as ProviderError, ErrorKind, Platform, Sent};
use leadtag_testkit::{MemoryTagProvider, tag_capabilities};

use super::Workshop;

pub const HERE: Platform = Platform::new("memory");

pub fn provider() -> MemoryTagProvider {
    MemoryTagProvider::new(HERE, tag_capabilities::grouped())
}

/// A file with one group 组 of these tags; the key of a tag is its first character.
pub fn file(tags: &[&str]) -> String {
    let mut text = String::from("version = 1\n[[group]]\nkey = \"g\"\nname = \"组\"\n");
    for tag in tags {
        let key = tag.chars().next().unwrap();
        text.push_str(&format!("[[group.tag]]\nkey = \"{key}\"\nname = \"{tag}\"\n"));
    }
    text
}

pub async fn started(provider: MemoryTagProvider, tags: &[&str]) -> Workshop {
    let workshop = Workshop::new([("here", provider)]);
    assert!(workshop.apply(&file(tags)).await.unwrap().is_complete());
    workshop.provider("here").forget_calls();
    workshop
}

pub fn answered(kind: ErrorKind) -> ProviderError {
    ProviderError::new(kind, "no").with_sent(Sent::Yes)
}
