//! What the operators that name columns share: giving out names, and finding columns by pattern.

use std::collections::HashMap;

use kql_syntax::{Diagnostic, Span, tree};

use crate::binder::{Binder, Purpose, Table, column_reference};
use crate::codes;
use crate::expressions::{Given, Several};
use crate::naming::{Names, implicit_name, matches_wildcard};
use crate::plan::{Column, Expr, ExprKind, RelationOperator};
use crate::scope::Place;

/// A column with the expression that computes it.
pub(super) type Computed = (Column, Expr);

impl<'a> Binder<'a> {
    pub(crate) fn duplicate_column(&mut self, name: &str, span: Span) {
        self.report(
            Diagnostic::error(codes::DUPLICATE_COLUMN, format!("the column `{name}` is there already"), span)
                .with_help(format!("give it another name, as in `{name}2 = …`")),
        );
    }

    /// A bound expression as a column: a plain reference that keeps its name keeps the id too.
    pub(super) fn computed(&mut self, name: String, value: Option<Expr>, place: &Place<'_>, span: Span) -> Computed {
        if let Some(Expr { kind: ExprKind::Column(id), .. }) = &value
            && let Some(column) = place.row.columns.iter().find(|column| column.id == *id && column.name == name)
        {
            return (column.clone(), column_reference(column, span));
        }
        let column = self.column_for(name, &value);
        (column, self.or_null(value, span))
    }

    /// The columns that a list of expressions gives: `a, b = x, f(c)`. Names that are written, and those of plain
    /// columns, must be unique; the others are made so.
    pub(super) fn projected(&mut self, expressions: &'a [tree::Expr], place: &Place<'_>) -> Vec<Computed> {
        let mut names = Names::new();
        let mut columns = Vec::new();
        for expression in expressions {
            columns.extend(self.projected_each(expression, place, &mut names));
        }
        columns
    }

    /// The columns that one of such expressions gives.
    pub(super) fn projected_each(
        &mut self,
        expression: &'a tree::Expr,
        place: &Place<'_>,
        names: &mut Names,
    ) -> Vec<Computed> {
        let (written, value) = named(expression);
        match self.given_columns(value, place) {
            Given::One(value) => self.projected_value(expression, value, place, names).into_iter().collect(),
            Given::Several(several) => {
                let rest = self.keeps_rest(written);
                self.several_columns(written, &several, rest, &[], names, value.span)
            }
        }
    }

    /// The only column that such an expression gives.
    pub(super) fn projected_one(
        &mut self,
        expression: &'a tree::Expr,
        place: &Place<'_>,
        names: &mut Names,
    ) -> Option<Computed> {
        let value = self.scalar(named(expression).1, place);
        self.projected_value(expression, value, place, names)
    }

    fn projected_value(
        &mut self,
        expression: &'a tree::Expr,
        value: Option<Expr>,
        place: &Place<'_>,
        names: &mut Names,
    ) -> Option<Computed> {
        if matches!(expression.kind, tree::ExprKind::Error) {
            return None;
        }
        if let Some(name) = self.written_name(expression) {
            if !names.take(&name.text) {
                self.duplicate_column(&name.text, name.span);
                return None;
            }
            return Some(self.computed(name.text.clone(), value, place, expression.span));
        }
        let implicit = implicit_name(expression).filter(|name| self.names_its_column(expression, name, place));
        let name = match (implicit, plain_name(expression)) {
            (Some(name), Some(_)) if !names.contains(&name) => {
                names.take(&name);
                name
            }
            (Some(name), Some(span)) if place.row.find(&name).is_some() && names.is_plain(&name) => {
                self.duplicate_column(&name, span);
                return None;
            }
            (Some(name), _) => names.unique(&name),
            (None, _) => self.unnamed(names),
        };
        if plain_name(expression).is_some() {
            names.mark_plain(&name);
        }
        Some(self.computed(name, value, place, expression.span))
    }

    /// Whether an expression gives its column this name: to the analyser, `column_ifexists("a", …)` is called `a` only
    /// where there is such a column.
    pub(super) fn names_its_column(&self, expression: &tree::Expr, name: &str, place: &Place<'_>) -> bool {
        let tree::ExprKind::Call { function, .. } = &expression.kind else { return true };
        !matches!(function.text.as_str(), "column_ifexists" | "columnifexists")
            || self.purpose == Purpose::Run
            || place.row.find(name).is_some()
    }

    /// The columns of a call that gives several, under the names that the query writes and then their own. Beside
    /// stand columns whose names their own do not take.
    pub(super) fn several_columns(
        &mut self,
        written: &'a [tree::Name],
        several: &Several,
        rest: bool,
        beside: &[Column],
        names: &mut Names,
        span: Span,
    ) -> Vec<Computed> {
        if let Some(name) = written.get(several.columns.len()) {
            let message = format!("the name `{}` stands for no column: there are {}", name.text, several.columns.len());
            self.error(codes::NOT_ALLOWED_HERE, message, name.span);
        }
        let mut columns = Vec::new();
        for (at, (own_name, scalar_type)) in several.columns.iter().enumerate() {
            let name = match written.get(at) {
                Some(name) if names.take(&name.text) => name.text.clone(),
                Some(name) => {
                    self.duplicate_column(&name.text, name.span);
                    continue;
                }
                None if rest => {
                    let mut name = names.unique(own_name);
                    while beside.iter().any(|column| column.name == name) {
                        name = names.unique(own_name);
                    }
                    name
                }
                None => break,
            };
            let value = self.column_of(several, at, span);
            let column = self.column(name, *scalar_type);
            columns.push((column, self.or_null(value, span)));
        }
        columns
    }

