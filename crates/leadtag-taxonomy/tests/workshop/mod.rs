//! A place to try applies in: files in memory, and a fuse that ends the process at any point.
#![allow(dead_code, unreachable_pub)]

#[path = "../around/mod.rs"]
mod around;
pub mod simple;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use leadtag_core::{Error, ErrorKind, Result, Sent};
use leadtag_taxonomy::{
    ApplyOptions, Desired, DiffOptions, Disk, File, Limits, Live, Lock, Mode, Plan, PlanKind,
    Recovered, Report, Target, Workspace, apply, check, diff, recover,
};
use leadtag_testkit::MemoryTagProvider;

use around::{Around, Surrounded};

pub const LOCK: &str = "tags.lock";
pub const JOURNAL: &str = "tags.lock.journal";
pub const UNDO: &str = "tags.undo.json";
pub const REDO: &str = "tags.redo.json";

/// Ends everything at one of the events it counts: from then on nothing takes effect.
#[derive(Debug, Default)]
pub struct Fuse {
    state: Mutex<Burning>,
}

#[derive(Debug, Default)]
struct Burning {
    events: usize,
    at: Option<(usize, End)>,
    dead: bool,
    /// The events that can be left half done.
    writes: BTreeSet<usize>,
}

/// How the event that ends everything is left.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It does not take effect.
    Before,
    /// It takes effect, and nobody learns of it.
    After,
    /// Half of what is written is there.
    Torn,
}

enum Fate {
    Lives,
    Dies(End),
    IsDead,
}

impl Fuse {
    /// Ends everything at the event of this number, from 1.
    pub fn set(&self, at: usize, end: End) {
        *self.state.lock().unwrap() = Burning { at: Some((at, end)), ..Burning::default() };
    }

    /// A new process.
    pub fn restart(&self) {
        *self.state.lock().unwrap() = Burning::default();
    }

    pub fn is_dead(&self) -> bool {
        self.state.lock().unwrap().dead
    }

    pub fn events(&self) -> usize {
        self.state.lock().unwrap().events
    }

    /// Whether the event can be left half done.
    pub fn tears(&self, event: usize) -> bool {
        self.state.lock().unwrap().writes.contains(&event)
    }

    fn next_write(&self) -> Fate {
        let fate = self.next();
        let mut state = self.state.lock().unwrap();
        let event = state.events;
        state.writes.insert(event);
        fate
    }

    fn next(&self) -> Fate {
        let mut state = self.state.lock().unwrap();
        if state.dead {
            return Fate::IsDead;
        }
        state.events += 1;
        match state.at {
            Some((at, end)) if at == state.events => {
                state.dead = true;
                Fate::Dies(end)
            }
            _ => Fate::Lives,
        }
    }
}

/// Files in memory.
#[derive(Debug, Default)]
pub struct Shelf {
    files: Mutex<BTreeMap<PathBuf, Vec<u8>>>,
    fuse: Arc<Fuse>,
}

impl Shelf {
    pub fn text(&self, name: &str) -> Option<String> {
        let files = self.files.lock().unwrap();
        files.get(Path::new(name)).map(|bytes| String::from_utf8(bytes.clone()).unwrap())
    }

    pub fn put(&self, name: &str, text: &str) {
        self.files.lock().unwrap().insert(PathBuf::from(name), text.as_bytes().to_vec());
    }

    pub fn names(&self) -> Vec<String> {
        let files = self.files.lock().unwrap();
        files.keys().map(|path| path.display().to_string()).collect()
    }

    fn act(&self, fate: &Fate, whole: impl FnOnce(), half: impl FnOnce()) -> io::Result<()> {
        match fate {
            Fate::Lives => {
                whole();
                return Ok(());
            }
            Fate::Dies(End::After) => whole(),
            Fate::Dies(End::Torn) => half(),
            Fate::Dies(End::Before) | Fate::IsDead => {}
        }
        Err(io::Error::other("the process is dead"))
    }
}

impl Disk for Shelf {
    fn read(&self, path: &Path) -> io::Result<Option<Vec<u8>>> {
        Ok(self.files.lock().unwrap().get(path).cloned())
    }

