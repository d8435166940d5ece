//! Measures leadtag against a client written by hand on the same libraries. See `README.md`.

mod assign;
mod builds;
mod calls;
mod child;
mod client;
mod diff;
mod figures;
mod hand;
mod list;
mod output;
mod parse;
mod pull;
mod replay;
mod server;
mod small;
mod usage;

use std::error::Error;
use std::process::ExitCode;

/// That of the `leadtag` program, for everything that is measured here.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Nobody but a person reads what went wrong here.
type Result<T, E = Box<dyn Error + Send + Sync>> = std::result::Result<T, E>;

const USAGE: &str =
    "usage: leadtag-bench [--check] [list | small | parse | diff | assign | pull | build]…
Without a name: list, small, parse and diff. `assign` takes minutes, and so do `pull`, which needs
Python for the programs it compares with, and `build`, which compiles six programs from nothing.
--check makes the exit code 1 if a limit does not hold.";

const NAMES: [&str; 7] = ["list", "small", "parse", "diff", "assign", "pull", "build"];

fn main() -> ExitCode {
    if let Some(log) = std::env::var_os(builds::LOG) {
        let args: Vec<_> = std::env::args_os().skip(1).collect();
        return told(builds::compile(&log, &args));
    }
    let args: Vec<String> = std::env::args().skip(1).collect();
    told(run(&args.iter().map(String::as_str).collect::<Vec<_>>()))
}

fn told(result: Result<ExitCode>) -> ExitCode {
    match result {
        Ok(code) => code,
        Err(error) => {
            output::problem(&format!("could not be measured: {error}"));
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> Result<ExitCode> {
    // The first ones are this program itself, as its own server and what is measured.
    match args {
        ["assign-sandbox", rows, file] => {
            return assign::serve(rows, file).map(|()| ExitCode::SUCCESS);
        }
        ["assign-rows", file, base_url, corp_id, secret] => {
            return assign::run(file, [base_url, corp_id, secret]).map(|()| ExitCode::SUCCESS);
        }
        ["pull-sandbox", leads] => return pull::serve(leads).map(|()| ExitCode::SUCCESS),
        ["pull-stage", platform, stage, world, to] => {
            return pull::stage(platform, stage, world, to).map(|()| ExitCode::SUCCESS);
        }
        ["serve"] => return server::run().map(|()| ExitCode::SUCCESS),
        ["taxonomy-diff", size] => {
            return diff::serve(size).map(|()| ExitCode::SUCCESS);
        }
        ["client", kind, base_url] => {
            return client::run(kind, base_url).map(|()| ExitCode::SUCCESS);
        }
        _ => {}
    }
    let check = args.contains(&"--check");
    let mut names: Vec<&str> = args.iter().copied().filter(|arg| *arg != "--check").collect();
    if names.is_empty() {
        names = vec!["list", "small", "parse", "diff"];
    }
    if names.iter().any(|name| !NAMES.contains(name)) {
        output::problem(USAGE);
        return Ok(ExitCode::from(64));
    }
    if cfg!(debug_assertions) {
        output::problem("this is a debug build: its figures mean nothing, use --release");
    }
    output::line(&machine());
    let mut held = true;
    for name in names {
        if name == "pull" {
            held &= pull::measure()?;
            continue;
        }
        let table = match name {
            "list" => list::measure()?,
            "small" => small::measure()?,
            "parse" => parse::measure()?,
            "diff" => diff::measure()?,
            "assign" => assign::measure()?,
            _ => builds::measure()?,
        };
        output::line("");
        output::line(&table.to_string());
        held &= table.holds();
    }
    Ok(ExitCode::from(u8::from(check && !held)))
}

/// What the figures were measured on.
fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let rustc = std::process::Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).trim().to_owned());
    let rustc = rustc.unwrap_or_else(|_| "rustc unknown".to_owned());
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    format!("{cores} cores, {os} {arch}, {rustc}")
}
