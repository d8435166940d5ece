//! JSON as TOML: the readers of configurations read that.

use std::fmt::Write;

use serde_json::{Map, Value};

/// The tables that a configuration has.
const TABLES: &[&str] = &["providers", "tags", "pull"];

/// The tables of a configuration. Other members are left out, and so is `null`.
pub(super) fn document(json: &Map<String, Value>) -> String {
    let mut text = String::new();
    for (key, value) in json.iter().filter(|(key, _)| TABLES.contains(&key.as_str())) {
        match value {
            Value::Object(members) if key == "providers" => {
                for (name, provider) in members {
                    table(&mut text, &format!("{key}.{}", quoted(name)), provider);
                }
            }
            _ => table(&mut text, key, value),
        }
    }
    text
}

fn table(text: &mut String, name: &str, value: &Value) {
    let Value::Object(members) = value else {
        // No table: whoever reads it says what it should be.
        let _ = writeln!(text, "{name} = {}", inline(value));
        return;
    };
    let _ = writeln!(text, "[{name}]");
    for (key, value) in members.iter().filter(|(_, value)| !value.is_null()) {
        let _ = writeln!(text, "{} = {}", quoted(key), inline(value));
    }
}

fn inline(value: &Value) -> String {
    match value {
        Value::Null => "\"\"".to_owned(),
        Value::Bool(_) | Value::Number(_) => value.to_string(),
        Value::String(text) => quoted(text),
        Value::Array(items) => {
            let items: Vec<_> = items.iter().map(inline).collect();
            format!("[{}]", items.join(", "))
        }
        Value::Object(members) => {
            let members = members.iter().filter(|(_, value)| !value.is_null());
            let members: Vec<_> = members
                .map(|(key, value)| format!("{} = {}", quoted(key), inline(value)))
                .collect();
            format!("{{ {} }}", members.join(", "))
        }
    }
}

/// A text of JSON is one of TOML, but for DEL.
fn quoted(text: &str) -> String {
    Value::from(text).to_string().replace('\u{7f}', "\\u007f")
}

#[cfg(test)]
mod tests {
    use leadtag::Config;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_configuration_in_json_is_read_as_the_same_in_toml() {
        let json = json!({
            "providers": {
                "a-crm": {
                    "platform": "crm-v3",
                    "app_id": "a\"b\\c\u{7f}\n",
                    "app_key": "env:KEY",
                    "timeout": null,
                    "limits": {"per_minute": 100},
                },
            },
            "pull": {"provider": ["a-crm"], "pii": {"default": "mask"}},
            "start_date": "2024-01-01T00:00:00Z",
        });
        let config = Config::parse(&document(json.as_object().unwrap()), "x").unwrap();
        assert_eq!(config.names().collect::<Vec<_>>(), ["a-crm"]);
        assert_eq!(config.pull().unwrap().texts("provider").unwrap().unwrap(), ["a-crm"]);
    }
}