    fn append_synced(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        let add = |bytes: &[u8]| {
            let mut files = self.files.lock().unwrap();
            files.entry(path.to_owned()).or_default().extend_from_slice(bytes);
        };
        self.act(&self.fuse.next_write(), || add(bytes), || add(&bytes[..bytes.len() / 2]))
    }

    fn write_part(&self, path: &Path, bytes: &[u8], _: Mode<'_>) -> io::Result<()> {
        let put = |bytes: &[u8]| {
            self.files.lock().unwrap().insert(path.to_owned(), bytes.to_vec());
        };
        self.act(&self.fuse.next_write(), || put(bytes), || put(&bytes[..bytes.len() / 2]))
    }

    fn rename_synced(&self, from: &Path, to: &Path) -> io::Result<()> {
        let rename = || {
            let mut files = self.files.lock().unwrap();
            let bytes = files.remove(from).unwrap();
            files.insert(to.to_owned(), bytes);
        };
        self.act(&self.fuse.next(), rename, || {})
    }

    fn truncate(&self, path: &Path, length: u64) -> io::Result<()> {
        let cut = || {
            let mut files = self.files.lock().unwrap();
            files.get_mut(path).unwrap().truncate(usize::try_from(length).unwrap());
        };
        self.act(&self.fuse.next(), cut, || {})
    }

    fn remove(&self, path: &Path) -> io::Result<()> {
        let remove = || {
            self.files.lock().unwrap().remove(path);
        };
        self.act(&self.fuse.next(), remove, || {})
    }
}

/// A provider whose calls are events too.
pub type Mortal = Surrounded<Arc<Fuse>>;

impl Around for Arc<Fuse> {
    async fn call<T: Send>(&self, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        let silence = || Err(Error::new(ErrorKind::Transport, "silence").with_sent(Sent::Maybe));
        match self.next() {
            Fate::Lives => call.await,
            Fate::Dies(End::After) => {
                let _ = call.await;
                silence()
            }
            _ => silence(),
        }
    }
}

/// Files and providers, and what is done with them.
pub struct Workshop {
    pub fuse: Arc<Fuse>,
    pub shelf: Arc<Shelf>,
    pub providers: Vec<(String, Mortal)>,
    pub options: ApplyOptions,
}

impl Workshop {
    pub fn new<const N: usize>(providers: [(&str, MemoryTagProvider); N]) -> Self {
        let fuse = Arc::new(Fuse::default());
        let shelf = Arc::new(Shelf { fuse: fuse.clone(), ..Shelf::default() });
        let mortal = |inner| Mortal { inner, around: fuse.clone() };
        let providers =
            providers.into_iter().map(|(name, inner)| (name.to_owned(), mortal(inner))).collect();
        let mut options = ApplyOptions::default();
        options.limits = no_limits();
        options.settle = Duration::ZERO;
        Self { fuse, shelf, providers, options }
    }