    /// Whether the columns of a call that are not named are there too: the engine drops them where there is a name.
    pub(super) fn keeps_rest(&self, written: &[tree::Name]) -> bool {
        written.is_empty() || self.purpose == Purpose::Check
    }

    /// The name that is written for an expression with one value; a second one is a mistake.
    pub(super) fn written_name(&mut self, expression: &'a tree::Expr) -> Option<&'a tree::Name> {
        let (written, _) = named(expression);
        if written.len() > 1 {
            self.error(
                codes::NOT_ALLOWED_HERE,
                "several names stand for an expression with one value",
                expression.span,
            );
        }
        written.first()
    }

    /// A projection of a table.
    pub(super) fn projection(&mut self, input: Table, columns: Vec<Computed>, span: Span) -> Table {
        let (mut columns, mut expressions): (Vec<Column>, Vec<Expr>) = columns.into_iter().unzip();
        if self.purpose == Purpose::Check {
            // What a `parse` put beside columns of the same names.
            let mut names = Names::new();
            for column in &mut columns {
                if !names.take(&column.name) {
                    column.name = names.unique(&column.name);
                }
            }
        }
        self.spend(columns.len() / 8, span);
        let input = self.with_windows(input, &mut expressions, span);
        input.then(span, columns, |input| RelationOperator::Project { input, expressions })
    }

    /// A projection onto columns of the input, in the order and under the names given.
    pub(super) fn selection(&mut self, input: Table, columns: Vec<Column>, span: Span) -> Table {
        let columns = columns.into_iter().map(|column| {
            let reference = column_reference(&column, span);
            (column, reference)
        });
        let columns = columns.collect();
        self.projection(input, columns, span)
    }

    /// The input with columns replaced and appended.
    pub(super) fn extended(&mut self, input: Table, columns: Vec<Computed>, span: Span) -> Table {
        let mut replaced: HashMap<String, usize> = HashMap::new();
        for (at, (column, _)) in columns.iter().enumerate() {
            replaced.insert(column.name.clone(), at);
        }
        let mut all: Vec<Computed> = Vec::with_capacity(input.columns().len() + columns.len());
        let mut used = vec![false; columns.len()];
        for column in input.columns() {
            match replaced.get(&column.name).and_then(|at| columns.get(*at).map(|computed| (*at, computed))) {
                Some((at, computed)) if used.get(at) == Some(&false) => {
                    used.iter_mut().skip(at).take(1).for_each(|used| *used = true);
                    all.push(computed.clone());
                }
                _ => all.push((column.clone(), column_reference(column, span))),
            }
        }
        let appended = columns.into_iter().zip(used).filter(|(_, used)| !used).map(|(computed, _)| computed);
        all.extend(appended);
        self.projection(input, all, span)
    }

    /// The columns that a name or a pattern stands for; none is reported.
    pub(super) fn matching(&mut self, pattern: &'a tree::Expr, input: &Table, place: &Place<'_>) -> Vec<Column> {
        let found: Vec<Column> = match &pattern.kind {
            tree::ExprKind::Star => return input.columns().to_vec(),
            tree::ExprKind::Name(name) => {
                input.columns().iter().filter(|column| column.name == name.text).cloned().collect()
            }
            tree::ExprKind::WildcardName(name) => {
                let matches = |column: &&Column| matches_wildcard(&name.text, &column.name);
                input.columns().iter().filter(matches).cloned().collect()
            }
            tree::ExprKind::Parenthesized(inner) => return self.matching(inner, input, place),
            tree::ExprKind::Error => return Vec::new(),
            _ => {
                self.error(codes::NOT_ALLOWED_HERE, "the name of a column must stand here", pattern.span);
                return Vec::new();
            }
        };
        if found.is_empty() && !input.open {
            match &pattern.kind {
                tree::ExprKind::WildcardName(name) => {
                    let message = format!("no column matches `{}`", name.text);
                    self.error(codes::UNKNOWN_NAME, message, pattern.span);
                }
                tree::ExprKind::Name(name) => self.unknown_name(&name.text, pattern.span, place),
                _ => {}
            }
        }
        found
    }
}

/// The names that are written for an expression, and the expression.
pub(super) fn named(expression: &tree::Expr) -> (&[tree::Name], &tree::Expr) {
    match &expression.kind {
        tree::ExprKind::Named { names, value, .. } => (names, value),
        _ => (&[], expression),
    }
}

/// The place of an expression that is a plain name.
pub(super) fn plain_name(expression: &tree::Expr) -> Option<Span> {
    match &expression.kind {
        tree::ExprKind::Name(name) => Some(name.span),
        _ => None,
    }
}
