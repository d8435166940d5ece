//! `leadtag tap`, as a target meets it.

use std::collections::{BTreeMap, BTreeSet};

use leadtag_sandbox::{Fault, FaultSpec, Sandbox};
use serde_json::{Map, Value, json};

use crate::support::{Bench, LEADS, Ran};

/// What a target makes of an output.
#[derive(Debug, Default)]
struct Target {
    /// The last record of each key, by stream.
    records: BTreeMap<String, BTreeMap<String, Map<String, Value>>>,
    schemas: BTreeMap<String, Value>,
    state: Option<Value>,
}

impl Target {
    /// Reads an output. Panics where it breaks a rule of the specification.
    #[track_caller]
    fn reads(&mut self, output: &str) {
        self.schemas.clear();
        for line in output.lines() {
            let mut message: Value = serde_json::from_str(line).expect(line);
            let stream = message["stream"].as_str().unwrap_or_default().to_owned();
            match message["type"].as_str().unwrap() {
                "SCHEMA" => drop(self.schemas.insert(stream, message["schema"].take())),
                "STATE" => self.state = Some(message["value"].take()),
                "RECORD" => {
                    let schema = self.schemas.get(&stream).expect("a schema before the record");
                    boon_checks(schema, &message["record"]);
                    let record = message["record"].as_object().unwrap().clone();
                    let id = record["id"].as_str().unwrap().to_owned();
                    self.records.entry(stream).or_default().insert(id, record);
                }
                other => panic!("{other}"),
            }
        }
    }

    fn of(ran: &Ran) -> Self {
        assert_eq!(ran.code, 0, "{ran:?}");
        let mut target = Self::default();
        target.reads(&ran.stdout);
        target
    }

    /// The ids of a provider's leads.
    fn ids(&self, provider: &str) -> BTreeSet<String> {
        self.records.get(&stream(provider)).into_iter().flat_map(BTreeMap::keys).cloned().collect()
    }

    fn write_state(&self, bench: &Bench) {
        bench.dir.write("state.json", &self.state.as_ref().unwrap().to_string());
    }
}

/// Holds a record against its schema, with a validator that others wrote.
fn boon_checks(schema: &Value, record: &Value) {
    let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
    compiler.enable_format_assertions();
    compiler.add_resource("schema.json", schema.clone()).unwrap();
    let index = compiler.compile("schema.json", &mut schemas).unwrap();
    if let Err(error) = schemas.validate(record, index) {
        panic!("{error}");
    }
}

/// A bench with so many leads of CRM v3 alone.
fn crm(leads: usize) -> Bench {
    let bench = Bench::with(Sandbox::builder().leads(leads));
    bench.dir.write("leadtag.toml", &bench.section("crm"));
    bench
}

fn listed(bench: &Bench, provider: &str) -> BTreeSet<String> {
    let list = bench.run(&["leads", "list", "--provider", provider, "--format", "json"]).json();
    let leads = list["leads"].as_array().unwrap().iter();
    leads.map(|lead| lead["id"].as_str().unwrap().to_owned()).collect()
}

/// The stream of a provider's leads.
fn stream(provider: &str) -> String {
    provider.replace('-', "_")
}

/// The printed catalog, changed by `change`, in a file.
fn catalog(bench: &Bench, change: impl FnOnce(&mut Value)) {
    let mut catalog = bench.run(&["tap", "--discover"]).json();
    change(&mut catalog);
    bench.dir.write("catalog.json", &catalog.to_string());
}

/// The metadata of a stream, or of one of its properties.
fn metadata<'a>(catalog: &'a mut Value, stream: &str, breadcrumb: &Value) -> &'a mut Value {
    let streams = catalog["streams"].as_array_mut().unwrap();
    let stream = streams.iter_mut().find(|known| known["tap_stream_id"] == stream).unwrap();
    let all = stream["metadata"].as_array_mut().unwrap();
    &mut all.iter_mut().find(|item| item["breadcrumb"] == *breadcrumb).unwrap()["metadata"]
}

