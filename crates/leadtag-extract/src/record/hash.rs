//! A hash of what a record says.

use twox_hash::XxHash3_64;

use crate::Cell;

/// Collects names and values. Those that are not set make no difference.
#[derive(Debug, Default)]
pub(super) struct Hasher(Vec<u8>);

impl Hasher {
    pub(super) fn add(&mut self, name: &str, cell: &Cell) {
        if cell.is_null() {
            return;
        }
        self.text(name);
        match cell {
            Cell::Null => {}
            Cell::Bool(value) => self.0.extend([1, u8::from(*value)]),
            Cell::Int(int) => self.fixed(2, int.to_le_bytes()),
            Cell::Float(float) => self.fixed(3, float.to_bits().to_le_bytes()),
            Cell::Text(text) => {
                self.0.push(4);
                self.text(text);
            }
            Cell::Time(moment) => self.fixed(5, moment.as_unix_micros().to_le_bytes()),
            Cell::List(texts) => {
                self.fixed(6, (texts.len() as u64).to_le_bytes());
                texts.iter().for_each(|text| self.text(text));
            }
            Cell::Json(json) => {
                self.0.push(7);
                self.text(json);
            }
        }
    }

    fn fixed(&mut self, kind: u8, bytes: [u8; 8]) {
        self.0.push(kind);
        self.0.extend_from_slice(&bytes);
    }

    fn text(&mut self, text: &str) {
        self.0.extend_from_slice(&(text.len() as u64).to_le_bytes());
        self.0.extend_from_slice(text.as_bytes());
    }

    /// The hash of what was collected, which begins anew.
    pub(super) fn finish(&mut self, seed: u64) -> u64 {
        let hash = XxHash3_64::oneshot_with_seed(seed, &self.0);
        self.0.clear();
        hash
    }
}
