//! Tags as code on every platform whose tags can be written, as full as it can be.

use std::fmt::Write as _;

use crate::support::Bench;

const WECOM: usize = 10_000;
const DOUYIN: usize = 100;
/// More than one page of 100.
const MIAOKOL_GROUPS: usize = 120;

fn count(bench: &Bench, provider: &str) -> (usize, usize) {
    let listed = bench.run(&["tags", "list", "--provider", provider, "--format", "json"]).json();
    let groups = listed["groups"].as_array().unwrap();
    let tags = groups.iter().map(|group| group["tags"].as_array().unwrap().len()).sum::<usize>();
    (groups.len(), tags + listed["tags"].as_array().unwrap().len())
}

/// A group of new tags for one provider.
fn group(text: &mut String, provider: &str, number: usize, tags: usize) {
    let (key, name) = (format!("{provider}.{number}"), format!("规模{number:03}"));
    write!(text, "\n[[group]]\nkey = \"{key}\"\nname = \"{name}\"\n").unwrap();
    writeln!(text, "providers = [\"{provider}\"]").unwrap();
    for tag in 0..tags {
        write!(text, "[[group.tag]]\nkey = \"{key}.{tag}\"\nname = \"{name}-{tag:03}\"\n").unwrap();
    }
}

#[test]
fn what_is_applied_on_full_platforms_leaves_nothing_to_plan() {
    let bench = Bench::all();
    bench.admin().add_tags(90, 100);
    bench.run(&["tags", "import", "--provider", "shop-wecom,shop-douyin,agent-miaokol"]).ok();
    let mut text = bench.dir.read("tags.toml");
    let (_, wecom) = count(&bench, "shop-wecom");
    let missing = WECOM - wecom;
    let sizes = (0..missing).step_by(100).map(|from| (missing - from).min(100));
    sizes.enumerate().for_each(|(at, size)| group(&mut text, "shop-wecom", at, size));
    let (groups, _) = count(&bench, "agent-miaokol");
    (groups..MIAOKOL_GROUPS).for_each(|at| group(&mut text, "agent-miaokol", at, 1));
    group(&mut text, "shop-douyin", 0, DOUYIN - count(&bench, "shop-douyin").1);
    bench.dir.write("tags.toml", &text);
    bench.run(&["tags", "check"]).ok();
    bench.run(&["tags", "apply", "--yes"]).ok();
    assert_eq!(count(&bench, "shop-wecom").1, WECOM);
    assert_eq!(count(&bench, "shop-douyin").1, DOUYIN);
    assert_eq!(count(&bench, "agent-miaokol").0, MIAOKOL_GROUPS);
    bench.run(&["tags", "plan", "--detailed-exitcode"]).ok();
    bench.run(&["tags", "drift"]).ok();
    // Names change, and nothing else.
    bench.dir.write("tags.toml", &text.replace("name = \"规模000-00", "name = \"改名000-00"));
    let (lock, limit) = (bench.dir.read("tags.lock"), ["--max-changed-percent", "100"]);
    bench.run(&[&["tags", "apply", "--yes"][..], &limit].concat()).ok();
    bench.run(&["tags", "plan", "--detailed-exitcode"]).ok();
    assert_eq!(bench.dir.read("tags.lock"), lock.replace("\"规模000-00", "\"改名000-00"));
    assert_eq!(bench.admin().calls("del_corp_tag"), 0);
}
