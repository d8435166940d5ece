//! The providers that a file names.

use leadtag_core::config::nearest;

use crate::desired::FLATTEN;
use crate::file::rules::shows_group;
use crate::{Code, File, Finding, Group, ItemOverride, Place, ProviderFacts, Tag};

pub(super) fn check(file: &File, facts: &[ProviderFacts]) -> Vec<Finding> {
    let mut named = Named { file, facts, findings: Vec::new() };
    let none = !facts.iter().any(ProviderFacts::writes_tags);
    let open = file.groups.iter().find(|group| group.providers.is_none());
    if let (true, Some(group)) = (none, open) {
        let message = "no provider of the configuration can write tags";
        named.findings.push(Finding::new(Code::NoProviders, group.place.clone(), message));
    }
    for group in &file.groups {
        named.group(group);
    }
    named.absent();
    named.flatten();
    named.findings
}

struct Named<'a> {
    file: &'a File,
    facts: &'a [ProviderFacts],
    findings: Vec<Finding>,
}

impl<'a> Named<'a> {
    /// The facts of a provider whose tags can be written; otherwise it is told why not.
    fn writable(&mut self, name: &str, place: &Place, key: &str) -> Option<&'a ProviderFacts> {
        let known = self.facts.iter().find(|facts| facts.name == name);
        let (code, message, hint) = match known {
            Some(facts) if facts.writes_tags() => return known,
            None => {
                let names = || self.facts.iter().map(|facts| facts.name.as_str());
                // On the command line a platform's name would do.
                let meant = self.facts.iter().find(|facts| facts.platform == name);
                let near =
                    meant.map(|facts| facts.name.as_str()).or_else(|| nearest(name, names()));
                let hint = match near {
                    Some(near) => format!("did you mean {near}?"),
                    None => format!("known: {}", names().collect::<Vec<_>>().join(", ")),
                };
                (Code::UnknownProvider, "the configuration has no such provider", hint)
            }
            Some(ProviderFacts { capabilities: None, platform, .. }) => {
                let hint = format!("leave it out; {platform} has leads only");
                (Code::ProviderWithoutTags, "its platform has no tags", hint)
            }
            Some(ProviderFacts { platform, .. }) => {
                let hint = format!("leave it out; the tags of {platform} can be read only");
                (Code::ReadOnlyProvider, "its tags cannot be written", hint)
            }
        };
        let finding = Finding::new(code, place.clone(), format!("{name}: {message}"));
        let finding = finding.on(name).with_hint(hint);
        self.findings.push(if key.is_empty() { finding } else { finding.of(key) });
        None
    }

    fn group(&mut self, group: &Group) {
        for (name, place) in group.providers.iter().flatten() {
            self.writable(name, place, &group.key);
        }
        for (name, on) in &group.on {
            let Some(facts) = self.writable(name, &on.place, &group.key) else { continue };
            if !group.is_for(facts) {
                self.ignored_override(&group.key, name, on, "group");
                continue;
            }
            if facts.capabilities.is_some_and(|can| !can.groups) {
                self.ignored_group_name(group, name, on);
            }
            self.ignored_order(&group.key, facts, on);
        }
        for tag in &group.tags {
            self.tag(group, tag);
        }
    }

    fn tag(&mut self, group: &Group, tag: &Tag) {
        for (name, place) in tag.providers.iter().flatten() {
            let Some(facts) = self.writable(name, place, &tag.key) else { continue };
            if !group.is_for(facts) {
                let message = format!("{name}: the tag's group is not for it");
                let finding = Finding::new(Code::NotInGroupProviders, place.clone(), message);
                let hint = format!("add {name} to the group's providers, or remove it here");
                self.findings.push(finding.on(name).of(&tag.key).with_hint(hint));
            }
        }
        for (name, on) in &tag.on {
            let Some(facts) = self.writable(name, &on.place, &tag.key) else { continue };
            if group.is_for(facts) && tag.is_for(facts) {
                self.ignored_order(&tag.key, facts, on);
            } else {
                self.ignored_override(&tag.key, name, on, "tag");
            }
        }
    }

    fn ignored_override(&mut self, key: &str, name: &str, on: &ItemOverride, what: &str) {
        let message = format!("on.{name} has no effect: the {what} is not for it");
        let finding = Finding::new(Code::OverrideIgnored, on.place.clone(), message);
        let hint = format!("add {name} to providers, if it should be there");
        self.findings.push(finding.on(name).of(key).with_hint(hint));
    }

    fn ignored_order(&mut self, key: &str, facts: &ProviderFacts, on: &ItemOverride) {
        if on.order.is_some() && facts.capabilities.is_some_and(|can| !can.order) {
            let message =
                format!("{}: order has no effect, {} has none", facts.name, facts.platform);
            let finding = Finding::new(Code::OrderIgnored, on.place.clone(), message);
            self.findings.push(finding.on(&facts.name).of(key));
        }
    }

    fn ignored_group_name(&mut self, group: &Group, name: &str, on: &ItemOverride) {
        let template = self.file.flatten.get(name).map_or(FLATTEN, |(template, _)| template);
        if on.name.is_some() && !shows_group(template) {
            let message =
                format!("{name}: there are no groups, and flatten does not show their names");
            let finding = Finding::new(Code::GroupNameIgnored, on.place.clone(), message);
            let hint = format!("[providers.{name}] flatten = \"{{group}}-{{tag}}\" shows it");
            self.findings.push(finding.on(name).of(&group.key).with_hint(hint));
        }
    }

    fn absent(&mut self) {
        for (name, tags) in &self.file.absent {
            let Some(first) = tags.first() else { continue };
            let Some(facts) = self.writable(name, &first.place, "") else { continue };
            if facts.capabilities.is_some_and(|can| can.groups) {
                continue;
            }
            for tag in tags.iter().filter(|tag| tag.group.is_some()) {
                let message = format!("{name} has no groups, so {:?} stands in none", tag.name);
                let finding = Finding::new(Code::WrongType, tag.place.clone(), message);
                self.findings.push(finding.on(name).with_hint("write the name alone"));
            }
        }
    }

    fn flatten(&mut self) {
        for (name, (_, place)) in &self.file.flatten {
            let Some(facts) = self.writable(name, place, "") else { continue };
            if facts.capabilities.is_some_and(|can| can.groups) {
                let message = format!("{name}: flatten is for platforms without groups");
                let finding = Finding::new(Code::FlattenTemplate, place.clone(), message);
                self.findings.push(finding.on(name).with_hint("remove it"));
            }
        }
    }
}
