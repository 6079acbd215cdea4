//! `join`, and what it shares with `lookup`: keys, and the names of the result.

use kql_syntax::operators::join::{Join, JoinCondition};
use kql_syntax::tree::{self, BinaryOperator, Parameter};
use kql_syntax::{Diagnostic, Span};
use kql_types::ScalarType;

use super::At;
use crate::binder::{Binder, Table, column_reference};
use crate::codes;
use crate::constants::convert;
use crate::lints::inner_unique;
use crate::naming::Names;
use crate::plan::{self, Column, ColumnId, Expr, JoinKind, Relation, RelationOperator};
use crate::suggestions::{did_you_mean, listed};

const KINDS: &[(&str, JoinKind)] = &[
    ("innerunique", JoinKind::InnerUnique),
    ("inner", JoinKind::Inner),
    ("leftouter", JoinKind::LeftOuter),
    ("rightouter", JoinKind::RightOuter),
    ("fullouter", JoinKind::FullOuter),
    ("leftsemi", JoinKind::LeftSemi),
    ("rightsemi", JoinKind::RightSemi),
    ("anti", JoinKind::LeftAnti),
    ("leftanti", JoinKind::LeftAnti),
    ("leftantisemi", JoinKind::LeftAnti),
    ("rightanti", JoinKind::RightAnti),
    ("rightantisemi", JoinKind::RightAnti),
];

/// The keys of a join, with the columns that they are on the right.
pub(super) struct Keys {
    pub pairs: Vec<(Expr, Expr)>,
    pub right: Vec<ColumnId>,
}

impl<'a> Binder<'a> {
    pub(super) fn join(&mut self, node: &'a Join, left: Table, at: At) -> Table {
        let right = self.table(&node.right, at.environment);
        let kind = self.join_kind(&node.parameters, KINDS, JoinKind::InnerUnique);
        let keys = self.join_keys(&node.condition, &left, &right, at);
        if parameter_text(&node.parameters, "kind").is_none() {
            self.lint(inner_unique::check(&left.relation, &keys.pairs, at.keyword));
        }
        let (left_only, right_only) = match kind {
            JoinKind::LeftSemi | JoinKind::LeftAnti => (true, false),
            JoinKind::RightSemi | JoinKind::RightAnti => (false, true),
            _ => (false, false),
        };
        let columns = match (left_only, right_only) {
            (true, _) => left.columns().to_vec(),
            (_, true) => right.columns().to_vec(),
            _ => both_sides(left.columns(), right.columns().to_vec()),
        };
        let open = (left.open && !right_only) || (right.open && !left_only);
        joined(left, right, kind, keys.pairs, columns, open, at.span)
    }

    /// The `kind=` of a join.
    pub(super) fn join_kind(
        &mut self,
        parameters: &'a [Parameter],
        kinds: &[(&str, JoinKind)],
        default: JoinKind,
    ) -> JoinKind {
        let Some((text, span)) = parameter_text(parameters, "kind") else { return default };
        match kinds.iter().find(|(name, _)| *name == text) {
            Some((_, kind)) => *kind,
            None => {
                let names: Vec<&str> = kinds.iter().map(|(name, _)| *name).collect();
                let help = did_you_mean(&text, names.iter().copied())
                    .unwrap_or_else(|| format!("it takes one of {}", names.join(", ")));
                let message = format!("unknown join kind `{text}`");
                self.report(Diagnostic::error(codes::PARAMETER_VALUE, message, span).with_help(help));
                default
            }
        }
    }

