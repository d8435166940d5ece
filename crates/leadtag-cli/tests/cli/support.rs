//! Runs the real program against a sandbox of the test's own.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread::sleep;
use std::time::{Duration, Instant};

use leadtag_sandbox::{Admin, Sandbox, SandboxBuilder, WecomAccess};
use serde_json::Value;
use tokio::runtime::Runtime;

/// The platforms that the tests are about.
pub const PLATFORMS: [&str; 5] = ["wecom", "douyin", "miaokol", "crm-v3", "beschannels"];

/// The lists of leads: provider of the sandbox, platform, and API name.
pub const LEADS: [(&str, &str, &str); 3] = [
    ("shop-douyin", "douyin", "user/list"),
    ("crm", "crm-v3", "clue/list-by-create-time-asc"),
    ("leads-beschannels", "beschannels", "group-user-list"),
];

/// How long something may take that happens at once.
const DEADLINE: Duration = Duration::from_secs(60);

/// Waits until this is so; `what` says it in words, and is told where it was waited for in vain.
#[track_caller]
pub fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let begun = Instant::now();
    while !is_so() {
        assert!(begun.elapsed() < DEADLINE, "waited in vain until {what}");
        sleep(Duration::from_millis(1));
    }
}

/// As [`wait_until`], of a program that runs; `false` if it ended before.
#[track_caller]
#[must_use]
pub fn wait_while_running(child: &mut Child, what: &str, is_so: impl Fn() -> bool) -> bool {
    let mut was_so = false;
    wait_until(what, || {
        was_so = is_so();
        was_so || child.try_wait().unwrap().is_some()
    });
    was_so
}

/// A directory with a `leadtag.toml` for a sandbox that runs as long as this lives.
pub struct Bench {
    pub dir: Dir,
    sandbox: Sandbox,
    _runtime: Runtime,
}

impl Bench {
    /// With WeCom as the only provider.
    pub fn new() -> Self {
        let bench = Self::all();
        bench.dir.write("leadtag.toml", &bench.section("shop-wecom"));
        bench
    }

    /// With every platform.
    pub fn all() -> Self {
        Self::with(Sandbox::builder())
    }

    /// With every platform of the sandbox that `builder` starts.
    pub fn with(builder: SandboxBuilder) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let sandbox = runtime.block_on(builder.start()).unwrap();
        let dir = Dir::new();
        dir.write("leadtag.toml", &sandbox.config_toml_for(&PLATFORMS));
        Self { dir, sandbox, _runtime: runtime }
    }

    pub fn admin(&self) -> Admin {
        self.sandbox.admin()
    }

    pub fn wecom(&self) -> WecomAccess {
        self.sandbox.wecom()
    }

    /// Adds a provider that is the second app of the same corp.
    pub fn add_other_app(&self, name: &str) {
        let wecom = self.wecom();
        let first = self.section("shop-wecom");
        let second =
            first.replace("shop-wecom", name).replace(&wecom.corp_secret, &wecom.other_app_secret);
        self.dir.write("leadtag.toml", &format!("{first}\n{second}"));
    }

    /// The part of the configuration that makes one provider.
    pub fn section(&self, name: &str) -> String {
        let config = self.sandbox.config_toml_for(&PLATFORMS);
        let begin = config.find(&format!("[providers.{name}]")).unwrap();
        let rest = &config[begin..];
        let end = rest[1..].find("\n[providers.").map_or(rest.len(), |at| at + 2);
        rest[..end].to_owned()
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        self.dir.run(args)
    }

    /// The id of a seeded tag or group.
    pub fn id(&self, name: &str) -> String {
        let listed = self.run(&["tags", "list", "--format", "json"]).json();
        let groups = listed["groups"].as_array().unwrap();
        let tags = groups.iter().flat_map(|group| group["tags"].as_array().unwrap());
        let found = groups.iter().chain(tags).find(|item| item["name"] == name);
        found.unwrap()["id"].as_str().unwrap().to_owned()
    }

    /// A seeded customer with the member who follows it.
    pub fn contact(&self) -> (String, String) {
        let snapshot = self.admin().snapshot();
        let mark = &snapshot["wecom"]["marks"][0];
        let text = |key: &str| mark[key].as_str().unwrap().to_owned();
        (text("userid"), text("external_userid"))
    }
}

/// A directory that is removed in the end.
pub struct Dir(PathBuf);

impl Dir {
    pub fn new() -> Self {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let name = format!("cli-{}-{number}", std::process::id());
        let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    pub fn path(&self) -> &Path {
        &self.0
    }

    pub fn write(&self, name: &str, text: &str) {
        std::fs::write(self.0.join(name), text).unwrap();
    }

    pub fn read(&self, name: &str) -> String {
        std::fs::read_to_string(self.0.join(name)).unwrap()
    }

    pub fn command(&self, args: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_leadtag"));
        command
            .args(args)
            .current_dir(&self.0)
            .env_remove("NO_COLOR")
            .env_remove("LEADTAG_TEST_UNSET")
            .stdin(Stdio::null());
        command
    }

    /// A command whose temporary files are in this directory too.
    pub fn contained(&self, args: &[&str]) -> Command {
        let mut command = self.command(args);
        for name in ["TMPDIR", "TMP", "TEMP"] {
            command.env(name, &self.0);
        }
        command
    }

    pub fn run(&self, args: &[&str]) -> Ran {
        Ran::from(self.command(args).output().unwrap())
    }

    /// Runs with a stdout that nobody reads any more; the exit code.
    pub fn run_unread(&self, args: &[&str]) -> Option<i32> {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        self.command(args).stdout(writer).stderr(Stdio::null()).status().unwrap().code()
    }

    /// Runs with `input` on a stdin that is no terminal.
    pub fn run_with_input(&self, args: &[&str], input: &str) -> Ran {
        let mut command = self.command(args);
        command.stdin(Stdio::piped());
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // It may have ended without reading.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ran::from(child.wait_with_output().unwrap())
    }
}

impl Drop for Dir {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// What a run left.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Ran {
    /// The result, of a run that was to succeed.
    pub fn json(&self) -> Value {
        assert_eq!(self.code, 0, "{self:?}");
        serde_json::from_str(&self.stdout).unwrap()
    }

    /// The error object, of a run that was to fail.
    pub fn error(&self) -> Value {
        assert_ne!(self.code, 0, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        let line = self.stderr.lines().last().unwrap_or_default();
        let mut value: Value = serde_json::from_str(line).unwrap();
        assert_eq!(keys(&value), ["error"]);
        value["error"].take()
    }

    #[track_caller]
    pub fn ok(self) -> Self {
        assert_eq!(self.code, 0, "{self:?}");
        self
    }

    /// Asserts the exit code, an empty stdout, and parts of what stands on stderr.
    #[track_caller]
    pub fn fails(self, code: i32, parts: &[&str]) {
        assert_eq!(self.code, code, "{self:?}");
        assert_eq!(self.stdout, "", "{self:?}");
        for part in parts {
            assert!(self.stderr.contains(part), "{part}: {self:?}");
        }
    }
}

/// The keys of a JSON object, sorted.
pub fn keys(value: &Value) -> Vec<&str> {
    let mut keys: Vec<_> = value.as_object().unwrap().keys().collect();
    keys.sort();
    keys.into_iter().map(String::as_str).collect()
}
