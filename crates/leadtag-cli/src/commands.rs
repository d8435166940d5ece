//! One file per command.

mod caps;
mod completions;
mod contact;
mod demo;
mod doctor;
mod init;
pub(crate) mod leads;
mod sandbox;
mod stop;
mod tags;
mod tap;

use crate::args::{Cli, Command, Contact, Leads, Sandbox};
use crate::failure::Failure;
use crate::output::Output;
use crate::session::Session;

/// Runs the command.
pub(crate) async fn run(cli: &Cli, output: &Output) -> Result<(), Failure> {
    stop::survive_full_files();
    let open = async || Session::open(&cli.global, output).await;
    match &cli.command {
        Command::Demo => demo::run(output).await,
        Command::Init(args) => init::run(args, &cli.global, output),
        Command::Caps(args) => {
            // Needs no configuration. One that is named must be right all the same; and where there
            // is none, this says like every command that it is the sandbox that is worked on.
            if cli.global.config.is_some() || !Session::finds_a_file() {
                open().await?;
            }
            caps::run(args, output)
        }
        Command::Tap(args) => tap::run(args, &cli.global, output).await,
        Command::Completions { shell } => completions::run(*shell, output),
        Command::Sandbox(Sandbox::Serve(args)) => sandbox::serve(args, output).await,
        Command::Doctor(args) => doctor::run(args, &open().await?, output).await,
        Command::Tags(args) => tags::run(args, &open().await?, output).await,
        Command::Contact(contact) => {
            let session = open().await?;
            match contact {
                Contact::Tags(args) => contact::tags(args, &session, output).await,
                Contact::Tag(args) => contact::tag(args, &session, output).await,
            }
        }
        Command::Leads(leads) => match leads {
            Leads::List(args) => leads::list(args, &cli.global, &open().await?, output).await,
            Leads::Get(args) => leads::get(args, &open().await?, output).await,
            Leads::Pull(args) => leads::pull::run(args, &cli.global, &open().await?, output).await,
            // These work on a store, which is real also where the providers are not.
            Leads::Status(args) => leads::status::run(args, &cli.global, output).await,
            Leads::Reset(args) => leads::reset::run(args, &cli.global, output).await,
            Leads::Forget(args) => leads::forget::run(args, &cli.global, output).await,
        },
    }
}
