//! The command that goes on with what was broken off.

use crate::args::{Columns, Format, Global, LeadsList, LeadsPull};
use crate::shell::quoted;

/// The same list from `cursor` on. Spans back are written as the moments they were: a cursor is good
/// for the very same filters only.
pub(super) fn list(args: &LeadsList, global: &Global, provider: &str, cursor: &str) -> String {
    let config = global.config.as_deref().map(|file| file.display().to_string());
    let json = args.target.output.format == Format::Json;
    let options = [
        ("--config", config),
        ("--provider", Some(provider.to_owned())),
        ("--since", args.since.map(|moment| moment.to_string())),
        ("--until", args.until.map(|moment| moment.to_string())),
        ("--level", args.level.clone()),
        ("--group", args.group.clone()),
        ("--kind", args.kind.clone()),
        ("--limit", args.limit.map(|limit| limit.to_string())),
        ("--format", json.then(|| "json".to_owned())),
        ("--cursor", Some(cursor.to_owned())),
    ];
    let reveal = if args.reveal { " --reveal" } else { "" };
    format!("leadtag leads list{}{reveal}", line(options))
}

/// The pull that goes on where this one stopped. What `is_begun` is at the destination: it is not
/// asked for again, but for both ends of a span: with another beginning it would be another span.
pub(super) fn pull(args: &LeadsPull, global: &Global, is_begun: bool) -> String {
    let path = |path: &std::path::PathBuf| path.display().to_string();
    let seconds = |span: std::time::Duration| format!("{}s", span.as_secs());
    let json = args.output.format == Format::Json;
    let Columns { columns, map, attributes, pii, hmac_key } = &args.columns;
    let since = args.since.filter(|_| !is_begun || args.until.is_some());
    let pii = pii.iter().map(|pii| match &pii.column {
        Some(column) => format!("{column}={}", pii.mode),
        None => pii.mode.to_string(),
    });
    let options = [
        ("--config", global.config.as_ref().map(path)),
        ("--provider", joined(args.provider.clone())),
        ("--to", args.to.as_ref().map(ToString::to_string)),
        ("--since", since.map(|moment| moment.to_string())),
        ("--until", args.until.map(|moment| moment.to_string())),
        ("--limit", args.limit.map(|limit| limit.to_string())),
        ("--page-size", args.page_size.map(|size| size.to_string())),
        ("--commit-rows", args.commit_rows.map(|rows| rows.to_string())),
        ("--look-back", args.look_back.map(seconds)),
        ("--refresh", args.refresh.map(|refresh| refresh.to_string())),
        ("--columns", joined(columns.clone())),
        ("--map", map.as_ref().map(path)),
        ("--attributes", attributes.map(|attributes| attributes.to_string())),
        ("--pii", joined(pii.collect())),
        ("--hmac-key", hmac_key.clone()),
        ("--watch", args.watch.map(seconds)),
        ("--report", args.report.as_ref().map(path)),
        ("--format", json.then(|| "json".to_owned())),
    ];
    let full = if args.full && !is_begun { " --full" } else { "" };
    let interactions = match args.interactions {
        Some(true) => " --interactions",
        Some(false) => " --interactions=false",
        None => "",
    };
    format!("leadtag leads pull{}{full}{interactions}", line(options))
}

fn joined(words: Vec<String>) -> Option<String> {
    (!words.is_empty()).then(|| words.join(","))
}

/// The options that are there.
fn line<const N: usize>(options: [(&str, Option<String>); N]) -> String {
    let options = options.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let word = |(name, value): (_, String)| {
        let between = if value.starts_with('-') { '=' } else { ' ' };
        format!(" {name}{between}{}", quoted(&value))
    };
    options.map(word).collect()
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;
    use crate::args::{Cli, Command, Leads};

    fn parse(line: &[&str]) -> (LeadsList, Global) {
        let cli = Cli::parse_from([&["leadtag", "leads", "list"], line].concat());
        match cli.command {
            Command::Leads(Leads::List(args)) => (args, cli.global),
            _ => panic!("another command"),
        }
    }

    #[test]
    fn the_command_names_every_filter_and_is_one_for_a_shell() {
        let line = [
            "--provider",
            "crm",
            "--since",
            "2026-01-31",
            "--level",
            "-1",
            "--group",
            "it's 组",
            "--limit",
            "500",
            "--format",
            "json",
            "--reveal",
            "--config",
            "a b.toml",
        ];
        let (args, global) = parse(&line);
        let cursor = "crm-v3:0123:next page";
        assert_eq!(
            list(&args, &global, "crm", cursor),
            "leadtag leads list --config 'a b.toml' --provider crm --since 2026-01-30T16:00:00Z \
             --level=-1 --group 'it'\\''s 组' --limit 500 --format json \
             --cursor 'crm-v3:0123:next page' --reveal"
        );
    }

    #[test]
    fn the_pull_that_goes_on_has_every_option_but_what_was_begun() {
        let line = [
            "leadtag",
            "leads",
            "pull",
            "--provider",
            "crm,shop-douyin",
            "--to",
            "sqlite:a b.db",
            "--full",
            "--limit",
            "5",
            "--page-size",
            "50",
            "--look-back",
            "2h",
            "--refresh",
            "all",
            "--columns",
            "name,attributes.*",
            "--map",
            "map.toml",
            "--attributes",
            "json",
            "--pii",
            "hmac,name=plain",
            "--hmac-key",
            "env:KEY",
            "--watch",
            "5m",
            "--report",
            "r.json",
            "--interactions",
        ];
        let cli = Cli::parse_from(line);
        let Command::Leads(Leads::Pull(args)) = cli.command else { panic!("another command") };
        assert_eq!(
            pull(&args, &cli.global, true),
            "leadtag leads pull --provider crm,shop-douyin --to 'sqlite:a b.db' --limit 5 \
             --page-size 50 --look-back 7200s --refresh all --columns 'name,attributes.*' \
             --map map.toml --attributes json --pii hmac,name=plain --hmac-key env:KEY \
             --watch 300s --report r.json --interactions"
        );
    }

    #[test]
    fn what_was_not_begun_is_asked_for_again() {
        let line = "leadtag leads pull --provider crm --to jsonl:a --since 2026-01-31 --report=-r";
        let cli = Cli::parse_from(line.split(' '));
        let Command::Leads(Leads::Pull(args)) = cli.command else { panic!("another command") };
        assert_eq!(
            pull(&args, &cli.global, false),
            "leadtag leads pull --provider crm --to jsonl:a --since 2026-01-30T16:00:00Z --report=-r"
        );
        let cli =
            Cli::parse_from("leadtag leads pull --provider crm --to jsonl:a --full".split(' '));
        let Command::Leads(Leads::Pull(args)) = cli.command else { panic!("another command") };
        assert_eq!(
            pull(&args, &cli.global, false),
            "leadtag leads pull --provider crm --to jsonl:a --full"
        );
    }

    #[test]
    fn a_span_with_both_ends_is_asked_for_as_it_was() {
        let line = "leadtag leads pull --provider crm --to jsonl:a --since 2026-01-30T16:00:00Z \
                    --until 2026-02-28T16:00:00Z";
        let cli = Cli::parse_from(line.split(' '));
        let Command::Leads(Leads::Pull(args)) = cli.command else { panic!("another command") };
        assert_eq!(pull(&args, &cli.global, true), line);
    }
}
