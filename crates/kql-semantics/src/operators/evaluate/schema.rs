//! The declared result of a plugin, `evaluate p() : (a: type, *)`.

use kql_syntax::operators::evaluate::EvaluateSchema;
use kql_types::ScalarType;

use super::super::At;
use super::super::columns::Computed;
use crate::binder::{Binder, Table, column_reference};
use crate::codes;
use crate::plan::Column;

impl<'a> Binder<'a> {
    /// The columns of a plugin's result that its declared schema names, in that order; with a `*`, before them those
    /// that it does not name.
    pub(super) fn declared_result(&mut self, table: Table, schema: &'a EvaluateSchema, at: At) -> Table {
        let declared = self.declared_schema(&schema.columns);
        if table.open {
            let columns: Vec<Column> = self.columns_of(&declared);
            let mut undecided = self.undecided(table, columns, at.span);
            undecided.open = schema.star.is_some();
            return undecided;
        }
        let mut columns: Vec<Computed> = Vec::new();
        if schema.star.is_some() {
            let others = table.columns().iter().filter(|column| declared.get(&column.name).is_none());
            columns.extend(others.map(|column| (column.clone(), column_reference(column, at.span))));
        }
        for (declaration, (name, scalar_type)) in schema.columns.iter().zip(declared.iter()) {
            let found = table.columns().iter().find(|column| column.name == name).cloned();
            match found {
                Some(found) if found.scalar_type == scalar_type => {
                    let reference = column_reference(&found, at.span);
                    columns.push((found, reference));
                }
                Some(found) => {
                    let message = format!("the plugin gives `{name}` as {}, not {scalar_type}", found.scalar_type);
                    self.error(codes::WRONG_TYPE, message, declaration.name.span);
                    columns.push((self.column(name, scalar_type), column_reference(&found, at.span)));
                }
                None => {
                    let message = format!("the plugin gives no column `{name}`");
                    self.error(codes::UNKNOWN_NAME, message, declaration.name.span);
                    let null = crate::binder::literal(kql_types::Value::null(ScalarType::Dynamic), at.span);
                    columns.push((self.column(name, scalar_type), null));
                }
            }
        }
        self.projection(table, columns, at.span)
    }
}
