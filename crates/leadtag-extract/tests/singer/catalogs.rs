//! Catalogs: what there is, and what is chosen of it.

use leadtag_extract::singer::{Catalog, State, Subject};
use leadtag_extract::{Cell, ColumnKind};
use serde_json::{Value, json};

use crate::support::{Tapped, catalog, checkpoint, fixed, forward, lead, moment, with};

/// The catalog as it is printed, changed by `change`, and given back.
fn chosen(change: impl FnOnce(&mut Value)) -> Catalog {
    let mut printed = catalog().to_json();
    change(&mut printed);
    let mut catalog = catalog();
    assert_eq!(catalog.select(&printed.to_string(), "catalog.json").unwrap(), [""; 0]);
    catalog
}

/// The metadata of a property of the first stream, or of the stream itself.
fn metadata<'a>(printed: &'a mut Value, name: Option<&str>) -> &'a mut Value {
    let all = printed["streams"][0]["metadata"].as_array_mut().unwrap();
    let meant = match name {
        Some(name) => json!(["properties", name]),
        None => json!([]),
    };
    &mut all.iter_mut().find(|item| item["breadcrumb"] == meant).unwrap()["metadata"]
}

#[test]
fn a_catalog_has_key_schema_and_metadata_of_every_stream() {
    let printed = catalog().to_json();
    let streams = printed["streams"].as_array().unwrap();
    let names: Vec<_> = streams.iter().map(|stream| stream["tap_stream_id"].clone()).collect();
    assert_eq!(names, ["crm", "crm_interactions", "scores"]);
    for stream in streams {
        assert_eq!(stream["key_properties"], json!(["id"]));
        let properties = stream["schema"]["properties"].as_object().unwrap();
        let metadata = stream["metadata"].as_array().unwrap();
        assert_eq!(metadata.len(), properties.len() + 1);
    }
    let first = &streams[0]["metadata"];
    assert_eq!(first[0]["metadata"]["table-key-properties"], json!(["id"]));
    let methods = |at: usize| {
        let forced = &streams[at]["metadata"][0]["metadata"]["forced-replication-method"];
        (&streams[at]["replication_method"], forced)
    };
    assert_eq!(methods(0), (&json!("INCREMENTAL"), &Value::Null));
    assert_eq!(methods(2), (&json!("FULL_TABLE"), &json!("FULL_TABLE")));
    assert_eq!(first[0]["metadata"]["selected-by-default"], true);
    let keys = |at: usize| &streams[at]["metadata"][0]["metadata"]["valid-replication-keys"];
    assert_eq!([keys(0), keys(1), keys(2)], [&json!(["created_at"]), &Value::Null, &Value::Null]);
    assert_eq!(streams[1]["metadata"][0]["metadata"]["selected-by-default"], false);
}

#[test]
fn a_catalog_given_back_as_it_was_selects_the_leads() {
    let catalog = chosen(|_| {});
    assert_eq!(catalog.selected("crm"), [Subject::Leads]);
    assert_eq!(catalog.selected("scores"), [Subject::Leads]);
}

#[test]
fn a_stream_is_selected_by_metadata_or_the_older_ways() {
    let off = chosen(|printed| metadata(printed, None)["selected"] = false.into());
    assert_eq!(off.selected("crm"), []);
    assert_eq!(off.selected("scores"), [Subject::Leads]);
    let on = chosen(|printed| printed["streams"][1]["schema"]["selected"] = true.into());
    assert_eq!(on.selected("crm"), Subject::ALL);
    let gone = chosen(|printed| drop(printed["streams"].as_array_mut().unwrap().remove(0)));
    assert_eq!(gone.selected("crm"), []);
}

#[test]
fn a_stream_that_must_or_cannot_be_sent_is_so_whatever_is_selected() {
    for (inclusion, selected) in [("automatic", false), ("unsupported", true)] {
        let catalog = chosen(|printed| {
            let root = metadata(printed, None);
            (root["inclusion"], root["selected"]) = (inclusion.into(), selected.into());
        });
        assert_eq!(catalog.entries[0].is_selected, !selected, "{inclusion}");
    }
}

#[test]
fn a_property_that_is_not_selected_is_in_no_schema_and_no_record() {
    let catalog = chosen(|printed| {
        metadata(printed, Some("name"))["selected"] = false.into();
        metadata(printed, Some("mobiles"))["selected-by-default"] = false.into();
        printed["streams"][0]["schema"]["properties"].as_object_mut().unwrap().remove("attributes");
    });
    let Tapped { tap, output, .. } = Tapped::new(&catalog, State::new());
    tap.sink().upsert(&fixed()[0], vec![lead("crm", "1", [])]).unwrap();
    let read = output.read();
    let names: Vec<_> = read.records[0].1.keys().map(String::as_str).collect();
    assert_eq!(names, ["created_at", "id", "provider", "synced_at"]);
    assert_eq!(read.properties("crm").into_iter().collect::<Vec<_>>(), names);
}

