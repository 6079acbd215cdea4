//! `join` and `lookup`. Nulls are equal to each other, and strings that an outer join does not find are empty.
//!
//! `innerunique` first keeps one row of the left side for each key, unless its rows are unique by the key already.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::arrow::row::{RowConverter, SortField};
use datafusion::common::{JoinConstraint, JoinType, NullEquality};
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use datafusion::logical_expr::{Expr as DataFusionExpr, Join as DataFusionJoin, LogicalPlan, Projection};
use kql_semantics::plan::{Join, JoinKind};
use kql_semantics::{Column, ColumnId, Expr, ExprKind, Relation, RelationOperator};
use kql_types::ScalarType;
use serde::{Deserialize, Serialize};

use super::own::{Behaviour, OwnOperator, Rows, Worker};
use crate::EngineError;
use crate::lowering::{Lowering, Scope, column, internal_name, named, string_or_empty};

pub(crate) fn lower(lowering: &Lowering, join: &Join, columns: &[Column]) -> Result<LogicalPlan, EngineError> {
    let mut taken = HashSet::new();
    let left_plan = match join.kind {
        JoinKind::InnerUnique => lowering.relation(&join.left)?,
        _ => lowering.unordered(&join.left)?,
    };
    let left = Side::lower(lowering, left_plan, &join.left, join.keys.iter().map(|(left, _)| left), &mut taken)?;
    let right_plan = lowering.unordered(&join.right)?;
    let right = Side::lower(lowering, right_plan, &join.right, join.keys.iter().map(|(_, right)| right), &mut taken)?;
    let mut left_plan = left.plan;
    if join.kind == JoinKind::InnerUnique && !is_unique_by(&join.left, &left.key_ids) {
        left_plan = OwnOperator::FirstByKey(FirstByKey { keys: left.keys.clone() }).over(left_plan)?;
    }
    let on = left.keys.iter().zip(&right.keys).map(|(left, right)| (column(left), column(right))).collect();
    let joined = DataFusionJoin::try_new(
        Arc::new(left_plan),
        Arc::new(right.plan),
        on,
        None,
        join_type(join.kind),
        JoinConstraint::On,
        NullEquality::NullEqualsNull,
        false,
    )?;
    let (left_may_lack, right_may_lack) = match join.kind {
        JoinKind::LeftOuter => (false, true),
        JoinKind::RightOuter => (true, false),
        JoinKind::FullOuter => (true, true),
        _ => (false, false),
    };
    let output = |id: &ColumnId| {
        let (name, may_lack) = match (left.names.get(id), right.names.get(id)) {
            (Some(name), _) => (name, left_may_lack),
            (None, Some(name)) => (name, right_may_lack),
            (None, None) => return Err(EngineError::new("internal error: a join gives a column that no side has")),
        };
        Ok((column(name), may_lack))
    };
    let mut expressions = Vec::with_capacity(columns.len());
    for (id, result) in join.outputs.iter().zip(columns) {
        let (value, may_lack) = output(id)?;
        let fill = may_lack && result.scalar_type == ScalarType::String;
        expressions.push(named(if fill { string_or_empty(value) } else { value }, &internal_name(result)));
    }
    Ok(LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(LogicalPlan::Join(joined)))?))
}

fn join_type(kind: JoinKind) -> JoinType {
    match kind {
        JoinKind::InnerUnique | JoinKind::Inner => JoinType::Inner,
        JoinKind::LeftOuter => JoinType::Left,
        JoinKind::RightOuter => JoinType::Right,
        JoinKind::FullOuter => JoinType::Full,
        JoinKind::LeftSemi => JoinType::LeftSemi,
        JoinKind::RightSemi => JoinType::RightSemi,
        JoinKind::LeftAnti => JoinType::LeftAnti,
        JoinKind::RightAnti => JoinType::RightAnti,
    }
}

/// One side of a join: its columns under names that the other side does not have, and its keys as columns.
struct Side {
    plan: LogicalPlan,
    names: HashMap<ColumnId, String>,
    keys: Vec<String>,
    /// The ids of the keys that are plain columns.
    key_ids: HashSet<ColumnId>,
}

