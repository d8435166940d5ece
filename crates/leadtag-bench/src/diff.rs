//! The diff of thousands of tags on five providers. A child process of its own for each size, so
//! that the memory of each is counted apart.

use std::fmt::Write as _;
use std::hint::black_box;
use std::io::BufRead;

use leadtag_core::{Tag, TagCapabilities, TagGroup, TagNode};
use leadtag_taxonomy::{Desired, DiffOptions, File, Live, Lock, ProviderFacts, StepKind, diff};

use crate::child::Helper;
use crate::figures::Spread;
use crate::output::{self, Table};
use crate::{Result, usage};

const PROVIDERS: usize = 5;
const SIZES: [usize; 3] = [1_000, 5_000, 10_000];
const ROUNDS: usize = 25;
const TAGS_PER_GROUP: usize = 100;

/// How much more than n log n the time may grow from the smallest to the largest size.
const SLACK: f64 = 1.3;

/// Measures every size.
pub(crate) fn measure() -> Result<Table> {
    let title = format!(
        "diff: tags on {PROVIDERS} providers, every 10th renamed, every 25th deleted, every 20th \
         new; {ROUNDS} rounds"
    );
    let columns =
        ["tags × providers", "CPU ms min/med/max", "growth", "n log n", "peak memory", "steps"];
    let mut table = Table::new(title, &columns);
    let mut children = SIZES
        .iter()
        .map(|size| Helper::start(&["taxonomy-diff", &size.to_string()]))
        .collect::<Result<Vec<_>>>()?;
    let mut millis: Vec<Vec<f64>> = vec![Vec::new(); SIZES.len()];
    for child in &mut children {
        child.ask("diff")?;
    }
    for _ in 0..ROUNDS {
        for (child, millis) in children.iter_mut().zip(&mut millis) {
            millis.push(child.ask("diff")?.parse::<f64>()? / 1_000.0);
        }
    }
    let mut first = None;
    for ((size, child), millis) in SIZES.iter().zip(&mut children).zip(millis) {
        let spread = Spread::of(millis)?;
        let first = *first.get_or_insert(spread.median);
        let memory = child.ask("memory")?.parse::<f64>()? / 1_024.0;
        let steps = child.ask("steps")?;
        let growth = spread.median / first;
        let fair = n_log_n(*size) / n_log_n(SIZES[0]);
        let cells = [
            format!("{size} × {PROVIDERS}"),
            spread.to_string(),
            format!("{growth:.1} ×"),
            format!("{fair:.1} ×"),
            format!("{memory:.1} MiB"),
            steps,
        ];
        table.judge(&cells, &format!("≤ {:.1} ×", fair * SLACK), growth <= fair * SLACK);
    }
    table.note(
        "CPU time from the parsed files and the listed tags to the steps; peak memory of the \
         whole process, with all of them",
    );
    Ok(table)
}

#[allow(clippy::cast_precision_loss)] // Sizes are far below 2^52.
fn n_log_n(size: usize) -> f64 {
    size as f64 * (size as f64).ln()
}

/// The measured process: answers each `diff` with its microseconds of CPU time.
pub(crate) fn serve(size: &str) -> Result<()> {
    let world = World::new(size.parse()?)?;
    for line in std::io::stdin().lock().lines() {
        let answer = match line?.as_str() {
            "diff" => {
                let begin = usage::cpu()?;
                black_box(world.diff());
                (usage::cpu()? - begin).as_micros().to_string()
            }
            "memory" => usage::peak_memory()?.to_string(),
            "steps" => world.diff().to_string(),
            other => return Err(format!("what is {other}?").into()),
        };
        output::line(&answer);
    }
    Ok(())
}

/// Five providers, with and without groups.
struct World {
    file: File,
    lock: Lock,
    providers: Vec<(ProviderFacts, Live)>,
}

