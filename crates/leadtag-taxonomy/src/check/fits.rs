//! Whether what a provider should have can exist there.

use std::collections::HashMap;

use leadtag_core::TagCapabilities;

use super::clashes::Clashes;
use crate::{Code, Desired, File, Finding, Place, ProviderFacts, WantTag};

pub(super) fn check(file: &File, facts: &[ProviderFacts]) -> Vec<Finding> {
    let mut clashes = Clashes::new(file);
    let mut findings = Vec::new();
    for facts in facts.iter().filter(|facts| facts.writes_tags()) {
        let Some(can) = facts.capabilities else { continue };
        let desired = Desired::of(file, facts);
        findings.extend(limits(&desired, facts, &can));
        clashes.add(&desired);
        findings.extend(absent(file, &desired));
    }
    findings.extend(clashes.findings());
    findings
}

/// Too many, too long, empty.
fn limits(desired: &Desired<'_>, facts: &ProviderFacts, can: &TagCapabilities) -> Vec<Finding> {
    let ProviderFacts { name: provider, platform, .. } = facts;
    let mut findings = Vec::new();
    let mut tell = |code, place: &Place, key: &str, message: String, hint: String| {
        let finding = Finding::new(code, place.clone(), message).on(provider).of(key);
        findings.push(finding.with_hint(hint));
    };
    let max = can.max_tags.map_or(usize::MAX, |max| max as usize);
    if let Some(first) = desired.tags.get(max) {
        let message = format!(
            "{} tags for {provider}; {platform} holds {max}: this one is the first too many",
            desired.tags.len()
        );
        let hint = "give tags that are not needed there a list of providers without it";
        tell(Code::TooManyTags, &first.place, &first.key, message, hint.to_owned());
    }
    let groups = desired.groups.iter().map(|want| (&want.key, &want.name, &want.place));
    let tags = desired.tags.iter().map(|want| (&want.key, &want.name, &want.place));
    for (key, name, place) in groups.chain(tags) {
        let chars = name.chars().count();
        let Some(max) = can.max_name_chars.filter(|max| chars > *max as usize) else { continue };
        let message =
            format!("{name:?} has {chars} characters; {platform} ({provider}) allows {max}");
        let hint = format!("shorten it there: on.{provider} = {{ name = \"…\" }}");
        tell(Code::NameTooLong, place, key, message, hint);
    }
    if !can.empty_groups {
        let mut filled = vec![false; desired.groups.len()];
        for group in desired.tags.iter().filter_map(|tag| tag.group) {
            if let Some(filled) = filled.get_mut(group) {
                *filled = true;
            }
        }
        let empty = desired.groups.iter().zip(filled).filter(|(_, filled)| !filled);
        for (group, _) in empty {
            let message = format!(
                "the group {:?} has no tag on {provider}; {platform} has no empty groups",
                group.name
            );
            let hint = "add a tag, or give the group a list of providers without it";
            tell(Code::EmptyGroup, &group.place, &group.key, message, hint.to_owned());
        }
    }
    findings
}

/// What is both wanted and to be removed, and what is to be removed twice.
fn absent(file: &File, desired: &Desired<'_>) -> Vec<Finding> {
    let Some(absent) = file.absent.get(desired.provider) else {
        return Vec::new();
    };
    let group = |tag: &WantTag<'_>| tag.group.and_then(|at| desired.groups.get(at));
    let mut wanted: HashMap<&str, Vec<&WantTag<'_>>> = HashMap::new();
    for tag in &desired.tags {
        wanted.entry(&tag.name).or_default().push(tag);
    }
    let mut seen = HashMap::new();
    let mut findings = Vec::new();
    for entry in absent {
        let same = wanted.get(entry.name.as_str()).into_iter().flatten().find(|tag| {
            entry.group.is_none() || group(tag).map(|group| &*group.name) == entry.group.as_deref()
        });
        if let Some(tag) = same {
            let message = format!(
                "{:?} is to be removed on {}, and is wanted there at {}",
                entry.name, desired.provider, tag.place
            );
            let finding = Finding::new(Code::AbsentAndWanted, entry.place.clone(), message);
            let finding = finding.on(desired.provider).of(&*tag.key).and_at(tag.place.clone());
            findings.push(finding.with_hint("remove it from [absent]"));
        }
        if let Some(first) = seen.insert((&entry.group, &entry.name), &entry.place) {
            let message = format!("{:?} stands twice in the list; first at {first}", entry.name);
            let finding = Finding::new(Code::DuplicateName, entry.place.clone(), message);
            findings.push(finding.on(desired.provider).and_at(first.clone()));
        }
    }
    findings
}
