//! The directory of the demo, and the edits that somebody would make in `tags.toml`.

use std::fs::{self, DirBuilder};
use std::io::{Error, ErrorKind};
use std::path::{Path, PathBuf};

use crate::failure::{Failure, reason};

const FILE: &str = "tags.toml";
const GROUP: &str = "\n[[group]]\nkey = \"活动\"\n";

/// Makes a new directory, for nobody else to look into, and goes there: the commands then have the
/// file names that they have by default.
pub(super) fn make() -> Result<PathBuf, Failure> {
    let (base, process) = (std::env::temp_dir(), std::process::id());
    let made = make_in(&base, process).map_err(unusable(&base))?;
    std::env::set_current_dir(&made).map_err(unusable(&made))?;
    Ok(made)
}

/// An earlier demo may have had the same number.
fn make_in(base: &Path, process: u32) -> Result<PathBuf, Error> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    for number in 0_u32.. {
        let end = if number == 0 { String::new() } else { format!("-{number}") };
        let path = base.join(format!("leadtag-demo-{process}{end}"));
        match builder.create(&path) {
            Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
            done => return done.map(|()| path),
        }
    }
    Err(ErrorKind::AlreadyExists.into())
}

/// Gives a tag another name, on every platform that has it.
pub(super) fn rename_a_tag() -> Result<(), Failure> {
    edit(|text| text.replace("\nname = \"高意向\"", "\nname = \"很高意向\""))
}

/// Puts a group for these providers at the end, in place of the one that was put there before, and
/// gives what was put.
pub(super) fn put_new_group(providers: &[String]) -> Result<String, Failure> {
    let providers = providers.join("\", \"");
    let block = format!(
        "{GROUP}name = \"活动\"\nproviders = [\"{providers}\"]\n\n\
         [[group.tag]]\nkey = \"活动.春季沙龙\"\nname = \"春季沙龙\"\n"
    );
    edit(|text| {
        let before = text.split(GROUP).next().unwrap_or_default();
        format!("{before}{block}")
    })?;
    Ok(block.lines().map(|line| format!("  {line}\n").replace("  \n", "\n")).collect())
}

fn edit(change: impl FnOnce(&str) -> String) -> Result<(), Failure> {
    let path = Path::new(FILE);
    let text = fs::read_to_string(path).map_err(unusable(path))?;
    fs::write(path, change(&text)).map_err(unusable(path))
}

fn unusable(path: &Path) -> impl FnOnce(Error) -> Failure {
    move |error| Failure::failed(format!("{} cannot be used ({})", path.display(), reason(&error)))
}
