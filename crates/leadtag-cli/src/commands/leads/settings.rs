//! `[pull]` of leadtag.toml, and the flags that win over it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use leadtag::config::Settings;
use leadtag::{Config, Error, SecretString};
use leadtag_extract::{Attributes, ColumnMap, Destination, PiiMode, PiiPolicy, PullOptions};

use super::store::failure;
use crate::args::{Columns, LeadsPull, Refresh};
use crate::failure::{Failure, reason};

const KEYS: &[&str] = &[
    "to",
    "provider",
    "page_size",
    "look_back",
    "refresh",
    "attributes",
    "columns",
    "map",
    "interactions",
    "pii",
    "hmac_key",
];

/// How leads are pulled, as the file says it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PullSettings {
    pub(crate) to: Option<Destination>,
    pub(crate) providers: Vec<String>,
    page_size: Option<u32>,
    look_back: Option<Duration>,
    refresh: Option<Refresh>,
    attributes: Option<Attributes>,
    columns: Option<Vec<String>>,
    map: Option<PathBuf>,
    interactions: bool,
    pii: PiiPolicy,
    /// Whether it is said what becomes of personal data where nothing is said of the column.
    default_is_said: bool,
}

impl PullSettings {
    /// Reads the table `[pull]`.
    pub(crate) fn of(config: &Config) -> Result<Self, Failure> {
        let Some(table) = config.pull() else { return Ok(Self::default()) };
        Self::read(table).map_err(Failure::while_doing(""))
    }

    fn read(table: &Settings) -> Result<Self, Error> {
        table.check_keys(&[KEYS])?;
        let to = table.text("to")?.map(str::parse::<Destination>).transpose();
        let to = to.map_err(|error| table.invalid("to", &error.to_string()))?;
        let (pii, default_is_said) = read_pii(table)?;
        Ok(Self {
            to,
            providers: table.texts("provider")?.unwrap_or_default(),
            page_size: table.count("page_size")?,
            look_back: table.duration_or_zero("look_back")?,
            refresh: match table.text("refresh") {
                Ok(Some("all")) => Some(Refresh::All),
                _ => table.duration_or_zero("refresh")?.map(Refresh::Span),
            },
            attributes: read_attributes(table)?,
            columns: table.texts("columns")?,
            map: table.text("map")?.map(PathBuf::from),
            interactions: table.bool("interactions")?.unwrap_or(false),
            pii,
            default_is_said,
        })
    }

    /// The key of hashes, of the command line or of the file.
    pub(crate) fn hmac_key(
        config: &Config,
        asked: Option<&str>,
    ) -> Result<Option<SecretString>, Failure> {
        match (asked, config.pull()) {
            (Some(asked), _) => key_of(asked).map(Some),
            (None, Some(table)) => table.secret("hmac_key").map_err(Failure::while_doing("")),
            (None, None) => Ok(None),
        }
    }

    /// The options of a pull, with what the command line says instead.
    pub(crate) fn options(
        &self,
        args: &LeadsPull,
        config: &Config,
    ) -> Result<PullOptions, Failure> {
        let mut options = self.of_file(&args.columns, config)?;
        options.since = args.since;
        options.until = args.until;
        options.full = args.full;
        options.limit = args.limit;
        options.page_size = args.page_size.or(options.page_size);
        options.commit_rows = args.commit_rows.unwrap_or(options.commit_rows);
        options.look_back = args.look_back.unwrap_or(options.look_back);
        options.refresh = args.refresh.map(Refresh::span).or(options.refresh);
        options.interactions = args.interactions.unwrap_or(options.interactions);
        Ok(options)
    }

    /// The options of a tap: what the file says. Attributes go into one property, unless it says
    /// otherwise: a target then has the same properties from the first record on.
    pub(crate) fn of_tap(&self, config: &Config) -> Result<PullOptions, Failure> {
        let mut options = self.of_file(&Columns::default(), config)?;
        options.layout.attributes = self.attributes.unwrap_or(Attributes::Json);
        Ok(options)
    }

    /// What the file says, but for the columns that the command line says something of.
    fn of_file(&self, columns: &Columns, config: &Config) -> Result<PullOptions, Failure> {
        let mut options = PullOptions::default();
        options.page_size = self.page_size;
        options.look_back = self.look_back.unwrap_or(options.look_back);
        options.refresh = self.refresh.map(Refresh::span);
        options.interactions = self.interactions;
        self.layout(columns, &mut options)?;
        options.pii = self.policy(columns)?;
        options.pii.key = Self::hmac_key(config, columns.hmac_key.as_deref())?;
        Ok(options)
    }

