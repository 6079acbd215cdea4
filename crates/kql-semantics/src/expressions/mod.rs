//! Scalar expressions: names, operators and calls, with the conversions that Kusto puts in.

mod aggregate_calls;
pub(crate) use aggregate_calls::only_aggregate_type;
mod calls;
pub(crate) use calls::given_value;
mod graph;
pub(crate) use graph::{is_of_graph, is_of_node};
pub(crate) mod literals;
mod mismatches;
mod paths;
mod sets;
mod several;
pub(crate) use several::{Given, Several};
mod special;
pub(crate) mod written_out;

use kql_syntax::tree::{self, BinaryOperator, UnaryOperator};
use kql_syntax::{Diagnostic, Span};
use kql_types::{ScalarType, Value};

use crate::binder::{Binder, column_reference, literal};
use crate::codes;
use crate::lints::whole_term;
use crate::plan::Expr;
use crate::refresh::size;
use crate::scope::{Binding, Place};
use crate::statements::Denotation;
use crate::suggestions::{did_you_mean, listed};

impl<'a> Binder<'a> {
    /// Binds a scalar expression. `None` when it is wrong, which is reported already.
    pub(crate) fn scalar(&mut self, expression: &'a tree::Expr, place: &Place<'_>) -> Option<Expr> {
        self.nested(expression.span, |binder| binder.scalar_here(expression, place))
    }

    fn scalar_here(&mut self, expression: &'a tree::Expr, place: &Place<'_>) -> Option<Expr> {
        let span = expression.span;
        match &expression.kind {
            tree::ExprKind::Literal(value) => Some(literal(self.literal_value(value, span)?, span)),
            tree::ExprKind::Name(name) => self.name(name, place),
            tree::ExprKind::Parenthesized(inner) => self.scalar(inner, place),
            tree::ExprKind::Member { .. } | tree::ExprKind::Index { .. } => self.path(expression, place),
            tree::ExprKind::Call { function, arguments } => self.call(function, arguments, span, place),
            tree::ExprKind::Unary { operator, operand } => match operator {
                UnaryOperator::Minus => self.operator_call("$negate", span, &[operand], span, place),
                UnaryOperator::Plus => {
                    let value = self.scalar(operand, place)?;
                    if !value.scalar_type.is_summable() && value.scalar_type != ScalarType::Dynamic {
                        let message = format!("the operator `+` is not defined for a {}", value.scalar_type);
                        self.error(codes::OPERAND_TYPES, message, span);
                        return None;
                    }
                    Some(value)
                }
            },
            tree::ExprKind::Binary { .. } => self.binary(expression, place),
            tree::ExprKind::Between { value, low, high, negated } => {
                let operator = if *negated { "!between" } else { "between" };
                self.operator_call(operator, span, &[value, low, high], span, place)
            }
            tree::ExprKind::InSet { operator, operator_span, value, set } => {
                self.in_set(*operator, *operator_span, value, set, span, place)
            }
            tree::ExprKind::Pipe { .. } | tree::ExprKind::DataTable(_) | tree::ExprKind::ExternalData(_) => {
                let message = "a table stands where a scalar value must";
                let help = "`toscalar(…)` takes the first value of a table";
                self.report(Diagnostic::error(codes::TABLE_NOT_SCALAR, message, span).with_help(help));
                None
            }
            tree::ExprKind::Named { names, value, .. } => {
                let name = names.first().map_or("", |name| name.text.as_str());
                let message = format!("`{name} =` names nothing here");
                self.report(Diagnostic::error(codes::NOT_ALLOWED_HERE, message, span).with_help("`==` compares"));
                self.scalar(value, place);
                None
            }
            tree::ExprKind::Ordered { value, .. } => {
                self.error(codes::NOT_ALLOWED_HERE, "a sort order has no meaning here", span);
                self.scalar(value, place)
            }
            tree::ExprKind::Star | tree::ExprKind::WildcardName(_) => {
                self.error(codes::NOT_ALLOWED_HERE, "a wildcard cannot stand here", span);
                None
            }
            tree::ExprKind::Function(_) => {
                self.error(codes::NOT_ALLOWED_HERE, "a function can only be the value of a `let`", span);
                None
            }
            tree::ExprKind::TypeOf(_) | tree::ExprKind::TypeOfTable(_) => {
                self.error(codes::NOT_ALLOWED_HERE, "a type literal is no value", span);
                None
            }
            // The parser said why.
            tree::ExprKind::Error => None,
        }
    }

