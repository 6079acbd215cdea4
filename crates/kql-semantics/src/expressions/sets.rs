//! `in`, `has_any` and `has_all`: over lists of values, arrays, and tables.

use kql_syntax::tree::{self, SetOperator};
use kql_syntax::{Diagnostic, Span};
use kql_types::ScalarType;

use super::calls;
use crate::binder::{Binder, column_reference};
use crate::codes;
use crate::constants::convert;
use crate::lints::{in_table, literal_type};
use crate::plan::{Expr, ExprKind, RelationOperator};
use crate::scope::Place;

impl<'a> Binder<'a> {
    /// `value in (…)` and its like.
    pub(super) fn in_set(
        &mut self,
        operator: SetOperator,
        operator_span: Span,
        value: &'a tree::Expr,
        set: &'a [tree::Expr],
        span: Span,
        place: &Place<'_>,
    ) -> Option<Expr> {
        let sought = value;
        let value = match &value.kind {
            tree::ExprKind::Star => {
                self.error(codes::NOT_ALLOWED_HERE, "`*` cannot be looked up in a list", value.span);
                None
            }
            _ => self.scalar(value, place),
        };
        if let [only] = set
            && self.is_tabular(only, place.environment) == Some(true)
        {
            let table = self.table(only, place.environment);
            // Told also when the query runs: the answer may be empty for no other reason.
            if let Some(found) = in_table::check(sought, table.columns(), operator_span) {
                self.report(found);
            }
            return match value {
                Some(value) if operator_takes_text(operator) && !is_text(value.scalar_type) => {
                    let message =
                        format!("`{}` looks texts up, not values of type {}", symbol(operator), value.scalar_type);
                    let help = "`in` takes values of any type; `tostring(…)` makes a text of one";
                    self.report(Diagnostic::error(codes::OPERAND_TYPES, message, sought.span).with_help(help));
                    Some(calls::stand_in(ScalarType::Bool, span))
                }
                Some(value) => self.in_table(operator, operator_span, value, table, span),
                None => Some(calls::stand_in(ScalarType::Bool, span)),
            };
        }
        let elements: Vec<Option<Expr>> = set.iter().map(|element| self.scalar(element, place)).collect();
        let elements: Option<Vec<Expr>> = elements.into_iter().collect();
        let (Some(value), Some(elements)) = (value, elements) else {
            return self.operator_stand_in(symbol(operator), span);
        };
        let mut operands = vec![value];
        operands.extend(elements);
        if matches!(operator, SetOperator::InTilde | SetOperator::NotInTilde) {
            self.lint(literal_type::check(&operands));
        }
        self.operator(symbol(operator), operator_span, operands, span)
    }

    fn in_table(
        &mut self,
        operator: SetOperator,
        operator_span: Span,
        value: Expr,
        table: crate::binder::Table,
        span: Span,
    ) -> Option<Expr> {
        let (negated, ignore_case) = match operator {
            SetOperator::In => (false, false),
            SetOperator::NotIn => (true, false),
            SetOperator::InTilde => (false, true),
            SetOperator::NotInTilde => (true, true),
            SetOperator::HasAny | SetOperator::HasAll => {
                let set = self.array_of_table(table)?;
                return self.operator(symbol(operator), operator_span, vec![value, set], span);
            }
        };
        let Some(first) = table.columns().first().cloned() else {
            if !table.open {
                self.error(codes::MISSING_COLUMNS, "the table has no column to look the value up in", span);
            }
            return None;
        };
        if self.is_poisoned(first.id) {
            return None;
        }
        // The two sides are brought to one type: that of the wider number, or the text of what differs.
        let (left, right) = (value.scalar_type, first.scalar_type);
        let common = match (left, right) {
            _ if left == right => left,
            _ if left.is_number() && right.is_number() => left.max(right),
            (ScalarType::Dynamic, other) | (other, ScalarType::Dynamic) => other,
            _ => ScalarType::String,
        };
        // Two dynamics are equal when their texts are.
        let common = if common == ScalarType::Dynamic { ScalarType::String } else { common };
        let value = convert(value, common);
        let table_span = table.relation.span;
        let element = convert(column_reference(&first, table_span), common);
        let column = self.column(first.name, common);
        let table = table
            .then(table_span, vec![column], |input| RelationOperator::Project { input, expressions: vec![element] });
        let kind = ExprKind::InTable {
            value: Box::new(value),
            table: Box::new(table.relation),
            negated,
            ignore_case: ignore_case && common == ScalarType::String,
        };
        Some(Expr { kind, scalar_type: ScalarType::Bool, span })
    }
}

impl Binder<'_> {
    /// The values of a table's first column as one array, computed once.
    fn array_of_table(&mut self, table: crate::binder::Table) -> Option<Expr> {
        let span = table.relation.span;
        let Some(first) = table.columns().first().cloned() else {
            if !table.open {
                self.error(codes::MISSING_COLUMNS, "the table has no column to look for", span);
            }
            return None;
        };
        let column = self.column("set", ScalarType::Dynamic);
        let text = convert(column_reference(&first, span), ScalarType::String);
        let (aggregation, _) = self.aggregation("make_set", vec![text], column.id, span)?;
        let aggregated = table.then(span, vec![column], |input| RelationOperator::Aggregate {
            input,
            by: Vec::new(),
            aggregations: vec![aggregation],
        });
        let kind = ExprKind::ToScalar(Box::new(aggregated.relation));
        Some(Expr { kind, scalar_type: ScalarType::Dynamic, span })
    }
}

fn operator_takes_text(operator: SetOperator) -> bool {
    !matches!(operator, SetOperator::In | SetOperator::NotIn)
}

fn is_text(scalar_type: ScalarType) -> bool {
    matches!(scalar_type, ScalarType::String | ScalarType::Dynamic)
}

fn symbol(operator: SetOperator) -> &'static str {
    match operator {
        SetOperator::In => "in",
        SetOperator::NotIn => "!in",
        SetOperator::InTilde => "in~",
        SetOperator::NotInTilde => "!in~",
        SetOperator::HasAny => "has_any",
        SetOperator::HasAll => "has_all",
    }
}
