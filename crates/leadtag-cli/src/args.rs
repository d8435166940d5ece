//! The command line.

mod leads_pull;
mod tags;
mod tags_code;
mod tap;

use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, Parser, Subcommand, ValueEnum};
use leadtag::{Cursor, Timestamp};
use leadtag_sandbox::FaultSpec;

use crate::moment::moment;

pub(crate) use leads_pull::{Columns, LeadsForget, LeadsPull, LeadsReset, LeadsStatus, Refresh};
pub(crate) use tags::{Tags, TagsCreate, TagsDelete, TagsList, TagsRename};
pub(crate) use tags_code::{
    Guards, TagsApply, TagsAssign, TagsCheck, TagsDrift, TagsImport, TagsInput, TagsPlan,
};
pub(crate) use tap::Tap;

/// Customer tags and leads of Chinese marketing and CRM platforms, through one interface.
///
/// Providers are read from ./leadtag.toml or from --config FILE. Without either, every command
/// runs on an embedded sandbox with made-up data and says so.
#[derive(Debug, Parser)]
#[command(name = "leadtag", version, arg_required_else_help = true)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Args)]
pub(crate) struct Global {
    /// Read the providers from FILE [default: ./leadtag.toml, or else the sandbox]
    #[arg(long, global = true, value_name = "FILE", display_order = 900)]
    pub(crate) config: Option<PathBuf>,
    /// Tell on stderr which calls are made
    #[arg(short, long, global = true, display_order = 901)]
    pub(crate) verbose: bool,
    /// Use no colours; the variable NO_COLOR does the same
    #[arg(long, global = true, display_order = 902)]
    pub(crate) no_color: bool,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show what leadtag does, on the embedded sandbox: no network, no keys
    Demo,
    /// Write a leadtag.toml to start from
    Init(Init),
    /// Show what each platform can do
    Caps(Caps),
    /// Check reachability, credentials, clock and limits of the providers
    Doctor(Doctor),
    /// Work on the tags themselves
    #[command(subcommand)]
    Tags(Tags),
    /// Work on the tags of one contact
    #[command(subcommand)]
    Contact(Contact),
    /// Read leads, and pull them into a store of your own
    #[command(subcommand)]
    Leads(Leads),
    /// Send leads to any Singer target: messages of the specification 0.3.0 on stdout
    ///
    /// --config FILE is a leadtag.toml, or JSON: {"config_file": "leadtag.toml"}, or the same as
    /// leadtag.toml with {"providers": {…}, "pull": {…}}, and with "start_date" if need be.
    #[command(after_long_help = TAP_EXIT_CODES)]
    Tap(Tap),
    /// Platforms that are not real
    #[command(subcommand)]
    Sandbox(Sandbox),
    /// Print the completions for a shell
    Completions {
        /// The shell
        shell: clap_complete::Shell,
    },
}

#[derive(Debug, Subcommand)]
pub(crate) enum Contact {
    /// List the tags of a contact
    Tags(ContactTags),
    /// Put tags on a contact and take tags off
    Tag(ContactTag),
}

const TAP_EXIT_CODES: &str = "\
Exit codes: 0 done; 1 a provider failed, or nobody reads the messages any more; 64 wrong options or files,
nothing was sent; 130 stopped by Ctrl-C or SIGTERM, with a last STATE.";

const PULL_EXAMPLES: &str = "\
Examples:
  leadtag leads pull --provider crm --to sqlite:leads.db
  leadtag leads pull --provider crm,shop-douyin --to csv:leads.csv --since 30d --pii name=plain
  leadtag leads pull --provider crm --to parquet:leads --pii hmac --hmac-key env:LEADS_KEY
  leadtag leads status --to sqlite:leads.db

Exit codes: 0 done; 1 failed, or not all of it is done; 64 wrong options or files, nothing was sent;
130 stopped by Ctrl-C or SIGTERM at a checkpoint.";

