//! The command that goes on with a list that was broken off.

use crate::args::{Format, Global, LeadsList};

/// The same list from `cursor` on. Spans back are written as the moments they were: a cursor is good
/// for the very same filters only.
pub(super) fn command(args: &LeadsList, global: &Global, provider: &str, cursor: &str) -> String {
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
    let options = options.into_iter().filter_map(|(name, value)| Some((name, value?)));
    let options = options.map(|(name, value)| format!(" {name} {}", quoted(&value)));
    let reveal = if args.reveal { " --reveal" } else { "" };
    format!("leadtag leads list{}{reveal}", options.collect::<String>())
}

/// The value as a shell takes it for one word.
fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:+=@".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
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
            command(&args, &global, "crm", cursor),
            "leadtag leads list --config 'a b.toml' --provider crm --since 2026-01-30T16:00:00Z \
             --level -1 --group 'it'\\''s 组' --limit 500 --format json \
             --cursor 'crm-v3:0123:next page' --reveal"
        );
    }
}
