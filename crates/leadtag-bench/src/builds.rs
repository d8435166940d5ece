//! What a program pays to build: the crates it depends on, and the time to compile them from
//! nothing.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Instant;

use crate::output::{Table, problem};
use crate::{Result, usage};

/// What a platform may cost at most, in parts of what the HTTP client alone costs.
const MAX: f64 = 1.10;

/// The program to compare with: the same HTTP client, TLS, JSON library and runtime, and no platform.
const BARE: &str = "reqwest = { version = \"0.13\", default-features = false, features = [\"rustls\"] }\n\
     serde = { version = \"1\", features = [\"derive\"] }\n\
     serde_json = \"1\"\n\
     tokio = { version = \"1\", features = [\"macros\", \"rt\"] }\n";

/// What every such program begins with.
const MAIN: &str = "#[tokio::main(flavor = \"current_thread\")]\nasync fn main() {}\n";

/// The crates of the platforms, each of which makes a program with its default features.
const PLATFORMS: [&str; 5] =
    ["douyin-leads", "miaokol-smarttag", "wecom-corptag", "crm-v3", "beschannels-leads"];

/// How often each program is built. The quickest build counts: whatever else the machine does
/// only adds to a time.
const ROUNDS: usize = 2;

/// Builds a program without a platform, and one for each platform, one after the other.
pub(crate) fn measure() -> Result<Table> {
    let title = "build: a program for one platform only, compiled from nothing (dev profile, \
                 rustls), the quicker of two";
    let columns =
        ["depends on", "crates", "lines of cargo tree", "wall s", "CPU s", "ratios to the first"];
    let mut table = Table::new(title, &columns);
    let platforms = PLATFORMS.map(|platform| {
        let dependencies = format!(
            "{platform} = {{ path = \"{{crates}}/{platform}\" }}\n\
             tokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\n"
        );
        (platform, dependencies)
    });
    let programs = [("reqwest + serde + serde_json", BARE.to_owned())].into_iter().chain(platforms);
    let programs: Vec<_> = programs.collect();
    let mut costs = vec![Cost::NONE; programs.len()];
    for _ in 0..ROUNDS {
        for (cost, (name, dependencies)) in costs.iter_mut().zip(&programs) {
            cost.learn(&Cost::of(name, dependencies)?);
        }
    }
    let bare = costs[0];
    table.add(&bare.cells(programs[0].0, ""));
    for (cost, (platform, _)) in costs.iter().zip(&programs).skip(1) {
        let ratios = [
            ratio(cost.crates, bare.crates),
            ratio(cost.lines, bare.lines),
            cost.wall / bare.wall,
            cost.cpu / bare.cpu,
        ];
        let text = ratios.map(|ratio| format!("{ratio:.2}")).join(" ");
        let holds = ratios.iter().all(|ratio| *ratio <= MAX);
        table.judge(&cost.cells(platform, &text), &format!("each ≤ {MAX:.2}"), holds);
    }
    Ok(table)
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred at most")]
fn ratio(one: usize, other: usize) -> f64 {
    one as f64 / other as f64
}

/// What one program costs.
#[derive(Clone, Copy)]
struct Cost {
    crates: usize,
    lines: usize,
    wall: f64,
    cpu: f64,
}

impl Cost {
    const NONE: Self = Self { crates: 0, lines: 0, wall: f64::INFINITY, cpu: f64::INFINITY };

    /// Takes in one more build.
    fn learn(&mut self, other: &Self) {
        let (wall, cpu) = (self.wall.min(other.wall), self.cpu.min(other.cpu));
        *self = Self { wall, cpu, ..*other };
    }

    fn of(name: &str, dependencies: &str) -> Result<Self> {
        problem(&format!("building: {name}"));
        let program = Program::write(dependencies)?;
        let (crates, lines) = program.count_crates()?;
        let (wall, cpu) = program.build()?;
        Ok(Self { crates, lines, wall, cpu })
    }

    fn cells(&self, name: &str, ratios: &str) -> [String; 6] {
        [
            name.to_owned(),
            self.crates.to_string(),
            self.lines.to_string(),
            format!("{:.1}", self.wall),
            format!("{:.1}", self.cpu),
            ratios.to_owned(),
        ]
    }
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
        fs::write(program.folder.join("src/main.rs"), MAIN)?;
        // The versions of the workspace, so that all programs are built from the same ones.
        fs::copy(workspace.join("Cargo.lock"), program.folder.join("Cargo.lock"))?;
        // Whatever has to be downloaded is downloaded before the clock starts.
        program.cargo(&["fetch"])?;
        Ok(program)
    }

    /// The crates that end up in the program, itself not counted, and the lines that `cargo tree`
    /// prints of them, its repetitions included.
    fn count_crates(&self) -> Result<(usize, usize)> {
        let args = ["tree", "--edges", "normal", "--prefix", "none", "--format", "{p}"];
        let output = self.cargo(&args)?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let mut crates: Vec<&str> =
            text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
        let lines = crates.len().saturating_sub(1);
        crates.sort_unstable();
        crates.dedup();
        Ok((crates.len().saturating_sub(1), lines))
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
            // What comes from a registry is never compiled incrementally; these paths stand for it.
            .env("CARGO_INCREMENTAL", "0")
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
