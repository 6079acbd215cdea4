//! `make-series`: a `summarize` by the bins of an axis, whose rows then become arrays.

use std::cell::RefCell;

use kql_syntax::operators::make_series::{MakeSeries as Node, SeriesRange};
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use super::At;
use super::columns::Computed;
use super::join::parameter_text;
use crate::binder::{Binder, Table, literal};
use crate::codes;
use crate::constants::convert;
use crate::naming::Names;
use crate::plan::{Column, Expr, MakeSeries, RelationOperator};
use crate::scope::{Collected, Collector, Place, Row};

impl<'a> Binder<'a> {
    pub(super) fn make_series(&mut self, node: &'a Node, input: Table, at: At) -> Table {
        let mut names = Names::new();
        let place = Place::over(&input, at.environment);
        let mut by = self.series_keys(&node.by, &place, &mut names);
        let collector: Collector = RefCell::new(Collected::default());
        let aggregating =
            Place { environment: at.environment, row: Row::of(&input), aggregates: Some(&collector), graph: None };
        let constant = Place::constant(at.environment);
        let mut results: Vec<Computed> = Vec::new();
        let mut defaults: Vec<Expr> = Vec::new();
        for aggregation in &node.aggregations {
            let first = results.len();
            self.aggregated(&aggregation.value, &aggregating, &mut names, &mut results);
            let default = aggregation.default.as_ref().and_then(|default| self.scalar(default, &constant));
            let default = default.unwrap_or_else(|| literal(Value::Long(0), aggregation.value.span));
            let own = results.iter().skip(first);
            defaults.extend(own.map(|(column, _)| convert(default.clone(), column.scalar_type)));
        }
        let axis = self.projected_one(&node.on, &place, &mut names);
        let bounds = self.series_bounds(&node.range, &constant);
        let mut columns: Vec<Column> = by.iter().map(|(column, _)| column.clone()).collect();
        let arrays = results.iter().map(|(column, _)| &column.name).chain(axis.iter().map(|(column, _)| &column.name));
        for name in arrays.cloned().collect::<Vec<_>>() {
            columns.push(self.column(name, ScalarType::Dynamic));
        }
        // An axis that could not be bound is reported already.
        let axis = axis.filter(|(column, _)| !self.is_poisoned(column.id));
        let (Some((axis, value)), Some(bounds)) = (axis, bounds) else {
            return Table::leaf(RelationOperator::Unsupported { inputs: vec![input.relation] }, columns, at.span);
        };
        let keys = by.len();
        let Some((bin, within)) = self.bin_of(&value, &bounds, node.on.span) else {
            return Table::leaf(RelationOperator::Unsupported { inputs: vec![input.relation] }, columns, at.span);
        };
        let bin_type = bin.scalar_type;
        by.push((self.column(format!("${}", axis.name), bin_type), bin));
        let collected = collector.into_inner();
        let input = match within {
            Some(predicate) => input.keeping(at.span, |input| RelationOperator::Filter { input, predicate }),
            None => input,
        };
        let grouped = self.grouped(input, by, collected, results, at.span);
        let SeriesBounds { from, to, step, inclusive } = bounds;
        let same = |bound: Expr| convert(bound, bin_type);
        // The distance between two times is a timespan.
        let step = if bin_type == ScalarType::DateTime { step } else { same(step) };
        let nonempty = parameter_text(&node.parameters, "kind").is_some_and(|(kind, _)| kind == "nonempty");
        grouped.then(at.span, columns, |input| {
            RelationOperator::MakeSeries(Box::new(MakeSeries {
                input,
                keys,
                defaults,
                from: from.map(same),
                to: to.map(same),
                step,
                inclusive,
                nonempty,
            }))
        })
    }

    /// The bounds of the axis; `None` when one of them could not be bound.
    fn series_bounds(&mut self, range: &'a SeriesRange, constant: &Place<'_>) -> Option<SeriesBounds> {
        let (from, to, step, inclusive) = match range {
            SeriesRange::Bounds { from, to, step } => (from.as_ref(), to.as_ref(), step, false),
            SeriesRange::InRange { from, to, step } => (Some(from), Some(to), step, true),
        };
        let mut bound = |expression: &'a tree::Expr| self.series_bound(expression, constant);
        let (from, to, step) = (from.map(&mut bound), to.map(&mut bound), bound(step));
        // Each of them is bound, so that every mistake is reported.
        Some(SeriesBounds {
            from: from.map_or(Some(None), |from| from.map(Some))?,
            to: to.map_or(Some(None), |to| to.map(Some))?,
            step: step?,
            inclusive,
        })
    }

    fn series_bound(&mut self, expression: &'a tree::Expr, constant: &Place<'_>) -> Option<Expr> {
        let bound = self.scalar(expression, constant)?;
        if self.is_constant(&bound) {
            return Some(bound);
        }
        self.error(codes::NOT_CONSTANT, "the bounds of a series must be constant", expression.span);
        None
    }

    /// The bin of a value of the axis, and whether the value lies within the bounds.
    fn bin_of(&mut self, value: &Expr, bounds: &SeriesBounds, span: Span) -> Option<(Expr, Option<Expr>)> {
        use ScalarType::{DateTime, Int, Long, Real, TimeSpan};
        if !matches!(value.scalar_type, DateTime | TimeSpan | Int | Long | Real) {
            let message = format!("the axis of a series cannot be a {}", value.scalar_type);
            let help = "it takes a datetime, a timespan or a number that is no decimal";
            let diagnostic = Diagnostic::error(codes::WRONG_TYPE, message, span).with_help(help);
            match value.scalar_type {
                // The analyser takes these.
                ScalarType::Decimal | ScalarType::Dynamic => self.refuse_to_run(diagnostic),
                _ => self.report(diagnostic),
            }
            return None;
        }
        let step = bounds.step.clone();
        let bin = match &bounds.from {
            Some(from) if !bounds.inclusive => {
                self.operator("bin_at", span, vec![value.clone(), step, from.clone()], span)
            }
            _ => self.operator("bin", span, vec![value.clone(), step], span),
        };
        let mut within: Option<Expr> = None;
        let after = bounds.from.iter().map(|from| (">=", from));
        let before = bounds.to.iter().map(|to| (if bounds.inclusive { "<=" } else { "<" }, to));
        for (operator, bound) in after.chain(before) {
            let holds = self.operator(operator, span, vec![value.clone(), bound.clone()], span)?;
            within = match within {
                Some(other) => self.operator("and", span, vec![other, holds], span),
                None => Some(holds),
            };
        }
        Some((bin?, within))
    }
}

/// The bounds of a series' axis.
struct SeriesBounds {
    from: Option<Expr>,
    to: Option<Expr>,
    step: Expr,
    /// Whether `to` is a bin of the series too, and bins are multiples of the step (`in range`).
    inclusive: bool,
}
