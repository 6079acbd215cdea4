//! `summarize`: aggregations are taken out of their expressions; a projection computes the rest over them.

use std::cell::RefCell;

use kql_syntax::operators::summarize::Summarize;
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::ScalarType;

use super::At;
use super::columns::{Computed, named};
use crate::binder::{Binder, Table, column_reference};
use crate::codes;
use crate::expressions::{Given, only_aggregate_type};
use crate::naming::{Names, implicit_name};
use crate::plan::{Column, Expr, ExprKind, RelationOperator};
use crate::scope::{Collected, Collector, Place, Row};

impl<'a> Binder<'a> {
    pub(super) fn summarize(&mut self, node: &'a Summarize, input: Table, at: At) -> Table {
        let mut names = Names::new();
        let by = self.group_keys(&node.by, &Place::over(&input, at.environment), &mut names);
        let grouped = by.iter().filter_map(|(_, key)| match key.kind {
            ExprKind::Column(id) => Some(id),
            _ => None,
        });
        let collector: Collector = RefCell::new(Collected { aggregations: Vec::new(), grouped: grouped.collect() });
        let place =
            Place { environment: at.environment, row: Row::of(&input), aggregates: Some(&collector), graph: None };
        let mut results: Vec<Computed> = Vec::new();
        for expression in &node.aggregations {
            self.aggregated(expression, &place, &mut names, &mut results);
        }
        let collected = collector.into_inner();
        self.grouped(input, by, collected, results, at.span)
    }

    /// The table of the keys and the results, computed from the aggregations that binding the results collected.
    pub(super) fn grouped(
        &mut self,
        input: Table,
        by: Vec<Computed>,
        collected: Collected,
        results: Vec<Computed>,
        span: Span,
    ) -> Table {
        let (mut columns, by): (Vec<Column>, Vec<Expr>) = by.into_iter().unzip();
        let collected = collected.aggregations;
        let outputs: Vec<Column> = collected.iter().flat_map(|(_, outputs)| outputs.clone()).collect();
        let aggregations = collected.into_iter().map(|(aggregation, _)| aggregation).collect();
        let direct = results.len() == outputs.len()
            && results.iter().zip(&outputs).all(|((column, _), output)| column.id == output.id);
        if direct {
            columns.extend(results.into_iter().map(|(column, _)| column));
            input.then(span, columns, |input| RelationOperator::Aggregate { input, by, aggregations })
        } else {
            let keys = columns.clone();
            columns.extend(outputs);
            // The results are named in the projection; here it is enough that names differ.
            let mut internal = Names::new();
            for column in &mut columns {
                column.name = internal.unique(&column.name);
            }
            let aggregate = input.then(span, columns, |input| RelationOperator::Aggregate { input, by, aggregations });
            let keys = keys.into_iter().map(|column| {
                let reference = column_reference(&column, span);
                (column, reference)
            });
            let all: Vec<Computed> = keys.chain(results).collect();
            self.projection(aggregate, all, span)
        }
    }

    /// What rows are grouped by.
    pub(super) fn group_keys(&mut self, by: &'a [tree::Expr], place: &Place<'_>, names: &mut Names) -> Vec<Computed> {
        let mut keys: Vec<Computed> = Vec::new();
        for expression in by {
            if let Some(aggregate) = written_aggregate(expression) {
                let message = format!("the aggregate `{}` cannot be grouped by", aggregate.text);
                let help = "aggregates stand before `by`: `summarize count() by …`";
                self.report(Diagnostic::error(codes::AGGREGATE_OUTSIDE, message, aggregate.span).with_help(help));
                continue;
            }
            for (column, value) in self.projected_each(expression, place, names) {
                if column.scalar_type == ScalarType::Dynamic && !self.is_poisoned(column.id) {
                    self.group_key_dynamic(&column.name, expression.span);
                }
                keys.push((column, value));
            }
        }
        keys
    }

