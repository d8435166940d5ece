//! Saved plans and undo plans, one rule each.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, missing_docs)]

mod workshop;

use leadtag_core::{ContactRef, ErrorKind};
use leadtag_taxonomy::{Error, Limits, Lock, Plan, StepKind, left};
use leadtag_testkit::{MemoryTagProvider, tag_capabilities};
use workshop::Workshop;
use workshop::simple::{HERE, answered, file, provider, started};

fn people(count: usize) -> Vec<ContactRef> {
    (0..count).map(|n| ContactRef::new(format!("c{n}"))).collect()
}

/// Owns the tags `a` and `b`, without a group, where these contacts are.
async fn started_with(contacts: &[ContactRef]) -> Workshop {
    let can = tag_capabilities::flat_one_by_one();
    let provider = MemoryTagProvider::new(HERE, can).with_contacts(contacts.to_vec());
    started(provider, &["a", "b"]).await
}

async fn put_b_on(workshop: &Workshop, contacts: &[ContactRef]) {
    let here = workshop.provider("here");
    let b = [here.tag_id("", "b").unwrap()];
    for contact in contacts {
        leadtag_core::TagProvider::assign(here, contact, &b, &[]).await.unwrap();
    }
}

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
async fn a_plan_of_another_lock_is_refused_before_anything_is_sent() {
    let workshop = started(provider(), &["a", "b"]).await;
    let plan = workshop.plan(&file(&["a1", "b"]), &workshop.lock()).await.unwrap();
    let of_another = plan.clone().with_lock(&Lock::default());
    workshop.provider("here").forget_calls();
    let error = workshop.apply_saved(&of_another).await.unwrap_err();
    let told = |why: &str| why.contains("here") && why.contains("the same --lock");
    assert!(matches!(&error, Error::Refused(why) if told(why)), "{error}");
    assert_eq!(workshop.provider("here").writes(), []);
    // Saved and read again it is the same, and one of an earlier leadtag has none.
    let of_this = plan.clone().with_lock(&workshop.lock());
    assert_eq!(Plan::load(&of_this.to_json()).unwrap(), of_this);
    assert!(!plan.to_json().contains("\"lock\"") && Plan::load(&plan.to_json()).unwrap() == plan);
    assert!(workshop.apply_saved(&of_this).await.unwrap().is_complete());
}

#[tokio::test]
async fn a_plan_that_was_cut_off_goes_on_with_the_lock_that_it_has_changed() {
    let workshop = started(provider(), &["a", "b"]).await;
    let lock = workshop.lock();
    let plan = workshop.plan(&file(&["a", "b", "c", "d"]), &lock).await.unwrap().with_lock(&lock);
    workshop.provider("here").pass_next(2);
    workshop.provider("here").fail_next(answered(ErrorKind::Platform));
    workshop.apply_saved(&plan).await.unwrap();
    assert!(workshop.apply_saved(&plan).await.unwrap().is_complete());
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
    let contacts = people(3);
    let mut workshop = started_with(&contacts).await;
    let plan = workshop.plan(&file(&["a"]), &workshop.lock()).await.unwrap();
    put_b_on(&workshop, &contacts).await;
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
    let contacts = people(3);
    let workshop = started_with(&contacts).await;
    let here = workshop.provider("here");
    put_b_on(&workshop, &contacts[..2]).await;
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
    let contacts = people(2);
    let workshop = started_with(&contacts).await;
    let here = workshop.provider("here");
    put_b_on(&workshop, &contacts).await;
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
