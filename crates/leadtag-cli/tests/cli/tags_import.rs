//! `leadtag tags import`.

use std::process::Stdio;

use leadtag_sandbox::FaultSpec;

use crate::support::{Bench, Dir, Ran, keys, wait_while_running};

const ALL: &str = "shop-wecom,agent-miaokol,shop-douyin";

fn import(bench: &Bench, args: &[&str]) -> Ran {
    bench.run(&[&["tags", "import"], args].concat())
}

#[test]
fn what_is_live_on_all_platforms_passes_the_check() {
    let bench = Bench::all();
    let ran = import(&bench, &["--provider", ALL]).ok();
    assert!(ran.stdout.starts_with("wrote tags.toml and tags.lock; groups: "), "{ran:?}");
    let checked = bench.run(&["tags", "check", "--format", "json"]).json();
    assert_eq!(checked["findings"], serde_json::json!([]));
    let (file, lock) = (bench.dir.read("tags.toml"), bench.dir.read("tags.lock"));
    assert!(file.contains("name = \"高意向\""), "{file}");
    for name in ALL.split(',') {
        assert!(lock.contains(&format!("[providers.{name}]\n")), "{lock}");
    }
    assert!(lock.contains("platform = \"miaokol\""), "{lock}");
}

#[test]
fn after_an_import_there_is_nothing_to_plan() {
    let bench = Bench::all();
    import(&bench, &["--provider", ALL]).ok();
    let plan = ["tags", "plan", "--detailed-exitcode", "--provider", ALL];
    assert!(bench.run(&plan).ok().stdout.contains("No changes."));
    assert!(
        bench.run(&["tags", "plan", "--detailed-exitcode"]).ok().stdout.contains("No changes.")
    );
}

#[test]
fn after_an_import_of_ten_thousand_tags_there_is_nothing_to_plan() {
    let bench = Bench::new();
    let seeded = bench.run(&["tags", "list", "--format", "json"]).json();
    let groups = seeded["groups"].as_array().unwrap();
    let seeded: usize = groups.iter().map(|group| group["tags"].as_array().unwrap().len()).sum();
    bench.admin().add_tags(1, 10_000 - seeded);
    let written = import(&bench, &["--provider", "shop-wecom", "--format", "json"]).json();
    assert_eq!(written["tags"], 10_000);
    bench.run(&["tags", "plan", "--detailed-exitcode"]).ok();
}

#[test]
fn every_id_of_the_lock_is_the_live_one() {
    let bench = Bench::new();
    import(&bench, &["--provider", "shop-wecom"]).ok();
    let lock = bench.dir.read("tags.lock");
    let listed = bench.run(&["tags", "list", "--format", "json"]).json();
    let mut count = 0;
    for group in listed["groups"].as_array().unwrap() {
        for item in std::iter::once(group).chain(group["tags"].as_array().unwrap()) {
            let (id, name) = (item["id"].as_str().unwrap(), item["name"].as_str().unwrap());
            let line = lock.lines().find(|line| line.contains(&format!("id = \"{id}\"")));
            assert!(line.unwrap().contains(&format!("name = \"{name}\"")), "{lock}");
            count += 1;
        }
    }
    assert_eq!(lock.matches("key = ").count(), count);
}

#[test]
fn nothing_is_written_to_the_platform() {
    let bench = Bench::all();
    let before = bench.admin().snapshot();
    import(&bench, &["--provider", ALL]).ok();
    let after = bench.admin().snapshot();
    assert!(before["wecom"]["tag_group"].is_array());
    for place in ["/wecom/tag_group", "/douyin/accounts", "/miaokol/tags", "/miaokol/groups"] {
        assert_eq!(after.pointer(place), before.pointer(place), "{place}");
    }
    for api in ["add_corp_tag", "edit_corp_tag", "tag/create", "smart-tag/add"] {
        assert_eq!(bench.admin().calls(api), 0, "{api}");
    }
}

#[test]
fn a_second_import_writes_the_same_bytes() {
    let bench = Bench::all();
    let files = || (bench.dir.read("tags.toml"), bench.dir.read("tags.lock"));
    import(&bench, &["--provider", ALL]).ok();
    let first = files();
    import(&bench, &["--provider", ALL, "--overwrite"]).ok();
    assert_eq!(files(), first);
    assert!(!bench.dir.path().join("tags.toml.old").exists());
}

#[test]
fn what_the_old_lock_knows_keeps_its_key() {
    let bench = Bench::new();
    import(&bench, &["--provider", "shop-wecom"]).ok();
    let lock = bench.dir.read("tags.lock").replace("key = \"意向\"", "key = \"intent\"");
    bench.dir.write("tags.lock", &lock);
    import(&bench, &["--provider", "shop-wecom", "--overwrite"]).ok();
    assert!(bench.dir.read("tags.toml").contains("key = \"intent\"\nname = \"意向\"\n"));
    let sorted = |text: &str| {
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        lines.sort();
        lines
    };
    assert_eq!(sorted(&bench.dir.read("tags.lock")), sorted(&lock));
}

