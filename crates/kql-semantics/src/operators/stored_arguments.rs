//! Calls of stored functions: their arguments against the parameters that the catalogue declares.

use kql_syntax::{Diagnostic, Span, tree};

use crate::binder::Binder;
use crate::codes;
use crate::suggestions::did_you_mean;

impl<'a> Binder<'a> {
    /// Checks the number and the names of the arguments; `piped` tells that a table is the first. Types are not
    /// checked: a stored function takes what converts. `false` when something was reported.
    pub(super) fn check_stored_arguments(
        &mut self,
        function: &kql_catalog::StoredFunction,
        arguments: &'a [tree::Expr],
        piped: bool,
        span: Span,
    ) -> bool {
        let parsed = kql_syntax::parse(&format!("let f = {} {{ 1 }};", function.parameters));
        let parameters = parsed.query.statements.into_iter().find_map(|statement| match statement.kind {
            tree::StatementKind::Let { value, .. } => match value.kind {
                tree::ExprKind::Function(function) => Some(function.parameters),
                _ => None,
            },
            _ => None,
        });
        let parameters = parameters.unwrap_or_default();
        let mut given = vec![false; parameters.len()];
        given.iter_mut().take(usize::from(piped)).for_each(|slot| *slot = true);
        let mut count = usize::from(piped);
        for argument in arguments {
            let position = match &argument.kind {
                tree::ExprKind::Named { names, parenthesized: false, .. } => {
                    let Some(name) = names.first() else { continue };
                    let declared = parameters.iter().map(|parameter| parameter.name.text.as_str());
                    let Some(position) = declared.clone().position(|declared| declared == name.text) else {
                        let message = format!("{}() has no parameter `{}`", function.name, name.text);
                        let mut diagnostic = Diagnostic::error(codes::UNKNOWN_ARGUMENT, message, name.span);
                        let names: Vec<&str> = declared.clone().collect();
                        diagnostic.help =
                            did_you_mean(&name.text, declared).or_else(|| Some(format!("it has {}", names.join(", "))));
                        self.report(diagnostic);
                        return false;
                    };
                    position
                }
                _ => count,
            };
            given.iter_mut().skip(position).take(1).for_each(|slot| *slot = true);
            count += 1;
        }
        let missing = parameters.iter().zip(&given).any(|(parameter, given)| parameter.default.is_none() && !given);
        if !missing && count <= parameters.len() {
            return true;
        }
        let plural = if parameters.len() == 1 { "argument" } else { "arguments" };
        let message = format!("{}() takes {} {plural}, not {count}", function.name, parameters.len());
        let help = format!("it is declared as `{}{}`", function.name, function.parameters);
        self.report(Diagnostic::error(codes::ARGUMENT_COUNT, message, span).with_help(help));
        false
    }
}