#[derive(Debug, Subcommand)]
pub(crate) enum Leads {
    /// List leads as they come, in the platform's order
    ///
    /// T is a moment such as 2026-01-31T08:00:00Z, a day such as 2026-01-31, which begins at 00:00
    /// UTC+08:00, or a span back from now: 45m, 12h, 7d, 2w.
    ///
    /// A filter that the platform lacks is refused before anything is sent; leadtag caps shows
    /// which there are. Personal data is masked unless --reveal is given.
    List(LeadsList),
    /// Show one lead
    ///
    /// Personal data is masked unless --reveal is given.
    Get(LeadsGet),
    /// Pull leads into a store of your own: incremental, resumable, nothing lost
    ///
    /// The first pull reads everything; each later one what came since, what was late, and edits of
    /// recent leads. A pull that was stopped or killed goes on where it was. Lists that cannot be
    /// filtered by time are read as a whole and compared; who is gone from such a list gets a
    /// deleted_at.
    ///
    /// T is a moment such as 2026-01-31T08:00:00Z, a day such as 2026-01-31, which begins at 00:00
    /// UTC+08:00, or a span back from now: 45m, 12h, 7d, 2w. What is not given is taken from
    /// [pull] of leadtag.toml. Personal data is masked unless --pii or [pull.pii] says something
    /// else.
    #[command(after_long_help = PULL_EXAMPLES)]
    Pull(Box<LeadsPull>),
    /// Show how far the pulls into a store are, also while one runs
    Status(LeadsStatus),
    /// Forget how far the pulls of a provider are: the next one reads everything again
    ///
    /// The rows stay where they are.
    Reset(LeadsReset),
    /// Remove a person from a SQLite or PostgreSQL store, for good
    ///
    /// All rows of the person go, and later pulls leave these leads out. The platforms keep the person:
    /// have it deleted there too, or it may come again as a new lead, under another id.
    Forget(LeadsForget),
}

#[derive(Debug, Subcommand)]
pub(crate) enum Sandbox {
    /// Serve the sandbox on 127.0.0.1 and print a leadtag.toml for it, until Ctrl-C
    Serve(SandboxServe),
}

#[derive(Debug, Args)]
pub(crate) struct Target {
    /// The provider, by its name in the configuration or by its platform [default: the only
    /// one of leadtag.toml]
    #[arg(long, value_name = "P")]
    pub(crate) provider: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputFormat,
}

#[derive(Clone, Copy, Debug, Args)]
pub(crate) struct OutputFormat {
    /// How the result is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: Format,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    #[default]
    Text,
    /// For programs; errors are JSON on stderr too
    Json,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(crate) enum MatrixFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For a README or a pull request
    Markdown,
}

#[derive(Debug, Args)]
pub(crate) struct Init {
    /// Overwrite a file that exists
    #[arg(long)]
    pub(crate) force: bool,
    /// Print the template instead of writing a file
    #[arg(long, conflicts_with = "force")]
    pub(crate) stdout: bool,
}

