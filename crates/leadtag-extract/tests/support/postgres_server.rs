//! A PostgreSQL server for tests, and places of their own in it.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;

use postgres::{Client, NoTls};

/// The server of this process: `LEADTAG_TEST_POSTGRES` names it by its URL; else one is started from
/// Debian's packages. Where there are none the test says that it is skipped, but not in CI.
pub(crate) fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<(String, Option<Child>)>> = OnceLock::new();
    let found = SERVER.get_or_init(|| match std::env::var("LEADTAG_TEST_POSTGRES") {
        Ok(url) => Some((url, None)),
        Err(_) => start().map(|(url, process)| (url, Some(process))),
    });
    if found.is_none() {
        assert!(std::env::var_os("CI").is_none(), "CI needs PostgreSQL: run it by .ci/postgres");
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        // What print! writes is not shown.
        let _ = writeln!(
            std::io::stderr(),
            "SKIPPED: {test}: there is no PostgreSQL here; run the tests by .ci/postgres"
        );
    }
    found.as_ref().map(|(url, _)| &**url)
}

/// Starts one, which ends when this process does: then its input is closed.
fn start() -> Option<(String, Child)> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../.ci/postgres");
    // A test does not install anything, which the script would.
    let mut versions = std::fs::read_dir("/usr/lib/postgresql").ok()?.flatten();
    if !versions.any(|version| version.path().join("bin/pg_ctl").exists()) || !script.exists() {
        return None;
    }
    let mut process = Command::new(script)
        .args(["sh", "-c", "echo $LEADTAG_TEST_POSTGRES; cat"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut url = String::new();
    BufReader::new(process.stdout.take().unwrap()).read_line(&mut url).unwrap();
    assert!(!url.trim().is_empty(), "PostgreSQL does not start");
    Some((url.trim().to_owned(), process))
}

/// A schema of a test's own.
pub(crate) struct Schema {
    pub(crate) server: &'static str,
    pub(crate) name: String,
}

impl Schema {
    /// `None` where there is no server.
    pub(crate) fn new(test: &str) -> Option<Self> {
        let server = server()?;
        let name = format!("{test}_{}", std::process::id());
        let mut client = Client::connect(server, NoTls).unwrap();
        let sql = format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}");
        client.batch_execute(&sql).unwrap();
        Some(Self { server, name })
    }

    /// A destination's URL.
    pub(crate) fn url(&self) -> String {
        let joint = if self.server.contains('?') { '&' } else { '?' };
        format!("{}{joint}schema={}", self.server, self.name)
    }

    /// A connection that looks into it.
    pub(crate) fn db(&self) -> Client {
        let mut client = Client::connect(self.server, NoTls).unwrap();
        client.batch_execute(&format!("SET search_path TO {}", self.name)).unwrap();
        client
    }

    /// The only value that a query gives, as text.
    pub(crate) fn one(&self, sql: &str) -> String {
        let row = self.db().query_one(sql, &[]).unwrap();
        row.get::<_, Option<String>>(0).unwrap_or_default()
    }
}

impl Drop for Schema {
    fn drop(&mut self) {
        let sql = format!("DROP SCHEMA {} CASCADE", self.name);
        let _ = self.db().batch_execute(&sql);
    }
}
