//! What is different when a person sits before it.

use std::fs::File;
use std::io::{Read, Write};
use std::process::{Command, Stdio};

use nix::pty::openpty;

use crate::support::{Bench, Dir};

/// Runs with a terminal for stdin and stderr, and types `typed`; the exit code, and what the
/// terminal showed.
pub fn run(dir: &Dir, args: &[&str], typed: &str, no_color: bool) -> (Option<i32>, String) {
    let mut command = dir.command(args);
    command.stdout(Stdio::null());
    if no_color {
        command.env("NO_COLOR", "1");
    }
    on_terminal(command, typed, |command, terminal| command.stderr(terminal))
}

/// Runs with a terminal for stdin and for what `attach` gives it to.
fn on_terminal(
    mut command: Command,
    typed: &str,
    attach: impl FnOnce(&mut Command, Stdio) -> &mut Command,
) -> (Option<i32>, String) {
    let pty = openpty(None, None).unwrap();
    let mut terminal = File::from(pty.master);
    terminal.write_all(typed.as_bytes()).unwrap();
    command.stdin(Stdio::from(pty.slave.try_clone().unwrap()));
    attach(&mut command, Stdio::from(pty.slave));
    // It is read while the program runs: a terminal holds a few thousand bytes only.
    let reader = std::thread::spawn(move || {
        let mut shown = Vec::new();
        // Reading a terminal that nobody writes to any more ends with an error.
        let _ = terminal.read_to_end(&mut shown);
        String::from_utf8_lossy(&shown).into_owned()
    });
    let status = command.status().unwrap();
    drop(command);
    (status.code(), reader.join().unwrap())
}

#[test]
fn a_deletion_is_asked_about_and_only_a_yes_is_one() {
    let bench = Bench::new();
    let id = bench.id("低意向");
    let delete = ["tags", "delete", "--id", &id];
    for typed in ["n\n", "\n", "yeah\n"] {
        let (code, shown) = run(&bench.dir, &delete, typed, false);
        assert_eq!(code, Some(1), "{shown}");
        assert!(shown.contains("Delete 1 tag of shop-wecom?"), "{shown}");
        assert!(shown.contains("nothing was deleted"), "{shown}");
    }
    assert_eq!(bench.admin().calls("del_corp_tag"), 0);
    let (code, shown) = run(&bench.dir, &delete, "y\n", false);
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(bench.admin().commits("del_corp_tag"), 1);
}

#[test]
fn an_apply_is_asked_about_and_only_a_yes_is_one() {
    let bench = Bench::new();
    bench.run(&["tags", "import", "--provider", "shop-wecom"]).ok();
    let file = bench.dir.read("tags.toml");
    bench.dir.write("tags.toml", &file.replace("\"高意向\"", "\"很高\""));
    let (code, shown) = run(&bench.dir, &["tags", "apply"], "n\n", false);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("Make 1 change on 1 provider? [y/N]"), "{shown}");
    assert!(shown.contains("nothing was changed"), "{shown}");
    assert_eq!(bench.admin().calls("edit_corp_tag"), 0);
    let (code, shown) = run(&bench.dir, &["tags", "apply"], "y\n", false);
    assert_eq!(code, Some(0), "{shown}");
    assert_eq!(bench.admin().commits("edit_corp_tag"), 1);
}

#[test]
fn a_reset_is_asked_about_and_only_a_yes_is_one() {
    let bench = Bench::all();
    let to = "jsonl:leads.jsonl";
    bench.run(&["leads", "pull", "--provider", "crm", "--to", to]).ok();
    let reset = ["leads", "reset", "--provider", "crm", "--to", to];
    let (code, shown) = run(&bench.dir, &reset, "n\n", false);
    assert_eq!(code, Some(1), "{shown}");
    assert!(shown.contains("Forget how far crm is in jsonl:leads.jsonl?"), "{shown}");
    assert!(shown.contains("nothing was changed"), "{shown}");
    bench.run(&["leads", "status", "--to", to]).ok();
    let (code, shown) = run(&bench.dir, &reset, "y\n", false);
    assert_eq!(code, Some(0), "{shown}");
    bench.run(&[&reset[..], &["--yes"]].concat()).fails(64, &["no checkpoint of crm"]);
}

#[test]
fn who_is_asked_on_the_sandbox_knows_that_it_is_the_sandbox() {
    let delete = ["tags", "delete", "--provider", "wecom", "--id", "x"];
    let (code, shown) = run(&Dir::new(), &delete, "n\n", false);
    assert_eq!(code, Some(1), "{shown}");
    let notice = shown.find("SANDBOX");
    assert!(notice.is_some() && notice < shown.find("Delete 1 tag"), "{shown}");
}

#[test]
fn colours_are_for_terminals_that_want_them() {
    let dir = Dir::new();
    let args = ["tags", "list", "--config", "nowhere"];
    assert!(run(&dir, &args, "", false).1.contains("\u{1b}[1;31merror:"));
    assert!(!run(&dir, &args, "", true).1.contains('\u{1b}'));
    let plain = [&args[..], &["--no-color"]].concat();
    assert!(!run(&dir, &plain, "", false).1.contains('\u{1b}'));
}

#[test]
fn a_plan_has_colours_on_a_terminal_that_wants_them_and_nowhere_else() {
    let bench = Bench::new();
    bench.run(&["tags", "import", "--provider", "shop-wecom"]).ok();
    let file = bench.dir.read("tags.toml").replace("\"高意向\"", "\"很高\"");
    let new = "\n[[group.tag]]\nkey = \"new\"\nname = \"新\"\n";
    bench.dir.write("tags.toml", &(file + new));
    let shown = |args: &[&str], no_color: Option<&str>| {
        let mut command = bench.dir.command(&[&["tags", "plan"], args].concat());
        command.stderr(Stdio::null());
        if let Some(value) = no_color {
            command.env("NO_COLOR", value);
        }
        on_terminal(command, "", |command, terminal| command.stdout(terminal)).1
    };
    // NO_COLOR counts when it is there and not empty.
    for coloured in [shown(&[], None), shown(&[], Some(""))] {
        assert!(coloured.contains("\u{1b}[33m  ~ tag   意向 / 高意向 → 很高"), "{coloured}");
        assert!(coloured.contains("\u{1b}[32m  + tag   "), "{coloured}");
        assert_eq!(coloured.matches("\u{1b}[3").count(), coloured.matches("\u{1b}[0m").count());
    }
    let plain = bench.run(&["tags", "plan"]).ok().stdout;
    assert!(!plain.contains('\u{1b}'), "{plain}");
    for shown in [shown(&[], Some("1")), shown(&["--no-color"], None)] {
        assert_eq!(shown.replace("\r\n", "\n"), plain);
    }
    for format in ["json", "markdown"] {
        assert!(!shown(&["--format", format], None).contains('\u{1b}'));
    }
}
