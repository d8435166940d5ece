//! `leadtag leads pull|status|reset|forget`: leads in a store of the user's own.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use clap::builder::{
    NonEmptyStringValueParser, PossibleValue, PossibleValuesParser, TypedValueParser,
};
use clap::{ArgGroup, Args};
use leadtag::Timestamp;
use leadtag_extract::{Attributes, Destination, PiiMode};

use super::{OutputFormat, count};
use crate::moment::{duration, moment};

#[derive(Debug, Args)]
pub(crate) struct LeadsPull {
    /// The providers, one after the other or with commas between them [default: the
    /// only one of leadtag.toml]
    #[arg(long, value_name = "P", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub(crate) provider: Vec<String>,
    /// Where the leads go: jsonl:PATH, csv:PATH, parquet:DIR, sqlite:PATH or postgres:URL [default:
    /// to in [pull] of leadtag.toml]
    #[arg(long, value_name = "DEST", value_parser = destination)]
    pub(crate) to: Option<Destination>,
    /// Read from this moment on [default: from where the last pull ended, less --look-back]; with
    /// --watch the first time
    #[arg(long, value_name = "T", value_parser = moment, conflicts_with = "full", allow_hyphen_values = true)]
    pub(crate) since: Option<Timestamp>,
    /// Read up to this moment [default: everything there is]
    #[arg(long, value_name = "T", value_parser = moment, allow_hyphen_values = true)]
    pub(crate) until: Option<Timestamp>,
    /// Read everything again, with --watch the first time; not together with --since
    #[arg(long)]
    pub(crate) full: bool,
    /// Read so many leads of each provider; the next pull goes on there [default: all]
    #[arg(long, value_name = "N", value_parser = count::<u64>)]
    pub(crate) limit: Option<u64>,
    /// Leads per page [default: the platform's own]
    #[arg(long, value_name = "N", value_parser = count::<u32>)]
    pub(crate) page_size: Option<u32>,
    /// Rows between two checkpoints; while pages come in there is one every 10 seconds [default:
    /// 10000]
    #[arg(long, value_name = "N", value_parser = count::<u64>)]
    pub(crate) commit_rows: Option<u64>,
    /// How far before the end of the last pull this one begins [default: 1h]
    #[arg(long, value_name = "D", value_parser = duration)]
    pub(crate) look_back: Option<Duration>,
    /// How far before the newest lead edits are looked for; all looks at every lead [default: 7d, and
    /// at least the newest 2,000 leads]
    #[arg(long, value_name = "D", value_parser = refresh)]
    pub(crate) refresh: Option<Refresh>,
    /// Also the interactions of every lead that is read, into a second table
    /// [default: as in [pull] of leadtag.toml, or no; --interactions=false leaves them out]
    #[arg(
        long,
        value_name = "BOOL",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "true"
    )]
    pub(crate) interactions: Option<bool>,
    /// Stay, and pull again every so often, such as 5m, until Ctrl-C; --until and --limit hold each
    /// time
    #[arg(long, value_name = "D", value_parser = pause)]
    pub(crate) watch: Option<Duration>,
    /// Write what the pull came to into FILE, as JSON
    #[arg(long, value_name = "FILE")]
    pub(crate) report: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) output: OutputFormat,
    #[command(flatten)]
    pub(crate) columns: Columns,
}

/// Which columns there are, and what becomes of personal data.
#[derive(Debug, Default, Args)]
#[command(next_help_heading = "Columns")]
pub(crate) struct Columns {
    /// Only these columns; attributes.X is an attribute, attributes.* all of them [default: all
    /// but raw]
    #[arg(long, value_name = "C", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub(crate) columns: Vec<String>,
    /// A TOML file that renames, drops and masks columns
    #[arg(long, value_name = "FILE")]
    pub(crate) map: Option<PathBuf>,
    /// Where what is platform-specific goes [default: columns]
    #[arg(long, value_name = "AS", value_parser = attributes())]
    pub(crate) attributes: Option<Attributes>,
    /// What becomes of personal data: mask, hmac or plain; COLUMN=MODE for a single column
    /// [default: mask]
    #[arg(long, value_name = "MODE", value_delimiter = ',', value_parser = pii)]
    pub(crate) pii: Vec<Pii>,
    /// The key of hmac: env:NAME or file:PATH
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) hmac_key: Option<String>,
}

