//! Tokens in files: private, whole, and never worse than none.
#![allow(clippy::panic, clippy::unwrap_used, missing_docs)]

#[allow(dead_code)]
#[path = "support/rig.rs"]
mod rig;

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use futures_util::future::join_all;
use leadtag_core::{Clock, ErrorKind, FileTokenStore, StoredToken, TokenKey, TokenStore};
use leadtag_testkit::ManualClock;
use rig::{SECRET, Source, cache_in, key, seconds};

/// A directory of its own for each test, removed at the end.
struct Directory(PathBuf);

impl Directory {
    fn new() -> Self {
        static NUMBER: AtomicUsize = AtomicUsize::new(0);
        let number = NUMBER.fetch_add(1, Ordering::SeqCst);
        let name = format!("leadtag-token-store-{}-{number}", std::process::id());
        Self(std::env::temp_dir().join(name))
    }

    fn files(&self) -> Vec<PathBuf> {
        std::fs::read_dir(&self.0).unwrap().map(|entry| entry.unwrap().path()).collect()
    }
}

impl Drop for Directory {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn stored(value: &str) -> StoredToken {
    let expires_at = ManualClock::new().now().saturating_add(seconds(7200));
    StoredToken::new(value.into(), expires_at)
}

async fn loaded(store: &FileTokenStore, key: &TokenKey) -> Option<String> {
    use leadtag_core::secret::ExposeSecret;
    let token = store.load(key).await.unwrap()?;
    Some(token.value.expose_secret().to_owned())
}

#[tokio::test]
async fn a_token_is_found_again_by_its_key_only() {
    let directory = Directory::new();
    let store = FileTokenStore::open(&directory.0).unwrap();
    store.save(&key(SECRET), &stored("canary-token")).await.unwrap();
    let again = FileTokenStore::open(&directory.0).unwrap();
    assert_eq!(loaded(&again, &key(SECRET)).await.unwrap(), "canary-token");
    assert_eq!(loaded(&again, &key("another secret")).await, None);
}

#[cfg(unix)]
#[tokio::test]
async fn a_token_file_is_readable_by_its_owner_only_and_names_no_secret() {
    use std::os::unix::fs::PermissionsExt;
    let directory = Directory::new();
    let store = FileTokenStore::open(&directory.0).unwrap();
    for value in ["first", "second"] {
        store.save(&key(SECRET), &stored(value)).await.unwrap();
    }
    let files = directory.files();
    let [file] = files.as_slice() else { panic!("{files:?}") };
    assert_eq!(mode(file) & 0o777, 0o600);
    assert!(!file.to_string_lossy().contains(SECRET));

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().permissions().mode()
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_reader_never_sees_half_a_token_and_nothing_is_left_behind() {
    let directory = Directory::new();
    let store = Arc::new(FileTokenStore::open(&directory.0).unwrap());
    let long = |n: usize| n.to_string().repeat(5000);
    store.save(&key(SECRET), &stored(&long(1))).await.unwrap();
    let tasks = (1..=8).map(|n| {
        let store = Arc::clone(&store);
        tokio::spawn(async move {
            for _ in 0..20 {
                store.save(&key(SECRET), &stored(&long(n))).await.unwrap();
                assert_eq!(loaded(&store, &key(SECRET)).await.unwrap().len(), 5000);
            }
        })
    });
    join_all(tasks).await.into_iter().for_each(|task| task.unwrap());
    assert_eq!(directory.files().len(), 1);
}

#[tokio::test]
async fn a_damaged_file_is_told_and_costs_a_fetch_only() {
    for damage in ["", "{", "not json", r#"{"token":5}"#, "\u{0}\u{0}"] {
        let directory = Directory::new();
        let store = Arc::new(FileTokenStore::open(&directory.0).unwrap());
        store.save(&key(SECRET), &stored("canary-token")).await.unwrap();
        std::fs::write(&directory.files()[0], damage).unwrap();
        let error = store.load(&key(SECRET)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
        assert!(error.to_string().contains("damaged"), "{error}");
        let source = Arc::new(Source::new());
        let cache = cache_in(store.clone(), &source, &ManualClock::new());
        assert_eq!(cache.get().await.unwrap().expose(), "token-1");
        assert_eq!(loaded(&store, &key(SECRET)).await.unwrap(), "token-1");
    }
}

#[tokio::test]
async fn a_store_that_cannot_be_written_does_not_stop_a_call() {
    let directory = Directory::new();
    let store = FileTokenStore::open(&directory.0).unwrap();
    std::fs::remove_dir_all(&directory.0).unwrap();
    let source = Arc::new(Source::new());
    let cache = cache_in(Arc::new(store), &source, &ManualClock::new());
    assert_eq!(cache.get().await.unwrap().expose(), "token-1");
}

#[tokio::test]
async fn a_directory_that_cannot_be_made_is_a_wrong_configuration() {
    let directory = Directory::new();
    std::fs::write(&directory.0, "a file").unwrap();
    let error = FileTokenStore::open(directory.0.join("below")).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConfigInvalid);
    std::fs::remove_file(&directory.0).unwrap();
}
