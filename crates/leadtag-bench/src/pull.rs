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
    let mut own = Vec::new();
    for platform in PLATFORMS {
        let run = Run { platform, many, postgres: postgres.as_deref() };
        let (table, rates) = run.measure()?;
        held &= table.holds();
        output::line(&format!("\n{table}"));
        own.push((platform, rates));
    }
    let table = others::measure(&own)?;
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
    fn measure(&self) -> Result<(Table, Rates)> {
        let platform = self.platform;
        let (few, many) = (Ground::new(FEW)?, Ground::new(self.many)?);
        let title = format!("pull: {} leads of {platform}, pages of {PAGE}", self.many);
        let columns =
            ["", "rows/s", "CPU s", "CPU µs/row", "× floor", "peak MiB", "with 10,000", "ratio"];
        let mut table = Table::new(title, &columns);
        let mut course = Course::begin(&many, platform)?;
        let stages = Stages::measure(&mut course)?;
        let (mut rates, mut rows) = (Rates::default(), Vec::new());
        for (kind, pii) in SINKS {
            let name = format!("{kind}, {pii}");
            let small = few.sink(self, kind, pii)?;
            let big = course.beside_floors(|| many.sink(self, kind, pii))?;
            rows.push((name, kind, pii, small.zip(big)));
        }
        table.add(&self.cells("floor: reqwest + serde_json", course.floor(), None));
        for (name, stage) in stages.named() {
            table.add(&self.cells(name, stage, None));
        }
        for (name, kind, pii, measured) in rows {
            let Some((small, big)) = measured else {
                table.add(&[name.as_str(), "not measured"]);
                continue;
            };
            let (limit, holds) = limit(kind, big, small);
            table.judge(&self.cells(&name, big, Some(small)), &limit, holds);
            if pii == "mask" {
                table.add(&[format!("  of it: {}", stages.shares(big))]);
                rates.0.push((kind, self.many as f64 / big.figures.seconds));
            }
        }
        table.note(
            "CPU and memory are those of the pulling process alone; the server has its own. The floor \
             is measured again between any two, and each is held beside the two around it",
        );
        Ok((table, rates))
    }

    fn cells(&self, name: &str, measured: Measured, small: Option<Figures>) -> Vec<String> {
        let Measured { figures, ratio } = measured;
        let count = self.many as f64;
        let mut cells = vec![
            name.to_owned(),
            format!("{:.0}", count / figures.seconds),
            format!("{:.1}", figures.cpu),
            format!("{:.1}", figures.cpu * 1e6 / count),
            format!("{ratio:.2}"),
            format!("{:.1}", figures.memory),
        ];
        if let Some(small) = small {
            cells.push(format!("{:.1}", small.memory));
            cells.push(format!("{:.2}", figures.memory / small.memory));
        }
        cells
    }
}

/// What one process needed, and its CPU time in parts of the floor's.
#[derive(Clone, Copy)]
struct Measured {
    figures: Figures,
    ratio: f64,
}

/// Measurements one after the other, with the floor between them: the machine's speed changes from
/// one minute to the next.
struct Course<'a> {
    ground: &'a Ground,
    platform: &'a str,
    trail: String,
    floors: Vec<Figures>,
}

impl<'a> Course<'a> {
    fn begin(ground: &'a Ground, platform: &'a str) -> Result<Self> {
        let trail = ground.trail(platform)?;
        let first = ground.stage(platform, "floor", &trail)?;
        Ok(Self { ground, platform, trail, floors: vec![first] })
    }

    fn stage(&mut self, stage: &str, to: &str) -> Result<Measured> {
        let (ground, platform) = (self.ground, self.platform);
        let measured = self.beside_floors(|| ground.stage(platform, stage, to).map(Some))?;
        measured.ok_or_else(|| "nothing was measured".into())
    }

    /// Measures something, if it can be, and then the floor.
    fn beside_floors(
        &mut self,
        measure: impl FnOnce() -> Result<Option<Figures>>,
    ) -> Result<Option<Measured>> {
        let Some(figures) = measure()? else { return Ok(None) };
        let after = self.ground.stage(self.platform, "floor", &self.trail)?;
        let before = self.floors.last().map_or(after.cpu, |before| before.cpu);
        self.floors.push(after);
        Ok(Some(Measured { figures, ratio: figures.cpu / ((before + after.cpu) / 2.0) }))
    }

    /// The median of the floors.
    fn floor(&self) -> Measured {
        let mut floors = self.floors.clone();
        floors.sort_by(|one, other| one.cpu.total_cmp(&other.cpu));
        Measured { figures: floors[floors.len() / 2], ratio: 1.0 }
    }
}

/// Rows per second into each kind of destination, personal data masked.
#[derive(Default)]
struct Rates(Vec<(&'static str, f64)>);

impl Rates {
    /// Those of as many leads of each platform, one platform after the other.
    fn together(all: &[(&str, Self)]) -> Self {
        let Some((_, first)) = all.first() else { return Self::default() };
        let kinds = first.0.iter().map(|(kind, _)| *kind);
        let rate = |kind: &str| {
            let seconds = all.iter().flat_map(|(_, rates)| &rates.0).filter(|(k, _)| *k == kind);
            all.len() as f64 / seconds.map(|(_, rate)| 1.0 / rate).sum::<f64>()
        };
        Self(kinds.map(|kind| (kind, rate(kind))).collect())
    }
}

/// The limits of a kind of destination, and whether they hold.
fn limit(kind: &str, big: Measured, small: Figures) -> (String, bool) {
    let most = match kind {
        "sqlite" => Some(MAX_SQLITE),
        "postgres" => None,
        _ => Some(MAX_FILES),
    };
    let cpu = most.map_or_else(String::new, |most| format!("CPU ≤ {most} ×, "));
    let holds = most.is_none_or(|most| big.ratio <= most)
        && big.figures.memory / small.memory <= MAX_GROWTH
        && big.figures.memory <= MAX_MEMORY;
    (format!("{cpu}memory ≤ {MAX_GROWTH} ×, {MAX_MEMORY} MiB"), holds)
}

/// What there is to do without any destination, one more thing at each stage.
struct Stages {
    network: Measured,
    by_trait: Measured,
    rows: Measured,
}

impl Stages {
    fn measure(course: &mut Course<'_>) -> Result<Self> {
        let trail = course.trail.clone();
        Ok(Self {
            network: course.stage("network", &trail)?,
            by_trait: course.stage("trait", &trail)?,
            rows: course.stage("rows", "")?,
        })
    }

    fn named(&self) -> [(&'static str, Measured); 3] {
        [
            ("network", self.network),
            ("by the trait", self.by_trait),
            ("rows, to nowhere", self.rows),
        ]
    }

    /// Where the time of a pull goes: all in parts of the floor's, which the machine's speed does
    /// not change.
    fn shares(&self, pull: Measured) -> String {
        let shares = [
            ("network", self.network.ratio),
            ("parse", self.by_trait.ratio - self.network.ratio),
            ("map", self.rows.ratio - self.by_trait.ratio),
            ("sink", pull.ratio - self.rows.ratio),
        ];
        let share =
            |(what, part): (_, f64)| format!("{what} {:.0} %", 100.0 * part.max(0.0) / pull.ratio);
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
