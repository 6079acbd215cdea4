//! `{{placeholders}}`: values that are put into a query before it is parsed.

use std::collections::BTreeMap;
use std::ops::Range;

use kql_syntax::{Diagnostic, Span};
use serde_json::Value;

use crate::QueryText;
use crate::document::{Document, Node};

/// The values of placeholders by their names.
pub type Values = BTreeMap<String, String>;

/// Reads values from YAML or JSON: a mapping of values by the placeholders' names.
///
/// # Errors
/// What is no such mapping, with its place.
pub fn read_values(contents: &str) -> Result<Values, Diagnostic> {
    let document = Document::yaml(contents)?;
    let wrong = || {
        Diagnostic::error(
            "KQL0324",
            "the values of placeholders are a mapping of values by their names",
            Span::default(),
        )
        .with_help("write `NAME: value`, one a line")
    };
    let members = match document.roots.first().map(Node::to_json) {
        None => return Ok(Values::new()),
        Some(Value::Object(members)) => members,
        Some(_) => return Err(wrong()),
    };
    members
        .into_iter()
        .map(|(name, value)| match value {
            Value::String(text) => Ok((name, text)),
            Value::Number(_) | Value::Bool(_) => Ok((name, value.to_string())),
            Value::Null | Value::Array(_) | Value::Object(_) => Err(wrong()),
        })
        .collect()
}

impl QueryText {
    /// The query with the values in the places of `{{name}}`. A placeholder without a value stays, and parsing
    /// reports it.
    pub fn filled(&self, values: &Values) -> QueryText {
        let text = self.text();
        let mut parts: Vec<(Range<usize>, &str)> = Vec::new();
        let mut at = 0;
        while let Some(open) = text.get(at..).and_then(|rest| rest.find("{{")).map(|found| at + found) {
            let inside = open + 2;
            let Some(length) = text.get(inside..).and_then(|rest| rest.find("}}")) else { break };
            let name = text.get(inside..inside + length).unwrap_or("").trim();
            match values.get(name) {
                Some(value) => {
                    at = inside + length + 2;
                    parts.push((open..at, value));
                }
                None => at = inside,
            }
        }
        if parts.is_empty() { self.clone() } else { self.replacing(&parts) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_put_in_and_places_stay_right() {
        let values = read_values("days: 7\nwho: \"'ann'\"\n").unwrap();
        let file = "T | where ago({{days}}d) < t and User == {{ who }} and X == {{other}}";
        let filled = QueryText::whole_file(file).filled(&values);
        assert_eq!(filled.text(), "T | where ago(7d) < t and User == 'ann' and X == {{other}}");
        let place = |word: &str| {
            let start = filled.text().find(word).unwrap();
            &file[filled.in_file(Span::new(start, start + word.len())).range()]
        };
        assert_eq!(place("'ann'"), "{{ who }}");
        assert_eq!(place("7d"), "{{days}}d");
        assert_eq!(place("User"), "User");
        assert_eq!(place("{{other}}"), "{{other}}");
    }

    #[test]
    fn values_are_a_mapping() {
        assert_eq!(read_values("{\"a\": true}").unwrap()["a"], "true");
        assert_eq!(read_values("[1]").unwrap_err().code, "KQL0324");
        assert_eq!(read_values("a: [1]").unwrap_err().code, "KQL0324");
    }
}
