//! Commands to be pasted into a shell.

use std::ffi::OsString;

/// The value as a shell takes it for one word.
pub(crate) fn quoted(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || "-_./:+=@,%".contains(c);
    if !value.is_empty() && value.chars().all(plain) {
        value.to_owned()
    } else {
        format!("'{}'", value.replace('\'', r"'\''"))
    }
}

/// A command of this program.
pub(crate) fn command<'a>(args: impl IntoIterator<Item = &'a str>) -> String {
    let args: Vec<String> = args.into_iter().map(quoted).collect();
    format!("leadtag {}", args.join(" "))
}

/// A command of this program, with those of `options` that were given on the command line, each of
/// which has a value.
pub(crate) fn command_with(args: &[&str], options: &[&str]) -> String {
    let given = given(std::env::args_os().skip(1), options);
    command(args.iter().copied().chain(given.iter().map(String::as_str)))
}

/// The command that checks the providers of the configuration that was given.
pub(crate) fn doctor_command() -> String {
    command_with(&["doctor"], &["--config"])
}

/// Those of `options` that stand in `args`, with their values.
fn given(args: impl Iterator<Item = OsString>, options: &[&str]) -> Vec<String> {
    let mut args = args.map(|arg| arg.to_string_lossy().into_owned());
    let mut given = Vec::new();
    while let Some(arg) = args.next() {
        match arg.split_once('=') {
            None if options.contains(&arg.as_str()) => {
                given.push(arg);
                given.extend(args.next());
            }
            Some((name, _)) if options.contains(&name) => given.push(arg),
            _ => {}
        }
    }
    given
}
