//! `scan`: sequences of rows that match steps, one after another.

use kql_functions::ROW_IN_RUN;
use kql_syntax::operators::scan::{Scan as Node, ScanStep as StepNode};
use kql_syntax::{Diagnostic, tree};
use kql_types::{ScalarType, Value};

use super::At;
use super::join::parameter_text;
use super::window::is_serialized;
use crate::binder::{Binder, Table, literal};
use crate::codes;
use crate::constants::convert;
use crate::plan::{Column, ColumnId, Expr, RelationOperator, Scan, ScanOutput, ScanStep, SortKey};
use crate::scope::{Place, Row, state_name};

impl<'a> Binder<'a> {
    pub(super) fn scan(&mut self, node: &'a Node, input: Table, at: At) -> Table {
        for refused in ["kind", "with_step_name"] {
            if let Some(parameter) = node.parameters.iter().find(|parameter| parameter.name.text == refused) {
                self.unsupported(format!("`{refused}` of `scan`"), parameter.name.span);
            }
        }
        let columns = input.columns().to_vec();
        let open = input.open;
        let (input, restart) = self.scan_order(node, input, at);
        let mut declared: Vec<(ColumnId, Expr)> = Vec::new();
        let mut all = columns.clone();
        for declaration in &node.declarations {
            let (column, default) = self.scan_declaration(declaration, at);
            if all.iter().any(|other| other.name == column.name) {
                self.duplicate_column(&column.name, declaration.name.span);
            }
            declared.push((column.id, default));
            all.push(column);
        }
        let mut row = all.clone();
        let mut steps = Vec::new();
        for step in &node.steps {
            // A step sees the states of those before it and its own.
            let state: Vec<Column> = all
                .iter()
                .map(|column| self.column(state_name(&step.name.text, &column.name), column.scalar_type))
                .collect();
            row.extend(state.iter().cloned());
            let place =
                Place { environment: at.environment, row: Row { columns: &row, open }, aggregates: None, graph: None };
            let state = state.into_iter().map(|column| column.id).collect();
            steps.extend(self.scan_step(step, &all, columns.len(), state, &place));
        }
        let match_id = parameter_text(&node.parameters, "with_match_id").map(|(name, _)| {
            let column = self.column(name, ScalarType::Long);
            all.push(column.clone());
            column.id
        });
        let mut table = input.then(at.span, all, |input| {
            let passed = columns.len();
            RelationOperator::Scan(Box::new(Scan { input, passed, declared, steps, match_id, restart }))
        });
        table.open = open;
        table
    }

    /// The rows in the order in which they are scanned, and where the scan starts anew.
    fn scan_order(&mut self, node: &'a Node, input: Table, at: At) -> (Table, Option<Expr>) {
        let place = Place::over(&input, at.environment);
        let mut order = self.sort_keys(&node.order_by, &place);
        let partition: Vec<Expr> = node.partition_by.iter().filter_map(|key| self.scalar(key, &place)).collect();
        if order.is_empty() && !input.open && !is_serialized(&input.relation) {
            let message = "scan needs rows in an order: the table is not serialized";
            let help = "put `sort by …` or `serialize` before it";
            self.report(Diagnostic::error(codes::NOT_SERIALIZED, message, at.keyword).with_help(help));
        }
        if partition.is_empty() {
            return match order.is_empty() {
                true => (input, None),
                false => (input.keeping(at.span, |input| RelationOperator::Sort { input, keys: order }), None),
            };
        }
        let ascending = |value: Expr| SortKey { value, ascending: true, nulls_first: true };
        let mut input = input;
        if order.is_empty() {
            // Within a partition the rows keep their order.
            let Some(mut number) = self.operator("row_number", at.span, Vec::new(), at.span) else {
                return (input, None);
            };
            input = self.with_windows(input, std::slice::from_mut(&mut number), at.span);
            order.push(ascending(number));
        }
        let keys: Vec<SortKey> = partition.iter().cloned().map(ascending).chain(order).collect();
        let sorted = input.keeping(at.span, |input| RelationOperator::Sort { input, keys });
        let Some(mut first) = self.operator(ROW_IN_RUN, at.span, partition, at.span) else { return (sorted, None) };
        let table = self.with_windows(sorted, std::slice::from_mut(&mut first), at.span);
        let restart = self.operator("==", at.span, vec![first, literal(Value::Long(1), at.span)], at.span);
        (table, restart)
    }

    fn scan_declaration(&mut self, declaration: &'a tree::FunctionParameter, at: At) -> (Column, Expr) {
        let scalar_type = match &declaration.parameter_type {
            tree::ParameterType::Scalar(type_name) => self.scalar_type(type_name),
            _ => None,
        };
        let scalar_type = scalar_type.unwrap_or(ScalarType::Dynamic);
        let column = self.column(declaration.name.text.clone(), scalar_type);
        let default = match &declaration.default {
            Some(default) => self.scalar(default, &Place::constant(at.environment)),
            None => Some(literal(Value::null(scalar_type), declaration.name.span)),
        };
        let default = default.map(|default| convert(default, scalar_type));
        let default = self.or_null(default, declaration.name.span);
        (column, default)
    }

    /// One step; the columns from `first_declared` on may be assigned.
    fn scan_step(
        &mut self,
        step: &'a StepNode,
        columns: &[Column],
        first_declared: usize,
        state: Vec<ColumnId>,
        place: &Place<'_>,
    ) -> Option<ScanStep> {
        if step.optional {
            self.unsupported("an optional step of `scan`", step.name.span);
        }
        let output = match step.output.as_ref().map(|output| (output.text.as_str(), output.span)) {
            None | Some(("all", _)) => ScanOutput::All,
            Some(("last", _)) => ScanOutput::Last,
            Some(("none", _)) => ScanOutput::None,
            Some((other, span)) => {
                let message = format!("`{other}` is no value for the output of a step");
                let help = "it takes one of all, last, none";
                self.report(Diagnostic::error(codes::PARAMETER_VALUE, message, span).with_help(help));
                return None;
            }
        };
        let condition = self.predicate(&step.condition, place);
        let mut assignments = Vec::new();
        for assignment in &step.assignments {
            let tree::ExprKind::Named { names, value, .. } = &assignment.kind else {
                self.error(codes::NOT_ALLOWED_HERE, "a step can only assign, as in `a = x`", assignment.span);
                continue;
            };
            let Some(name) = names.first() else { continue };
            let bound = self.scalar(value, place);
            let declared = columns.get(first_declared..).unwrap_or_default();
            match declared.iter().position(|column| column.name == name.text) {
                Some(at) => {
                    let scalar_type = declared.get(at).map_or(ScalarType::Dynamic, |column| column.scalar_type);
                    assignments.extend(bound.map(|value| (at, convert(value, scalar_type))));
                }
                None => {
                    let message = format!("`{}` is not declared by this scan", name.text);
                    let help = "a column that steps assign stands in `declare (…)`";
                    self.report(Diagnostic::error(codes::UNKNOWN_NAME, message, name.span).with_help(help));
                }
            }
        }
        Some(ScanStep { condition: condition?, assignments, output, state })
    }
}
