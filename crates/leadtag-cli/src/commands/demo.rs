//! `leadtag demo`: the whole job on the embedded sandbox. Every step is a command line that is
//! shown, read like any other, and run by the command's own code.

mod files;
mod store;

use std::path::Path;

use clap::Parser;
use leadtag::platforms;

use super::leads::pull;
use super::stop::{EXIT_STOPPED, asked_to_stop};
use super::tags;
use crate::args::{Cli, Command, Leads};
use crate::failure::{EXIT_USAGE, Failure};
use crate::output::Output;
use crate::session::Session;
use crate::shell::quoted;

/// What to try next, and why. A line can be pasted as it stands, and they work in this order.
const NEXT: [(&str, &str); 7] = [
    ("how far the store is", "leads status --to sqlite:leads.db"),
    (
        "the leads of one platform, for Excel",
        "leads pull --provider shop-douyin --to csv:leads.csv",
    ),
    ("leads as a platform gives them", "leads list --provider leads-beschannels --limit 5"),
    ("what each platform can do", "caps"),
    ("whether credentials and clock are right", "doctor"),
    ("a sandbox for your own code, until Ctrl-C", "sandbox serve"),
    ("a leadtag.toml for your own accounts, which init writes without --stdout", "init --stdout"),
];

pub(super) async fn run(output: &Output) -> Result<(), Failure> {
    output.notice("SANDBOX: made-up data, nothing real is touched");
    let session = Session::on_sandbox().await?.lasting();
    let directory = files::make()?;
    let demo = Demo { session, output };
    tokio::select! {
        biased;
        () = asked_to_stop() => {
            output.notice(&format!("stopped; the files so far are in {}", directory.display()));
            Err(Failure::Reported(EXIT_STOPPED))
        }
        shown = demo.show(&directory) => shown,
    }
}

fn next(directory: &Path) -> String {
    let place = quoted(&directory.display().to_string());
    let mut text = format!(
        "\nTry next; without a leadtag.toml each command has a new sandbox, whose tags and leads are \
         as they were at the beginning:\n\n  cd {place}\n"
    );
    for (why, line) in NEXT {
        text += &format!("\n{why}\n  leadtag {line}\n");
    }
    text
}

struct Demo<'a> {
    session: Session,
    output: &'a Output,
}

impl Demo<'_> {
    async fn show(&self, directory: &Path) -> Result<(), Failure> {
        let place = directory.display();
        self.say(&format!(
            "leadtag demo: the same tags on every platform, every lead in a store of your own.\n\
             Made-up people, all inside this program: no network, no keys.\n\
             The files are in {place} and stay there.\n\n\
             The accounts, as a leadtag.toml names them, and their platforms:\n{}",
            self.accounts()
        ))?;
        let facts = self.session.facts();
        let (managed, others): (Vec<_>, Vec<_>) =
            facts.iter().partition(|facts| facts.writes_tags());
        let name = |facts: &leadtag_taxonomy::ProviderFacts| facts.name.clone();
        let managed: Vec<String> = managed.into_iter().map(name).collect();
        let others: Vec<String> = others.into_iter().map(name).collect();
        if !managed.is_empty() {
            self.tags(&managed, &others).await?;
        }
        let with_leads = self.with_leads();
        if !with_leads.is_empty() {
            self.leads(&with_leads.join(",")).await?;
        }
        self.say(&format!("\nThe files are in {place}; delete it when you are done."))?;
        self.say(&next(directory))
    }

    /// The providers of the sandbox, each on a line.
    fn accounts(&self) -> String {
        let names = self.session.names();
        let widest = names.iter().map(String::len).max().unwrap_or_default();
        let line = |name: &String| {
            let platform = self.session.config().platform_of(name).ok()?;
            Some(format!("  {name:widest$}  {platform}"))
        };
        names.iter().filter_map(line).collect::<Vec<_>>().join("\n")
    }

    /// Tags as code, on the platforms whose tags can be written.
    async fn tags(&self, managed: &[String], others: &[String]) -> Result<(), Failure> {
        self.step("Write down the tags that there are")?;
        self.command(&format!("tags import --provider {}", managed.join(","))).await?;

        self.step("Edit tags.toml: 高意向 becomes 很高意向, and there is a new group")?;
        files::rename_a_tag()?;
        self.say(&files::put_new_group(&[managed, others].concat())?)?;
        if !others.is_empty() {
            self.refused("tags check").await?;
            files::put_new_group(managed)?;
            self.say(&format!("\nSo the group leaves these out: {}", others.join(", ")))?;
        }
        self.command("tags check").await?;

        self.step("Look at what would be done")?;
        self.command("tags plan").await?;
        self.step("Do it; without --yes it asks")?;
        self.command("tags apply --yes").await?;
        self.step("Plan again: nothing is left to do")?;
        self.command("tags plan --detailed-exitcode").await
    }

    /// Leads, into two stores.
    async fn leads(&self, providers: &str) -> Result<(), Failure> {
        self.step("Pull the leads into SQLite; the next time, what came since")?;
        self.pull(providers, "sqlite:leads.db").await?;
        self.step("And into Parquet")?;
        self.pull(providers, "parquet:leads").await?;
        self.step("What arrived, asked of leads.db in SQL; personal data is masked")?;
        for query in store::QUERIES {
            let answer = store::ask(query)?;
            self.say(&format!("\n{query}\n\n{answer}"))?;
        }
        Ok(())
    }

    async fn pull(&self, providers: &str, to: &str) -> Result<(), Failure> {
        self.command(&format!("leads pull --provider {providers} --to {to} --pii mask")).await
    }

    fn with_leads(&self) -> Vec<String> {
        let platforms = platforms();
        let has_leads = |name: &String| {
            let platform = self.session.config().platform_of(name).ok();
            let info = platforms.iter().find(|info| Some(info.platform) == platform);
            info.is_some_and(|info| info.leads.is_some())
        };
        self.session.names().into_iter().filter(has_leads).collect()
    }

    /// Runs a command that must succeed.
    async fn command(&self, line: &str) -> Result<(), Failure> {
        self.type_in(line).await.map_err(|failure| match failure {
            Failure::Reported(code) if code != EXIT_STOPPED => {
                Failure::failed(format!("the demo ends here: leadtag {line} exits with {code}"))
            }
            other => other,
        })
    }

    /// Runs a command that must find something wrong.
    async fn refused(&self, line: &str) -> Result<(), Failure> {
        match self.type_in(line).await {
            Err(Failure::Reported(EXIT_USAGE)) => Ok(()),
            Ok(()) => Err(Failure::failed(format!("leadtag {line} was to find something wrong"))),
            other => other,
        }
    }

    /// Shows the line, and does what the program does with it.
    async fn type_in(&self, line: &str) -> Result<(), Failure> {
        self.say(&format!("\n$ leadtag {line}"))?;
        let words = std::iter::once("leadtag").chain(line.split_whitespace());
        let cli = Cli::try_parse_from(words).map_err(|error| Failure::failed(error.to_string()))?;
        match &cli.command {
            Command::Tags(args) => tags::run(args, &self.session, self.output).await,
            Command::Leads(Leads::Pull(args)) => {
                pull::run(args, &cli.global, &self.session, self.output).await
            }
            _ => Err(Failure::failed(format!("the demo cannot run leadtag {line}"))),
        }
    }

    fn step(&self, title: &str) -> Result<(), Failure> {
        self.say(&format!("\n== {title}"))
    }

    fn say(&self, text: &str) -> Result<(), Failure> {
        self.output.data(text)
    }
}