    /// A name without parentheses: a column, a `let` variable, or a function without parameters.
    fn name(&mut self, name: &tree::Name, place: &Place<'_>) -> Option<Expr> {
        if let Some(column) = place.row.find(&name.text) {
            if place.aggregates.is_some() {
                let message = format!("the column `{}` must stand inside of an aggregate", name.text);
                let help = format!("`take_any({0})` takes one of its values; `by {0}` groups by it", name.text);
                self.report(Diagnostic::error(codes::AGGREGATE_OUTSIDE, message, name.span).with_help(help));
                return None;
            }
            return (!self.is_poisoned(column.id)).then(|| column_reference(column, name.span));
        }
        match self.meaning(place.environment, &name.text, name.span) {
            Some(Binding::Scalar(value)) => {
                let mut value = value?;
                if !self.spend(size(&value), name.span) {
                    return None;
                }
                value.span = name.span;
                Some(value)
            }
            Some(Binding::Function(function)) if function.function.parameters.is_empty() => {
                match self.call_user(&name.text, function, &[], None, name.span, place)? {
                    Denotation::Scalar(given) => self.one_value(given, name.span),
                    Denotation::Table(table) if table.open && table.columns().is_empty() => None,
                    Denotation::Table(_) => self.table_not_scalar(&name.text, name.span),
                }
            }
            Some(Binding::Function(_)) => {
                let message = format!("the function `{}` needs arguments", name.text);
                self.error(codes::ARGUMENT_COUNT, message, name.span);
                None
            }
            Some(Binding::Table(_) | Binding::Entity(_) | Binding::EntityGroup(_) | Binding::Pattern(_)) => {
                self.table_not_scalar(&name.text, name.span)
            }
            None if place.row.open && self.outside_schema(&name.text, place.environment).is_none() => {
                self.discover(&name.text, name.span);
                None
            }
            None if self.outside_schema(&name.text, place.environment).is_some() => {
                self.table_not_scalar(&name.text, name.span)
            }
            None => {
                self.unknown_name(&name.text, name.span, place);
                None
            }
        }
    }

    fn table_not_scalar(&mut self, name: &str, span: Span) -> Option<Expr> {
        let message = format!("`{name}` is a table, not a scalar value");
        let help = format!("`toscalar({name})` takes the first value of a table");
        self.report(Diagnostic::error(codes::TABLE_NOT_SCALAR, message, span).with_help(help));
        None
    }

