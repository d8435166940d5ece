//! A million leads of each platform into each kind of destination, beside the least that reading
//! them can cost, and beside programs that others wrote.

mod nowhere;
mod others;
mod stage;
mod trail;
mod world;

use std::path::PathBuf;

use crate::child::Helper;
use crate::output::Table;
use crate::{Result, output};
use stage::{Figures, PAGE};
use world::PLATFORMS;

pub(crate) use stage::run as stage;
pub(crate) use world::serve;

/// How many leads there are, unless `LEADTAG_BENCH_LEADS` says otherwise.
const MANY: usize = 1_000_000;
/// With so many the memory is compared.
const FEW: usize = 10_000;
/// So many are enough for the programs of others.
const OTHERS: usize = 20_000;

/// The most CPU time, in parts of the floor's.
const MAX_FILES: f64 = 2.0;
const MAX_SQLITE: f64 = 4.0;
/// The most memory, in parts of that with few leads, and in MiB.
const MAX_GROWTH: f64 = 1.2;
const MAX_MEMORY: f64 = 100.0;
/// The least rows per second, in parts of dlt's.
const MIN_OVER_DLT: f64 = 50.0;

/// Where leads go, and how their personal data are treated.
const SINKS: [(&str, &str); 5] = [
    ("jsonl", "plain"),
    ("jsonl", "mask"),
    ("parquet", "mask"),
    ("sqlite", "mask"),
    ("postgres", "mask"),
];

/// Measures and prints everything. Tells whether every limit holds.
pub(crate) fn measure() -> Result<bool> {
    let many = match std::env::var("LEADTAG_BENCH_LEADS") {
        Ok(text) => text.parse()?,
        Err(_) => MANY,
    };
    let postgres = std::env::var("LEADTAG_TEST_POSTGRES").ok();
    if postgres.is_none() {
        output::problem("no PostgreSQL: set LEADTAG_TEST_POSTGRES to the URL of an empty database");
    }
    let mut held = true;
    let mut slowest = Vec::new();
    for platform in PLATFORMS {
        let run = Run { platform, many, postgres: postgres.as_deref() };
        let (table, rate) = run.measure()?;
        held &= table.holds();
        output::line(&format!("\n{table}"));
        slowest.push((platform, rate));
    }
    let table = others::measure(&slowest)?;
    output::line(&format!("\n{table}"));
    Ok(held && table.holds())
}

struct Run<'a> {
    platform: &'static str,
    many: usize,
    postgres: Option<&'a str>,
}

/// A sandbox of its own process, and a place for what is read from it.
struct Ground {
    _sandbox: Helper,
    world: String,
    folder: Folder,
    leads: usize,
}

impl Ground {
    fn new(leads: usize) -> Result<Self> {
        let mut sandbox = Helper::start(&["pull-sandbox", &leads.to_string()])?;
        let world = sandbox.read()?;
        Ok(Self { _sandbox: sandbox, world, folder: Folder::new(leads)?, leads })
    }

    fn stage(&self, platform: &str, stage: &str, to: &str) -> Result<Figures> {
        let mut measured = Helper::start(&["pull-stage", platform, stage, &self.world, to])?;
        Ok(serde_json::from_str(&measured.read()?)?)
    }

    /// Writes down what a pull asks for.
    fn trail(&self, platform: &str) -> Result<String> {
        let path = self.folder.path("trail.json")?;
        self.stage(platform, "trail", &path)?;
        Ok(path)
    }

    fn sink(&self, run: &Run<'_>, kind: &str, pii: &str) -> Result<Option<Figures>> {
        let to = match (kind, run.postgres) {
            ("postgres", None) => return Ok(None),
            ("postgres", Some(url)) => new_schema(url)?,
            _ => format!("{kind}:{}", self.folder.path(&format!("{}-{kind}-{pii}", run.platform))?),
        };
        let figures = self.stage(run.platform, pii, &to)?;
        if figures.rows != self.leads as u64 {
            return Err(format!("{to} got {} leads of {}", figures.rows, self.leads).into());
        }
        Ok(Some(figures))
    }
}

