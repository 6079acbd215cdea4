//! `parse` and `parse-where`.

use kql_syntax::operators::parse::{Parse, ParsePart};
use kql_types::ScalarType;

use super::At;
use super::columns::Computed;
use crate::binder::{Binder, Table, column_reference};
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn parse(&mut self, node: &'a Parse, input: Table, at: At) -> Table {
        self.scalar(&node.source, &Place::over(&input, at.environment));
        let mut parsed: Vec<Computed> = Vec::new();
        for part in &node.pattern {
            match part {
                ParsePart::Star(_) => {}
                ParsePart::Text(text) => {
                    self.text_constant(text, at, "a part of the pattern");
                }
                ParsePart::Column { name, column_type } => {
                    let scalar_type = match column_type {
                        Some(type_name) => self.scalar_type(type_name).unwrap_or(ScalarType::Dynamic),
                        None => ScalarType::String,
                    };
                    let column = self.column(name.text.clone(), scalar_type);
                    let reference = column_reference(&column, name.span);
                    parsed.push((column, reference));
                }
            }
        }
        let construct = if node.only_matches { "parse-where" } else { "parse" };
        self.unsupported_extension(construct, input, parsed, at)
    }

    /// An operator that adds columns but cannot be run.
    pub(super) fn unsupported_extension(
        &mut self,
        construct: &str,
        input: Table,
        added: Vec<Computed>,
        at: At,
    ) -> Table {
        let open = input.open;
        let depth = input.depth;
        let extended = self.extended(input.clone(), added, at.span);
        let columns = extended.relation.columns;
        let mut table = self.unsupported_table(construct, vec![input], columns, at);
        table.open = open;
        table.depth = depth + 1;
        table
    }
}
