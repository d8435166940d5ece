//! Names that must differ and do not. What clashes on several providers is told once.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};

use crate::{Code, Desired, File, Finding, Place};

#[derive(Debug)]
pub(super) struct Clashes<'a> {
    /// The group of each tag, by their keys.
    groups: HashMap<&'a str, &'a str>,
    /// The providers of each clash.
    found: BTreeMap<Clash, Vec<String>>,
}

#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Clash {
    place: Place,
    also: Place,
    code: Code,
    what: &'static str,
    key: String,
    name: String,
}

/// A group or tag with the scope in which its name must be the only one of its kind.
struct Named<'a> {
    scope: Option<usize>,
    key: &'a str,
    name: &'a str,
    former: &'a [Cow<'a, str>],
    place: &'a Place,
}

impl<'a> Clashes<'a> {
    pub(super) fn new(file: &'a File) -> Self {
        let tags = file
            .groups
            .iter()
            .flat_map(|group| group.tags.iter().map(|tag| (tag.key.as_str(), group.key.as_str())));
        Self { groups: tags.collect(), found: BTreeMap::new() }
    }

    /// Looks through what one provider should have.
    pub(super) fn add(&mut self, desired: &Desired<'_>) {
        let groups = desired.groups.iter().map(|want| Named {
            scope: None,
            key: &want.key,
            name: &want.name,
            former: &want.former,
            place: &want.place,
        });
        self.look(desired.provider, "group", &groups.collect::<Vec<_>>());
        let tags = desired.tags.iter().map(|want| Named {
            scope: want.group,
            key: &want.key,
            name: &want.name,
            former: &want.former,
            place: &want.place,
        });
        self.look(desired.provider, "tag", &tags.collect::<Vec<_>>());
    }

    fn look(&mut self, provider: &str, what: &'static str, items: &[Named<'_>]) {
        let mut names: HashMap<(Option<usize>, &str), usize> = HashMap::new();
        // What has no name is told already.
        let named = || items.iter().enumerate().filter(|(_, item)| !item.name.is_empty());
        for (at, item) in named() {
            let first = *names.entry((item.scope, item.name)).or_insert(at);
            if first != at {
                let code = self.code(item, &items[first]);
                self.note(code, what, item.name, item, &items[first], provider);
            }
        }
        let mut formers: HashMap<(Option<usize>, &str), usize> = HashMap::new();
        for (at, item) in named() {
            for former in item.former {
                let scoped = (item.scope, &**former);
                let first = *formers.entry(scoped).or_insert(at);
                let other = names.get(&scoped).copied().unwrap_or(first);
                if other != at {
                    let (code, other) = (Code::DuplicateAlias, &items[other]);
                    self.note(code, what, former, item, other, provider);
                }
            }
        }
    }

    /// Tags of different groups clash only because their groups are left out.
    fn code(&self, one: &Named<'_>, other: &Named<'_>) -> Code {
        let group = |item: &Named<'_>| self.groups.get(item.key);
        if one.scope.is_none() && group(one) != group(other) {
            Code::FlattenCollision
        } else {
            Code::DuplicateName
        }
    }

    fn note(
        &mut self,
        code: Code,
        what: &'static str,
        name: &str,
        item: &Named<'_>,
        other: &Named<'_>,
        provider: &str,
    ) {
        let (place, also) = (item.place.clone(), other.place.clone());
        let (key, name) = (item.key.to_owned(), name.to_owned());
        let clash = Clash { place, also, code, what, key, name };
        self.found.entry(clash).or_default().push(provider.to_owned());
    }

    pub(super) fn findings(self) -> impl Iterator<Item = Finding> {
        self.found.into_iter().map(|(clash, providers)| clash.finding(&providers))
    }
}

impl Clash {
    fn finding(self, providers: &[String]) -> Finding {
        let Self { place, also, code, what, key, name } = self;
        let on = providers.join(", ");
        let (message, hint) = match code {
            Code::DuplicateAlias => (
                format!("{name:?} is a former name here and stands at {also} too (on {on})"),
                format!("a former name belongs to one {what} only; remove it from aliases"),
            ),
            Code::FlattenCollision => (
                format!("{name:?} would be the name of two tags on {on}; the other is at {also}"),
                format!(
                    "set [providers.{0}] flatten = \"{{group}}-{{tag}}\", or name one of them \
                     otherwise there: on.{0} = {{ name = \"…\" }}",
                    providers.first().map_or("", String::as_str)
                ),
            ),
            _ => (
                format!("the name {name:?} has another {what} too, at {also} (on {on})"),
                "give one of them another name, or remove it".to_owned(),
            ),
        };
        let finding = Finding::new(code, place, message).of(key).with_hint(hint).and_at(also);
        match providers {
            [only] => finding.on(only),
            _ => finding,
        }
    }
}