#[test]
fn every_lead_of_every_provider_is_sent_and_nothing_else_stands_on_stdout() {
    let bench = Bench::all();
    let ran = bench.run(&["tap", "--config", "leadtag.toml"]);
    let target = Target::of(&ran);
    for (provider, ..) in LEADS {
        assert_eq!(target.ids(provider), listed(&bench, provider));
    }
    assert_eq!(target.records.len(), LEADS.len());
    assert!(ran.stderr.contains("personal data is masked"), "{}", ran.stderr);
    assert!(!ran.stdout.contains("1990000"), "a mobile is not masked");
}

#[test]
fn with_a_state_only_what_is_new_and_recent_is_sent() {
    let bench = crm(2_600);
    let mut target = Target::of(&bench.run(&["tap"]));
    target.write_state(&bench);
    let new = bench.admin().insert_crm_lead();
    let ran = bench.run(&["tap", "--state", "state.json"]).ok();
    target.reads(&ran.stdout);
    assert!(target.ids("crm").contains(&new));
    assert_eq!(target.ids("crm"), listed(&bench, "crm"));
    let sent = ran.stdout.lines().filter(|line| line.contains("RECORD")).count();
    assert!(sent < 2_600, "all were sent again");
}

#[test]
fn a_configuration_may_be_json_with_all_of_it_or_with_the_name_of_a_file() {
    let bench = Bench::all();
    let by_name = json!({"config_file": "leadtag.toml", "start_date": "2020-01-01T00:00:00Z"});
    bench.dir.write("tap.json", &by_name.to_string());
    let ran = bench.run(&["tap", "--config", "tap.json"]);
    assert_eq!(Target::of(&ran).ids("crm"), listed(&bench, "crm"));

    let crm = bench.section("crm").replace("[providers.crm]", "");
    let settings: Map<_, _> = crm
        .lines()
        .filter_map(|line| line.split_once(" = "))
        .map(|(key, value)| (key.trim().to_owned(), serde_json::from_str(value).unwrap()))
        .collect();
    let whole = json!({
        "providers": {"crm": settings},
        "pull": {"pii": "plain"},
        "user_agent": "x",
    });
    bench.dir.write("tap.json", &whole.to_string());
    let ran = bench.run(&["tap", "--config", "tap.json"]);
    assert_eq!(Target::of(&ran).ids("crm"), listed(&bench, "crm"));
    assert!(ran.stderr.contains("user_agent is unknown"), "{}", ran.stderr);
    assert!(ran.stdout.contains("1990000"), "mobiles are as they are");
}

/// As the shell makes one of `--config <(sops -d leadtag.toml)`.
#[cfg(unix)]
#[test]
fn a_configuration_may_come_by_a_pipe() {
    let bench = Bench::all();
    let toml = bench.dir.read("leadtag.toml");
    let json = json!({"config_file": "leadtag.toml"}).to_string();
    for text in [&toml, &json] {
        let ran = bench.dir.run_with_input(&["tap", "--config", "/dev/stdin"], text);
        assert_eq!(Target::of(&ran).ids("crm"), listed(&bench, "crm"));
    }
}

#[test]
fn a_start_date_in_the_future_is_refused_before_anything_is_sent() {
    let bench = Bench::all();
    let config = json!({"config_file": "leadtag.toml", "start_date": "2999-01-01T00:00:00Z"});
    bench.dir.write("tap.json", &config.to_string());
    let ran = bench.run(&["tap", "--config", "tap.json"]);
    assert_eq!(ran.stdout, "");
    ran.fails(64, &["start_date", "future"]);
}

