//! Where tokens are kept between calls, and, if wanted, between programs.

use std::collections::HashMap;
use std::fmt;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::random::random;
use crate::secret::short_hash;
use crate::{Error, Result, Timestamp, TokenKey};

/// A token as it is kept.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct StoredToken {
    /// The token.
    pub value: SecretString,
    /// When it expires.
    pub expires_at: Timestamp,
}

impl StoredToken {
    /// A token that expires at `expires_at`.
    #[must_use]
    pub fn new(value: SecretString, expires_at: Timestamp) -> Self {
        Self { value, expires_at }
    }
}

/// Keeps tokens. One store may serve any number of clients: each token has its own key.
#[async_trait]
pub trait TokenStore: fmt::Debug + Send + Sync {
    /// The token of `key`, if one is kept.
    ///
    /// # Errors
    /// If the store cannot be read. The client then fetches a token.
    async fn load(&self, key: &TokenKey) -> Result<Option<StoredToken>>;

    /// Keeps a token in place of the one before.
    ///
    /// # Errors
    /// If the store cannot be written. The client then uses the token all the same.
    async fn save(&self, key: &TokenKey, token: &StoredToken) -> Result<()>;
}

/// Keeps tokens in memory.
#[derive(Default)]
pub struct MemoryTokenStore(Mutex<HashMap<TokenKey, StoredToken>>);

impl MemoryTokenStore {
    /// An empty store.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }
}

impl fmt::Debug for MemoryTokenStore {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("MemoryTokenStore")
    }
}

#[async_trait]
impl TokenStore for MemoryTokenStore {
    async fn load(&self, key: &TokenKey) -> Result<Option<StoredToken>> {
        Ok(self.0.lock().unwrap_or_else(PoisonError::into_inner).get(key).cloned())
    }

    async fn save(&self, key: &TokenKey, token: &StoredToken) -> Result<()> {
        let mut tokens = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        tokens.insert(key.clone(), token.clone());
        Ok(())
    }
}

/// Keeps each token in a file of its own in one directory, so that programs that start often do
/// not fetch a token each time. The files hold the tokens in clear text and are readable by their
/// owner only. They are replaced atomically.
#[derive(Debug)]
pub struct FileTokenStore {
    directory: PathBuf,
}

#[derive(Serialize, Deserialize)]
struct FileFormat {
    token: String,
    expires_at: Timestamp,
}

impl FileTokenStore {
    /// Keeps tokens in `directory`, which is made if it is missing.
    ///
    /// # Errors
    /// `ConfigInvalid` if the directory cannot be made.
    pub fn open(directory: impl Into<PathBuf>) -> Result<Self> {
        let directory = directory.into();
        std::fs::create_dir_all(&directory).map_err(|error| {
            Error::config(format!("the token directory {} cannot be made", directory.display()))
                .with_source(error)
        })?;
        Ok(Self { directory })
    }

    fn path(&self, key: &TokenKey) -> PathBuf {
        let name = short_hash("leadtag token file", &[&key.to_string()]);
        self.directory.join(format!("{name}.json"))
    }
}

#[async_trait]
impl TokenStore for FileTokenStore {
    async fn load(&self, key: &TokenKey) -> Result<Option<StoredToken>> {
        let path = self.path(key);
        let text = match std::fs::read_to_string(&path) {
            Ok(text) => text,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(failed("read", &path, error)),
        };
        let Ok(file) = serde_json::from_str::<FileFormat>(&text) else {
            let message = format!("{} is damaged; delete it", path.display());
            return Err(Error::config(message));
        };
        Ok(Some(StoredToken::new(file.token.into(), file.expires_at)))
    }

    async fn save(&self, key: &TokenKey, token: &StoredToken) -> Result<()> {
        let path = self.path(key);
        let file = FileFormat {
            token: token.value.expose_secret().to_owned(),
            expires_at: token.expires_at,
        };
        let text = serde_json::to_vec(&file)
            .map_err(|error| failed("write", &path, std::io::Error::from(error)))?;
        let part = path.with_extension(format!("{:016x}.part", random()));
        let written = write_private(&part, &text)
            .and_then(|()| std::fs::rename(&part, &path))
            .and_then(|()| sync_directory(&self.directory));
        written.map_err(|error| {
            let _ = std::fs::remove_file(&part);
            failed("write", &path, error)
        })
    }
}

fn write_private(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let mut options = std::fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(bytes)?;
    file.sync_all()
}

/// Until then the machine may forget the new name when it loses power.
#[cfg(unix)]
fn sync_directory(directory: &Path) -> std::io::Result<()> {
    std::fs::File::open(directory)?.sync_all()
}

#[cfg(not(unix))]
fn sync_directory(_: &Path) -> std::io::Result<()> {
    Ok(())
}

fn failed(what: &str, path: &Path, error: std::io::Error) -> Error {
    Error::config(format!("cannot {what} the token file {}", path.display())).with_source(error)
}
