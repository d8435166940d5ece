//! States: what an earlier run left.

use leadtag_extract::singer::State;
use leadtag_extract::{Cell, ColumnKind, Error, Sink};
use serde_json::{Value, json};

use crate::support::{Tapped, catalog, checkpoint, fixed, lead, moment, with};

/// The state after a commit of these checkpoints.
fn after(checkpoints: &[leadtag_extract::Checkpoint]) -> String {
    let Tapped { tap, output, .. } = Tapped::new(&catalog(), State::new());
    tap.sink().commit(checkpoints).unwrap();
    output.read().state()
}

#[test]
fn a_checkpoint_comes_back_from_the_state() {
    let checkpoint = checkpoint("crm", 1, moment());
    let state = State::parse(&after(std::slice::from_ref(&checkpoint)), "state.json").unwrap();
    let mut sink = Tapped::new(&catalog(), state).tap.sink();
    assert_eq!(sink.checkpoints().unwrap(), [checkpoint]);
}

#[test]
fn a_state_keeps_the_bookmarks_of_streams_that_are_not_read_now() {
    let both = [checkpoint("crm", 1, moment()), checkpoint("scores", 2, moment())];
    let state = State::parse(&after(&both), "state.json").unwrap();
    let mut catalog = catalog();
    catalog.entries.retain(|entry| entry.provider == "crm");
    let Tapped { tap, output, .. } = Tapped::new(&catalog, state);
    tap.sink().commit(&[checkpoint("crm", 3, moment())]).unwrap();
    let bookmarks = &output.read().states[0].1["bookmarks"];
    let number = |stream: &str| bookmarks[stream]["checkpoint"]["place"]["number"].clone();
    assert_eq!((number("crm"), number("scores")), (json!(3), json!(2)));
}

#[test]
fn a_kind_is_no_narrower_in_the_next_run() {
    let Tapped { tap, output, .. } = Tapped::new(&catalog(), State::new());
    let mut sink = tap.sink();
    let text = Cell::Text("high".to_owned());
    sink.upsert(&with("score", ColumnKind::Text), vec![lead("crm", "1", [text])]).unwrap();
    sink.commit(&[checkpoint("crm", 1, moment())]).unwrap();
    let state = State::parse(&output.read().state(), "state.json").unwrap();
    let Tapped { tap, output, .. } = Tapped::new(&catalog(), state);
    let mut sink = tap.sink();
    let leads = |sink: &mut dyn Sink, of: &str| sink.tables_of(of).unwrap().unwrap().remove(0);
    assert_eq!(leads(&mut *sink, "crm"), with("score", ColumnKind::Text));
    assert_eq!(leads(&mut *sink, "scores"), fixed()[0]);
    sink.commit(&[]).unwrap();
    assert_eq!(output.read().kind("crm", "score"), ["string"]);
}

#[test]
fn a_property_that_was_not_sent_before_is_told_until_all_is_sent_again() {
    let select = |names: &[&str]| {
        let mut printed = catalog().to_json();
        for item in printed["streams"][0]["metadata"].as_array_mut().unwrap() {
            let is_off = names.iter().any(|name| item["breadcrumb"] == json!(["properties", name]));
            item["metadata"]["selected"] = (!is_off).into();
        }
        let mut catalog = catalog();
        catalog.select(&printed.to_string(), "catalog.json").unwrap();
        catalog
    };
    let table = with("score", ColumnKind::Int);
    let sent = |catalog: &leadtag_extract::singer::Catalog, state: &str| {
        let state = State::parse(state, "state.json").unwrap();
        let Tapped { tap, output, .. } = Tapped::new(catalog, state);
        let missing = tap.missing("crm");
        let mut sink = tap.sink();
        sink.upsert(&table, vec![lead("crm", "1", [Cell::Int(1)])]).unwrap();
        sink.commit(&[checkpoint("crm", 1, moment())]).unwrap();
        (missing, output.read().state())
    };
    let (missing, state) = sent(&select(&["name", "mobiles"]), "");
    assert!(missing.is_empty());
    // The catalog does not know the attribute either.
    let (missing, state) = sent(&select(&["name"]), &state);
    assert_eq!(missing, ["crm.mobiles"]);
    let (missing, state) = sent(&select(&["name"]), &state);
    assert!(missing.is_empty(), "{missing:?}");
    let (missing, state) = sent(&catalog(), &state);
    assert_eq!(missing, ["crm.score", "crm.name"]);
    assert!(sent(&catalog(), &state).0.is_empty());
}

#[test]
fn a_stream_that_was_never_read_begins_at_its_beginning() {
    let state = State::parse(&after(&[checkpoint("crm", 1, moment())]), "state.json").unwrap();
    let mut catalog = catalog();
    for entry in &mut catalog.entries {
        entry.is_selected = true;
    }
    // Its leads were read, its interactions were not: both come from one reading.
    assert_eq!(Tapped::new(&catalog, state).tap.sink().checkpoints().unwrap(), []);
}

