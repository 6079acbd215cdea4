//! The plan of one stage over rows in memory, with hidden columns that tell where its rows come from.
//!
//! Each input has the numbers of its rows and, for each read that is followed, whether a row derives from it. Most
//! operators pass these columns on; groups count the followed rows in them.

use std::collections::{HashMap, HashSet};

use kql_functions::AggregateRef;
use kql_semantics::plan::{Aggregation, Extract, Join, JoinKind, MvExpand, SortKey};
use kql_semantics::{Column, ColumnId, Expr, ExprKind, Relation, RelationOperator};
use kql_syntax::Span;
use kql_types::{ScalarType, Value};
use recursive::recursive;

use super::regions::{address, is_opaque};
use crate::EngineError;

/// What a hidden column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hidden {
    /// The number of the row of an input.
    Row { input: usize },
    /// Whether the row derives from a read.
    Followed { read: usize },
    /// How many rows that derive from a read are in the group.
    Count { read: usize },
    /// What a stage is asked beside its rows.
    Computed,
}

/// The hidden columns of all stages, by their ids.
#[derive(Debug, Default)]
pub(super) struct HiddenColumns {
    kinds: HashMap<ColumnId, Hidden>,
}

impl HiddenColumns {
    /// A new hidden column.
    pub fn column(&mut self, kind: Hidden) -> Column {
        self.typed(
            kind,
            match kind {
                Hidden::Followed { .. } => ScalarType::Bool,
                Hidden::Row { .. } | Hidden::Count { .. } | Hidden::Computed => ScalarType::Long,
            },
        )
    }

    /// A new column for what a stage is asked beside its rows.
    pub fn computed(&mut self, scalar_type: ScalarType) -> Column {
        self.typed(Hidden::Computed, scalar_type)
    }

    fn typed(&mut self, kind: Hidden, scalar_type: ScalarType) -> Column {
        // The binder counts from zero; and no query can write such a name.
        let number = u32::try_from(self.kinds.len()).unwrap_or(u32::MAX / 2);
        let id = ColumnId(u32::MAX - number);
        self.kinds.insert(id, kind);
        Column { id, name: format!("\u{1}{number}"), scalar_type }
    }

    /// What a column holds, if it is hidden.
    pub fn kind(&self, column: &Column) -> Option<Hidden> {
        self.kinds.get(&column.id).copied()
    }

    /// The hidden columns of a relation.
    pub fn of<'c>(&self, columns: &'c [Column]) -> impl Iterator<Item = (&'c Column, Hidden)> {
        columns.iter().filter_map(|column| Some((column, self.kind(column)?)))
    }

    /// The columns of a relation that the query knows.
    pub fn visible<'c>(&self, columns: &'c [Column]) -> impl Iterator<Item = &'c Column> {
        columns.iter().filter(|column| self.kind(column).is_none())
    }
}

/// Makes the plan of one stage.
pub(super) struct Carry<'c> {
    /// What stands in the place of the stage's inputs and of the tables in its expressions, by their addresses.
    pub leaves: HashMap<usize, Relation>,
    pub needed: &'c HashSet<ColumnId>,
    pub hidden: &'c mut HiddenColumns,
}