#[test]
fn files_that_are_there_are_kept_unless_told_otherwise() {
    for name in ["tags.toml", "tags.lock"] {
        let bench = Bench::new();
        bench.dir.write(name, "mine");
        let expected = format!("{name} is there already");
        import(&bench, &["--provider", "shop-wecom"])
            .fails(64, &[&expected, "--overwrite", "aliases, flatten"]);
        assert_eq!(bench.dir.read(name), "mine");
        let ran = import(&bench, &["--provider", "shop-wecom", "--overwrite"]).ok();
        assert_ne!(bench.dir.read(name), "mine");
        assert_eq!(bench.dir.read(&format!("{name}.old")), "mine");
        assert!(ran.stderr.contains(&format!("is kept in {name}.old;")), "{ran:?}");
    }
}

#[test]
fn file_and_lock_are_two_files_in_a_directory_that_is_there() {
    let bench = Bench::new();
    let import = |more: &[&str]| import(&bench, &[&["--provider", "shop-wecom"], more].concat());
    import(&["--file", "one", "--lock", "one"]).fails(64, &["one cannot be both"]);
    import(&["--lock", "no/such/lock"]).fails(1, &["there is no directory no/such"]);
    import(&["--file", "no/such/file"]).fails(1, &["there is no directory no/such"]);
}

#[test]
fn an_interrupted_apply_comes_first() {
    let bench = Bench::new();
    bench.dir.write("tags.lock.journal", "");
    import(&bench, &["--provider", "shop-wecom", "--overwrite"])
        .fails(1, &["an apply was interrupted", "leadtag tags apply"]);
}

#[test]
fn nobody_imports_while_another_process_does() {
    let bench = Bench::new();
    let admin = bench.admin();
    admin.inject("hang@get_corp_tag_list".parse::<FaultSpec>().unwrap());
    let args = ["tags", "import", "--provider", "shop-wecom"];
    let mut first = bench.dir.command(&args).stderr(Stdio::null()).spawn().unwrap();
    let is_asked = || admin.calls("get_corp_tag_list") > 0;
    assert!(wait_while_running(&mut first, "the first one asks for its list", is_asked));
    let holder = format!("process {} ", first.id());
    import(&bench, &["--provider", "shop-wecom"]).fails(1, &[&holder, "tags import"]);
    first.kill().unwrap();
    first.wait().unwrap();
    admin.clear_faults();
    import(&bench, &["--provider", "shop-wecom"]).ok();
}

#[test]
fn as_json_the_result_has_exactly_the_documented_keys() {
    let bench = Bench::new();
    let written = import(&bench, &["--provider", "shop-wecom", "--format", "json"]).json();
    assert_eq!(keys(&written), ["file", "groups", "kept", "lock", "merged", "notes", "tags"]);
    assert_eq!((&written["file"], &written["lock"]), (&"tags.toml".into(), &"tags.lock".into()));
    assert!(written["groups"].as_u64().unwrap() > 3 && written["tags"].as_u64().unwrap() > 10);
    assert_eq!((&written["merged"], &written["notes"]), (&0.into(), &serde_json::json!([])));
}

#[test]
fn providers_that_cannot_be_written_are_refused() {
    let bench = Bench::all();
    import(&bench, &["--provider", "crm"]).fails(64, &["crm: its tags cannot be written"]);
    import(&bench, &["--provider", "leads-beschannels"]).fails(64, &["has no tags"]);
    import(&bench, &["--provider", "nobody"]).fails(64, &["no provider \"nobody\""]);
    assert!(!bench.dir.path().join("tags.toml").exists());
}

#[test]
fn a_provider_that_fails_leaves_no_file() {
    let bench = Bench::new();
    let fault: FaultSpec = "error-code:40058@get_corp_tag_list*always".parse().unwrap();
    bench.admin().inject(fault);
    import(&bench, &["--provider", "shop-wecom"]).fails(1, &["listing the tags of shop-wecom"]);
    assert!(!bench.dir.path().join("tags.toml").exists());
    assert!(!bench.dir.path().join("tags.lock").exists());
}

#[test]
fn without_a_configuration_the_sandbox_is_imported() {
    let dir = Dir::new();
    dir.run(&["tags", "import", "--provider", "shop-wecom"]).ok();
    assert!(dir.read("tags.toml").contains("高意向"));
    dir.run(&["tags", "check"]).ok();
}