    pub fn targets(&self) -> Vec<Target<'_>> {
        self.providers.iter().map(|(name, provider)| Target { name, provider }).collect()
    }

    pub fn provider(&self, name: &str) -> &MemoryTagProvider {
        &self.providers.iter().find(|(known, _)| known == name).unwrap().1.inner
    }

    pub fn open(&self) -> leadtag_taxonomy::Result<Workspace> {
        Workspace::open_on(Path::new(LOCK), self.shelf.clone())
    }

    /// What `text` asks for, compared with what is there.
    pub async fn plan(&self, text: &str, lock: &Lock) -> Result<Plan> {
        self.plan_with(text, lock, DiffOptions::default()).await
    }

    pub async fn plan_with(&self, text: &str, lock: &Lock, options: DiffOptions) -> Result<Plan> {
        let (file, findings) = File::parse(text, "tags.toml");
        assert!(findings.is_empty(), "{findings:?}");
        let facts: Vec<_> = self.targets().iter().map(Target::facts).collect();
        let findings = check(&file, &facts, None);
        assert!(findings.is_empty(), "{findings:?}");
        let mut plans = Vec::new();
        for (target, facts) in self.targets().iter().zip(&facts) {
            let desired = Desired::of(&file, facts);
            let live = Live::fetch(target.provider).await?;
            let held = lock.providers.get(target.name).cloned().unwrap_or_default();
            let can = target.provider.tag_capabilities();
            let mut plan = diff(&desired, &held, &live, &can, options);
            plan.platform = target.provider.platform().as_str().to_owned();
            plans.push(plan);
        }
        Ok(Plan::new(PlanKind::Apply, plans))
    }

    /// What the program does: look what became of an earlier run, plan, apply.
    pub async fn apply(&self, text: &str) -> leadtag_taxonomy::Result<Report> {
        let workspace = self.open()?;
        self.recover(&workspace).await?;
        let unknown = |error| leadtag_taxonomy::Error::Refused(format!("not planned: {error}"));
        let plan = self.plan(text, &workspace.lock()).await.map_err(unknown)?;
        apply(&plan, &workspace, &self.targets(), &self.options, &()).await
    }

    pub async fn recover(&self, workspace: &Workspace) -> leadtag_taxonomy::Result<Recovered> {
        recover(workspace, &self.targets(), &self.options).await
    }

    /// Applies a plan that was saved.
    pub async fn apply_saved(&self, plan: &Plan) -> leadtag_taxonomy::Result<Report> {
        let workspace = self.open()?;
        self.recover(&workspace).await?;
        apply(plan, &workspace, &self.targets(), &self.options, &()).await
    }

    pub fn undo(&self) -> Plan {
        Plan::load(&self.shelf.text(UNDO).unwrap()).unwrap()
    }

    /// What takes an undo back.
    pub fn redo(&self) -> Plan {
        Plan::load(&self.shelf.text(REDO).unwrap()).unwrap()
    }

    pub fn lock(&self) -> Lock {
        Lock::parse(&self.shelf.text(LOCK).unwrap_or_default(), LOCK).unwrap()
    }

    /// Groups and tags by name, sorted: what people see.
    pub fn names(&self, provider: &str) -> Vec<String> {
        let tree = self.provider(provider).state();
        let mut names: Vec<String> = tree.tags.iter().map(|tag| tag.name.clone()).collect();
        for group in &tree.groups {
            names.push(format!("{}/", group.name));
            let tags = group.tags.iter();
            names.extend(tags.map(|tag| format!("{}/{}", group.name, tag.name)));
        }
        names.sort();
        names
    }

    /// The file is live, nothing twice, the lock is right, and nothing is left to do.
    pub async fn is_settled(&self, text: &str, what: &str) {
        let lock = self.lock();
        let plan = self.plan(text, &lock).await.unwrap();
        assert!(plan.is_empty(), "{what}: {plan:#?}");
        for (name, _) in &self.providers {
            let names = self.names(name);
            let once: BTreeSet<&String> = names.iter().collect();
            assert_eq!(once.len(), names.len(), "{what}: {names:?}");
            let tree = self.provider(name).state();
            let live: BTreeMap<&str, &str> = tree
                .all_tags()
                .map(|tag| (tag.id.as_str(), tag.name.as_str()))
                .chain(tree.groups.iter().map(|group| (group.id.as_str(), group.name.as_str())))
                .collect();
            let held = lock.providers.get(name).cloned().unwrap_or_default();
            let tags = held.tags.values().map(|tag| (tag.id.as_str(), tag.name.as_str()));
            let groups = held.groups.values().map(|group| (group.id.as_str(), group.name.as_str()));
            for (id, name) in tags.chain(groups) {
                assert_eq!(live.get(id), Some(&name), "{what}: {id}");
            }
        }
        assert_eq!(self.shelf.text(JOURNAL), None, "{what}");
    }
}

pub fn no_limits() -> Limits {
    Limits::default()
        .with_max_changed_percent(100)
        .with_max_deletions(u32::MAX)
        .with_max_contacts(u64::MAX)
        .with_allow_unknown_contacts(true)
}

/// A failure of which nobody knows whether it came before or after the change.
pub fn lost() -> Error {
    Error::new(ErrorKind::Transport, "the connection broke").with_sent(Sent::Maybe)
}