#[test]
fn a_property_that_is_not_selected_is_not_sent_where_there_is_no_schema() {
    for without in [json!({"type": "object"}), Value::Null] {
        let catalog = chosen(|printed| {
            metadata(printed, Some("name"))["selected"] = false.into();
            printed["streams"][0]["schema"] = without;
        });
        let Tapped { tap, output, .. } = Tapped::new(&catalog, State::new());
        let table = with("score", ColumnKind::Int);
        tap.sink().upsert(&table, vec![lead("crm", "1", [Cell::Int(1)])]).unwrap();
        let properties = output.read();
        let properties = properties.properties("crm");
        assert!(!properties.contains("name") && properties.contains("mobiles"), "{properties:?}");
        assert!(properties.contains("score"), "what nobody spoke of is sent");
    }
}

#[test]
fn the_last_of_several_metadata_counts() {
    let catalog = chosen(|printed| {
        let again = json!({"breadcrumb": ["properties", "name"], "metadata": {"selected": false}});
        printed["streams"][0]["metadata"].as_array_mut().unwrap().push(again);
    });
    let Tapped { tap, output, .. } = Tapped::new(&catalog, State::new());
    tap.sink().upsert(&fixed()[0], vec![lead("crm", "1", [])]).unwrap();
    assert!(!output.read().properties("crm").contains("name"));
}

#[test]
fn a_selection_that_is_neither_yes_nor_no_is_refused() {
    for (name, key, place) in [
        (None, "selected", "crm: selected"),
        (Some("name"), "selected", "crm: name: selected"),
        (Some("name"), "selected-by-default", "crm: name: selected-by-default"),
    ] {
        let mut printed = catalog().to_json();
        metadata(&mut printed, name)[key] = "false".into();
        let error = catalog().select(&printed.to_string(), "c.json").unwrap_err().to_string();
        assert!(error.starts_with(&format!("c.json: {place} must be true or false")), "{error}");
    }
}

#[test]
fn a_replication_method_that_no_stream_has_is_refused() {
    let of_method = |method: Value, is_selected: bool| {
        let mut printed = catalog().to_json();
        let root = metadata(&mut printed, None);
        (root["replication-method"], root["selected"]) = (method, is_selected.into());
        catalog().select(&printed.to_string(), "c.json").map_err(|error| error.to_string())
    };
    for wrong in [json!("LOG_BASED"), json!("full_table"), json!(true)] {
        let error = of_method(wrong.clone(), true).unwrap_err();
        let why = "c.json: crm: replication-method must be INCREMENTAL or FULL_TABLE; ";
        assert!(error.starts_with(why), "{error}");
        of_method(wrong, false).unwrap();
    }
    of_method(Value::Null, true).unwrap();
}

#[test]
fn a_part_of_a_property_cannot_be_left_out() {
    let within = |metadata: Value| {
        let mut printed = catalog().to_json();
        let breadcrumb = ["properties", "attributes", "properties", "wechat"];
        let item = json!({"breadcrumb": breadcrumb, "metadata": metadata});
        printed["streams"][0]["metadata"].as_array_mut().unwrap().push(item);
        catalog().select(&printed.to_string(), "c.json").map_err(|error| error.to_string())
    };
    for out in [json!({"selected": false}), json!({"inclusion": "unsupported"})] {
        let error = within(out).unwrap_err();
        assert!(error.contains("\"wechat\"] is within a property"), "{error}");
    }
    within(json!({"selected": true})).unwrap();
    // Of what is not sent nothing need be left out.
    let mut printed = catalog().to_json();
    metadata(&mut printed, Some("attributes"))["selected"] = false.into();
    let item = json!({
        "breadcrumb": ["properties", "attributes", "properties", "x"],
        "metadata": {"selected": false},
    });
    printed["streams"][0]["metadata"].as_array_mut().unwrap().push(item);
    catalog().select(&printed.to_string(), "c.json").unwrap();
}

