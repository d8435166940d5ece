//! A layout and a policy that were checked, and made quick to ask.

use std::collections::{BTreeSet, HashSet};

use serde_json::{Value, json};

use super::columns::{
    ALWAYS, ATTRIBUTES, Fixed, HIDDEN, Holds, INTERACTION_COLUMNS, LEAD_COLUMNS, Named, RAW,
};
use super::rules::Rules;
use super::{Attributes, Layout};
use crate::masking::{Masker, Style};
use crate::pii::Pseudonyms;
use crate::{Column, Error, PiiMode, PiiPolicy, Result};

/// Which columns there are, what they are called, and what becomes of personal data in them.
#[derive(Debug)]
pub(crate) struct Plan {
    pub(crate) leads: Vec<FixedPlan>,
    pub(crate) interactions: Vec<FixedPlan>,
    /// Whether what is platform-specific goes into one column.
    pub(crate) json: bool,
    /// Which attributes there are; `None`: all.
    only: Option<BTreeSet<String>>,
    rules: Rules,
    /// Names that no attribute may take, in lower case.
    taken: HashSet<String>,
    pub(crate) default: PiiMode,
    pub(crate) raw: PiiMode,
    pub(crate) pseudonyms: Option<Pseudonyms>,
}

/// A fixed column that is there.
#[derive(Clone, Debug)]
pub(crate) struct FixedPlan {
    /// Its own name.
    pub(crate) origin: &'static str,
    /// What it is called.
    pub(crate) column: Column,
    /// What becomes of all that is in it; `None`: of what looks personal in it, what the default says.
    pub(crate) pii: Option<PiiMode>,
}

/// What becomes of an attribute.
#[derive(Clone, Debug)]
pub(crate) struct AttributePlan {
    /// What its column, or its member in the column of all of them, is called.
    pub(crate) name: String,
    pub(crate) pii: PiiMode,
    /// Whether somebody said so of this one: then all of it is personal, whatever it is called.
    pub(crate) said: bool,
}

impl Plan {
    /// # Errors
    /// `Input`, if a column is unknown, or the map or the policy is not possible.
    pub(crate) fn new(layout: &Layout, policy: &PiiPolicy) -> Result<Self> {
        let rules = Rules::new(layout, policy)?;
        let asked = layout.columns.as_deref().map(Asked::new).transpose()?;
        if let Some(asked) = &asked {
            rules.check_asked(&asked.names)?;
        }
        let json = layout.attributes == Attributes::Json;
        let attributes =
            asked.as_ref().is_none_or(|asked| asked.only.as_ref() != Some(&BTreeSet::new()));
        let attributes = attributes && !rules.drops(&Named::Attributes);
        let is_there = |origin: &str| match (&asked, origin) {
            (_, ATTRIBUTES) => json && attributes,
            (None, origin) => origin != RAW,
            (Some(_), origin) if ALWAYS.contains(&origin) => true,
            (Some(asked), origin) => asked.leads.contains(origin),
        };
        let raw_asked = is_there(RAW);
        let default = policy.default;
        let leads = fixed(&rules, LEAD_COLUMNS, default, Named::Lead, is_there);
        let of_interactions = |origin: &str| origin != RAW || raw_asked;
        let interactions =
            fixed(&rules, INTERACTION_COLUMNS, default, Named::Interaction, of_interactions);
        let pseudonyms = policy.key.as_ref().map(Pseudonyms::new).transpose()?;
        let plan = Self {
            raw: rules.pii(&Named::Lead(RAW)).unwrap_or(default),
            taken: taken(&rules, json),
            only: asked.and_then(|asked| asked.only),
            leads,
            interactions,
            json,
            rules,
            default,
            pseudonyms,
        };
        plan.check()?;
        Ok(plan)
    }

    fn check(&self) -> Result<()> {
        for columns in [&self.leads, &self.interactions] {
            let mut names = HashSet::new();
            for FixedPlan { column, .. } in columns {
                if !names.insert(column.name.to_lowercase()) {
                    return Err(Error::Input(format!(
                        "two columns would be called {:?}; give one of them another name",
                        column.name
                    )));
                }
            }
        }
        let hashes = self.default == PiiMode::Hmac || self.rules.hashes();
        if hashes && self.pseudonyms.is_none() {
            return Err(Error::Input(
                "personal data is to be hashed (pii = \"hmac\"), and there is no key; give \
                 --hmac-key env:NAME or file:PATH, or hmac_key in [pull]"
                    .to_owned(),
            ));
        }
        Ok(())
    }

    /// What becomes of an attribute; `None`: it is left out.
    pub(crate) fn attribute(&self, name: &str) -> Option<AttributePlan> {
        if self.only.as_ref().is_some_and(|only| !only.contains(name)) {
            return None;
        }
        let named = Named::Attribute(name.to_owned());
        if self.rules.drops(&named) {
            return None;
        }
        let own = self.rules.pii(&named);
        let pii = own.or_else(|| self.rules.pii(&Named::Attributes)).unwrap_or(self.default);
        let name = match self.rules.new_name(&named) {
            Some(new) => new.to_owned(),
            None if self.is_taken(name) => own_name(name),
            None => name.to_owned(),
        };
        Some(AttributePlan { name, pii, said: own.is_some() })
    }

