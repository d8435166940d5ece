//! What is said of single columns: in a map, and in a policy.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use serde_json::{Value, json};

use super::Layout;
use super::columns::{
    ATTRIBUTES, Holds, INTERACTION_COLUMNS, LEAD_COLUMNS, NEEDED, Named, RAW, unfit,
};
use crate::{ColumnMap, Error, PiiMode, PiiPolicy, Result};

/// The policy, for messages.
const POLICY: &str = "pii (--pii, or in [pull])";

/// What is dropped, renamed and masked, each known to be a column.
#[derive(Debug, Default)]
pub(crate) struct Rules {
    drop: BTreeSet<Named>,
    rename: BTreeMap<Named, String>,
    pii: BTreeMap<Named, PiiMode>,
}

/// Why a map cannot be done.
#[derive(Debug)]
pub(crate) struct Fault {
    /// In which part of the map it is: `drop`, `rename` or `pii`.
    pub(crate) part: &'static str,
    /// The entry that it is about, as the map has it.
    pub(crate) entry: String,
    pub(crate) why: String,
}

impl Rules {
    pub(super) fn new(layout: &Layout, policy: &PiiPolicy) -> Result<Self> {
        let file = layout.map.file.as_deref().unwrap_or("map");
        let mut rules = Self::of_map(&layout.map)
            .map_err(|Fault { part, why, .. }| Error::Input(format!("{file}, {part}: {why}")))?;
        let of_map = rules.pii.clone();
        for (name, mode) in &policy.columns {
            let wrong = |why: String| Error::Input(format!("{POLICY}: {why}"));
            let named = Named::read(name).map_err(wrong)?;
            check_pii(&named).map_err(wrong)?;
            if let Some(other) = of_map.get(&named).filter(|other| *other != mode) {
                return Err(Error::Input(format!(
                    "{file}, pii: {named} = \"{other}\", and {POLICY} says \"{mode}\" of it; take it \
                     out of one of them"
                )));
            }
            rules.set_pii(named, name, *mode).map_err(wrong)?;
        }
        Ok(rules)
    }

    /// The rules of a map alone.
    pub(crate) fn of_map(map: &ColumnMap) -> Result<Self, Fault> {
        let mut rules = Self::default();
        for name in &map.drop {
            let fault = |why| Fault { part: "drop", entry: name.clone(), why };
            let named = Named::read(name).map_err(fault)?;
            check_drop(&named).map_err(fault)?;
            rules.drop.insert(named);
        }
        let mut by_new_name: HashMap<(bool, String), &str> = HashMap::new();
        for (name, new) in &map.rename {
            let fault = |why| Fault { part: "rename", entry: name.clone(), why };
            let named = Named::read(name).map_err(fault)?;
            check_rename(&named, new).map_err(fault)?;
            let of_interactions = matches!(named, Named::Interaction(_));
            if let Some(other) = by_new_name.insert((of_interactions, new.to_lowercase()), name) {
                let why = format!("{other} and {name} cannot both be called {new:?}");
                return Err(fault(why));
            }
            if rules.drops(&named) {
                let why = format!("{name} is dropped and renamed; take it out of one of them");
                return Err(fault(why));
            }
            rules.rename.insert(named, new.clone());
        }
        for (name, new) in &map.rename {
            let fault = |why| Fault { part: "rename", entry: name.clone(), why };
            Named::read(name).and_then(|named| rules.check_new_name(&named, new)).map_err(fault)?;
        }
        for (name, mode) in &map.pii {
            let fault = |why| Fault { part: "pii", entry: name.clone(), why };
            let named = Named::read(name).map_err(fault)?;
            check_pii(&named).map_err(fault)?;
            rules.set_pii(named, name, *mode).map_err(fault)?;
        }
        Ok(rules)
    }

    /// Which of two was meant is not guessed where it is about personal data.
    fn set_pii(&mut self, named: Named, name: &str, mode: PiiMode) -> Result<(), String> {
        match self.pii.insert(named, mode).filter(|before| *before != mode) {
            None => Ok(()),
            Some(before) => Err(format!(
                "{name} = \"{mode}\", and \"{before}\" is said of it too; take one of them out"
            )),
        }
    }

