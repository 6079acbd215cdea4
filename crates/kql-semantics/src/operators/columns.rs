//! What the operators that name columns share: giving out names, and finding columns by pattern.

use std::collections::HashMap;

use kql_syntax::{Diagnostic, Span, tree};
use kql_types::{ScalarType, Value};

use crate::binder::{Binder, Table, column_reference, literal};
use crate::codes;
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
            columns.extend(self.projected_one(expression, place, &mut names));
        }
        columns
    }

    pub(super) fn projected_one(
        &mut self,
        expression: &'a tree::Expr,
        place: &Place<'_>,
        names: &mut Names,
    ) -> Option<Computed> {
        if matches!(expression.kind, tree::ExprKind::Error) {
            return None;
        }
        if let tree::ExprKind::Named { names: written, value, .. } = &expression.kind {
            let name = written.first()?;
            let value = match written.len() {
                1 => self.scalar(value, place),
                _ => {
                    self.scalar(value, place);
                    self.not_a_tuple(expression.span);
                    None
                }
            };
            if !names.take(&name.text) {
                self.duplicate_column(&name.text, name.span);
                return None;
            }
            return Some(self.computed(name.text.clone(), value, place, expression.span));
        }
        let value = self.scalar(expression, place);
        self.refuse_several_columns(expression);
        let name = match (implicit_name(expression), plain_name(expression)) {
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

    /// `(a, b) = f(x)`: the columns of a function that gives several values. None of these runs yet.
    pub(super) fn several_values(
        &mut self,
        names: &'a [tree::Name],
        value: &'a tree::Expr,
        bound: Option<Expr>,
        span: Span,
    ) -> Vec<Computed> {
        let function = match &value.kind {
            tree::ExprKind::Call { function, .. } => function.text.as_str(),
            _ => "",
        };
        let types = result_types(function);
        if types.is_empty() {
            self.not_a_tuple(span);
            return Vec::new();
        }
        if bound.is_some() {
            self.unsupported(format!("several values of {function}()"), span);
        }
        let mut columns = Vec::new();
        for (at, name) in names.iter().enumerate() {
            // The last type is that of all that follow.
            let scalar_type = types.get(at).or(types.last()).copied().unwrap_or(ScalarType::Dynamic);
            let column = self.column(name.text.clone(), scalar_type);
            columns.push((column, literal(Value::null(scalar_type), name.span)));
        }
        columns
    }

    /// Kusto makes a column of each array that `array_sort_asc(a, b)` sorts, unless an index picks one.
    pub(super) fn refuse_several_columns(&mut self, expression: &tree::Expr) {
        let tree::ExprKind::Call { function: name, arguments } = &expression.kind else { return };
        let is_flag = |argument: &tree::Expr| matches!(argument.kind, tree::ExprKind::Literal(tree::Literal::Bool(_)));
        let arrays = arguments.iter().filter(|argument| !is_flag(argument)).count();
        if arrays > 1 && matches!(name.text.as_str(), "array_sort_asc" | "array_sort_desc") {
            self.unsupported(format!("`{}()` with several columns as its result", name.text), expression.span);
        }
    }

    pub(super) fn not_a_tuple(&mut self, span: Span) {
        let message = "several names stand for an expression with one value";
        self.error(codes::NOT_ALLOWED_HERE, message, span);
    }

    /// A projection of a table.
    pub(super) fn projection(&mut self, input: Table, columns: Vec<Computed>, span: Span) -> Table {
        let (columns, mut expressions): (Vec<Column>, Vec<Expr>) = columns.into_iter().unzip();
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
                Some((at, computed)) => {
                    used.iter_mut().skip(at).take(1).for_each(|used| *used = true);
                    all.push(computed.clone());
                }
                None => all.push((column.clone(), column_reference(column, span))),
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

/// The types of the values that a function gives, for the functions that give several.
fn result_types(function: &str) -> &'static [ScalarType] {
    use ScalarType::{Dynamic, Long, Real};
    match function {
        "series_decompose" | "series_decompose_anomalies" | "series_decompose_forecast" => &[Dynamic],
        "series_periods_detect" | "series_periods_validate" => &[Dynamic],
        "array_sort_asc" | "array_sort_desc" => &[Dynamic],
        "series_fit_line" => &[Real, Real, Real, Real, Real, Dynamic],
        "series_fit_2lines" => &[Real, Long, Real, Real, Dynamic, Real],
        "series_fit_poly" => &[Real, Dynamic, Real, Real, Dynamic],
        "series_stats" => &[Real, Long, Real, Long, Real],
        _ => &[],
    }
}

/// The place of an expression that is a plain name.
pub(super) fn plain_name(expression: &tree::Expr) -> Option<Span> {
    match &expression.kind {
        tree::ExprKind::Name(name) => Some(name.span),
        _ => None,
    }
}
