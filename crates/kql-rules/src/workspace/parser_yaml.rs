//! Parsers as YAML: those of solutions (`FunctionName`, `FunctionQuery`) and those of ASIM (`ParserName`,
//! `ParserQuery`), with their parameters.

use kql_syntax::{Diagnostic, Span};
use serde_json::Value;

use super::functions::{WRONG_FUNCTION, let_statement};
use crate::QueryText;
use crate::document::{Document, Node};

/// The keys that name the function; each name that is given is one.
const NAMES: &[&str] = &["FunctionName", "FunctionAlias", "ParserName", "EquivalentBuiltInParser"];
const QUERIES: &[&str] = &["FunctionQuery", "ParserQuery"];
const PARAMETERS: &[&str] = &["FunctionParams", "ParserParams"];

/// The functions of a parser's file.
pub(super) fn texts(contents: &str) -> Result<Vec<(String, QueryText)>, Diagnostic> {
    let mut found = Vec::new();
    let document = Document::yaml(contents)?;
    for root in &document.roots {
        let get = |keys: &[&str]| keys.iter().find_map(|key| root.get(key));
        let wrong = |message: &str| {
            Diagnostic::error(WRONG_FUNCTION, message, root.span)
                .with_help("a parser has `FunctionName` or `ParserName`, and `FunctionQuery` or `ParserQuery`")
        };
        let Some(query) = get(QUERIES) else { return Err(wrong("the parser has no query")) };
        let at = query.span.start;
        let Some(body) = document.query_text(query) else {
            return Err(Diagnostic::error(WRONG_FUNCTION, "the parser's query is not text", Span::new(at, at)));
        };
        let parameters = match get(PARAMETERS) {
            Some(parameters) => parameter_list(parameters)?,
            None => "()".to_owned(),
        };
        let mut named = false;
        for name in NAMES.iter().filter_map(|key| root.get(key)?.text()) {
            named = true;
            found.push((name.to_owned(), let_statement(name, &parameters, body.clone(), at)));
        }
        if !named {
            return Err(wrong("the parser has no name"));
        }
    }
    Ok(found)
}

/// `(starttime:datetime=datetime(null), disabled:bool=false)`.
fn parameter_list(node: &Node) -> Result<String, Diagnostic> {
    let wrong = || {
        Diagnostic::error(WRONG_FUNCTION, "the parameters of a parser are a list", node.span)
            .with_help("each has `Name`, `Type` and perhaps `Default`")
    };
    let items = match node.to_json() {
        Value::Null => Vec::new(),
        Value::Array(items) => items,
        _ => return Err(wrong()),
    };
    let mut list = Vec::new();
    for item in &items {
        let get = |key: &str| item.get(key).or_else(|| item.get(key.to_ascii_lowercase()));
        let (Some(name), Some(kind)) = (get("Name").and_then(Value::as_str), get("Type").and_then(Value::as_str))
        else {
            return Err(wrong());
        };
        let kind = kind.trim().trim_start_matches("table:").trim_start_matches("tabular:");
        let default = get("Default").filter(|default| !default.is_null());
        list.push(match default {
            Some(default) => format!("['{name}']:{kind}={}", literal(kind, default)),
            None => format!("['{name}']:{kind}"),
        });
    }
    Ok(format!("({})", list.join(", ")))
}

/// A default as KQL writes it: text may stand with or without its quotes.
fn literal(kind: &str, default: &Value) -> String {
    match default {
        Value::String(text) if kind.eq_ignore_ascii_case("string") => {
            let quoted =
                text.len() > 1 && ['\'', '"'].iter().any(|quote| text.starts_with(*quote) && text.ends_with(*quote));
            if quoted { text.clone() } else { format!("'{}'", text.replace('\\', "\\\\").replace('\'', "\\'")) }
        }
        Value::String(text) if kind.eq_ignore_ascii_case("bool") => text.to_lowercase(),
        Value::String(text) => text.clone(),
        other if kind.eq_ignore_ascii_case("string") => format!("'{other}'"),
        other => other.to_string(),
    }
}
