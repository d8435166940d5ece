//! The end of an apply: what is live is looked at again, and what was done can be undone.

use std::collections::BTreeMap;

use futures_util::future::join_all;

use super::{ApplyOptions, ProviderReport, Report};
use crate::journal::Thing;
use crate::store::Workspace;
use crate::{Item, Live, Note, Result, Target, undo};

pub(super) async fn finish(
    workspace: &Workspace,
    targets: &[Target<'_>],
    options: &ApplyOptions,
    mut reports: Vec<ProviderReport>,
) -> Result<Report> {
    let mut report =
        Report { providers: Vec::new(), undo: None, stopped: options.stopped(), disk: None };
    if workspace.is_broken() {
        let path = workspace.lock_path().display();
        report.disk =
            Some(format!("{path} or its journal cannot be written; free space, then run again"));
        report.providers = reports;
        return Ok(report);
    }
    if workspace.history(|history| history.is_empty()) {
        report.providers = reports;
        return Ok(report);
    }
    let unfinished = workspace.unfinished();
    let listed: Vec<&Target<'_>> =
        targets.iter().filter(|target| unfinished.contains(target.name)).collect();
    let lists = join_all(listed.iter().map(|target| Live::fetch(target.provider))).await;
    let mut all_listed = true;
    let mut live = Vec::new();
    for (target, list) in listed.into_iter().zip(lists) {
        let of_this = reports.iter_mut().find(|report| report.name == target.name);
        match list {
            Ok(list) => {
                let altered = altered_names(workspace, target.name, &list);
                if let Some(report) = of_this {
                    report.notes.extend(altered);
                }
                live.push((*target, list, workspace.provider_lock(target.name)));
            }
            Err(error) => {
                all_listed = false;
                let why = format!("what is there now could not be listed: {error}");
                if let Some(report) = of_this {
                    report.notes.push(Note::new("not-listed", why));
                }
            }
        }
    }
    let nothing_open = workspace.history(|history| history.open().next().is_none());
    let goes_on = reports.iter().any(ProviderReport::can_go_on);
    let is_complete = all_listed && nothing_open && !goes_on && !report.stopped;
    if workspace.history(|history| history.changed_anything()) {
        let undo = workspace.history(|history| undo::plan(history, &live));
        let path = workspace.undo_path(undo.kind);
        workspace.write_private(&path, &undo.to_json())?;
        report.undo = Some(path);
    }
    workspace.close(is_complete)?;
    report.providers = reports;
    Ok(report)
}

/// What the platform calls otherwise than it was told.
fn altered_names(workspace: &Workspace, provider: &str, live: &Live) -> Vec<Note> {
    let groups = live.groups.iter().map(|group| ((Item::Group, group.id.as_str()), &group.name));
    let tags = live.tags.iter().map(|tag| ((Item::Tag, tag.id.as_str()), &tag.name));
    let names: BTreeMap<(Item, &str), &String> = groups.chain(tags).collect();
    workspace.history(|history| {
        let ended = history.ended().filter(|(name, _)| *name == provider);
        let written = ended.flat_map(|(_, ended)| &ended.changes);
        // The last word on each thing counts.
        let last: BTreeMap<(Item, &str), &Thing> = written
            .filter_map(|change| change.after.as_ref())
            .map(|thing| ((thing.item, thing.id.as_str()), thing))
            .collect();
        let altered = last.into_iter().filter_map(|(at, thing)| {
            let name = names.get(&at).filter(|name| ***name != thing.name)?;
            let message = format!(
                "{provider} keeps {} as {name}; write it so in the file, or under on.{provider}",
                thing.name
            );
            Some(Note::new("altered-name", message))
        });
        altered.collect()
    })
}
