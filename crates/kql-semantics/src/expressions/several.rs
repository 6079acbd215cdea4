//! Calls that give several columns: `extend series_stats(y)`, `(a, b) = series_fft(y)`, `array_sort_asc(a, b)[1]`.
//!
//! They stand where columns are named, or under an index that picks one of them; elsewhere they are mistakes.

use kql_functions::{PATH, ReturnType};
use kql_syntax::{Diagnostic, Span, tree};
use kql_types::dynamic::{Path, Step};
use kql_types::{ScalarType, Value};

use crate::binder::{Binder, literal};
use crate::codes;
use crate::constants::convert;
use crate::naming;
use crate::plan::Expr;
use crate::scope::Place;

/// What an expression gives.
#[derive(Clone, Debug)]
pub(crate) enum Given {
    /// `None` when it could not be bound.
    One(Option<Expr>),
    Several(Several),
}

impl Given {
    /// The expression that computes it, all of its columns where there are several.
    pub fn value_mut(&mut self) -> Option<&mut Expr> {
        match self {
            Given::One(value) => value.as_mut(),
            Given::Several(several) => Some(&mut several.all),
        }
    }
}

/// The columns that one call gives.
#[derive(Clone, Debug)]
pub(crate) struct Several {
    function: &'static str,
    /// All of them in one `dynamic` array.
    all: Expr,
    /// Their names where the query gives none, and their types.
    pub columns: Vec<(String, ScalarType)>,
}

impl Several {
    /// The columns of a call; `None` when it has one value.
    pub fn of(
        function: &'static kql_functions::Function,
        returns: ReturnType,
        arguments: &[tree::Expr],
        all: Expr,
    ) -> Option<Several> {
        let columns = naming::column_names(function.name, returns, arguments)?;
        Some(Several { function: function.name, all, columns })
    }
}

impl<'a> Binder<'a> {
    /// Binds an expression that may give several columns.
    pub(crate) fn given_columns(&mut self, expression: &'a tree::Expr, place: &Place<'_>) -> Given {
        match &expression.kind {
            tree::ExprKind::Parenthesized(inner) => self
                .nested(expression.span, |binder| Some(binder.given_columns(inner, place)))
                .unwrap_or(Given::One(None)),
            tree::ExprKind::Call { function, arguments } => self
                .nested(expression.span, |binder| Some(binder.called(function, arguments, expression.span, place)))
                .unwrap_or(Given::One(None)),
            _ => Given::One(self.scalar(expression, place)),
        }
    }

    /// One of several columns.
    pub(crate) fn column_of(&mut self, several: &Several, at: usize, span: Span) -> Option<Expr> {
        let (_, scalar_type) = several.columns.get(at)?;
        let mut path = Path::default();
        path.push(Step::Element(i64::try_from(at).ok()?));
        let path = literal(Value::String(path.to_string()), span);
        let value = self.operator(PATH, span, vec![several.all.clone(), path], span)?;
        Some(convert(value, *scalar_type))
    }

    /// The column that an index picks.
    pub(super) fn picked(&mut self, several: &Several, index: Option<&Step>, span: Span) -> Option<Expr> {
        let at = match index {
            Some(Step::Element(at)) => usize::try_from(*at).ok(),
            _ => None,
        };
        let at = at.filter(|at| *at < several.columns.len());
        if at.is_none() {
            let count = several.columns.len();
            let message = format!("{}() gives {count} columns here", several.function);
            let help = format!("an index from 0 to {} picks one of them", count.saturating_sub(1));
            self.report(Diagnostic::error(codes::NOT_ALLOWED_HERE, message, span).with_help(help));
        }
        self.column_of(several, at?, span)
    }

    /// The only value of what is given; several columns are reported.
    pub(crate) fn one_value(&mut self, given: Given, span: Span) -> Option<Expr> {
        match given {
            Given::One(value) => value,
            Given::Several(several) => {
                self.not_one_value(&several, span);
                None
            }
        }
    }

    /// Reports several columns where one value must stand.
    fn not_one_value(&mut self, several: &Several, span: Span) {
        let message = format!("{}() gives several columns, not a value", several.function);
        let help = format!("make columns of them first: `extend (a, b) = {}(…)`", several.function);
        self.report(Diagnostic::error(codes::NOT_ALLOWED_HERE, message, span).with_help(help));
    }
}
