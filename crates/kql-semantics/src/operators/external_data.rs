//! `externaldata`: files that the query names, with the columns that it declares.

use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use crate::binder::{Binder, Table};
use crate::codes;
use crate::constants::convert;
use crate::plan::{ExternalData, RelationOperator};
use crate::scope::{Environment, Place};

impl<'a> Binder<'a> {
    pub(super) fn external_data(
        &mut self,
        node: &'a tree::ExternalData,
        span: Span,
        environment: Environment,
    ) -> Table {
        let schema = self.declared_schema(&node.columns);
        let columns = self.columns_of(&schema);
        let mut data = ExternalData { uris: Vec::new(), format: None, ignore_first_record: false, mapping: None };
        for uri in &node.uris {
            data.uris.extend(self.external_text(uri, ScalarType::String, environment));
        }
        for property in &node.properties {
            let value = &property.value;
            match property.name.text.to_lowercase().as_str() {
                "format" => data.format = self.external_text(value, ScalarType::String, environment),
                "ignorefirstrecord" => {
                    let given = self.external_text(value, ScalarType::String, environment);
                    data.ignore_first_record =
                        given.is_some_and(|given| given == "1" || given.eq_ignore_ascii_case("true"));
                }
                "ingestionmapping" => data.mapping = self.external_text(value, ScalarType::String, environment),
                "ingestionmappingreference" | "zippattern" | "csvmappingreference" | "jsonmappingreference" => {
                    let message = format!("`{}` of `externaldata`", property.name.text);
                    self.unsupported(message, property.name.span);
                }
                // What tells about compression shows in the files; the rest is of ingestion alone.
                _ => {}
            }
        }
        if data.uris.is_empty() && self.has_no_mistakes() {
            let message = "externaldata names no file";
            self.report(Diagnostic::error(codes::ARGUMENT_COUNT, message, span).with_help("write `[\"PATH or URL\"]`"));
        }
        Table::leaf(RelationOperator::ExternalData(Box::new(data)), columns, span)
    }

    /// A constant text; a bare word is one too.
    fn external_text(
        &mut self,
        expression: &'a tree::Expr,
        scalar_type: ScalarType,
        environment: Environment,
    ) -> Option<String> {
        if let tree::ExprKind::Name(word) = &expression.kind
            && self.scopes.find(environment, &word.text).is_none()
        {
            return Some(word.text.clone());
        }
        let value = self.scalar(expression, &Place::constant(environment))?;
        match self.constant(&convert(value, scalar_type), "what externaldata is given")? {
            Value::String(text) => Some(text),
            _ => None,
        }
    }
}
