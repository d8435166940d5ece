//! What cannot be, told before anything is sent.

mod clashes;
mod fits;
mod named;

use crate::file::Lines;
use crate::{Code, File, Finding, Lock, Place, ProviderFacts};

/// Everything that is wrong in `file` for the providers of the configuration, and what is worth
/// knowing, in the order of the file. Without network and secrets.
///
/// [`File::parse`] finds what is wrong in the file itself; [`check_text`] does both. `lock` is the
/// lock with the name of its file.
#[must_use]
pub fn check(file: &File, facts: &[ProviderFacts], lock: Option<(&Lock, &str)>) -> Vec<Finding> {
    let mut findings = named::check(file, facts);
    findings.extend(fits::check(file, facts));
    if let Some((lock, name)) = lock {
        findings.extend(of_lock(lock, name, facts));
    }
    in_order(&mut findings);
    findings
}

/// Reads `text`, named `name`, and tells everything that is wrong in it at once.
#[must_use]
pub fn check_text(
    text: &str,
    name: &str,
    facts: &[ProviderFacts],
    lock: Option<(&Lock, &str)>,
) -> (File, Vec<Finding>) {
    let (file, mut findings) = File::parse(text, name);
    let whole = !findings.iter().any(|found| matches!(found.code, Code::Syntax | Code::Version));
    let more = check(&file, facts, lock).into_iter();
    // Of a file that could not be read to its end it is not known what is not in it.
    findings.extend(more.filter(|found| whole || found.code != Code::EmptyGroup));
    in_order(&mut findings);
    (file, findings)
}

/// As [`check_text`], of a file that may not be text at all.
#[must_use]
pub fn check_bytes(
    bytes: &[u8],
    name: &str,
    facts: &[ProviderFacts],
    lock: Option<(&Lock, &str)>,
) -> (File, Vec<Finding>) {
    let error = match str::from_utf8(bytes) {
        Ok(text) => return check_text(text, name, facts, lock),
        Err(error) => error,
    };
    let before = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
    let place = Lines::new(&before, name).place(&(before.len()..before.len()));
    let finding = Finding::new(Code::Syntax, place, "the file is not UTF-8 from here on");
    let file = File { name: name.to_owned(), ..File::default() };
    (file, vec![finding.with_hint("save it as UTF-8")])
}

fn in_order(findings: &mut [Finding]) {
    findings.sort_by(|one, other| one.place.cmp(&other.place));
}

/// Providers that the lock knows and the configuration does not, or knows otherwise.
fn of_lock(lock: &Lock, name: &str, facts: &[ProviderFacts]) -> Vec<Finding> {
    let found = lock.providers.iter().filter_map(|(provider, held)| {
        let place = Place::new(name, 1, 1);
        let known = facts.iter().find(|facts| facts.name == *provider);
        let finding = match known {
            None => {
                let message = format!("the configuration has no provider {provider}");
                Finding::new(Code::LockHasUnknownProvider, place, message)
                    .with_hint("what leadtag owns there is left alone")
            }
            Some(facts) if facts.platform != held.platform => {
                let message = format!(
                    "{provider} was {} when it was last applied, and is {} now",
                    held.platform, facts.platform
                );
                Finding::new(Code::LockOfAnotherPlatform, place, message)
                    .with_hint("give the new provider another name in the configuration")
            }
            Some(_) => return None,
        };
        Some(finding.on(provider))
    });
    found.collect()
}
