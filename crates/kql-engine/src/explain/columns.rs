//! Which columns of a plan are needed, so that a stage holds no others.
//!
//! A column keeps its id from where it is made to where it is last read, so one set is enough for the whole plan.

use std::collections::HashSet;

use kql_semantics::{ColumnId, Expr, ExprKind, Relation, RelationOperator};
use recursive::recursive;

use super::regions::subqueries;

/// The ids of the columns that the relation gives, and of those that are read on the way.
pub(super) fn needed(relation: &Relation) -> HashSet<ColumnId> {
    let mut needed = HashSet::new();
    all_of(relation, &mut needed);
    // A table that is read twice has the same ids in both places, and one place may need what the other does not.
    let mut known = 0;
    while needed.len() > known {
        known = needed.len();
        visit(relation, &mut needed);
    }
    needed
}

fn all_of(relation: &Relation, needed: &mut HashSet<ColumnId>) {
    needed.extend(relation.columns.iter().map(|column| column.id));
}

/// Adds what a relation reads to give the columns that are needed of it.
#[recursive]
fn visit(relation: &Relation, needed: &mut HashSet<ColumnId>) {
    match &relation.operator {
        RelationOperator::Project { expressions, .. } => {
            for (column, expression) in relation.columns.iter().zip(expressions) {
                if needed.contains(&column.id) {
                    read(expression, needed);
                }
            }
        }
        RelationOperator::Union { inputs } => {
            for (at, column) in relation.columns.iter().enumerate() {
                if needed.contains(&column.id) {
                    needed.extend(inputs.iter().filter_map(|input| input.columns.get(at)).map(|column| column.id));
                }
            }
        }
        // The groups and the results of the aggregations stay, whoever reads them.
        RelationOperator::Aggregate { .. } | RelationOperator::Window { .. } | RelationOperator::Number { .. } => {
            all_of(relation, needed);
        }
        RelationOperator::Materialized { shared, .. } => {
            all_of(shared, needed);
            visit(shared, needed);
        }
        RelationOperator::Distinct { .. }
        | RelationOperator::Scan(_)
        | RelationOperator::MakeSeries(_)
        | RelationOperator::Plugin(_)
        | RelationOperator::Graph(_)
        | RelationOperator::Unsupported { .. } => {
            all_of(relation, needed);
            relation.operator.inputs().into_iter().for_each(|input| all_of(input, needed));
        }
        _ => {}
    }
    if !matches!(relation.operator, RelationOperator::Project { .. }) {
        relation.operator.expressions().into_iter().for_each(|expression| read(expression, needed));
    }
    relation.operator.inputs().into_iter().for_each(|input| visit(input, needed));
}

/// Adds the columns that an expression reads, those of tables within it among them.
fn read(expression: &Expr, needed: &mut HashSet<ColumnId>) {
    needed.extend(columns_of(expression));
    for subquery in subqueries(expression) {
        all_of(subquery.relation, needed);
        visit(subquery.relation, needed);
    }
}

/// The columns that an expression names, each once, in order.
pub(super) fn columns_of(expression: &Expr) -> Vec<ColumnId> {
    let mut ids = Vec::new();
    let mut waiting = vec![expression];
    while let Some(expression) = waiting.pop() {
        match &expression.kind {
            ExprKind::Column(id) if !ids.contains(id) => ids.push(*id),
            ExprKind::Call { arguments, .. } => waiting.extend(arguments.iter().rev()),
            ExprKind::InTable { value, .. } => waiting.push(value),
            ExprKind::Column(_) | ExprKind::Literal(_) | ExprKind::ToScalar(_) => {}
        }
    }
    ids
}
