//! Reads `tags.toml` and finds everything that is wrong in it, not only the first.

mod values;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::ops::Range;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::lines::Lines;
use super::rules::{MAX_ORDER, key_problem, name_problem, template_problem};
use super::{AbsentTag, File, Group, ItemOverride, Tag};
use crate::{Code, Finding, Place};

const VERSION: i64 = 1;

const TOP_KEYS: &[&str] = &["version", "group", "absent", "providers"];
const GROUP_KEYS: &[&str] = &["key", "name", "providers", "order", "aliases", "on", "tag"];
const TAG_KEYS: &[&str] = &["key", "name", "providers", "order", "aliases", "on"];
const OVERRIDE_KEYS: &[&str] = &["name", "order"];
const ABSENT_KEYS: &[&str] = &["group", "name"];
const PROVIDER_KEYS: &[&str] = &["flatten"];

type Key<'i> = Spanned<Cow<'i, str>>;
type Value<'i> = Spanned<DeValue<'i>>;

/// Reads `text`. What is wrong is left out of the result and told in a finding.
pub(super) fn parse(text: &str, name: &str) -> (File, Vec<Finding>) {
    let (document, errors) = DeTable::parse_recoverable(text);
    let lines = Lines::new(text, name);
    let mut reader = Reader { lines, findings: Vec::new(), keys: HashMap::new() };
    let mut file = reader.file(document.get_ref());
    file.name = name.to_owned();
    let mut findings = reader.findings;
    if !errors.is_empty() {
        let broken = syntax(&errors, &reader.lines);
        let lines: HashSet<u32> = broken.iter().map(|finding| finding.place.line).collect();
        let unsure = unsure(text, &lines);
        findings.retain(|found| match found.code {
            // What the parser had to leave out is not missing in the file.
            Code::Missing => false,
            Code::UnknownKey | Code::WrongType => !unsure.contains(&found.place.line),
            _ => !lines.contains(&found.place.line),
        });
        findings.extend(broken);
    }
    findings.sort_by(|one, other| one.place.cmp(&other.place));
    (file, findings)
}

/// The errors of the parser: the first of each line, as the others follow from it.
fn syntax(errors: &[toml::de::Error], lines: &Lines<'_>) -> Vec<Finding> {
    let mut seen = HashSet::new();
    let found = errors.iter().map(|error| {
        let message = error.message().replace('\n', ", ");
        let remedy = if message.contains("duplicate key") {
            "the same key stands twice in one table; remove one"
        } else if message.contains("unquoted key") {
            "put a key with other characters in quotes, as in on.\"店铺\""
        } else {
            "correct the TOML there"
        };
        let place = lines.place(&error.span().unwrap_or_default());
        Finding::new(Code::Syntax, place, message).with_hint(remedy)
    });
    found.filter(|finding| seen.insert(finding.place.line)).collect()
}

/// The lines from a wrong one to the next table: what stands there may have been read as part of
/// something else.
fn unsure(text: &str, wrong: &HashSet<u32>) -> HashSet<u32> {
    let mut unsure = false;
    let lines = (1..).zip(text.lines()).filter(|(number, line)| {
        unsure = wrong.contains(number) || (unsure && !line.trim_start().starts_with('['));
        unsure
    });
    lines.map(|(number, _)| number).collect()
}

/// The entries as they stand in the file; the parser sorts them by name.
fn in_order<'t, 'i>(table: &'t DeTable<'i>) -> Vec<(&'t Key<'i>, &'t Value<'i>)> {
    let mut entries: Vec<_> = table.iter().collect();
    entries.sort_by_key(|(key, _)| key.span().start);
    entries
}

struct Reader<'a> {
    lines: Lines<'a>,
    findings: Vec<Finding>,
    /// Where each logical key stood first.
    keys: HashMap<String, Place>,
}

