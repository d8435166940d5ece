//! A destination that keeps nothing: what is left of a pull is reading and making rows.

use leadtag_core::Timestamp;
use leadtag_extract::{Checkpoint, Closing, Counts, Result, Row, Seen, Sink, Table};

/// It takes everything.
#[derive(Debug)]
pub(crate) struct Nowhere;

impl Sink for Nowhere {
    fn name(&self) -> String {
        "nowhere".to_owned()
    }

    fn checkpoints(&mut self) -> Result<Vec<Checkpoint>> {
        Ok(Vec::new())
    }

    fn tables(&mut self) -> Result<Vec<Table>> {
        Ok(Vec::new())
    }

    fn widen(&mut self, _: &Table) -> Result<()> {
        Ok(())
    }

    fn upsert(&mut self, _: &Table, rows: Vec<Row>) -> Result<Counts> {
        let mut counts = Counts::default();
        counts.new = rows.len() as u64;
        Ok(counts)
    }

    fn remove(&mut self, _: &str, _: &str, _: &[&str]) -> Result<()> {
        Ok(())
    }

    fn seen(&mut self, _: &str, _: u64) -> Result<Option<Seen>> {
        Ok(None)
    }

    fn delete_unseen(&mut self, _: &str, _: u64, _: Timestamp) -> Result<Counts> {
        Ok(Counts::default())
    }

    fn commit(&mut self, _: &[Checkpoint]) -> Result<()> {
        Ok(())
    }

    fn finish(self: Box<Self>) -> Result<Closing> {
        Ok(Closing::default())
    }

    fn reset(&mut self, _: &str) -> Result<Vec<String>> {
        Ok(Vec::new())
    }
}
