//! A sub-query over each group of rows, as `partition` and `mv-apply` have it, made into one plan for all groups.
//!
//! The sub-query is bound once, over a stand-in for the rows of a group. Then each of its operators is made to carry the
//! columns that tell the groups apart, and to work group by group: aggregates group by them too, tops and takes are
//! taken within them. What does not read the stand-in is the same in every group, and is joined to all of them.

mod ordered;

use kql_syntax::Span;
use kql_types::Value;

use super::window::is_serialized;
use crate::binder::{Binder, Table, column_reference, literal};
use crate::plan::{Column, ColumnId, Expr, ExprKind, Join, JoinKind, MakeSeries, Relation, RelationOperator, SortKey};

/// The rows of all groups.
pub(super) struct Groups {
    /// The columns of a group's rows, then those that are carried through the sub-query.
    pub source: Table,
    /// How many columns are carried. The first of them is the key: it tells the groups apart.
    pub carried: usize,
    /// Whether the key is a number that every group has.
    pub is_numbered: bool,
    /// What stands for the key in expressions of the sub-query.
    pub outer_key: Option<ColumnId>,
}

/// A relation of the sub-query over all groups: it has its own columns, the carried ones, and maybe others.
pub(super) struct Grouped {
    pub relation: Relation,
    pub carried: Vec<Column>,
}

impl Grouped {
    fn key(&self) -> Option<&Column> {
        self.carried.first()
    }
}

