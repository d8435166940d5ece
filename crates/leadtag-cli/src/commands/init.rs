//! `leadtag init`.

use std::fs::OpenOptions;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::args::{Global, Init};
use crate::failure::Failure;
use crate::output::Output;
use crate::session::DEFAULT_FILE;
use crate::shell::{command_with, doctor_command};

const TEMPLATE: &str = include_str!("../../templates/leadtag.toml");

pub(super) fn run(args: &Init, global: &Global, output: &Output) -> Result<(), Failure> {
    if args.stdout {
        return output.data(TEMPLATE);
    }
    let file = global.config.as_deref().unwrap_or_else(|| Path::new(DEFAULT_FILE));
    let written = if args.force { replace(file) } else { create(file) };
    written.map_err(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Failure::failed_with_hint(
            format!("{} exists already; it was left as it is", file.display()),
            format!(
                "{} overwrites it, --stdout prints the template",
                command_with(&["init", "--force"], &["--config"])
            ),
        ),
        _ => Failure::failed(format!("{} cannot be written: {error}", file.display())),
    })?;
    output.notice(&format!(
        "wrote {}; keep the platforms you use, fill them in, set the variables that they name \
         (WECOM_SECRET), then run: {}",
        file.display(),
        doctor_command()
    ));
    Ok(())
}

/// Writes a file that did not exist, for its owner only: people put secrets into it.
fn create(file: &Path) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut opened = options.open(file)?;
    opened.write_all(TEMPLATE.as_bytes())?;
    opened.sync_all()
}

/// Writes beside the file and moves it into its place, so that there is always a whole one.
fn replace(file: &Path) -> io::Result<()> {
    let mut part = file.as_os_str().to_owned();
    part.push(format!(".{}.part", std::process::id()));
    let part = PathBuf::from(part);
    let written = create(&part).and_then(|()| std::fs::rename(&part, file));
    if written.is_err() {
        // What is left of it is of no use; the error that counts is the first one.
        let _ = std::fs::remove_file(&part);
    }
    written
}
