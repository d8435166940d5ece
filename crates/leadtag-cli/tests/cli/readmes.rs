//! What the READMEs of the project show is what the program gives.

use std::path::Path;

use crate::support::{Dir, Ran};

const READMES: [&str; 2] = ["README.md", "README.zh-CN.md"];

fn read(readme: &str) -> String {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::fs::read_to_string(root.join(readme)).unwrap()
}

fn blocks<'a>(text: &'a str, kind: &str) -> Vec<&'a str> {
    let fence = format!("\n```{kind}\n");
    text.split(&fence).skip(1).map(|rest| rest.split("\n```").next().unwrap()).collect()
}

#[test]
fn the_capability_matrix_is_that_of_the_code() {
    let matrix = Dir::new().run(&["caps", "--format", "markdown"]).stdout;
    for readme in READMES {
        let text = read(readme);
        let (_, rest) = text.split_once("<!-- caps:begin -->\n").unwrap();
        let (shown, _) = rest.split_once("<!-- caps:end -->").unwrap();
        assert_eq!(shown.trim(), matrix.trim(), "{readme}: paste `leadtag caps --format markdown`");
    }
}

#[test]
fn the_configuration_that_is_shown_is_a_right_one() {
    for readme in READMES {
        let text = read(readme);
        let shown = blocks(&text, "toml").into_iter().filter(|block| block.contains("[providers"));
        let mut count = 0;
        for block in shown {
            let dir = Dir::new();
            dir.write("shown.toml", block);
            assert_eq!(dir.run(&["--config", "shown.toml", "caps"]).code, 0, "{readme}: {block}");
            count += 1;
        }
        assert!(count > 0, "{readme} shows no configuration");
    }
}

#[test]
fn every_line_that_the_programs_readme_shows_works_on_the_sandbox() {
    let text = include_str!("../../README.md");
    let mut count = 0;
    for block in blocks(text, "sh") {
        // What a line of the block writes, the lines below it may read.
        let mut written = Vec::new();
        for line in block.lines().filter_map(|line| line.strip_prefix("leadtag ")) {
            let command = line.split('#').next().unwrap();
            let (command, file) = command.split_once('>').unwrap_or((command, ""));
            let args: Vec<&str> =
                command.split_whitespace().map(|word| word.trim_matches('\'')).collect();
            let dir = Dir::new();
            written.iter().for_each(|(file, text): &(&str, String)| dir.write(file, text));
            let ran = Ran::from(dir.contained(&args).output().unwrap()).ok();
            if !file.is_empty() {
                written.push((file.trim(), ran.stdout));
            }
            count += 1;
        }
    }
    assert!(count > 12, "{count}");
}

#[test]
fn the_steps_of_tags_as_code_are_those_that_are_shown() {
    for readme in READMES {
        let text = read(readme);
        let dir = Dir::new();
        let shown = |command: &str| {
            let line = format!("$ leadtag {command}\n");
            let all = blocks(&text, "text");
            let block = all.into_iter().find(|block| block.starts_with(&line));
            block.unwrap_or_else(|| panic!("{readme}: {command}"))[line.len()..].to_owned() + "\n"
        };
        let import = ["tags", "import", "--provider", "shop-wecom"];
        assert_eq!(dir.run(&import).ok().stdout, shown(&import.join(" ")), "{readme}");
        let edited = blocks(&text, "toml").into_iter().find(|block| block.contains("很高意向"));
        let file = dir.read("tags.toml");
        let begin = file.find("[[group]]").unwrap();
        let end = begin + file[begin + 1..].find("[[group]]").unwrap() + 1;
        let file = format!("{}{}\n\n{}", &file[..begin], edited.unwrap(), &file[end..]);
        dir.write("tags.toml", &file);
        for command in ["check", "plan"] {
            let ran = dir.run(&["tags", command]).ok();
            assert_eq!(ran.stdout, shown(&format!("tags {command}")), "{readme}");
        }
        let apply = "tags apply --allow-unknown-contacts";
        let ran = dir.run(&["tags", "apply", "--allow-unknown-contacts", "--yes"]).ok();
        let told = ran.stdout.lines().last().unwrap();
        assert!(shown(apply).lines().any(|line| line == told), "{readme}: {told}");
    }
}

#[test]
fn the_pull_that_is_shown_is_what_a_pull_says() {
    for readme in READMES {
        let text = read(readme);
        let all = blocks(&text, "text");
        let shown = all.into_iter().find_map(|block| block.strip_prefix("$ leadtag leads pull"));
        let (options, shown) = shown.unwrap().split_once('\n').unwrap();
        let ran = Dir::new().run(
            &["leads", "pull"].into_iter().chain(options.split_whitespace()).collect::<Vec<_>>(),
        );
        let said = ran.ok();
        let said: Vec<&str> = said.stdout.lines().chain(said.stderr.lines()).collect();
        for line in shown.lines() {
            // What is left out differs from run to run, or is too wide.
            let (begin, end) = line.split_once('…').unwrap_or((line, ""));
            let is_it = |said: &&str| said.starts_with(begin) && said.ends_with(end);
            assert!(said.iter().any(is_it), "{readme}: {line}: {said:?}");
        }
    }
}