    /// A column may take the name of one that is dropped or renamed itself, and of no other.
    fn check_new_name(&self, named: &Named, new: &str) -> Result<(), String> {
        let (columns, other): (_, fn(&'static str) -> Named) = match named {
            Named::Interaction(_) => (INTERACTION_COLUMNS, Named::Interaction),
            _ => (LEAD_COLUMNS, Named::Lead),
        };
        let there = columns.iter().find(|column| column.name.eq_ignore_ascii_case(new));
        let Some(there) = there.map(|column| other(column.name)) else { return Ok(()) };
        if *named == there || self.drop.contains(&there) || self.rename.contains_key(&there) {
            return Ok(());
        }
        Err(format!(
            "there is a column {new:?}; choose another name, or drop or rename that one too"
        ))
    }

    /// Nothing that is asked for may be dropped.
    pub(super) fn check_asked(&self, asked: &[Named]) -> Result<()> {
        match asked.iter().find(|named| self.drops(named)) {
            None => Ok(()),
            Some(named) => Err(Error::Input(format!(
                "--columns asks for {named}, and the map drops it; take it out of one of them"
            ))),
        }
    }

    pub(super) fn drops(&self, named: &Named) -> bool {
        let with_all =
            || matches!(named, Named::Attribute(_)) && self.drop.contains(&Named::Attributes);
        self.drop.contains(named) || with_all()
    }

    pub(super) fn new_name(&self, named: &Named) -> Option<&str> {
        self.rename.get(named).map(String::as_str)
    }

    /// The new names of what goes into the table of leads.
    pub(super) fn new_names(&self) -> impl Iterator<Item = &str> {
        let of_leads =
            self.rename.iter().filter(|(named, _)| !matches!(named, Named::Interaction(_)));
        of_leads.map(|(_, new)| new.as_str())
    }

    pub(super) fn pii(&self, named: &Named) -> Option<PiiMode> {
        self.pii.get(named).copied()
    }

    /// Whether it is said of some attributes that they are personal.
    pub(super) fn masks_attributes(&self) -> bool {
        let attributes = |named: &Named| {
            matches!(
                named,
                Named::Attribute(_)
                    | Named::Attributes
                    | Named::Interaction(ATTRIBUTES)
                    | Named::Interaction(RAW)
            )
        };
        self.pii.iter().any(|(named, mode)| attributes(named) && *mode != PiiMode::Plain)
    }

    /// The attributes of which something is said but that they are dropped.
    pub(super) fn kept_attributes(&self) -> impl Iterator<Item = &str> {
        self.rename.keys().chain(self.pii.keys()).filter_map(|named| match named {
            Named::Attribute(name) if !self.drops(named) => Some(name.as_str()),
            _ => None,
        })
    }

    /// The attributes that are dropped by name.
    pub(super) fn dropped_attributes(&self) -> impl Iterator<Item = &str> {
        self.drop.iter().filter_map(|named| match named {
            Named::Attribute(name) => Some(name.as_str()),
            _ => None,
        })
    }

    /// All that is said, as lists.
    pub(super) fn to_json(&self) -> Value {
        let drop: BTreeSet<String> = self.drop.iter().map(Named::to_string).collect();
        let rename: BTreeSet<_> =
            self.rename.iter().map(|(of, new)| (of.to_string(), new)).collect();
        let pii: BTreeMap<_, _> =
            self.pii.iter().map(|(of, mode)| (of.to_string(), mode)).collect();
        json!([drop, rename, Vec::from_iter(pii)])
    }

    /// Whether something is hashed.
    pub(super) fn hashes(&self) -> bool {
        self.pii.values().any(|mode| *mode == PiiMode::Hmac)
    }
}

/// Whether something can be said of the personal data of a column.
fn check_pii(named: &Named) -> Result<(), String> {
    let (own, columns) = match named {
        Named::Attribute(_) | Named::Attributes | Named::Lead(RAW) => return Ok(()),
        Named::Lead(own) => (own, LEAD_COLUMNS),
        Named::Interaction(own) => (own, INTERACTION_COLUMNS),
    };
    let can = columns.iter().filter(|column| column.holds != Holds::Nothing);
    let can: Vec<_> = can.map(|column| column.name).collect();
    if can.contains(own) {
        return Ok(());
    }
    Err(format!("{named} holds no personal data; these may: {}", can.join(", ")))
}

/// Whether a column can be left out.
fn check_drop(named: &Named) -> Result<(), String> {
    match named {
        // When a row was read may be left out; the rest is needed.
        Named::Lead(own) | Named::Interaction(own)
            if NEEDED.contains(own) && *own != "synced_at" =>
        {
            Err(format!("{named} cannot be dropped: leadtag needs it"))
        }
        _ => Ok(()),
    }
}

/// Whether a column can be called so.
fn check_rename(named: &Named, new: &str) -> Result<(), String> {
    match named {
        Named::Lead(own) | Named::Interaction(own) if NEEDED.contains(own) => {
            return Err(format!("{named} cannot be renamed: leadtag needs it"));
        }
        Named::Attributes => {
            return Err(format!("{named} cannot be renamed; each attribute can"));
        }
        _ => {}
    }
    match unfit(new) {
        Some(why) => Err(format!("{named} cannot be called {new:?}: {why}")),
        None => Ok(()),
    }
}
