//! The same job by programs that others wrote: dlt, and a Singer target behind `leadtag tap`.

use std::fmt::Write as _;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

use super::stage::{Figures, PAGE};
use super::world::{PLATFORMS, World};
use super::{Ground, MIN_OVER_DLT, OTHERS, Rates};
use crate::output::Table;
use crate::{Result, output, usage};

/// What is installed from the Python package index, each into an environment of its own: they ask
/// for other versions of the same libraries.
const DLT: [&str; 2] = ["dlt[duckdb]==1.31.0", "requests"];
const TARGET: [&str; 1] = ["target-jsonl==0.1.4"];

const DLT_SCRIPT: &str = include_str!("dlt_pull.py");

/// Measures them, and holds each of leadtag's destinations beside dlt, by platform and for all of them.
pub(super) fn measure(own: &[(&str, Rates)]) -> Result<Table> {
    let title = format!("pull by others: {OTHERS} leads of each platform, pages of {PAGE}");
    let columns = ["", "rows/s", "CPU s", "peak MiB", "leadtag, in parts of it"];
    let mut table = Table::new(title, &columns);
    let ground = Ground::new(OTHERS)?;
    let (dlt, target) = (python("dlt", &DLT)?, python("target", &TARGET)?);
    let program = program()?;
    let mut all = Figures { rows: 0, seconds: 0.0, cpu: 0.0, memory: 0.0 };
    for (platform, rates) in own {
        let by_dlt = by_dlt(&ground, &dlt, platform)?;
        judge(&mut table, platform, by_dlt, rates);
        all = Figures {
            rows: all.rows + by_dlt.rows,
            seconds: all.seconds + by_dlt.seconds,
            cpu: all.cpu + by_dlt.cpu,
            memory: all.memory.max(by_dlt.memory),
        };
    }
    judge(&mut table, "all of them", all, &Rates::together(own));
    for platform in PLATFORMS {
        let (tap, sink) = by_tap(&ground, &program, &target, platform)?;
        table.add(&cells(&format!("leadtag tap: {platform}"), tap));
        table.add(&cells("  into target-jsonl", sink));
    }
    Ok(table)
}

/// Holds leadtag's rows per second beside dlt's.
fn judge(table: &mut Table, of: &str, by_dlt: Figures, own: &Rates) {
    let rate = by_dlt.rows as f64 / by_dlt.seconds;
    let ratios = own.0.iter().map(|(kind, own)| (*kind, own / rate));
    let holds = ratios.clone().all(|(_, ratio)| ratio >= MIN_OVER_DLT);
    let ratios: Vec<_> = ratios.map(|(kind, ratio)| format!("{kind} {ratio:.0}")).collect();
    let mut cells = cells(&format!("dlt 1.31, merge into DuckDB: {of}"), by_dlt);
    cells.push(ratios.join(", "));
    table.judge(&cells, &format!("each ≥ {MIN_OVER_DLT} ×"), holds);
}

fn cells(name: &str, figures: Figures) -> Vec<String> {
    let memory = match figures.memory {
        0.0 => String::new(),
        memory => format!("{memory:.0}"),
    };
    let rate = format!("{:.0}", figures.rows as f64 / figures.seconds);
    vec![name.to_owned(), rate, format!("{:.1}", figures.cpu), memory]
}

fn by_dlt(ground: &Ground, python: &Path, platform: &str) -> Result<Figures> {
    let trail = ground.trail(platform)?;
    let folder = ground.folder.path(&format!("{platform}-dlt"))?;
    std::fs::create_dir_all(&folder)?;
    let script = ground.folder.path("dlt_pull.py")?;
    std::fs::write(&script, DLT_SCRIPT)?;
    let output = Command::new(python.join("python"))
        .args([script.as_str(), &trail, platform, &folder])
        .env("RUNTIME__DLTHUB_TELEMETRY", "false")
        .stderr(Stdio::inherit())
        .output()?;
    let said = String::from_utf8_lossy(&output.stdout);
    let figures: Figures = serde_json::from_str(said.lines().last().unwrap_or_default())
        .map_err(|error| format!("dlt gave no figures ({error}): {said}"))?;
    if figures.rows != OTHERS as u64 {
        return Err(format!("dlt holds {} rows of {OTHERS} of {platform}", figures.rows).into());
    }
    Ok(figures)
}