    /// Reports a name that is no column, with the nearest that there is.
    pub(crate) fn unknown_name(&mut self, name: &str, span: Span, place: &Place<'_>) {
        let variables = self.scopes.all(place.environment);
        let columns = place.row.columns.iter().map(|column| column.name.as_str());
        let help = did_you_mean(name, columns.chain(variables.iter().map(|(name, _)| *name)));
        let help = match name.to_lowercase().as_str() {
            "null" => Some("`isnull(x)` and `isnotnull(x)` look for nulls; strings are empty: `isempty(x)`".to_owned()),
            _ => help,
        };
        let help = help.or_else(|| {
            let columns = listed("columns", name, place.row.columns.iter().map(|column| column.name.as_str()))?;
            Some(format!("a text stands in quotes: `\"{name}\"`; {columns}"))
        });
        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_NAME, format!("unknown column `{name}`"), span);
        diagnostic.help = help;
        self.report(diagnostic);
    }

    /// An operator with one operand on each side. Long chains lean to the left, so the left side is walked in a
    /// loop; `and` and `or` chains become balanced trees.
    fn binary(&mut self, expression: &'a tree::Expr, place: &Place<'_>) -> Option<Expr> {
        let mut steps = Vec::new();
        let mut leftmost = expression;
        while let tree::ExprKind::Binary { operator, operator_span, left, right } = &leftmost.kind {
            steps.push((*operator, *operator_span, right.as_ref(), leftmost.span));
            leftmost = left;
        }
        steps.reverse();
        let mut steps = steps.into_iter().peekable();
        let mut value = match &leftmost.kind {
            tree::ExprKind::Star => {
                let (operator, operator_span, right, span) = steps.next()?;
                self.any_column(operator, operator_span, right, span, place)
            }
            _ => self.scalar(leftmost, place),
        };
        while let Some((operator, operator_span, right, span)) = steps.next() {
            let name = symbol(operator);
            self.lint(whole_term::check(operator, operator_span, right));
            let right = self.scalar(right, place);
            if !matches!(operator, BinaryOperator::And | BinaryOperator::Or) {
                value = match (value, right) {
                    (Some(left), Some(right)) => self.operator(name, operator_span, vec![left, right], span),
                    _ => self.operator_stand_in(name, span),
                };
                continue;
            }
            let mut operands = vec![(value, operator_span), (right, operator_span)];
            let mut whole = span;
            while let Some((_, next_span, right, next_whole)) = steps.next_if(|(next, ..)| *next == operator) {
                operands.push((self.scalar(right, place), next_span));
                whole = next_whole;
            }
            value = self.balanced(name, operands, whole);
        }
        value
    }

    /// A chain of one operator as a balanced tree.
    pub(crate) fn balanced(&mut self, name: &str, operands: Vec<(Option<Expr>, Span)>, span: Span) -> Option<Expr> {
        let mut level = operands;
        while level.len() > 1 {
            let mut next = Vec::with_capacity(level.len().div_ceil(2));
            let mut pairs = level.into_iter();
            while let Some((left, left_span)) = pairs.next() {
                next.push(match (left, pairs.next()) {
                    (Some(left), Some((Some(right), operator_span))) => {
                        let covered = left.span.to(right.span);
                        (self.operator(name, operator_span, vec![left, right], covered), left_span)
                    }
                    (left, None) => (left, left_span),
                    _ => (self.operator_stand_in(name, span), left_span),
                });
            }
            level = next;
        }
        let mut value = level.pop()?.0?;
        value.span = span;
        Some(value)
    }

    /// `* has "x"`: whether any column does.
    fn any_column(
        &mut self,
        operator: BinaryOperator,
        operator_span: Span,
        right: &'a tree::Expr,
        span: Span,
        place: &Place<'_>,
    ) -> Option<Expr> {
        let right = self.scalar(right, place)?;
        let name = symbol(operator);
        let comparable = |scalar_type: ScalarType| match right.scalar_type {
            ScalarType::String => matches!(scalar_type, ScalarType::String | ScalarType::Dynamic),
            other => scalar_type == other,
        };
        let mut operands = Vec::new();
        for column in place.row.columns.iter().filter(|column| comparable(column.scalar_type)) {
            let column = column_reference(column, span);
            operands.push((self.operator(name, operator_span, vec![column, right.clone()], span), operator_span));
        }
        if operands.is_empty() {
            return Some(literal(Value::Bool(false), span));
        }
        self.balanced("or", operands, span)
    }

    /// Binds operands and applies an operator.
    fn operator_call(
        &mut self,
        name: &str,
        operator_span: Span,
        operands: &[&'a tree::Expr],
        span: Span,
        place: &Place<'_>,
    ) -> Option<Expr> {
        // Every operand is bound, so that every mistake is reported.
        let operands: Vec<Option<Expr>> = operands.iter().map(|operand| self.scalar(operand, place)).collect();
        let operands: Option<Vec<Expr>> = operands.into_iter().collect();
        match operands {
            Some(operands) => self.operator(name, operator_span, operands, span),
            None => self.operator_stand_in(name, span),
        }
    }

    /// What stands for an operator whose operands could not be bound.
    pub(super) fn operator_stand_in(&self, name: &str, span: Span) -> Option<Expr> {
        let (function, _) = kql_functions::function(name)?;
        calls::only_type(function).map(|scalar_type| calls::stand_in(scalar_type, span))
    }

    /// Binds an expression that must be a `bool`.
    pub(crate) fn predicate(&mut self, expression: &'a tree::Expr, place: &Place<'_>) -> Option<Expr> {
        let value = self.scalar(expression, place)?;
        if value.scalar_type != ScalarType::Bool {
            let message = format!("the condition must be a bool, not a {}", value.scalar_type);
            let help = match value.scalar_type {
                ScalarType::Dynamic => "`tobool(…)` makes a bool of it",
                _ => "compare it, as in `x == 1`",
            };
            self.report(Diagnostic::error(codes::NOT_BOOL, message, expression.span).with_help(help));
            return None;
        }
        Some(value)
    }
}

