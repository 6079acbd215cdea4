//! `scan`.

use kql_syntax::operators::scan::Scan;
use kql_syntax::tree;
use kql_types::ScalarType;

use super::At;
use super::columns::Computed;
use super::join::parameter_text;
use crate::binder::{Binder, Table, column_reference};

impl<'a> Binder<'a> {
    pub(super) fn scan(&mut self, node: &'a Scan, input: Table, at: At) -> Table {
        let mut added: Vec<Computed> = Vec::new();
        for declaration in &node.declarations {
            let scalar_type = match &declaration.parameter_type {
                tree::ParameterType::Scalar(type_name) => self.scalar_type(type_name),
                _ => None,
            };
            let column = self.column(declaration.name.text.clone(), scalar_type.unwrap_or(ScalarType::Dynamic));
            let reference = column_reference(&column, declaration.name.span);
            added.push((column, reference));
        }
        if let Some((name, span)) = parameter_text(&node.parameters, "with_match_id") {
            let column = self.column(name, ScalarType::Long);
            let reference = column_reference(&column, span);
            added.push((column, reference));
        }
        self.unsupported_extension("scan", input, added, at)
    }
}
