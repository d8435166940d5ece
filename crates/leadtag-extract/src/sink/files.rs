//! Files: written as segments, and made into one file per table at the end.

mod bits;
mod disk;
mod format;

pub use disk::{Disk, DiskFile, RealDisk};
pub use format::{Fates, Format, Output, Piece};
