//! One row of the input.

use serde_json::Value;

/// What a row asks for, as it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) provider: String,
    pub(super) owner: String,
    pub(super) contact: String,
    pub(super) add: Vec<String>,
    pub(super) remove: Vec<String>,
    /// The tags the contact has now; `None` if the row does not say.
    pub(super) current: Option<Vec<String>>,
}

/// What a row can say, in the order it is told.
pub(super) const COLUMNS: [&str; 6] = ["provider", "owner", "contact", "add", "remove", "current"];

/// The columns that the results add.
pub(super) const ADDED: [&str; 3] = ["row", "status", "message"];

impl Row {
    /// Takes one cell of a CSV file in.
    pub(super) fn set_cell(&mut self, column: &str, cell: &str) {
        let cell = cell.trim();
        match column {
            "provider" => cell.clone_into(&mut self.provider),
            "owner" => cell.clone_into(&mut self.owner),
            "contact" => cell.clone_into(&mut self.contact),
            "add" => self.add = tokens(cell),
            "remove" => self.remove = tokens(cell),
            "current" if cell.is_empty() => self.current = None,
            "current" if cell == "[]" => self.current = Some(Vec::new()),
            "current" => self.current = Some(tokens(cell)),
            _ => {}
        }
    }

    /// Takes one member of a JSON object in.
    ///
    /// # Errors
    /// What is wrong with its value.
    pub(super) fn set_member(&mut self, name: &str, value: &Value) -> Result<(), String> {
        let tags = || match value {
            Value::Array(items) => {
                let words = items.iter().map(word).collect::<Option<Vec<_>>>();
                let words = words.ok_or_else(|| format!("{name}: it must be a list of texts"))?;
                Ok(words.into_iter().filter(|word| !word.is_empty()).collect())
            }
            _ => Err(format!("{name}: it must be a list of texts")),
        };
        match (name, word(value)) {
            // A text is read as a cell is.
            (_, Some(cell)) => self.set_cell(name, &cell),
            _ if value.is_null() => {}
            ("add", None) => self.add = tags()?,
            ("remove", None) => self.remove = tags()?,
            ("current", None) => self.current = Some(tags()?),
            _ => return Err(format!("{name}: it must be a text")),
        }
        Ok(())
    }
}

/// A text, or an integer as text: some ids are numbers.
fn word(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.trim().to_owned()),
        Value::Number(number) if !number.is_f64() => Some(number.to_string()),
        _ => None,
    }
}

/// The tags of a cell: `;` stands between them, `\;` is a semicolon of a name.
fn tokens(cell: &str) -> Vec<String> {
    let mut all = vec![String::new()];
    let mut chars = cell.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, all.last_mut()) {
            ('\\', Some(last)) if chars.next_if_eq(&';').is_some() => last.push(';'),
            (';', _) => all.push(String::new()),
            (c, Some(last)) => last.push(c),
            (_, None) => {}
        }
    }
    all.into_iter().map(|token| token.trim().to_owned()).filter(|t| !t.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn semicolons_stand_between_tags_and_can_stand_in_a_name() {
        assert_eq!(tokens(" a ;b; ;c\\;d;e\\f"), ["a", "b", "c;d", "e\\f"]);
        assert_eq!(tokens(""), Vec::<String>::new());
    }

    #[test]
    fn a_text_of_json_is_read_as_a_cell_and_a_list_as_it_stands() {
        let mut row = Row::default();
        for (name, value) in [
            ("add", json!("a;b")),
            ("remove", json!(["a;b", "", 7])),
            ("current", json!([])),
            ("contact", json!(5)),
            ("owner", json!(null)),
        ] {
            row.set_member(name, &value).unwrap();
        }
        assert_eq!((row.add, row.remove), (words(["a", "b"]), words(["a;b", "7"])));
        assert_eq!(
            (row.current, row.contact.as_str(), row.owner.as_str()),
            (Some(vec![]), "5", "")
        );
        for (name, value) in [
            ("add", json!({})),
            ("add", json!(["a", null])),
            ("remove", json!(true)),
            ("current", json!(1.5)),
            ("contact", json!(["c"])),
        ] {
            assert!(Row::default().set_member(name, &value).unwrap_err().starts_with(name));
        }
    }

    fn words<const N: usize>(words: [&str; N]) -> Vec<String> {
        words.map(str::to_owned).to_vec()
    }

    #[test]
    fn an_empty_current_cell_is_unknown_and_brackets_are_none() {
        let mut row = Row::default();
        row.set_cell("current", "");
        assert_eq!(row.current, None);
        row.set_cell("current", "[]");
        assert_eq!(row.current, Some(Vec::new()));
    }
}
