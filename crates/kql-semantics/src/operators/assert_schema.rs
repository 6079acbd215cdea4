//! `assert-schema`: checks the columns, and changes nothing.

use kql_syntax::Diagnostic;
use kql_syntax::operators::assert_schema::AssertSchema;
use kql_types::ScalarType;

use super::At;
use crate::binder::{Binder, Table};
use crate::codes;

impl<'a> Binder<'a> {
    pub(super) fn assert_schema(&mut self, node: &'a AssertSchema, input: Table, at: At) -> Table {
        let schema = self.declared_schema(&node.columns);
        if input.open {
            return self.unsupported_table("assert-schema", vec![input.clone()], input.columns().to_vec(), at);
        }
        let own: Vec<(&str, ScalarType)> =
            input.columns().iter().map(|column| (column.name.as_str(), column.scalar_type)).collect();
        let declared = self.columns_of(&schema);
        let expected: Vec<(&str, ScalarType)> =
            declared.iter().map(|column| (column.name.as_str(), column.scalar_type)).collect();
        if own != expected {
            let text = |columns: &[(&str, ScalarType)]| {
                let texts: Vec<String> =
                    columns.iter().map(|(name, scalar_type)| format!("{name}: {scalar_type}")).collect();
                texts.join(", ")
            };
            let message = format!("the columns are not ({}), but ({})", text(&expected), text(&own));
            self.refuse_to_run(Diagnostic::error(codes::WRONG_TYPE, message, at.span));
        }
        input
    }
}
