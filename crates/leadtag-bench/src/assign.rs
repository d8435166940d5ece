//! Tags on many contacts: rows per second against the sandbox, and the memory of it.

use std::fmt::Write as _;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use leadtag_core::{Limits, TagProvider, TagProviderExt};
use leadtag_sandbox::Sandbox;
use leadtag_taxonomy::{AssignOptions, Assignment, Lock, RowsForm, Target};
use wecom_corptag::WecomClient;

use crate::child::Helper;
use crate::output::Table;
use crate::{Result, output, usage};

const ROWS: [usize; 2] = [10_000, 100_000];
/// What ten times the rows may need of memory, in parts of what the smaller number needs.
const MAX_GROWTH: f64 = 1.10;
const PROVIDER: &str = "shop-wecom";

/// What one run needed.
#[derive(Clone, Copy)]
struct Figures {
    seconds: f64,
    cpu_seconds: f64,
    /// KiB held at most.
    memory: f64,
}

/// A WeCom with as many customers as there are rows, until standard input ends. Writes the rows and
/// prints how it is reached.
pub(crate) fn serve(rows: &str, file: &str) -> Result<()> {
    let rows: usize = rows.parse()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let sandbox = Sandbox::builder().record(false).leads(rows).start().await?;
        let access = sandbox.wecom();
        let client = client(&access.base_url, &access.corp_id, &access.corp_secret)?;
        let mut text = "provider,owner,contact,add,remove\n".to_owned();
        let mut left = rows;
        for owner in &access.userids {
            let contacts = client.list_external_contacts(owner).await?.into_value();
            for contact in contacts.external_userid.iter().take(left) {
                writeln!(text, "{PROVIDER},{owner},{contact},高意向;展会,低意向")?;
            }
            left = left.saturating_sub(contacts.external_userid.len());
        }
        std::fs::write(file, text)?;
        output::line(&format!("{} {} {}", access.base_url, access.corp_id, access.corp_secret));
        tokio::task::spawn_blocking(|| std::io::stdin().read(&mut [0])).await??;
        Ok(())
    })
}

fn client(base_url: &str, corp_id: &str, secret: &str) -> Result<WecomClient> {
    let client = WecomClient::builder().corp_id(corp_id).corp_secret(secret).base_url(base_url);
    Ok(client.limits(Limits::none()).build()?)
}

/// Sends the rows and prints microseconds, microseconds of CPU time, and the most KiB ever held.
pub(crate) fn run(file: &str, access: [&str; 3]) -> Result<()> {
    let [base_url, corp_id, secret] = access;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let client = client(base_url, corp_id, secret)?;
    let path = Path::new(file);
    let (directory, results) = (path.with_extension("assign"), path.with_extension("results.csv"));
    runtime.block_on(async {
        // The token is fetched and the connection is open before anything is measured.
        client.all_tags().await?;
        let (began, before) = (Instant::now(), usage::cpu()?);
        let targets = [Target { name: PROVIDER, provider: &client as &dyn TagProvider }];
        let assignment = Assignment::open(path, RowsForm::Csv, &directory)?;
        let lock = Lock::default();
        let mut prepared =
            assignment.prepare(&targets, &lock, AssignOptions::default(), &()).await?;
        prepared.send(&targets, &()).await?;
        let counts = prepared.finish(&results)?;
        let (wall, cpu) = (began.elapsed(), usage::cpu()?.saturating_sub(before));
        let memory = usage::peak_memory()?;
        if !counts.is_good() {
            return Err(format!("not every row is ok: {counts:?}").into());
        }
        output::line(&format!("{} {} {memory}", wall.as_micros(), cpu.as_micros()));
        Ok(())
    })
}

/// Measures both numbers of rows, each in processes of its own.
pub(crate) fn measure() -> Result<Table> {
    let title = format!(
        "assign: {} and {} rows of as many customers, 2 tags on and 1 off, against the sandbox \
         with its limits off",
        ROWS[0], ROWS[1]
    );
    let columns = ["rows", "seconds", "rows/s", "CPU µs/row", "peak MiB", "memory ratio"];
    let mut table = Table::new(title, &columns);
    let mut first = None;
    for rows in ROWS {
        let figures = one(rows)?;
        let growth = figures.memory / first.get_or_insert(figures).memory;
        let count = rows as f64;
        let cells = [
            rows.to_string(),
            format!("{:.1}", figures.seconds),
            format!("{:.0}", count / figures.seconds),
            format!("{:.0}", figures.cpu_seconds * 1e6 / count),
            format!("{:.1}", figures.memory / 1024.0),
            format!("{growth:.2}"),
        ];
        match rows == ROWS[0] {
            true => table.add(&cells),
            false => table.judge(&cells, &format!("memory ≤ {MAX_GROWTH}"), growth <= MAX_GROWTH),
        }
    }
    table.note("5 contacts in flight; CPU and memory are those of the assigning process alone");
    Ok(table)
}

fn one(rows: usize) -> Result<Figures> {
    let directory = Folder::new()?;
    let file = directory.0.join("rows.csv");
    let file = file.to_str().ok_or("a folder whose name is no text")?;
    let mut sandbox = Helper::start(&["assign-sandbox", &rows.to_string(), file])?;
    let access = sandbox.read()?;
    let access: Vec<&str> = access.split(' ').collect();
    let mut measured = Helper::start(&[&["assign-rows", file], access.as_slice()].concat())?;
    let line = measured.read()?;
    let numbers = line.split(' ').map(str::parse).collect::<Result<Vec<f64>, _>>()?;
    match numbers.as_slice() {
        [wall, cpu, memory] => {
            Ok(Figures { seconds: wall / 1e6, cpu_seconds: cpu / 1e6, memory: *memory })
        }
        _ => Err("a measured process gave other figures".into()),
    }
}

/// A folder that is removed in the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Result<Self> {
        let path = std::env::temp_dir().join(format!("leadtag-bench-{}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