/// What becomes of the personal data of a column, or of all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Pii {
    pub(crate) column: Option<String>,
    pub(crate) mode: PiiMode,
}

/// How far back edits are looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refresh {
    /// So far before the newest lead.
    Span(Duration),
    /// Of every lead.
    All,
}

impl fmt::Display for Refresh {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Span(span) => write!(f, "{}s", span.as_secs()),
            Self::All => f.write_str("all"),
        }
    }
}

impl Refresh {
    /// The span; of all leads, the longest there is.
    pub(crate) fn span(self) -> Duration {
        match self {
            Self::Span(span) => span,
            Self::All => Duration::MAX,
        }
    }
}

#[derive(Debug, Args)]
pub(crate) struct LeadsStatus {
    /// Where the leads are: jsonl:PATH, csv:PATH, parquet:DIR, sqlite:PATH or postgres:URL
    #[arg(long, value_name = "DEST", value_parser = destination)]
    pub(crate) to: Option<Destination>,
    #[command(flatten)]
    pub(crate) output: OutputFormat,
}

#[derive(Debug, Args)]
pub(crate) struct LeadsReset {
    /// The providers to forget the checkpoints of, by their names or their platforms; all where a
    /// file or a table of leads is gone
    #[arg(
        long,
        value_name = "P",
        required = true,
        value_delimiter = ',',
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) provider: Vec<String>,
    /// Where the leads are: jsonl:PATH, csv:PATH, parquet:DIR, sqlite:PATH or postgres:URL
    #[arg(long, value_name = "DEST", value_parser = destination)]
    pub(crate) to: Option<Destination>,
    /// Do it without asking
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) output: OutputFormat,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("person").required(true).args(["mobile", "id"]))]
pub(crate) struct LeadsForget {
    /// Where the leads are: sqlite:PATH or postgres:URL
    #[arg(long, value_name = "DEST", value_parser = destination)]
    pub(crate) to: Option<Destination>,
    /// Whoever has this mobile number, on every platform
    #[arg(long, value_name = "M", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) mobile: Option<String>,
    /// The lead with this id, as its platform or the store has it
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: Option<String>,
    /// The provider whose lead --id is [default: every one that has it now]; with it, who is not
    /// there yet is left out later
    #[arg(long, value_name = "P", conflicts_with = "mobile", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) provider: Option<String>,
    /// The key that mobiles and ids were hashed with: env:NAME or file:PATH
    #[arg(long, value_name = "KEY", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) hmac_key: Option<String>,
    /// Do it without asking
    #[arg(long)]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) output: OutputFormat,
}

fn destination(text: &str) -> Result<Destination, leadtag_extract::Error> {
    text.parse()
}

fn attributes() -> impl TypedValueParser<Value = Attributes> {
    let columns = PossibleValue::new("columns").help("Each into a column of its own");
    let json = PossibleValue::new("json").help("All into one column of JSON");
    PossibleValuesParser::new([columns, json]).try_map(|text| text.parse::<Attributes>())
}

fn refresh(text: &str) -> Result<Refresh, String> {
    match text {
        "all" => Ok(Refresh::All),
        _ => duration(text)
            .map(Refresh::Span)
            .map_err(|_| "it is neither a span of time, such as 7d or 12h, nor all".to_owned()),
    }
}

fn pause(text: &str) -> Result<Duration, String> {
    let span = duration(text)?;
    if span.is_zero() { Err("it must be longer than nothing".to_owned()) } else { Ok(span) }
}

fn pii(text: &str) -> Result<Pii, String> {
    let (column, name) = match text.rsplit_once('=') {
        Some((column, name)) => (Some(column.trim().to_owned()), name),
        None => (None, text),
    };
    match name.trim().parse() {
        Ok(mode) if column.as_deref() != Some("") => Ok(Pii { column, mode }),
        _ => Err("write mask, hmac or plain, or COLUMN=MODE such as mobiles=hmac".to_owned()),
    }
}
