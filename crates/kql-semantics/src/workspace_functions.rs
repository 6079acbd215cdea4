//! Stored functions of the workspace: they are found by name, checked once, and put in where they are called.
//!
//! Their text is not the query's. So what is said of it is said of the call, with the place in the function's own file;
//! and what is put in stands at the call.

use kql_syntax::{Diagnostic, Severity, Span};

use crate::binder::Binder;
use crate::codes;
use crate::scope::{Binding, Environment, UserFunction};

/// A call of a stored function whose body is being bound.
#[derive(Clone, Debug)]
pub(crate) struct StoredCall {
    pub name: String,
    /// The call, in the text of the query or of the function that calls.
    pub span: Span,
}

impl<'a> Binder<'a> {
    /// What a name stands for: in the query, else among the functions of the workspace.
    pub(crate) fn meaning(&mut self, environment: Environment, name: &str, span: Span) -> Option<Binding<'a>> {
        match self.scopes.find(environment, name) {
            Some(binding) => Some(binding.clone()),
            None => self.workspace_function(environment, name, span).map(Binding::Function),
        }
    }

    /// A function of the workspace, checked when it is first asked for.
    fn workspace_function(&mut self, environment: Environment, name: &str, span: Span) -> Option<UserFunction<'a>> {
        if let Some(known) = self.workspace_functions.get(name) {
            return Some(*known);
        }
        let function = self.context.workspace.function(name)?;
        if !self.may_read(name, environment) {
            return None;
        }
        let environment = self.scopes.open_apart();
        let mut user = UserFunction { function, environment, tabular: true, stored: true };
        if self.stored_calls.iter().any(|call| call.name == name) {
            // It calls itself, which is said where it is put in.
            return Some(user);
        }
        let checked = self.in_stored(name, span, |binder| Some(binder.let_function(function, environment)));
        if let Some(Binding::Function(checked)) = checked {
            user.tabular = checked.tabular;
        }
        self.workspace_functions.insert(name.to_owned(), user);
        Some(user)
    }

    /// Binds a part of a function's own text: of one of the workspace apart from the text that calls it.
    pub(crate) fn in_function<R>(
        &mut self,
        name: &str,
        user: UserFunction<'a>,
        span: Span,
        run: impl FnOnce(&mut Self) -> Option<R>,
    ) -> Option<R> {
        if user.stored { self.in_stored(name, span, run) } else { run(self) }
    }

    fn in_stored<R>(&mut self, name: &str, span: Span, run: impl FnOnce(&mut Self) -> Option<R>) -> Option<R> {
        if self.stored_calls.iter().any(|call| call.name == name) {
            let help = "a function cannot call itself, neither directly nor through others";
            let message = format!("the function {name} calls itself");
            self.report(Diagnostic::error(codes::TOO_LARGE, message, span).with_help(help));
            return None;
        }
        let rewriting = self.rewriting.take();
        self.stored_calls.push(StoredCall { name: name.to_owned(), span: rewriting.unwrap_or(span) });
        let result = self.nested(span, run);
        self.stored_calls.pop();
        self.rewriting = rewriting;
        result
    }

    /// A diagnostic at a place of the query; `None` where it is of no concern to who only calls the function.
    pub(crate) fn placed(&self, mut diagnostic: Diagnostic) -> Option<Diagnostic> {
        diagnostic.span = self.rewriting.unwrap_or(diagnostic.span);
        let (Some(outermost), Some(innermost)) = (self.stored_calls.first(), self.stored_calls.last()) else {
            return Some(diagnostic);
        };
        if diagnostic.severity == Severity::Hint {
            return None;
        }
        let place = self.context.workspace.place(&innermost.name, diagnostic.span);
        diagnostic.message = format!("in the function {}: {}", innermost.name, diagnostic.message);
        diagnostic.help = Some(match diagnostic.help {
            Some(help) => format!("at {place}: {help}"),
            None => format!("it stands at {place}"),
        });
        diagnostic.span = outermost.span;
        Some(diagnostic)
    }

    /// Whether the text at hand is that of a stored function.
    pub(crate) fn is_in_stored_text(&self) -> bool {
        !self.stored_calls.is_empty()
    }
}
