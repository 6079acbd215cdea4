//! `parse-kv`.

use kql_functions::extraction::{Delimiters, Extraction, KeyValues, Quote};
use kql_syntax::Diagnostic;
use kql_syntax::operators::parse_kv::ParseKv;

use super::At;
use super::columns::Computed;
use super::join::parameter_text;
use crate::binder::{Binder, Table, column_reference};
use crate::codes;

const OPTIONS: &[&str] = &["pair_delimiter", "kv_delimiter", "quote", "escape", "greedy", "regex"];

impl<'a> Binder<'a> {
    pub(super) fn parse_kv(&mut self, node: &'a ParseKv, input: Table, at: At) -> Table {
        let source = self.parsed_text(&node.source, &input, at);
        let schema = self.declared_schema(&node.columns);
        let mut added: Vec<Computed> = Vec::new();
        for column in self.columns_of(&schema) {
            let reference = column_reference(&column, at.span);
            added.push((column, reference));
        }
        let keys = added.iter().map(|(column, _)| column.name.clone()).collect();
        let Some(format) = self.key_value_format(node, keys, at) else {
            return self.extended(input, added, at.span);
        };
        self.extraction(input, source, Extraction::KeyValues(format), added, false, at)
    }

    /// The options after `with`; what is wrong with them is reported.
    fn key_value_format(&mut self, node: &'a ParseKv, keys: Vec<String>, at: At) -> Option<KeyValues> {
        let mut quotes = Vec::new();
        let mut escapes = Vec::new();
        for property in &node.properties {
            let (name, span) = (property.name.text.as_str(), property.value.span);
            if !OPTIONS.contains(&name) {
                self.error(codes::PARAMETER_VALUE, format!("parse-kv has no option `{name}`"), property.name.span);
                continue;
            }
            let text = parameter_text(std::slice::from_ref(property), name).map(|(text, _)| text).unwrap_or_default();
            let mut characters = text.chars();
            let ends = (characters.next(), characters.next(), characters.next());
            match (name, ends) {
                ("quote", (Some(open), close, None)) => quotes.push(Quote { open, close: close.unwrap_or(open) }),
                ("quote", _) => self.error(codes::PARAMETER_VALUE, "a quote is one or two characters", span),
                ("escape", (Some(escape), None, _)) => escapes.push(escape),
                ("escape", _) => self.error(codes::PARAMETER_VALUE, "an escape is one character", span),
                ("greedy", _) => {}
                (_, (None, ..)) => self.error(codes::PARAMETER_VALUE, format!("`{name}` must be a text"), span),
                _ => {}
            }
        }
        let option = |name| parameter_text(&node.properties, name).map(|(text, _)| text);
        let greedy = option("greedy").is_some_and(|value| value == "true");
        let delimiters = match (option("regex"), option("pair_delimiter"), option("kv_delimiter")) {
            (Some(regex), None, None) => Delimiters::Regex(regex),
            (None, Some(pair), Some(key_value)) if !pair.is_empty() && !key_value.is_empty() => {
                Delimiters::Given { pair, key_value, greedy }
            }
            (None, None, None) => Delimiters::Any,
            _ => {
                let message = "parse-kv takes both `pair_delimiter` and `kv_delimiter`, or `regex`, or none of them";
                self.refuse_to_run(Diagnostic::error(codes::PARAMETER_VALUE, message, at.keyword));
                return None;
            }
        };
        let format = KeyValues { keys, delimiters, quotes, escapes };
        if let Err(error) = Extraction::KeyValues(format.clone()).prepare(Vec::new()) {
            self.error(codes::PARAMETER_VALUE, error.0, at.span);
            return None;
        }
        Some(format)
    }
}
