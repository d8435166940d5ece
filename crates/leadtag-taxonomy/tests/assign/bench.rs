//! A directory with an input, and providers to send it to.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Mutex;
use std::sync::atomic::{AtomicU32, Ordering};

use leadtag_core::{ContactRef, Platform, Result, TagCapabilities, TagId, TagProvider};
use leadtag_taxonomy::{
    AssignOptions, AssignReport, Assignment, Error, Lock, Prepared, RowCounts, RowsForm, Target,
};
use leadtag_testkit::{ManualClock, MemoryTagProvider};

use crate::around::{Around, Surrounded};

pub const HERE: Platform = Platform::new("here");

pub fn options(clock: &ManualClock) -> AssignOptions {
    let mut options = AssignOptions::default();
    options.clock = std::sync::Arc::new(clock.clone());
    options
}

/// A provider with the tags a to f, in the group `g` where there are groups, and contacts c0 to c9
/// of the owner o where they have one.
pub fn provider(can: TagCapabilities) -> MemoryTagProvider {
    let group = if can.groups { "g" } else { "" };
    let contacts = (0..10).map(|n| contact(can, &format!("c{n}")));
    MemoryTagProvider::new(HERE, can)
        .with_tags(group, ["a", "b", "c", "d", "e", "f"])
        .with_contacts(contacts)
}

pub fn contact(can: TagCapabilities, id: &str) -> ContactRef {
    if can.needs_owner { ContactRef::owned_by("o", id) } else { ContactRef::new(id) }
}

pub fn id(provider: &MemoryTagProvider, name: &str) -> TagId {
    let state = provider.state();
    state.all_tags().find(|tag| tag.name == name).unwrap().id.clone()
}

/// The names of the tags of a contact, sorted.
pub fn carried(provider: &MemoryTagProvider, contact: &ContactRef) -> String {
    let state = provider.state();
    let ids = provider.carried_by(contact);
    let tags = state.all_tags().filter(|tag| ids.contains(&tag.id));
    let mut names: Vec<&str> = tags.map(|tag| tag.name.as_str()).collect();
    names.sort_unstable();
    names.concat()
}

/// A directory that is removed in the end.
pub struct Dir(PathBuf);

impl Dir {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("assign-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self, name: &str) -> PathBuf {
        self.0.join(name)
    }

    pub fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        std::fs::write(self.path(name), text).unwrap();
    }

    pub fn results(&self) -> String {
        std::fs::read_to_string(self.path("results")).unwrap()
    }

    pub fn open(&self, name: &str) -> Result<Assignment, Error> {
        let path = self.path(name);
        Assignment::open(&path, RowsForm::of(&path).unwrap(), &self.path("work"))
    }

    /// Opens and prepares `in.csv` with `text`.
    pub async fn prepare(
        &self,
        text: &str,
        provider: &dyn TagProvider,
        lock: &Lock,
        options: AssignOptions,
    ) -> Result<Prepared, Error> {
        self.write("in.csv", text);
        self.open("in.csv")?.prepare(&[target(provider)], lock, options, &()).await
    }

    /// Does the whole of it.
    pub async fn run(
        &self,
        text: &str,
        provider: &dyn TagProvider,
        options: AssignOptions,
    ) -> (AssignReport, RowCounts) {
        let mut prepared = self.prepare(text, provider, &Lock::default(), options).await.unwrap();
        let report = prepared.send(&[target(provider)], &()).await.unwrap();
        (report, prepared.finish(&self.path("results")).unwrap())
    }

    /// The status of each row, from the results as CSV.
    pub fn statuses(&self) -> Vec<String> {
        let mut reader = csv::Reader::from_path(self.path("results")).unwrap();
        let at = reader.headers().unwrap().iter().position(|name| name == "status").unwrap();
        reader.records().map(|record| record.unwrap()[at].to_owned()).collect()
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

pub fn target(provider: &dyn TagProvider) -> Target<'_> {
    Target { name: "p", provider }
}

/// A provider that takes its time, counts, and can hang.
pub type Watched = Surrounded<Watch>;

/// How many writes there are at once.
#[derive(Default)]
pub struct Watch {
    seen: Mutex<Seen>,
    /// After so many writes it hangs.
    hangs_after: Option<usize>,
}

#[derive(Default)]
struct Seen {
    made: usize,
    now: HashMap<ContactRef, usize>,
    most: usize,
    most_per_contact: usize,
}

impl Watched {
    pub fn new(inner: MemoryTagProvider) -> Self {
        Self { inner, around: Watch::default() }
    }

    pub fn hanging_after(inner: MemoryTagProvider, writes: usize) -> Self {
        Self { inner, around: Watch { hangs_after: Some(writes), ..Watch::default() } }
    }

    /// The most writes at once, and the most to one contact.
    pub fn most(&self) -> (usize, usize) {
        let seen = self.around.seen.lock().unwrap();
        (seen.most, seen.most_per_contact)
    }
}

impl Watch {
    fn begin(&self, contact: &ContactRef) {
        let mut seen = self.seen.lock().unwrap();
        let count = seen.now.entry(contact.clone()).or_default();
        *count += 1;
        let count = *count;
        seen.most_per_contact = seen.most_per_contact.max(count);
        seen.most = seen.most.max(seen.now.values().sum());
    }

    /// Whether the write is made; otherwise it hangs.
    fn end(&self, contact: &ContactRef) -> bool {
        let mut seen = self.seen.lock().unwrap();
        if self.hangs_after.is_some_and(|writes| seen.made >= writes) {
            return false;
        }
        seen.made += 1;
        *seen.now.get_mut(contact).unwrap() -= 1;
        true
    }
}

impl Around for Watch {
    async fn call<T: Send>(&self, call: impl Future<Output = Result<T>> + Send) -> Result<T> {
        call.await
    }

    async fn mark(
        &self,
        contact: &ContactRef,
        call: impl Future<Output = Result<()>> + Send,
    ) -> Result<()> {
        self.begin(contact);
        for _ in 0..3 {
            tokio::task::yield_now().await;
        }
        if !self.end(contact) {
            return std::future::pending().await;
        }
        call.await
    }
}
