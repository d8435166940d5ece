//! Writes `tags.toml`.

use std::collections::BTreeMap;
use std::fmt::Write;

use toml_writer::{ToTomlKey, ToTomlValue, TomlStringBuilder};

use super::{AbsentTag, File, Group, ItemOverride, Tag};
use crate::Place;

const HEAD: &str = "\
# What tags there should be on each platform. After a change: leadtag tags check, then
# leadtag tags plan to see what it would do, then leadtag tags apply.
version = 1
";

pub(super) fn to_toml(file: &File) -> String {
    let mut text = HEAD.to_owned();
    for group in &file.groups {
        text.push_str("\n[[group]]\n");
        group_lines(&mut text, group);
        for tag in &group.tags {
            text.push_str("\n[[group.tag]]\n");
            tag_lines(&mut text, tag);
        }
    }
    if !file.absent.is_empty() {
        text.push_str("\n[absent]\n");
        for (provider, tags) in &file.absent {
            line(&mut text, &provider.to_toml_key(), &list(tags.iter().map(absent)));
        }
    }
    for (provider, (template, _)) in &file.flatten {
        text.push_str(&format!("\n[providers.{}]\n", provider.to_toml_key()));
        line(&mut text, "flatten", &quoted(template));
    }
    text
}

fn group_lines(text: &mut String, group: &Group) {
    line(text, "key", &quoted(&group.key));
    line(text, "name", &quoted(&group.name));
    let Group { providers, order, aliases, on, .. } = group;
    common_lines(text, providers.as_deref(), *order, aliases, on);
}

fn tag_lines(text: &mut String, tag: &Tag) {
    line(text, "key", &quoted(&tag.key));
    line(text, "name", &quoted(&tag.name));
    let Tag { providers, order, aliases, on, .. } = tag;
    common_lines(text, providers.as_deref(), *order, aliases, on);
}

fn common_lines(
    text: &mut String,
    providers: Option<&[(String, Place)]>,
    order: Option<i64>,
    aliases: &[String],
    on: &BTreeMap<String, ItemOverride>,
) {
    if let Some(providers) = providers {
        line(text, "providers", &list(providers.iter().map(|(name, _)| quoted(name))));
    }
    if let Some(order) = order {
        line(text, "order", &order.to_string());
    }
    if !aliases.is_empty() {
        line(text, "aliases", &list(aliases.iter().map(|alias| quoted(alias))));
    }
    for (provider, own) in on {
        let name = own.name.as_deref().map(|name| format!("name = {}", quoted(name)));
        let order = own.order.map(|order| format!("order = {order}"));
        let parts: Vec<_> = name.into_iter().chain(order).collect();
        let value = format!("{{ {} }}", parts.join(", "));
        line(text, &format!("on.{}", provider.to_toml_key()), &value);
    }
}

fn absent(tag: &AbsentTag) -> String {
    match &tag.group {
        None => quoted(&tag.name),
        Some(group) => format!("{{ group = {}, name = {} }}", quoted(group), quoted(&tag.name)),
    }
}

fn line(text: &mut String, key: &str, value: &str) {
    // Writing to a String cannot fail.
    let _ = writeln!(text, "{key} = {value}");
}

fn list(values: impl Iterator<Item = String>) -> String {
    format!("[{}]", values.collect::<Vec<_>>().join(", "))
}

/// The text in quotes, on one line whatever it holds.
pub(crate) fn quoted(text: &str) -> String {
    TomlStringBuilder::new(text).as_basic().to_toml_value()
}