impl Side {
    fn lower<'a>(
        lowering: &Lowering,
        plan: LogicalPlan,
        relation: &Relation,
        keys: impl Iterator<Item = &'a Expr>,
        taken: &mut HashSet<String>,
    ) -> Result<Side, EngineError> {
        let scope = Scope::of(&relation.columns);
        let mut side = Side { plan, names: HashMap::new(), keys: Vec::new(), key_ids: HashSet::new() };
        let mut expressions = Vec::with_capacity(relation.columns.len());
        for each in &relation.columns {
            let name = unused(&internal_name(each), taken);
            expressions.push(named(column(&internal_name(each)), &name));
            side.names.entry(each.id).or_insert(name);
        }
        for key in keys {
            let plain = match &key.kind {
                ExprKind::Column(id) => side.names.get(id).map(|name| (*id, name.clone())),
                _ => None,
            };
            match plain {
                Some((id, name)) => {
                    side.keys.push(name);
                    side.key_ids.insert(id);
                }
                None => {
                    let name = unused("$key", taken);
                    expressions.push(lowering.expression(key, &scope)?.alias(&name));
                    side.keys.push(name);
                }
            }
        }
        let renames = expressions.iter().any(|expression| !matches!(expression, DataFusionExpr::Column(_)));
        if renames {
            side.plan = LogicalPlan::Projection(Projection::try_new(expressions, Arc::new(side.plan))?);
        }
        Ok(side)
    }
}

/// The name, with a number where it is taken.
fn unused(name: &str, taken: &mut HashSet<String>) -> String {
    let numbered = (1_u64..).map(|number| format!("{name}{number}"));
    let mut candidates = std::iter::once(name.to_owned()).chain(numbered);
    let free = candidates.find(|candidate| !taken.contains(candidate)).unwrap_or_default();
    taken.insert(free.clone());
    free
}

/// Whether no two rows of the relation can have equal keys.
fn is_unique_by(relation: &Relation, keys: &HashSet<ColumnId>) -> bool {
    let mut relation = relation;
    loop {
        relation = match &relation.operator {
            RelationOperator::Aggregate { by, .. } => {
                return relation.columns.iter().take(by.len()).all(|column| keys.contains(&column.id));
            }
            RelationOperator::Distinct { .. } => {
                return relation.columns.iter().all(|column| keys.contains(&column.id));
            }
            RelationOperator::OneRow => return true,
            RelationOperator::Filter { input, .. }
            | RelationOperator::Project { input, .. }
            | RelationOperator::Sort { input, .. }
            | RelationOperator::Top { input, .. }
            | RelationOperator::Take { input, .. } => input,
            _ => return false,
        };
    }
}

/// Keeps the first row of each key.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct FirstByKey {
    keys: Vec<String>,
}

impl Behaviour for FirstByKey {
    fn name(&self) -> &'static str {
        "FirstByKey"
    }

    fn describe(&self) -> String {
        self.keys.join(", ")
    }

    fn reads(&self) -> Vec<&str> {
        self.keys.iter().map(String::as_str).collect()
    }

    fn filters_by(&self, _column: &str) -> bool {
        // Which row of a key stays is free, and Kusto filters before it chooses: a row that a later `where` asks
        // for is found even when it is not its key's first.
        true
    }

    fn distribution(&self) -> Rows<'_> {
        Rows::TogetherBy(&self.keys)
    }

    fn sorts_below(&self) -> bool {
        true
    }

    fn worker(&self, input: &SchemaRef, _output: &SchemaRef, memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        let positions = self.keys.iter().map(|key| input.index_of(key)).collect::<Result<Vec<_>, _>>()?;
        let fields = positions.iter().map(|at| SortField::new(input.field(*at).data_type().clone()));
        let converter = RowConverter::new(fields.collect())?;
        Ok(Box::new(FirstRows { positions, converter, seen: HashSet::new(), memory, ready: None }))
    }
}

struct FirstRows {
    positions: Vec<usize>,
    converter: RowConverter,
    seen: HashSet<Box<[u8]>>,
    memory: MemoryReservation,
    ready: Option<RecordBatch>,
}

impl Worker for FirstRows {
    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        let keys: Vec<ArrayRef> = batch.project(&self.positions)?.columns().to_vec();
        let rows = self.converter.convert_columns(&keys)?;
        let mut bytes = 0;
        let first: BooleanArray = rows
            .iter()
            .map(|row| {
                let is_new = !self.seen.contains(row.data());
                if is_new {
                    bytes += row.data().len() + 2 * size_of::<Box<[u8]>>();
                    self.seen.insert(row.data().into());
                }
                Some(is_new)
            })
            .collect();
        self.memory.try_grow(bytes)?;
        let kept = if first.true_count() == first.len() { batch } else { filter_record_batch(&batch, &first)? };
        self.ready = (kept.num_rows() > 0).then_some(kept);
        Ok(())
    }

    fn pull(&mut self) -> Result<Option<RecordBatch>> {
        Ok(self.ready.take())
    }
}
