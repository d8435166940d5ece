//! `leadtag tags`.

use crate::support::{Bench, keys};

#[test]
fn list_shows_groups_in_the_platforms_order_with_order_and_id() {
    let bench = Bench::new();
    let ran = bench.run(&["tags", "list", "--provider", "shop-wecom"]).ok();
    let at = |text: &str| ran.stdout.find(text).unwrap_or_else(|| panic!("{text}: {ran:?}"));
    assert!(at("GROUP") < at("意向") && at("意向") < at("高意向") && at("高意向") < at("来源"));
    let line = ran.stdout.lines().find(|line| line.contains("高意向")).unwrap();
    assert!(line.ends_with(&bench.id("高意向")) && line.contains("30"), "{line}");
    assert!(!ran.stderr.contains("SANDBOX"), "{ran:?}");
}

#[test]
fn a_table_is_straight_with_chinese_names() {
    let bench = Bench::new();
    bench.run(&["tags", "create", "--group", "a", "b"]).ok();
    let ran = bench.run(&["tags", "list"]).ok();
    // In a straight table the ids begin in one column; a Chinese character takes two.
    let columns = ran.stdout.lines().filter_map(|line| {
        let before = &line[..line.find("etSandbox")?];
        Some(before.chars().map(|c| if c.is_ascii() { 1 } else { 2 }).sum::<usize>())
    });
    let columns: Vec<usize> = columns.collect();
    assert!(columns.len() > 20 && columns.iter().all(|at| *at == columns[0]), "{ran:?}");
}

#[test]
fn list_as_json_has_exactly_the_documented_keys() {
    let listed = Bench::new().run(&["tags", "list", "--format", "json"]).json();
    assert_eq!(keys(&listed), ["groups", "tags"]);
    assert_eq!(listed["tags"].as_array().unwrap().len(), 0);
    let groups = listed["groups"].as_array().unwrap();
    assert_eq!(groups[0]["name"], "意向");
    for group in groups {
        assert_eq!(keys(group), ["id", "name", "order", "tags"]);
        assert!(group["id"].is_string() && group["order"].is_i64());
        for tag in group["tags"].as_array().unwrap() {
            assert_eq!(keys(tag), ["contact_count", "deleted", "id", "name", "order"]);
            assert!(tag["id"].is_string() && tag["contact_count"].is_null());
        }
    }
}

#[test]
fn deleted_tags_are_listed_only_when_asked_for() {
    let bench = Bench::new();
    let id = bench.id("低意向");
    bench.run(&["tags", "delete", "--id", &id, "--yes"]).ok();
    let with = |args: &[&str]| bench.run(&[&["tags", "list"], args].concat()).ok().stdout;
    assert!(!with(&[]).contains("低意向"));
    let all = with(&["--with-deleted"]);
    let line = all.lines().find(|line| line.contains("低意向")).unwrap();
    assert!(all.contains("DELETED") && line.contains("yes"), "{all}");
    let listed = bench.run(&["tags", "list", "--with-deleted", "--format", "json"]).json();
    let tags = listed["groups"][0]["tags"].as_array().unwrap();
    let tag = tags.iter().find(|tag| tag["name"] == "低意向").unwrap();
    assert_eq!(tag["deleted"], true);
}

#[test]
fn an_empty_list_says_so_on_stderr() {
    let bench = Bench::new();
    bench.add_other_app("other");
    for (provider, groups) in [
        ("shop-wecom", &["意向", "来源", "客户等级", "行业", "地区"][..]),
        ("other", &["客服分类"][..]),
    ] {
        let listed =
            bench.run(&["tags", "list", "--provider", provider, "--format", "json"]).json();
        let all = listed["groups"].as_array().unwrap().iter();
        let wanted = all.filter(|group| groups.contains(&group["name"].as_str().unwrap()));
        let ids: Vec<&str> = wanted.map(|group| group["id"].as_str().unwrap()).collect();
        let delete = ["tags", "delete", "--provider", provider, "--yes", "--group-id"];
        bench.run(&[&delete[..], &ids].concat()).ok();
    }
    let ran = bench.run(&["tags", "list", "--provider", "other"]).ok();
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("other has no tags"), "{ran:?}");
    let json = ["tags", "list", "--provider", "other", "--format", "json"];
    assert_eq!(bench.run(&json).json(), serde_json::json!({"groups": [], "tags": []}));
}

