//! `invoke`: a call of a function whose first argument is the table.

use kql_syntax::operators::invoke::Invoke;
use kql_syntax::tree;

use super::At;
use super::file_profile::FILE_PROFILE;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::scope::{Binding, Place};
use crate::statements::Denotation;

impl<'a> Binder<'a> {
    pub(super) fn invoke(&mut self, node: &'a Invoke, input: Table, at: At) -> Table {
        let place = Place::constant(at.environment);
        let (name, arguments) = match &node.function.kind {
            tree::ExprKind::Call { function, arguments } => (function, arguments.as_slice()),
            tree::ExprKind::Name(name) => (name, [].as_slice()),
            tree::ExprKind::Error => return self.no_table(at.span),
            _ => {
                self.error(codes::NOT_ALLOWED_HERE, "the call of a function must stand here", node.function.span);
                return self.no_table(at.span);
            }
        };
        match self.meaning(at.environment, &name.text, node.function.span) {
            Some(Binding::Function(user)) => {
                match self.call_user(&name.text, user, arguments, Some(input), node.function.span, &place) {
                    Some(Denotation::Table(table)) => table,
                    Some(Denotation::Scalar(_)) => {
                        let message = format!("{}() gives a scalar value, not a table", name.text);
                        self.error(codes::SCALAR_NOT_TABLE, message, node.function.span);
                        self.no_table(at.span)
                    }
                    None => self.no_table(at.span),
                }
            }
            _ => {
                if let Some(stored) = kql_catalog::stored_function(&name.text) {
                    // Defender's functions take names of columns, as in `FileProfile(SHA1, 1000)`.
                    let row = Place::over(&input, at.environment);
                    for argument in arguments {
                        match &argument.kind {
                            tree::ExprKind::Named { value, .. } => self.scalar(value, &row),
                            _ => self.scalar(argument, &row),
                        };
                    }
                    let fits = self.check_stored_arguments(&stored, arguments, true, node.function.span);
                    if fits && stored.name == FILE_PROFILE && self.stands_in(stored.name, at.environment).is_some() {
                        return self.file_profile(&stored, arguments, input, at);
                    }
                    return self.stored_function(&stored, Some(input), at.span, at.environment);
                }
                self.unknown_function(&name.text, name.span, &place);
                self.no_table(at.span)
            }
        }
    }
}
