//! `make-series`.

use std::cell::RefCell;

use kql_syntax::operators::make_series::{MakeSeries, SeriesRange};
use kql_types::ScalarType;

use super::At;
use super::columns::Computed;
use crate::binder::{Binder, Table};
use crate::naming::Names;
use crate::plan::Column;
use crate::scope::{Collected, Collector, Place, Row};

impl<'a> Binder<'a> {
    pub(super) fn make_series(&mut self, node: &'a MakeSeries, input: Table, at: At) -> Table {
        let mut names = Names::new();
        let place = Place::over(&input, at.environment);
        let by = self.group_keys(&node.by, &place, &mut names);
        let mut columns: Vec<Column> = by.into_iter().map(|(column, _)| column).collect();
        let collector: Collector = RefCell::new(Collected::default());
        let aggregating = Place { environment: at.environment, row: Row::of(&input), aggregates: Some(&collector) };
        let mut results: Vec<Computed> = Vec::new();
        for aggregation in &node.aggregations {
            self.aggregated(&aggregation.value, &aggregating, &mut names, &mut results);
            if let Some(default) = &aggregation.default {
                self.scalar(default, &Place::constant(at.environment));
            }
        }
        for (column, _) in results {
            columns.push(self.column(column.name, ScalarType::Dynamic));
        }
        if let Some((axis, _)) = self.projected_one(&node.on, &place, &mut names) {
            columns.push(self.column(axis.name, ScalarType::Dynamic));
        }
        let constant = Place::constant(at.environment);
        match &node.range {
            SeriesRange::Bounds { from, to, step } => {
                for bound in from.iter().chain(to).chain([step]) {
                    self.scalar(bound, &constant);
                }
            }
            SeriesRange::InRange { from, to, step } => {
                for bound in [from, to, step] {
                    self.scalar(bound, &constant);
                }
            }
        }
        self.unsupported_table("make-series", vec![input], columns, at)
    }
}
