//! Where paths lead.

use std::fs;
use std::path::{Path, PathBuf};

/// So many links are followed: more lead round and round.
const LINKS: usize = 40;

/// The one path of what a path leads to, which need not be there yet: nor what a link leads to, nor
/// its folder. `None` where no path can lead.
pub(crate) fn resolved(path: &Path) -> Option<PathBuf> {
    let mut path = std::path::absolute(path).ok()?;
    for _ in 0..LINKS {
        let Ok(to) = fs::read_link(&path) else { break };
        path = path.parent()?.join(to);
    }
    let mut missing = Vec::new();
    loop {
        if let Ok(there) = path.canonicalize() {
            return Some(missing.iter().rev().fold(there, |path, name| path.join(name)));
        }
        missing.push(path.file_name()?.to_owned());
        path.pop();
    }
}

/// A path with something behind it, such as `.lock`.
#[cfg(feature = "sqlite")]
pub(crate) fn with_end(path: &Path, end: &str) -> PathBuf {
    let mut path = path.as_os_str().to_owned();
    path.push(end);
    path.into()
}
