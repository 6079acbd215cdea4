//! `sample` and `sample-distinct`.

use kql_functions::FunctionRef;
use kql_syntax::operators::sample::Sample;
use kql_syntax::operators::sample_distinct::SampleDistinct;
use kql_types::ScalarType;

use super::At;
use crate::binder::{Binder, Table};
use crate::naming::Names;
use crate::plan::{Expr, ExprKind, RelationOperator, SortKey};
use crate::scope::Place;

impl<'a> Binder<'a> {
    /// The first rows in a random order: every row is as likely.
    pub(super) fn sample(&mut self, node: &'a Sample, input: Table, at: At) -> Table {
        let count = self.row_count(&node.count, at.environment);
        let random = kql_functions::function("rand").and_then(|(function, _)| {
            let overload = function.overloads.iter().find(|overload| overload.parameters.is_empty())?;
            Some(FunctionRef { function, overload })
        });
        let (Some(count), Some(function)) = (count, random) else { return input };
        let kind = ExprKind::Call { function, arguments: Vec::new() };
        let value = Expr { kind, scalar_type: ScalarType::Real, span: at.span };
        let keys = vec![SortKey { value, ascending: true, nulls_first: true }];
        input.keeping(at.span, |input| RelationOperator::Top { input, keys, count })
    }

    /// Some of the distinct values: any.
    pub(super) fn sample_distinct(&mut self, node: &'a SampleDistinct, input: Table, at: At) -> Table {
        let count = self.row_count(&node.count, at.environment);
        let mut names = Names::new();
        let column = self.projected_one(&node.of, &Place::over(&input, at.environment), &mut names);
        let mut table = self.projection(input, column.into_iter().collect(), at.span);
        table.open = false;
        let table = table.keeping(at.span, |input| RelationOperator::Distinct { input });
        match count {
            Some(count) => table.keeping(at.span, |input| RelationOperator::Take { input, count }),
            None => table,
        }
    }
}
