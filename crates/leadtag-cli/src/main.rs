//! The `leadtag` program: arguments, output, progress. What it does is done by the libraries.

mod args;
mod commands;
mod failure;
mod lead_view;
mod logging;
mod moment;
mod output;
mod session;
mod shell;
mod table;

use std::process::ExitCode;

use clap::error::{ContextKind, ContextValue};
use clap::{ColorChoice, CommandFactory, FromArgMatches};

use args::Cli;
use failure::{EXIT_USAGE, Failure};
use output::Output;

/// Leads are read by one thread and dropped by another one, which costs the system's allocator on
/// Linux more time than all the rest.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match parse() {
        Ok(cli) => cli,
        Err(error) => return usage(&error),
    };
    let output = Output::new(cli.global.no_color, cli.global.verbose);
    logging::start(cli.global.verbose);
    let done = run(&cli, &output);
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            output.failure(&failure, cli.command.format());
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Reads the arguments. Whether help and errors have colours is decided before they are read.
fn parse() -> Result<Cli, clap::Error> {
    let mut command = Cli::command();
    if std::env::args_os().any(|arg| arg == "--no-color") {
        command = command.color(ColorChoice::Never);
    }
    let matches = command.try_get_matches().map_err(without_password)?;
    Cli::from_arg_matches(&matches).map_err(without_password)
}

/// A mistyped destination is not repeated with the password in it.
fn without_password(mut error: clap::Error) -> clap::Error {
    if let Some(ContextValue::String(value)) = error.get(ContextKind::InvalidValue) {
        let shown = leadtag_extract::without_password(value);
        error.insert(ContextKind::InvalidValue, ContextValue::String(shown));
    }
    error
}

/// Prints help or what is wrong with the arguments.
fn usage(error: &clap::Error) -> ExitCode {
    // Nobody reads it any more: nothing to be done about that.
    let _ = error.print();
    if error.use_stderr() { ExitCode::from(EXIT_USAGE) } else { ExitCode::SUCCESS }
}

fn run(cli: &Cli, output: &Output) -> Result<(), Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Failure::failed(format!("the runtime cannot be started: {error}")))?;
    let done = runtime.block_on(commands::run(cli, output));
    // Who stopped does not wait for a destination that does not open.
    runtime.shutdown_background();
    done
}
