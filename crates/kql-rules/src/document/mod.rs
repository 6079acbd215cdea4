//! YAML and JSON as one tree with places: what rules are read from.

mod json;
pub(crate) mod template;
mod yaml;

use kql_syntax::{Diagnostic, Span};
use serde_json::Value;

use crate::QueryText;

/// A value with its place in the file.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Node {
    pub content: Content,
    pub span: Span,
}

/// What a node holds.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Content {
    Null,
    Bool(bool),
    /// As it is written, or as YAML writes it.
    Number(String),
    Text(String),
    List(Vec<Node>),
    /// An expression of a template that the file does not resolve, with the reason.
    Unresolved(String),
    /// In the order of the file.
    Mapping(Vec<(Node, Node)>),
}

impl Node {
    /// A member of a mapping; `Null` counts as not there.
    pub fn get(&self, key: &str) -> Option<&Node> {
        let found = self.members().iter().find(|(name, _)| matches!(&name.content, Content::Text(text) if text == key));
        found.map(|(_, value)| value).filter(|value| value.content != Content::Null)
    }

    /// The members of a mapping; none of anything else.
    pub fn members(&self) -> &[(Node, Node)] {
        match &self.content {
            Content::Mapping(members) => members,
            _ => &[],
        }
    }

    /// The items of a list; none of anything else.
    pub fn items(&self) -> &[Node] {
        match &self.content {
            Content::List(items) => items,
            _ => &[],
        }
    }

    /// The text, where it is one.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A scalar as text.
    pub fn scalar(&self) -> Option<String> {
        match &self.content {
            Content::Text(text) | Content::Number(text) => Some(text.clone()),
            Content::Bool(value) => Some(value.to_string()),
            _ => None,
        }
    }

    pub fn is_mapping(&self) -> bool {
        matches!(self.content, Content::Mapping(_))
    }

    pub fn is_list(&self) -> bool {
        matches!(self.content, Content::List(_))
    }

    /// The value as JSON; keys that are no text become text.
    pub fn to_json(&self) -> Value {
        match &self.content {
            Content::Null | Content::Unresolved(_) => Value::Null,
            Content::Bool(value) => Value::from(*value),
            Content::Number(text) => serde_json::from_str(text).unwrap_or_else(|_| Value::from(text.as_str())),
            Content::Text(text) => Value::from(text.as_str()),
            Content::List(items) => items.iter().map(Node::to_json).collect(),
            Content::Mapping(members) => {
                Value::Object(members.iter().map(|(key, value)| (key.key_text(), value.to_json())).collect())
            }
        }
    }

    /// A key as text.
    pub fn key_text(&self) -> String {
        self.scalar().unwrap_or_else(|| self.to_json().to_string())
    }
}

/// A file's documents, and how to find a query's text in it.
pub(crate) struct Document<'c> {
    pub contents: &'c str,
    pub is_json: bool,
    pub roots: Vec<Node>,
}

impl<'c> Document<'c> {
    /// Reads a file: one that begins like JSON as JSON where its name says so, else as YAML.
    ///
    /// # Errors
    /// What is neither, with its place.
    pub fn read(is_json: bool, contents: &'c str) -> Result<Document<'c>, Diagnostic> {
        let mut roots = if is_json { vec![json::parse(contents)?] } else { yaml::documents(contents)? };
        if roots.first().is_some_and(template::is_template) {
            roots = roots.into_iter().map(template::resolved).collect();
        }
        Ok(Document { contents, is_json, roots })
    }

    /// Reads YAML, of which JSON is a part.
    ///
    /// # Errors
    /// What is neither, with its place.
    pub fn yaml(contents: &'c str) -> Result<Document<'c>, Diagnostic> {
        Document::read(false, contents)
    }

    /// The query that a text holds.
    pub fn query_text(&self, node: &Node) -> Option<QueryText> {
        let text = node.text()?;
        if self.is_json {
            let (written, offsets) = json::text_with_offsets(self.contents, node.span.start)?;
            if written != text {
                // What a template's expression puts together is shown at the expression.
                let expression = QueryText::part_of_file(self.contents, node.span.range());
                return Some(expression.replacing(&[(0..node.span.range().len(), text)]));
            }
            return Some(QueryText::with_offsets(written, offsets));
        }
        Some(QueryText::in_scalar(text.to_owned(), self.contents, node.span.start))
    }
}
