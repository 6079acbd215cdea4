//! Plugins that pass rows on, or turn them: `narrow`, `preview`, `rows_near` and their like (Kusto pages: *narrow plugin*,
//! *preview plugin*, *rows_near plugin*).

use kql_functions::{AggregateRef, ROW_NEAR};
use kql_syntax::Diagnostic;
use kql_syntax::operators::evaluate::Evaluate;
use kql_types::{ScalarType, Value};

use super::super::At;
use super::super::fork::Branch;
use super::super::window::is_serialized;
use super::arguments::PluginArguments;
use crate::binder::{Binder, Table, column_reference, literal};
use crate::codes;
use crate::constants::convert;
use crate::plan::{Aggregation, Expansion, Expr, MvExpand, MvExpandKind, RelationOperator};

impl<'a> Binder<'a> {
    /// One row: how many rows there are.
    pub(super) fn estimate_rows_count(&mut self, input: Table, at: At) -> Option<Table> {
        self.counted("EstimatedRowsCount", input, at)
    }

    fn counted(&mut self, name: &str, input: Table, at: At) -> Option<Table> {
        let column = self.column(name, ScalarType::Long);
        let (aggregate, _) = kql_functions::aggregate("count")?;
        let overload = aggregate.overloads.iter().find(|overload| overload.parameters.is_empty())?;
        let aggregate = AggregateRef { aggregate, overload };
        let aggregations = vec![Aggregation { aggregate, arguments: Vec::new(), outputs: vec![column.id] }];
        let mut table = input.then(at.span, vec![column], |input| RelationOperator::Aggregate {
            input,
            by: Vec::new(),
            aggregations,
        });
        table.open = false;
        Some(table)
    }

    /// Some rows, and how many there are.
    pub(super) fn evaluate_preview(&mut self, node: &'a Evaluate, input: &Table, at: At) -> Vec<Branch> {
        let Some(plugin) = kql_functions::plugin(&node.plugin.text) else { return Vec::new() };
        let Some(arguments) = self.plugin_arguments(node, plugin, input, at) else { return Vec::new() };
        let Some(count) = arguments.value("NumberOfRows").cloned() else { return Vec::new() };
        let Some(count) = self.constant(&count, "the number of rows") else { return Vec::new() };
        let Value::Long(count) = count else {
            self.error(codes::WRONG_TYPE, "the number of rows must not be null", at.keyword);
            return Vec::new();
        };
        let count = u64::try_from(count).unwrap_or(0);
        let some = self.refreshed(input).keeping(at.span, |input| RelationOperator::Take { input, count });
        let all = self.refreshed(input);
        let number = self.counted("Count", all, at);
        std::iter::once((None, some)).chain(number.map(|number| (None, number))).collect()
    }

    /// The rows near those that meet a condition.
    pub(super) fn rows_near(&mut self, arguments: &PluginArguments, input: Table, at: At) -> Option<Table> {
        if !input.open && !is_serialized(&input.relation) {
            let message = "rows_near() needs rows in an order: the table is not serialized";
            let help = "put `sort by …` or `serialize` before it";
            self.report(Diagnostic::error(codes::NOT_SERIALIZED, message, at.keyword).with_help(help));
            return None;
        }
        let condition = arguments.value("Condition")?.clone();
        let before = arguments.value("NumRows")?.clone();
        let after = arguments.value("NumRowsAfter").cloned().unwrap_or_else(|| before.clone());
        let columns = input.columns().to_vec();
        let mut is_near = self.operator(ROW_NEAR, at.keyword, vec![condition, before, after], at.keyword)?;
        let table = self.with_windows(input, std::slice::from_mut(&mut is_near), at.span);
        let near = table.keeping(at.span, |input| RelationOperator::Filter { input, predicate: is_near });
        Some(self.selection(near, columns, at.span))
    }

    /// A row for each cell.
    pub(super) fn narrow(&mut self, input: Table, at: At) -> Option<Table> {
        let span = at.span;
        let text = |text: &str| literal(Value::String(text.to_owned()), span);
        let row = self.column("Row", ScalarType::Long);
        let mut numbered = input.columns().to_vec();
        numbered.push(row.clone());
        let cells = input.columns().to_vec();
        let output = row.id;
        let table = input.then(span, numbered, |input| RelationOperator::Number { input, output, within: None });
        let mut names = Vec::with_capacity(cells.len());
        let mut values = Vec::with_capacity(cells.len());
        for cell in &cells {
            names.push(text(&cell.name));
            values.push(self.cell_text(column_reference(cell, span))?);
        }
        if cells.is_empty() {
            names.push(text(""));
            values.push(text(""));
        }
        let names = self.operator("pack_array", span, names, span)?;
        let values = self.operator("pack_array", span, values, span)?;
        let column = self.column("Column", ScalarType::String);
        let value = self.column("Value", ScalarType::String);
        let expansions = vec![
            Expansion { source: names, output: column.id, scalar_type: ScalarType::String },
            Expansion { source: values, output: value.id, scalar_type: ScalarType::String },
        ];
        let mut columns = table.columns().to_vec();
        columns.extend([column.clone(), value.clone()]);
        let table = table.then(span, columns, |input| {
            let (kind, item_index, limit) = (MvExpandKind::Bag, None, None);
            RelationOperator::MvExpand(MvExpand { input, expansions, kind, item_index, limit })
        });
        Some(self.selection(table, vec![row, column, value], span))
    }

    /// The text of a cell as a person reads it.
    fn cell_text(&mut self, value: Expr) -> Option<Expr> {
        let span = value.span;
        let text = |text: &str| literal(Value::String(text.to_owned()), span);
        let written = match value.scalar_type {
            ScalarType::String => return Some(value),
            ScalarType::Bool => self.operator("iff", span, vec![value.clone(), text("True"), text("False")], span)?,
            ScalarType::DateTime => {
                let form = text("yyyy-MM-dd HH:mm:ss.fffffff");
                self.operator("format_datetime", span, vec![value.clone(), form], span)?
            }
            _ => convert(value.clone(), ScalarType::String),
        };
        let is_null = self.operator("isnull", span, vec![value], span)?;
        self.operator("iff", span, vec![is_null, text("[null]"), written], span)
    }
}
