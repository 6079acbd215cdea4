//! YAML as authors write it: with a byte order mark, with blank lines that hold tabs or too many spaces.

use kql_syntax::{Diagnostic, Span};
use saphyr::{LoadableYamlNode, MarkedYaml, Scalar, YamlData};

use super::{Content, Node};

/// The documents of a file.
///
/// # Errors
/// What is no YAML, with its place.
pub(super) fn documents(contents: &str) -> Result<Vec<Node>, Diagnostic> {
    let (text, offsets) = cleaned(contents);
    let places = Places { contents, offsets };
    let documents = MarkedYaml::load_from_str(&text).map_err(|error| {
        let at = places.at(error.marker().index());
        let wrong =
            Diagnostic::error("KQL0301", format!("this is not valid YAML: {}", error.info()), Span::new(at, at));
        let line_start = contents.get(..at).and_then(|before| before.rfind('\n')).map_or(0, |at| at + 1);
        match contents.get(line_start..).unwrap_or("").trim_start_matches(' ').starts_with('\t') {
            true => wrong.with_help("YAML is indented with spaces, never with tabs"),
            false => wrong,
        }
    })?;
    Ok(documents.iter().map(|document| places.node(document)).collect())
}

/// The text without a byte order mark and with blank lines that are empty, and for each character of it the place in
/// the file. (YAML refuses a tab, or a deeper indentation than that of the first line, also where nothing follows.)
fn cleaned(contents: &str) -> (String, Vec<usize>) {
    let mut text = String::with_capacity(contents.len());
    let mut offsets = Vec::with_capacity(contents.len());
    let mut at = 0;
    for line in contents.split_inclusive('\n') {
        let is_blank = line.trim().is_empty();
        for (offset, character) in line.char_indices() {
            let is_mark = at + offset == 0 && character == '\u{feff}';
            if is_mark || (is_blank && matches!(character, ' ' | '\t')) {
                continue;
            }
            text.push(character);
            offsets.push(at + offset);
        }
        at += line.len();
    }
    (text, offsets)
}

struct Places<'c> {
    contents: &'c str,
    offsets: Vec<usize>,
}

impl Places<'_> {
    /// The parser counts characters of the cleaned text.
    fn at(&self, character: usize) -> usize {
        self.offsets.get(character).copied().unwrap_or(self.contents.len())
    }

    fn node(&self, node: &MarkedYaml<'_>) -> Node {
        let start = self.at(node.span.start.index());
        let end = self.at(node.span.end.index()).max(start);
        // A block ends where the next one begins; its own text ends before the space between.
        let text = self.contents.get(start..end).unwrap_or("");
        Node { content: self.content(&node.data), span: Span::new(start, start + text.trim_end().len()) }
    }

    fn content<'y>(&self, data: &YamlData<'y, MarkedYaml<'y>>) -> Content {
        match data {
            YamlData::Value(Scalar::Null) | YamlData::Alias(_) | YamlData::BadValue => Content::Null,
            YamlData::Value(Scalar::Boolean(value)) => Content::Bool(*value),
            YamlData::Value(Scalar::Integer(value)) => Content::Number(value.to_string()),
            YamlData::Value(Scalar::FloatingPoint(value)) => Content::Number(value.into_inner().to_string()),
            YamlData::Value(Scalar::String(value)) => Content::Text(value.to_string()),
            YamlData::Representation(text, ..) => Content::Text(text.to_string()),
            YamlData::Sequence(items) => Content::List(items.iter().map(|item| self.node(item)).collect()),
            YamlData::Mapping(members) => {
                Content::Mapping(members.iter().map(|(key, value)| (self.node(key), self.node(value))).collect())
            }
            YamlData::Tagged(_, inner) => self.content(&inner.data),
        }
    }
}
