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

/// The same, from the members of each path: `.a[]` and `b c` are `.a[].b` and `.a[].c`.
fn sorted(parts: &[(&str, &str)]) -> Vec<String> {
    let under = |(path, names): &(&str, &str)| {
        names.split(' ').map(|name| format!("{path}.{name}")).collect::<Vec<_>>()
    };
    let mut all: Vec<_> = parts.iter().flat_map(under).collect();
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

/// What is live, with changes of every kind.
fn changed() -> Bench {
    let bench = imported();
    bench.run(&["tags", "create", "--provider", "shop-douyin", "旧名"]).ok();
    let mut file = bench.dir.read("tags.toml");
    let begin = file.find("[[group]]\nkey = \"待整理\"").unwrap();
    let end = file.find("[[group]]\nkey = \"ungrouped\"").unwrap();
    file.replace_range(begin..end, "");
    for (from, to) in [
        ("name = \"高意向\"", "name = \"很高\""),
        ("name = \"来源\"", "name = \"渠道\""),
        ("order = 50", "order = 55"),
        ("order = 20", "order = 25"),
        ("key = \"来源.官网\"\nname = \"官网\"", "key = \"来源.新\"\nname = \"新\""),
        ("ungrouped.无效线索\"\nname = \"无效线索\"", "ungrouped.新\"\nname = \"新\""),
        ("name = \"老客户\"", "name = \"老客户\"\naliases = [\"旧名\"]"),
        // Two tags in each other's group: no call can move them.
        ("key = \"意向.低意向\"", "key = \"for-a-moment\""),
        ("key = \"来源.展会\"", "key = \"意向.低意向\""),
        ("key = \"for-a-moment\"", "key = \"来源.展会\""),
    ] {
        assert!(file.contains(from), "{from}: {file}");
        file = file.replacen(from, to, 1);
    }
    let group = "\n[[group]]\nkey = \"new\"\nname = \"新\"\n";
    let tag = "[[group.tag]]\nkey = \"new.1\"\nname = \"一\"\n";
    bench.dir.write("tags.toml", &format!("{file}{group}{tag}"));
    // One that is there is not in the lock, and one in the lock is not there.
    let lock = bench.dir.read("tags.lock");
    let line = lock.lines().find(|line| line.contains("\"意向.中意向\"")).unwrap();
    let gone = "  { key = \"gone\", id = \"gone\", name = \"gone\" },";
    bench.dir.write("tags.lock", &lock.replace(line, gone));
    bench
}

#[test]
fn members_of_tags_plan() {
    let ran = changed().run(&["tags", "plan", "--format", "json"]).ok();
    let summary =
        "create_groups create_tags renames reorders delete_tags delete_groups lock_only blocked";
    let expected = [
        ("", "format version kind file providers summary checksum"),
        (".file", "name sha256"),
        (".summary", summary),
        (".providers[]", "name platform fingerprint lock managed_tags steps blocked notes"),
        (".providers[].blocked[]", "why item key id name message"),
        (".providers[].notes[]", "code message"),
        (".providers[].steps[adopt]", "n kind item key id group name order"),
        (".providers[].steps[forget]", "n kind item key id name"),
        (".providers[].steps[rename-group]", "n kind key id from to temporary"),
        (".providers[].steps[rename-tag]", "n kind key id group from to temporary"),
        (".providers[].steps[reorder-group]", "n kind key id name from to"),
        (".providers[].steps[reorder-tag]", "n kind key id group name from to"),
        (".providers[].steps[create-group]", "n kind key name order tags"),
        (".providers[].steps[create-group].tags[]", "key name order"),
        (".providers[].steps[create-tags]", "n kind into tags"),
        (".providers[].steps[create-tags].into", "id"),
        (".providers[].steps[create-tags].into.id", "id name"),
        (".providers[].steps[create-tags].tags[]", "key name order"),
        (".providers[].steps[delete-tag]", "n kind key id group name contacts ends_group"),
        (".providers[].steps[delete-tag].contacts", "known"),
        (".providers[].steps[delete-group]", "n kind key id name"),
    ];
    assert_eq!(members(&json(&ran)), sorted(&expected));
}
