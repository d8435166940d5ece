//! `leadtag sandbox serve`.

use std::io::{BufRead, BufReader, Read};
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::support::Dir;

/// A served sandbox: a process of its own.
struct Served {
    child: Child,
    config: String,
}

impl Served {
    fn start(dir: &Dir, args: &[&str]) -> Self {
        let mut command = dir.command(&[&["sandbox", "serve"], args].concat());
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut lines = BufReader::new(child.stdout.as_mut().unwrap()).lines();
        let mut config = String::new();
        while config.matches("base_url").count() < 5 {
            config += &(lines.next().unwrap().unwrap() + "\n");
        }
        Self { child, config }
    }

    /// Ends it as `signal` does; its exit code and stderr.
    fn end(mut self, signal: &str) -> (Option<i32>, String) {
        let kill = format!("kill {signal} {}", self.child.id());
        let sent = Command::new("sh").args(["-c", &kill]).status().unwrap();
        assert!(sent.success());
        let mut stderr = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut stderr).unwrap();
        (self.child.wait().unwrap().code(), stderr)
    }
}

#[test]
fn another_process_works_with_the_printed_configuration() {
    let dir = Dir::new();
    let served = Served::start(&dir, &["--seed", "7", "--leads", "5"]);
    dir.write("leadtag.toml", &served.config);
    dir.run(&["tags", "create", "--provider", "wecom", "--group", "新组", "新标签"]).ok();
    let ran = dir.run(&["tags", "list", "--provider", "wecom"]).ok();
    assert!(ran.stdout.contains("新标签"), "{ran:?}");
    assert!(!ran.stderr.contains("SANDBOX"), "{ran:?}");
    let (code, stderr) = served.end("-TERM");
    assert_eq!(code, Some(0), "{stderr}");
    assert!(stderr.contains("SANDBOX: serving on http://127.0.0.1:"), "{stderr}");
}

#[test]
fn ctrl_c_is_a_clean_end() {
    let served = Served::start(&Dir::new(), &[]);
    assert_eq!(served.end("-INT").0, Some(0));
}

#[test]
fn faults_wait_from_the_start() {
    let dir = Dir::new();
    let fault = "error-code:48002@get_corp_tag_list*always";
    let served = Served::start(&dir, &["--fault", fault]);
    dir.write("leadtag.toml", &served.config);
    dir.run(&["tags", "list", "--provider", "wecom"]).fails(1, &["48002", "permission denied"]);
    served.end("-TERM");
}

#[test]
fn a_port_that_is_taken_is_told() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    Dir::new().run(&["sandbox", "serve", "--port", &port]).fails(1, &[&port, "--port"]);
}
