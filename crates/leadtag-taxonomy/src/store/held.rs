//! One process at a time.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::time::Duration;

use fs4::TryLockError;
use leadtag_core::{Clock, Timestamp};
use serde::{Deserialize, Serialize};

use crate::{Error, Result};

/// How often is looked whether the other one has gone.
const POLL: Duration = Duration::from_millis(200);

/// Keeps other processes of this machine out as long as it lives; the system frees it when the
/// process ends, however it ends. Other machines that see the same files are not kept out.
#[derive(Debug)]
pub struct ProcessLock {
    _file: File,
}

/// Who has it.
#[derive(Serialize, Deserialize)]
struct Holder {
    pid: u32,
    host: Option<String>,
    since: Timestamp,
    command: String,
}

impl ProcessLock {
    /// Locks the file of that name, which is made and stays, waiting at most `wait`. What `command`
    /// says is told to whoever comes second.
    ///
    /// # Errors
    /// [`Error::Held`], with who has it, or [`Error::File`].
    pub async fn take(
        path: &Path,
        command: &str,
        wait: Duration,
        clock: &dyn Clock,
    ) -> Result<Self> {
        let unusable = || Error::file(path, "cannot be locked");
        let mut options = OpenOptions::new();
        let options = options.read(true).write(true).create(true).truncate(false);
        let mut file = options.open(path).map_err(unusable())?;
        let until = clock.monotonic().saturating_add(wait);
        loop {
            match fs4::FileExt::try_lock(&file) {
                Ok(()) => break,
                Err(TryLockError::Error(error)) => return Err(unusable()(error)),
                Err(TryLockError::WouldBlock) => {}
            }
            let left = until.saturating_sub(clock.monotonic());
            if left.is_zero() {
                return Err(Error::Held { holder: holder(&mut file, path) });
            }
            clock.sleep(left.min(POLL)).await;
        }
        let holder = Holder {
            pid: std::process::id(),
            host: host(),
            since: clock.now(),
            command: command.to_owned(),
        };
        let text = serde_json::to_string(&holder).unwrap_or_default();
        // It is locked. Who has it is only for the message.
        let _ = file.set_len(0).and_then(|()| file.seek(SeekFrom::Start(0)));
        let _ = file.write_all(text.as_bytes());
        Ok(Self { _file: file })
    }
}

fn holder(file: &mut File, path: &Path) -> String {
    let mut text = String::new();
    let read = file.seek(SeekFrom::Start(0)).and_then(|_| file.read_to_string(&mut text));
    let known = read.ok().and_then(|_| serde_json::from_str::<Holder>(&text).ok());
    let path = path.display();
    match known {
        Some(Holder { pid, host, since, command }) => {
            let host = host.map_or_else(String::new, |host| format!(" on {host}"));
            format!("process {pid}{host} has held {path} since {since}, for {command}")
        }
        None => format!("another process holds {path}"),
    }
}

fn host() -> Option<String> {
    let file = std::fs::read_to_string("/proc/sys/kernel/hostname").ok();
    let known = file.or_else(|| std::env::var("COMPUTERNAME").ok());
    known.or_else(|| std::env::var("HOSTNAME").ok()).map(|name| name.trim().to_owned())
}
