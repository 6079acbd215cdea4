//! Conditions over a pattern, taken apart: what they ask of one element, and of which columns they are made.

use std::collections::HashMap;

use super::pattern::{Along, Element, Pattern, Request};
use crate::plan::graph::Gather;
use crate::plan::{ColumnId, Expr, ExprKind};

/// What a condition is asked of.
pub(super) enum Asked {
    /// One node, with the condition over the rows of the graph.
    Node(usize, Expr),
    /// One edge, or each of those in its place.
    Edge(usize, Expr),
    /// Each node within an edge of variable length.
    Within(usize, Expr),
    Several,
    /// Each of the edges in one place, and something else.
    Mixed,
}

pub(super) fn asked_of(condition: &Expr, pattern: &Pattern) -> Asked {
    let requests: HashMap<ColumnId, Request> =
        columns_of(condition).into_iter().filter_map(|id| Some((id, pattern.request(id)?.1))).collect();
    let mut elements = requests.values().map(|request| request.element);
    let Some(first) = elements.next() else { return Asked::Several };
    let one = elements.all(|element| element == first);
    let each = requests.values().any(|request| matches!(request.element, Element::EachEdge(_)));
    let over_rows = || {
        let mut condition = condition.clone();
        put_in(&mut condition, &requests);
        condition
    };
    match first {
        Element::Node(node) if one => Asked::Node(node, over_rows()),
        Element::Edge(edge) | Element::EachEdge(edge) if one => Asked::Edge(edge, over_rows()),
        Element::Path { edge, along, gather: Gather::All } if matches!(condition.kind, ExprKind::Column(_)) => {
            match along {
                Along::Edges => Asked::Edge(edge, over_rows()),
                Along::Nodes => Asked::Within(edge, over_rows()),
            }
        }
        _ if each => Asked::Mixed,
        _ => Asked::Several,
    }
}

/// Puts the values over the rows of the graph in the place of columns of the matches.
fn put_in(expression: &mut Expr, requests: &HashMap<ColumnId, Request>) {
    let mut waiting = vec![expression];
    while let Some(expression) = waiting.pop() {
        let found = match &expression.kind {
            ExprKind::Column(id) => requests.get(id),
            _ => None,
        };
        if let Some(request) = found {
            *expression = request.value.clone();
            continue;
        }
        match &mut expression.kind {
            ExprKind::Call { arguments, .. } => waiting.extend(arguments),
            ExprKind::InTable { value, .. } => waiting.push(value),
            ExprKind::Column(_) | ExprKind::Literal(_) | ExprKind::ToScalar(_) => {}
        }
    }
}

/// The columns that an expression reads, each once, in order.
pub(super) fn columns_of(expression: &Expr) -> Vec<ColumnId> {
    let mut found = Vec::new();
    let mut waiting = vec![expression];
    while let Some(expression) = waiting.pop() {
        match &expression.kind {
            ExprKind::Column(id) if !found.contains(id) => found.push(*id),
            ExprKind::Column(_) | ExprKind::Literal(_) | ExprKind::ToScalar(_) => {}
            ExprKind::Call { arguments, .. } => waiting.extend(arguments.iter().rev()),
            ExprKind::InTable { value, .. } => waiting.push(value),
        }
    }
    found
}

/// The parts of a condition that must all be true.
pub(super) fn conjuncts(condition: Expr) -> Vec<Expr> {
    let mut parts = Vec::new();
    let mut waiting = vec![condition];
    while let Some(condition) = waiting.pop() {
        match condition.kind {
            ExprKind::Call { function, arguments } if function.function.name == "and" => {
                waiting.extend(arguments.into_iter().rev());
            }
            kind => parts.push(Expr { kind, ..condition }),
        }
    }
    parts
}

/// Whether two values are the same, wherever they stand.
pub(super) fn same_value(one: &Expr, other: &Expr) -> bool {
    match (&one.kind, &other.kind) {
        (ExprKind::Column(one), ExprKind::Column(other)) => one == other,
        (ExprKind::Literal(left), ExprKind::Literal(right)) => left == right && one.scalar_type == other.scalar_type,
        (
            ExprKind::Call { function: left, arguments: of_left },
            ExprKind::Call { function: right, arguments: of_right },
        ) => {
            left == right
                && left.function.deterministic
                && one.scalar_type == other.scalar_type
                && of_left.len() == of_right.len()
                && of_left.iter().zip(of_right).all(|(one, other)| same_value(one, other))
        }
        _ => false,
    }
}