    fn layout(&self, args: &Columns, options: &mut PullOptions) -> Result<(), Failure> {
        let layout = &mut options.layout;
        layout.attributes = args.attributes.or(self.attributes).unwrap_or_default();
        layout.columns = match args.columns.as_slice() {
            [] => self.columns.clone(),
            columns => Some(columns.to_vec()),
        };
        if let Some(path) = args.map.as_deref().or(self.map.as_deref()) {
            layout.map = read_map(path)?;
        }
        Ok(())
    }

    /// A mode for all on the command line takes the place of all that the file says.
    fn policy(&self, args: &Columns) -> Result<PiiPolicy, Failure> {
        let for_all = args.pii.iter().find(|pii| pii.column.is_none());
        let mut policy = for_all.map_or_else(|| self.pii.clone(), |pii| PiiPolicy::new(pii.mode));
        for (place, pii) in args.pii.iter().enumerate() {
            let before = args.pii[..place].iter().find(|other| other.column == pii.column);
            if before.is_some_and(|before| before.mode != pii.mode) {
                let what = pii.column.as_deref().unwrap_or("the default");
                return Err(Failure::usage(
                    format!("--pii says two things of {what}"),
                    "name each column once",
                ));
            }
            if let Some(column) = &pii.column {
                policy.columns.insert(column.clone(), pii.mode);
            }
        }
        Ok(policy)
    }

    /// Whether nobody said what becomes of personal data.
    pub(crate) fn masks_unasked(&self, args: &Columns) -> bool {
        !self.default_is_said && args.pii.iter().all(|pii| pii.column.is_some())
    }
}

fn read_attributes(table: &Settings) -> Result<Option<Attributes>, Error> {
    let read = |text: &str| {
        text.parse().map_err(|_| table.invalid("attributes", "write \"columns\" or \"json\""))
    };
    table.text("attributes")?.map(read).transpose()
}

/// `pii = "mask"`, or a table with a mode for each column and a `default`. Whether the default is said.
fn read_pii(table: &Settings) -> Result<(PiiPolicy, bool), Error> {
    let read = |table: &Settings, key: &str| -> Result<Option<PiiMode>, Error> {
        let wrong = |_| table.invalid(key, "write \"mask\", \"hmac\" or \"plain\"");
        table.text(key)?.map(|text| text.parse().map_err(wrong)).transpose()
    };
    let mut policy = PiiPolicy::default();
    let Ok(Some(columns)) = table.table("pii") else {
        let default = read(table, "pii")?;
        policy.default = default.unwrap_or_default();
        return Ok((policy, default.is_some()));
    };
    let default = read(columns, "default")?;
    policy.default = default.unwrap_or_default();
    for column in columns.keys().filter(|column| *column != "default") {
        if let Some(mode) = read(columns, column)? {
            policy.columns.insert(column.to_owned(), mode);
        }
    }
    Ok((policy, default.is_some()))
}

fn read_map(path: &Path) -> Result<ColumnMap, Failure> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        Failure::usage(
            format!("{name} cannot be read ({})", reason(&error)),
            "name a TOML file with --map, or as map in [pull]",
        )
    })?;
    ColumnMap::parse(&text, &name).map_err(failure)
}

/// `env:NAME` or `file:PATH`. What stands on a command line itself is seen by everybody.
pub(crate) fn key_of(text: &str) -> Result<SecretString, Failure> {
    let wrong = |why: String| {
        Failure::usage(
            format!("--hmac-key: {why}"),
            "give env:NAME or file:PATH with the key there",
        )
    };
    let value = if let Some(name) = text.strip_prefix("env:").filter(|name| !name.is_empty()) {
        std::env::var(name)
            .map_err(|_| wrong(format!("the environment variable {name} is not set")))?
    } else if let Some(path) = text.strip_prefix("file:").filter(|path| !path.is_empty()) {
        std::fs::read_to_string(path).map_err(|error| {
            wrong(format!("the file {path} cannot be read ({})", reason(&error)))
        })?
    } else {
        let what = if matches!(text, "env:" | "file:") {
            format!("--hmac-key {text} names nothing")
        } else {
            "--hmac-key takes no key itself: others could read it".to_owned()
        };
        return Err(Failure::usage(
            what,
            "write --hmac-key env:NAME or --hmac-key file:PATH, in small letters",
        ));
    };
    let value = value.trim_start_matches('\u{feff}').trim_end_matches(['\r', '\n']);
    if value.is_empty() { Err(wrong(format!("{text} is empty"))) } else { Ok(value.into()) }
}