    /// The keys of the series of a `make-series`.
    pub(super) fn series_keys(&mut self, by: &'a [tree::Expr], place: &Place<'_>, names: &mut Names) -> Vec<Computed> {
        let mut keys: Vec<Computed> = Vec::new();
        for expression in by {
            let Some((column, value)) = self.projected_one(expression, place, names) else { continue };
            if column.scalar_type == ScalarType::Dynamic && !self.is_poisoned(column.id) {
                self.refuse_group_key_dynamic(&column.name, expression.span);
            }
            keys.push((column, value));
        }
        keys
    }

    /// One expression of a `summarize`, with the columns that it gives.
    pub(super) fn aggregated(
        &mut self,
        expression: &'a tree::Expr,
        place: &Place<'_>,
        names: &mut Names,
        results: &mut Vec<Computed>,
    ) {
        if matches!(expression.kind, tree::ExprKind::Error) {
            return;
        }
        let (written, value) = named(expression);
        if let Some((function, aggregate, arguments)) = self.direct_aggregate(value, place) {
            let outputs = self.aggregate_call(function, aggregate, arguments, value.span, place);
            let outputs = outputs.unwrap_or_else(|| {
                let name = implicit_name(value).unwrap_or_default();
                vec![match only_aggregate_type(aggregate) {
                    Some(scalar_type) => self.column(name, scalar_type),
                    None => self.column_for(name, &None),
                }]
            });
            if written.len() > outputs.len() {
                self.written_name(expression);
            }
            for (at, output) in outputs.into_iter().enumerate() {
                let name = match written.get(at) {
                    Some(name) => self.declared(name, names),
                    None if output.name.is_empty() => self.unnamed(names),
                    None => names.unique(&output.name),
                };
                let reference = column_reference(&output, value.span);
                results.push((Column { name, ..output }, reference));
            }
            return;
        }
        let bound = match self.given_columns(value, place) {
            Given::One(bound) => bound,
            Given::Several(several) => {
                let rest = self.keeps_rest(written);
                results.extend(self.several_columns(written, &several, rest, &[], names, value.span));
                return;
            }
        };
        let name = match (self.written_name(expression), implicit_name(value)) {
            (Some(name), _) => self.declared(name, names),
            (None, Some(name)) => names.unique(&name),
            (None, None) => self.unnamed(names),
        };
        let column = self.column_for(name, &bound);
        let bound = self.or_null(bound, value.span);
        results.push((column, bound));
    }

    /// A written name: a second one of the same text among the written and the plain is a mistake.
    fn declared(&mut self, name: &tree::Name, names: &mut Names) -> String {
        if names.is_plain(&name.text) {
            self.duplicate_column(&name.text, name.span);
        }
        let unique = names.unique(&name.text);
        names.mark_plain(&unique);
        unique
    }

    fn direct_aggregate(
        &self,
        expression: &'a tree::Expr,
        place: &Place<'_>,
    ) -> Option<(&'a tree::Name, &'static kql_functions::Aggregate, &'a [tree::Expr])> {
        match &expression.kind {
            tree::ExprKind::Parenthesized(inner) => self.direct_aggregate(inner, place),
            tree::ExprKind::Call { function, arguments }
                if self.scopes.find(place.environment, &function.text).is_none() =>
            {
                let (aggregate, _) = kql_functions::aggregate(&function.text)?;
                Some((function, aggregate, arguments))
            }
            _ => None,
        }
    }
}

/// The name of the aggregate that an expression calls, if that is all it does.
fn written_aggregate(expression: &tree::Expr) -> Option<&tree::Name> {
    let value = match &expression.kind {
        tree::ExprKind::Named { value, .. } => value,
        _ => expression,
    };
    let tree::ExprKind::Call { function, .. } = &value.kind else { return None };
    let is_aggregate = kql_functions::aggregate(&function.text).is_some();
    (is_aggregate && kql_functions::function(&function.text).is_none()).then_some(function)
}
