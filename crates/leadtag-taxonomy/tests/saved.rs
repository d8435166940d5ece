//! Saved plans and undo plans, one rule each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod workshop;

use leadtag_core::{ContactRef, ErrorKind};
use leadtag_taxonomy::{Error, Limits, StepKind, left};
use leadtag_testkit::{MemoryTagProvider, tag_capabilities};
use workshop::Workshop;
use workshop::simple::{HERE, answered, file, provider, started};

#[tokio::test]
async fn a_plan_of_another_state_is_refused_before_anything_is_sent() {
    let workshop = started(provider(), &["a", "b"]).await;
    let plan = workshop.plan(&file(&["a1", "b"]), &workshop.lock()).await.unwrap();
    let id = workshop.provider("here").tag_id("组", "b").unwrap();
    let change = leadtag_core::TagChange::rename("x");
    leadtag_core::TagProvider::update_tag(workshop.provider("here"), &id, &change).await.unwrap();
    workshop.provider("here").forget_calls();
    let error = workshop.apply_saved(&plan).await.unwrap_err();
    assert!(matches!(&error, Error::Refused(why) if why.contains("here")), "{error}");
    assert_eq!(workshop.provider("here").writes(), []);
}

#[tokio::test]
async fn where_a_saved_plan_was_not_begun_nothing_may_have_changed_since() {
    let workshop = Workshop::new([("here", provider()), ("there", provider())]);
    workshop.apply(&file(&["a", "b"])).await.unwrap();
    let plan = workshop.plan(&file(&["a1", "b1"]), &workshop.lock()).await.unwrap();
    let there = workshop.provider("there");
    there.fail_next(answered(ErrorKind::Platform));
    let report = workshop.apply_saved(&plan).await.unwrap();
    assert_eq!((report.providers[0].done, report.providers[1].done), (2, 0), "{report:#?}");
    let id = there.tag_id("组", "b").unwrap();
    let change = leadtag_core::TagChange::rename("x");
    leadtag_core::TagProvider::update_tag(there, &id, &change).await.unwrap();
    let error = workshop.apply_saved(&plan).await.unwrap_err();
    assert!(matches!(&error, Error::Refused(why) if why.contains("there")), "{error}");
    let change = leadtag_core::TagChange::rename("b");
    leadtag_core::TagProvider::update_tag(there, &id, &change).await.unwrap();
    assert!(workshop.apply_saved(&plan).await.unwrap().is_complete());
}

#[tokio::test]
async fn a_plan_beyond_a_limit_is_refused_with_the_counts_of_now() {
    let contacts = (0..3).map(|n| ContactRef::new(format!("c{n}")));
    let can = tag_capabilities::flat_one_by_one();
    let provider = MemoryTagProvider::new(HERE, can).with_contacts(contacts.clone());
    let mut workshop = started(provider, &["a", "b"]).await;
    let plan = workshop.plan(&file(&["a"]), &workshop.lock()).await.unwrap();
    let id = workshop.provider("here").tag_id("", "b").unwrap();
    for contact in contacts {
        let here = workshop.provider("here");
        leadtag_core::TagProvider::assign(here, &contact, std::slice::from_ref(&id), &[])
            .await
            .unwrap();
    }
    workshop.provider("here").forget_calls();
    workshop.options.limits = Limits::default().with_max_contacts(2);
    let error = workshop.apply_saved(&plan).await.unwrap_err();
    assert!(matches!(&error, Error::LimitsExceeded(all) if all.len() == 1), "{error}");
    assert_eq!(workshop.provider("here").writes(), []);
    workshop.options.limits = Limits::default().with_max_contacts(3);
    assert!(workshop.apply_saved(&plan).await.unwrap().is_complete());
}