#[test]
fn a_stream_that_was_never_read_begins_at_the_start_date() {
    let bench = Bench::all();
    let created = |target: &Target| -> Vec<String> {
        let created = target.records["crm"].values().map(|lead| lead["created_at"].clone());
        created.map(|time| time.as_str().unwrap().to_owned()).collect()
    };
    let mut all = created(&Target::of(&bench.run(&["tap"])));
    all.sort();
    let start = &all[all.len() / 2];
    let config = json!({"config_file": "leadtag.toml", "start_date": start});
    bench.dir.write("tap.json", &config.to_string());
    let some = created(&Target::of(&bench.run(&["tap", "--config", "tap.json"])));
    assert!(!some.is_empty() && some.iter().all(|created| created >= start), "{start}: {some:?}");
    assert!(some.len() < all.len());
}

#[test]
fn every_stream_that_fails_is_told_those_that_begin_at_the_start_date_too() {
    let bench = Bench::all();
    let mut target = Target::of(&bench.run(&["tap"]));
    let bookmarks = target.state.as_mut().unwrap()["bookmarks"].as_object_mut().unwrap();
    bookmarks.retain(|stream, _| stream == "crm");
    target.write_state(&bench);
    let config = json!({"config_file": "leadtag.toml", "start_date": "2020-01-01T00:00:00Z"});
    bench.dir.write("tap.json", &config.to_string());
    bench.admin().inject(FaultSpec::new(Fault::InvalidTokenForever).always());
    let ran = bench.run(&["tap", "--config", "tap.json", "--state", "state.json"]);
    assert_eq!(ran.code, 1, "{ran:?}");
    for (provider, ..) in LEADS {
        assert!(ran.stderr.contains(&format!("error: {provider}: ")), "{provider}: {ran:?}");
    }
}

#[test]
fn a_catalog_given_back_unchanged_sends_the_leads() {
    let bench = Bench::all();
    catalog(&bench, |_| {});
    let target = Target::of(&bench.run(&["tap", "--catalog", "catalog.json"]));
    assert_eq!(target.schemas.len(), LEADS.len());
    assert_eq!(target.ids("crm"), listed(&bench, "crm"));
}

#[test]
fn a_stream_and_a_property_that_are_not_selected_are_not_sent() {
    let bench = Bench::all();
    catalog(&bench, |catalog| {
        metadata(catalog, "crm", &json!([]))["selected"] = true.into();
        metadata(catalog, "crm", &json!(["properties", "mobiles"]))["selected"] = false.into();
        for (provider, ..) in LEADS.iter().filter(|(provider, ..)| *provider != "crm") {
            metadata(catalog, &stream(provider), &json!([]))["selected"] = false.into();
        }
    });
    let calls = |api: &str| bench.admin().calls(api);
    let before = calls("user/list");
    let target = Target::of(&bench.run(&["tap", "--catalog", "catalog.json"]));
    assert_eq!(target.schemas.keys().collect::<Vec<_>>(), ["crm"]);
    assert!(target.schemas["crm"]["properties"].get("mobiles").is_none());
    assert!(target.records["crm"].values().all(|lead| !lead.contains_key("mobiles")));
    assert_eq!(calls("user/list"), before, "nobody asks for what is not sent");
}

#[test]
fn interactions_are_a_stream_of_their_own_that_a_catalog_selects() {
    let bench = Bench::all();
    catalog(&bench, |catalog| {
        metadata(catalog, "crm_interactions", &json!([]))["selected"] = true.into();
        metadata(catalog, "crm", &json!([]))["selected"] = false.into();
    });
    let target = Target::of(&bench.run(&["tap", "--catalog", "catalog.json"]));
    assert!(target.ids("crm").is_empty());
    let leads = listed(&bench, "crm");
    let interactions = &target.records["crm_interactions"];
    assert!(!interactions.is_empty());
    for interaction in interactions.values() {
        assert!(leads.contains(interaction["lead_id"].as_str().unwrap()));
    }
}

