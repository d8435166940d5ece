//! What cannot exist on a provider is told before anything is sent.
#![allow(clippy::unwrap_used, clippy::expect_used)]

use leadtag_taxonomy::{
    Code, Desired, File, Finding, Lock, ProviderFacts, Severity, check, check_text,
};
use leadtag_testkit::tag_capabilities;

/// Two providers with groups, one without, one that is read only, and one without tags.
fn facts() -> Vec<ProviderFacts> {
    let facts = |name, platform, can| ProviderFacts::new(name, platform, can);
    vec![
        facts("wecom", "wecom", Some(tag_capabilities::grouped())),
        facts("agent", "miaokol", Some(tag_capabilities::grouped_with_empty_groups())),
        facts("douyin", "douyin", Some(tag_capabilities::flat_one_by_one())),
        facts("crm", "crm-v3", Some(tag_capabilities::read_only())),
        facts("leads", "beschannels", None),
    ]
}

fn checked(text: &str) -> Vec<Finding> {
    let (_, findings) = check_text(text, "tags.toml", &facts(), None);
    findings
}

/// Each finding as `code line provider`.
fn found(text: &str) -> Vec<String> {
    let line = |found: &Finding| {
        let provider = found.provider.as_deref().unwrap_or("-");
        format!("{} {} {provider}", found.code, found.place.line)
    };
    checked(text).iter().map(line).collect()
}

fn file(groups: &str) -> String {
    format!("version = 1\n{groups}")
}

const NOTHING: [&str; 0] = [];

fn desired(text: &str, provider: &str) -> Desired<'static> {
    let (file, findings) = File::parse(text, "tags.toml");
    assert_eq!(findings, []);
    let facts = facts().into_iter().find(|facts| facts.name == provider).unwrap();
    Desired::of(Box::leak(Box::new(file)), Box::leak(Box::new(facts)))
}

#[test]
fn a_file_that_fits_everywhere_has_no_findings() {
    let text = file("[[group]]\nkey='g'\nname='组'\n[[group.tag]]\nkey='t'\nname='标'\norder=3\n");
    assert_eq!(found(&text), NOTHING);
}

#[test]
fn more_tags_than_a_platform_holds_are_told_at_the_first_too_many() {
    let tags: String =
        (1..=137).map(|n| format!("[[group.tag]]\nkey='t{n}'\nname='标签{n}'\n")).collect();
    let text = file(&format!("[[group]]\nkey='g'\nname='组'\n{tags}"));
    let findings = checked(&text);
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!(findings[0].code, Code::TooManyTags);
    assert_eq!(findings[0].provider.as_deref(), Some("douyin"));
    assert_eq!(findings[0].key.as_deref(), Some("t101"));
    assert!(findings[0].message.starts_with("137 tags"), "{findings:?}");
    assert!(findings[0].message.contains("100"), "{findings:?}");
    let fewer = text.replacen("name='组'", "name='组'\nproviders=['wecom']", 1);
    assert_eq!(found(&fewer), NOTHING);
}

#[test]
fn an_empty_group_is_told_where_groups_cannot_be_empty() {
    assert_eq!(found(&file("[[group]]\nkey='g'\nname='组'\n")), ["empty-group 4 wecom"]);
    let elsewhere =
        "[[group]]\nkey='g'\nname='组'\n[[group.tag]]\nkey='t'\nname='标'\nproviders=['agent']\n";
    assert_eq!(found(&file(elsewhere)), ["empty-group 4 wecom"]);
    let only = file("[[group]]\nkey='g'\nname='组'\nproviders=['agent', 'douyin']\n");
    assert_eq!(found(&only), NOTHING);
}

#[test]
fn a_name_that_is_too_long_is_told_for_each_platform_that_limits_it() {
    let name = "长".repeat(31);
    let text =
        file(&format!("[[group]]\nkey='g'\nname='组'\n[[group.tag]]\nkey='t'\nname='{name}'\n"));
    assert_eq!(found(&text), ["name-too-long 7 wecom", "name-too-long 7 agent"]);
    let shorter = format!("{text}on.wecom = {{ name = '短' }}\non.agent = {{ name = '短' }}\n");
    assert_eq!(found(&shorter), NOTHING);
    let group = file(&format!(
        "[[group]]\nkey='g'\nname='{name}'\nproviders=['wecom']\n[[group.tag]]\nkey='t'\nname='标'\n"
    ));
    assert_eq!(found(&group), ["name-too-long 4 wecom"]);
}

#[test]
fn a_name_of_its_own_that_is_too_long_is_told_where_it_stands() {
    let name = "长".repeat(31);
    let text = file(&format!(
        "[[group]]\nkey='g'\nname='组'\n[[group.tag]]\nkey='t'\nname='标'\non.wecom={{name='{name}'}}\n"
    ));
    assert_eq!(found(&text), ["name-too-long 8 wecom"]);
}

