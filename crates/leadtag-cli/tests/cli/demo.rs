//! `leadtag demo`.

use std::time::{Duration, Instant};

use crate::support::Dir;

#[test]
fn the_demo_shows_seven_steps_in_80_columns_within_five_seconds() {
    let began = Instant::now();
    let ran = Dir::new().run(&["demo"]).ok();
    assert!(began.elapsed() < Duration::from_secs(5));
    for step in 1..=7 {
        assert!(ran.stdout.contains(&format!("\n{step}. ")), "{step}: {ran:?}");
    }
    for part in ["already-exists", "40071", "1 token fetched", "Try next:", "leadtag init"] {
        assert!(ran.stdout.contains(part), "{part}: {ran:?}");
    }
    for line in ran.stdout.lines() {
        let width: usize = line.chars().map(|c| if c < '\u{2e80}' { 1 } else { 2 }).sum();
        assert!(width <= 80, "{width}: {line}");
    }
    assert!(ran.stderr.contains("SANDBOX"), "{ran:?}");
    assert!(!ran.stdout.contains("1990000"), "{ran:?}");
}

#[test]
fn the_demo_does_not_look_at_a_configuration() {
    let dir = Dir::new();
    dir.write("leadtag.toml", "this is no TOML");
    dir.run(&["demo"]).ok();
}