#[test]
fn two_streams_of_a_provider_go_on_where_the_older_one_stands() {
    let stands = |number: u64, at: &str| json!({"checkpoint": checkpoint("crm", number, at.parse().unwrap())});
    let state = json!({"bookmarks": {
        "crm": stands(2, "2026-02-02T00:00:00Z"),
        "crm_interactions": stands(1, "2026-02-01T00:00:00Z"),
    }});
    let mut catalog = catalog();
    for entry in &mut catalog.entries {
        entry.is_selected = true;
    }
    let state = State::parse(&state.to_string(), "state.json").unwrap();
    let found = Tapped::new(&catalog, state).tap.sink().checkpoints().unwrap();
    assert_eq!(found, [checkpoint("crm", 1, "2026-02-01T00:00:00Z".parse().unwrap())]);
}

#[test]
fn what_others_wrote_stays_in_the_state() {
    let state = State::parse(r#"{"currently_syncing": null, "x": {"y": 1}}"#, "s").unwrap();
    assert!(state.lacks_bookmarks());
    let Tapped { tap, output, .. } = Tapped::new(&catalog(), state);
    tap.sink().commit(&[]).unwrap();
    let value = output.read().states[0].1.clone();
    assert_eq!(value["x"], json!({"y": 1}));
    assert_eq!(value["currently_syncing"], Value::Null);
}

#[test]
fn an_empty_state_is_none() {
    let empty = ["", "{}", "null", "\u{feff} \n", r#"{"bookmarks": {}}"#];
    for text in empty.into_iter().chain([r#"{"bookmarks": {"crm": null}}"#]) {
        let state = State::parse(text, "state.json").unwrap();
        assert!(!state.lacks_bookmarks());
        assert_eq!(Tapped::new(&catalog(), state).tap.sink().checkpoints().unwrap(), [], "{text}");
    }
}

#[test]
fn the_last_of_several_states_counts_and_a_whole_message_is_one() {
    let last = json!({"bookmarks": {}, "n": 2});
    for text in [
        "{\"n\": 1}\n{\"bookmarks\": {}, \"n\": 2}\n",
        r#"{"n": 1}{"bookmarks": {}, "n": 2}"#,
        r#"{"type": "STATE", "value": {"bookmarks": {}, "n": 2}}"#,
        "{\"bookmarks\": {}, \"n\": 2}\nnull",
    ] {
        assert_eq!(State::parse(text, "state.json").unwrap().value(), last, "{text}");
    }
}

#[test]
fn a_bookmark_of_another_provider_or_version_is_refused() {
    let Tapped { tap, .. } = Tapped::new(&catalog(), State::new());
    tap.sink().commit(&[checkpoint("crm", 1, moment())]).unwrap();
    let good = tap.state().value();
    let mut other = good.clone();
    other["bookmarks"]["crm"]["checkpoint"]["provider"] = json!("shop");
    let of_version = |version: u32| {
        let mut state = good.clone();
        state["bookmarks"]["crm"]["checkpoint"]["version"] = json!(version);
        state
    };
    for (state, why) in [
        (other, "one of shop"),
        (of_version(2), "use a newer leadtag"),
        (of_version(0), "take it out"),
    ] {
        let state = State::parse(&state.to_string(), "state.json").unwrap();
        let Tapped { tap, .. } = Tapped::new(&catalog(), state);
        let error = tap.sink().checkpoints().unwrap_err().to_string();
        assert!(error.starts_with("state.json: the bookmark of crm is "), "{error}");
        assert!(error.contains(why), "{error}");
    }
}

#[test]
fn a_damaged_state_is_an_error_that_names_the_file() {
    for text in [
        "[]",
        "{",
        "3",
        r#"{"bookmarks": 3}"#,
        r#"{"type": "STATE"}"#,
        r#"{"value": {"bookmarks": {}}}"#,
        "{}\n{",
        "{}\n{\"type\": \"RECORD\"}",
    ] {
        let error = State::parse(text, "state.json").unwrap_err();
        assert!(matches!(error, Error::Damaged { .. }), "{error:?}");
        assert!(error.to_string().starts_with("state.json: "), "{error}");
    }
    let state = State::parse(r#"{"bookmarks": {"crm": {"at": 1}}}"#, "state.json").unwrap();
    let fixed = crate::support::fixed();
    let tap = leadtag_extract::singer::Tap::new(
        Box::new(std::io::sink()),
        &catalog(),
        fixed,
        state,
        |_| {},
    );
    let error = tap.unwrap_err();
    assert!(error.to_string().starts_with("state.json: the bookmark of crm"), "{error}");
}
