//! Who is forgotten, of destinations that can do that.

use leadtag_core::SecretString;
use leadtag_core::pii::Mobile;
use leadtag_extract::Person;

use super::*;

pub(crate) const MOBILE: &str = "19900005678";

/// The key of the hashes below.
const KEY: &str = "0123456789abcdef";

fn with_mobiles(id: &str, name: &str, mobiles: &[&str]) -> Row {
    let mut row = lead(id, name);
    row.cells[3] = Cell::List(mobiles.iter().map(|mobile| (*mobile).to_owned()).collect());
    row
}

/// Two leads with interactions, of which the first has the mobile, as it is stored.
pub(crate) fn with_mobile(world: &dyn World, stored: &str) {
    let names = ["provider", "lead_id", "id"].map(|name| Column::new(name, ColumnKind::Text));
    let table = Table::new("interactions", names.to_vec());
    let interaction = |lead: &str| {
        let id = format!("{lead}/a");
        let cells = ["p", lead, &id].map(|text| Cell::Text(text.to_owned())).to_vec();
        Row::new(Key::new("p", &*id), 1, cells)
    };
    let ada = with_mobiles("1", "Ada Lovelace of Example", &["01012345678", stored]);
    let mut run = Run::open(world);
    run.write(vec![ada, lead("2", "Bea")]);
    run.widen(&table).upsert(&table, vec![interaction("1"), interaction("2")]).commit();
    run.finish();
}

pub(super) fn a_person_is_forgotten_with_the_interactions(world: &dyn World) {
    with_mobile(world, "+86 199-0000-5678");
    pull(world, vec![lead("3", "call １99-0000–1111"), lead("4", "Cyd")]);
    let mut sink = world.open().unwrap();
    let removed = sink.forget(&Person::Mobile(Mobile::new(MOBILE)), None).unwrap();
    assert_eq!((removed.leads, removed.interactions, removed.elsewhere), (1, 1, 0));
    let forgotten = sink.forgotten().unwrap();
    assert!(forgotten.holds("p", "1") && !forgotten.holds("p", "2"));
    // A number that only stands in a text tells of nobody.
    let person = Person::Mobile(Mobile::new("+86 199 0000 1111"));
    let removed = sink.forget(&person, None).unwrap();
    assert_eq!((removed.leads, removed.elsewhere), (0, 1));
    drop(sink);
    assert_eq!(names(world), ["p/2=Bea", "p/3=call １99-0000–1111", "p/4=Cyd"]);
    assert_eq!(world.rows("interactions").len(), 1);
}

pub(super) fn a_person_is_forgotten_by_id(world: &dyn World) {
    with_mobile(world, MOBILE);
    let mut sink = world.open().unwrap();
    let mut forget = |provider, id| {
        let removed = sink.forget(&Person::id(provider, id), None).unwrap();
        (removed.leads, removed.interactions)
    };
    assert_eq!(forget(Some("q"), "1"), (0, 0));
    assert_eq!(forget(None, "1"), (1, 1));
    assert_eq!(forget(None, "1"), (0, 0));
    assert!(sink.forgotten().unwrap().holds("q", "1"));
}

pub(super) fn a_person_is_found_by_a_hashed_mobile_with_the_key_alone(world: &dyn World) {
    // printf 'mobile:19900005678' | openssl dgst -sha256 -hmac KEY | cut -c1-32
    with_mobile(world, "46805dabf280b6a37966840b305304d5");
    let mut sink = world.open().unwrap();
    let person = Person::Mobile(Mobile::new("0086 199 0000 5678"));
    let error = sink.forget(&person, None).unwrap_err().to_string();
    assert!(error.contains("--hmac-key"), "{error}");
    assert_eq!(sink.forget(&person, Some(&SecretString::from(KEY))).unwrap().leads, 1);
}

pub(super) fn nobody_is_told_by_a_masked_mobile(world: &dyn World) {
    with_mobile(world, "199****5678");
    let mut sink = world.open().unwrap();
    let error = sink.forget(&Person::Mobile(Mobile::new(MOBILE)), None).unwrap_err().to_string();
    assert!(error.contains("--id"), "{error}");
    drop(sink);
    assert_eq!(world.rows("leads").len(), 2);
}

