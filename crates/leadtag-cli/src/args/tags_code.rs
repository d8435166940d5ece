//! `leadtag tags check|import|plan|apply|drift|assign`: tags as code.

use std::path::PathBuf;
use std::time::Duration;

use clap::builder::NonEmptyStringValueParser;
use clap::{Args, ValueEnum, value_parser};

use super::{MatrixFormat, OutputFormat};
use crate::moment::duration;

#[derive(Debug, Args)]
pub(crate) struct TagsFiles {
    /// What the tags should be
    #[arg(long, value_name = "FILE", default_value = "tags.toml")]
    pub(crate) file: PathBuf,
    /// Which ids leadtag owns
    #[arg(long, value_name = "FILE", default_value = "tags.lock")]
    pub(crate) lock: PathBuf,
}

/// Limits that stop an apply; flags win over [tags] in leadtag.toml.
#[derive(Debug, Args)]
#[command(next_help_heading = "Safety limits")]
pub(crate) struct Guards {
    /// Change or delete at most N % of a provider's managed tags, where it has 10 or more
    /// [default: 30]
    #[arg(long, value_name = "N", value_parser = value_parser!(u32).range(0..=100))]
    pub(crate) max_changed_percent: Option<u32>,
    /// Delete at most N tags and groups [default: 10]
    #[arg(long, value_name = "N")]
    pub(crate) max_deletions: Option<u32>,
    /// Take deleted tags off at most N contacts [default: 1000]
    #[arg(long, value_name = "N")]
    pub(crate) max_contacts: Option<u64>,
    /// Delete tags also where the platform does not tell how many contacts carry them
    #[arg(long)]
    pub(crate) allow_unknown_contacts: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TagsCheck {
    #[command(flatten)]
    pub(crate) files: TagsFiles,
    #[command(flatten)]
    pub(crate) output: OutputFormat,
}

#[derive(Debug, Args)]
pub(crate) struct TagsImport {
    /// The providers to read, one after the other or with commas between them
    #[arg(
        long,
        value_name = "P",
        required = true,
        value_delimiter = ',',
        value_parser = NonEmptyStringValueParser::new()
    )]
    pub(crate) provider: Vec<String>,
    #[command(flatten)]
    pub(crate) files: TagsFiles,
    /// Overwrite files that exist; the old ones are kept as FILE.old
    ///
    /// The logical keys of an old lock are kept. Comments, aliases, flatten and [absent] of an old
    /// tags.toml are not carried over.
    #[arg(long)]
    pub(crate) overwrite: bool,
    #[command(flatten)]
    pub(crate) output: OutputFormat,
}

#[derive(Debug, Args)]
pub(crate) struct TagsPlan {
    /// Plan for these providers only [default: all that the file is for]
    #[arg(long, value_name = "P", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub(crate) provider: Vec<String>,
    #[command(flatten)]
    pub(crate) files: TagsFiles,
    /// Save the plan, for tags apply
    #[arg(long, value_name = "FILE")]
    pub(crate) out: Option<PathBuf>,
    /// Exit with 2 if there is anything to do
    #[arg(long)]
    pub(crate) detailed_exitcode: bool,
    /// Try again what a platform refused because it belongs to another application
    #[arg(long)]
    pub(crate) retry_refused: bool,
    /// Go on although none of the tags that leadtag owns there can be found
    #[arg(long)]
    pub(crate) accept_missing: bool,
    /// How the plan is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: MatrixFormat,
}

#[derive(Debug, Args)]
pub(crate) struct TagsApply {
    /// A saved plan [default: plan now]
    #[arg(value_name = "PLAN", conflicts_with_all = ["provider", "retry_refused", "accept_missing"])]
    pub(crate) plan: Option<PathBuf>,
    /// Apply to these providers only [default: all that the file is for]
    #[arg(long, value_name = "P", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub(crate) provider: Vec<String>,
    #[command(flatten)]
    pub(crate) files: TagsFiles,
    /// Apply without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// Wait so long for another apply to end, such as 30s or 5m [default: do not wait]
    #[arg(long, value_name = "T", value_parser = duration)]
    pub(crate) wait: Option<Duration>,
    /// Try again what a platform refused because it belongs to another application
    #[arg(long)]
    pub(crate) retry_refused: bool,
    /// Go on although none of the tags that leadtag owns there can be found
    #[arg(long)]
    pub(crate) accept_missing: bool,
    #[command(flatten)]
    pub(crate) output: OutputFormat,
    #[command(flatten)]
    pub(crate) guards: Guards,
}

#[derive(Debug, Args)]
pub(crate) struct TagsDrift {
    /// Look at these providers only [default: all that the lock knows]
    #[arg(long, value_name = "P", value_delimiter = ',', value_parser = NonEmptyStringValueParser::new())]
    pub(crate) provider: Vec<String>,
    /// Look at the providers that this tags.toml is for only; what the tags should be is not compared,
    /// tags plan does that
    #[arg(long, value_name = "FILE", conflicts_with = "provider")]
    pub(crate) file: Option<PathBuf>,
    /// Which ids leadtag owns
    #[arg(long, value_name = "FILE", default_value = "tags.lock")]
    pub(crate) lock: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputFormat,
}

/// The form of the rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum TagsInput {
    /// A header, and commas
    Csv,
    /// One JSON object on each line
    Jsonl,
}

#[derive(Debug, Args)]
pub(crate) struct TagsAssign {
    /// The rows: provider, owner, contact, add, remove
    #[arg(long, value_name = "FILE")]
    pub(crate) from: PathBuf,
    /// The form of the rows [default: by the file's name]
    #[arg(long, value_name = "FORM", value_enum)]
    pub(crate) input: Option<TagsInput>,
    /// What became of each row [default: FILE.results.csv or .jsonl]
    #[arg(long, value_name = "FILE")]
    pub(crate) results: Option<PathBuf>,
    /// Show what would be done, and send nothing
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Begin without asking
    #[arg(long)]
    pub(crate) yes: bool,
    /// Send the good rows although others are refused
    #[arg(long)]
    pub(crate) skip_refused: bool,
    /// Begin anew instead of going on where an earlier run stopped
    #[arg(long)]
    pub(crate) restart: bool,
    /// Which ids the logical keys have
    #[arg(long, value_name = "FILE", default_value = "tags.lock")]
    pub(crate) lock: PathBuf,
    #[command(flatten)]
    pub(crate) output: OutputFormat,
}
