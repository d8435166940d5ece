use super::*;

fn refused(text: &str) -> String {
    ColumnMap::parse(text, "map.toml").unwrap_err().to_string()
}

#[test]
fn names_with_dots_need_no_quotes() {
    let map = ColumnMap::parse(
        "[rename]\nattributes.a.b = \"c\"\n\"attributes.d\" = \"e\"\n[pii]\ninteractions.text = \"plain\"\n",
        "m",
    )
    .unwrap();
    assert_eq!(map.rename["attributes.a.b"], "c");
    assert_eq!(map.rename["attributes.d"], "e");
    assert_eq!(map.pii["interactions.text"], PiiMode::Plain);
}

#[test]
fn an_error_tells_its_line_and_what_was_meant() {
    for (text, told) in [
        (
            "\n\ndrop = [\n  \"mobile\"]",
            "map.toml:4: there is no column \"mobile\"; did you mean mobiles?; what the platform calls so is attributes.mobile",
        ),
        ("[renames]", "map.toml:1: unknown key \"renames\"; did you mean rename?"),
        (
            "\n[pii]\nmobiles = \"hide\"",
            "map.toml:3: mobiles must be \"mask\", \"hmac\" or \"plain\"",
        ),
        ("[rename]\nname = 1", "map.toml:2: name must get a name in quotes"),
        (
            "[rename]\nlevel = \"l\"\nname = \"company\"",
            "map.toml:3: there is a column \"company\"",
        ),
        (
            "drop = [\"attributes.*\"]\n[rename]\nattributes.city = \"town\"",
            "map.toml:3: attributes.city is dropped and renamed",
        ),
        (
            "[pii]\nattributes = \"mask\"\n\"attributes.*\" = \"plain\"",
            "map.toml:3: attributes.* = \"plain\", and \"mask\" is said of it too",
        ),
        ("drop = \"name\"", "map.toml:1: drop must be a list such as [\"source\"]"),
        ("rename = [", "map.toml:1: "),
    ] {
        assert!(refused(text).starts_with(told), "{}", refused(text));
    }
}

#[test]
fn what_cannot_be_done_is_refused() {
    for (text, told) in [
        ("drop = [\"id\"]", "id cannot be dropped"),
        ("drop = [\"provider\"]", "provider cannot be dropped"),
        ("[rename]\nid = \"key\"", "id cannot be renamed"),
        ("[rename]\nname = \"a\"\ncompany = \"A\"", "cannot both be called"),
        ("[rename]\nname = \"id\"", "leadtag's own"),
        ("[rename]\nname = \"\"", "it is empty"),
        ("[rename]\nname = \"attributes.x\"", "names of platforms begin so"),
        ("[rename]\nattributes.\"*\" = \"x\"", "cannot be renamed"),
        ("[pii]\nplatform = \"mask\"", "platform holds no personal data; these may: name, mobiles"),
        ("drop = [\"name\"]\n[rename]\nname = \"n\"", "dropped and renamed"),
        (
            "[pii]\nattributes.city = \"mask\"\n\"attributes.city\" = \"plain\"",
            "attributes.city stands in [pii] twice",
        ),
    ] {
        assert!(refused(text).contains(told), "{}", refused(text));
    }
}