#[test]
fn nobody_asks_for_interactions_that_are_not_selected() {
    let bench = Bench::all();
    catalog(&bench, |catalog| {
        metadata(catalog, "crm_interactions", &json!([]))["selected"] = true.into();
    });
    let target = Target::of(&bench.run(&["tap", "--catalog", "catalog.json"]));
    assert!(
        !target.ids("shop_douyin").is_empty() && !target.records["crm_interactions"].is_empty()
    );
    assert!(!target.records.contains_key("shop_douyin_interactions"));
    assert_eq!(bench.admin().calls("user/action/list"), 0);
}

#[test]
fn attributes_get_properties_of_their_own_if_that_is_asked_for() {
    let bench = Bench::all();
    let config = bench.dir.read("leadtag.toml");
    bench.dir.write("leadtag.toml", &format!("{config}\n[pull]\nattributes = \"columns\"\n"));
    let target = Target::of(&bench.run(&["tap"]));
    let properties = target.schemas["leads_beschannels"]["properties"].as_object().unwrap();
    assert!(properties.keys().any(|name| name.starts_with("Score-")), "{properties:?}");
    assert!(!properties.contains_key("attributes"));
    // What the catalog knows is what a page shows, and here a page has every lead.
    catalog(&bench, |_| {});
    let ran = bench.run(&["tap", "--catalog", "catalog.json"]);
    assert!(!ran.stderr.contains("is not in the catalog"), "{}", ran.stderr);
    let target = Target::of(&ran);
    let properties = target.schemas["leads_beschannels"]["properties"].as_object().unwrap();
    assert!(properties.keys().any(|name| name.starts_with("Score-")), "{properties:?}");
}

#[test]
fn other_settings_send_all_again() {
    let bench = crm(450);
    Target::of(&bench.run(&["tap"])).write_state(&bench);
    let config = bench.dir.read("leadtag.toml");
    bench.dir.write("leadtag.toml", &format!("{config}\n[pull]\npii = \"plain\"\n"));
    let ran = bench.run(&["tap", "--state", "state.json"]);
    assert_eq!(Target::of(&ran).ids("crm").len(), 450);
    assert!(ran.stderr.contains("all of crm is sent again"), "{}", ran.stderr);
}

#[test]
fn a_failing_provider_ends_with_an_error_after_what_the_others_sent() {
    let bench = Bench::all();
    let fault = FaultSpec::new(Fault::InvalidTokenForever).always();
    bench.admin().inject(fault.on("clue/list-by-create-time-asc"));
    let ran = bench.run(&["tap"]);
    assert_eq!(ran.code, 1);
    let mut target = Target::default();
    target.reads(&ran.stdout);
    assert_eq!(target.ids("shop-douyin"), listed(&bench, "shop-douyin"));
    assert!(ran.stderr.contains("error: crm: "), "{}", ran.stderr);
}

#[test]
fn wrong_files_are_named_before_anything_is_sent() {
    let bench = Bench::all();
    bench.dir.write("bad.json", "{");
    bench.dir.write("none.json", "{}");
    bench.run(&["tap", "--config", "bad.json"]).fails(64, &["bad.json", "no JSON"]);
    bench.run(&["tap", "--config", "none.json"]).fails(64, &["none.json", "config_file"]);
    bench.dir.write("pull.json", r#"{"config_file": "leadtag.toml", "pull": "mask"}"#);
    bench.run(&["tap", "--config", "pull.json"]).fails(64, &["pull.json: pull: it is no object"]);
    bench.run(&["tap", "--state", "bad.json"]).fails(64, &["bad.json", "STATE"]);
    bench.run(&["tap", "--state", "bad.json", "--discover"]).fails(64, &["bad.json"]);
    bench.run(&["tap", "--catalog", "bad.json"]).fails(64, &["bad.json", "--discover"]);
    bench.dir.write("other.json", r#"{"bookmarks": {"crm": {"since": 1}}}"#);
    bench.run(&["tap", "--state", "other.json"]).fails(64, &["other.json", "bookmark of crm"]);
    bench.run(&["tap", "--state", "gone.json"]).fails(64, &["gone.json", "cannot be read"]);
}
