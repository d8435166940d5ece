//! `leadtag tap`: leads for any Singer target.

use std::path::PathBuf;

use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Tap {
    /// Send what this catalog selects [default: the leads of every
    /// provider, or of those in [pull]]
    #[arg(long, value_name = "FILE", alias = "properties")]
    pub(crate) catalog: Option<PathBuf>,
    /// Go on where this state stands: the value of the last STATE message
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Print the catalog of what there is, and send nothing, whatever --catalog selects
    #[arg(long)]
    pub(crate) discover: bool,
}