impl Binder<'_> {
    /// The stand-in for the rows of a group, of these columns; in order where the rows of all groups are.
    pub(super) fn stand_in_of(&mut self, table: &Table, span: Span) -> Table {
        let nothing = RelationOperator::Unsupported { inputs: Vec::new() };
        let mut stand_in = Table::leaf(nothing, table.columns().to_vec(), span);
        stand_in.open = table.open;
        stand_in.depth = table.depth;
        match is_serialized(&table.relation) {
            true => stand_in.keeping(span, |input| RelationOperator::Serialize { input }),
            false => stand_in,
        }
    }

    /// The sub-query over all groups, with the columns that it carries; an error is the place of what cannot be done.
    pub(super) fn over_groups(&mut self, body: Relation, groups: Groups) -> Result<(Relation, Vec<Column>), Span> {
        let span = body.span;
        let mut groups = groups;
        if groups.uses(&body) > 1 {
            // It is read more than once, and computed once.
            groups.source = self.materialized(groups.source, span);
        }
        let grouped = self.grouped_by(body, &groups)?;
        Ok((grouped.relation, grouped.carried))
    }

    pub(super) fn grouped_by(&mut self, relation: Relation, groups: &Groups) -> Result<Grouped, Span> {
        let span = relation.span;
        self.nested(span, |binder| Some(binder.grouped_here(relation, groups))).unwrap_or(Err(span))
    }

    fn grouped_here(&mut self, relation: Relation, groups: &Groups) -> Result<Grouped, Span> {
        if !groups.concern(&relation) {
            return Ok(self.in_every_group(relation, groups));
        }
        let Relation { operator, columns, span } = relation;
        match operator {
            RelationOperator::Unsupported { inputs } if inputs.is_empty() => {
                Ok(self.rows_of_groups(columns, groups, span))
            }
            RelationOperator::Filter { input, predicate } => {
                let input = self.grouped_by(*input, groups)?;
                let mut expressions = vec![predicate];
                let input = self.lifted(input, &mut expressions, groups)?;
                let predicate = expressions.pop().ok_or(span)?;
                Ok(over(input, span, |input| RelationOperator::Filter { input, predicate }))
            }
            RelationOperator::Project { input, mut expressions } => {
                let input = self.grouped_by(*input, groups)?;
                let input = self.lifted(input, &mut expressions, groups)?;
                let Grouped { relation, carried } = input;
                expressions.extend(carried.iter().map(|column| column_reference(column, span)));
                let columns = columns.into_iter().chain(carried.iter().cloned()).collect();
                let operator = RelationOperator::Project { input: Box::new(relation), expressions };
                Ok(Grouped { relation: Relation { operator, columns, span }, carried })
            }
            RelationOperator::MvExpand(mut expand) => {
                let input = self.grouped_by(*expand.input, groups)?;
                let Grouped { relation, carried } =
                    self.constant_within(input, expand.expansions.iter().map(|e| &e.source), groups)?;
                expand.input = Box::new(relation);
                let columns = columns.into_iter().chain(carried.iter().cloned()).collect();
                Ok(Grouped {
                    relation: Relation { operator: RelationOperator::MvExpand(expand), columns, span },
                    carried,
                })
            }
            RelationOperator::Extract(mut extract) => {
                let input = self.grouped_by(*extract.input, groups)?;
                let Grouped { relation, carried } = self.constant_within(input, [&extract.source], groups)?;
                extract.input = Box::new(relation);
                let columns = columns.into_iter().chain(carried.iter().cloned()).collect();
                Ok(Grouped {
                    relation: Relation { operator: RelationOperator::Extract(extract), columns, span },
                    carried,
                })
            }
            RelationOperator::Distinct { input } => {
                let input = self.grouped_by(*input, groups)?;
                Ok(over(exactly(input, &columns), span, |input| RelationOperator::Distinct { input }))
            }
            RelationOperator::Aggregate { input, mut by, mut aggregations } => {
                let mut input = self.grouped_by(*input, groups)?;
                input = self.lifted(input, &mut by, groups)?;
                for aggregation in &mut aggregations {
                    input = self.lifted(input, &mut aggregation.arguments, groups)?;
                }
                let Grouped { relation, carried } = input;
                let mut columns = columns;
                let keys = by.len().min(columns.len());
                columns.splice(keys..keys, carried.iter().cloned());
                by.extend(carried.iter().map(|column| column_reference(column, span)));
                let operator = RelationOperator::Aggregate { input: Box::new(relation), by, aggregations };
                Ok(Grouped { relation: Relation { operator, columns, span }, carried })
            }
            RelationOperator::Number { input, output, within } => {
                let input = self.grouped_by(*input, groups)?;
                let numbered = columns.last().cloned().ok_or(span)?;
                let Grouped { relation, carried } = input;
                let mut columns = relation.columns.clone();
                columns.push(numbered);
                let operator = RelationOperator::Number { input: Box::new(relation), output, within };
                Ok(Grouped { relation: Relation { operator, columns, span }, carried })
            }
            RelationOperator::Sort { input, keys } => {
                let input = self.grouped_by(*input, groups)?;
                self.sorted_in_groups(input, keys, groups, span)
            }
            RelationOperator::Serialize { input } => {
                let input = self.grouped_by(*input, groups)?;
                self.serialized_in_groups(input, groups, span)
            }
            RelationOperator::Top { input, keys, count } => {
                let input = self.grouped_by(*input, groups)?;
                let sorted = self.sorted_in_groups(input, keys, groups, span)?;
                self.first_of_groups(sorted, count, groups, span)
            }
            RelationOperator::Take { input, count } => {
                let input = self.grouped_by(*input, groups)?;
                self.first_of_groups(input, count, groups, span)
            }
            RelationOperator::Window { input, calls } => {
                let input = self.grouped_by(*input, groups)?;
                let input = self.serialized_in_groups(input, groups, span)?;
                self.windows_in_groups(input, calls, columns, span)
            }
            RelationOperator::Graph(graph) => self.graph_in_groups(*graph, columns, groups, span),
            RelationOperator::Scan(scan) => self.scan_in_groups(*scan, columns, groups, span),
            RelationOperator::MakeSeries(series) => {
                let MakeSeries { input, keys, .. } = *series;
                let own = input.columns.clone();
                let Grouped { relation, carried } = self.grouped_by(*input, groups)?;
                let all: Vec<Column> = carried.iter().chain(&own).cloned().collect();
                let input = Box::new(selected(relation, all, span));
                let keys = keys + carried.len();
                let columns = carried.iter().cloned().chain(columns).collect();
                let operator = RelationOperator::MakeSeries(Box::new(MakeSeries { input, keys, ..*series }));
                Ok(Grouped { relation: Relation { operator, columns, span }, carried })
            }
            RelationOperator::Join(join) => self.join_in_groups(join, columns, groups, span),
            RelationOperator::Union { inputs } => self.union_in_groups(inputs, columns, groups, span),
            RelationOperator::Materialized { shared, .. } => {
                // Shared within a group; over all groups it is written out.
                let shared =
                    Table { relation: shared.as_ref().clone(), open: false, depth: 1, graph: None, name: None };
                let copy = self.refreshed(&shared);
                let expressions = copy.columns().iter().map(|column| column_reference(column, span)).collect();
                let input = Box::new(copy.relation);
                let operator = RelationOperator::Project { input, expressions };
                self.grouped_by(Relation { operator, columns, span }, groups)
            }
            _ => Err(span),
        }
    }

    /// The rows of all groups, in the columns of one stand-in.
    fn rows_of_groups(&mut self, columns: Vec<Column>, groups: &Groups, span: Span) -> Grouped {
        let copy = self.refreshed(&groups.source).relation;
        let own = copy.columns.len().saturating_sub(groups.carried);
        let carried: Vec<Column> = copy.columns.iter().skip(own).cloned().collect();
        let expressions: Vec<Expr> = copy.columns.iter().map(|column| column_reference(column, span)).collect();
        let columns = columns.into_iter().take(own).chain(carried.iter().cloned()).collect();
        let operator = RelationOperator::Project { input: Box::new(copy), expressions };
        Grouped { relation: Relation { operator, columns, span }, carried }
    }

    /// A relation that is the same for every group, once for each.
    fn in_every_group(&mut self, relation: Relation, groups: &Groups) -> Grouped {
        let span = relation.span;
        let rows = self.refreshed(&groups.source).relation;
        let own = rows.columns.len().saturating_sub(groups.carried);
        let carried: Vec<Column> = rows.columns.iter().skip(own).cloned().collect();
        let each = selected(rows, carried.clone(), span);
        let operator = RelationOperator::Distinct { input: Box::new(each) };
        let left = Box::new(Relation { operator, columns: carried.clone(), span });
        let columns: Vec<Column> = relation.columns.iter().chain(&carried).cloned().collect();
        let outputs = columns.iter().map(|column| column.id).collect();
        let join = Join { kind: JoinKind::Inner, left, right: Box::new(relation), keys: Vec::new(), outputs };
        Grouped { relation: Relation { operator: RelationOperator::Join(join), columns, span }, carried }
    }

    /// Sorted by group and, within each, by these keys.
    fn sorted_in_groups(
        &mut self,
        input: Grouped,
        keys: Vec<SortKey>,
        groups: &Groups,
        span: Span,
    ) -> Result<Grouped, Span> {
        let mut orders = Vec::with_capacity(keys.len());
        let mut values = Vec::with_capacity(keys.len());
        for SortKey { value, ascending, nulls_first } in keys {
            orders.push((ascending, nulls_first));
            values.push(value);
        }
        let input = self.lifted(input, &mut values, groups)?;
        let key = input.key().ok_or(span)?;
        let mut keys = vec![SortKey { value: column_reference(key, span), ascending: true, nulls_first: true }];
        let sorted = values.into_iter().zip(orders);
        keys.extend(sorted.map(|(value, (ascending, nulls_first))| SortKey { value, ascending, nulls_first }));
        Ok(over(input, span, |input| RelationOperator::Sort { input, keys }))
    }

    fn serialized_in_groups(&mut self, input: Grouped, groups: &Groups, span: Span) -> Result<Grouped, Span> {
        match is_serialized(&input.relation) {
            true => Ok(input),
            false => self.sorted_in_groups(input, Vec::new(), groups, span),
        }
    }

    /// The first rows of each group.
    fn first_of_groups(&mut self, input: Grouped, count: u64, groups: &Groups, span: Span) -> Result<Grouped, Span> {
        if !groups.is_numbered {
            let Grouped { relation, carried } = self.serialized_in_groups(input, groups, span)?;
            let key = carried.first().map(|key| column_reference(key, span)).ok_or(span)?;
            let table = Table { relation, open: false, depth: 1, graph: None, name: None };
            let relation = self.first_of_runs(table, vec![key], count, span).relation;
            return Ok(Grouped { relation, carried });
        }
        // Rows keep the order in which they come.
        let kept = input.relation.columns.clone();
        let position = self.column("$position", kql_types::ScalarType::Long);
        let within = input.key().map(|key| key.id);
        let mut columns = kept.clone();
        columns.push(position.clone());
        let Grouped { relation, carried } = input;
        let operator = RelationOperator::Number { input: Box::new(relation), output: position.id, within };
        let numbered = Grouped { relation: Relation { operator, columns, span }, carried };
        let count = literal(Value::Long(i64::try_from(count).unwrap_or(i64::MAX)), span);
        let operands = vec![column_reference(&position, span), count];
        let predicate = self.operator("<", span, operands, span).ok_or(span)?;
        let Grouped { relation, carried } = over(numbered, span, |input| RelationOperator::Filter { input, predicate });
        Ok(Grouped { relation: selected(relation, kept, span), carried })
    }

    fn join_in_groups(
        &mut self,
        join: Join,
        columns: Vec<Column>,
        groups: &Groups,
        span: Span,
    ) -> Result<Grouped, Span> {
        let Join { kind, left, right, mut keys, mut outputs } = join;
        let (on_left, on_right) = (groups.concern(&left), groups.concern(&right));
        // The side whose rows make up the result must know its group.
        let (left_knows, right_knows) = match kind {
            JoinKind::Inner => (on_left, on_right),
            JoinKind::InnerUnique => (true, true),
            JoinKind::LeftOuter | JoinKind::LeftSemi | JoinKind::LeftAnti => (true, on_right),
            JoinKind::RightOuter | JoinKind::RightSemi | JoinKind::RightAnti => (on_left, true),
            JoinKind::FullOuter => return Err(span),
        };
        let (left, left_carried) = match left_knows {
            true => self.grouped_by(*left, groups).map(|left| (left.relation, left.carried))?,
            false => (*left, Vec::new()),
        };
        let (right, right_carried) = match right_knows {
            true => self.grouped_by(*right, groups).map(|right| (right.relation, right.carried))?,
            false => (*right, Vec::new()),
        };
        if let (Some(left), Some(right)) = (left_carried.first(), right_carried.first()) {
            keys.push((column_reference(left, span), column_reference(right, span)));
        }
        let gives_right = matches!(kind, JoinKind::RightOuter | JoinKind::RightSemi | JoinKind::RightAnti);
        let carried = if left_carried.is_empty() || gives_right { right_carried } else { left_carried };
        outputs.extend(carried.iter().map(|column| column.id));
        let columns = columns.into_iter().chain(carried.iter().cloned()).collect();
        let join = Join { kind, left: Box::new(left), right: Box::new(right), keys, outputs };
        Ok(Grouped { relation: Relation { operator: RelationOperator::Join(join), columns, span }, carried })
    }

    fn union_in_groups(
        &mut self,
        inputs: Vec<Relation>,
        columns: Vec<Column>,
        groups: &Groups,
        span: Span,
    ) -> Result<Grouped, Span> {
        let mut united = Vec::with_capacity(inputs.len());
        let mut carried: Vec<Column> = Vec::new();
        for input in inputs {
            let own = input.columns.clone();
            let input = self.grouped_by(input, groups)?;
            if carried.is_empty() {
                carried = input.carried.iter().map(|each| self.column(each.name.clone(), each.scalar_type)).collect();
            }
            united.push(exactly(input, &own).relation);
        }
        let columns = columns.into_iter().chain(carried.iter().cloned()).collect();
        Ok(Grouped {
            relation: Relation { operator: RelationOperator::Union { inputs: united }, columns, span },
            carried,
        })
    }

    /// The input with columns for the `toscalar`s that read the group, which the expressions then refer to.
    fn lifted(&mut self, input: Grouped, expressions: &mut [Expr], groups: &Groups) -> Result<Grouped, Span> {
        let mut input = input;
        for expression in expressions {
            input = self.lifted_out_of(input, expression, groups)?;
        }
        Ok(input)
    }

    fn lifted_out_of(&mut self, input: Grouped, expression: &mut Expr, groups: &Groups) -> Result<Grouped, Span> {
        let span = expression.span;
        match &mut expression.kind {
            ExprKind::Column(id) => {
                if groups.outer_key == Some(*id)
                    && let Some(key) = input.key()
                {
                    *id = key.id;
                }
                Ok(input)
            }
            ExprKind::Literal(_) => Ok(input),
            ExprKind::Call { arguments, .. } => self.lifted(input, arguments, groups),
            ExprKind::InTable { value, table, .. } => match groups.concern(table) {
                true => Err(span),
                false => self.lifted_out_of(input, value, groups),
            },
            ExprKind::ToScalar(table) if groups.concern(table) => {
                let value = table.columns.first().cloned().ok_or(span)?;
                let rows = self.grouped_by(table.as_ref().clone(), groups)?;
                let Grouped { relation, carried } = self.first_of_groups(rows, 1, groups, span)?;
                let (Some(left), Some(right)) = (input.key(), carried.first()) else { return Err(span) };
                let keys = vec![(column_reference(left, span), column_reference(right, span))];
                let mut columns = input.relation.columns.clone();
                columns.push(value.clone());
                let outputs = columns.iter().map(|column| column.id).collect();
                let (left, right) = (Box::new(input.relation), Box::new(relation));
                let operator = RelationOperator::Join(Join { kind: JoinKind::LeftOuter, left, right, keys, outputs });
                *expression = column_reference(&value, span);
                Ok(Grouped { relation: Relation { operator, columns, span }, carried: input.carried })
            }
            ExprKind::ToScalar(_) => Ok(input),
        }
    }

    /// The input, where these expressions are the same for every group.
    fn constant_within<'e>(
        &self,
        input: Grouped,
        expressions: impl IntoIterator<Item = &'e Expr>,
        groups: &Groups,
    ) -> Result<Grouped, Span> {
        match expressions.into_iter().find(|expression| groups.concern_expression(expression)) {
            Some(expression) => Err(expression.span),
            None => Ok(input),
        }
    }
}

