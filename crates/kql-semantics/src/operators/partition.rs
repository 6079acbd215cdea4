//! `partition`: a sub-query over the rows of each key.

use kql_syntax::operators::partition::Partition;
use kql_syntax::tree;

use super::At;
use super::by_group::Groups;
use super::columns::Computed;
use crate::binder::{Binder, Table, column_reference};
use crate::plan::{Expr, ExprKind};
use crate::scope::{Binding, Place};

impl<'a> Binder<'a> {
    pub(super) fn partition(&mut self, node: &'a Partition, input: Table, at: At) -> Table {
        let by = self.scalar(&node.by, &Place::over(&input, at.environment));
        let stand_in = self.stand_in_of(&input, at.span);
        let outer_key = self.fresh_id();
        // Within a part the key is a constant.
        self.stand_in(outer_key);
        let body = match &by {
            // A query with a source of its own sees nothing of the rows but their key, as a scalar.
            Some(by) if node.legacy => {
                let mut environment = self.scopes.open(at.environment);
                if let tree::ExprKind::Name(name) = &node.by.kind {
                    let kind = ExprKind::Column(outer_key);
                    let key = Expr { kind, scalar_type: by.scalar_type, span: by.span };
                    self.scopes.declare(&mut environment, &name.text, Binding::Scalar(Some(key)));
                }
                self.table(&node.body, environment)
            }
            _ => self.sub_pipe(&node.body, stand_in, at),
        };
        let Some(by) = by else { return body };
        let mut key = self.column("", by.scalar_type);
        // There may be partitions within partitions.
        key.name = format!("$partition{}", key.id.0);
        let mut computed: Vec<Computed> =
            input.columns().iter().map(|column| (column.clone(), column_reference(column, at.span))).collect();
        computed.push((key, by));
        let source = self.projection(input, computed, at.span);
        let groups = Groups { source, carried: 1, is_numbered: false, outer_key: Some(outer_key) };
        let (columns, open, depth) = (body.columns().to_vec(), body.open, body.depth);
        match self.over_groups(body.relation, groups) {
            Ok((relation, _)) => {
                self.selection(Table { relation, open, depth: depth + 3, graph: None, name: None }, columns, at.span)
            }
            Err(place) => {
                self.unsupported("this operator within `partition`", place);
                let mut table = self.no_table(at.span);
                table.relation.columns = columns;
                table.open = open;
                table
            }
        }
    }
}
