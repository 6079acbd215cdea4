//! YAML with places: what both rules and their tests are read with.

use kql_syntax::{Diagnostic, Span};
use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};
use serde_json::{Map, Value};

/// The documents of a file.
///
/// # Errors
/// What is no YAML, with its place.
pub(crate) fn documents(contents: &str) -> Result<Vec<MarkedYaml<'_>>, Diagnostic> {
    MarkedYaml::load_from_str(contents).map_err(|error| {
        let at = byte_offset(contents, error.marker().index());
        Diagnostic::error("KQL0301", format!("this is not valid YAML: {}", error.info()), Span::new(at, at))
    })
}

/// Where a node stands in the file.
pub(crate) fn place(contents: &str, node: &MarkedYaml<'_>) -> Span {
    let start = byte_offset(contents, node.span.start.index());
    let end = byte_offset(contents, node.span.end.index()).max(start);
    // A block ends where the next one begins; its own text ends before the space between.
    let text = contents.get(start..end).unwrap_or("");
    Span::new(start, start + text.trim_end().len())
}

/// The parser counts characters, everything else here counts bytes.
pub(crate) fn byte_offset(contents: &str, characters: usize) -> usize {
    contents.char_indices().nth(characters).map_or(contents.len(), |(offset, _)| offset)
}

/// A node as JSON; keys that are no text become text.
pub(crate) fn to_json(node: &MarkedYaml<'_>) -> Value {
    match &node.data {
        YamlData::Value(Scalar::Null) => Value::Null,
        YamlData::Value(Scalar::Boolean(value)) => Value::from(*value),
        YamlData::Value(Scalar::Integer(value)) => Value::from(*value),
        YamlData::Value(Scalar::FloatingPoint(value)) => Value::from(value.into_inner()),
        YamlData::Value(Scalar::String(value)) => Value::from(value.as_ref()),
        YamlData::Sequence(items) => items.iter().map(to_json).collect(),
        YamlData::Mapping(members) => {
            let members = members.iter().map(|(key, value)| (key_text(key), to_json(value)));
            Value::Object(members.collect::<Map<String, Value>>())
        }
        YamlData::Tagged(_, inner) => to_json(inner),
        YamlData::Representation(text, ..) => Value::from(text.as_ref()),
        YamlData::Alias(_) | YamlData::BadValue => Value::Null,
    }
}

/// A key as text.
pub(crate) fn key_text(key: &MarkedYaml<'_>) -> String {
    match to_json(key) {
        Value::String(text) => text,
        other => other.to_string(),
    }
}
