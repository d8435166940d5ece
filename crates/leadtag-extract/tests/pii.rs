//! What becomes of personal data.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    missing_docs,
    unreachable_pub
)]

mod people;

use leadtag_core::{Interaction, Lead, Platform, PlatformTime, SecretString, UtcOffset};
use leadtag_extract::{Cell, ColumnMap, Layout, PiiMode, PiiPolicy, Record, Recorder, Row, Table};
use people::{attributes, lead, moment, raw};
use serde_json::{Value, json};

const KEY: &str = "0123456789abcdef";
/// printf 'mobile:19900001234' | openssl dgst -sha256 -hmac 0123456789abcdef | cut -c1-32
const HASH: &str = "58ff9b62c5ef94567aa6281e8070ac83";

fn policy(default: PiiMode, columns: &[(&str, PiiMode)]) -> PiiPolicy {
    let mut policy = PiiPolicy::default();
    policy.default = default;
    policy.columns = columns.iter().map(|(name, mode)| ((*name).to_owned(), *mode)).collect();
    policy.key = Some(SecretString::from(KEY));
    policy
}

fn with_raw() -> Layout {
    let mut layout = Layout::default();
    let columns = ["name", "mobiles", "emails", "company", "tags", "attributes.*", "raw"];
    layout.columns = Some(columns.map(str::to_owned).to_vec());
    layout
}

fn recorder(policy: &PiiPolicy) -> Recorder {
    Recorder::new(&with_raw(), policy).unwrap()
}

fn made(policy: &PiiPolicy, lead: Lead) -> (Table, Row) {
    let recorder = recorder(policy);
    let mut shape = recorder.leads(None).unwrap();
    let record = recorder.stream("crm").lead(lead, moment(0), None);
    let row = shape.rows(vec![record]).remove(0);
    (shape.table().clone(), row)
}

fn get(made: &(Table, Row), name: &str) -> Cell {
    let at = made.0.columns.iter().position(|column| column.name == name).unwrap();
    made.1.cells.get(at).cloned().unwrap_or(Cell::Null)
}

fn text(text: &str) -> Cell {
    Cell::Text(text.to_owned())
}

fn list(texts: &[&str]) -> Cell {
    Cell::List(texts.iter().map(|text| (*text).to_owned()).collect())
}

fn odd() -> Value {
    json!({
        "wechat": "wx_abc",
        "phones": ["145678388", 19_900_001_234_i64],
        "remark": "王小明 19900001234",
        "score": 209,
        "deep": {"mobile": 145_678_388, "tags": [{"name": "VIP"}]},
        "text": "{\"nick\":\"小明\"}",
    })
}

