//! The members of what programs read of tags as code: they stay.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::support::{Bench, Ran};

/// The path of every member, each once. A step or a note stands under its kind or code.
fn members(value: &Value) -> Vec<String> {
    fn walk(value: &Value, path: &str, found: &mut BTreeSet<String>) {
        match value {
            Value::Object(members) => {
                for (key, value) in members {
                    let path = format!("{path}.{key}");
                    found.insert(path.clone());
                    walk(value, &path, found);
                }
            }
            Value::Array(items) => {
                for item in items {
                    let kind = item["kind"].as_str().filter(|_| path.ends_with(".steps"));
                    walk(item, &format!("{path}[{}]", kind.unwrap_or_default()), found);
                }
            }
            _ => {}
        }
    }
    let mut found = BTreeSet::new();
    walk(value, "", &mut found);
    found.into_iter().collect()
}

/// Members of one thing: `.a[]` and `b c` are `.a[].b` and `.a[].c`.
fn under(path: &str, names: &str) -> Vec<String> {
    names.split(' ').map(|name| format!("{path}.{name}")).collect()
}

fn sorted(parts: &[(&str, &str)]) -> Vec<String> {
    let mut all: Vec<_> = parts.iter().flat_map(|(path, names)| under(path, names)).collect();
    all.sort();
    all
}

fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error}: {ran:?}"))
}

fn imported() -> Bench {
    let bench = Bench::all();
    bench.run(&["tags", "import", "--provider", "shop-wecom,shop-douyin,agent-miaokol"]).ok();
    bench
}

#[test]
fn members_of_tags_check() {
    let bench = Bench::new();
    let twice = "version = 1\n[[group]]\nkey = \"a\"\nname = \"a\"\n[[group.tag]]\nkey = \"a\"\nname = \"b\"\n";
    bench.dir.write("tags.toml", twice);
    let ran = bench.run(&["tags", "check", "--format", "json"]);
    assert_eq!(ran.code, 64, "{ran:?}");
    let found = "severity code file line column provider key message hint also";
    let expected =
        [("", "findings"), (".findings[]", found), (".findings[].also", "file line column")];
    assert_eq!(members(&json(&ran)), sorted(&expected));
}

#[test]
fn members_of_tags_import() {
    let bench = Bench::new();
    bench.run(&["tags", "create", "--group", " 组", "甲"]).ok();
    let import = ["tags", "import", "--provider", "shop-wecom", "--format", "json"];
    let ran = bench.run(&import).ok();
    let expected = [("", "file lock groups tags merged kept notes"), (".notes[]", "code message")];
    assert_eq!(members(&json(&ran)), sorted(&expected));
}

#[test]
fn members_of_tags_drift() {
    let bench = imported();
    bench.dir.write("tags.lock", &bench.dir.read("tags.lock").replace("\"高意向\"", "\"很高\""));
    let ran = bench.run(&["tags", "drift", "--format", "json"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    let found = "provider item key id kind applied live";
    assert_eq!(members(&json(&ran)), sorted(&[("", "differences"), (".differences[]", found)]));
}

#[test]
fn members_of_tags_plan() {
    let bench = imported();
    println!("{}", bench.dir.read("tags.toml"));
    let ran = bench.run(&["tags", "plan", "--format", "json"]).ok();
    for member in members(&json(&ran)) {
        println!("{member}");
    }
    panic!();
}