    /// The attributes that are asked for by name.
    pub(crate) fn named_attributes(&self) -> BTreeSet<&str> {
        let asked = self.only.iter().flatten().map(String::as_str);
        let is_there = |name: &&str| self.only.as_ref().is_none_or(|only| only.contains(*name));
        asked.chain(self.rules.kept_attributes().filter(is_there)).collect()
    }

    /// The attributes that are left out by name.
    pub(crate) fn dropped_attributes(&self) -> impl Iterator<Item = &str> {
        self.rules.dropped_attributes()
    }

    /// How the values of a lead are masked.
    pub(crate) fn style<'a>(&'a self, masker: &'a Masker<'a>) -> Style<'a> {
        Style {
            masker,
            pseudonyms: self.pseudonyms.as_ref(),
            masks_texts: self.default != PiiMode::Plain,
        }
    }

    /// Whether nothing is personal but where that is said of a column.
    pub(crate) fn is_plain(&self) -> bool {
        self.default == PiiMode::Plain
            && self.raw == PiiMode::Plain
            && !self.rules.masks_attributes()
    }

    /// Whether an attribute cannot be called what the platform calls it.
    fn is_taken(&self, name: &str) -> bool {
        let no_column = || name.is_empty() || name.starts_with("attributes.");
        self.taken.contains(&name.to_lowercase()) || !self.json && no_column()
    }

    /// What tells this layout and policy from others. Rows of another one say something else. It is kept
    /// with the rows: a change of it writes all of everybody again.
    pub(crate) fn fingerprint(&self) -> String {
        let columns = |columns: &[FixedPlan]| -> Vec<Value> {
            let column = |FixedPlan { origin, column, pii }: &FixedPlan| {
                json!([origin, column.name, pii.unwrap_or(PiiMode::Plain)])
            };
            columns.iter().map(column).collect()
        };
        // Another number, if a row says something else although nobody changed a setting.
        const VERSION: u32 = 5;
        // Lists: the order of an object's members depends on how serde_json was built.
        let all = json!([
            VERSION,
            self.json,
            self.default,
            self.raw,
            columns(&self.leads),
            columns(&self.interactions),
            self.only,
            self.rules.to_json(),
            self.pseudonyms.as_ref().map(Pseudonyms::check_value),
        ]);
        format!("{:032x}", twox_hash::XxHash3_128::oneshot(all.to_string().as_bytes()))
    }
}

/// What `--columns` says.
struct Asked {
    leads: BTreeSet<&'static str>,
    /// Which attributes; `None`: all.
    only: Option<BTreeSet<String>>,
    names: Vec<Named>,
}

impl Asked {
    fn new(columns: &[String]) -> Result<Self> {
        if columns.is_empty() {
            return Err(Error::Input("--columns names no column".to_owned()));
        }
        let read = |name: &String| {
            Named::read(name.trim())
                .map_err(|why| Error::Input(format!("--columns, or columns in [pull]: {why}")))
        };
        let names: Vec<Named> = columns.iter().map(read).collect::<Result<_>>()?;
        let mut asked = Self { leads: BTreeSet::new(), only: Some(BTreeSet::new()), names };
        for name in &asked.names {
            match name {
                Named::Lead(name) => {
                    asked.leads.insert(name);
                }
                Named::Attribute(name) => {
                    asked.only.iter_mut().for_each(|only| {
                        only.insert(name.clone());
                    });
                }
                Named::Attributes => asked.only = None,
                Named::Interaction(name) => {
                    return Err(Error::Input(format!(
                        "--columns: interactions.{name}: it chooses columns of leads; those of \
                         interactions are left out by drop in a --map file"
                    )));
                }
            }
        }
        Ok(asked)
    }
}

/// What people write for an attribute.
pub(crate) fn own_name(attribute: &str) -> String {
    format!("{ATTRIBUTES}.{attribute}")
}

fn taken(rules: &Rules, json: bool) -> HashSet<String> {
    let columns = LEAD_COLUMNS.iter().map(|column| column.name).chain(HIDDEN.iter().copied());
    // In a column of their own kind, attributes are among themselves.
    let columns = columns.filter(|_| !json).map(str::to_owned);
    columns.chain(rules.new_names().map(str::to_lowercase)).collect()
}

/// The fixed columns that are there.
fn fixed(
    rules: &Rules,
    columns: &'static [Fixed],
    default: PiiMode,
    named: fn(&'static str) -> Named,
    is_there: impl Fn(&str) -> bool,
) -> Vec<FixedPlan> {
    let there = columns.iter().filter(|column| is_there(column.name));
    let there = there.filter(|column| !rules.drops(&named(column.name)));
    let plan = |column: &Fixed| {
        let named = named(column.name);
        let name = rules.new_name(&named).unwrap_or(column.name);
        let mut made = Column::new(name, column.kind);
        made.renamed_from = (name != column.name).then(|| column.name.to_owned());
        let pii = match column.holds {
            Holds::Nothing => None,
            Holds::Texts => rules.pii(&named),
            Holds::Personal => Some(rules.pii(&named).unwrap_or(default)),
        };
        FixedPlan { origin: column.name, column: made, pii }
    };
    there.map(plan).collect()
}