impl Groups {
    /// Whether a relation reads the rows of a group, or its key.
    fn concern(&self, relation: &Relation) -> bool {
        self.leaves(relation, true) > 0
    }

    fn concern_expression(&self, expression: &Expr) -> bool {
        let mut waiting = vec![expression];
        while let Some(expression) = waiting.pop() {
            match &expression.kind {
                ExprKind::Column(id) if self.outer_key == Some(*id) => return true,
                ExprKind::Column(_) | ExprKind::Literal(_) => {}
                ExprKind::Call { arguments, .. } => waiting.extend(arguments),
                ExprKind::ToScalar(table) if self.concern(table) => return true,
                ExprKind::InTable { table, .. } if self.concern(table) => return true,
                ExprKind::InTable { value, .. } => waiting.push(value),
                ExprKind::ToScalar(_) => {}
            }
        }
        false
    }

    /// How often the source will be read: by the stand-ins, and to repeat what is the same in every group.
    fn uses(&self, relation: &Relation) -> usize {
        let has_constants = {
            let mut waiting = vec![relation];
            let mut found = false;
            while let Some(relation) = waiting.pop() {
                let inputs = relation.operator.inputs();
                let is_stand_in = matches!(relation.operator, RelationOperator::Unsupported { .. });
                let is_shared = matches!(relation.operator, RelationOperator::Materialized { .. });
                found |= is_shared || (inputs.is_empty() && !is_stand_in);
                waiting.extend(inputs);
            }
            found
        };
        self.leaves(relation, false) + usize::from(has_constants)
    }