#[tokio::test]
async fn what_is_left_of_a_saved_plan_is_held_against_the_limits() {
    let can = tag_capabilities::flat_one_by_one();
    let mut workshop = started(MemoryTagProvider::new(HERE, can), &["a", "b", "c", "d"]).await;
    let plan = workshop.plan(&file(&["d"]), &workshop.lock()).await.unwrap();
    // Listed twice, the first deletion with its contacts, and the contacts of the second one.
    let contacts_of_all = 3;
    workshop.provider("here").pass_next(2 + contacts_of_all + 2);
    workshop.provider("here").fail_next(answered(ErrorKind::Platform));
    let report = workshop.apply_saved(&plan).await.unwrap();
    assert_eq!((report.providers[0].done, report.providers[0].not_done.len()), (1, 2));
    let workspace = workshop.open().unwrap();
    let rest = left(&plan, &workspace, &workshop.targets()).await.unwrap();
    let steps = rest.providers[0].steps.iter().map(|step| step.n);
    assert_eq!(steps.collect::<Vec<_>>(), [2, 3]);
    drop(workspace);
    workshop.options.limits = Limits::default().with_max_deletions(1);
    let error = workshop.apply_saved(&plan).await.unwrap_err();
    assert!(matches!(&error, Error::LimitsExceeded(all) if all.len() == 1), "{error}");
    workshop.options.limits = Limits::default().with_max_deletions(2);
    assert!(workshop.apply_saved(&plan).await.unwrap().is_complete());
}

#[tokio::test]
async fn an_undo_tags_the_contacts_again() {
    let contacts: Vec<_> = (0..3).map(|n| ContactRef::new(format!("c{n}"))).collect();
    let can = tag_capabilities::flat_one_by_one();
    let provider = MemoryTagProvider::new(HERE, can).with_contacts(contacts.clone());
    let workshop = started(provider, &["a", "b"]).await;
    let here = workshop.provider("here");
    let id = here.tag_id("", "b").unwrap();
    for contact in &contacts[..2] {
        leadtag_core::TagProvider::assign(here, contact, std::slice::from_ref(&id), &[])
            .await
            .unwrap();
    }
    assert!(workshop.apply(&file(&["a"])).await.unwrap().is_complete());
    let undo = workshop.undo();
    assert!(undo.providers[0].steps.iter().any(|step| matches!(step.kind, StepKind::Retag { .. })));
    assert!(workshop.apply_saved(&undo).await.unwrap().is_complete());
    let again = here.tag_id("", "b").unwrap();
    let carried: Vec<_> = contacts.iter().map(|contact| here.carried_by(contact)).collect();
    assert_eq!(carried, [vec![again.clone()], vec![again], vec![]]);
    workshop.is_settled(&file(&["a", "b"]), "after").await;
}

#[tokio::test]
async fn a_contact_that_cannot_have_its_tag_back_does_not_stop_the_others() {
    let contacts: Vec<_> = (0..2).map(|n| ContactRef::new(format!("c{n}"))).collect();
    let can = tag_capabilities::flat_one_by_one();
    let provider = MemoryTagProvider::new(HERE, can).with_contacts(contacts.clone());
    let workshop = started(provider, &["a", "b"]).await;
    let here = workshop.provider("here");
    let id = here.tag_id("", "b").unwrap();
    for contact in &contacts {
        leadtag_core::TagProvider::assign(here, contact, std::slice::from_ref(&id), &[])
            .await
            .unwrap();
    }
    workshop.apply(&file(&["a"])).await.unwrap();
    let undo = workshop.undo();
    // The list, the create, and the first contact is gone.
    here.pass_next(2);
    here.fail_next(answered(ErrorKind::NotFound));
    let report = workshop.apply_saved(&undo).await.unwrap();
    assert!(!report.is_complete());
    assert!(report.providers[0].notes[0].message.contains("1 contacts"), "{report:#?}");
    assert_eq!(here.carried_by(&contacts[1]).len(), 1);
    assert!(!format!("{report:?}").contains("\"c0\""));
}
