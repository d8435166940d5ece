//! `leadtag contact`.

use serde_json::{Value, json};

use crate::support::{Bench, keys};

struct Customer {
    bench: Bench,
    owner: String,
    id: String,
}

impl Customer {
    fn new() -> Self {
        let bench = Bench::new();
        let (owner, id) = bench.contact();
        Self { bench, owner, id }
    }

    fn tag(&self, change: &[&str]) -> Value {
        let args = ["contact", "tag", &self.id, "--owner", &self.owner, "--format", "json"];
        self.bench.run(&[&args[..], change].concat()).json()
    }

    fn tags(&self) -> Value {
        let args = ["contact", "tags", &self.id, "--owner", &self.owner, "--format", "json"];
        self.bench.run(&args).json()
    }

    fn ids(&self) -> Vec<String> {
        let tags = self.tags();
        let ids = tags["tags"].as_array().unwrap().iter();
        let mut ids: Vec<_> = ids.map(|tag| tag["id"].as_str().unwrap().to_owned()).collect();
        ids.sort();
        ids
    }
}

#[test]
fn tags_are_added_and_removed_and_replaced_and_cleared() {
    let customer = Customer::new();
    let (one, two) = (customer.bench.id("高意向"), customer.bench.id("官网"));
    customer.tag(&["--clear"]);
    assert!(customer.ids().is_empty());
    let written = customer.tag(&["--add", &one, &two]);
    let expected = json!({
        "owner": customer.owner, "id": customer.id,
        "added": [one, two], "removed": [], "replaced": null,
    });
    assert_eq!(written, expected);
    let mut both = vec![one.clone(), two.clone()];
    both.sort();
    assert_eq!(customer.ids(), both);
    customer.tag(&["--remove", &one]);
    assert_eq!(customer.ids(), [two.as_str()]);
    let written = customer.tag(&["--replace", &one]);
    assert_eq!(written["replaced"], json!([one]));
    assert_eq!(customer.ids(), [one.as_str()]);
    assert_eq!(customer.tag(&["--clear"])["replaced"], json!([]));
    assert!(customer.ids().is_empty());
}

#[test]
fn tags_of_a_contact_as_json_have_exactly_the_documented_keys() {
    let customer = Customer::new();
    customer.tag(&["--replace", &customer.bench.id("高意向")]);
    let tags = customer.tags();
    assert_eq!(keys(&tags), ["id", "owner", "tags"]);
    assert_eq!(tags["owner"], customer.owner.as_str());
    assert_eq!(tags["id"], customer.id.as_str());
    let tag = &tags["tags"][0];
    assert_eq!(keys(tag), ["group", "id", "name"]);
    assert_eq!((&tag["name"], &tag["group"]), (&"高意向".into(), &"意向".into()));
}

#[test]
fn tags_of_a_contact_stand_in_a_table_without_anything_personal() {
    let customer = Customer::new();
    let one = customer.bench.id("高意向");
    customer.tag(&["--replace", &one]);
    let args = ["contact", "tags", &customer.id, "--owner", &customer.owner];
    let ran = customer.bench.run(&args).ok();
    assert!(ran.stdout.contains("高意向") && ran.stdout.contains(&one), "{ran:?}");
    customer.tag(&["--clear"]);
    let ran = customer.bench.run(&args).ok();
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("has no tags"), "{ran:?}");
}

#[test]
fn a_missing_owner_is_wrong_usage() {
    let customer = Customer::new();
    for args in
        [&["contact", "tags", &customer.id][..], &["contact", "tag", &customer.id, "--add", "x"]]
    {
        customer.bench.run(args).fails(64, &["add --owner O"]);
    }
}

#[test]
fn what_excludes_each_other_is_wrong_usage() {
    let customer = Customer::new();
    let args = ["contact", "tag", &customer.id, "--owner", &customer.owner];
    for change in [
        &[][..],
        &["--replace", "a", "--add", "b"],
        &["--replace", "a", "--remove", "b"],
        &["--clear", "--add", "a"],
        &["--clear", "--replace", "a"],
        &["--add", ""],
        &["--add", "same", "--remove", "same"],
    ] {
        customer.bench.run(&[&args[..], change].concat()).fails(64, &["error:"]);
    }
    assert_eq!(customer.bench.admin().calls("mark_tag"), 0);
}
