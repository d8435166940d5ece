//! What a program pays to build: the crates it depends on, and the time to compile them from
//! nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use crate::output::{Table, problem};
use crate::{Result, usage};

/// The dependencies of three programs. `{crates}` is the folder of the workspace's crates.
const PROGRAMS: [(&str, &str); 3] = [
    (
        "reqwest + serde + serde_json, rustls",
        "reqwest = { version = \"0.13\", default-features = false, features = [\"rustls\"] }\n\
         serde = { version = \"1\", features = [\"derive\"] }\n\
         serde_json = \"1\"\n\
         tokio = { version = \"1\", features = [\"rt\"] }\n",
    ),
    (
        "wecom-corptag, default features",
        "wecom-corptag = { path = \"{crates}/wecom-corptag\" }\n\
         tokio = { version = \"1\", features = [\"rt\"] }\n",
    ),
    (
        "wecom-corptag, no TLS",
        "wecom-corptag = { path = \"{crates}/wecom-corptag\", default-features = false, \
         features = [\"reqwest\"] }\n\
         tokio = { version = \"1\", features = [\"rt\"] }\n",
    ),
];

/// Builds each of the programs, one after the other.
pub(crate) fn measure() -> Result<Table> {
    let title = "build: a program that talks to WeCom only, compiled from nothing (dev profile)";
    let columns = ["depends on", "crates", "wall s", "CPU s"];
    let mut table = Table::new(title, &columns);
    for (name, dependencies) in PROGRAMS {
        problem(&format!("building: {name}"));
        let program = Program::write(dependencies)?;
        let crates = program.count_crates()?;
        let (wall, cpu) = program.build()?;
        let cells =
            [name.to_owned(), crates.to_string(), format!("{wall:.1}"), format!("{cpu:.1}")];
        table.add(&cells);
    }
    Ok(table)
}

/// A program in a folder of its own, outside of the workspace; removed when dropped.
struct Program {
    folder: PathBuf,
}

impl Program {
    fn write(dependencies: &str) -> Result<Self> {
        let crates = Path::new(env!("CARGO_MANIFEST_DIR")).parent().ok_or("no crates folder")?;
        let workspace = crates.parent().ok_or("no workspace folder")?;
        let folder = std::env::temp_dir().join(format!("leadtag-bench-{}", std::process::id()));
        fs::create_dir_all(folder.join("src"))?;
        let program = Self { folder };
        let dependencies = dependencies.replace("{crates}", &crates.display().to_string());
        let manifest = format!(
            "[package]\nname = \"consumer\"\nversion = \"0.0.0\"\nedition = \"2024\"\n\
             publish = false\n\n[workspace]\n\n[dependencies]\n{dependencies}"
        );
        fs::write(program.folder.join("Cargo.toml"), manifest)?;
        fs::write(program.folder.join("src/main.rs"), "fn main() {}\n")?;
        // The versions of the workspace, so that all programs are built from the same ones.
        fs::copy(workspace.join("Cargo.lock"), program.folder.join("Cargo.lock"))?;
        // Whatever has to be downloaded is downloaded before the clock starts.
        program.cargo(&["fetch"])?;
        Ok(program)
    }

    /// The crates that end up in the program, itself not counted.
    fn count_crates(&self) -> Result<usize> {
        let args = ["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
        let output = self.cargo(&args)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut crates: Vec<&str> =
            text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        crates.sort_unstable();
        crates.dedup();
        Ok(crates.len().saturating_sub(1))
    }

    /// Seconds by the clock and of CPU time.
    fn build(&self) -> Result<(f64, f64)> {
        let (started, before) = (Instant::now(), usage::cpu_of_children()?);
        self.cargo(&["build", "--quiet", "--offline"])?;
        let cpu = usage::cpu_of_children()?.saturating_sub(before);
        Ok((started.elapsed().as_secs_f64(), cpu.as_secs_f64()))
    }

    fn cargo(&self, args: &[&str]) -> Result<Output> {
        let output = Command::new("cargo")
            .args(args)
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", self.folder.join("target"))
            .output()?;
        if output.status.success() {
            return Ok(output);
        }
        Err(format!("cargo {}: {}", args.join(" "), String::from_utf8_lossy(&output.stderr)).into())
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        // A temporary folder that stays behind is no failure of the measurement.
        let _ = fs::remove_dir_all(&self.folder);
    }
}
