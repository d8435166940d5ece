#![doc = include_str!("../README.md")]

mod cell;
mod checkpoint;
mod destination;
mod error;
mod event;
mod forget;
mod interaction;
mod layout;
mod map;
mod options;
mod pii;
mod pull;
mod record;
mod report;
pub mod sink;
mod snapshot;
mod strategy;
mod table;
mod windows;
mod writer;

pub use cell::{Cell, ColumnKind};
pub use checkpoint::{Checkpoint, Mark, Pass, Place, Span};
pub use destination::Destination;
pub use error::{Error, Result};
pub use event::{Event, Stop};
pub use forget::{Forgotten, Person, Removed};
pub use layout::{Attributes, Layout};
pub use map::ColumnMap;
pub use options::{PullOptions, Source};
pub use pii::{PiiMode, PiiPolicy};
pub use pull::pull;
pub use record::{Key, Record};
pub use report::{Counts, Report, StreamReport};
pub use sink::Sink;
pub use strategy::Strategy;
pub use table::{Column, Row, Table};