/// The tap and the target: rows and seconds are those of both together.
fn by_tap(
    ground: &Ground,
    program: &Path,
    python: &Path,
    platform: &str,
) -> Result<(Figures, Figures)> {
    let config = ground.folder.path("tap.toml")?;
    let world: World = serde_json::from_str(&ground.world)?;
    std::fs::write(&config, world.tap_config(platform))?;
    let out = ground.folder.path(&format!("{platform}-target"))?;
    std::fs::create_dir_all(&out)?;
    let target_config = ground.folder.path("target.json")?;
    let settings = serde_json::json!({ "destination_path": out, "do_timestamp_file": false });
    std::fs::write(&target_config, settings.to_string())?;
    let begun = Instant::now();
    let before = usage::cpu_of_children()?;
    let mut tap = Command::new(program)
        .args(["tap", "--config", &config])
        .stdout(Stdio::piped())
        .stderr(File::create(ground.folder.path("tap.log")?)?)
        .spawn()?;
    let messages = tap.stdout.take().ok_or("the tap has no standard output")?;
    let mut target = Command::new(python.join("target-jsonl"))
        .args(["--config", &target_config])
        .stdin(messages)
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()?;
    let tapped = tap.wait()?;
    let between = usage::cpu_of_children()?;
    let targeted = target.wait()?;
    let (seconds, after) = (begun.elapsed().as_secs_f64(), usage::cpu_of_children()?);
    if !tapped.success() || !targeted.success() {
        let log = std::fs::read_to_string(ground.folder.path("tap.log")?)?;
        return Err(format!("the tap or the target failed: {log}").into());
    }
    let rows = lines(Path::new(&out))?;
    if rows < OTHERS as u64 {
        return Err(format!("target-jsonl holds {rows} rows of {OTHERS}").into());
    }
    let figures = |cpu: std::time::Duration| Figures {
        rows: OTHERS as u64,
        seconds,
        cpu: cpu.as_secs_f64(),
        memory: 0.0,
    };
    Ok((figures(between.saturating_sub(before)), figures(after.saturating_sub(between))))
}

fn lines(folder: &Path) -> Result<u64> {
    let mut lines = 0;
    for entry in std::fs::read_dir(folder)? {
        let bytes = std::fs::read(entry?.path())?;
        lines += bytes.iter().filter(|byte| **byte == b'\n').count() as u64;
    }
    Ok(lines)
}

/// The programs of a Python environment beside this one, which is made the first time.
fn python(name: &str, packages: &[&str]) -> Result<PathBuf> {
    let folder = beside(&format!("leadtag-bench-{name}"))?;
    let programs = folder.join("bin");
    let ready = folder.join("ready");
    if ready.exists() {
        return Ok(programs);
    }
    output::problem(&format!("installing {}, once", packages.join(" ")));
    let made = Command::new("python3").args(["-m", "venv"]).arg(&folder).status()?;
    let pip = ["-m", "pip", "install", "--quiet", "--disable-pip-version-check"];
    let installed = made.success()
        && Command::new(programs.join("python")).args(pip).args(packages).status()?.success();
    if !installed {
        return Err(format!("{name} cannot be installed; Python 3.11 with pip does it").into());
    }
    File::create(ready)?;
    Ok(programs)
}

/// The program `leadtag`, as it is released.
fn program() -> Result<PathBuf> {
    let words = ["build", "--release", "--quiet", "--package", "leadtag-cli"];
    let built =
        Command::new(std::env::var_os("CARGO").unwrap_or("cargo".into())).args(words).status()?;
    if !built.success() {
        return Err("leadtag does not build".into());
    }
    beside("leadtag")
}

fn beside(name: &str) -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.parent().ok_or("this program is in no folder")?.join(name))
}

impl World {
    /// A configuration with this platform only, without the limits of the real one.
    fn tap_config(&self, platform: &str) -> String {
        let mut text = format!("[providers.{platform}]\nplatform = \"{platform}\"\n");
        for (key, value) in self.keys(platform) {
            // Nothing here needs to be escaped.
            let _ = writeln!(text, "{key} = \"{value}\"");
        }
        text.push_str("limits = { per_minute = 1000000, per_hour = 100000000 }\n");
        let _ = writeln!(text, "[pull]\npage_size = {PAGE}\npii = \"mask\"");
        text
    }
}
