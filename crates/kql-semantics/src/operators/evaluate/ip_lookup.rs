//! `evaluate ipv4_lookup()` and `ipv6_lookup()`: a join by the network that holds an address (Kusto pages:
//! *ipv4_lookup plugin*, *ipv6_lookup plugin*).

use kql_syntax::operators::evaluate::Evaluate;
use kql_syntax::tree;
use kql_types::Value;

use super::super::At;
use super::lookup_join::Lookup;
use crate::binder::{Binder, Table, column_reference};
use crate::codes;
use crate::plan::{Column, ColumnId};
use crate::scope::Place;

impl<'a> Binder<'a> {
    /// `is_match` is the function that compares an address with a network.
    pub(super) fn ip_lookup(&mut self, node: &'a Evaluate, is_match: &str, input: Table, at: At) -> Table {
        let plugin = node.plugin.text.as_str();
        let mut arguments: Vec<&'a tree::Expr> = node.arguments.iter().collect();
        let unmatched = match arguments.last() {
            Some(last) if is_flag(last) => {
                let last = arguments.pop();
                last.is_some_and(|last| self.return_unmatched(last, at))
            }
            _ => false,
        };
        let [lookup, address, network, extra @ ..] = arguments.as_slice() else {
            let message = format!("{plugin}() takes a table, a column of the input and one of the table");
            self.error(codes::ARGUMENT_COUNT, message, node.plugin.span);
            return input;
        };
        let lookup = self.table(lookup, at.environment);
        let address = self.lookup_key(address, &input, at);
        let network = self.lookup_key(network, &lookup, at);
        let mut keys: Vec<(Column, Column)> = Vec::new();
        for key in extra {
            if let (Some(left), Some(right)) = (self.lookup_key(key, &input, at), self.lookup_key(key, &lookup, at)) {
                if left.scalar_type != right.scalar_type {
                    self.error(codes::JOIN_CONDITION, "the two columns of this name differ in type", key.span);
                }
                keys.push((left, right));
            }
        }
        let (Some(address), Some(network)) = (address, network) else { return input };
        let operands = vec![column_reference(&address, at.span), column_reference(&network, at.span)];
        let Some(predicate) = self.operator(is_match, at.span, operands, at.span) else { return input };
        // The columns of the input, then those of the table that are not joined by.
        let joined_by: Vec<ColumnId> = keys.iter().map(|(_, right)| right.id).collect();
        let lookup = Lookup { table: lookup, keys, predicate, keeps_unmatched: unmatched, span: at.span };
        self.looked_up(lookup, input, &joined_by)
    }

    /// The column that an argument names.
    pub(super) fn lookup_key(&mut self, key: &'a tree::Expr, table: &Table, at: At) -> Option<Column> {
        let tree::ExprKind::Name(name) = &key.kind else {
            self.error(codes::NOT_ALLOWED_HERE, "the name of a column must stand here", key.span);
            return None;
        };
        let found = table.columns().iter().find(|column| column.name == name.text).cloned();
        if found.is_none() && !table.open {
            self.unknown_name(&name.text, name.span, &Place::over(table, at.environment));
        }
        found
    }

    fn return_unmatched(&mut self, argument: &'a tree::Expr, at: At) -> bool {
        let value = match &argument.kind {
            tree::ExprKind::Named { value, .. } => value,
            _ => argument,
        };
        let bound = self.scalar(value, &Place::constant(at.environment));
        let constant = bound.and_then(|bound| self.constant(&bound, "return_unmatched"));
        matches!(constant, Some(Value::Bool(true)))
    }
}

/// Whether an argument is `return_unmatched`, with or without its name.
fn is_flag(argument: &tree::Expr) -> bool {
    match &argument.kind {
        tree::ExprKind::Named { .. } => true,
        kind => matches!(kind, tree::ExprKind::Literal(tree::Literal::Bool(_))),
    }
}