impl Run<'_> {
    fn measure(&self) -> Result<(Table, f64)> {
        let platform = self.platform;
        let (few, many) = (Ground::new(FEW)?, Ground::new(self.many)?);
        let title = format!("pull: {} leads of {platform}, pages of {PAGE}", self.many);
        let columns =
            ["", "rows/s", "CPU s", "CPU µs/row", "× floor", "peak MiB", "with 10,000", "ratio"];
        let mut table = Table::new(title, &columns);
        let stages = Stages::measure(&many, platform)?;
        for (name, figures) in stages.named() {
            table.add(&self.cells(name, figures, stages.floor, None));
        }
        let mut slowest = f64::INFINITY;
        for (kind, pii) in SINKS {
            let name = format!("{kind}, {pii}");
            let (Some(small), Some(big)) =
                (few.sink(self, kind, pii)?, many.sink(self, kind, pii)?)
            else {
                table.add(&[name.as_str(), "not measured"]);
                continue;
            };
            slowest = slowest.min(self.many as f64 / big.seconds);
            let (limit, holds) = limit(kind, big, small, stages.floor);
            table.judge(&self.cells(&name, big, stages.floor, Some(small)), &limit, holds);
            if pii == "mask" {
                table.add(&[format!("  of it: {}", stages.shares(big))]);
            }
        }
        table.note("CPU and memory are those of the pulling process alone; the server has its own");
        Ok((table, slowest))
    }

    fn cells(
        &self,
        name: &str,
        figures: Figures,
        floor: Figures,
        small: Option<Figures>,
    ) -> Vec<String> {
        let count = self.many as f64;
        let mut cells = vec![
            name.to_owned(),
            format!("{:.0}", count / figures.seconds),
            format!("{:.1}", figures.cpu),
            format!("{:.1}", figures.cpu * 1e6 / count),
            format!("{:.2}", figures.cpu / floor.cpu),
            format!("{:.1}", figures.memory),
        ];
        if let Some(small) = small {
            cells.push(format!("{:.1}", small.memory));
            cells.push(format!("{:.2}", figures.memory / small.memory));
        }
        cells
    }
}

/// The limits of a kind of destination, and whether they hold.
fn limit(kind: &str, big: Figures, small: Figures, floor: Figures) -> (String, bool) {
    let most = match kind {
        "sqlite" => Some(MAX_SQLITE),
        "postgres" => None,
        _ => Some(MAX_FILES),
    };
    let cpu = most.map_or_else(String::new, |most| format!("CPU ≤ {most} ×, "));
    let holds = most.is_none_or(|most| big.cpu / floor.cpu <= most)
        && big.memory / small.memory <= MAX_GROWTH
        && big.memory <= MAX_MEMORY;
    (format!("{cpu}memory ≤ {MAX_GROWTH} ×, {MAX_MEMORY} MiB"), holds)
}

/// What there is to do without any destination, one more thing at each stage.
struct Stages {
    network: Figures,
    floor: Figures,
    by_trait: Figures,
    rows: Figures,
}

impl Stages {
    fn measure(ground: &Ground, platform: &str) -> Result<Self> {
        let trail = ground.trail(platform)?;
        Ok(Self {
            network: ground.stage(platform, "network", &trail)?,
            floor: ground.stage(platform, "floor", &trail)?,
            by_trait: ground.stage(platform, "trait", &trail)?,
            rows: ground.stage(platform, "rows", "")?,
        })
    }

    fn named(&self) -> [(&'static str, Figures); 4] {
        [
            ("network", self.network),
            ("floor: reqwest + serde_json", self.floor),
            ("by the trait", self.by_trait),
            ("rows, to nowhere", self.rows),
        ]
    }

    /// Where the time of a pull goes.
    fn shares(&self, pull: Figures) -> String {
        let shares = [
            ("network", self.network.cpu),
            ("parse", self.by_trait.cpu - self.network.cpu),
            ("map", self.rows.cpu - self.by_trait.cpu),
            ("sink", pull.cpu - self.rows.cpu),
        ];
        let share =
            |(what, cpu): (_, f64)| format!("{what} {:.0} %", 100.0 * cpu.max(0.0) / pull.cpu);
        shares.map(share).join(", ")
    }
}

/// An empty schema of a database, in the place of the one before, by a connection without TLS: the
/// server is on the same machine.
fn new_schema(url: &str) -> Result<String> {
    let mut client = postgres::Client::connect(url, postgres::NoTls)?;
    client.batch_execute("DROP SCHEMA IF EXISTS bench CASCADE; CREATE SCHEMA bench")?;
    Ok(format!("{url}{}schema=bench&sslmode=disable", if url.contains('?') { '&' } else { '?' }))
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new(leads: usize) -> Result<Self> {
        let name = format!("leadtag-bench-{}-{leads}", std::process::id());
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    fn path(&self, name: &str) -> Result<String> {
        let path = self.0.join(name);
        Ok(path.to_str().ok_or("a folder whose name is no text")?.to_owned())
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
