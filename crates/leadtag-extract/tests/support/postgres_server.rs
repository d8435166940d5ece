//! A PostgreSQL server for tests.

use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use postgres::{Client, NoTls};
use tempfile::TempDir;

/// A server that stops when nobody uses it any more.
pub(crate) struct Server {
    pub(crate) url: String,
    started: Option<(Child, TempDir)>,
}

static RUNNING: Mutex<Weak<Server>> = Mutex::new(Weak::new());

impl Server {
    /// The server that runs, or a new one; `None` where there is none.
    pub(crate) fn get() -> Option<Arc<Self>> {
        let mut running = RUNNING.lock().unwrap();
        if let Some(server) = running.upgrade() {
            return Some(server);
        }
        let Some(server) = Self::named().or_else(Self::start) else {
            assert!(std::env::var_os("CI").is_none(), "CI needs PostgreSQL for these tests");
            println!("SKIPPED: there is no PostgreSQL here; set LEADTAG_TEST_POSTGRES to a URL");
            return None;
        };
        let server = Arc::new(server);
        *running = Arc::downgrade(&server);
        Some(server)
    }

    fn named() -> Option<Self> {
        let url = std::env::var("LEADTAG_TEST_POSTGRES").ok()?;
        Some(Self { url, started: None })
    }

    fn start() -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::tempdir().unwrap();
        let user = unprivileged();
        if let Some(user) = user {
            std::os::unix::fs::chown(folder.path(), Some(user), None).unwrap();
        }
        let run = |program: &str| {
            let mut command = Command::new(programs.join(program));
            command.current_dir(folder.path()).stdout(Stdio::null()).stderr(Stdio::null());
            if let Some(user) = user {
                command.uid(user);
            }
            command
        };
        let data = folder.path().join("data");
        let made = run("initdb")
            .args(["-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C", "-N", "-D"])
            .arg(&data)
            .status()
            .unwrap();
        assert!(made.success(), "initdb: {made}");
        let server = run("postgres")
            .arg("-D")
            .arg(&data)
            .arg("-k")
            .arg(folder.path())
            .args(["-c", "listen_addresses=", "-c", "fsync=off"])
            .spawn()
            .unwrap();
        let host = folder.path().display().to_string().replace('/', "%2F");
        let url = format!("postgres://postgres@{host}/postgres?sslmode=disable");
        let server = Self { url, started: Some((server, folder)) };
        // It listens after a moment.
        let ready = (0..300).any(|_| {
            std::thread::sleep(Duration::from_millis(100));
            Client::connect(&server.url, NoTls).is_ok()
        });
        assert!(ready, "PostgreSQL does not start");
        Some(server)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Some((server, _)) = &mut self.started {
            // Its data go too.
            let _ = server.kill();
            let _ = server.wait();
        }
    }
}

/// The newest of Debian's packages.
fn programs() -> Option<PathBuf> {
    let versions = std::fs::read_dir("/usr/lib/postgresql").ok()?;
    let number = |path: &Path| path.file_name()?.to_str()?.parse::<u32>().ok();
    let newest = versions.map(|entry| entry.unwrap().path()).max_by_key(|path| number(path))?;
    let programs = newest.join("bin");
    programs.join("initdb").exists().then_some(programs)
}

/// The user to run it as, where the tests run as root: PostgreSQL refuses that.
fn unprivileged() -> Option<u32> {
    let id = |args: &[&str]| {
        let output = Command::new("id").args(args).output().ok()?;
        String::from_utf8(output.stdout).ok()?.trim().parse::<u32>().ok()
    };
    (id(&["-u"]) == Some(0)).then(|| id(&["-u", "postgres"]).unwrap_or(65534))
}