impl Carry<'_> {
    /// The plan of this relation, and no other.
    pub fn into_relation(mut self, relation: &Relation) -> Result<Relation, EngineError> {
        self.relation(relation)
    }

    /// The relation over the leaves, with the columns that are needed and the hidden ones behind them.
    #[recursive]
    fn relation(&mut self, relation: &Relation) -> Result<Relation, EngineError> {
        if let Some(leaf) = self.leaves.get(&address(relation)) {
            return Ok(leaf.clone());
        }
        let Relation { operator, columns, span } = relation;
        let span = *span;
        if is_opaque(operator) {
            return self.opaque(relation);
        }
        match operator {
            RelationOperator::Filter { input, predicate } => {
                let predicate = self.expression(predicate);
                self.keeping(relation, input, |input| RelationOperator::Filter { input, predicate })
            }
            RelationOperator::Sort { input, keys } => {
                let keys = self.keys(keys);
                self.keeping(relation, input, |input| RelationOperator::Sort { input, keys })
            }
            RelationOperator::Top { input, keys, count } => {
                let (keys, count) = (self.keys(keys), *count);
                self.keeping(relation, input, |input| RelationOperator::Top { input, keys, count })
            }
            RelationOperator::Take { input, count } => {
                let count = *count;
                self.keeping(relation, input, |input| RelationOperator::Take { input, count })
            }
            RelationOperator::Serialize { input } => {
                self.keeping(relation, input, |input| RelationOperator::Serialize { input })
            }
            RelationOperator::Project { input, expressions } => {
                let input = self.relation(input)?;
                let kept = columns.iter().zip(expressions).filter(|(column, _)| self.needed.contains(&column.id));
                let (mut columns, mut values): (Vec<Column>, Vec<Expr>) =
                    kept.map(|(column, value)| (column.clone(), self.expression(value))).unzip();
                for (column, _) in self.hidden.of(&input.columns) {
                    columns.push(column.clone());
                    values.push(reference(column, span));
                }
                self.never_empty(&mut columns, &mut values, span);
                Ok(project(input, columns, values, span))
            }
            RelationOperator::MvExpand(expand) => {
                let input = Box::new(self.relation(&expand.input)?);
                let mut expand = MvExpand { input, ..expand.clone() };
                for expansion in &mut expand.expansions {
                    expansion.source = self.expression(&expansion.source);
                }
                let columns = self.with_hidden(columns, &expand.input.columns);
                Ok(Relation { operator: RelationOperator::MvExpand(expand), columns, span })
            }
            RelationOperator::Extract(extract) => {
                let input = Box::new(self.relation(&extract.input)?);
                let mut extract = Box::new(Extract { input, ..extract.as_ref().clone() });
                extract.source = self.expression(&extract.source);
                let columns = self.with_hidden(columns, &extract.input.columns);
                Ok(Relation { operator: RelationOperator::Extract(extract), columns, span })
            }
            RelationOperator::Number { input, output, within } => {
                let added = columns.iter().skip(input.columns.len());
                let input = self.relation(input)?;
                // By position: the numbers come last.
                let columns = input.columns.iter().chain(added).cloned().collect();
                let operator = RelationOperator::Number { input: Box::new(input), output: *output, within: *within };
                Ok(Relation { operator, columns, span })
            }
            RelationOperator::Window { input, calls } => {
                let added = columns.iter().skip(input.columns.len());
                let calls = self.expressions(calls);
                let input = self.relation(input)?;
                let columns = input.columns.iter().chain(added).cloned().collect();
                Ok(Relation { operator: RelationOperator::Window { input: Box::new(input), calls }, columns, span })
            }
            RelationOperator::Aggregate { input, by, aggregations } => {
                let input = self.relation(input)?;
                let by = self.expressions(by);
                let aggregations = aggregations.iter().map(|aggregation| Aggregation {
                    arguments: self.expressions(&aggregation.arguments),
                    ..aggregation.clone()
                });
                let aggregations = aggregations.collect();
                Ok(self.groups(input, by, aggregations, columns.clone(), span))
            }
            RelationOperator::Distinct { input } => {
                let input = self.relation(input)?;
                let visible: Vec<Column> = self.hidden.visible(&input.columns).cloned().collect();
                let by = visible.iter().map(|column| reference(column, span)).collect();
                Ok(self.groups(input, by, Vec::new(), visible, span))
            }
            RelationOperator::Join(join) => self.join(join, columns, span),
            RelationOperator::Union { inputs } => self.union(inputs, columns, span),
            _ => Ok(relation.clone()),
        }
    }

    /// An expression in which the tables are those that are known already.
    #[recursive]
    fn expression(&self, expression: &Expr) -> Expr {
        let leaf = |relation: &Relation| Box::new(self.leaves.get(&address(relation)).unwrap_or(relation).clone());
        let kind = match &expression.kind {
            ExprKind::Column(_) | ExprKind::Literal(_) => expression.kind.clone(),
            ExprKind::Call { function, arguments } => {
                ExprKind::Call { function: *function, arguments: self.expressions(arguments) }
            }
            ExprKind::ToScalar(relation) => ExprKind::ToScalar(leaf(relation)),
            ExprKind::InTable { value, table, negated, ignore_case } => ExprKind::InTable {
                value: Box::new(self.expression(value)),
                table: leaf(table),
                negated: *negated,
                ignore_case: *ignore_case,
            },
        };
        Expr { kind, scalar_type: expression.scalar_type, span: expression.span }
    }

    fn expressions(&self, expressions: &[Expr]) -> Vec<Expr> {
        expressions.iter().map(|expression| self.expression(expression)).collect()
    }

    fn keys(&self, keys: &[SortKey]) -> Vec<SortKey> {
        let mut keys = keys.to_vec();
        keys.iter_mut().for_each(|key| key.value = self.expression(&key.value));
        keys
    }

    /// An operator that keeps the columns of its input.
    fn keeping(
        &mut self,
        relation: &Relation,
        input: &Relation,
        operator: impl FnOnce(Box<Relation>) -> RelationOperator,
    ) -> Result<Relation, EngineError> {
        let input = self.relation(input)?;
        // It may call them otherwise.
        let renamed =
            |column: &Column| relation.columns.iter().find(|own| own.id == column.id).unwrap_or(column).clone();
        let columns = input.columns.iter().map(renamed).collect();
        Ok(Relation { operator: operator(Box::new(input)), columns, span: relation.span })
    }

    /// The columns that are needed, and the hidden ones of the input.
    fn with_hidden(&self, columns: &[Column], input: &[Column]) -> Vec<Column> {
        let needed = columns.iter().filter(|column| self.needed.contains(&column.id));
        needed.chain(self.hidden.of(input).map(|(column, _)| column)).cloned().collect()
    }

    fn groups(
        &mut self,
        input: Relation,
        by: Vec<Expr>,
        mut aggregations: Vec<Aggregation>,
        mut columns: Vec<Column>,
        span: Span,
    ) -> Relation {
        let hidden = self.hidden.of(&input.columns).map(|(column, kind)| (column.clone(), kind));
        for (column, kind) in hidden.collect::<Vec<_>>() {
            let (read, name) = match kind {
                Hidden::Row { .. } | Hidden::Computed => continue,
                Hidden::Followed { read } => (read, "countif"),
                Hidden::Count { read } => (read, "sum"),
            };
            let Some(aggregate) = aggregate_of_one(name) else { continue };
            let output = self.hidden.column(Hidden::Count { read });
            let arguments = vec![reference(&column, span)];
            aggregations.push(Aggregation { aggregate, arguments, outputs: vec![output.id] });
            columns.push(output);
        }
        Relation { operator: RelationOperator::Aggregate { input: Box::new(input), by, aggregations }, columns, span }
    }

    fn join(&mut self, join: &Join, columns: &[Column], span: Span) -> Result<Relation, EngineError> {
        let (left, right) = (self.relation(&join.left)?, self.relation(&join.right)?);
        let kept = join.outputs.iter().zip(columns).filter(|(_, column)| self.needed.contains(&column.id));
        let (mut outputs, mut columns): (Vec<ColumnId>, Vec<Column>) =
            kept.map(|(id, column)| (*id, column.clone())).unzip();
        let (has_left, has_right) = match join.kind {
            JoinKind::LeftSemi | JoinKind::LeftAnti => (true, false),
            JoinKind::RightSemi | JoinKind::RightAnti => (false, true),
            _ => (true, true),
        };
        for (side, is_there) in [(&left, has_left), (&right, has_right)] {
            for (column, _) in self.hidden.of(&side.columns).filter(|_| is_there) {
                outputs.push(column.id);
                columns.push(column.clone());
            }
        }
        let keys = join.keys.iter().map(|(left, right)| (self.expression(left), self.expression(right))).collect();
        let join = Join { kind: join.kind, left: Box::new(left), right: Box::new(right), keys, outputs };
        Ok(Relation { operator: RelationOperator::Join(join), columns, span })
    }

    fn union(&mut self, inputs: &[Relation], columns: &[Column], span: Span) -> Result<Relation, EngineError> {
        let positions: Vec<usize> =
            columns.iter().enumerate().filter(|(_, each)| self.needed.contains(&each.id)).map(|(at, _)| at).collect();
        let pick = |columns: &[Column]| positions.iter().filter_map(|at| columns.get(*at)).cloned().collect::<Vec<_>>();
        let mut legs = Vec::with_capacity(inputs.len());
        for input in inputs {
            legs.push((pick(&input.columns), self.relation(input)?));
        }
        // A leg has for each read at most one column that matters here: which of its rows derive from it.
        let mut followed: Vec<Hidden> = Vec::new();
        for (_, leg) in &legs {
            for (_, kind) in self.hidden.of(&leg.columns) {
                if !matches!(kind, Hidden::Row { .. }) && !followed.contains(&kind) {
                    followed.push(kind);
                }
            }
        }
        let mut columns = pick(columns);
        columns.extend(followed.iter().map(|kind| self.hidden.column(*kind)));
        self.never_empty(&mut columns, &mut Vec::new(), span);
        let mut united = Vec::with_capacity(legs.len());
        for (own, leg) in legs {
            let mut values: Vec<Expr> = own.iter().map(|column| reference(column, span)).collect();
            let mut own = own;
            for kind in &followed {
                let found = self.hidden.of(&leg.columns).find(|(_, other)| other == kind);
                let found = found.map(|(column, _)| reference(column, span));
                let column = self.hidden.column(*kind);
                let null = || literal(Value::null(column.scalar_type), span);
                values.push(found.unwrap_or_else(null));
                own.push(column);
            }
            self.never_empty(&mut own, &mut values, span);
            united.push(project(leg, own, values, span));
        }
        Ok(Relation { operator: RelationOperator::Union { inputs: united }, columns, span })
    }

    /// Adds a column where none is needed: rows without columns cannot be counted everywhere.
    fn never_empty(&mut self, columns: &mut Vec<Column>, values: &mut Vec<Expr>, span: Span) {
        if columns.is_empty() {
            columns.push(self.hidden.computed(ScalarType::Long));
            values.push(literal(Value::Long(0), span));
        }
    }

    /// An operator that sees the rows as the query has them.
    fn opaque(&mut self, relation: &Relation) -> Result<Relation, EngineError> {
        let Some(input) = relation.operator.inputs().into_iter().next() else { return Ok(relation.clone()) };
        // Before it is copied: relations are told apart by where they lie.
        let input = self.plain(input)?;
        let mut copy = relation.clone();
        match &mut copy.operator {
            RelationOperator::Scan(scan) => *scan.input = input,
            RelationOperator::MakeSeries(series) => *series.input = input,
            RelationOperator::Plugin(call) => *call.input = input,
            RelationOperator::Graph(graph) => *graph.input = input,
            _ => {}
        }
        Ok(copy)
    }

    /// A relation without hidden columns.
    fn plain(&mut self, relation: &Relation) -> Result<Relation, EngineError> {
        let relation = self.relation(relation)?;
        let columns: Vec<Column> = self.hidden.visible(&relation.columns).cloned().collect();
        let span = relation.span;
        let values = columns.iter().map(|column| reference(column, span)).collect();
        Ok(project(relation, columns, values, span))
    }
}

/// A projection on top of a relation.
pub(super) fn project(input: Relation, columns: Vec<Column>, expressions: Vec<Expr>, span: Span) -> Relation {
    Relation { operator: RelationOperator::Project { input: Box::new(input), expressions }, columns, span }
}

/// A reference to a column.
pub(super) fn reference(column: &Column, span: Span) -> Expr {
    Expr { kind: ExprKind::Column(column.id), scalar_type: column.scalar_type, span }
}

fn literal(value: Value, span: Span) -> Expr {
    Expr { scalar_type: value.scalar_type(), kind: ExprKind::Literal(value), span }
}

/// An aggregate that takes one argument.
fn aggregate_of_one(name: &str) -> Option<AggregateRef> {
    let (aggregate, _) = kql_functions::aggregate(name)?;
    let overload = aggregate.overloads.iter().find(|overload| overload.parameters.len() == 1)?;
    Some(AggregateRef { aggregate, overload })
}