    /// The keys of a join's condition; each mistake is reported.
    pub(super) fn join_keys(&mut self, condition: &'a JoinCondition, left: &Table, right: &Table, at: At) -> Keys {
        let mut keys = Keys { pairs: Vec::new(), right: Vec::new() };
        let conditions: &'a [tree::Expr] = match condition {
            JoinCondition::On(conditions) => conditions,
            JoinCondition::Where(predicate) => {
                self.unsupported("`join … where`", predicate.span);
                return keys;
            }
            JoinCondition::Missing => {
                let help = "write `on Key`, or `on $left.Key == $right.OtherKey`";
                let message = "the join has no condition";
                self.report(Diagnostic::error(codes::JOIN_CONDITION, message, at.keyword).with_help(help));
                return keys;
            }
        };
        // `and` is as good as a comma.
        let mut pending: Vec<&'a tree::Expr> = conditions.iter().rev().collect();
        while let Some(condition) = pending.pop() {
            match &condition.kind {
                tree::ExprKind::Parenthesized(inner) => pending.push(inner),
                tree::ExprKind::Binary { operator: BinaryOperator::And, left, right, .. } => {
                    pending.push(right);
                    pending.push(left);
                }
                tree::ExprKind::Error => {}
                _ => self.join_key(condition, left, right, &mut keys),
            }
        }
        keys
    }

    fn join_key(&mut self, condition: &'a tree::Expr, left: &Table, right: &Table, keys: &mut Keys) {
        let sides = match &condition.kind {
            tree::ExprKind::Name(name) => Some((name, name)),
            tree::ExprKind::Binary { operator: BinaryOperator::Equal, left, right, .. } => {
                match (side(left), side(right)) {
                    (Some((false, left)), Some((true, right))) => Some((left, right)),
                    (Some((true, right)), Some((false, left))) => Some((left, right)),
                    _ => None,
                }
            }
            _ => None,
        };
        let Some((left_name, right_name)) = sides else {
            let message = "a join's condition must be a column of both sides or an equality of two columns";
            let help = "write `on Key`, or `on $left.Key == $right.OtherKey`; compute keys with `extend` before";
            self.report(Diagnostic::error(codes::JOIN_CONDITION, message, condition.span).with_help(help));
            return;
        };
        let left_column = self.key_column(left_name, left, "left");
        let right_column = self.key_column(right_name, right, "right");
        let (Some(left_column), Some(right_column)) = (left_column, right_column) else { return };
        keys.right.push(right_column.id);
        if self.is_poisoned(left_column.id) || self.is_poisoned(right_column.id) {
            return;
        }
        let (left_type, right_type) = (left_column.scalar_type, right_column.scalar_type);
        for (column, name) in [(&left_column, left_name), (&right_column, right_name)] {
            if column.scalar_type == ScalarType::Dynamic {
                let message = format!("the join key `{}` cannot be dynamic", column.name);
                let help = "convert it before the join, with tostring(), tolong(), …";
                self.refuse_to_run(Diagnostic::error(codes::JOIN_CONDITION, message, name.span).with_help(help));
                return;
            }
        }
        let common = match (left_type, right_type) {
            _ if left_type == right_type => left_type,
            (ScalarType::Int, ScalarType::Long) | (ScalarType::Long, ScalarType::Int) => ScalarType::Long,
            _ => {
                let message = format!(
                    "the join keys `{}` and `{}` are of different types: {left_type} and {right_type}",
                    left_column.name, right_column.name
                );
                let help = "convert one of them before the join";
                self.report(Diagnostic::error(codes::JOIN_CONDITION, message, condition.span).with_help(help));
                return;
            }
        };
        let pair = (
            convert(column_reference(&left_column, left_name.span), common),
            convert(column_reference(&right_column, right_name.span), common),
        );
        keys.pairs.push(pair);
    }

    fn key_column(&mut self, name: &'a tree::Name, table: &Table, side: &str) -> Option<Column> {
        let found = table.columns().iter().find(|column| column.name == name.text).cloned();
        if found.is_none() && table.open {
            if side == "left" {
                self.discover(&name.text, name.span);
            }
        } else if found.is_none() {
            let message = format!("unknown column `{}` on the {side} side of the join", name.text);
            let mut diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, message, name.span);
            let names = || table.columns().iter().map(|column| column.name.as_str());
            diagnostic.help = did_you_mean(&name.text, names()).or_else(|| listed("columns", &name.text, names()));
            self.report(diagnostic);
        }
        found
    }
}

/// The join of two bound sides.
pub(super) fn joined(
    left: Table,
    right: Table,
    kind: JoinKind,
    keys: Vec<(Expr, Expr)>,
    columns: Vec<Column>,
    open: bool,
    span: Span,
) -> Table {
    let depth = 1 + left.depth.max(right.depth);
    let outputs = columns.iter().map(|column| column.id).collect();
    let join = plan::Join { kind, left: Box::new(left.relation), right: Box::new(right.relation), keys, outputs };
    Table {
        relation: Relation { operator: RelationOperator::Join(join), columns, span },
        open,
        depth,
        graph: None,
        name: None,
    }
}

/// The columns of both sides: a right one whose name is taken gets the first free number behind it.
pub(super) fn both_sides(left: &[Column], right: Vec<Column>) -> Vec<Column> {
    let mut names = Names::new();
    for column in left {
        names.take(&column.name);
    }
    let free: Vec<bool> = right.iter().map(|column| names.take(&column.name)).collect();
    let mut columns = left.to_vec();
    for (mut column, free) in right.into_iter().zip(free) {
        if !free {
            column.name = names.unique(&column.name);
        }
        columns.push(column);
    }
    columns
}

/// `$left.name` (false) or `$right.name` (true).
fn side(expression: &tree::Expr) -> Option<(bool, &tree::Name)> {
    match &expression.kind {
        tree::ExprKind::Parenthesized(inner) => side(inner),
        tree::ExprKind::Member { base, member } => {
            let (tree::ExprKind::Name(side), tree::ExprKind::Name(name)) = (&base.kind, &member.kind) else {
                return None;
            };
            match side.text.as_str() {
                "$left" => Some((false, name)),
                "$right" => Some((true, name)),
                _ => None,
            }
        }
        // `$left["a name"]`.
        tree::ExprKind::Index { .. } => None,
        _ => None,
    }
}

/// The text of an operator's parameter that is a word.
pub(super) fn parameter_text(parameters: &[Parameter], name: &str) -> Option<(String, Span)> {
    let parameter = parameters.iter().find(|parameter| parameter.name.text == name)?;
    let text = match &parameter.value.kind {
        tree::ExprKind::Name(name) => name.text.clone(),
        tree::ExprKind::Literal(tree::Literal::String { value, .. }) => value.clone(),
        tree::ExprKind::Literal(tree::Literal::Bool(Some(value))) => value.to_string(),
        _ => return None,
    };
    Some((text, parameter.value.span))
}
