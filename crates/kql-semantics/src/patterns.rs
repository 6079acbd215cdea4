//! `declare pattern`: tables by constant arguments (Kusto page: *Pattern statement*).

use kql_syntax::tree;
use kql_syntax::{Diagnostic, Span};
use kql_types::Value;

use crate::binder::{Binder, Table, literal};
use crate::codes;
use crate::scope::{Binding, Environment, Place};
use crate::statements::Denotation;

/// A pattern with the names that its bodies see. Without a definition no call of it has a meaning.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeclaredPattern<'a> {
    pub pattern: Option<&'a tree::Pattern>,
    pub environment: Environment,
}

impl<'a> Binder<'a> {
    /// `pattern(arguments)`, `pattern(arguments).path` or `pattern(arguments)["path"]`.
    pub(crate) fn pattern_call(
        &mut self,
        name: &'a tree::Name,
        arguments: &'a [tree::Expr],
        path: Option<&'a tree::Expr>,
        span: Span,
        environment: Environment,
    ) -> Table {
        let Some(Binding::Pattern(declared)) = self.scopes.find(environment, &name.text).cloned() else {
            self.unknown_function(&name.text, name.span, &Place::constant(environment));
            return self.no_table(span);
        };
        let mut given = Vec::with_capacity(arguments.len());
        for argument in arguments {
            let value = self.scalar(argument, &Place::constant(environment));
            match value.and_then(|value| self.constant(&value, "an argument of a pattern")) {
                Some(value) => given.push(value),
                None => return self.no_table(span),
            }
        }
        let path = match path.map(|path| (&path.kind, path)) {
            Some((tree::ExprKind::Name(name), _)) => Some(Value::String(name.text.clone())),
            Some((_, path)) => {
                let value = self.scalar(path, &Place::constant(environment));
                value.and_then(|value| self.constant(&value, "the path of a pattern"))
            }
            None => None,
        };
        let case = declared.pattern.and_then(|pattern| {
            let case = pattern.cases.iter().find(|case| {
                case.arguments.len() == given.len()
                    && case.arguments.iter().zip(&given).all(|(wanted, given)| is_text(wanted, given))
                    && match (&case.path, &path) {
                        (Some(wanted), Some(given)) => is_text(wanted, given),
                        (None, None) => true,
                        _ => false,
                    }
            });
            Some((pattern, case?))
        });
        let Some((pattern, case)) = case else {
            let texts: Vec<String> = given.iter().map(|value| format!("'{}'", value.to_text())).collect();
            let path = path.map(|path| format!(".['{}']", path.to_text())).unwrap_or_default();
            let message = format!("the pattern `{}` has no case for ({}){path}", name.text, texts.join(", "));
            let help = match declared.pattern {
                Some(_) => format!("declare it: `({}){path} = {{ … }};`", texts.join(", ")),
                None => "the pattern is declared without any case".to_owned(),
            };
            self.report(Diagnostic::error(codes::PARAMETER_VALUE, message, span).with_help(help));
            return self.no_table(span);
        };
        let mut inner = self.scopes.open(declared.environment);
        let parameters = pattern.parameters.iter().chain(&pattern.path);
        for (parameter, value) in parameters.zip(given.into_iter().chain(path)) {
            let value = literal(value, parameter.name.span);
            self.scopes.declare(&mut inner, &parameter.name.text, Binding::Scalar(Some(value)));
        }
        match self.nested(span, |binder| binder.counting_apart(|binder| binder.body(&case.body, inner))) {
            Some(Denotation::Table(table)) => table,
            Some(Denotation::Scalar(_)) => {
                self.error(codes::SCALAR_NOT_TABLE, "the pattern gives a scalar value here, not a table", span);
                self.no_table(span)
            }
            None => self.no_table(span),
        }
    }
}

/// Whether a constant of a case is this value.
fn is_text(wanted: &tree::Expr, given: &Value) -> bool {
    match (&wanted.kind, given) {
        (tree::ExprKind::Literal(tree::Literal::String { value, .. }), Value::String(given)) => value == given,
        (tree::ExprKind::Parenthesized(inner), _) => is_text(inner, given),
        _ => false,
    }
}
