//! Leads as a Singer tap gives them (specification 0.3.0): lines of JSON on one output, for any
//! target that reads them.
//!
//! A provider has two streams: its leads by its own name (`shop_wecom` for `shop-wecom`), their
//! interactions by `NAME_interactions`. Which ones are sent, and which of their properties, is in a [`Catalog`];
//! where they stand is in a [`State`], which the target gives back.
//!
//! ```
//! use std::sync::Arc;
//!
//! use leadtag_core::LeadsProvider;
//! use leadtag_extract::singer::{Catalog, State, Tap};
//! use leadtag_extract::{Attributes, Layout, PullOptions, Recorder, Source, Stop, pull};
//!
//! # async fn send(crm: Arc<dyn LeadsProvider>, state: &str) -> leadtag_extract::Result<()> {
//! let mut options = PullOptions::default();
//! options.layout.attributes = Attributes::Json;
//! // The tables without any attribute, as the same layout has them.
//! let recorder = Recorder::new(&options.layout, &options.pii)?;
//! let (leads, interactions) = (recorder.leads(None)?, recorder.interactions(None)?);
//! let tables = vec![leads.table().clone(), interactions.table().clone()];
//! let catalog = Catalog::discover(&[("crm".to_owned(), crm.lead_capabilities())], &tables)?;
//! let state = State::parse(state, "state.json")?;
//! let tap = Tap::new(Box::new(std::io::stdout()), &catalog, tables, state, |notice| {
//!     eprintln!("{notice}");
//! })?;
//! let sources = vec![Source::new("crm", crm)];
//! pull(sources, tap.sink(), options, Stop::new(), |_| ()).await?;
//! # Ok(())
//! # }
//! ```
//!
//! A catalog that somebody chose from is taken up by [`Catalog::select`]; with attributes as columns of
//! their own, [`Catalog::add`] comes before, with the state of a pull that met them.

mod catalog;
mod messages;
mod sink;
mod state;

use std::fmt;

use crate::table::{INTERACTIONS, LEADS};

pub use catalog::{Catalog, Entry};
pub use sink::Tap;
pub use state::State;

/// What a stream tells of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Subject {
    /// Leads.
    Leads,
    /// What leads did, and what was done with them.
    Interactions,
}

impl Subject {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Leads, Self::Interactions];

    /// The name of its table.
    #[must_use]
    pub fn table(self) -> &'static str {
        match self {
            Self::Leads => LEADS,
            Self::Interactions => INTERACTIONS,
        }
    }

    /// The name of its stream. It has `_` where the provider's name has `-`: many targets take what
    /// stands before a `-` for the name of a schema, and would write several streams into one table.
    #[must_use]
    pub fn stream(self, provider: &str) -> String {
        let provider = provider.replace('-', "_");
        match self {
            Self::Leads => provider,
            Self::Interactions => provider + "_interactions",
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.table())
    }
}
