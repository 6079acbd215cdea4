//! `datatable`: rows written in the query.

use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Schema, Value};

use crate::binder::{Binder, Table};
use crate::codes;
use crate::constants::convert;
use crate::plan::RelationOperator;
use crate::scope::{Environment, Place};

impl<'a> Binder<'a> {
    /// A declared list of columns; an unknown type is reported and read as `dynamic`.
    pub(crate) fn declared_schema(&mut self, declarations: &'a [tree::ColumnDeclaration]) -> Schema {
        let mut schema = Schema::new();
        for declaration in declarations {
            let scalar_type = self.scalar_type(&declaration.column_type).unwrap_or(ScalarType::Dynamic);
            if schema.get(&declaration.name.text).is_some() {
                self.duplicate_column(&declaration.name.text, declaration.name.span);
            }
            schema.insert(declaration.name.text.clone(), scalar_type);
        }
        schema
    }

    pub(super) fn datatable(&mut self, node: &'a tree::DataTable, span: Span, environment: Environment) -> Table {
        let schema = self.declared_schema(&node.columns);
        let columns = self.columns_of(&schema);
        let width = columns.len();
        let mut rows = Vec::new();
        if width == 0 || !node.values.len().is_multiple_of(width) {
            let message = format!("{} values do not fill rows of {width} columns", node.values.len());
            self.error(codes::ROW_LENGTH, message, span);
            return Table::leaf(RelationOperator::Values { rows }, columns, span);
        }
        for chunk in node.values.chunks(width) {
            let mut row = Vec::with_capacity(width);
            for (cell, column) in chunk.iter().zip(&columns) {
                row.push(self.cell(cell, column.scalar_type, environment).unwrap_or(Value::null(column.scalar_type)));
            }
            rows.push(row);
        }
        Table::leaf(RelationOperator::Values { rows }, columns, span)
    }

    fn cell(&mut self, cell: &'a tree::Expr, scalar_type: ScalarType, environment: Environment) -> Option<Value> {
        if !is_literal(cell) {
            let help = "compute it with `extend` after the datatable";
            let message = "a cell of a datatable must be a literal";
            self.report(Diagnostic::error(codes::NOT_CONSTANT, message, cell.span).with_help(help));
            return None;
        }
        let value = self.scalar(cell, &Place::constant(environment))?;
        let value = self.constant(&value, "a cell of a datatable")?;
        let given = value.scalar_type();
        let span = cell.span;
        let converted = convert(crate::binder::literal(value, span), scalar_type);
        let value = self.constant(&converted, "a cell of a datatable")?;
        if converted.scalar_type != scalar_type {
            let message = format!("a {given} cannot be a cell of type {scalar_type}");
            self.refuse_to_run(Diagnostic::error(codes::WRONG_TYPE, message, span));
            return None;
        }
        Some(value)
    }
}

/// A literal, perhaps with a sign.
fn is_literal(cell: &tree::Expr) -> bool {
    match &cell.kind {
        tree::ExprKind::Literal(_) | tree::ExprKind::Error => true,
        tree::ExprKind::Unary { operand, .. } => matches!(operand.kind, tree::ExprKind::Literal(_)),
        _ => false,
    }
}