#[derive(Debug, Args)]
pub(crate) struct Caps {
    /// How the matrix is printed
    #[arg(long, value_enum, default_value_t)]
    pub(crate) format: MatrixFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Doctor {
    /// Check this provider only [default: all]
    #[arg(long, value_name = "P")]
    pub(crate) provider: Option<String>,
    #[command(flatten)]
    pub(crate) output: OutputFormat,
}

#[derive(Debug, Args)]
pub(crate) struct Person {
    /// The member account whose relation to the contact is meant (WeCom: userid, Miaokol:
    /// rel_wxid; Douyin has none)
    #[arg(long, value_name = "O", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) owner: Option<String>,
    /// The contact (WeCom: external_userid, Miaokol: contact_wxid, Douyin: open_id of the user)
    #[arg(value_name = "CONTACT", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) contact: String,
}

#[derive(Debug, Args)]
pub(crate) struct ContactTags {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) person: Person,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("change").required(true).multiple(true).args(["add", "remove", "replace", "clear"]))]
#[command(
    override_usage = "leadtag contact tag [OPTIONS] <CONTACT> [--add <ID>...] [--remove <ID>...]\n       \
                      leadtag contact tag [OPTIONS] <CONTACT> <--replace <ID>... | --clear>"
)]
pub(crate) struct ContactTag {
    #[command(flatten)]
    pub(crate) target: Target,
    #[command(flatten)]
    pub(crate) person: Person,
    /// Tags to put on
    #[arg(long, value_name = "ID", num_args = 1.., value_parser = NonEmptyStringValueParser::new())]
    pub(crate) add: Vec<String>,
    /// Tags to take off
    #[arg(long, value_name = "ID", num_args = 1.., value_parser = NonEmptyStringValueParser::new())]
    pub(crate) remove: Vec<String>,
    /// Make these the tags of the contact, and take all others off
    #[arg(long, value_name = "ID", num_args = 1.., conflicts_with_all = ["add", "remove", "clear"], value_parser = NonEmptyStringValueParser::new())]
    pub(crate) replace: Vec<String>,
    /// Take all tags off
    #[arg(long, conflicts_with_all = ["add", "remove"])]
    pub(crate) clear: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LeadsList {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Only leads from this moment on
    #[arg(long, value_name = "T", value_parser = moment)]
    pub(crate) since: Option<Timestamp>,
    /// Only leads before this moment
    #[arg(long, value_name = "T", value_parser = moment)]
    pub(crate) until: Option<Timestamp>,
    /// Only leads of this level, in the platform's terms
    #[arg(long, value_name = "L", allow_negative_numbers = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) level: Option<String>,
    /// Only leads of this group, in the platform's terms
    #[arg(long, value_name = "G", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) group: Option<String>,
    /// Only leads of this kind, in the platform's terms
    #[arg(long, value_name = "K", allow_negative_numbers = true, value_parser = NonEmptyStringValueParser::new())]
    pub(crate) kind: Option<String>,
    /// At most this many leads; no page is fetched beyond them [default: all]
    #[arg(long, value_name = "N", value_parser = count::<u64>)]
    pub(crate) limit: Option<u64>,
    /// Go on where an earlier list with the same filters was broken off, as its error tells
    #[arg(long, value_name = "CURSOR")]
    pub(crate) cursor: Option<Cursor>,
    /// Show personal data
    #[arg(long)]
    pub(crate) reveal: bool,
}

#[derive(Debug, Args)]
pub(crate) struct LeadsGet {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The lead, by the id that leads list shows
    #[arg(value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: String,
    /// Show personal data
    #[arg(long)]
    pub(crate) reveal: bool,
}

#[derive(Debug, Args)]
pub(crate) struct SandboxServe {
    /// The port on 127.0.0.1 [default: any free one]
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    pub(crate) port: u16,
    /// The seed of the made-up people; equal seeds give equal data
    #[arg(long, value_name = "N", default_value_t = 1)]
    pub(crate) seed: u64,
    /// How many customers and leads each platform has
    #[arg(long, value_name = "N", default_value_t = 40)]
    pub(crate) leads: usize,
    /// A fault to begin with, NAME[@API][*N|*always], such as busy@add_corp_tag*2
    #[arg(long = "fault", value_name = "FAULT")]
    pub(crate) faults: Vec<FaultSpec>,
}

impl Command {
    /// How the command's errors are printed.
    pub(crate) fn format(&self) -> Format {
        match self {
            Self::Caps(caps) if caps.format == MatrixFormat::Json => Format::Json,
            Self::Doctor(doctor) => doctor.output.format,
            Self::Tags(tags) => tags.format(),
            Self::Contact(contact) => contact.target().output.format,
            Self::Leads(leads) => leads.format(),
            _ => Format::Text,
        }
    }
}

impl Leads {
    /// How the command's errors are printed.
    fn format(&self) -> Format {
        let output = match self {
            Self::List(list) => list.target.output,
            Self::Get(get) => get.target.output,
            Self::Pull(pull) => pull.output,
            Self::Status(status) => status.output,
            Self::Reset(reset) => reset.output,
            Self::Forget(forget) => forget.output,
        };
        output.format
    }
}

impl Contact {
    /// Which provider is meant.
    pub(crate) fn target(&self) -> &Target {
        match self {
            Self::Tags(tags) => &tags.target,
            Self::Tag(tag) => &tag.target,
        }
    }
}

impl LeadsList {
    /// Whether all leads are asked for.
    pub(crate) fn is_unfiltered(&self) -> bool {
        let texts = [&self.level, &self.group, &self.kind];
        self.since.is_none() && self.until.is_none() && texts.iter().all(|text| text.is_none())
    }
}

/// A number of things, of which there is one at least.
fn count<T: FromStr + PartialOrd + From<u8>>(text: &str) -> Result<T, String> {
    let number: Option<T> = text.trim().parse().ok();
    number
        .filter(|number| *number >= T::from(1))
        .ok_or_else(|| "write a whole number of 1 or more".to_owned())
}
