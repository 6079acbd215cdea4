//! Rows as a test file holds them.

use std::fmt::Write;

use serde_json::Value as Json;

use super::compare::to_json;
use super::{ActualRows, Row};

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

/// A row as YAML on one line.
pub fn row_text(row: &Row) -> String {
    let cells: Vec<String> = row.iter().map(|(name, value)| format!("{}: {}", key(name), flow(value))).collect();
    format!("{{{}}}", cells.join(", "))
}

/// A key; one that is no plain word is quoted.
fn key(name: &str) -> String {
    let is_plain = name.chars().all(|character| character.is_ascii_alphanumeric() || character == '_')
        && name.starts_with(|first: char| first.is_ascii_alphabetic())
        && !is_word_of_yaml(name);
    if is_plain { name.to_owned() } else { Json::from(name).to_string() }
}

/// JSON is YAML; a text that YAML reads as itself needs no quotes.
fn flow(value: &Json) -> String {
    match value {
        Json::String(text) if is_plain(text) => text.clone(),
        Json::Array(items) => format!("[{}]", items.iter().map(flow).collect::<Vec<_>>().join(", ")),
        Json::Object(members) => row_text(members),
        value => value.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    let is_usual = |character: char| character.is_ascii_alphanumeric() || "_-.@/\\".contains(character);
    text.starts_with(|first: char| first.is_ascii_alphabetic()) && text.chars().all(is_usual) && !is_word_of_yaml(text)
}

/// What YAML takes for something other than text.
fn is_word_of_yaml(text: &str) -> bool {
    matches!(
        text.to_ascii_lowercase().as_str(),
        "true" | "false" | "null" | "yes" | "no" | "on" | "off" | "y" | "n" | "nan" | "inf" | "infinity"
    )
}
