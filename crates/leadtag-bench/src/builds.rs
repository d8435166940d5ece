//! What a program pays to build: the crates it depends on, and the time to compile them from
//! nothing.

use std::collections::HashMap;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Output};
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

/// Names the file in which this program, as the compiler's wrapper, writes what each package took.
pub(crate) const LOG: &str = "LEADTAG_BENCH_LOG";

/// Builds a program without a platform, and one for each platform, one after the other.
///
/// Builds that are minutes apart cannot be compared on a shared machine: the same one takes a fifth
/// more or less. So what a platform adds is the CPU time of its own packages, taken from the very
/// build that the rest of the program is taken from.
pub(crate) fn measure() -> Result<Table> {
    let title =
        "build: a program for one platform only, compiled from nothing (dev profile, rustls)";
    let columns = [
        "depends on",
        "crates",
        "lines of cargo tree",
        "wall s",
        "CPU s",
        "of it its own",
        "ratios: crates, lines, CPU",
    ];
    let mut table = Table::new(title, &columns);
    let bare = Cost::of("reqwest + serde + serde_json", BARE)?;
    table.add(&bare.cells("reqwest + serde + serde_json", 0.0, ""));
    for platform in PLATFORMS {
        let dependencies = format!(
            "{platform} = {{ path = \"{{crates}}/{platform}\" }}\n\
             tokio = {{ version = \"1\", features = [\"macros\", \"rt\"] }}\n"
        );
        let cost = Cost::of(platform, &dependencies)?;
        let own = cost.beyond(&bare);
        let ratios = [
            ratio(cost.crates, bare.crates),
            ratio(cost.lines, bare.lines),
            cost.cpu / (cost.cpu - own),
        ];
        let text = ratios.map(|ratio| format!("{ratio:.2}")).join(" ");
        let holds = ratios.iter().all(|ratio| *ratio <= MAX);
        table.judge(&cost.cells(platform, own, &text), &format!("each ≤ {MAX:.2}"), holds);
    }
    Ok(table)
}

/// Runs the compiler in cargo's place, and writes down what it took.
pub(crate) fn compile(log: &OsStr, args: &[OsString]) -> Result<ExitCode> {
    let (compiler, args) = args.split_first().ok_or("cargo named no compiler")?;
    let status = Command::new(compiler).args(args).status()?;
    let package = std::env::var("CARGO_PKG_NAME").unwrap_or_default();
    let line = format!("{package} {}\n", usage::cpu_of_children()?.as_micros());
    let mut log = fs::OpenOptions::new().create(true).append(true).open(log)?;
    log.write_all(line.as_bytes())?;
    Ok(ExitCode::from(u8::try_from(status.code().unwrap_or(1)).unwrap_or(1)))
}

#[expect(clippy::cast_precision_loss, reason = "a few hundred at most")]
fn ratio(one: usize, other: usize) -> f64 {
    one as f64 / other as f64
}

/// What one program costs.
struct Cost {
    crates: usize,
    lines: usize,
    wall: f64,
    cpu: f64,
    /// CPU seconds of the compiler for each package.
    packages: HashMap<String, f64>,
}

impl Cost {
    fn of(name: &str, dependencies: &str) -> Result<Self> {
        problem(&format!("building: {name}"));
        let program = Program::write(dependencies)?;
        let (crates, lines) = program.count_crates()?;
        let (wall, cpu) = program.build()?;
        Ok(Self { crates, lines, wall, cpu, packages: program.packages()? })
    }

    /// What it takes for packages that `other` does not have.
    fn beyond(&self, other: &Self) -> f64 {
        let packages = self.packages.iter();
        packages.filter(|(name, _)| !other.packages.contains_key(*name)).map(|(_, cpu)| cpu).sum()
    }

    fn cells(&self, name: &str, own: f64, ratios: &str) -> [String; 7] {
        [
            name.to_owned(),
            self.crates.to_string(),
            self.lines.to_string(),
            format!("{:.1}", self.wall),
            format!("{:.1}", self.cpu),
            format!("{own:.1}"),
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

    /// What the compiler took for each package.
    fn packages(&self) -> Result<HashMap<String, f64>> {
        let mut packages = HashMap::new();
        for line in fs::read_to_string(self.log())?.lines() {
            let (name, micros) = line.split_once(' ').ok_or("a line without a time")?;
            let micros: u32 = micros.parse()?;
            *packages.entry(name.to_owned()).or_insert(0.0) += f64::from(micros) / 1e6;
        }
        Ok(packages)
    }

    fn log(&self) -> PathBuf {
        self.folder.join("compiled.txt")
    }

    fn cargo(&self, args: &[&str]) -> Result<Output> {
        let output = Command::new("cargo")
            .args(args)
            .current_dir(&self.folder)
            .env("RUSTC_WRAPPER", std::env::current_exe()?)
            .env(LOG, self.log())
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