#[test]
fn the_property_by_which_a_stream_goes_on_is_told_where_it_is_sent() {
    let told = |catalog: &Catalog| {
        let Tapped { tap, output, .. } = Tapped::new(catalog, State::new());
        tap.sink().upsert(&fixed()[0], vec![lead("crm", "1", [])]).unwrap();
        let text = output.text();
        let schema: Value = serde_json::from_str(text.lines().next().unwrap()).unwrap();
        schema.get("bookmark_properties").cloned()
    };
    assert_eq!(told(&catalog()), Some(json!(["created_at"])));
    let without =
        chosen(|printed| metadata(printed, Some("created_at"))["selected"] = false.into());
    assert_eq!(told(&without), None);
}

#[test]
fn metadata_that_are_no_list_are_refused() {
    let mut printed = catalog().to_json();
    printed["streams"][0]["metadata"] = json!({"selected": true});
    let error = catalog().select(&printed.to_string(), "c.json").unwrap_err().to_string();
    assert!(error.starts_with("c.json: crm: metadata must be a list; "), "{error}");
}

#[test]
fn the_key_is_sent_whatever_a_catalog_says() {
    let catalog = chosen(|printed| metadata(printed, Some("id"))["selected"] = false.into());
    let Tapped { tap, output, .. } = Tapped::new(&catalog, State::new());
    tap.sink().upsert(&fixed()[0], vec![lead("crm", "1", [])]).unwrap();
    assert_eq!(output.read().ids("crm"), ["1"]);
}

#[test]
fn a_common_property_that_the_catalog_does_not_know_is_told_of_too() {
    let catalog = chosen(|printed| {
        let stream = &mut printed["streams"][0];
        stream["schema"]["properties"].as_object_mut().unwrap().remove("mobiles");
    });
    let Tapped { tap, notices, .. } = Tapped::new(&catalog, State::new());
    for id in ["1", "2"] {
        tap.sink().upsert(&fixed()[0], vec![lead("crm", id, [])]).unwrap();
    }
    let notices = notices.lock().unwrap();
    assert_eq!(notices.len(), 1);
    assert!(notices[0].contains("mobiles is not in the catalog"), "{notices:?}");
}

#[test]
fn a_property_that_the_catalog_does_not_know_is_told_of_once_and_not_sent() {
    let Tapped { tap, output, notices } = Tapped::new(&chosen(|_| {}), State::new());
    let (mut sink, table) = (tap.sink(), with("score", ColumnKind::Int));
    for id in ["1", "2"] {
        sink.upsert(&table, vec![lead("crm", id, [Cell::Int(1)])]).unwrap();
    }
    assert!(!output.read().properties("crm").contains("score"));
    let notices = notices.lock().unwrap();
    assert_eq!(notices.len(), 1);
    assert!(notices[0].contains("score"), "{notices:?}");
}

#[test]
fn a_property_found_in_a_sample_is_in_the_catalog() {
    let sample = Tapped::new(&catalog(), State::new()).tap;
    let (mut sink, table) = (sample.sink(), with("score", ColumnKind::Int));
    sink.upsert(&table, vec![lead("crm", "1", [Cell::Int(1)])]).unwrap();
    sink.commit(&[checkpoint("crm", 1, moment())]).unwrap();
    let mut found = catalog();
    found.add(&sample.state()).unwrap();
    let printed = found.to_json();
    assert_eq!(printed["streams"][0]["schema"]["properties"]["score"]["type"][1], "integer");
    assert!(printed["streams"][2]["schema"]["properties"].get("score").is_none());
}

#[test]
fn a_stream_that_is_not_there_is_told_and_what_is_no_catalog_is_refused() {
    let mut catalog = catalog();
    let unknown = catalog.select(r#"{"streams": [{"stream": "other"}]}"#, "c.json").unwrap();
    assert_eq!(unknown, ["other"]);
    assert!(catalog.entries.iter().all(|entry| !entry.is_selected));
    for text in ["", "[]", "{}", r#"{"streams": 1}"#, r#"{"streams": [{}]}"#] {
        let error = catalog.select(text, "c.json").unwrap_err();
        assert!(error.to_string().starts_with("c.json: "), "{error}");
    }
}

#[test]
fn the_name_of_a_stream_has_no_part_that_a_target_takes_for_a_schema() {
    let catalog = Catalog::discover(&[forward("shop-crm")], &fixed()).unwrap();
    let streams: Vec<_> = catalog.entries.iter().map(|entry| &*entry.stream).collect();
    assert_eq!(streams, ["shop_crm", "shop_crm_interactions"]);
    assert_eq!(catalog.entries[0].provider, "shop-crm");
}

#[test]
fn two_streams_of_one_name_are_refused() {
    for names in [["crm", "crm_interactions"], ["shop-crm", "shop_crm"], ["CRM", "crm"]] {
        assert!(Catalog::discover(&names.map(forward), &fixed()).is_err());
    }
}
