//! Fresh column ids for a relation that is read once more.

use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use kql_syntax::Span;

use crate::binder::{Binder, Table, column_reference};
use crate::expressions::Given;
use crate::plan::{ColumnId, Expr, ExprKind, PluginValue, Relation, RelationOperator};

/// Where a relation stands in a query that binding wrote, when the user wrote the relation itself.
pub(crate) const FOREIGN: Span = Span { start: usize::MAX, end: usize::MAX };

impl Binder<'_> {
    /// A copy of a table in which every column that it makes has a new id. Ids from outside stay.
    pub(crate) fn refreshed(&mut self, table: &Table) -> Table {
        let mut copy = table.clone();
        let mut ids = HashMap::new();
        self.refresh_relation(&mut copy.relation, &mut ids);
        copy.graph = copy.graph.map(|graph| Rc::new(graph.refreshed(&ids)));
        copy
    }

    /// A table that the user wrote, for a query that binding writes around it.
    pub(crate) fn foreign(&mut self, mut table: Table) -> Table {
        if table.graph.is_some() || table.relation.operator.inputs().is_empty() {
            table.relation.span = FOREIGN;
            return table;
        }
        // Around it, so that the last operator of the user's keeps its own place.
        let (open, name, columns) = (table.open, table.name.take(), table.columns().to_vec());
        let span = table.relation.span;
        let expressions = columns.iter().map(|column| column_reference(column, span)).collect();
        let mut around = table.then(FOREIGN, columns, |input| RelationOperator::Project { input, expressions });
        (around.open, around.name) = (open, name);
        around
    }

    /// A copy of a table that stands elsewhere, all but what was [marked](FOREIGN) as written by the user.
    pub(crate) fn relocated(&mut self, table: &Table, place: Span) -> Table {
        let outer = self.relocating.replace(place);
        let copy = self.refreshed(table);
        self.relocating = outer;
        copy
    }

    /// A value that stands elsewhere.
    pub(crate) fn relocated_value(&mut self, mut given: Given, place: Span) -> Given {
        if let Some(value) = given.value_mut() {
            let outer = self.relocating.replace(place);
            self.refresh_expression(value, &mut HashMap::new());
            self.relocating = outer;
        }
        given
    }

    fn refresh_relation(&mut self, relation: &mut Relation, ids: &mut HashMap<ColumnId, ColumnId>) {
        if !self.spend(1, relation.span) {
            return;
        }
        let relocating = self.relocating;
        if let Some(place) = relocating {
            if relation.span == FOREIGN {
                self.relocating = None;
            }
            relation.span = place;
        }
        self.refresh_operator(relation, ids);
        self.relocating = relocating;
    }

    fn refresh_operator(&mut self, relation: &mut Relation, ids: &mut HashMap<ColumnId, ColumnId>) {
        match &mut relation.operator {
            RelationOperator::Table { .. }
            | RelationOperator::Values { .. }
            | RelationOperator::ExternalData(_)
            | RelationOperator::OneRow
            | RelationOperator::Range { .. } => {}
            RelationOperator::Materialized { shared, .. } => {
                if self.relocating.is_some() {
                    self.refresh_relation(Arc::make_mut(shared), &mut HashMap::new());
                }
            }
            RelationOperator::Filter { input, predicate } => {
                self.refresh_relation(input, ids);
                self.refresh_expression(predicate, ids);
            }
            RelationOperator::Project { input, expressions } => {
                self.refresh_relation(input, ids);
                self.refresh_expressions(expressions, ids);
            }
            RelationOperator::MvExpand(expand) => {
                self.refresh_relation(&mut expand.input, ids);
                for expansion in &mut expand.expansions {
                    self.refresh_expression(&mut expansion.source, ids);
                    expansion.output = self.refresh_definition(expansion.output, ids);
                }
                expand.item_index = expand.item_index.map(|id| self.refresh_definition(id, ids));
            }
            RelationOperator::Extract(extract) => {
                self.refresh_relation(&mut extract.input, ids);
                self.refresh_expression(&mut extract.source, ids);
                for (output, _) in &mut extract.outputs {
                    *output = self.refresh_definition(*output, ids);
                }
            }
            RelationOperator::Aggregate { input, by, aggregations } => {
                self.refresh_relation(input, ids);
                self.refresh_expressions(by, ids);
                for aggregation in aggregations {
                    self.refresh_expressions(&mut aggregation.arguments, ids);
                    for output in &mut aggregation.outputs {
                        *output = self.refresh_definition(*output, ids);
                    }
                }
            }
            RelationOperator::Number { input, output, within } => {
                self.refresh_relation(input, ids);
                *output = self.refresh_definition(*output, ids);
                *within = within.map(|id| ids.get(&id).copied().unwrap_or(id));
            }
            RelationOperator::Distinct { input }
            | RelationOperator::Take { input, .. }
            | RelationOperator::Serialize { input } => {
                self.refresh_relation(input, ids);
            }
            RelationOperator::Scan(scan) => {
                self.refresh_relation(&mut scan.input, ids);
                for (id, default) in &mut scan.declared {
                    *id = self.refresh_definition(*id, ids);
                    self.refresh_expression(default, ids);
                }
                for step in &mut scan.steps {
                    for id in &mut step.state {
                        *id = self.refresh_definition(*id, ids);
                    }
                    self.refresh_expression(&mut step.condition, ids);
                    step.assignments.iter_mut().for_each(|(_, value)| self.refresh_expression(value, ids));
                }
                scan.match_id = scan.match_id.map(|id| self.refresh_definition(id, ids));
                scan.restart.iter_mut().for_each(|restart| self.refresh_expression(restart, ids));
            }
            RelationOperator::Plugin(call) => {
                self.refresh_relation(&mut call.input, ids);
                for argument in &mut call.arguments {
                    if let PluginValue::Constant(value) = &mut argument.value {
                        self.refresh_expression(value, ids);
                    }
                }
            }
            RelationOperator::MakeSeries(series) => {
                self.refresh_relation(&mut series.input, ids);
                self.refresh_expressions(&mut series.defaults, ids);
                let bounds = series.from.iter_mut().chain(&mut series.to).chain([&mut series.step]);
                bounds.for_each(|bound| self.refresh_expression(bound, ids));
            }
            RelationOperator::Window { input, calls } => {
                self.refresh_relation(input, ids);
                self.refresh_expressions(calls, ids);
            }
            RelationOperator::Graph(graph) => {
                self.refresh_relation(&mut graph.input, ids);
                for id in graph.operation.inputs_mut() {
                    *id = ids.get(id).copied().unwrap_or(*id);
                }
                for id in graph.operation.definitions_mut() {
                    *id = self.refresh_definition(*id, ids);
                }
            }
            RelationOperator::Join(join) => {
                self.refresh_relation(&mut join.left, ids);
                self.refresh_relation(&mut join.right, ids);
                for (left, right) in &mut join.keys {
                    self.refresh_expression(left, ids);
                    self.refresh_expression(right, ids);
                }
                for output in &mut join.outputs {
                    *output = ids.get(output).copied().unwrap_or(*output);
                }
            }
            RelationOperator::Sort { input, keys } | RelationOperator::Top { input, keys, .. } => {
                self.refresh_relation(input, ids);
                for key in keys {
                    self.refresh_expression(&mut key.value, ids);
                }
            }
            RelationOperator::Union { inputs } | RelationOperator::Unsupported { inputs } => {
                for input in inputs {
                    self.refresh_relation(input, ids);
                }
            }
        }
        for column in &mut relation.columns {
            column.id = self.refresh_definition(column.id, ids);
        }
    }

    fn refresh_definition(&mut self, id: ColumnId, ids: &mut HashMap<ColumnId, ColumnId>) -> ColumnId {
        if let Some(fresh) = ids.get(&id) {
            return *fresh;
        }
        let fresh = self.fresh_id();
        if self.is_poisoned(id) {
            self.poison(fresh);
        }
        ids.insert(id, fresh);
        fresh
    }

    fn refresh_expressions(&mut self, expressions: &mut [Expr], ids: &mut HashMap<ColumnId, ColumnId>) {
        for expression in expressions {
            self.refresh_expression(expression, ids);
        }
    }

    fn refresh_expression(&mut self, expression: &mut Expr, ids: &mut HashMap<ColumnId, ColumnId>) {
        expression.span = self.relocating.unwrap_or(expression.span);
        match &mut expression.kind {
            ExprKind::Column(id) => *id = ids.get(id).copied().unwrap_or(*id),
            ExprKind::Literal(_) => {}
            ExprKind::Call { arguments, .. } => self.refresh_expressions(arguments, ids),
            ExprKind::ToScalar(relation) => self.refresh_relation(relation, ids),
            ExprKind::InTable { value, table, .. } => {
                self.refresh_expression(value, ids);
                self.refresh_relation(table, ids);
            }
        }
    }
}

/// How deep an expression is nested, the tables inside of it included.
pub(crate) fn depth(expression: &Expr) -> usize {
    1 + match &expression.kind {
        ExprKind::Column(_) | ExprKind::Literal(_) => 0,
        ExprKind::Call { arguments, .. } => arguments.iter().map(depth).max().unwrap_or(0),
        ExprKind::ToScalar(relation) => relation_depth(relation),
        ExprKind::InTable { value, table, .. } => depth(value).max(relation_depth(table)),
    }
}

fn relation_depth(relation: &Relation) -> usize {
    let inputs = relation.operator.inputs().into_iter().map(relation_depth);
    let expressions = relation.operator.expressions().into_iter().map(depth);
    1 + inputs.chain(expressions).max().unwrap_or(0)
}

/// How many nodes an expression has, without those of tables inside of it.
pub(crate) fn size(expression: &Expr) -> usize {
    1 + match &expression.kind {
        ExprKind::Call { arguments, .. } => arguments.iter().map(size).sum(),
        ExprKind::InTable { value, .. } => size(value) + 10,
        ExprKind::ToScalar(_) => 10,
        ExprKind::Column(_) | ExprKind::Literal(_) => 0,
    }
}
