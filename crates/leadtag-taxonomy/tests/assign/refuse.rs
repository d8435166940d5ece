//! What is refused before anything is sent.

use leadtag_core::{Error, ErrorKind};
use leadtag_taxonomy::Lock;
use leadtag_testkit::{ManualClock, MemoryTagProvider, tag_capabilities};

use crate::bench::{Dir, contact, id, options, provider};

/// Prepares, expects that so many rows are refused, and gives the results.
async fn refused(text: &str, provider: &MemoryTagProvider, count: u64) -> String {
    let dir = Dir::new();
    let options = options(&ManualClock::new());
    let prepared = dir.prepare(text, provider, &Lock::default(), options).await.unwrap();
    assert_eq!(prepared.refused(), count);
    let counts = prepared.finish(&dir.path("results")).unwrap();
    assert_eq!((counts.refused, counts.ok), (count, 0));
    assert_eq!(provider.writes(), []);
    assert!(!dir.path("work").exists(), "nothing was sent, so nothing is kept");
    dir.results()
}

#[tokio::test]
async fn six_tags_where_five_fit_are_refused_before_any_call() {
    let provider = provider(tag_capabilities::flat_one_by_one());
    let text = "provider,contact,add,remove\np,c1,a;b;c;d;e;f,\n";
    let results = refused(text, &provider, 1).await;
    assert!(results.contains("6 tags, but a contact carries at most 5"), "{results}");
    // One list of the tags, and nothing of the contact.
    assert_eq!(provider.call_count(), 1);
}

#[tokio::test]
async fn whatever_the_limit_one_tag_more_is_refused_and_the_limit_is_not() {
    let mut replacing = tag_capabilities::replacing();
    replacing.max_tags_per_contact = Some(3);
    let mut blindly = tag_capabilities::replacing_blindly();
    blindly.max_tags_per_contact = Some(4);
    for can in [tag_capabilities::small(), tag_capabilities::flat_one_by_one(), replacing, blindly]
    {
        let provider = provider(can);
        let most = can.max_tags_per_contact.unwrap() as usize;
        let rows = |count: usize| {
            let tags = ["a", "b", "c", "d", "e", "f"][..count].join(";");
            format!("provider,owner,contact,add,current\np,o,c1,{tags},[]\n")
        };
        let results = refused(&rows(most + 1), &provider, 1).await;
        assert!(results.contains(&format!("at most {most}")), "{results}");
        let dir = Dir::new();
        let (_, counts) = dir.run(&rows(most), &provider, options(&ManualClock::new())).await;
        assert_eq!(counts.ok, 1, "{can:?}");
    }
}

#[tokio::test]
async fn tags_over_several_rows_count_together() {
    let provider = provider(tag_capabilities::flat_one_by_one());
    let text = "provider,contact,add\np,c1,a;b;c\np,c1,d;e;f\n";
    let results = refused(text, &provider, 2).await;
    assert_eq!(results.matches("at most 5").count(), 2, "{results}");
}

#[tokio::test]
async fn the_tags_that_a_contact_has_already_count() {
    let can = tag_capabilities::flat_one_by_one();
    let provider = provider(can).with_marks(contact(can, "c1"), ["t1", "t2", "t3", "t4"]);
    let text = "provider,contact,add,remove\np,c1,e;f,\n";
    let results = refused(text, &provider, 1).await;
    assert!(results.contains("it has 4 tags and would carry 6"), "{results}");
    let dir = Dir::new();
    let text = "provider,contact,add,remove\np,c1,e;f,a\n";
    let (_, counts) = dir.run(text, &provider, options(&ManualClock::new())).await;
    assert_eq!(counts.ok, 1);
}

#[tokio::test]
async fn a_set_that_is_replaced_must_be_known() {
    let provider = provider(tag_capabilities::replacing_blindly());
    let text = "provider,owner,contact,add,current\np,o,c1,a,\n";
    let results = refused(text, &provider, 1).await;
    assert!(results.contains("in the column current, such as a;b, or [] for none"), "{results}");
}

