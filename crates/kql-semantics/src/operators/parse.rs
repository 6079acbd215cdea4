//! `parse` and `parse-where`.

use kql_functions::extraction::{Extraction, ParseKind, Part, Pattern};
use kql_syntax::operators::parse::{Parse, ParsePart};
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::ScalarType;

use super::At;
use super::columns::Computed;
use super::join::parameter_text;
use crate::binder::{Binder, Purpose, Table, column_reference};
use crate::codes;
use crate::plan::{Expr, Extract, RelationOperator};
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn parse(&mut self, node: &'a Parse, input: Table, at: At) -> Table {
        let source = self.parsed_text(&node.source, &input, at);
        let kind = match parameter_text(&node.parameters, "kind") {
            Some((text, _)) if text == "regex" => ParseKind::Regex,
            Some((text, _)) if text == "relaxed" => ParseKind::Relaxed,
            Some((text, span)) if text != "simple" => {
                let message = format!("unknown kind of parsing `{text}`");
                let help = "it takes simple, regex or relaxed";
                self.report(Diagnostic::error(codes::PARAMETER_VALUE, message, span).with_help(help));
                ParseKind::Simple
            }
            _ => ParseKind::Simple,
        };
        let flags = parameter_text(&node.parameters, "flags").map(|(flags, _)| flags).unwrap_or_default();
        let mut parts = Vec::new();
        let mut parsed: Vec<Computed> = Vec::new();
        for part in &node.pattern {
            match part {
                ParsePart::Star(_) => parts.push(Part::Anything),
                ParsePart::Text(text) => {
                    parts.extend(self.text_constant(text, at, "a part of the pattern").map(Part::Text));
                }
                ParsePart::Column { name, column_type } => {
                    let scalar_type = match column_type {
                        Some(type_name) => self.scalar_type(type_name).unwrap_or(ScalarType::Dynamic),
                        None => ScalarType::String,
                    };
                    parts.push(Part::Column(scalar_type));
                    if parsed.iter().any(|(other, _)| other.name == name.text) {
                        self.duplicate_column(&name.text, name.span);
                    }
                    let column = self.column(name.text.clone(), scalar_type);
                    let reference = column_reference(&column, name.span);
                    parsed.push((column, reference));
                }
            }
        }
        match Pattern::new(kind, &flags, &parts) {
            Ok(pattern) => self.extraction(input, source, Extraction::Pattern(pattern), parsed, node.only_matches, at),
            Err(error) => {
                self.error(codes::PARAMETER_VALUE, error.0, at.span);
                self.extended(input, parsed, at.span)
            }
        }
    }

    /// What is parsed, as a string.
    pub(super) fn parsed_text(&mut self, source: &'a tree::Expr, input: &Table, at: At) -> Option<Expr> {
        let source = self.scalar(source, &Place::over(input, at.environment))?;
        Some(crate::constants::convert(source, ScalarType::String))
    }

    /// The input with columns taken out of a text; one of the same name is replaced.
    pub(super) fn extraction(
        &mut self,
        input: Table,
        source: Option<Expr>,
        extraction: Extraction,
        parsed: Vec<Computed>,
        only_matches: bool,
        at: At,
    ) -> Table {
        let source = source.unwrap_or_else(|| empty_text(at.span));
        let extraction = Box::new(extraction);
        let outputs = parsed.iter().map(|(column, _)| (column.id, column.scalar_type)).collect();
        let mut columns = input.columns().to_vec();
        for (column, _) in parsed {
            match columns.iter_mut().find(|other| other.name == column.name) {
                // The analyser keeps both.
                Some(other) if self.purpose == Purpose::Run => *other = column,
                _ => columns.push(column),
            }
        }
        input.then(at.span, columns, |input| {
            RelationOperator::Extract(Box::new(Extract { input, source, extraction, outputs, only_matches }))
        })
    }
}

/// The text that stands for one that could not be bound.
fn empty_text(span: Span) -> Expr {
    crate::binder::literal(kql_types::Value::String(String::new()), span)
}
