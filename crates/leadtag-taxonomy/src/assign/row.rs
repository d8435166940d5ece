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
        let wrong = |what: &str| format!("{name}: it must be {what}");
        let text = || match value {
            Value::Null => Ok(String::new()),
            _ => word(value).ok_or_else(|| wrong("a text")),
        };
        let list = || match value {
            Value::Null => Ok(None),
            Value::Array(items) => {
                let words = items.iter().map(word).collect::<Option<Vec<_>>>();
                words.map(Some).ok_or_else(|| wrong("a list of texts"))
            }
            _ => word(value).map(|one| Some(vec![one])).ok_or_else(|| wrong("a list of texts")),
        };
        let filled = |words: Option<Vec<String>>| -> Vec<String> {
            words.into_iter().flatten().filter(|word| !word.is_empty()).collect()
        };
        match name {
            "provider" => self.provider = text()?,
            "owner" => self.owner = text()?,
            "contact" => self.contact = text()?,
            "add" => self.add = filled(list()?),
            "remove" => self.remove = filled(list()?),
            "current" => self.current = list()?.map(|words| filled(Some(words))),
            _ => {}
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
    use super::*;

    #[test]
    fn semicolons_stand_between_tags_and_can_stand_in_a_name() {
        assert_eq!(tokens(" a ;b; ;c\\;d;e\\f"), ["a", "b", "c;d", "e\\f"]);
        assert_eq!(tokens(""), Vec::<String>::new());
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
