//! What is said of single columns: in a map, and in a policy.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use serde_json::{Value, json};

use super::Layout;
use super::columns::{
    ATTRIBUTES, Holds, INTERACTION_COLUMNS, LEAD_COLUMNS, NEEDED, Named, RAW, unfit,
};
use crate::{Error, PiiMode, PiiPolicy, Result};

/// The policy, for messages.
const POLICY: &str = "pii (--pii, or in [pull])";

/// What is dropped, renamed and masked, each known to be a column.
#[derive(Debug, Default)]
pub(super) struct Rules {
    drop: BTreeSet<Named>,
    rename: BTreeMap<Named, String>,
    pii: BTreeMap<Named, PiiMode>,
}

impl Rules {
    pub(super) fn new(layout: &Layout, policy: &PiiPolicy) -> Result<Self> {
        let mut rules = Self::default();
        let read = |name: &str, of: &str| {
            Named::read(name).map_err(|why| Error::Input(format!("{of}: {why}")))
        };
        let input = |of: &str| {
            let of = of.to_owned();
            move |why: String| Error::Input(format!("{of}: {why}"))
        };
        let file = layout.map.file.as_deref().unwrap_or("map");
        let [pii, drop, rename] = ["pii", "drop", "rename"].map(|part| format!("{file}, {part}"));
        let all = policy.columns.iter().map(|entry| (POLICY, entry));
        for (of, (name, mode)) in all.chain(layout.map.pii.iter().map(|entry| (&*pii, entry))) {
            let named = read(name, of)?;
            check_pii(&named, name).map_err(input(of))?;
            // Which of the two was meant is not guessed where it is about personal data.
            if let Some(before) = rules.pii.insert(named, *mode).filter(|before| before != mode) {
                return Err(Error::Input(format!(
                    "{of}: {name} = \"{mode}\", and {POLICY} says \"{before}\" of it; take it out \
                     of one of them"
                )));
            }
        }
        for name in &layout.map.drop {
            let named = read(name, &drop)?;
            check_drop(&named, name).map_err(input(&drop))?;
            rules.drop.insert(named);
        }
        let mut new_names = HashSet::new();
        for (name, new) in &layout.map.rename {
            let named = read(name, &rename)?;
            check_rename(&named, name, new).map_err(input(&rename))?;
            let of_interactions = matches!(named, Named::Interaction(_));
            if !new_names.insert((of_interactions, new.to_lowercase())) {
                return Err(Error::Input(format!("{rename}: two columns become {new:?}")));
            }
            rules.rename.insert(named, new.clone());
        }
        let contradicts = |named: &&Named| rules.drops(named);
        if let Some(named) = rules.rename.keys().find(contradicts) {
            return Err(Error::Input(format!(
                "{rename}: {named} is dropped and renamed; take it out of one of them"
            )));
        }
        rules.check_new_names(&rename)?;
        Ok(rules)
    }

    /// A column may take the name of one that is dropped or renamed itself, and of no other.
    fn check_new_names(&self, of: &str) -> Result<()> {
        for (named, new) in &self.rename {
            let (columns, other): (_, fn(&'static str) -> Named) = match named {
                Named::Interaction(_) => (INTERACTION_COLUMNS, Named::Interaction),
                _ => (LEAD_COLUMNS, Named::Lead),
            };
            let there = columns.iter().find(|column| column.name.eq_ignore_ascii_case(new));
            let Some(there) = there else { continue };
            let there = other(there.name);
            if *named != there && !self.drop.contains(&there) && !self.rename.contains_key(&there) {
                return Err(Error::Input(format!(
                    "{of}: there is a column {new:?}; choose another name, or drop or \
                     rename that one too"
                )));
            }
        }
        Ok(())
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
pub(crate) fn check_pii(named: &Named, name: &str) -> Result<(), String> {
    let columns = match named {
        Named::Attribute(_) | Named::Attributes | Named::Lead(RAW) => return Ok(()),
        Named::Lead(_) => LEAD_COLUMNS,
        Named::Interaction(_) => INTERACTION_COLUMNS,
    };
    let own = |column: &str| matches!(named, Named::Lead(own) | Named::Interaction(own) if *own == column);
    let can = columns.iter().filter(|column| column.holds != Holds::Nothing);
    let can: Vec<_> = can.map(|column| column.name).collect();
    if can.iter().any(|name| own(name)) {
        return Ok(());
    }
    Err(format!("{name} holds no personal data; these may: {}", can.join(", ")))
}

/// Whether a column can be left out.
pub(crate) fn check_drop(named: &Named, name: &str) -> Result<(), String> {
    match named {
        // When a row was read may be left out; the rest is needed.
        Named::Lead(own) | Named::Interaction(own)
            if NEEDED.contains(own) && *own != "synced_at" =>
        {
            Err(format!("{name} cannot be dropped: leadtag needs it"))
        }
        _ => Ok(()),
    }
}

/// Whether a column can be called so.
pub(crate) fn check_rename(named: &Named, name: &str, new: &str) -> Result<(), String> {
    match named {
        Named::Lead(own) | Named::Interaction(own) if NEEDED.contains(own) => {
            return Err(format!("{name} cannot be renamed: leadtag needs it"));
        }
        Named::Attributes => {
            return Err(format!("{name} cannot be renamed; each attribute can"));
        }
        _ => {}
    }
    match unfit(new) {
        Some(why) => Err(format!("{name} cannot be called {new:?}: {why}")),
        None => Ok(()),
    }
}
