//! `leadtag init`.

use leadtag::Config;

use crate::support::{Bench, Dir};

#[test]
fn init_writes_a_file_for_its_owner_only_and_never_over_another_one() {
    let dir = Dir::new();
    let ran = dir.run(&["init"]).ok();
    assert_eq!(ran.stdout, "");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let mode = std::fs::metadata(dir.path().join("leadtag.toml")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    dir.write("leadtag.toml", "# mine\n");
    dir.run(&["init"]).fails(1, &["exists already", "--force"]);
    assert_eq!(dir.read("leadtag.toml"), "# mine\n");
    dir.run(&["init", "--force"]).ok();
    assert_ne!(dir.read("leadtag.toml"), "# mine\n");
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
}

#[test]
fn init_prints_the_same_template() {
    let dir = Dir::new();
    let printed = dir.run(&["init", "--stdout"]).ok().stdout;
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    dir.run(&["init", "--config", "other.toml"]).ok();
    assert_eq!(dir.read("other.toml"), printed);
}

#[test]
fn what_to_run_next_names_the_file_that_was_given() {
    let dir = Dir::new();
    let ran = dir.run(&["init", "--config", "my file.toml"]).ok();
    assert!(ran.stderr.ends_with("then run: leadtag doctor --config 'my file.toml'\n"), "{ran:?}");
    let ran = dir.run(&["--config=my file.toml", "init"]);
    assert!(ran.stderr.contains("leadtag init --force '--config=my file.toml'"), "{ran:?}");
    let mut command = dir.command(&["doctor", "--config", "my file.toml"]);
    let output = command.env_remove("WECOM_SECRET").output().unwrap();
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.contains("run leadtag doctor --config 'my file.toml' again"), "{told}");
}

#[test]
fn init_and_then_doctor_tell_what_is_still_missing() {
    let dir = Dir::new();
    let ran = dir.run(&["init"]).ok();
    assert!(ran.stderr.contains("WECOM_SECRET") && ran.stderr.contains("doctor"), "{ran:?}");
    let mut command = dir.command(&["doctor"]);
    let output = command.env_remove("WECOM_SECRET").output().unwrap();
    assert_eq!(output.status.code(), Some(64));
    let told = String::from_utf8(output.stdout).unwrap();
    assert!(told.starts_with("shop-wecom (wecom)\n"), "{told}");
    assert!(told.contains("WECOM_SECRET is not set"), "{told}");
}

#[test]
fn a_template_that_is_filled_in_passes_doctor() {
    let bench = Bench::all();
    bench.run(&["init", "--force"]).ok();
    let wecom = bench.wecom();
    let base_url =
        format!("corp_id     = \"{}\"\nbase_url = \"{}\"", wecom.corp_id, wecom.base_url);
    let file = bench.dir.read("leadtag.toml");
    let file = file.replace("corp_id     = \"ww0000000000000000\"", &base_url);
    bench.dir.write("leadtag.toml", &file);
    let mut command = bench.dir.command(&["doctor"]);
    let output = command.env("WECOM_SECRET", &wecom.corp_secret).output().unwrap();
    assert!(output.status.success(), "{output:?}");
}

/// The template with the `#` taken from every setting.
fn full_template() -> String {
    let template = Dir::new().run(&["init", "--stdout"]).ok().stdout;
    let setting = |line: &str| line.contains(" = ") || line.starts_with('[');
    let lines = template.lines().map(|line| match line.strip_prefix("# ") {
        Some(rest) if setting(rest) => format!("{rest}\n"),
        _ => format!("{line}\n"),
    });
    lines.collect()
}

#[test]
fn only_wecom_is_switched_on_in_the_template() {
    let template = Dir::new().run(&["init", "--stdout"]).ok().stdout;
    let config = Config::parse(&template, "leadtag.toml").unwrap();
    assert_eq!(config.names().collect::<Vec<_>>(), ["shop-wecom"]);
}

#[test]
fn every_platform_and_every_optional_line_of_the_template_works() {
    let full = full_template();
    for key in ["allow_http", "max_response_bytes", "max_attempts", "max_in_flight"] {
        assert!(full.lines().any(|line| line.starts_with(key)), "{key}: {full}");
    }
    let secrets: Vec<&str> = full.split('"').filter(|text| text.starts_with("env:")).collect();
    assert_eq!(secrets.len(), 1 + 6 + 1, "{secrets:?}");
    let ready = secrets.iter().fold(full.clone(), |text, secret| text.replace(*secret, "a-secret"));
    let config = Config::parse(&ready, "leadtag.toml").unwrap();
    let made = config.providers().unwrap();
    let platforms: Vec<_> = made.iter().map(|provider| provider.platform.as_str()).collect();
    assert_eq!(platforms, ["wecom", "douyin", "miaokol", "crm-v3", "beschannels"]);
}

#[test]
fn every_line_on_pulls_in_the_template_works() {
    let dir = Dir::new();
    dir.write("leadtag.toml", &full_template());
    dir.run(&["leads", "status"]).fails(1, &["nothing at sqlite:leads.db"]);
}

#[test]
fn every_key_of_every_platform_stands_in_the_template() {
    let template = Dir::new().run(&["init", "--stdout"]).ok().stdout;
    for (platform, keys) in [
        ("wecom", leadtag::wecom::CONFIG_KEYS),
        ("douyin", leadtag::douyin::CONFIG_KEYS),
        ("miaokol", leadtag::miaokol::CONFIG_KEYS),
        ("crm-v3", leadtag::crm_v3::CONFIG_KEYS),
        ("beschannels", leadtag::beschannels::CONFIG_KEYS),
    ] {
        let (_, table) = template.split_once(&format!("\"{platform}\"")).unwrap();
        let table = table.split("platform ").next().unwrap();
        for key in keys {
            assert!(table.contains(key), "{platform}: {key}");
        }
    }
}

#[test]
fn every_base_url_of_the_template_is_the_platforms_default() {
    let config = full_template();
    let shown = config.lines().filter_map(|line| line.strip_prefix("base_url"));
    assert_eq!(shown.count(), 3);
    for default in [
        leadtag::wecom::DEFAULT_BASE_URL,
        leadtag::miaokol::DEFAULT_BASE_URL,
        leadtag::crm_v3::DEFAULT_BASE_URL,
    ] {
        assert!(config.contains(&format!("\"{default}\"")), "{default}");
    }
}