const TWO_GROUPS: &str = "[[group]]\nkey='a'\nname='甲'\n[[group.tag]]\nkey='a.x'\nname='同'\n\
                          [[group]]\nkey='b'\nname='乙'\n[[group.tag]]\nkey='b.x'\nname='同'\n";

#[test]
fn tags_of_two_groups_collide_where_there_are_no_groups() {
    let findings = checked(&file(TWO_GROUPS));
    assert_eq!(findings.len(), 1, "{findings:?}");
    assert_eq!((findings[0].code, findings[0].place.line), (Code::FlattenCollision, 13));
    assert_eq!(findings[0].provider.as_deref(), Some("douyin"));
    assert_eq!(findings[0].also.as_ref().unwrap().line, 7);
    let flattened = format!("{TWO_GROUPS}[providers.douyin]\nflatten='{{group}}-{{tag}}'\n");
    assert_eq!(found(&file(&flattened)), NOTHING);
}

#[test]
fn a_template_can_make_names_collide() {
    let text = "[[group]]\nkey='a'\nname='x-y'\n[[group.tag]]\nkey='a.z'\nname='z'\n\
                [[group]]\nkey='b'\nname='x'\n[[group.tag]]\nkey='b.z'\nname='y-z'\n\
                [providers.douyin]\nflatten='{group}-{tag}'\n";
    assert_eq!(found(&file(text)), ["flatten-collision 13 douyin"]);
}

#[test]
fn a_name_twice_in_one_group_is_told_once_for_all_providers() {
    let text = "[[group]]\nkey='g'\nname='组'\n[[group.tag]]\nkey='a'\nname='同'\n\
                [[group.tag]]\nkey='b'\nname='同'\n";
    let findings = checked(&file(text));
    assert_eq!(found(&file(text)), ["duplicate-name 10 -"]);
    assert!(findings[0].message.contains("wecom, agent, douyin"), "{findings:?}");
    assert_eq!(findings[0].also.as_ref().unwrap().line, 7);
}

#[test]
fn a_name_twice_is_fine_on_different_providers() {
    let text = "[[group]]\nkey='g'\nname='组'\n[[group.tag]]\nkey='a'\nname='同'\nproviders=['wecom']\n\
                [[group.tag]]\nkey='b'\nname='同'\nproviders=['douyin', 'agent']\n";
    assert_eq!(found(&file(text)), NOTHING);
}

#[test]
fn two_groups_of_one_name_are_told() {
    let text = TWO_GROUPS
        .replace('乙', "甲")
        .replace("name='同'", "name='同'\nproviders=['wecom','agent']");
    assert_eq!(found(&file(&text)), ["duplicate-name 11 -"]);
}

#[test]
fn a_former_name_belongs_to_one_tag_of_a_group() {
    let tags = |a: &str, b: &str| {
        let text = format!(
            "[[group]]\nkey='g'\nname='组'\nproviders=['wecom']\n[[group.tag]]\nkey='a'\nname='甲'\n{a}\n\
             [[group.tag]]\nkey='b'\nname='乙'\n{b}\n"
        );
        found(&file(&text))
    };
    assert_eq!(tags("aliases=['乙']", ""), ["duplicate-alias 8 wecom"]);
    assert_eq!(tags("aliases=['旧']", "aliases=['旧']"), ["duplicate-alias 12 wecom"]);
    assert_eq!(tags("aliases=['旧']", "aliases=['老']"), NOTHING);
}

#[test]
fn an_unknown_provider_is_told_with_the_nearest_one() {
    let text = "[[group]]\nkey='g'\nname='组'\nproviders=['wecm']\n";
    let findings = checked(&file(text));
    assert_eq!(found(&file(text)), ["unknown-provider 5 wecm"]);
    assert_eq!(findings[0].hint.as_deref(), Some("did you mean wecom?"));
}

#[test]
fn a_platform_is_no_provider_but_tells_which_is_meant() {
    let text = file("[[group]]\nkey='g'\nname='组'\nproviders=['miaokol']\n");
    assert_eq!(checked(&text)[0].hint.as_deref(), Some("did you mean agent?"));
}

#[test]
fn providers_are_looked_at_wherever_they_stand() {
    let text = "[[group]]\nkey='g'\nname='组'\nproviders=['agent']\non.x1={name='y'}\n\
                [[group.tag]]\nkey='t'\nname='标'\nproviders=['x2']\non.x3={name='z'}\n\
                [absent]\nx4=['w']\n[providers.x5]\nflatten='{tag}'\n";
    let expected = ["6 x1", "10 x2", "11 x3", "13 x4", "15 x5"];
    assert_eq!(found(&file(text)), expected.map(|place| format!("unknown-provider {place}")));
}

