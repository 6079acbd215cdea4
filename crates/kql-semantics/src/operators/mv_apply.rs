//! `mv-apply`: a sub-query over the elements of each row.
//!
//! The input's rows are numbered and expanded; the sub-query then runs once over the elements of all rows, with the
//! number as the key of their groups.

use kql_syntax::operators::mv_apply::MvApply;
use kql_syntax::{OperatorKind, tree};
use kql_types::ScalarType;

use super::At;
use super::by_group::Groups;
use super::columns::Computed;
use crate::binder::{Binder, Table, column_reference};
use crate::plan::{Column, MvExpand, RelationOperator};
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn mv_apply(&mut self, node: &'a MvApply, input: Table, at: At) -> Table {
        let (expansions, columns, item_index) = self.expansions(&node.columns, &node.parameters, &input, at);
        let limit = node.limit.as_ref().and_then(|limit| self.row_count(limit, at.environment));
        let kind = self.expansion_kind(&node.parameters);
        if let Some(id) = &node.context_id {
            // It names the sub-query for the service, and changes nothing.
            self.scalar(id, &Place::constant(at.environment));
        }
        let is_outer = |column: &&Column| columns.iter().any(|kept| kept.id == column.id);
        let outer: Vec<Column> = input.columns().iter().filter(is_outer).cloned().collect();
        let number = self.column("$row", ScalarType::Long);
        let mut numbered = input.columns().to_vec();
        numbered.push(number.clone());
        let output = number.id;
        let numbered = input.then(at.span, numbered, |input| RelationOperator::Number { input, output, within: None });
        let mut expanded = columns.clone();
        expanded.push(number.clone());
        let expand = numbered.then(at.span, expanded, |input| {
            RelationOperator::MvExpand(MvExpand { input, expansions, kind, item_index, limit })
        });
        // The columns of the row that are not expanded are carried through the sub-query, with its number.
        let mut source: Vec<Computed> =
            columns.iter().map(|column| (column.clone(), column_reference(column, at.span))).collect();
        for (position, column) in std::iter::once(&number).chain(&outer).enumerate() {
            // Beside the columns of the sub-query, under names that no query can have.
            let carried = self.column(format!("$outer{position}"), column.scalar_type);
            if self.is_poisoned(column.id) {
                self.poison(carried.id);
            }
            source.push((carried, column_reference(column, at.span)));
        }
        let carried = outer.len() + 1;
        let open = expand.open;
        let mut rows = Table { relation: expand.relation.clone(), open, depth: expand.depth, graph: None, name: None };
        rows.relation.columns = columns;
        let stand_in = self.stand_in_of(&rows, at.span);
        let source = self.projection(expand, source, at.span);
        let body = self.sub_pipe(&node.body, stand_in, at);
        let span = body.relation.span;
        let is_added = |column: &&Column| !outer.iter().any(|own| own.name == column.name);
        let added: Vec<Column> = body.columns().iter().filter(is_added).cloned().collect();
        let depth = body.depth + 4;
        let groups = Groups { source, carried, is_numbered: true, outer_key: None };
        let (relation, carried) = match self.over_groups(body.relation, groups) {
            Ok(done) => done,
            Err(place) => {
                self.unsupported("this operator within `mv-apply`", place);
                let mut table = self.no_table(at.span);
                table.relation.columns = outer.into_iter().chain(added).collect();
                table.open = open;
                return table;
            }
        };
        let outer = carried.into_iter().skip(1).zip(outer).map(|(carried, own)| Column { name: own.name, ..carried });
        let columns = outer.chain(added).collect();
        let mut table = self.selection(Table { relation, open, depth, graph: None, name: None }, columns, span);
        table.relation.span = at.span;
        table.open = open;
        table
    }

    /// The operators of a sub-query, over a table.
    pub(super) fn sub_pipe(&mut self, body: &'a tree::Expr, input: Table, at: At) -> Table {
        match &body.kind {
            tree::ExprKind::Parenthesized(inner) => {
                let span = inner.span;
                let table = self.nested(span, |binder| Some(binder.sub_pipe(inner, input, at)));
                table.unwrap_or_else(|| self.no_table(span))
            }
            tree::ExprKind::Pipe { source: None, operators } => {
                let begins = operators
                    .first()
                    .is_some_and(|operator| matches!(operator.kind, OperatorKind::Print(_) | OperatorKind::Range(_)));
                let input = if begins { None } else { Some(input) };
                self.pipe(input, operators, at.environment, body.span)
            }
            _ => self.table(body, at.environment),
        }
    }
}
