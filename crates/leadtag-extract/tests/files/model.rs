//! Any order of writes, commits, deaths and ends gives what a map in memory has.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use leadtag_extract::sink::Sink;
use leadtag_extract::sink::files::{FileSink, Format, Jsonl};
use proptest::prelude::*;

use crate::rows::{at, checkpoint, lead, leads, open_as};

#[derive(Clone, Debug)]
enum Step {
    /// Rows of a provider: id and version, in the snapshot that is read.
    Put(bool, Vec<(u8, u8)>),
    /// The snapshot is complete; the next one begins.
    Complete(bool),
    Commit,
    /// Killed, and opened again.
    Die,
    Finish,
}

#[derive(Clone, Debug, Default)]
struct Model {
    /// By provider and id: version, snapshot, whether it is gone.
    rows: BTreeMap<(&'static str, u8), (u8, u64, bool)>,
    snapshots: [u64; 2],
}

const PROVIDERS: [&str; 2] = ["crm", "shop"];

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let rows = prop::collection::vec((0..12_u8, 0..3_u8), 0..8);
    let step = prop_oneof![
        5 => (any::<bool>(), rows).prop_map(|(which, rows)| Step::Put(which, rows)),
        1 => any::<bool>().prop_map(Step::Complete),
        3 => Just(Step::Commit),
        1 => Just(Step::Die),
        2 => Just(Step::Finish),
    ];
    prop::collection::vec(step, 1..40)
}

impl Model {
    fn put(&mut self, which: bool, rows: &[(u8, u8)]) {
        let snapshot = self.snapshots[usize::from(which)] + 1;
        for (id, version) in rows {
            self.rows.insert((PROVIDERS[usize::from(which)], *id), (*version, snapshot, false));
        }
    }

    fn complete(&mut self, which: bool) -> u64 {
        let provider = PROVIDERS[usize::from(which)];
        let snapshot = self.snapshots[usize::from(which)] + 1;
        self.snapshots[usize::from(which)] = snapshot;
        for ((of, _), (_, seen, gone)) in &mut self.rows {
            *gone |= *of == provider && *seen != snapshot;
        }
        snapshot
    }

    fn seen(&self, which: bool) -> u64 {
        let snapshot = self.snapshots[usize::from(which)] + 1;
        let provider = PROVIDERS[usize::from(which)];
        let of =
            self.rows.iter().filter(|((of, _), (_, seen, _))| *of == provider && *seen == snapshot);
        of.count() as u64
    }

    fn content(&self) -> BTreeMap<(String, String), (String, bool)> {
        let row = |((provider, id), (version, _, gone)): (&(&str, u8), &(u8, u64, bool))| {
            ((provider.to_string(), id.to_string()), (format!("v{version}"), *gone))
        };
        self.rows.iter().map(row).collect()
    }
}

fn content(path: &Path) -> BTreeMap<(String, String), (String, bool)> {
    let mut rows = BTreeMap::new();
    let mut put = |provider: &str, id: &str, name: &str, gone: bool| {
        let key = (provider.to_owned(), id.to_owned());
        assert!(
            rows.insert(key, (name.to_owned(), gone)).is_none(),
            "{provider} {id} stands twice"
        );
    };
    #[cfg(feature = "csv")]
    if path.extension().is_some_and(|end| end == "csv") {
        let text = std::fs::read_to_string(path).unwrap();
        let text = text.strip_prefix('\u{feff}').unwrap();
        for row in csv::Reader::from_reader(text.as_bytes()).records() {
            let row = row.unwrap();
            put(&row[0], &row[1], &row[2], !row[5].is_empty());
        }
        return rows;
    }
    for row in crate::rows::objects(path) {
        let text = |name: &str| row[name].as_str().unwrap();
        put(text("provider"), text("id"), text("name"), !row["deleted_at"].is_null());
    }
    rows
}

fn holds(steps: Vec<Step>, file: &str, format: Arc<dyn Format>) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(file);
    let table = leads(&[]);
    let mut sink: Box<FileSink> = open_as(&path, format.clone());
    sink.widen(&table).unwrap();
    sink.commit(&[]).unwrap();
    let (mut now, mut committed) = (Model::default(), Model::default());
    for (number, step) in steps.iter().chain([&Step::Commit, &Step::Finish]).enumerate() {
        match step {
            Step::Put(which, rows) => {
                let snapshot = now.snapshots[usize::from(*which)] + 1;
                now.put(*which, rows);
                let provider = PROVIDERS[usize::from(*which)];
                let rows = rows.iter().map(|(id, version)| {
                    lead(provider, &id.to_string(), &format!("v{version}"), Vec::new())
                        .with_snapshot(snapshot)
                });
                sink.upsert(&table, rows.collect()).unwrap();
                if number % 3 == 0 {
                    let seen = sink.seen(provider, snapshot).unwrap().unwrap();
                    assert_eq!(seen.here, now.seen(*which));
                }
            }
            Step::Complete(which) => {
                let snapshot = now.complete(*which);
                sink.delete_unseen(PROVIDERS[usize::from(*which)], snapshot, at(9)).unwrap();
            }
            Step::Commit => {
                sink.commit(&[checkpoint("crm", number as u64)]).unwrap();
                committed = now.clone();
            }
            Step::Die => {
                drop(sink);
                sink = open_as(&path, format.clone());
                now = committed.clone();
            }
            Step::Finish => {
                sink.finish().unwrap();
                assert_eq!(content(&path), committed.content(), "{steps:?}");
                sink = open_as(&path, format.clone());
                now = committed.clone();
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn json_lines_hold_what_a_map_holds(steps in steps()) {
        holds(steps, "leads.jsonl", Arc::new(Jsonl));
    }
}

#[cfg(feature = "csv")]
proptest! {
    #![proptest_config(ProptestConfig { cases: 32, ..ProptestConfig::default() })]

    #[test]
    fn csv_holds_what_a_map_holds(steps in steps()) {
        holds(steps, "leads.csv", Arc::new(leadtag_extract::sink::files::Csv));
    }
}