#[test]
fn a_provider_that_cannot_be_written_is_told() {
    let text = "[[group]]\nkey='g'\nname='组'\nproviders=['crm', 'leads', 'agent']\n";
    let expected = ["read-only-provider 5 crm", "provider-without-tags 5 leads"];
    assert_eq!(found(&file(text)), expected);
}

#[test]
fn a_tag_is_for_no_other_providers_than_its_group() {
    let text = "[[group]]\nkey='g'\nname='组'\nproviders=['agent']\n[[group.tag]]\nkey='t'\nname='标'\n\
                providers=['agent', 'douyin']\non.wecom={name='z'}\n";
    let expected = ["not-in-group-providers 9 douyin", "override-ignored 10 wecom"];
    assert_eq!(found(&file(text)), expected);
}

#[test]
fn a_difference_where_the_tag_is_not_is_only_a_notice() {
    let text = "[[group]]\nkey='g'\nname='组'\nproviders=['wecom', 'agent']\n\
                [[group.tag]]\nkey='t'\nname='高意向'\naliases=['高']\non.douyin={name='高意'}\n\
                [absent]\nwecom=['测试']\n[providers.douyin]\nflatten='{group}-{tag}'\n";
    let findings = checked(&file(text));
    assert_eq!(found(&file(text)), ["override-ignored 10 douyin"]);
    assert_eq!(findings[0].severity(), Severity::Notice);
}

#[test]
fn a_tag_cannot_be_both_wanted_and_absent() {
    let text = "[[group]]\nkey='g'\nname='组'\n[[group.tag]]\nkey='t'\nname='标'\n[absent]\n\
                wecom=['标', {group='组', name='标'}, {group='别', name='标'}, '它', '它']\n";
    let expected =
        ["absent-and-wanted 9 wecom", "absent-and-wanted 9 wecom", "duplicate-name 9 wecom"];
    assert_eq!(found(&file(text)), expected);
}

#[test]
fn flatten_is_for_platforms_without_groups() {
    let text = "[providers.wecom]\nflatten='{tag}'\n";
    assert_eq!(found(&file(text)), ["flatten-template 3 wecom"]);
}

#[test]
fn what_has_no_effect_on_a_provider_is_a_notice() {
    let text = "[[group]]\nkey='g'\nname='组'\non.douyin={name='群'}\n\
                [[group.tag]]\nkey='t'\nname='标'\non.douyin={order=3}\n";
    let findings = checked(&file(text));
    assert_eq!(found(&file(text)), ["group-name-ignored 5 douyin", "order-ignored 9 douyin"]);
    assert!(findings.iter().all(|found| found.severity() == Severity::Notice));
}

#[test]
fn without_a_provider_that_writes_there_is_nothing_the_file_could_be_for() {
    let text = file("[[group]]\nkey='g'\nname='组'\n");
    let (_, findings) = check_text(&text, "tags.toml", &facts()[3..], None);
    assert_eq!(findings.len(), 1);
    assert_eq!(findings[0].code, Code::NoProviders);
}

#[test]
fn everything_is_told_at_once() {
    let text = "[[group]]\nkey='g'\nname='组'\nnonsense=1\nproviders=['nobody', 'wecom']\n\
                [[group]]\nkey='g'\nname=' '\nproviders=['crm']\n[providers.wecom]\nflatten='x'\n";
    let expected = [
        "unknown-key 5 -",
        "unknown-provider 6 nobody",
        "duplicate-key 8 -",
        "bad-name 9 -",
        "read-only-provider 10 crm",
        "flatten-template 12 -",
    ];
    let mut all = found(&file(text));
    all.retain(|found| !found.starts_with("empty-group"));
    assert_eq!(all, expected);
}

#[test]
fn a_truncated_file_has_no_empty_groups() {
    let text = file("[[group]]\nkey='g'\nname='组'\n[[group.tag]\nkey='t'\nname='标'\n");
    assert!(found(&text).iter().all(|found| found.starts_with("syntax")), "{:?}", found(&text));
}

#[test]
fn a_lock_of_other_providers_is_told() {
    let lock = "version = 1\n[providers.gone]\nplatform = 'wecom'\n[providers.wecom]\nplatform = 'douyin'\n";
    let lock = Lock::parse(lock, "tags.lock").unwrap();
    let findings = check(&File::default(), &facts(), Some((&lock, "tags.lock")));
    let codes: Vec<_> = findings.iter().map(|found| (found.code, found.severity())).collect();
    assert_eq!(
        codes,
        [
            (Code::LockHasUnknownProvider, Severity::Notice),
            (Code::LockOfAnotherPlatform, Severity::Error)
        ]
    );
}

