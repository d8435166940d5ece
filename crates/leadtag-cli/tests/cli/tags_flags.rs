//! What goes on where a plan stops on purpose: `--accept-missing` and `--retry-refused`.

use crate::support::Bench;

fn imported() -> Bench {
    let bench = Bench::new();
    bench.run(&["tags", "import", "--provider", "shop-wecom"]).ok();
    bench
}

#[test]
fn an_account_in_which_nothing_is_ours_is_worked_on_only_when_told_so() {
    let bench = imported();
    let lock = bench.dir.read("tags.lock");
    bench.dir.write("tags.lock", &lock.replace("id = \"", "id = \"other"));
    let ran = bench.run(&["tags", "plan", "--detailed-exitcode"]);
    assert_eq!(ran.code, 2, "{ran:?}");
    assert!(ran.stdout.contains("another account? --accept-missing goes on"), "{ran:?}");
    assert_eq!(bench.run(&["tags", "apply", "--yes"]).code, 1);
    assert_ne!(bench.dir.read("tags.lock"), lock);
    let ran = bench.run(&["tags", "plan", "--accept-missing"]).ok();
    assert!(ran.stdout.contains("is there; noted in the lock"), "{ran:?}");
    bench.run(&["tags", "apply", "--yes", "--accept-missing"]).ok();
    assert_eq!(bench.dir.read("tags.lock"), lock);
    assert_eq!(bench.admin().calls("add_corp_tag"), 0);
}

#[test]
fn what_another_app_owns_is_tried_again_only_when_told_so() {
    let bench = imported();
    let file = bench.dir.read("tags.toml");
    bench.dir.write("tags.toml", &file.replace("\"售前咨询\"", "\"售前\""));
    let refused = || bench.dir.read("tags.lock").contains("why = \"not-owned\"");
    assert_eq!(bench.run(&["tags", "apply", "--yes"]).code, 1);
    assert!(refused());
    // Now it is the application that made the tag.
    let wecom = bench.wecom();
    let config = bench.section("shop-wecom").replace(&wecom.corp_secret, &wecom.other_app_secret);
    bench.dir.write("leadtag.toml", &config);
    let ran = bench.run(&["tags", "plan"]).ok();
    assert!(ran.stdout.contains("! tag") && ran.stdout.contains("--retry-refused"), "{ran:?}");
    let calls = bench.admin().calls("edit_corp_tag");
    assert_eq!(bench.run(&["tags", "apply", "--yes"]).code, 1);
    assert_eq!(bench.admin().calls("edit_corp_tag"), calls);
    let ran = bench.run(&["tags", "plan", "--retry-refused"]).ok();
    assert!(ran.stdout.contains("售前咨询 → 售前"), "{ran:?}");
    bench.run(&["tags", "apply", "--yes", "--retry-refused"]).ok();
    assert!(!refused());
    bench.run(&["tags", "plan", "--detailed-exitcode"]).ok();
}