impl Reader<'_> {
    fn file(&mut self, top: &DeTable<'_>) -> File {
        let mut file = File::default();
        if !self.version(top) {
            return file;
        }
        for (key, value) in in_order(top) {
            match key.get_ref().as_ref() {
                "version" => {}
                "group" => file.groups = self.groups(value),
                "absent" => file.absent = self.absent(value),
                "providers" => file.flatten = self.providers(value),
                _ => self.unknown(key, TOP_KEYS),
            }
        }
        file
    }

    /// Whether the rest can be read.
    fn version(&mut self, top: &DeTable<'_>) -> bool {
        let Some(value) = top.get("version") else {
            let hint = "write version = 1 at the top";
            self.tell_with(Code::Missing, &(0..0), "version is missing", hint);
            return true;
        };
        match self.integer("version", value) {
            None | Some(VERSION) => true,
            Some(other) => {
                let message = format!("version {other} is not known to this program");
                self.tell_with(Code::Version, &value.span(), message, "write version = 1");
                false
            }
        }
    }

    fn groups(&mut self, value: &Value<'_>) -> Vec<Group> {
        let tables = self.tables("group", "[[group]]", value);
        tables.into_iter().map(|(table, span)| self.group(table, &span)).collect()
    }

    fn group(&mut self, table: &DeTable<'_>, span: &Range<usize>) -> Group {
        let item = self.item("group", GROUP_KEYS, table, span);
        let tags = table.get("tag").map(|value| {
            let tables = self.tables("tag", "[[group.tag]]", value);
            tables
                .into_iter()
                .map(|(table, span)| self.item("tag", TAG_KEYS, table, &span))
                .collect()
        });
        Group {
            key: item.key,
            name: item.name,
            providers: item.providers,
            order: item.order,
            aliases: item.aliases,
            on: item.on,
            tags: tags.unwrap_or_default(),
            place: item.place,
            name_place: item.name_place,
        }
    }

    /// What a group and a tag have in common.
    fn item(
        &mut self,
        what: &str,
        known: &[&str],
        table: &DeTable<'_>,
        span: &Range<usize>,
    ) -> Tag {
        let place = self.lines.place(span);
        let mut item = Tag { name_place: place.clone(), place, ..Tag::default() };
        for (key, value) in in_order(table) {
            match key.get_ref().as_ref() {
                "key" => item.key = self.key(value).unwrap_or_default(),
                "name" => {
                    item.name_place = self.lines.place(&value.span());
                    item.name = self.name("name", value).unwrap_or_default();
                }
                "providers" => item.providers = self.provider_names(value),
                "order" => item.order = self.order(value),
                "aliases" => item.aliases = self.aliases(value),
                "on" => item.on = self.overrides(value),
                other if known.contains(&other) => {}
                _ => self.unknown(key, known),
            }
        }
        for key in ["key", "name"] {
            if !table.contains_key(key) {
                let message = format!("a {what} without {key}");
                let hint = if key == "key" {
                    "add a key that stays the same when the name changes, such as \"intent.high\""
                } else {
                    "add the name that people see"
                };
                self.tell_with(Code::Missing, span, message, hint);
            }
        }
        if let Some(at) = item.aliases.iter().position(|alias| *alias == item.name) {
            item.aliases.remove(at);
            let message = format!("{:?} is both the name and a former name", item.name);
            let spot = table.get("aliases").map_or(span.clone(), |value| value.span());
            self.tell_with(Code::DuplicateAlias, &spot, message, "remove it from aliases");
        }
        item
    }

    fn key(&mut self, value: &Value<'_>) -> Option<String> {
        let key = self.text("key", value)?;
        if let Some(problem) = key_problem(&key) {
            let message = format!("the key {key:?} cannot be one: {problem}");
            self.tell(Code::BadKey, &value.span(), message);
            return None;
        }
        let place = self.lines.place(&value.span());
        if let Some(first) = self.keys.get(&key).cloned() {
            let message = format!("the key {key:?} stands twice; first at {first}");
            let finding = Finding::new(Code::DuplicateKey, place, message).of(&key).and_at(first);
            self.findings.push(finding.with_hint("give one of them another key"));
        } else {
            self.keys.insert(key.clone(), place);
        }
        Some(key)
    }

    fn name(&mut self, what: &str, value: &Value<'_>) -> Option<String> {
        let name = self.text(what, value)?;
        let Some(problem) = name_problem(&name) else {
            return Some(name);
        };
        let message = format!("the name {name:?} cannot be one: {problem}");
        self.tell(Code::BadName, &value.span(), message);
        None
    }

    fn provider_names(&mut self, value: &Value<'_>) -> Option<Vec<(String, Place)>> {
        let values = self.list("providers", value)?;
        if values.is_empty() {
            let message = "providers is empty, so this is for no provider at all";
            self.tell_with(
                Code::NoProviders,
                &value.span(),
                message,
                "leave providers out for every provider, or remove the entry",
            );
        }
        let mut names: Vec<(String, Place)> = Vec::with_capacity(values.len());
        for value in values {
            let Some(name) = self.text("a provider", value) else { continue };
            if names.iter().any(|(known, _)| *known == name) {
                let message = format!("the provider {name:?} stands twice in the list");
                self.tell(Code::DuplicateProvider, &value.span(), message);
                continue;
            }
            names.push((name, self.lines.place(&value.span())));
        }
        Some(names)
    }

    fn order(&mut self, value: &Value<'_>) -> Option<i64> {
        let order = self.integer("order", value)?;
        if (0..=MAX_ORDER).contains(&order) {
            return Some(order);
        }
        let message = format!("order is {order}; it goes from 0 to {MAX_ORDER}");
        self.tell(Code::OrderRange, &value.span(), message);
        None
    }

    fn aliases(&mut self, value: &Value<'_>) -> Vec<String> {
        let mut aliases = Vec::new();
        for value in self.list("aliases", value).unwrap_or_default() {
            let Some(alias) = self.name("an alias", value) else { continue };
            if aliases.contains(&alias) {
                let message = format!("the former name {alias:?} stands twice in the list");
                self.tell(Code::DuplicateAlias, &value.span(), message);
                continue;
            }
            aliases.push(alias);
        }
        aliases
    }

    fn overrides(&mut self, value: &Value<'_>) -> BTreeMap<String, ItemOverride> {
        let mut on = BTreeMap::new();
        let Some(table) = self.table("on", "on.PROVIDER = { name = \"…\" }", value) else {
            return on;
        };
        for (provider, value) in in_order(table) {
            let form = "on.PROVIDER = { name = \"…\" }";
            let what = format!("on.{}", provider.get_ref());
            let Some(table) = self.table(&what, form, value) else { continue };
            let place = self.lines.place(&provider.span());
            let mut own = ItemOverride { place, ..ItemOverride::default() };
            for (key, value) in in_order(table) {
                match key.get_ref().as_ref() {
                    "name" => own.name = self.name("name", value),
                    "order" => own.order = self.order(value),
                    _ => self.unknown(key, OVERRIDE_KEYS),
                }
            }
            on.insert(provider.get_ref().to_string(), own);
        }
        on
    }

    fn absent(&mut self, value: &Value<'_>) -> BTreeMap<String, Vec<AbsentTag>> {
        let mut absent = BTreeMap::new();
        let Some(table) = self.table("absent", "[absent]", value) else { return absent };
        for (provider, value) in in_order(table) {
            let values = self.list(provider.get_ref(), value).unwrap_or_default();
            let tags = values.iter().filter_map(|value| self.absent_tag(value)).collect();
            absent.insert(provider.get_ref().to_string(), tags);
        }
        absent
    }

    /// `"name"` or `{ group = "…", name = "…" }`.
    fn absent_tag(&mut self, value: &Value<'_>) -> Option<AbsentTag> {
        let place = self.lines.place(&value.span());
        // What is to be removed may have a name that nobody would give.
        let DeValue::Table(table) = value.get_ref() else {
            let name = self.text("a tag to remove", value)?;
            return Some(AbsentTag { group: None, name, place });
        };
        let (mut group, mut name) = (None, None);
        for (key, value) in in_order(table) {
            match key.get_ref().as_ref() {
                "group" => group = self.text("group", value),
                "name" => name = self.text("name", value),
                _ => self.unknown(key, ABSENT_KEYS),
            }
        }
        if !table.contains_key("name") {
            self.tell(Code::Missing, &value.span(), "a tag to remove without name");
        }
        Some(AbsentTag { group, name: name?, place })
    }

    fn providers(&mut self, value: &Value<'_>) -> BTreeMap<String, (String, Place)> {
        let mut templates = BTreeMap::new();
        let Some(table) = self.table("providers", "[providers.NAME]", value) else {
            return templates;
        };
        for (provider, value) in in_order(table) {
            let what = format!("providers.{}", provider.get_ref());
            let Some(table) = self.table(&what, &format!("[{what}]"), value) else { continue };
            for (key, value) in in_order(table) {
                if key.get_ref() != "flatten" {
                    self.unknown(key, PROVIDER_KEYS);
                } else if let Some(template) = self.template(value) {
                    let place = self.lines.place(&value.span());
                    templates.insert(provider.get_ref().to_string(), (template, place));
                }
            }
        }
        templates
    }

    fn template(&mut self, value: &Value<'_>) -> Option<String> {
        let template = self.text("flatten", value)?;
        let Some(problem) = template_problem(&template) else {
            return Some(template);
        };
        let message = format!("flatten is {template:?}: {problem}");
        self.tell_with(
            Code::FlattenTemplate,
            &value.span(),
            message,
            "write something like \"{group}-{tag}\"",
        );
        None
    }
}
