//! Rows as a test file holds them.

use std::fmt::Write;

use serde_json::Value as Json;

use super::ActualRows;
use super::compare::to_json;

/// The rows as a YAML list, to stand where `rows` of an expectation begins in a column of the file: each row but the
/// first is indented by `indent`. With `columns`, only those; no rows are `[]`.
pub fn rows_text(actual: &ActualRows, columns: Option<&[String]>, indent: usize) -> String {
    if actual.rows.is_empty() {
        return "[]".to_owned();
    }
    let mut text = String::new();
    for (position, row) in actual.rows.iter().enumerate() {
        if position > 0 {
            let _ = write!(text, "\n{:indent$}", "");
        }
        let cells =
            actual.columns.iter().zip(row).filter(|((name, _), _)| columns.is_none_or(|only| only.contains(name)));
        let cells: Vec<String> =
            cells.map(|((name, _), value)| format!("{}: {}", key(name), flow(&to_json(value)))).collect();
        let _ = write!(text, "- {{{}}}", cells.join(", "));
    }
    text
}

/// A key; one that is no plain word is quoted.
fn key(name: &str) -> String {
    let is_plain = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !matches!(name.to_ascii_lowercase().as_str(), "true" | "false" | "null" | "yes" | "no" | "on" | "off");
    if is_plain { name.to_owned() } else { Json::from(name).to_string() }
}

/// JSON is YAML.
fn flow(value: &Json) -> String {
    value.to_string()
}