#[tokio::test]
async fn a_set_that_is_replaced_is_never_emptied_by_the_way() {
    let provider = provider(tag_capabilities::replacing_blindly());
    let text = "provider,owner,contact,remove,current\np,o,c1,a;b,a;b\n";
    let results = refused(text, &provider, 1).await;
    assert!(results.contains("no tag would be left"), "{results}");
}

#[tokio::test]
async fn rows_that_differ_in_what_a_contact_has_are_refused() {
    let provider = provider(tag_capabilities::replacing_blindly());
    let text = "provider,owner,contact,add,current\np,o,c1,a,b\np,o,c1,d,c\n";
    let results = refused(text, &provider, 2).await;
    assert!(results.contains("rows 1 and 2 differ"), "{results}");
}

#[tokio::test]
async fn a_tag_that_is_added_and_removed_is_refused_also_across_rows() {
    let provider = provider(tag_capabilities::flat());
    let text = "provider,contact,add,remove\np,c1,a,\np,c1,,a\n";
    let results = refused(text, &provider, 2).await;
    assert!(results.contains("a is both added and removed, in rows 1 and 2"), "{results}");
}

#[tokio::test]
async fn what_a_row_lacks_or_cannot_mean_is_said_for_each_row() {
    let provider = provider(tag_capabilities::grouped());
    let text = "provider,owner,contact,add,remove\n\
                nobody,o,c1,a,\n\
                ,o,c1,a,\n\
                p,o,,a,\n\
                p,,c1,a,\n\
                p,o,c1,zzz,\n\
                p,o,c1\n";
    let results = refused(text, &provider, 6).await;
    let lines: Vec<&str> = results.lines().skip(1).collect();
    for (line, part) in lines.iter().zip([
        "no provider",
        "names no provider",
        "names no contact",
        "give its owner",
        "no tag",
        "it has 3 cells",
    ]) {
        assert!(line.contains("refused") && line.contains(part), "{part}: {line}");
    }
    assert_eq!(lines.len(), 6);
}

#[tokio::test]
async fn a_provider_that_cannot_write_refuses_every_row() {
    let provider = MemoryTagProvider::new(crate::bench::HERE, tag_capabilities::read_only())
        .with_tags("g", ["a"]);
    let results = refused("provider,contact,add\np,c1,a\n", &provider, 1).await;
    assert!(results.contains("cannot be written"), "{results}");
}

#[tokio::test]
async fn the_good_rows_can_be_sent_although_others_are_refused() {
    let (dir, can) = (Dir::new(), tag_capabilities::flat());
    let provider = provider(can);
    let text = "provider,contact,add\np,c1,a\np,c2,zzz\n";
    let (_, counts) = dir.run(text, &provider, options(&ManualClock::new())).await;
    assert_eq!((counts.ok, counts.refused), (1, 1));
    assert_eq!(provider.carried_by(&contact(can, "c1")), [id(&provider, "a")]);
}

#[tokio::test]
async fn a_contact_whose_tags_cannot_be_read_is_refused_and_a_broken_provider_ends_it() {
    let provider = provider(tag_capabilities::flat_one_by_one());
    let results = refused("provider,contact,add\np,nobody,a\n", &provider, 1).await;
    assert!(results.contains("its tags cannot be read"), "{results}");
    provider.pass_next(1);
    provider.fail_next(Error::new(ErrorKind::Unauthenticated, "no"));
    let (dir, options) = (Dir::new(), options(&ManualClock::new()));
    let text = "provider,contact,add\np,c1,a\n";
    let ended = dir.prepare(text, &provider, &Lock::default(), options).await;
    assert!(ended.unwrap_err().to_string().starts_with("p: "));
    assert!(!dir.path("work").exists());
}
