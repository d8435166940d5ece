//! Names of columns that every database can hold.

use twox_hash::XxHash3_64;

use crate::layout::columns::MAX_NAME;

/// The name with nothing in it that some database refuses: shorter, with a hash of the whole behind
/// it, where it is too long.
pub(crate) fn fit(name: &str) -> String {
    let name: String = name
        .chars()
        .map(|c| if c.is_control() { char::REPLACEMENT_CHARACTER } else { c })
        .collect();
    if name.len() <= MAX_NAME { name } else { hashed(&name, &name) }
}

/// A name for what is called as something else already.
pub(crate) fn fresh(name: &str, is_free: impl Fn(&str) -> bool) -> String {
    let mut whole = name.to_owned();
    loop {
        let hashed = hashed(&fit(name), &whole);
        if is_free(&hashed) {
            return hashed;
        }
        whole.push('_');
    }
}

/// Whether a name may be one that [`fresh`] gave to what is called `name`.
pub(crate) fn is_fresh(name: &str, given: &str) -> bool {
    let is_hash = |hash: &str| hash.len() == 8 && hash.bytes().all(|b| b.is_ascii_hexdigit());
    let parts = given.rsplit_once('_').filter(|(_, hash)| is_hash(hash));
    parts.is_some_and(|(start, _)| fit(name).starts_with(start))
}

/// The beginning of a name, and a hash of `whole`.
fn hashed(name: &str, whole: &str) -> String {
    let hash = XxHash3_64::oneshot(whole.as_bytes()) & 0xffff_ffff;
    let mut end = name.len().min(MAX_NAME - 9);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    format!("{}_{hash:08x}", &name[..end])
}
