//! Files: written as segments, and made into one file per table at the end.

mod bits;
mod disk;
mod format;
#[cfg(feature = "parquet")]
mod parquet;

pub use disk::{Disk, DiskFile, RealDisk};
pub use format::{Fates, Format, Output, Piece};
#[cfg(feature = "parquet")]
pub use parquet::Parquet;
