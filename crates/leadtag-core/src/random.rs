//! Random numbers, good enough to keep callers and files apart.

use std::hash::{BuildHasher, Hasher, RandomState};

/// A random number. The keys of a [`RandomState`] are made for hash maps whose order nobody may
/// guess, and differ each time.
pub(crate) fn random() -> u64 {
    RandomState::new().build_hasher().finish()
}
