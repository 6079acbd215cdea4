//! `a.b`, `a[0]`, `a["b"].c`: steps into dynamic values.

use kql_syntax::tree::{self, Literal, UnaryOperator};
use kql_syntax::{Diagnostic, Span};
use kql_types::dynamic::{Path, Step};
use kql_types::{ScalarType, Value};

use crate::binder::{Binder, column_reference, literal};
use crate::codes;
use crate::expressions::Given;
use crate::plan::{Column, Expr, ExprKind};
use crate::scope::{Place, Row, state_name};

/// A constant step, or one whose key is computed.
enum Link<'a> {
    Constant(Step),
    Computed(&'a tree::Expr),
}

impl<'a> Binder<'a> {
    /// A member or index expression.
    pub(super) fn path(&mut self, expression: &'a tree::Expr, place: &Place<'_>) -> Option<Expr> {
        if let Some(column) = state_column(expression, place) {
            return Some(column_reference(column, expression.span));
        }
        if let Some(property) = self.entity_property(expression, place.environment) {
            return Some(literal(Value::String(property), expression.span));
        }
        self.known_property(expression, place)?;
        let mut links: Vec<(Link<'a>, Span)> = Vec::new();
        let mut base = expression;
        while state_column(base, place).is_none() {
            match &base.kind {
                tree::ExprKind::Member { base: inner, member } => {
                    let tree::ExprKind::Name(name) = &member.kind else {
                        let message = "the name of a member must stand here";
                        let mut diagnostic = Diagnostic::error(codes::NOT_ALLOWED_HERE, message, member.span);
                        if let tree::ExprKind::Call { function, .. } = &member.kind {
                            let help = format!("functions are not methods: write `{}(value, …)`", function.text);
                            diagnostic.help = Some(help);
                        }
                        self.report(diagnostic);
                        return None;
                    };
                    links.push((Link::Constant(Step::Member(name.text.clone())), base.span));
                    base = inner;
                }
                tree::ExprKind::Index { base: inner, index } => {
                    let link = constant_step(index).map_or(Link::Computed(index), Link::Constant);
                    links.push((link, base.span));
                    base = inner;
                }
                _ => break,
            }
        }
        let mut value = match self.given_columns(base, place) {
            Given::One(value) => value?,
            Given::Several(several) => match links.pop() {
                Some((Link::Constant(step), span)) => self.picked(&several, Some(&step), span)?,
                _ => self.picked(&several, None, base.span)?,
            },
        };
        if links.is_empty() {
            return Some(value);
        }
        if value.scalar_type != ScalarType::Dynamic {
            let message = format!("a {} has no members", value.scalar_type);
            let mut diagnostic = Diagnostic::error(codes::WRONG_TYPE, message, expression.span);
            if value.scalar_type == ScalarType::String {
                diagnostic = diagnostic.with_help("`parse_json(…)` reads the text as a dynamic value first");
            }
            self.report(diagnostic);
            return None;
        }
        let mut path = Path::default();
        let mut path_span = base.span;
        for (link, span) in links.into_iter().rev() {
            match link {
                Link::Constant(step) => path.push(step),
                Link::Computed(index) => {
                    let key = self.scalar(index, place)?;
                    // A `let` constant is a step as good as a literal.
                    match &key.kind {
                        ExprKind::Literal(Value::String(name)) => path.push(Step::Member(name.clone())),
                        ExprKind::Literal(Value::Long(position)) => path.push(Step::Element(*position)),
                        ExprKind::Literal(Value::Int(position)) => path.push(Step::Element(i64::from(*position))),
                        _ => {
                            value = self.step_into(value, &mut path, path_span)?;
                            value = self.operator(kql_functions::INDEX, span, vec![value, key], span)?;
                        }
                    }
                }
            }
            path_span = span;
        }
        self.step_into(value, &mut path, path_span)
    }

    /// Reports a property that the element of a graph pattern at the base of a path does not have.
    fn known_property(&mut self, expression: &'a tree::Expr, place: &Place<'_>) -> Option<()> {
        let Some(graph) = place.graph else { return Some(()) };
        let mut base = expression;
        loop {
            match &base.kind {
                tree::ExprKind::Member { base: inner, member } => {
                    if let (tree::ExprKind::Name(element), tree::ExprKind::Name(property)) = (&inner.kind, &member.kind)
                        && let Some(properties) = graph.pattern.properties(&element.text)
                        && !properties.iter().any(|column| column.name == property.text)
                    {
                        let row = Row { columns: properties, open: false };
                        self.unknown_name(&property.text, property.span, &Place { row, ..*place });
                        return None;
                    }
                    base = inner;
                }
                tree::ExprKind::Index { base: inner, .. } => base = inner,
                _ => return Some(()),
            }
        }
    }

    fn step_into(&mut self, value: Expr, path: &mut Path, span: Span) -> Option<Expr> {
        let path = std::mem::take(path);
        if path.steps().is_empty() {
            return Some(value);
        }
        self.operator(kql_functions::PATH, span, vec![value, literal(Value::String(path.to_string()), span)], span)
    }
}

/// The step of an index that is a literal.
fn constant_step(index: &tree::Expr) -> Option<Step> {
    match &index.kind {
        tree::ExprKind::Literal(Literal::String { value, .. }) => Some(Step::Member(value.clone())),
        tree::ExprKind::Literal(Literal::Long(Some(position))) => Some(Step::Element(*position)),
        tree::ExprKind::Unary { operator: UnaryOperator::Minus, operand } => match &operand.kind {
            tree::ExprKind::Literal(Literal::Long(Some(position))) => Some(Step::Element(position.checked_neg()?)),
            _ => None,
        },
        _ => None,
    }
}

/// The column that `step.column` stands for within a `scan`.
fn state_column<'r>(expression: &tree::Expr, place: &Place<'r>) -> Option<&'r Column> {
    let tree::ExprKind::Member { base, member } = &expression.kind else { return None };
    match (&base.kind, &member.kind) {
        (tree::ExprKind::Name(step), tree::ExprKind::Name(column)) => {
            place.row.find(&state_name(&step.text, &column.text))
        }
        _ => None,
    }
}
