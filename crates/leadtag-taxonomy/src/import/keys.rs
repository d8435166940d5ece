//! Logical keys from names.

use std::collections::{HashMap, HashSet};

/// Room for a number behind it, within the 200 characters of a key.
const MAX_CHARS: usize = 180;

/// The keys that are taken.
#[derive(Debug, Default)]
pub(super) struct Keys {
    taken: HashSet<String>,
    /// The last number that was put behind a key.
    numbers: HashMap<String, u32>,
}

impl Keys {
    /// Keeps `keys` for those that have them already.
    pub(super) fn reserving<'a>(keys: impl Iterator<Item = &'a str>) -> Self {
        Self { taken: keys.map(str::to_owned).collect(), numbers: HashMap::new() }
    }

    /// The key that was wanted, with a number behind it if it is taken.
    pub(super) fn give(&mut self, wanted: &str) -> String {
        let wanted: String = wanted.chars().take(MAX_CHARS).collect();
        if self.taken.insert(wanted.clone()) {
            return wanted;
        }
        let number = self.numbers.entry(wanted.clone()).or_insert(1);
        loop {
            *number += 1;
            let key = format!("{wanted}-{number}");
            if self.taken.insert(key.clone()) {
                return key;
            }
        }
    }
}

/// The letters and digits of a name, of whatever script, in lower case and with - between them;
/// `otherwise` if there are none.
pub(super) fn slug(name: &str, otherwise: &str) -> String {
    let mut slug = String::with_capacity(name.len());
    for c in name.chars().flat_map(char::to_lowercase) {
        if c.is_alphanumeric() {
            slug.push(c);
        } else if !slug.is_empty() && !slug.ends_with('-') {
            slug.push('-');
        }
    }
    let slug = slug.trim_end_matches('-');
    if slug.is_empty() { otherwise.to_owned() } else { slug.to_owned() }
}