    /// How often the stand-in is read; one is enough where only `any` matters.
    fn leaves(&self, relation: &Relation, any: bool) -> usize {
        let mut count = 0;
        let mut waiting = vec![relation];
        while let Some(relation) = waiting.pop() {
            if any && count > 0 {
                return count;
            }
            match &relation.operator {
                RelationOperator::Unsupported { inputs } if inputs.is_empty() => count += 1,
                RelationOperator::Materialized { shared, .. } => waiting.push(shared),
                operator => waiting.extend(operator.inputs()),
            }
            let mut expressions = relation.operator.expressions();
            while let Some(expression) = expressions.pop() {
                match &expression.kind {
                    ExprKind::Column(id) => count += usize::from(any && self.outer_key == Some(*id)),
                    ExprKind::Literal(_) => {}
                    ExprKind::Call { arguments, .. } => expressions.extend(arguments),
                    ExprKind::ToScalar(table) => waiting.push(table),
                    ExprKind::InTable { value, table, .. } => {
                        expressions.push(value);
                        waiting.push(table);
                    }
                }
            }
        }
        count
    }
}

/// An operator that keeps the columns of its input.
fn over(input: Grouped, span: Span, operator: impl FnOnce(Box<Relation>) -> RelationOperator) -> Grouped {
    let Grouped { relation, carried } = input;
    let columns = relation.columns.clone();
    Grouped { relation: Relation { operator: operator(Box::new(relation)), columns, span }, carried }
}

/// These columns and the carried ones, and no others.
fn exactly(input: Grouped, columns: &[Column]) -> Grouped {
    let Grouped { relation, carried } = input;
    let span = relation.span;
    let all = columns.iter().chain(&carried).cloned().collect();
    Grouped { relation: selected(relation, all, span), carried }
}

/// These columns of a relation.
fn selected(relation: Relation, columns: Vec<Column>, span: Span) -> Relation {
    let expressions = columns.iter().map(|column| column_reference(column, span)).collect();
    Relation { operator: RelationOperator::Project { input: Box::new(relation), expressions }, columns, span }
}
