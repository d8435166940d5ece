//! `leadtag tags check`.

use leadtag_taxonomy::{Desired, File, Finding, ProviderFacts, Severity, check_bytes};
use serde::Serialize;

use super::files::{count, is_wrong, line_of, read_file, read_lock};
use crate::args::TagsCheck;
use crate::failure::{EXIT_USAGE, Failure};
use crate::output::{Output, printable};
use crate::session::Session;

#[derive(Serialize)]
struct Checked<'a> {
    findings: Vec<Found<'a>>,
}

#[derive(Serialize)]
struct Found<'a> {
    severity: Severity,
    #[serde(flatten)]
    finding: &'a Finding,
}

pub(crate) async fn run(
    args: &TagsCheck,
    session: &Session,
    output: &Output,
) -> Result<(), Failure> {
    let path = &args.files.file;
    let bytes = read_file(path)?;
    let lock = read_lock(&args.files.lock);
    let lock_name = args.files.lock.display().to_string();
    let (name, facts) = (path.display().to_string(), session.facts());
    let known = lock.as_ref().ok().map(|lock| (lock, lock_name.as_str()));
    let (file, findings) = check_bytes(&bytes, &name, &facts, known);
    if !is_wrong(&findings) {
        return lock.and_then(|_| tell(args, output, &file, &findings, &facts));
    }
    tell(args, output, &file, &findings, &facts)?;
    // A lock that cannot be used does not hide what is wrong in the file.
    lock.and(Err(Failure::Reported(EXIT_USAGE)))
}

fn tell(
    args: &TagsCheck,
    output: &Output,
    file: &File,
    findings: &[Finding],
    facts: &[ProviderFacts],
) -> Result<(), Failure> {
    let found = findings.iter().map(|finding| Found { severity: finding.severity(), finding });
    let checked = Checked { findings: found.collect() };
    let told = output.result(args.output.format, &checked, || report(file, findings, facts));
    Failure::even_unread(told)
}

fn report(file: &File, findings: &[Finding], facts: &[ProviderFacts]) -> String {
    let mut lines = Vec::new();
    for found in findings {
        lines.push(printable(&line_of(found)));
        lines.extend(found.hint.as_deref().map(|hint| format!("    hint: {}", printable(hint))));
    }
    if !findings.is_empty() {
        lines.push(count(findings));
    }
    if !is_wrong(findings) {
        lines.push(printable(&right(file, facts)));
    }
    lines.join("\n")
}

/// What the file is about, of one in which nothing is wrong.
fn right(file: &File, facts: &[ProviderFacts]) -> String {
    let tags: usize = file.groups.iter().map(|group| group.tags.len()).sum();
    let wanted = |facts: &&ProviderFacts| {
        let desired = Desired::of(file, facts);
        !desired.groups.is_empty() || !desired.tags.is_empty()
    };
    let providers: Vec<_> = facts.iter().filter(wanted).map(|facts| facts.name.as_str()).collect();
    let groups = file.groups.len();
    let on = if providers.is_empty() { "no provider".to_owned() } else { providers.join(", ") };
    format!("{}: nothing is wrong; groups: {groups}, tags: {tags}, for {on}", file.name)
}
