//! `mv-apply`: a sub-query over the elements of each row.
//!
//! The input's rows are numbered and expanded; the sub-query then runs once over all elements, with every operator
//! kept within the rows of one number: groupings get the number as a further key, `top` and `take` count by it.

use kql_syntax::operators::mv_apply::MvApply;
use kql_syntax::{OperatorKind, Span, tree};
use kql_types::{ScalarType, Value};

use super::At;
use crate::binder::{Binder, Table, column_reference, literal};
use crate::plan::{Column, ColumnId, Expr, JoinKind, MvExpand, Relation, RelationOperator, SortKey};

impl<'a> Binder<'a> {
    pub(super) fn mv_apply(&mut self, node: &'a MvApply, input: Table, at: At) -> Table {
        let (expansions, columns, item_index) = self.expansions(&node.columns, &node.parameters, &input, at);
        let limit = node.limit.as_ref().and_then(|limit| self.row_count(limit, at.environment));
        let kind = self.expansion_kind(&node.parameters);
        if let Some(id) = &node.context_id {
            self.unsupported("`id` of `mv-apply`", id.span);
        }
        let outer: Vec<Column> =
            input.columns().iter().filter(|column| columns.iter().any(|kept| kept.id == column.id)).cloned().collect();
        let number = self.column("$row", ScalarType::Long);
        let first = expansions.first().map(|expansion| expansion.output);
        let expand = input.then(at.span, columns, |input| {
            RelationOperator::MvExpand(MvExpand { input, expansions, kind, item_index, limit })
        });
        let open = expand.open;
        let mut body = self.sub_pipe(&node.body, expand, at);
        // The columns of the row that are not expanded, then what the sub-query adds to them.
        let added = body.columns().iter().filter(|column| !outer.iter().any(|own| own.name == column.name)).cloned();
        let added: Vec<Column> = added.collect();
        let mut columns = outer.clone();
        columns.extend(added);
        let span = body.relation.span;
        let mut carried = outer;
        carried.push(number.clone());
        let carry = Carry { carried, number, expanded: first };
        if let Err(place) = carry.through(&mut body.relation, self) {
            self.unsupported("this operator within `mv-apply`", place);
        }
        body.depth += 2;
        let mut table = self.selection(body, columns, span);
        table.relation.span = at.span;
        table.open = open;
        table
    }

    /// The operators of a sub-query, over a table.
    pub(super) fn sub_pipe(&mut self, body: &'a tree::Expr, input: Table, at: At) -> Table {
        match &body.kind {
            tree::ExprKind::Parenthesized(inner) => {
                let span = inner.span;
                let table = self.nested(span, |binder| Some(binder.sub_pipe(inner, input, at)));
                table.unwrap_or_else(|| self.no_table(span))
            }
            tree::ExprKind::Pipe { source: None, operators } => {
                let begins = operators
                    .first()
                    .is_some_and(|operator| matches!(operator.kind, OperatorKind::Print(_) | OperatorKind::Range(_)));
                let input = if begins { None } else { Some(input) };
                self.pipe(input, operators, at.environment, body.span)
            }
            _ => self.table(body, at.environment),
        }
    }
}

/// Carries the columns of the outer row through a sub-query, and keeps the sub-query within each of these rows.
struct Carry {
    /// The columns of the outer row, with its number.
    carried: Vec<Column>,
    number: Column,
    /// By this column the expansion below the sub-query is known.
    expanded: Option<ColumnId>,
}

impl Carry {
    /// Rewrites a relation over the expansion. What is not known to stay within a row is an error at its place.
    fn through(&self, relation: &mut Relation, binder: &mut Binder<'_>) -> Result<(), Span> {
        let span = relation.span;
        binder.nested(span, |binder| Some(self.through_here(relation, binder))).unwrap_or(Err(span))
    }

