//! Every relation of a plan, wherever it stands.

use std::collections::HashSet;

use super::{ExprKind, Relation, RelationOperator};

/// The relations of some plans: their inputs, those of sub-queries, and what is shared once.
pub fn relations<'p>(roots: impl IntoIterator<Item = &'p Relation>) -> Vec<&'p Relation> {
    let mut found = Vec::new();
    let mut shared_keys = HashSet::new();
    let mut waiting: Vec<&Relation> = roots.into_iter().collect();
    while let Some(relation) = waiting.pop() {
        found.push(relation);
        waiting.extend(relation.operator.inputs());
        if let RelationOperator::Materialized { key, shared } = &relation.operator
            && shared_keys.insert(*key)
        {
            waiting.push(shared);
        }
        let mut expressions = relation.operator.expressions();
        while let Some(expression) = expressions.pop() {
            match &expression.kind {
                ExprKind::Call { arguments, .. } => expressions.extend(arguments),
                ExprKind::ToScalar(table) => waiting.push(table),
                ExprKind::InTable { value, table, .. } => {
                    expressions.push(value);
                    waiting.push(table);
                }
                ExprKind::Column(_) | ExprKind::Literal(_) => {}
            }
        }
    }
    found
}