#[test]
fn a_flat_provider_wants_the_names_that_its_template_makes() {
    let text = "version = 1\n[[group]]\nkey='g'\nname='意向'\naliases=['旧组']\n\
                [[group.tag]]\nkey='t'\nname='高意向'\naliases=['高']\non.douyin={name='高意'}\n";
    let exact = desired(text, "douyin");
    assert_eq!(exact.groups, []);
    assert_eq!((&*exact.tags[0].name, exact.tags[0].group), ("高意", None));
    assert_eq!(exact.tags[0].former, ["高"]);
    let text = format!("{text}[providers.douyin]\nflatten='{{group}}-{{tag}}'\n");
    let made = desired(&text, "douyin");
    assert_eq!(made.tags[0].name, "意向-高意");
    assert_eq!(made.tags[0].former, ["意向-高", "旧组-高意", "旧组-高"]);
}

#[test]
fn a_template_is_not_read_in_names() {
    let text = "version = 1\n[[group]]\nkey='g'\nname='{tag}'\n[[group.tag]]\nkey='t'\nname='{group}'\n\
                [providers.douyin]\nflatten='{group}-{tag}'\n";
    assert_eq!(desired(text, "douyin").tags[0].name, "{tag}-{group}");
}

#[test]
fn an_order_is_wanted_only_where_there_is_one() {
    let text = "version = 1\n[[group]]\nkey='g'\nname='组'\norder=1\n\
                [[group.tag]]\nkey='t'\nname='标'\norder=2\non.agent={order=3}\n";
    assert_eq!(desired(text, "wecom").groups[0].order, Some(1));
    assert_eq!(desired(text, "wecom").tags[0].order, Some(2));
    assert_eq!(desired(text, "agent").tags[0].order, Some(3));
    assert_eq!(desired(text, "douyin").tags[0].order, None);
}

#[test]
fn a_provider_that_is_not_named_wants_nothing_unless_it_can_write() {
    let text = "version = 1\n[[group]]\nkey='g'\nname='组'\n[[group.tag]]\nkey='t'\nname='标'\n\
                providers=['agent']\n[[group]]\nkey='h'\nname='群'\nproviders=['douyin']\n";
    let all = |provider| {
        let desired = desired(text, provider);
        (desired.groups.len(), desired.tags.len())
    };
    assert_eq!(all("wecom"), (1, 0));
    assert_eq!(all("agent"), (1, 1));
    assert_eq!(all("douyin"), (0, 0));
    assert_eq!(all("crm"), (0, 0));
    assert_eq!(all("leads"), (0, 0));
}

#[test]
fn the_lock_reads_as_it_was_written() {
    let text = "# What leadtag owns on each platform. Written by leadtag; commit it, do not edit it.\n\
        version = 1\n\n[providers.\"店\"]\nplatform = \"wecom\"\ngroups = [\n  \
        { key = \"intent\", id = \"etG1\", name = \"意向\", order = 50 },\n]\ntags = [\n  \
        { key = \"intent.high\", id = \"etT1\", group = \"etG1\", name = \"高\\\"意\\\"向\", order = 20 },\n]\n\
        refused = [\n  { id = \"etT9\", why = \"not-owned\", code = 81011 },\n]\n";
    let lock = Lock::parse(text, "tags.lock").unwrap();
    assert_eq!(lock.to_text(), text);
    assert_eq!(lock.providers["店"].tags["intent.high"].name, "高\"意\"向");
    assert_eq!(Lock::parse("", "tags.lock").unwrap(), Lock::default());
    assert_eq!(Lock::parse(&Lock::default().to_text(), "tags.lock").unwrap(), Lock::default());
}

#[test]
fn a_damaged_lock_names_file_and_line_and_what_to_do() {
    let error = |text: &str| Lock::parse(text, "tags.lock").unwrap_err().to_string();
    let lock =
        |tags: &str| format!("version = 1\n[providers.p]\nplatform = \"wecom\"\ntags = [{tags}]\n");
    assert!(error("version = 1\n<<<<<<< HEAD\n").starts_with("tags.lock:2:"));
    assert!(error("version = 1\nx = 2\n").contains("leadtag tags import --overwrite"));
    assert!(error("version = 2\nnew = 1\n").contains("newer leadtag"));
    assert!(error("version = 2\n").contains("newer leadtag"));
    let twice = "{ key = 'a', id = '1', name = 'x' }, { key = 'a', id = '2', name = 'y' }";
    assert!(error(&lock(twice)).contains("the key \"a\""));
    let twice = "{ key = 'a', id = '1', name = 'x' }, { key = 'b', id = '1', name = 'y' }";
    assert!(error(&lock(twice)).contains("the id \"1\""));
}
