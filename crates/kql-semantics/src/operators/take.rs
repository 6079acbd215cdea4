//! `take` and `limit`, and the row counts that other operators take.

use kql_syntax::operators::take::Take;
use kql_syntax::{Diagnostic, tree};
use kql_types::Value;

use super::At;
use crate::binder::{Binder, Table};
use crate::codes;
use crate::plan::RelationOperator;
use crate::scope::{Environment, Place};

impl<'a> Binder<'a> {
    pub(super) fn take(&mut self, node: &'a Take, input: Table, at: At) -> Table {
        match self.row_count(&node.count, at.environment) {
            Some(count) => input.keeping(at.span, |input| RelationOperator::Take { input, count }),
            None => input,
        }
    }

    /// A constant number of rows; a negative one is none.
    pub(super) fn row_count(&mut self, count: &'a tree::Expr, environment: Environment) -> Option<u64> {
        // A column has no place here; its name is not unknown because of that.
        if let tree::ExprKind::Name(name) = &count.kind
            && self.scopes.find(environment, &name.text).is_none()
        {
            let message = format!("the number of rows must be a constant, which `{}` is not", name.text);
            self.error(codes::NOT_CONSTANT, message, count.span);
            return None;
        }
        let bound = self.scalar(count, &Place::constant(environment))?;
        if !bound.scalar_type.is_integer() {
            let message = format!("the number of rows must be an integer, not a {}", bound.scalar_type);
            self.report(Diagnostic::error(codes::WRONG_TYPE, message, count.span));
            return None;
        }
        match self.constant(&bound, "the number of rows")? {
            Value::Int(count) => Some(u64::try_from(count).unwrap_or(0)),
            Value::Long(count) => Some(u64::try_from(count).unwrap_or(0)),
            _ => {
                self.error(codes::WRONG_TYPE, "the number of rows must not be null", count.span);
                None
            }
        }
    }
}