/// The name under which an operator's function is registered.
fn symbol(operator: BinaryOperator) -> &'static str {
    match operator {
        BinaryOperator::Or => "or",
        BinaryOperator::And => "and",
        BinaryOperator::Equal => "==",
        BinaryOperator::NotEqual => "!=",
        BinaryOperator::Less => "<",
        BinaryOperator::LessOrEqual => "<=",
        BinaryOperator::Greater => ">",
        BinaryOperator::GreaterOrEqual => ">=",
        BinaryOperator::EqualTilde => "=~",
        BinaryOperator::NotEqualTilde => "!~",
        BinaryOperator::Add => "+",
        BinaryOperator::Subtract => "-",
        BinaryOperator::Multiply => "*",
        BinaryOperator::Divide => "/",
        BinaryOperator::Modulo => "%",
        BinaryOperator::Colon | BinaryOperator::Has => "has",
        BinaryOperator::NotHas => "!has",
        BinaryOperator::HasCs => "has_cs",
        BinaryOperator::NotHasCs => "!has_cs",
        BinaryOperator::HasPrefix => "hasprefix",
        BinaryOperator::NotHasPrefix => "!hasprefix",
        BinaryOperator::HasPrefixCs => "hasprefix_cs",
        BinaryOperator::NotHasPrefixCs => "!hasprefix_cs",
        BinaryOperator::HasSuffix => "hassuffix",
        BinaryOperator::NotHasSuffix => "!hassuffix",
        BinaryOperator::HasSuffixCs => "hassuffix_cs",
        BinaryOperator::NotHasSuffixCs => "!hassuffix_cs",
        BinaryOperator::Contains => "contains",
        BinaryOperator::NotContains => "!contains",
        BinaryOperator::ContainsCs => "contains_cs",
        BinaryOperator::NotContainsCs => "!contains_cs",
        BinaryOperator::StartsWith => "startswith",
        BinaryOperator::NotStartsWith => "!startswith",
        BinaryOperator::StartsWithCs => "startswith_cs",
        BinaryOperator::NotStartsWithCs => "!startswith_cs",
        BinaryOperator::EndsWith => "endswith",
        BinaryOperator::NotEndsWith => "!endswith",
        BinaryOperator::EndsWithCs => "endswith_cs",
        BinaryOperator::NotEndsWithCs => "!endswith_cs",
        BinaryOperator::MatchesRegex => "matches regex",
        BinaryOperator::Like => "like",
        BinaryOperator::NotLike => "notlike",
        BinaryOperator::LikeCs => "likecs",
        BinaryOperator::NotLikeCs => "notlikecs",
    }
}
