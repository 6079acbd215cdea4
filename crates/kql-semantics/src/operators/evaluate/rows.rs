//! Plugins with a kernel over all rows: what it reads is projected, and its result gets columns.

use kql_functions::plugin::{self, Plugin};
use kql_types::{ScalarType, Value};

use super::super::At;
use super::super::columns::Computed;
use super::arguments::PluginArguments;
use crate::binder::{Binder, Table, column_reference};
use crate::naming::Names;
use crate::plan::{Column, Expr, ExprKind, PluginArgument, PluginCall, PluginValue, RelationOperator};

impl Binder<'_> {
    /// One of a plugin's tables.
    pub(super) fn rows_plugin(
        &mut self,
        plugin: &'static Plugin,
        number: usize,
        arguments: &PluginArguments,
        input: Table,
        at: At,
    ) -> Option<Table> {
        let kernel = plugin.rows_kernel(number)?;
        let mut read: Vec<Computed> = Vec::new();
        if kernel.whole_table {
            for column in input.columns() {
                read.push((column.clone(), column_reference(column, at.span)));
            }
        }
        let mut passed: Vec<PluginArgument> = Vec::new();
        for argument in &arguments.0 {
            let Some(value) = argument.value() else { continue };
            let value = if self.is_constant(value) && !matches!(value.kind, ExprKind::Column(_)) {
                PluginValue::Constant(value.clone())
            } else {
                let known = read.iter().position(|(_, known)| is_same_column(known, value));
                let position = match known.filter(|_| kernel.whole_table) {
                    Some(position) => position,
                    None => {
                        // The kernel tells columns apart by place: names may be equal.
                        read.push((self.column(argument.name.clone(), value.scalar_type), value.clone()));
                        read.len() - 1
                    }
                };
                PluginValue::Column(position)
            };
            passed.push(PluginArgument { parameter: argument.parameter.name, value });
        }
        let described: Vec<(String, ScalarType)> =
            read.iter().map(|(column, _)| (column.name.clone(), column.scalar_type)).collect();
        let known: Vec<plugin::PluginArgument> = passed.iter().map(known_argument).collect();
        let results = (kernel.columns)(&plugin::PluginCall { columns: &described, arguments: &known });
        let mut taken = Names::new();
        let columns: Vec<Column> =
            results.into_iter().map(|(name, scalar_type)| self.column(taken.unique(&name), scalar_type)).collect();
        let mut table = self.projection(input, read, at.span);
        table.open = false;
        let name = plugin.name;
        Some(table.then(at.span, columns, |input| {
            RelationOperator::Plugin(PluginCall { input, plugin: name, table: number, arguments: passed })
        }))
    }
}

/// An argument as far as it is known before the query runs.
fn known_argument(argument: &PluginArgument) -> plugin::PluginArgument {
    let value = match &argument.value {
        PluginValue::Column(position) => plugin::PluginValue::Column(*position),
        PluginValue::Constant(Expr { kind: ExprKind::Literal(value), .. }) => {
            plugin::PluginValue::Constant(value.clone())
        }
        PluginValue::Constant(value) => plugin::PluginValue::Constant(Value::null(value.scalar_type)),
    };
    plugin::PluginArgument { parameter: argument.parameter.to_owned(), value }
}

fn is_same_column(one: &Expr, other: &Expr) -> bool {
    matches!((&one.kind, &other.kind), (ExprKind::Column(one), ExprKind::Column(other)) if one == other)
}