#[test]
fn if_nothing_is_said_everything_personal_is_masked() {
    let mut lead = attributes(lead("1"), odd());
    lead.tags = vec!["VIP".into(), "打给19900001234".into()];
    let made = made(&PiiPolicy::default(), lead);
    assert_eq!(get(&made, "name"), text("王**"));
    assert_eq!(get(&made, "mobiles"), list(&["199****1234"]));
    assert_eq!(get(&made, "emails"), list(&["w***@***"]));
    assert_eq!(get(&made, "tags"), list(&["VIP", "打给***"]));
    assert_eq!(get(&made, "wechat"), text("wx***"));
    assert_eq!(get(&made, "phones"), list(&["*********", "199****1234"]));
    assert_eq!(get(&made, "remark"), text("王** ***"));
    assert_eq!(get(&made, "score"), Cell::Int(209));
    let deep = r#"{"mobile":"*********","tags":[{"name":"VIP"}]}"#;
    assert_eq!(get(&made, "deep"), Cell::Json(deep.into()));
    assert_eq!(get(&made, "text"), text("{\"nick\":\"小**\"}"));
    assert_eq!(get(&made, "raw"), Cell::Json(r#"{"z":1,"a":"***"}"#.into()));
}

#[test]
fn plain_leaves_everything_as_it_is() {
    let made = made(&policy(PiiMode::Plain, &[]), attributes(lead("1"), odd()));
    assert_eq!(get(&made, "mobiles"), list(&["19900001234"]));
    assert_eq!(get(&made, "remark"), text("王小明 19900001234"));
    assert_eq!(get(&made, "raw"), Cell::Json(r#"{"z":1,"a":"19900001234"}"#.into()));
}

#[test]
fn one_mobile_has_one_hash_on_every_platform_and_in_every_column() {
    let policy = policy(PiiMode::Hmac, &[]);
    let one = made(&policy, attributes(lead("1"), json!({"telephone": "+86 199-0000-1234"})));
    assert_eq!(get(&one, "mobiles"), list(&[HASH]));
    assert_eq!(get(&one, "telephone"), text(HASH));
    let mut other = Lead::new(Platform::new("elsewhere"), "9", raw("{}"));
    other.mobiles = vec!["008619900001234".into()];
    assert_eq!(get(&made(&policy, other), "mobiles"), list(&[HASH]));
    // A free text has no hash that could be joined.
    assert_eq!(get(&one, "raw"), Cell::Json(r#"{"z":1,"a":"***"}"#.into()));
    let mut named = lead("1");
    named.raw = raw(r#"{"telephone":"+86 199-0000-1234"}"#);
    let hashed = Cell::Json(format!(r#"{{"telephone":"{HASH}"}}"#));
    assert_eq!(get(&made(&policy, named), "raw"), hashed);
}

#[test]
fn a_column_may_differ_from_the_default() {
    let policy = policy(
        PiiMode::Mask,
        &[
            ("mobiles", PiiMode::Hmac),
            ("name", PiiMode::Plain),
            ("attributes.wechat", PiiMode::Plain),
            ("attributes.score", PiiMode::Hmac),
            ("raw", PiiMode::Plain),
        ],
    );
    let made = made(&policy, attributes(lead("1"), odd()));
    assert_eq!(get(&made, "mobiles"), list(&[HASH]));
    assert_eq!(get(&made, "name"), text("王小明"));
    assert_eq!(get(&made, "wechat"), text("wx_abc"));
    assert!(matches!(get(&made, "score"), Cell::Text(hash) if hash.len() == 32));
    assert_eq!(get(&made, "emails"), list(&["w***@***"]));
    assert_eq!(get(&made, "raw"), Cell::Json(r#"{"z":1,"a":"19900001234"}"#.into()));
}

#[test]
fn a_column_of_texts_is_personal_as_a_whole_if_somebody_says_so() {
    let made_with = |default, mode| {
        let mut lead = lead("1");
        lead.tags = vec!["VIP".into(), "打给19900001234".into()];
        made(&policy(default, &[("tags", mode)]), lead)
    };
    let masked = made_with(PiiMode::Plain, PiiMode::Mask);
    assert_eq!(get(&masked, "tags"), list(&["V**", "打**"]));
    assert_eq!(get(&masked, "name"), text("王小明"));
    let plain = made_with(PiiMode::Mask, PiiMode::Plain);
    assert_eq!(get(&plain, "tags"), list(&["VIP", "打给19900001234"]));
    let hashed = made_with(PiiMode::Mask, PiiMode::Hmac);
    let Cell::List(hashes) = get(&hashed, "tags") else { panic!("no list") };
    assert!(hashes.iter().all(|hash| hash.len() == HASH.len()) && hashes[0] != hashes[1]);
    let kind = policy(PiiMode::Mask, &[("interactions.kind", PiiMode::Mask)]);
    let made = interactions(&kind, vec![followed_up("想买")]);
    assert!(made[0].fixed.contains(&text("c**")), "{:?}", made[0].fixed);
}

#[test]
fn what_the_map_says_of_a_column_counts_before_the_default() {
    let mut layout = with_raw();
    layout.map = ColumnMap::parse("[pii]\nmobiles = \"plain\"", "m").unwrap();
    let policy = policy(PiiMode::Mask, &[("mobiles", PiiMode::Plain)]);
    let recorder = Recorder::new(&layout, &policy).unwrap();
    let record = recorder.stream("crm").lead(lead("1"), moment(0), None);
    assert!(record.fixed.contains(&list(&["19900001234"])));
}

#[test]
fn a_map_and_a_policy_that_say_two_things_of_a_column_are_refused() {
    let mut layout = with_raw();
    layout.map = ColumnMap::parse("[pii]\nmobiles = \"plain\"", "m").unwrap();
    for mode in [PiiMode::Hmac, PiiMode::Mask] {
        let policy = policy(PiiMode::Mask, &[("mobiles", mode)]);
        let error = Recorder::new(&layout, &policy).unwrap_err().to_string();
        for part in ["m, pii", "mobiles = \"plain\"", &mode.to_string(), "--pii"] {
            assert!(error.contains(part), "{part}: {error}");
        }
    }
}

#[test]
fn hashing_needs_a_key_and_a_policy_columns_with_personal_data() {
    let mut keyless = policy(PiiMode::Hmac, &[]);
    keyless.key = None;
    let told =
        |policy: &PiiPolicy| Recorder::new(&Layout::default(), policy).unwrap_err().to_string();
    assert!(told(&keyless).contains("hmac_key"), "{}", told(&keyless));
    keyless.default = PiiMode::Mask;
    keyless.columns.insert("mobiles".into(), PiiMode::Hmac);
    assert!(told(&keyless).contains("hmac_key"), "{}", told(&keyless));
    keyless.key = Some(SecretString::from("short"));
    assert!(told(&keyless).contains("16 bytes"), "{}", told(&keyless));
    let platform = policy(PiiMode::Mask, &[("platform", PiiMode::Mask)]);
    assert!(told(&platform).contains("no personal data"), "{}", told(&platform));
    let unknown = policy(PiiMode::Mask, &[("mobile", PiiMode::Mask)]);
    assert!(told(&unknown).contains("did you mean mobiles?"), "{}", told(&unknown));
}

#[test]
fn an_id_that_is_the_leads_mobile_is_not_written_as_it_is() {
    let id = |policy: &PiiPolicy, id: &str| {
        recorder(policy).stream("crm").lead(lead(id), moment(0), None).key.id
    };
    for policy in [PiiPolicy::default(), policy(PiiMode::Hmac, &[])] {
        let hidden = id(&policy, "+8619900001234");
        assert!(hidden.starts_with("person-"), "{hidden}");
        assert_eq!(hidden, id(&policy, "+8619900001234"), "it is the same each time");
        assert_ne!(hidden, id(&policy, "19900001234"), "another id is another lead");
        // Also that of a mobile or an address which the lead itself does not tell of.
        for personal in ["19900009999", "wang@example.com", "wx-19900009999", "someone@example.net"]
        {
            assert!(id(&policy, personal).starts_with("person-"), "{personal}");
        }
        let harmless = ["396823724189762", "7034916587213521959", "row-0123456789ab", "wx-1990"];
        for id_of_none in harmless {
            assert_eq!(id(&policy, id_of_none), id_of_none);
        }
    }
    assert_eq!(id(&policy(PiiMode::Plain, &[]), "19900001234"), "19900001234");
}

#[test]
fn an_id_that_is_hidden_is_hidden_in_other_columns_too() {
    for (mobile, id) in [("400-123-4567", "4001234567"), ("+852 9000 1234", "85290001234")] {
        let mut lead = attributes(lead(id), json!({"key": id, "twin": format!("lead {id}")}));
        lead.mobiles = vec![mobile.into()];
        let made = made(&PiiPolicy::default(), lead);
        assert!(made.1.key.id.starts_with("person-"), "{}", made.1.key.id);
        for column in ["key", "twin"] {
            assert!(!get(&made, column).to_text().contains(id), "{:?}", get(&made, column));
        }
    }
}

#[test]
fn an_attribute_with_a_mobile_for_a_name_gets_another_one() {
    let made = made(&PiiPolicy::default(), attributes(lead("1"), json!({"19900001234": 1})));
    assert!(made.0.columns.iter().all(|column| !column.name.contains("19900001234")));
    assert!(made.0.columns.iter().any(|column| column.name.starts_with("***_")));
}

fn followed_up(text: &str) -> Interaction {
    let mut interaction = Interaction::new("call", raw(r#"{"m":"19900001234"}"#));
    interaction.text = Some(text.into());
    interaction
}

fn interactions(policy: &PiiPolicy, all: Vec<Interaction>) -> Vec<Record> {
    let recorder = recorder(policy);
    let mut stream = recorder.stream("crm");
    let mut of = stream.interactions_of(&lead("L"));
    all.into_iter().map(|one| stream.interaction(&mut of, one, moment(0))).collect()
}

#[test]
fn what_was_said_to_a_lead_is_personal() {
    let made = interactions(&PiiPolicy::default(), vec![followed_up("想买")]);
    let cells = &made[0].fixed;
    assert!(cells.contains(&text("想**")) && cells.contains(&Cell::Json(r#"{"m":"***"}"#.into())));
    let own = policy(PiiMode::Mask, &[("interactions.text", PiiMode::Plain)]);
    assert!(interactions(&own, vec![followed_up("想买")])[0].fixed.contains(&text("想买")));
}

#[test]
fn what_is_hidden_of_an_interaction_is_hidden_in_its_row() {
    let of = |policy: &PiiPolicy| {
        let mut interaction = Interaction::new("call", raw(r#"{"by":"小王","content":"想买"}"#));
        (interaction.text, interaction.actor) = (Some("想买".into()), Some("小王".into()));
        let cells = interactions(policy, vec![interaction]).remove(0).fixed;
        cells.into_iter().find_map(|cell| match cell {
            Cell::Json(raw) => Some(raw),
            _ => None,
        })
    };
    let all = of(&policy(PiiMode::Hmac, &[])).unwrap();
    assert_eq!(all, r#"{"by":"小**","content":"想**"}"#);
    let own = policy(PiiMode::Mask, &[("interactions.text", PiiMode::Plain)]);
    assert_eq!(of(&own).unwrap(), r#"{"by":"小**","content":"想买"}"#);
}

#[test]
fn what_only_the_platform_knows_of_an_interaction_is_there_with_what_is_personal_in_it_hidden() {
    let of = |mode: PiiMode, columns: &[(&str, PiiMode)]| {
        let mut interaction = Interaction::new("call", raw("{}"));
        interaction.actor = Some("小王".into());
        interaction.at = Some(PlatformTime::parse("昨天", UtcOffset::CHINA));
        let Value::Object(members) = json!({"flag": 101, "mobile": "19900001234", "by": "小王"})
        else {
            unreachable!("an object")
        };
        interaction.attributes = members.into_iter().collect();
        let recorder = Recorder::new(&Layout::default(), &policy(mode, columns)).unwrap();
        let mut stream = recorder.stream("crm");
        let mut of = stream.interactions_of(&lead("L"));
        let cells = stream.interaction(&mut of, interaction, moment(0)).fixed;
        let json = cells.into_iter().filter_map(|cell| match cell {
            Cell::Json(json) => Some(json),
            _ => None,
        });
        json.collect::<Vec<_>>()
    };
    let shown = |by: &str, mobile: &str| {
        vec![format!(r#"{{"at_text":"昨天","by":"{by}","flag":101,"mobile":"{mobile}"}}"#)]
    };
    let name = "interactions.attributes";
    assert_eq!(of(PiiMode::Mask, &[]), shown("小**", "199****1234"));
    assert_eq!(of(PiiMode::Hmac, &[]), shown("小**", HASH));
    assert_eq!(of(PiiMode::Plain, &[]), shown("小王", "19900001234"));
    let all_plain = [(name, PiiMode::Plain)];
    assert_eq!(of(PiiMode::Mask, &all_plain), shown("小王", "19900001234"));
    let masked = [(name, PiiMode::Mask)];
    assert_eq!(of(PiiMode::Plain, &masked), shown("小王", "199****1234"));
    // Nothing is no object.
    let made = interactions(&PiiPolicy::default(), vec![followed_up("想买")]);
    assert_eq!(made[0].fixed.iter().filter(|cell| matches!(cell, Cell::Json(_))).count(), 1);
}

#[test]
fn the_rows_of_interactions_have_a_mode_of_their_own() {
    let row = |columns: &[(&str, PiiMode)]| {
        let made = interactions(&policy(PiiMode::Mask, columns), vec![followed_up("想买")]);
        let json = made[0].fixed.iter().find_map(|cell| match cell {
            Cell::Json(json) => Some(json.clone()),
            _ => None,
        });
        json.unwrap()
    };
    let (masked, plain) = (r#"{"m":"***"}"#, r#"{"m":"19900001234"}"#);
    assert_eq!(row(&[("raw", PiiMode::Plain)]), masked);
    assert_eq!(row(&[("interactions.raw", PiiMode::Plain)]), plain);
    let both = [("raw", PiiMode::Plain), ("interactions.raw", PiiMode::Mask)];
    assert_eq!(row(&both), masked);
}

#[test]
fn interactions_of_leads_whose_ids_have_slashes_are_told_apart() {
    let recorder = recorder(&PiiPolicy::default());
    let mut stream = recorder.stream("crm");
    let pairs = [("a", "b/1"), ("a/b", "1"), ("a%2Fb", "1"), ("a", "/1"), ("a/", "1")];
    let ids = pairs.map(|(id, own)| {
        let mut of = stream.interactions_of(&lead(id));
        let mut interaction = followed_up("想买");
        interaction.id = Some(own.to_owned());
        stream.interaction(&mut of, interaction, moment(0)).key.id
    });
    assert_eq!(ids[0], "a/b/1");
    assert_eq!(ids.iter().collect::<std::collections::HashSet<_>>().len(), ids.len(), "{ids:?}");
}

#[test]
fn an_interaction_without_an_id_is_told_by_what_happened() {
    let policy = PiiPolicy::default();
    let ids = |all: &[&str]| -> Vec<String> {
        let all = all.iter().map(|text| followed_up(text)).collect();
        interactions(&policy, all).into_iter().map(|record| record.key.id).collect()
    };
    let first = ids(&["a", "b", "a"]);
    assert!(first[0].starts_with("L/#") && first[0] != first[1]);
    assert_eq!(first[2], format!("{}.2", first[0]));
    assert_eq!(ids(&["a"])[0], first[0], "it is the same each time");
    let mut known = followed_up("a");
    known.id = Some("7".into());
    let record = interactions(&policy, vec![known]).remove(0);
    assert_eq!((record.key.id.as_str(), record.lead_id()), ("L/7", "L"));
    let mut written_otherwise = followed_up("a");
    written_otherwise.raw = raw(r#"{"other":1}"#);
    assert_eq!(interactions(&policy, vec![written_otherwise])[0].key.id, first[0]);
}

#[test]
fn an_interaction_in_which_nobody_wrote_anything_has_one_id_whatever_the_key_is() {
    let id = |key: &str, text: Option<&str>| {
        let mut policy = policy(PiiMode::Hmac, &[]);
        policy.key = Some(key.to_owned().into());
        let mut acted = Interaction::new("2", raw("{}"));
        acted.text = text.map(Into::into);
        interactions(&policy, vec![acted]).remove(0).key.id
    };
    let keys = ["0123456789abcdef", "fedcba9876543210"];
    assert_eq!(id(keys[0], None), id(keys[1], None));
    assert_ne!(id(keys[0], Some("想买")), id(keys[1], Some("想买")));
}

#[test]
fn nobodys_debug_shows_the_key() {
    let shown =
        format!("{:?} {:?}", policy(PiiMode::Hmac, &[]), recorder(&policy(PiiMode::Hmac, &[])));
    assert!(!shown.contains(KEY), "{shown}");
}

#[test]
fn a_whole_number_shows_nobody_unless_it_is_what_the_lead_is_known_by() {
    let lead_called = |name: &str, of: Value| {
        let mut lead = attributes(lead("1"), of);
        lead.name = Some(name.into());
        made(&policy(PiiMode::Mask, &[]), lead)
    };
    let numbers = json!({"a": 87_654_321, "b": -5, "c": 19_900_001_234_i64, "d": 4321});
    let plain = lead_called("小明", numbers.clone());
    let of = |name: &str, made: &(Table, Row)| get(made, name);
    assert_eq!([of("a", &plain), of("b", &plain)], [Cell::Int(87_654_321), Cell::Int(-5)]);
    assert_eq!(of("c", &plain), text("***"));
    // Who is called by a number is masked wherever it stands.
    let numbered = lead_called("4321", numbers);
    assert_eq!(of("a", &numbered), text("87654**"));
    assert_eq!(of("d", &numbered), text("4**"));
    // A mobile is longer than any of these numbers, and a landline need not be.
    let with_mobile = |mobile: &str| {
        let mut lead = attributes(lead("1"), json!({"a": 87_654_321, "b": 4321}));
        lead.mobiles = vec![mobile.into()];
        made(&policy(PiiMode::Mask, &[]), lead)
    };
    assert_eq!(of("a", &with_mobile("19900001234")), Cell::Int(87_654_321));
    let landline = with_mobile("87654321");
    assert_eq!([of("a", &landline), of("b", &landline)], [text("********"), Cell::Int(4321)]);
}
