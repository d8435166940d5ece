//! What must hold on every platform whose tags can be written.

use serde_json::Value;

use crate::support::Bench;

const ALL: &str = "shop-wecom,shop-douyin,agent-miaokol";

/// The calls that change tags.
const WRITES: [&str; 9] = [
    "add_corp_tag",
    "edit_corp_tag",
    "del_corp_tag",
    "tag/create",
    "tag/update",
    "tag/delete",
    "smart-tag/add",
    "smart-tag/batchAddTag",
    "smart-tag/delete",
];

fn imported() -> Bench {
    let bench = Bench::all();
    bench.run(&["tags", "import", "--provider", ALL]).ok();
    bench
}

fn edit(bench: &Bench, from: &str, to: &str) {
    let file = bench.dir.read("tags.toml");
    assert!(file.contains(from), "{from}: {file}");
    bench.dir.write("tags.toml", &file.replace(from, to));
}

/// Which contact has which tags, on every platform.
fn marks(bench: &Bench) -> Vec<Value> {
    let snapshot = bench.admin().snapshot();
    let places = ["/wecom/marks", "/douyin/accounts/0/marks", "/miaokol/marks"];
    let marks = places.map(|place| snapshot.pointer(place).unwrap().clone());
    assert!(marks.iter().all(|marks| !marks.as_array().unwrap().is_empty()));
    marks.into()
}

/// How often each call was made, of those that were.
fn writes(bench: &Bench) -> Vec<(&'static str, u64)> {
    let calls = WRITES.map(|api| (api, bench.admin().calls(api)));
    calls.into_iter().filter(|(_, count)| *count > 0).collect()
}

#[test]
fn a_rename_keeps_the_id_and_the_contacts() {
    let bench = imported();
    let (lock, before) = (bench.dir.read("tags.lock"), marks(&bench));
    // A tag of all three, a group of WeCom, a group of Miaokol.
    let names = [("高意向", "很高意向"), ("来源", "渠道"), ("意向程度", "意向高低")];
    for (from, to) in names {
        edit(&bench, &format!("name = \"{from}\""), &format!("name = \"{to}\""));
    }
    let ran = bench.run(&["tags", "apply", "--yes"]).ok();
    assert_eq!(ran.stdout.matches(" → ").count(), 5, "{ran:?}");
    let renamed = names.iter().fold(lock, |lock, (from, to)| {
        lock.replace(&format!("name = \"{from}\""), &format!("name = \"{to}\""))
    });
    assert_eq!(bench.dir.read("tags.lock"), renamed);
    assert_eq!(marks(&bench), before);
    bench.run(&["tags", "plan", "--detailed-exitcode"]).ok();
    bench.run(&["tags", "drift"]).ok();
}

#[test]
fn a_sort_value_is_sent_only_where_there_is_one_and_only_when_it_differs() {
    let bench = imported();
    bench.admin().reset_counts();
    // Only WeCom has an order: what has none yet in the file stands elsewhere.
    let file = bench.dir.read("tags.toml");
    let blocks = file.split("\n\n").map(|block| {
        let lacks = block.starts_with("[[group") && !block.contains("order = ");
        if lacks { format!("{}\norder = 77", block.trim_end()) } else { block.to_owned() }
    });
    let file = blocks.collect::<Vec<_>>().join("\n\n") + "\n";
    assert!(file.matches("order = 77").count() > 10, "{file}");
    bench.dir.write("tags.toml", &file);
    bench.run(&["tags", "plan", "--detailed-exitcode"]).ok();
    edit(&bench, "name = \"中意向\"\norder = 20", "name = \"中意向\"\norder = 35");
    let ran = bench.run(&["tags", "apply", "--yes"]).ok();
    assert!(ran.stdout.contains("order 20 → 35"), "{ran:?}");
    assert_eq!(writes(&bench), [("edit_corp_tag", 1)]);
    bench.run(&["tags", "apply", "--yes"]).ok();
    assert_eq!(writes(&bench), [("edit_corp_tag", 1)]);
}

#[test]
fn more_groups_than_one_page_are_imported_with_nothing_to_plan() {
    let bench = Bench::all();
    let list = ["tags", "list", "--provider", "agent-miaokol", "--format", "json"];
    let create = ["tags", "create", "--provider", "agent-miaokol", "--group"];
    for at in 0..110 {
        bench.run(&[&create[..], &[&format!("组{at}"), "一"]].concat()).ok();
    }
    let groups = bench.run(&list).json()["groups"].as_array().unwrap().len();
    bench.admin().reset_counts();
    let import = ["tags", "import", "--provider", "agent-miaokol", "--format", "json"];
    assert_eq!(bench.run(&import).json()["groups"], groups);
    assert!(groups > 100 && bench.admin().calls("smart-tag/list") > 1);
    bench.run(&["tags", "plan", "--detailed-exitcode"]).ok();
}
