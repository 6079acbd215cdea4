//! `as`: names the table up to here for what follows.

use std::rc::Rc;

use kql_syntax::operators::as_operator::As;

use super::At;
use crate::binder::{Binder, Table};
use crate::scope::{Binding, Environment};

impl<'a> Binder<'a> {
    pub(super) fn as_operator(
        &mut self,
        node: &'a As,
        mut input: Table,
        at: At,
        environment: &mut Environment,
    ) -> Table {
        if !self.spend(input.depth, at.span) {
            return input;
        }
        input.name = Some(node.name.text.clone());
        let mut inner = self.scopes.open(*environment);
        self.scopes.declare(&mut inner, &node.name.text, Binding::Table(Rc::new(input.clone())));
        *environment = inner;
        input
    }
}
