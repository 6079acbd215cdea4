//! `mv-apply`: a sub-query over the elements of each row.

use kql_syntax::operators::mv_apply::MvApply;
use kql_syntax::{OperatorKind, tree};

use super::At;
use crate::binder::{Binder, Table};
use crate::plan::{Column, MvExpand, MvExpandKind, RelationOperator};

impl<'a> Binder<'a> {
    pub(super) fn mv_apply(&mut self, node: &'a MvApply, input: Table, at: At) -> Table {
        let (expansions, columns, item_index) = self.expansions(&node.columns, &node.parameters, &input, at);
        if let Some(limit) = &node.limit {
            self.row_count(limit, at.environment);
        }
        let outer: Vec<Column> =
            input.columns().iter().filter(|column| columns.iter().any(|kept| kept.id == column.id)).cloned().collect();
        let expand = input.then(at.span, columns, |input| {
            RelationOperator::MvExpand(MvExpand { input, expansions, kind: MvExpandKind::Bag, item_index, limit: None })
        });
        let open = expand.open;
        let body = self.sub_pipe(&node.body, expand, at);
        // The columns of the row that are not expanded, then what the sub-query adds to them.
        let added = body.columns().iter().filter(|column| !outer.iter().any(|own| own.name == column.name)).cloned();
        let added: Vec<Column> = added.collect();
        let mut columns = outer;
        columns.extend(added);
        let mut table = self.unsupported_table("mv-apply", vec![body], columns, at);
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
