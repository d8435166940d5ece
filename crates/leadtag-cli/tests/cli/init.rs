//! `leadtag init`.

use leadtag::Config;

use crate::support::Dir;

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
fn the_template_works_once_its_variables_are_set() {
    let template = Dir::new().run(&["init", "--stdout"]).ok().stdout;
    let local = "corp_id     = \"ww1\"\nbase_url = \"http://127.0.0.1:1\"";
    let ready = template
        .replace("env:WECOM_SECRET", "a-secret")
        .replace("corp_id     = \"ww0000000000000000\"", local);
    let config = Config::parse(&ready, "leadtag.toml").unwrap();
    config.provider("shop-wecom").unwrap();
    let unset = Config::parse(&template, "leadtag.toml").unwrap();
    let error = unset.provider("shop-wecom").unwrap_err().to_string();
    assert!(error.contains("WECOM_SECRET is not set"), "{error}");
}

#[test]
fn every_optional_line_of_the_template_works_too() {
    let template = Dir::new().run(&["init", "--stdout"]).ok().stdout;
    let full: String = template
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(setting) if setting.contains(" = ") || setting.starts_with('[') => setting,
            _ => line,
        })
        .map(|line| format!("{line}\n"))
        .collect();
    for key in ["allow_http", "max_response_bytes", "max_attempts", "max_in_flight"] {
        assert!(full.lines().any(|line| line.starts_with(key)), "{key}: {full}");
    }
    let ready = full
        .replace("env:WECOM_SECRET", "a-secret")
        .replace("https://qyapi.weixin.qq.com", "http://127.0.0.1:1");
    Config::parse(&ready, "leadtag.toml").unwrap().provider("shop-wecom").unwrap();
}
