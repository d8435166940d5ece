//! Who is forgotten leaves no bytes behind, and does not come back.

use std::sync::Arc;

use leadtag_core::pii::Mobile;
use leadtag_core::{Lead, LeadCapabilities, Platform};
use leadtag_extract::{Person, PiiMode};
use leadtag_testkit::MemoryLeadsProvider;

use crate::Sqlite;
use crate::rewritten::{of_ids, pulled};
use crate::sink_suite::World;
use crate::sink_suite::people::{MOBILE, with_mobile};

#[test]
fn a_forgotten_person_is_gone_bytes_and_all() {
    let world = Sqlite::new();
    with_mobile(&world, "+86 199-0000-5678");
    assert!(world.has_bytes("Ada Lovelace"));
    let mut sink = world.open().unwrap();
    let removed = sink.forget(&Person::Mobile(Mobile::new(MOBILE)), None).unwrap();
    assert_eq!((removed.leads, removed.interactions), (1, 1));
    assert!(!world.has_bytes("Ada Lovelace"));
    assert!(!world.has_bytes("0000-5678"));
    let forgotten = sink.forgotten().unwrap();
    assert!(forgotten.holds("p", "1"));
    assert!(!forgotten.holds("p", "2") && !forgotten.holds("q", "1"));
    drop(sink);
    assert!(world.open().unwrap().forgotten().unwrap().holds("p", "1"));
    assert_eq!(world.rows("interactions").len(), 1);
}

#[test]
fn what_another_program_keeps_in_the_files_is_told_and_overwritten_the_next_time() {
    let world = Sqlite::new();
    with_mobile(&world, "+86 199-0000-5678");
    let reader = rusqlite::Connection::open(world.path()).unwrap();
    reader.execute_batch("BEGIN; SELECT * FROM leads").unwrap();
    let mut sink = world.open().unwrap();
    let removed = sink.forget(&Person::Mobile(Mobile::new(MOBILE)), None).unwrap();
    assert_eq!(removed.leads, 1);
    assert!(removed.left_in_files.is_some_and(|why| why.contains("another program reads")));
    assert!(world.has_bytes("Ada Lovelace"));
    // It was told.
    assert!(Box::new(sink).finish().unwrap().notices.is_empty());
    let length = || ["", "-wal"].map(|end| world.length(end)).iter().sum::<u64>();
    let before = length();
    for _ in 0..2 {
        let notices = Box::new(world.open().unwrap()).finish().unwrap().notices;
        assert!(notices[0].contains("another program reads"), "{notices:?}");
    }
    assert_eq!(length(), before, "each time more is written");
    drop(reader);
    // Whoever comes next does it, though nothing is removed then.
    assert!(Box::new(world.open().unwrap()).finish().unwrap().notices.is_empty());
    assert!(!world.has_bytes("Ada Lovelace"));
}

#[tokio::test]
async fn who_is_forgotten_stays_so_with_other_settings_for_personal_data() {
    let platform = Platform::new("memory");
    let mut person = Lead::new(platform, MOBILE, serde_json::from_str("{}").unwrap());
    person.mobiles = vec![MOBILE.into()];
    let mut can = LeadCapabilities::none();
    can.list = true;
    let provider = Arc::new(MemoryLeadsProvider::new(platform, can, vec![person]));
    let modes = [PiiMode::Mask, PiiMode::Hmac, PiiMode::Plain];
    for first in modes {
        let world = Sqlite::new();
        assert_eq!(pulled(&world, &provider, first, first == PiiMode::Hmac).await.leads.new, 1);
        let key = (first == PiiMode::Hmac).then(|| "0123456789abcdef".into());
        let whom = Person::id(None, MOBILE);
        let removed = world.open().unwrap().forget(&whom, key.as_ref()).unwrap();
        assert_eq!(removed.leads, 1);
        for then in modes {
            let report = pulled(&world, &provider, then, then == PiiMode::Hmac).await;
            assert_eq!((report.skipped, report.leads.new), (1, 0), "{first} {then}");
            assert!(world.rows("leads").is_empty());
        }
    }
}

#[tokio::test]
async fn who_has_an_id_like_that_of_somebody_forgotten_stays() {
    let world = Sqlite::new();
    let provider = of_ids(["1234", "12-34", "1234.0"].map(str::to_owned));
    pulled(&world, &provider, PiiMode::Mask, false).await;
    world.open().unwrap().forget(&Person::id(Some("p"), "1234"), None).unwrap();
    let report = pulled(&world, &provider, PiiMode::Mask, false).await;
    assert_eq!((report.skipped, report.leads.deleted), (1, 0));
    assert_eq!(world.rows("leads").len(), 2);
}

#[tokio::test]
async fn rows_of_no_other_key_raise_no_doubt() {
    let platform = Platform::new("memory");
    let person = |id: &str, mobile: &str| {
        let mut lead = Lead::new(platform, id, serde_json::from_str("{}").unwrap());
        lead.mobiles = vec![mobile.into()];
        lead
    };
    let mut can = LeadCapabilities::none();
    can.list = true;
    let people = vec![person("1", MOBILE), person("2", "19900009999")];
    let provider = Arc::new(MemoryLeadsProvider::new(platform, can, people));
    let key = Some("0123456789abcdef".into());
    // Rows that were written with other settings before may have stayed as they were.
    for (before, doubtful) in [(None, 0), (Some(PiiMode::Plain), 1)] {
        let world = Sqlite::new();
        if let Some(mode) = before {
            pulled(&world, &provider, mode, false).await;
        }
        pulled(&world, &provider, PiiMode::Hmac, true).await;
        let whom = Person::Mobile(Mobile::new(MOBILE));
        let removed = world.open().unwrap().forget(&whom, key.as_ref()).unwrap();
        assert_eq!((removed.leads, removed.hashed), (1, doubtful), "{before:?}");
    }
}
