//! What is different on the platforms that are not WeCom.

use crate::support::Bench;

#[test]
fn a_flat_platform_has_no_column_for_groups_and_takes_none() {
    let bench = Bench::all();
    let on = ["--provider", "shop-douyin"];
    let created = bench.run(&[&["tags", "create", "新标签"][..], &on].concat()).ok();
    assert!(created.stdout.contains("新标签") && !created.stdout.contains("group"), "{created:?}");
    let listed = bench.run(&[&["tags", "list"][..], &on].concat()).ok();
    let header: Vec<&str> = listed.stdout.lines().next().unwrap().split_whitespace().collect();
    assert_eq!(header, ["TAG", "ID"]);
    assert!(listed.stdout.contains("新标签"), "{listed:?}");
    let json = bench.run(&[&["tags", "list", "--format", "json"][..], &on].concat()).json();
    assert_eq!(json["groups"].as_array().unwrap().len(), 0);
    assert!(json["tags"].as_array().unwrap().iter().any(|tag| tag["name"] == "新标签"));
    for group in [["--group", "组"], ["--group-id", "1"]] {
        let create = [&["tags", "create", "x"][..], &group, &on].concat();
        bench.run(&create).fails(64, &["has no tag groups", "leave --group"]);
    }
}

#[test]
fn where_a_write_replaces_all_tags_adding_one_says_so() {
    let bench = Bench::all();
    let tag = ["contact", "tag", "1688850000000001", "--provider", "agent-miaokol"];
    let owned = [&tag[..], &["--owner", "1688850000000000", "--add", "1"]].concat();
    bench.run(&owned).fails(64, &["replaces the whole set", "use replace", "--replace ID"]);
    bench.run(&[&tag[..], &["--replace", "1"]].concat()).fails(64, &["--owner O, the rel_wxid"]);
    assert!(bench.admin().all_requests().is_empty());
}

#[test]
fn an_owner_is_refused_where_contacts_have_none() {
    let bench = Bench::all();
    let on = ["--provider", "shop-douyin", "--owner", "zhangwei", "_000sandbox0L0000000000"];
    for command in [&["contact", "tags"][..], &["contact", "tag", "--clear"]] {
        bench.run(&[command, &on].concat()).fails(64, &["have no owner", "leave --owner out"]);
    }
    assert!(bench.admin().all_requests().is_empty());
}

#[test]
fn tags_that_can_only_be_read_are_not_written_which_is_wrong_usage() {
    let bench = Bench::all();
    let listed = bench.run(&["tags", "list", "--provider", "crm"]).ok();
    assert!(listed.stdout.starts_with("GROUP"), "{listed:?}");
    let create = ["tags", "create", "--provider", "crm", "x"];
    let error = bench.run(&[&create[..], &["--format", "json"]].concat()).error();
    assert_eq!(error["kind"], "unsupported");
    bench.run(&create).fails(64, &["not supported", "leadtag caps"]);
}

#[test]
fn a_provider_without_tags_names_those_that_have_some() {
    let bench = Bench::all();
    bench
        .run(&["tags", "list", "--provider", "leads-beschannels"])
        .fails(64, &["has no tags", "shop-wecom (wecom)", "agent-miaokol (miaokol)"]);
}
