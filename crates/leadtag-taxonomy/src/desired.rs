//! What one provider should have, once overrides, `providers`, `flatten` and aliases are worked in.

use std::borrow::Cow;
use std::collections::HashSet;

use leadtag_core::TagCapabilities;

use crate::file::rules::{flatten, shows_group};
use crate::{File, Group, ItemOverride, Place, ProviderFacts, Tag};

/// What a flat platform makes a tag's name of, unless the file says otherwise.
pub(crate) const FLATTEN: &str = "{tag}";

/// What one provider should have.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Desired<'a> {
    /// The provider's name in the configuration.
    pub provider: &'a str,
    /// The groups, in the order of the file. Empty where there are no groups.
    pub groups: Vec<WantGroup<'a>>,
    /// The tags, in the order of the file.
    pub tags: Vec<WantTag<'a>>,
    /// Unmanaged tags that shall go.
    pub absent: Vec<Absent<'a>>,
}

/// A group that should be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WantGroup<'a> {
    /// The logical key.
    pub key: Cow<'a, str>,
    /// The name it should have there.
    pub name: Cow<'a, str>,
    /// The names it may have had, most recent first.
    pub former: Vec<Cow<'a, str>>,
    /// The sort value, where the platform has one and the file gives one.
    pub order: Option<i64>,
    /// Where its name stands in the file.
    pub place: Place,
}

/// A tag that should be there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct WantTag<'a> {
    /// The logical key.
    pub key: Cow<'a, str>,
    /// Its group, as an index into [`Desired::groups`]; `None` where there are no groups.
    pub group: Option<usize>,
    /// The name it should have there.
    pub name: Cow<'a, str>,
    /// The names it may have had, most recent first.
    pub former: Vec<Cow<'a, str>>,
    /// The sort value, where the platform has one and the file gives one.
    pub order: Option<i64>,
    /// Where its name stands in the file.
    pub place: Place,
}

/// An unmanaged tag that shall go.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Absent<'a> {
    /// The name of its group; `None`: any.
    pub group: Option<&'a str>,
    /// Its name.
    pub name: &'a str,
}

impl<'a> Desired<'a> {
    /// What the file wants on one provider.
    ///
    /// A group or tag that names no providers is for every provider that can write tags. Where
    /// there are no groups, a tag's name is what `flatten` makes of it.
    #[must_use]
    pub fn of(file: &'a File, facts: &'a ProviderFacts) -> Self {
        let mut desired = Self { provider: &facts.name, ..Self::default() };
        let Some(can) = facts.capabilities else {
            return desired;
        };
        let template = file.flatten.get(&facts.name).map_or(FLATTEN, |(template, _)| template);
        let groups = || file.groups.iter().filter(|group| group.is_for(facts));
        desired.tags.reserve(groups().map(|group| group.tags.len()).sum());
        for group in groups() {
            let tags = group.tags.iter().filter(|tag| tag.is_for(facts));
            if can.groups {
                let at = desired.groups.len();
                desired.groups.push(want_group(group, facts, &can));
                desired.tags.extend(tags.map(|tag| want_tag(tag, Some(at), facts, &can)));
            } else {
                desired.tags.extend(tags.map(|tag| want_flat(group, tag, template, facts, &can)));
            }
        }
        let absent = file.absent.get(&facts.name).into_iter().flatten();
        desired.absent =
            absent.map(|tag| Absent { group: tag.group.as_deref(), name: &tag.name }).collect();
        desired
    }
}

impl Group {
    /// Whether it is for this provider.
    pub(crate) fn is_for(&self, facts: &ProviderFacts) -> bool {
        names(self.providers.as_deref(), facts).unwrap_or_else(|| facts.writes_tags())
    }
}

impl Tag {
    /// Whether it is for this provider, if its group is.
    pub(crate) fn is_for(&self, facts: &ProviderFacts) -> bool {
        names(self.providers.as_deref(), facts).unwrap_or(true)
    }
}

fn names(providers: Option<&[(String, Place)]>, facts: &ProviderFacts) -> Option<bool> {
    providers.map(|providers| providers.iter().any(|(name, _)| *name == facts.name))
}

/// Name, place of the name, and sort value on one provider.
fn own<'a>(
    name: &'a str,
    place: &'a Place,
    order: Option<i64>,
    on: Option<&'a ItemOverride>,
    can: &TagCapabilities,
) -> (&'a str, Place, Option<i64>) {
    let order = on.and_then(|on| on.order).or(order).filter(|_| can.order);
    match on {
        Some(ItemOverride { name: Some(name), place, .. }) => (name, place.clone(), order),
        _ => (name, place.clone(), order),
    }
}

fn want_group<'a>(group: &'a Group, facts: &ProviderFacts, can: &TagCapabilities) -> WantGroup<'a> {
    let on = group.on.get(&facts.name);
    let (name, place, order) = own(&group.name, &group.name_place, group.order, on, can);
    let former = former(name, group.aliases.iter().map(Cow::from));
    WantGroup { key: Cow::from(&group.key), name: name.into(), former, order, place }
}

fn want_tag<'a>(
    tag: &'a Tag,
    group: Option<usize>,
    facts: &ProviderFacts,
    can: &TagCapabilities,
) -> WantTag<'a> {
    let on = tag.on.get(&facts.name);
    let (name, place, order) = own(&tag.name, &tag.name_place, tag.order, on, can);
    let former = former(name, tag.aliases.iter().map(Cow::from));
    WantTag { key: Cow::from(&tag.key), group, name: name.into(), former, order, place }
}

/// A tag where there are no groups.
fn want_flat<'a>(
    group: &'a Group,
    tag: &'a Tag,
    template: &str,
    facts: &ProviderFacts,
    can: &TagCapabilities,
) -> WantTag<'a> {
    let mut want = want_tag(tag, None, facts, can);
    if template == FLATTEN {
        return want;
    }
    let own_group = group.on.get(&facts.name).and_then(|on| on.name.as_deref());
    let mut groups = vec![own_group.unwrap_or(&group.name)];
    if shows_group(template) {
        groups.extend(group.aliases.iter().map(String::as_str));
    }
    let tags = || std::iter::once(&want.name).chain(&want.former);
    let all = groups.iter().flat_map(|group| tags().map(|tag| flatten(template, group, tag)));
    let mut all = all.map(Cow::from);
    let name = all.next().unwrap_or_default();
    let former = former(&name, all);
    (want.name, want.former) = (name, former);
    want
}

/// The former names: without the name itself, and each once.
fn former<'a>(name: &str, names: impl Iterator<Item = Cow<'a, str>>) -> Vec<Cow<'a, str>> {
    let mut seen = HashSet::new();
    names.filter(|former| former != name && seen.insert(former.clone())).collect()
}
