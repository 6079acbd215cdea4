//! Cutting a bound plan into stages: what one operator of the query was bound to.

use kql_semantics::plan::JoinKind;
use kql_semantics::{Expr, ExprKind, Relation, RelationOperator};

/// The relations that one operator was bound to: those below each other at the same place of the query.
pub(super) struct Region<'r> {
    pub root: &'r Relation,
    /// What it reads, in order.
    pub inputs: Vec<Input<'r>>,
    /// The tables within its expressions.
    pub subqueries: Vec<Subquery<'r>>,
}

/// A relation that a stage reads.
#[derive(Clone, Copy)]
pub(super) struct Input<'r> {
    /// The relation as it stands in the plan of the stage.
    pub node: &'r Relation,
    /// What is behind it, where it is shared: it is computed once, and its columns go by their positions.
    pub shared: Option<(usize, &'r Relation)>,
}

/// A table within an expression.
#[derive(Clone, Copy)]
pub(super) struct Subquery<'r> {
    pub relation: &'r Relation,
    pub is_scalar: bool,
}

impl<'r> Region<'r> {
    /// The stage that ends with this relation.
    pub fn of(root: &'r Relation) -> Region<'r> {
        let mut region = Region { root, inputs: Vec::new(), subqueries: Vec::new() };
        let mut waiting = vec![root];
        while let Some(relation) = waiting.pop() {
            let is_root = std::ptr::eq(relation, root);
            if let RelationOperator::Materialized { key, shared } = &relation.operator {
                region.inputs.push(Input { node: relation, shared: Some((*key, shared)) });
            } else if !is_root && begins_stage(relation, root) {
                region.inputs.push(Input { node: relation, shared: None });
            } else {
                waiting.extend(relation.operator.inputs().into_iter().rev());
                if !is_opaque(&relation.operator) {
                    let found = relation.operator.expressions().into_iter().flat_map(subqueries);
                    region.subqueries.extend(found);
                }
            }
        }
        region
    }

    /// Whether it is a join that keeps one row of the left side for each key.
    pub fn is_inner_unique(&self) -> bool {
        matches!(&self.root.operator, RelationOperator::Join(join) if join.kind == JoinKind::InnerUnique)
    }

    /// The input that is the pipe so far. All tables of a union are alike: none of them is.
    pub fn pipe(&self) -> Option<Input<'r>> {
        let is_union = matches!(heart(self.root).operator, RelationOperator::Union { .. });
        self.inputs.first().copied().filter(|_| !is_union)
    }
}

/// Whether a relation below another one is a stage of its own.
fn begins_stage(relation: &Relation, above: &Relation) -> bool {
    match relation.operator {
        RelationOperator::Table { .. } | RelationOperator::ExternalData(_) => true,
        // What `print` starts from.
        RelationOperator::OneRow => false,
        _ => relation.span != above.span,
    }
}

/// Whether no row of its result can be said to come from one of its input.
pub(super) fn is_opaque(operator: &RelationOperator) -> bool {
    matches!(
        operator,
        RelationOperator::Scan(_)
            | RelationOperator::MakeSeries(_)
            | RelationOperator::Plugin(_)
            | RelationOperator::Graph(_)
            | RelationOperator::Unsupported { .. }
    )
}

/// What a stage does beside computing columns.
pub(super) fn heart(root: &Relation) -> &Relation {
    let mut relation = root;
    while let RelationOperator::Project { input, .. } = &relation.operator {
        if begins_stage(input, root) || matches!(input.operator, RelationOperator::Materialized { .. }) {
            break;
        }
        relation = input;
    }
    relation
}

/// The tables within an expression, but for those within them.
pub(super) fn subqueries(expression: &Expr) -> Vec<Subquery<'_>> {
    let mut found = Vec::new();
    let mut waiting = vec![expression];
    while let Some(expression) = waiting.pop() {
        match &expression.kind {
            ExprKind::Column(_) | ExprKind::Literal(_) => {}
            ExprKind::Call { arguments, .. } => waiting.extend(arguments.iter().rev()),
            ExprKind::ToScalar(relation) => found.push(Subquery { relation, is_scalar: true }),
            ExprKind::InTable { value, table, .. } => {
                found.push(Subquery { relation: table, is_scalar: false });
                waiting.push(value);
            }
        }
    }
    found
}

/// The identity of a relation within its plan.
pub(super) fn address(relation: &Relation) -> usize {
    std::ptr::from_ref(relation) as usize
}
