//! What the lookup plugins have in common: a join of each row with the rows of another table that a predicate matches.

use std::sync::Arc;

use kql_syntax::Span;
use kql_types::{ScalarType, Value};

use crate::binder::{Binder, Table, column_reference, literal};
use crate::naming::Names;
use crate::plan::{Column, ColumnId, Expr, Join, JoinKind, Relation, RelationOperator};

/// What rows are looked up in.
pub(super) struct Lookup {
    /// The table with the rows to find.
    pub table: Table,
    /// Columns of the input and of the table that must be equal.
    pub keys: Vec<(Column, Column)>,
    /// Whether a row of the input and one of the table belong together, over the columns of both.
    pub predicate: Expr,
    /// Whether rows of the input to which none belongs are kept.
    pub keeps_unmatched: bool,
    pub span: Span,
}

impl Binder<'_> {
    /// The input's rows beside those of the other table to which they belong.
    pub(super) fn looked_up(&mut self, lookup: Lookup, input: Table, hidden: &[ColumnId]) -> Table {
        let open = input.open || lookup.table.open;
        let mut names = Names::new();
        for column in input.columns() {
            names.take(&column.name);
        }
        let mut columns = input.columns().to_vec();
        for column in lookup.table.columns().iter().filter(|column| !hidden.contains(&column.id)) {
            columns.push(Column { name: names.unique(&column.name), ..column.clone() });
        }
        let span = lookup.span;
        let joined = match lookup.keeps_unmatched {
            false => Some(self.matching_pairs(lookup, input, columns)),
            true => self.with_unmatched(lookup, input, columns),
        };
        let Some(mut table) = joined else { return self.no_table(span) };
        table.open = open;
        table
    }

    /// The pairs of rows that belong together.
    fn matching_pairs(&mut self, lookup: Lookup, input: Table, columns: Vec<Column>) -> Table {
        let Lookup { table: other, keys: equal, predicate, span, .. } = lookup;
        let mut keys: Vec<(Expr, Expr)> =
            equal.iter().map(|(left, right)| (column_reference(left, span), column_reference(right, span))).collect();
        if keys.is_empty() {
            // Every row meets every other.
            keys.push((literal(Value::Long(1), span), literal(Value::Long(1), span)));
        }
        // All columns must be there when the rows are compared.
        let mut met = input.columns().to_vec();
        met.extend(other.columns().iter().cloned());
        let mut names = Names::new();
        for column in &mut met {
            column.name = names.unique(&column.name);
        }
        let outputs: Vec<ColumnId> = met.iter().map(|column| column.id).collect();
        let depth = 1 + input.depth.max(other.depth);
        let join = Join {
            kind: JoinKind::Inner,
            left: Box::new(input.relation),
            right: Box::new(other.relation),
            keys,
            outputs,
        };
        let relation = Relation { operator: RelationOperator::Join(join), columns: met, span };
        let pairs = Table { relation, open: false, depth, graph: None, name: None };
        let matching = pairs.keeping(span, |input| RelationOperator::Filter { input, predicate });
        self.selection(matching, columns, span)
    }

    /// As [`Self::matching_pairs`], with nulls beside each row to which none belongs.
    fn with_unmatched(&mut self, lookup: Lookup, input: Table, columns: Vec<Column>) -> Option<Table> {
        let span = lookup.span;
        let own = input.columns().len();
        let number = self.column("$row", ScalarType::Long);
        let mut numbered = input.columns().to_vec();
        numbered.push(number.clone());
        let output = number.id;
        let shared = input.then(span, numbered, |input| RelationOperator::Number { input, output, within: None });
        let (key, depth) = (self.fresh_key(), shared.depth + 1);
        let shared = Arc::new(shared.relation);
        let all = shared.columns.iter().map(|column| self.column(column.name.clone(), column.scalar_type)).collect();
        let operator = RelationOperator::Materialized { key, shared: shared.clone() };
        let all = Relation { operator, columns: all, span };
        let row = all.columns.last()?.clone();
        let again = RelationOperator::Materialized { key, shared: shared.clone() };
        let mut again = Table::leaf(again, shared.columns.clone(), span);
        again.depth = depth;
        let looked_up: Vec<Column> = columns.iter().skip(own).cloned().collect();
        let mut matched = vec![number.clone()];
        matched.extend(looked_up.iter().cloned());
        let matched = self.matching_pairs(lookup, again, matched);
        let mut columns: Vec<Column> = all.columns.iter().take(own).cloned().collect();
        columns.extend(looked_up);
        let join = Join {
            kind: JoinKind::LeftOuter,
            left: Box::new(all),
            keys: vec![(column_reference(&row, span), column_reference(&number, span))],
            outputs: columns.iter().map(|column| column.id).collect(),
            right: Box::new(matched.relation),
        };
        let depth = matched.depth + 1;
        Some(Table {
            relation: Relation { operator: RelationOperator::Join(join), columns, span },
            open: false,
            depth,
            graph: None,
            name: None,
        })
    }
}