    fn through_here(&self, relation: &mut Relation, binder: &mut Binder<'_>) -> Result<(), Span> {
        let span = relation.span;
        let missing: Vec<Column> = self
            .carried
            .iter()
            .filter(|column| relation.columns.iter().all(|own| own.id != column.id))
            .cloned()
            .collect();
        match &mut relation.operator {
            RelationOperator::MvExpand(expand) => {
                if expand.expansions.first().map(|expansion| expansion.output) == self.expanded {
                    number(&mut expand.input, self.number.clone(), None);
                } else {
                    self.through(&mut expand.input, binder)?;
                }
                relation.columns.extend(missing);
            }
            RelationOperator::Extract(extract) => {
                self.through(&mut extract.input, binder)?;
                relation.columns.extend(missing);
            }
            RelationOperator::Project { input, expressions } => {
                self.through(input, binder)?;
                expressions.extend(missing.iter().map(|column| column_reference(column, span)));
                relation.columns.extend(missing);
            }
            RelationOperator::Filter { input, .. } | RelationOperator::Distinct { input } => {
                self.through(input, binder)?;
                relation.columns.clone_from(&input.columns);
            }
            RelationOperator::Aggregate { input, by, .. } => {
                self.through(input, binder)?;
                let keys = by.len();
                by.extend(missing.iter().map(|column| column_reference(column, span)));
                relation.columns.splice(keys..keys, missing);
            }
            RelationOperator::Sort { input, keys } => {
                self.through(input, binder)?;
                keys.insert(0, self.by_number(span));
                relation.columns.clone_from(&input.columns);
            }
            RelationOperator::Top { input, keys, count } => {
                self.through(input, binder)?;
                keys.insert(0, self.by_number(span));
                let columns = input.columns.clone();
                let (input, keys, count) = (input.clone(), std::mem::take(keys), *count);
                let sorted = Relation { operator: RelationOperator::Sort { input, keys }, columns, span };
                *relation = self.first(sorted, count, binder)?;
            }
            RelationOperator::Take { input, count } => {
                self.through(input, binder)?;
                let (input, count) = (input.as_ref().clone(), *count);
                *relation = self.first(input, count, binder)?;
            }
            RelationOperator::Join(join)
                if matches!(
                    join.kind,
                    JoinKind::Inner | JoinKind::LeftOuter | JoinKind::LeftSemi | JoinKind::LeftAnti
                ) =>
            {
                self.through(&mut join.left, binder)?;
                join.outputs.extend(missing.iter().map(|column| column.id));
                relation.columns.extend(missing);
            }
            _ => return Err(span),
        }
        Ok(())
    }

    fn by_number(&self, span: Span) -> SortKey {
        SortKey { value: column_reference(&self.number, span), ascending: true, nulls_first: true }
    }

    /// The first rows of each outer row.
    fn first(&self, mut relation: Relation, count: u64, binder: &mut Binder<'_>) -> Result<Relation, Span> {
        let span = relation.span;
        let columns = relation.columns.clone();
        let position = binder.column("$position", ScalarType::Long);
        number(&mut relation, position.clone(), Some(self.number.id));
        let count = literal(Value::Long(i64::try_from(count).unwrap_or(i64::MAX)), span);
        let operands = vec![column_reference(&position, span), count];
        let predicate = binder.operator("<", span, operands, span).ok_or(span)?;
        let input = Box::new(relation);
        let numbered = input.columns.clone();
        let filter = Relation { operator: RelationOperator::Filter { input, predicate }, columns: numbered, span };
        let expressions: Vec<Expr> = columns.iter().map(|column| column_reference(column, span)).collect();
        let input = Box::new(filter);
        Ok(Relation { operator: RelationOperator::Project { input, expressions }, columns, span })
    }
}

/// Numbers the rows of a relation from 0, within those of equal values of a column if there is one.
fn number(relation: &mut Relation, column: Column, within: Option<ColumnId>) {
    let span = relation.span;
    let mut columns = relation.columns.clone();
    let output = column.id;
    columns.push(column);
    let empty = Relation { operator: RelationOperator::OneRow, columns: Vec::new(), span };
    let input = Box::new(std::mem::replace(relation, empty));
    *relation = Relation { operator: RelationOperator::Number { input, output, within }, columns, span };
}
