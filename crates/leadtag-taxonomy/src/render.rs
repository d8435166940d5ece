//! A plan for people.

mod markdown;

use std::collections::HashMap;
use std::fmt::Write;

use crate::limits::Excess;
use crate::plan::{
    ContactCount, GroupRef, Item, Plan, ProviderPlan, Step, StepKind, Summary, TagRef,
};

pub use markdown::markdown;

/// Names wider than this push their remarks to the right.
const WIDEST: usize = 48;

/// A plan as text, with colours for a terminal.
#[must_use]
pub fn text(plan: &Plan, colors: bool) -> String {
    let mut text = String::new();
    for one in plan.providers.iter().filter(|one| has_something(one)) {
        let _ = writeln!(text, "{}", printable(&heading(one)));
        let rows = rows(one);
        let names = rows.iter().map(|row| width(&row.name));
        let column = names.filter(|width| *width <= WIDEST).max().unwrap_or(0);
        for row in &rows {
            let gap = " ".repeat(column.saturating_sub(width(&row.name)));
            let (name, remark) = (printable(&row.name), printable(&row.remark));
            let line = format!("  {} {:5} {name}{gap}  {remark}", row.sign.as_str(), row.item);
            let _ = writeln!(text, "{}", row.sign.paint(line.trim_end(), colors));
        }
        for note in &one.notes {
            let _ = writeln!(text, "  note: {}", printable(&note.message));
        }
        text.push('\n');
    }
    text + &last_line(plan) + "\n"
}

/// The limits that a plan is beyond, as the last lines below it; empty if it is beyond none.
#[must_use]
pub fn refusals(excesses: &[Excess]) -> String {
    excesses.iter().fold(String::new(), |mut text, excess| {
        let _ = writeln!(text, "apply would refuse: {}", printable(&excess.message));
        text
    })
}

/// One step in a few words, with the sign that it has in the text of a plan.
#[must_use]
pub fn step_text(step: &Step) -> String {
    let mut rows = Vec::new();
    step_rows(&step.kind, &HashMap::new(), &mut rows);
    let more = match rows.len() {
        0 | 1 => String::new(),
        n => format!(" and {} more", n - 1),
    };
    let first = rows.first();
    first.map_or_else(String::new, |row| {
        printable(&format!("{} {} {}{more}", row.sign.as_str(), row.item, row.name))
    })
}

/// One line of a plan.
struct Row {
    sign: Sign,
    item: &'static str,
    name: String,
    remark: String,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    Lock,
    Create,
    Change,
    Delete,
    Blocked,
}

impl Sign {
    fn as_str(self) -> &'static str {
        match self {
            Self::Lock => "=",
            Self::Create => "+",
            Self::Change => "~",
            Self::Delete => "-",
            Self::Blocked => "!",
        }
    }

    fn paint(self, line: &str, colors: bool) -> String {
        let color = match self {
            Self::Create => "32",
            Self::Change => "33",
            Self::Delete => "31",
            Self::Blocked => "35",
            Self::Lock => return line.to_owned(),
        };
        if colors { format!("\u{1b}[{color}m{line}\u{1b}[0m") } else { line.to_owned() }
    }
}

fn has_something(plan: &ProviderPlan) -> bool {
    !(plan.steps.is_empty() && plan.blocked.is_empty() && plan.notes.is_empty())
}

fn heading(plan: &ProviderPlan) -> String {
    let sum = plan.summary();
    let parts = [
        (sum.create_groups + sum.create_tags, "to create"),
        (sum.renames, "to rename"),
        (sum.reorders, "to reorder"),
        (sum.delete_tags + sum.delete_groups, "to delete"),
        (sum.lock_only, "in the lock alone"),
        (sum.blocked, "not possible"),
    ];
    let parts: Vec<_> = parts
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    let what = if parts.is_empty() { "no changes".to_owned() } else { parts.join(", ") };
    format!("{} ({})  {what}", plan.name, plan.platform)
}

fn last_line(plan: &Plan) -> String {
    if plan.is_empty() {
        return "No changes.".to_owned();
    }
    let Summary { create_groups, create_tags, renames, reorders, .. } = plan.summary();
    let Summary { delete_tags, delete_groups, blocked, lock_only, .. } = plan.summary();
    let (create, delete) = (create_groups + create_tags, delete_tags + delete_groups);
    let lock =
        if lock_only > 0 { format!(", {lock_only} in the lock alone") } else { String::new() };
    format!(
        "Plan: {create} create, {renames} rename, {reorders} reorder, {delete} delete{lock}, \
         {blocked} not possible."
    )
}

/// The lines of one provider, in the order of its steps.
fn rows(plan: &ProviderPlan) -> Vec<Row> {
    // The name that something has before it makes way for another one.
    let mut before: HashMap<&str, &str> = HashMap::new();
    let mut rows = Vec::with_capacity(plan.steps.len() + plan.blocked.len());
    for step in &plan.steps {
        match &step.kind {
            StepKind::RenameGroup { id, from, temporary: true, .. }
            | StepKind::RenameTag { id, from, temporary: true, .. } => {
                before.insert(id, from);
            }
            kind => step_rows(kind, &before, &mut rows),
        }
    }
    rows.extend(plan.blocked.iter().map(|blocked| Row {
        sign: Sign::Blocked,
        item: blocked.item.map_or("all", item),
        name: blocked.name.clone(),
        remark: format!("not possible: {}", blocked.message),
    }));
    rows
}

