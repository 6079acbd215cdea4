//! `evaluate`: plugins, by their declared or known columns.

use kql_syntax::operators::evaluate::Evaluate;
use kql_syntax::tree;
use kql_types::ScalarType;

use super::At;
use crate::binder::{Binder, Table};
use crate::plan::Column;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn evaluate(&mut self, node: &'a Evaluate, input: Table, at: At) -> Table {
        let plugin = node.plugin.text.as_str();
        let place = Place::over(&input, at.environment);
        let mut without = None;
        if plugin == "bag_unpack" {
            // The unpacked column goes.
            if let Some(tree::ExprKind::Name(name)) = node.arguments.first().map(|argument| &argument.kind) {
                if place.row.find(&name.text).is_none() && !input.open {
                    self.unknown_name(&name.text, name.span, &place);
                }
                without = Some(name.text.clone());
            }
        }
        let passed: Vec<Column> =
            input.columns().iter().filter(|column| Some(&column.name) != without.as_ref()).cloned().collect();
        let (columns, open) = match (&node.schema, plugin) {
            (Some(schema), _) => {
                let declared = self.declared_schema(&schema.columns);
                let mut columns = self.columns_of(&declared);
                if schema.star.is_some() {
                    let others: Vec<Column> =
                        passed.into_iter().filter(|column| declared.get(&column.name).is_none()).collect();
                    columns.splice(0..0, others);
                }
                (columns, false)
            }
            (None, "bag_unpack") => (passed, true),
            (None, "narrow") => {
                let columns =
                    [("Row", ScalarType::Long), ("Column", ScalarType::String), ("Value", ScalarType::String)];
                (columns.into_iter().map(|(name, scalar_type)| self.column(name, scalar_type)).collect(), false)
            }
            (None, "autocluster" | "basket") => {
                let first =
                    [("SegmentId", ScalarType::Long), ("Count", ScalarType::Long), ("Percent", ScalarType::Real)];
                let mut columns: Vec<Column> =
                    first.into_iter().map(|(name, scalar_type)| self.column(name, scalar_type)).collect();
                columns.extend(passed);
                (columns, false)
            }
            (None, _) => (passed, true),
        };
        let mut table = self.unsupported_table(&format!("evaluate {plugin}()"), vec![input], columns, at);
        table.open = open;
        table
    }
}
