//! `range`: one column of evenly spaced values.

use kql_syntax::operators::range::Range;
use kql_syntax::{Diagnostic, tree};
use kql_types::{ScalarType, Value};

use super::At;
use crate::binder::{Binder, Table, literal};
use crate::codes;
use crate::constants::convert;
use crate::plan::RelationOperator;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn range(&mut self, node: &'a Range, at: At) -> Table {
        let from = self.bound_of_range(&node.from, at);
        let to = self.bound_of_range(&node.to, at);
        let step = self.bound_of_range(&node.step, at);
        let (Some((from, from_type)), Some((to, to_type)), Some((step, step_type))) = (from, to, step) else {
            let column = self.column_for(node.column.text.clone(), &None);
            return Table::leaf(RelationOperator::Values { rows: Vec::new() }, vec![column], at.span);
        };
        let types = match (from_type, to_type, step_type) {
            (ScalarType::DateTime, ScalarType::DateTime, ScalarType::TimeSpan) => {
                Some((ScalarType::DateTime, ScalarType::TimeSpan))
            }
            (ScalarType::TimeSpan, ScalarType::TimeSpan, ScalarType::TimeSpan) => {
                Some((ScalarType::TimeSpan, ScalarType::TimeSpan))
            }
            (a, b, c) if a.is_number() && b.is_number() && c.is_number() => Some((a.max(b).max(c), a.max(b).max(c))),
            _ => None,
        };
        let Some((scalar_type, step_to)) = types else {
            let message = format!("a range from {from_type} to {to_type} cannot have a step of type {step_type}");
            let help = "numbers step by numbers, datetimes and timespans by timespans";
            self.refuse_to_run(Diagnostic::error(codes::WRONG_TYPE, message, node.step.span).with_help(help));
            let column = self.column(node.column.text.clone(), from_type);
            return Table::leaf(RelationOperator::Values { rows: Vec::new() }, vec![column], at.span);
        };
        let column = self.column(node.column.text.clone(), scalar_type);
        let mut values = Vec::new();
        for (value, wanted) in [(from, scalar_type), (to, scalar_type), (step, step_to)] {
            match value.and_then(|value| self.constant(&convert(literal(value, at.span), wanted), "a bound")) {
                Some(value) => values.push(value),
                // A parameter that is not known yet, or what was reported.
                None => return Table::leaf(RelationOperator::Values { rows: Vec::new() }, vec![column], at.span),
            }
        }
        let mut values = values.into_iter();
        match (values.next(), values.next(), values.next()) {
            (Some(from), Some(to), Some(step)) => {
                Table::leaf(RelationOperator::Range { from, to, step }, vec![column], at.span)
            }
            _ => Table::leaf(RelationOperator::Values { rows: Vec::new() }, vec![column], at.span),
        }
    }

    /// A bound with its type; the value is `None` where it is not known yet.
    fn bound_of_range(&mut self, bound: &'a tree::Expr, at: At) -> Option<(Option<Value>, ScalarType)> {
        let value = self.scalar(bound, &Place::constant(at.environment))?;
        let scalar_type = value.scalar_type;
        Some((self.constant(&value, "a bound of a range"), scalar_type))
    }
}
