//! `leadtag tags`.

use clap::builder::NonEmptyStringValueParser;
use clap::{ArgGroup, Args, Subcommand};

use super::{
    Format, MatrixFormat, TagsApply, TagsAssign, TagsCheck, TagsDrift, TagsImport, TagsPlan, Target,
};

#[derive(Debug, Subcommand)]
pub(crate) enum Tags {
    /// List groups and tags, in the platform's order
    List(TagsList),
    /// Create tags and print their ids
    Create(TagsCreate),
    /// Rename a tag or a group
    Rename(TagsRename),
    /// Delete tags, or groups with their tags
    Delete(TagsDelete),
    /// Check tags.toml without network: all that is wrong in it, and what cannot exist where
    Check(TagsCheck),
    /// Write tags.toml and tags.lock from what is live
    Import(TagsImport),
    /// Show what apply would do; nothing is changed
    Plan(TagsPlan),
    /// Make the tags of every provider what tags.toml says
    Apply(TagsApply),
    /// Show what was changed by hand on tags that leadtag owns
    Drift(TagsDrift),
    /// Put tags on many contacts and take tags off, from a CSV or JSONL file
    Assign(TagsAssign),
}

#[derive(Debug, Args)]
pub(crate) struct TagsList {
    #[command(flatten)]
    pub(crate) target: Target,
    /// List deleted groups and tags too
    #[arg(long)]
    pub(crate) with_deleted: bool,
}

#[derive(Debug, Args)]
pub(crate) struct TagsCreate {
    #[command(flatten)]
    pub(crate) target: Target,
    /// Into the group of this name, which is made if there is none
    #[arg(long, value_name = "NAME", conflicts_with = "group_id", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) group: Option<String>,
    /// Into the group of this id
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) group_id: Option<String>,
    /// Names of the tags
    #[arg(required = true, value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) names: Vec<String>,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["id", "group_id"]))]
pub(crate) struct TagsRename {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The tag to rename
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: Option<String>,
    /// The group to rename
    #[arg(long, value_name = "ID", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) group_id: Option<String>,
    /// The new name
    #[arg(value_name = "NAME", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) name: String,
}

#[derive(Debug, Args)]
#[command(group = ArgGroup::new("what").required(true).args(["id", "group_id"]))]
pub(crate) struct TagsDelete {
    #[command(flatten)]
    pub(crate) target: Target,
    /// The tags to delete
    #[arg(long, value_name = "ID", num_args = 1.., value_parser = NonEmptyStringValueParser::new())]
    pub(crate) id: Vec<String>,
    /// The groups to delete, with their tags
    #[arg(long, value_name = "ID", num_args = 1.., value_parser = NonEmptyStringValueParser::new())]
    pub(crate) group_id: Vec<String>,
    /// Delete without asking
    #[arg(long)]
    pub(crate) yes: bool,
}

impl Tags {
    /// How errors are printed.
    pub(crate) fn format(&self) -> Format {
        match self {
            Self::List(list) => list.target.output.format,
            Self::Create(create) => create.target.output.format,
            Self::Rename(rename) => rename.target.output.format,
            Self::Delete(delete) => delete.target.output.format,
            Self::Check(check) => check.output.format,
            Self::Import(import) => import.output.format,
            Self::Plan(plan) if plan.format == MatrixFormat::Json => Format::Json,
            Self::Plan(_) => Format::Text,
            Self::Apply(apply) => apply.output.format,
            Self::Drift(drift) => drift.output.format,
            Self::Assign(assign) => assign.output.format,
        }
    }
}