/// Somebody is found wherever maps have put the mobiles.
pub(super) fn who_is_forgotten_is_found_in_renamed_columns(world: &dyn World) {
    let mut table = leads();
    let mut phones = Column::new("phones", ColumnKind::List);
    phones.renamed_from = Some("mobiles".to_owned());
    table.columns.push(phones);
    let without = |id: &str| {
        let mut row = lead(id, "Ada");
        row.cells[3] = Cell::Null;
        row
    };
    let mut renamed = without("1");
    renamed.cells.push(Cell::List(vec!["19900005678".to_owned()]));
    let mut run = Run::open(world);
    run.widen(&table).upsert(&table, vec![renamed, without("2"), lead("3", "Cyd")]).commit();
    run.finish();
    let mut sink = world.open().unwrap();
    let mut forget = |number: &str| sink.forget(&Person::Mobile(Mobile::new(number)), None);
    assert_eq!(forget("19900005678").unwrap().leads, 1);
    assert_eq!(forget("19900001234").unwrap().leads, 1);
    // Of those who are left nobody can be told.
    let error = forget("19900001234").unwrap_err().to_string();
    assert!(error.contains("it holds no mobiles"), "{error}");
}

/// Whose id is hidden there is found by the id of the platform.
pub(super) fn who_is_forgotten_is_found_by_the_id_of_the_platform(world: &dyn World) {
    let id = "19900001234";
    // printf 'id:19900001234' | openssl dgst -sha256 -hmac KEY | cut -c1-32, without a key at first
    let bare = "person-5073bc593c0e71e3a5a686b03ce4fb19";
    let keyed = "person-3e643a667f3716e3089a0a32c42f9db6";
    let key = SecretString::from(KEY);
    pull(world, vec![lead(bare, "Ada"), lead("7", "Bea")]);
    pull(world, vec![lead_of("q", keyed, "Cyd")]);
    let mut sink = world.open().unwrap();
    let mut forget = |key| sink.forget(&Person::id(None, id), key).map(|removed| removed.leads);
    assert_eq!(forget(None).unwrap(), 1);
    assert_eq!(forget(Some(&key)).unwrap(), 1);
    assert_eq!(forget(Some(&key)).unwrap(), 0);
    let forgotten = sink.forgotten().unwrap();
    for (provider, ids) in [("p", [id, bare]), ("q", [id, keyed])] {
        assert!(ids.iter().all(|id| forgotten.holds(provider, id)), "{provider}");
    }
    drop(sink);
    assert_eq!(names(world), ["p/7=Bea"]);
    // With a key that is not given nobody can say that the person is not there.
    pull(world, vec![lead_of("r", keyed, "Dan")]);
    let mut sink = world.open().unwrap();
    let mut of_a_key = checkpoint("r", 1);
    of_a_key.key = Some("of a key".to_owned());
    sink.commit(&[of_a_key]).unwrap();
    let mut forget = |id: &str| sink.forget(&Person::id(Some("r"), id), None);
    let error = forget(id).unwrap_err().to_string();
    assert!(error.contains("1 leads have ids that are hashed") && error.contains("--hmac-key"));
    assert_eq!(forget("8").unwrap().leads, 0);
    drop(sink);
    // Nor that this was all of the person.
    pull(world, vec![lead_of("r", bare, "Eve")]);
    let removed = world.open().unwrap().forget(&Person::id(Some("r"), id), None).unwrap();
    assert_eq!((removed.leads, removed.hashed), (1, 1));
}

pub(super) fn a_mobile_is_forgotten_where_interactions_are_gone(world: &dyn World) {
    with_mobile(world, MOBILE);
    world.drop_table("interactions");
    let mut sink = world.open().unwrap();
    let mut forget = |person| {
        let removed = sink.forget(&person, None).unwrap();
        (removed.leads, removed.interactions)
    };
    assert_eq!(forget(Person::Mobile(Mobile::new(MOBILE))), (1, 0));
    assert_eq!(forget(Person::Mobile(Mobile::new(MOBILE))), (0, 0));
    // The other one stayed.
    assert_eq!(forget(Person::id(None, "2")), (1, 0));
    assert!(sink.forgotten().unwrap().holds("p", "1"));
}
