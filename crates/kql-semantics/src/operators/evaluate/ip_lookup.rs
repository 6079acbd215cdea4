//! `evaluate ipv4_lookup()` and `ipv6_lookup()`: a join by the network that holds an address (Kusto pages:
//! *ipv4_lookup plugin*, *ipv6_lookup plugin*).

use std::sync::Arc;

use kql_syntax::operators::evaluate::Evaluate;
use kql_syntax::{Span, tree};
use kql_types::{ScalarType, Value};

use super::super::At;
use crate::binder::{Binder, Table, column_reference, literal};
use crate::codes;
use crate::naming::Names;
use crate::plan::{Column, ColumnId, Expr, Join, JoinKind, Relation, RelationOperator};
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
        let open = input.open || lookup.open;
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
        // The columns of the input, then those of the table that are not joined by.
        let mut names = Names::new();
        for column in input.columns() {
            names.take(&column.name);
        }
        let mut columns = input.columns().to_vec();
        for column in lookup.columns().iter().filter(|column| keys.iter().all(|(_, right)| right.id != column.id)) {
            columns.push(Column { name: names.unique(&column.name), ..column.clone() });
        }
        let networks = Networks { lookup, address, network, keys, is_match, span: at.span };
        let joined = match unmatched {
            false => self.within_network(networks, input, columns),
            true => self.with_unmatched(networks, input, columns),
        };
        if let Some(schema) = &node.schema {
            self.unsupported(format!("a schema of `{plugin}()`"), at.keyword);
            self.declared_schema(&schema.columns);
        }
        let Some(mut table) = joined else { return self.no_table(at.span) };
        table.open = open;
        table
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

    /// The pairs of a row and a network that holds its address.
    fn within_network(&mut self, networks: Networks<'_>, input: Table, columns: Vec<Column>) -> Option<Table> {
        let span = networks.span;
        let mut keys: Vec<(Expr, Expr)> = networks
            .keys
            .iter()
            .map(|(left, right)| (column_reference(left, span), column_reference(right, span)))
            .collect();
        if keys.is_empty() {
            // Every row meets every network.
            keys.push((literal(Value::Long(1), span), literal(Value::Long(1), span)));
        }
        // The network must be among the columns when it is compared.
        let mut met = input.columns().to_vec();
        met.extend(networks.lookup.columns().iter().cloned());
        let mut names = Names::new();
        for column in &mut met {
            column.name = names.unique(&column.name);
        }
        let outputs: Vec<ColumnId> = met.iter().map(|column| column.id).collect();
        let depth = 1 + input.depth.max(networks.lookup.depth);
        let join = Join {
            kind: JoinKind::Inner,
            left: Box::new(input.relation),
            right: Box::new(networks.lookup.relation),
            keys,
            outputs,
        };
        let relation = Relation { operator: RelationOperator::Join(join), columns: met, span };
        let pairs = Table { relation, open: false, depth };
        let operands = vec![column_reference(&networks.address, span), column_reference(&networks.network, span)];
        let predicate = self.operator(networks.is_match, span, operands, span)?;
        let matching = pairs.keeping(span, |input| RelationOperator::Filter { input, predicate });
        Some(self.selection(matching, columns, span))
    }

    /// As [`Self::within_network`], with a row of nulls for each row without a network.
    fn with_unmatched(&mut self, networks: Networks<'_>, input: Table, columns: Vec<Column>) -> Option<Table> {
        let span = networks.span;
        let own = input.columns().len();
        let number = self.column("$row", ScalarType::Long);
        let mut numbered = input.columns().to_vec();
        numbered.push(number.clone());
        let output = number.id;
        let shared = input.then(span, numbered, |input| RelationOperator::Number { input, output, within: None });
        let (key, depth) = (self.fresh_key(), shared.depth + 1);
        let shared = Arc::new(shared.relation);
        let all = shared.columns.iter().map(|column| self.column(column.name.clone(), column.scalar_type)).collect();
        let operator = RelationOperator::Materialized { key, shared: shared.clone() };
        let all = Relation { operator, columns: all, span };
        let row = all.columns.last()?.clone();
        let again = RelationOperator::Materialized { key, shared: shared.clone() };
        let mut again = Table::leaf(again, shared.columns.clone(), span);
        again.depth = depth;
        let looked_up: Vec<Column> = columns.iter().skip(own).cloned().collect();
        let mut matched = vec![number.clone()];
        matched.extend(looked_up.iter().cloned());
        let matched = self.within_network(networks, again, matched)?;
        let mut columns: Vec<Column> = all.columns.iter().take(own).cloned().collect();
        columns.extend(looked_up);
        let join = Join {
            kind: JoinKind::LeftOuter,
            left: Box::new(all),
            keys: vec![(column_reference(&row, span), column_reference(&number, span))],
            outputs: columns.iter().map(|column| column.id).collect(),
            right: Box::new(matched.relation),
        };
        let depth = matched.depth + 1;
        Some(Table { relation: Relation { operator: RelationOperator::Join(join), columns, span }, open: false, depth })
    }
}

/// What addresses are looked up in.
struct Networks<'n> {
    lookup: Table,
    address: Column,
    network: Column,
    /// Further columns that must be equal.
    keys: Vec<(Column, Column)>,
    is_match: &'n str,
    span: Span,
}

/// Whether an argument is `return_unmatched`, with or without its name.
fn is_flag(argument: &tree::Expr) -> bool {
    match &argument.kind {
        tree::ExprKind::Named { .. } => true,
        kind => matches!(kind, tree::ExprKind::Literal(tree::Literal::Bool(_))),
    }
}
