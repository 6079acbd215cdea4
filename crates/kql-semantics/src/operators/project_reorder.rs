//! `project-reorder`: the columns that match first, the others behind.

use std::cmp::Ordering;

use kql_syntax::operators::project_reorder::{ProjectReorder, ReorderDirection};
use kql_syntax::tree;

use super::At;
use crate::binder::{Binder, Table};
use crate::plan::Column;
use crate::scope::Place;

impl<'a> Binder<'a> {
    pub(super) fn project_reorder(&mut self, node: &'a ProjectReorder, input: Table, at: At) -> Table {
        let mut ordered: Vec<Column> = Vec::new();
        let is_pattern =
            |column: &tree::Expr| matches!(column.kind, tree::ExprKind::Star | tree::ExprKind::WildcardName(_));
        for entry in &node.columns {
            let place = Place::over(&input, at.environment);
            let mut found = self.matching(&entry.column, &input, &place);
            found.retain(|column| !ordered.iter().any(|taken| taken.id == column.id));
            if is_pattern(&entry.column) {
                match entry.order {
                    Some(ReorderDirection::Ascending) => found.sort_by(|a, b| a.name.cmp(&b.name)),
                    Some(ReorderDirection::Descending) => found.sort_by(|a, b| b.name.cmp(&a.name)),
                    Some(ReorderDirection::GrannyAscending) => found.sort_by(|a, b| granny(&a.name, &b.name)),
                    Some(ReorderDirection::GrannyDescending) => found.sort_by(|a, b| granny(&b.name, &a.name)),
                    None => {}
                }
            }
            ordered.append(&mut found);
        }
        let rest = input.columns().iter().filter(|column| !ordered.iter().any(|taken| taken.id == column.id));
        let rest: Vec<Column> = rest.cloned().collect();
        ordered.extend(rest);
        self.selection(input, ordered, at.span)
    }
}

/// Compares runs of digits as numbers, the text between them as text.
fn granny(left: &str, right: &str) -> Ordering {
    let (mut left, mut right) = (left, right);
    loop {
        let digits = |text: &str| text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
        let (a, b) = (digits(left), digits(right));
        if a > 0 && b > 0 {
            let (number_a, rest_a) = left.split_at(a);
            let (number_b, rest_b) = right.split_at(b);
            let (trimmed_a, trimmed_b) = (number_a.trim_start_matches('0'), number_b.trim_start_matches('0'));
            let order = trimmed_a.len().cmp(&trimmed_b.len()).then_with(|| trimmed_a.cmp(trimmed_b));
            if order != Ordering::Equal {
                return order;
            }
            (left, right) = (rest_a, rest_b);
            continue;
        }
        let (mut rest_a, mut rest_b) = (left.chars(), right.chars());
        match (rest_a.next(), rest_b.next()) {
            (Some(a), Some(b)) if a == b => (left, right) = (rest_a.as_str(), rest_b.as_str()),
            (a, b) => return a.cmp(&b),
        }
    }
}