fn step_rows(kind: &StepKind, before: &HashMap<&str, &str>, rows: &mut Vec<Row>) {
    let mut row = |sign, item, name: String, remark: String| {
        rows.push(Row { sign, item, name, remark });
    };
    match kind {
        StepKind::Adopt { item: what, name, .. } => {
            row(Sign::Lock, item(*what), name.clone(), "is there; noted in the lock".to_owned());
        }
        StepKind::Forget { item: what, name, .. } => {
            row(Sign::Lock, item(*what), name.clone(), "taken out of the lock".to_owned());
        }
        StepKind::RenameGroup { id, from, to, .. } => {
            let (from, remark) = renamed(before, id, from);
            row(Sign::Change, "group", format!("{from} → {to}"), remark);
        }
        StepKind::RenameTag { id, group, from, to, .. } => {
            let (from, remark) = renamed(before, id, from);
            let name = path(group.as_deref(), &format!("{from} → {to}"));
            row(Sign::Change, "tag", name, remark);
        }
        StepKind::ReorderGroup { name, from, to, .. } => {
            row(Sign::Change, "group", name.clone(), reordered(*from, *to));
        }
        StepKind::ReorderTag { group, name, from, to, .. } => {
            row(Sign::Change, "tag", path(group.as_deref(), name), reordered(*from, *to));
        }
        StepKind::CreateGroup { name, tags, .. } => {
            let with = match tags.len() {
                0 => "new".to_owned(),
                1 => "new, with 1 tag".to_owned(),
                n => format!("new, with {n} tags"),
            };
            row(Sign::Create, "group", name.clone(), with);
            for tag in tags {
                row(Sign::Create, "tag", path(Some(name), &tag.name), String::new());
            }
        }
        StepKind::CreateTags { into, tags } => {
            let group = match into {
                GroupRef::Flat => None,
                GroupRef::Id { name, .. } | GroupRef::Made { name } => Some(name.as_str()),
            };
            for tag in tags {
                row(Sign::Create, "tag", path(group, &tag.name), String::new());
            }
        }
        StepKind::DeleteTag { group, name, contacts, ends_group, .. } => {
            let end = if *ends_group { "; its group vanishes with it" } else { "" };
            let remark = format!("on {}{end}", counted(*contacts));
            row(Sign::Delete, "tag", path(group.as_deref(), name), remark);
        }
        StepKind::DeleteGroup { name, .. } => {
            row(Sign::Delete, "group", name.clone(), String::new());
        }
        StepKind::Retag { tag, contacts } => {
            let name = match tag {
                TagRef::Id(id) => id.clone(),
                TagRef::Made { group, name } => path(group.as_deref(), name),
            };
            row(Sign::Create, "tag", name, format!("back on {} contacts", contacts.len()));
        }
    }
}

/// The name something had at the beginning, and what to say of its rename.
fn renamed<'a>(before: &HashMap<&str, &'a str>, id: &str, from: &'a str) -> (&'a str, String) {
    match before.get(id) {
        Some(first) => (first, "keeps its contacts; has another name for a moment".to_owned()),
        None => (from, "keeps its contacts".to_owned()),
    }
}

fn reordered(from: Option<i64>, to: i64) -> String {
    match from {
        Some(from) => format!("order {from} → {to}"),
        None => format!("order {to}"),
    }
}

fn counted(contacts: ContactCount) -> String {
    match contacts {
        ContactCount::Known(1) => "1 contact".to_owned(),
        ContactCount::Known(n) => format!("{n} contacts"),
        ContactCount::AtLeast(n) => format!("at least {n} contacts"),
        ContactCount::Unknown => "an unknown number of contacts".to_owned(),
    }
}

fn item(item: Item) -> &'static str {
    match item {
        Item::Group => "group",
        Item::Tag => "tag",
    }
}

fn path(group: Option<&str>, name: &str) -> String {
    group.map_or_else(|| name.to_owned(), |group| format!("{group} / {name}"))
}

/// The text without anything that a terminal would obey: names come from outside.
fn printable(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}

/// How many columns of a terminal a text takes; Chinese characters take two.
fn width(text: &str) -> usize {
    let wide = |c: char| {
        matches!(u32::from(c),
            0x1100..=0x115F | 0x2E80..=0xA4CF | 0xAC00..=0xD7A3 | 0xF900..=0xFAFF
            | 0xFE30..=0xFE6F | 0xFF00..=0xFF60 | 0xFFE0..=0xFFE6 | 0x1F300..=0x1FAFF
            | 0x20000..=0x3FFFD)
    };
    text.chars().map(|c| if wide(c) { 2 } else { 1 }).sum()
}