#[test]
fn create_prints_the_new_ids() {
    let bench = Bench::new();
    let create = ["tags", "create", "--group", "阶段", "试用", "购买", "--format", "json"];
    let created = bench.run(&create).json();
    assert_eq!(keys(&created), ["group", "tags"]);
    assert_eq!(keys(&created["group"]), ["id", "name"]);
    assert_eq!(created["group"]["name"], "阶段");
    let names = ["试用", "购买"];
    for (tag, name) in created["tags"].as_array().unwrap().iter().zip(names) {
        assert_eq!(keys(tag), ["exists", "id", "name"]);
        assert_eq!((&tag["exists"], &tag["name"]), (&false.into(), &name.into()));
        assert_eq!(tag["id"], bench.id(name).as_str());
    }
    let text = bench.run(&["tags", "create", "--group-id", &bench.id("阶段"), "续费"]).ok();
    assert!(text.stdout.contains("续费") && text.stdout.contains(&bench.id("续费")), "{text:?}");
}

#[test]
fn create_tells_what_was_there_before() {
    let bench = Bench::all();
    for (provider, group) in [("shop-douyin", &[][..]), ("agent-miaokol", &["--group", "新来的组"])]
    {
        let create = |names: &[&str], more: &[&str]| {
            let on = ["tags", "create", "--provider", provider];
            bench.run(&[&on[..], group, names, more].concat()).ok().stdout
        };
        create(&["试用"], &[]);
        let text = create(&["试用", "购买"], &[]);
        let begins = |word: &str, name: &str| {
            text.lines().any(|line| line.starts_with(word) && line.contains(name))
        };
        assert!(begins("exists ", "试用") && begins("tag ", "购买"), "{text}");
        let json: serde_json::Value =
            serde_json::from_str(&create(&["试用", "续费"], &["--format", "json"])).unwrap();
        assert_eq!([&json["tags"][0]["exists"], &json["tags"][1]["exists"]], [true, false]);
    }
}

#[test]
fn create_without_a_group_says_how_to_give_one() {
    let bench = Bench::new();
    bench.run(&["tags", "create", "x"]).fails(64, &["--group NAME or --group-id ID"]);
    assert_eq!(bench.admin().calls("add_corp_tag"), 0);
}

#[test]
fn rename_changes_a_tag_or_a_group_and_keeps_the_order() {
    let bench = Bench::new();
    let (tag, group) = (bench.id("高意向"), bench.id("意向"));
    let renamed = bench.run(&["tags", "rename", "--id", &tag, "很高", "--format", "json"]).json();
    let expected = serde_json::json!({"renamed": {"kind": "tag", "id": tag, "name": "很高"}});
    assert_eq!(renamed, expected);
    let text = bench.run(&["tags", "rename", "--group-id", &group, "意愿"]).ok();
    assert_eq!(text.stdout, format!("renamed group {group} to 意愿\n"));
    let listed = bench.run(&["tags", "list", "--format", "json"]).json();
    let first = &listed["groups"][0];
    assert_eq!((&first["name"], &first["order"]), (&"意愿".into(), &50.into()));
    let first = &first["tags"][0];
    assert_eq!((&first["name"], &first["order"]), (&"很高".into(), &30.into()));
}

#[test]
fn delete_needs_a_yes_where_there_is_no_terminal() {
    let bench = Bench::new();
    let id = bench.id("低意向");
    let delete = ["tags", "delete", "--id", &id];
    bench.run(&delete).fails(64, &["add --yes", "1 tag"]);
    bench.dir.run_with_input(&delete, "y\n").fails(64, &["add --yes"]);
    assert_eq!(bench.admin().calls("del_corp_tag"), 0);
    let ran = bench.run(&[&delete[..], &["--yes"]].concat()).ok();
    assert_eq!(ran.stdout, "deleted 1 tag\n");
}

#[test]
fn delete_tells_as_json_what_is_gone() {
    let bench = Bench::new();
    let (one, two, group) = (bench.id("A级"), bench.id("B级"), bench.id("地区"));
    let delete = ["tags", "delete", "--yes", "--format", "json"];
    let gone = bench.run(&[&delete[..], &["--id", &one, &two]].concat()).json();
    let expected = serde_json::json!({"deleted": {"tags": [one, two], "groups": []}});
    assert_eq!(gone, expected);
    let gone = bench.run(&[&delete[..], &["--group-id", &group]].concat()).json();
    let expected = serde_json::json!({"deleted": {"tags": [], "groups": [group]}});
    assert_eq!(gone, expected);
    let left = bench.run(&["tags", "list"]).ok().stdout;
    assert!(!left.contains("A级") && !left.contains("地区") && left.contains("C级"), "{left}");
}
