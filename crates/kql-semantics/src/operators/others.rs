//! Operators of which only the columns are known: `assert-schema`, `reduce`, `top-hitters`, `sample-distinct`.

use kql_syntax::operators::assert_schema::AssertSchema;
use kql_syntax::operators::reduce::Reduce;
use kql_syntax::operators::sample_distinct::SampleDistinct;
use kql_syntax::operators::top_hitters::TopHitters;
use kql_types::ScalarType;

use super::At;
use crate::binder::{Binder, Table};
use crate::naming::Names;
use crate::plan::Column;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn assert_schema(&mut self, node: &'a AssertSchema, input: Table, at: At) -> Table {
        self.declared_schema(&node.columns);
        let columns = input.columns().to_vec();
        self.unsupported_table("assert-schema", vec![input], columns, at)
    }

    pub(super) fn reduce(&mut self, node: &'a Reduce, input: Table, at: At) -> Table {
        self.scalar(&node.by, &Place::over(&input, at.environment));
        let columns =
            [("Pattern", ScalarType::String), ("Count", ScalarType::Long), ("Representative", ScalarType::String)];
        let columns: Vec<Column> =
            columns.into_iter().map(|(name, scalar_type)| self.column(name, scalar_type)).collect();
        self.unsupported_table("reduce", vec![input], columns, at)
    }

    pub(super) fn top_hitters(&mut self, node: &'a TopHitters, input: Table, at: At) -> Table {
        let place = Place::over(&input, at.environment);
        self.row_count(&node.count, at.environment);
        let mut columns = Vec::new();
        let mut names = Names::new();
        if let Some((column, _)) = self.projected_one(&node.of, &place, &mut names) {
            let name = match node.by.as_ref() {
                Some(by) => {
                    format!("approximate_sum_{}", crate::naming::implicit_name(by).unwrap_or_default())
                }
                None => format!("approximate_count_{}", column.name),
            };
            let scalar_type = match node.by.as_ref().and_then(|by| self.scalar(by, &place)) {
                Some(weight) if weight.scalar_type != ScalarType::Int => weight.scalar_type,
                _ => ScalarType::Long,
            };
            columns.push(column);
            columns.push(self.column(name, scalar_type));
        }
        self.unsupported_table("top-hitters", vec![input], columns, at)
    }

    pub(super) fn sample_distinct(&mut self, node: &'a SampleDistinct, input: Table, at: At) -> Table {
        self.row_count(&node.count, at.environment);
        let mut names = Names::new();
        let column = self.projected_one(&node.of, &Place::over(&input, at.environment), &mut names);
        let columns = column.into_iter().map(|(column, _)| column).collect();
        self.unsupported_table("sample-distinct", vec![input], columns, at)
    }
}
