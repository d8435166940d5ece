//! The tables that rows go into.

use super::Setup;
use crate::table::{INTERACTIONS, LEADS};
use crate::{Result, Shape, Sink, Table};

/// The tables of leads and, if they are pulled, of interactions.
pub(super) struct Shapes {
    pub(super) leads: Shape,
    pub(super) interactions: Option<Shape>,
}

impl Shapes {
    fn new(setup: &Setup, tables: &[Table], most: usize) -> Result<Self> {
        let find = |name: &str| tables.iter().find(|table| table.name == name).cloned();
        let with = setup.options.interactions;
        let interactions = with.then(|| setup.recorder.interactions(find(INTERACTIONS)));
        Ok(Self {
            leads: setup.recorder.leads(find(LEADS))?.with_most(most),
            interactions: interactions.transpose()?,
        })
    }
}

/// Whose tables they are.
pub(super) enum Tables {
    /// Those of all streams.
    Shared(Box<Shapes>),
    /// Each stream has its own, by the numbers of the streams.
    Own(Vec<Shapes>),
}

impl Tables {
    pub(super) fn new(sink: &mut dyn Sink, setup: &Setup, tables: &[Table]) -> Result<Self> {
        let (mut own, most) = (Vec::new(), sink.most_columns());
        for name in &setup.names {
            match sink.tables_of(name)? {
                Some(tables) => own.push(Shapes::new(setup, &tables, most)?),
                None => return Ok(Self::Shared(Box::new(Shapes::new(setup, tables, most)?))),
            }
        }
        Ok(Self::Own(own))
    }

    pub(super) fn of(&mut self, stream: usize) -> &mut Shapes {
        match self {
            Self::Shared(all) => all,
            Self::Own(each) => &mut each[stream],
        }
    }

    pub(super) fn all(&mut self) -> &mut [Shapes] {
        match self {
            Self::Shared(all) => std::slice::from_mut(&mut **all),
            Self::Own(each) => each,
        }
    }
}