impl World {
    fn new(tags: usize) -> Result<Self> {
        let (file, findings) = File::parse(&wanted(tags), "tags.toml");
        if let Some(finding) = findings.first() {
            return Err(format!("{}: {}", finding.place, finding.message).into());
        }
        let mut providers = Vec::new();
        let mut text = "version = 1\n".to_owned();
        for at in 0..PROVIDERS {
            let (name, can) = (format!("p{at}"), capabilities(at % 2 == 0));
            providers.push((ProviderFacts::new(&name, "bench", Some(can)), live(tags, &can)));
            write_lock(&mut text, &name, tags, can.groups)?;
        }
        // As leadtag writes it: in the order of the keys.
        text = Lock::parse(&text, "tags.lock")?.to_text();
        Ok(Self { file, lock: Lock::parse(&text, "tags.lock")?, providers })
    }

    /// How many steps there are. A step of many new tags counts as many.
    fn diff(&self) -> usize {
        let mut steps = 0;
        for (facts, live) in &self.providers {
            let (Some(can), Some(lock)) =
                (&facts.capabilities, self.lock.providers.get(&facts.name))
            else {
                continue;
            };
            let desired = Desired::of(&self.file, facts);
            let plan = diff(&desired, lock, live, can, DiffOptions::default());
            steps += plan
                .steps
                .iter()
                .map(|step| match &step.kind {
                    StepKind::CreateTags { tags, .. } => tags.len(),
                    _ => 1,
                })
                .sum::<usize>();
        }
        steps
    }
}

fn capabilities(groups: bool) -> TagCapabilities {
    let mut can = TagCapabilities::none();
    (can.list, can.create, can.rename, can.delete_tags) = (true, true, true, true);
    (can.groups, can.delete_groups, can.order) = (groups, groups, groups);
    can
}

/// The file: without every 25th tag, with every 10th renamed, and with new ones.
fn wanted(tags: usize) -> String {
    let mut text = "version = 1\n".to_owned();
    for at in 0..tags {
        if at % TAGS_PER_GROUP == 0 {
            let group = at / TAGS_PER_GROUP;
            text += &format!("[[group]]\nkey = \"g{group}\"\nname = \"标签组 {group}\"\n");
        }
        if at % 20 == 3 {
            text += &format!("[[group.tag]]\nkey = \"new.{at}\"\nname = \"新标签 {at}\"\n");
        }
        if at % 25 != 1 {
            let name = if at % 10 == 2 { "改名" } else { "标签" };
            text += &format!("[[group.tag]]\nkey = \"t.{at}\"\nname = \"{name} {at}\"\n");
        }
    }
    text
}

fn live(tags: usize, can: &TagCapabilities) -> Live {
    let tag = |at: usize| Tag::new(format!("id{at:06}"), format!("标签 {at}"));
    let all: Vec<usize> = (0..tags).collect();
    let nodes = all.chunks(TAGS_PER_GROUP).enumerate().flat_map(|(group, tags)| {
        let tags = tags.iter().map(|at| tag(*at));
        if can.groups {
            let mut node = TagGroup::new(format!("gid{group:04}"), format!("标签组 {group}"));
            node.tags = tags.collect();
            vec![TagNode::Group(node)]
        } else {
            tags.map(TagNode::Tag).collect()
        }
    });
    Live::of(nodes, can)
}

fn write_lock(text: &mut String, name: &str, tags: usize, groups: bool) -> Result<()> {
    writeln!(text, "[providers.{name}]\nplatform = \"bench\"\ngroups = [")?;
    for group in (0..tags.div_ceil(TAGS_PER_GROUP)).filter(|_| groups) {
        writeln!(
            text,
            "{{ key = \"g{group}\", id = \"gid{group:04}\", name = \"标签组 {group}\" }},"
        )?;
    }
    writeln!(text, "]\ntags = [")?;
    for at in 0..tags {
        let group = at / TAGS_PER_GROUP;
        let group = if groups { format!("group = \"gid{group:04}\", ") } else { String::new() };
        writeln!(text, "{{ key = \"t.{at}\", id = \"id{at:06}\", {group}name = \"标签 {at}\" }},")?;
    }
    writeln!(text, "]")?;
    Ok(())
}
