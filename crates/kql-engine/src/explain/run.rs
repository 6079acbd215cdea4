//! Running a query stage by stage.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::MemoryReservation;
use futures::future::BoxFuture;
use kql_semantics::{Column, ColumnId, ExprKind, Relation, RelationOperator};

use super::carry::{Carry, Hidden, HiddenColumns, project, reference};
use super::columns::{columns_of, needed};
use super::describe::{Ran, describe};
use super::regions::{Input, Region, address, heart};
use super::rows::{Became, Rows};
use super::{Branch, BranchKind, Detail, Explained, Pipeline, Read, Stage, Why};
use crate::subqueries::Run;
use crate::tables::{arrow_schema, memory_table};
use crate::{Engine, EngineError};

pub(super) async fn explain(
    engine: &Engine,
    relation: &Relation,
    run: &Run<'_>,
    why: Option<&Why>,
) -> Result<Explained, EngineError> {
    let mut explainer = Explainer {
        engine,
        run,
        why,
        needed: needed(relation),
        hidden: HiddenColumns::default(),
        reads: Vec::new(),
        shared: HashMap::new(),
        next_key: usize::MAX,
        memory: engine.reservation("explain"),
    };
    let (pipeline, rows) = explainer.pipeline(relation).await?;
    let reads = explainer.reads;
    let mut query_rows = rows.count;
    drop(rows);
    if drops_rows(&pipeline) {
        // Filters much further down may have a say in which rows are dropped.
        query_rows = engine.collect(relation, &Run::new(run.tables, run.options)).await?.row_count();
    }
    Ok(Explained { pipeline, query_rows, reads })
}

/// Whether `innerunique` dropped rows anywhere.
fn drops_rows(pipeline: &Pipeline) -> bool {
    pipeline.stages.iter().any(|stage| {
        matches!(&stage.detail, Detail::Join(join) if join.dropped > 0)
            || stage.branches.iter().any(|branch| drops_rows(&branch.pipeline))
    })
}

/// The relation behind the filters that directly follow a join; the regions stand in the order opposite to that of
/// their stages.
fn filtered_behind<'r>(regions: &[(Region<'r>, Option<usize>)]) -> Option<&'r Relation> {
    let mut found = None;
    for (region, key) in regions.iter().rev() {
        match heart(region.root).operator {
            RelationOperator::Filter { .. } => found = Some(region.root),
            RelationOperator::Project { .. } => {}
            _ => break,
        }
        if key.is_some() {
            break;
        }
    }
    found
}

/// A stage for what was computed before.
fn known_stage(relation: &Relation, rows: &Rows) -> Stage {
    Stage {
        span: relation.span,
        rows_in: None,
        rows_out: rows.count,
        elapsed: Duration::ZERO,
        detail: Detail::Again,
        branches: Vec::new(),
        followed: Vec::new(),
    }
}

pub(super) struct Explainer<'a> {
    engine: &'a Engine,
    run: &'a Run<'a>,
    why: Option<&'a Why>,
    needed: HashSet<ColumnId>,
    pub hidden: HiddenColumns,
    reads: Vec<Read>,
    /// What `materialize` and its like computed, by their keys.
    shared: HashMap<usize, Rows>,
    next_key: usize,
    memory: MemoryReservation,
}

impl Explainer<'_> {
    /// The stages of a relation, and its rows.
    fn pipeline<'s>(&'s mut self, relation: &'s Relation) -> BoxFuture<'s, Result<(Pipeline, Rows), EngineError>> {
        Box::pin(async move {
            let mut pipeline = Pipeline::default();
            let mut rows = None;
            let mut regions = Vec::new();
            let mut next = Some(Input { node: relation, shared: None });
            while let Some(input) = next {
                let (node, key) = input.shared.map_or((input.node, None), |(key, shared)| (shared, Some(key)));
                if let Some(known) = key.and_then(|key| self.shared.get(&key)) {
                    pipeline.stages.push(known_stage(node, known));
                    rows = Some(known.clone());
                    break;
                }
                let region = Region::of(node);
                next = region.pipe();
                regions.push((region, key));
            }
            while let Some((region, key)) = regions.pop() {
                let filtered = region.is_inner_unique().then(|| filtered_behind(&regions)).flatten();
                let (stage, given) = self.stage(&region, rows.take(), filtered).await?;
                pipeline.stages.push(stage);
                if let Some(key) = key {
                    self.shared.insert(key, given.clone());
                }
                rows = Some(given);
            }
            Ok((pipeline, rows.unwrap_or_default()))
        })
    }

    /// One stage over the rows of the pipe before it. `filtered` is behind filters that follow an `innerunique` join.
    async fn stage(
        &mut self,
        region: &Region<'_>,
        pipe: Option<Rows>,
        filtered: Option<&Relation>,
    ) -> Result<(Stage, Rows), EngineError> {
        let mut branches = Vec::new();
        let mut inputs = Vec::with_capacity(region.inputs.len());
        let core = heart(region.root);
        let mut pipe = pipe;
        for (at, input) in region.inputs.iter().enumerate() {
            if let Some(rows) = pipe.take() {
                inputs.push(rows);
                continue;
            }
            let before = region.inputs.iter().take(at).filter_map(|input| input.shared);
            let is_again = input.shared.is_some_and(|(key, _)| before.map(|(key, _)| key).any(|other| other == key));
            let known = input.shared.and_then(|(key, shared)| Some((shared, self.shared.get(&key)?)));
            let (pipeline, rows) = match (known, input.shared) {
                (Some((shared, rows)), _) => (Pipeline { stages: vec![known_stage(shared, rows)] }, rows.clone()),
                (None, Some((key, shared))) => {
                    let (pipeline, rows) = self.pipeline(shared).await?;
                    self.shared.insert(key, rows.clone());
                    (pipeline, rows)
                }
                (None, None) => self.pipeline(input.node).await?,
            };
            let kind = match core.operator {
                RelationOperator::Join(_) => BranchKind::Right,
                RelationOperator::Union { .. } => BranchKind::Leg(at + 1),
                _ => BranchKind::Table,
            };
            // An operator that reads its input several times is no other for it.
            if !(is_again && kind == BranchKind::Table) {
                branches.push(Branch { kind, pipeline });
            }
            inputs.push(rows);
        }
        let mut leaves = HashMap::new();
        let mut keys = Vec::new();
        for (at, (input, rows)) in region.inputs.iter().zip(&inputs).enumerate() {
            let leaf = self.leaf(*input, rows, Some(at), &mut keys)?;
            leaves.insert(address(input.node), leaf);
        }
        for subquery in &region.subqueries {
            let (pipeline, rows) = self.pipeline(subquery.relation).await?;
            let kind = if subquery.is_scalar { BranchKind::Scalar } else { BranchKind::Set };
            branches.push(Branch { kind, pipeline });
            let input = Input { node: subquery.relation, shared: None };
            let leaf = self.leaf(input, &rows, None, &mut keys)?;
            leaves.insert(address(subquery.relation), leaf);
            self.release(&rows);
        }
        if let (Some(filtered), Some(input), Some(left)) = (filtered, region.inputs.first(), inputs.first_mut()) {
            let carried = Carry { leaves: leaves.clone(), needed: &self.needed, hidden: &mut self.hidden };
            let filtered = carried.into_relation(filtered)?;
            let survivors = self.survivors(filtered, left.count).await?;
            *left = left.with_first(&survivors)?;
            leaves.insert(address(input.node), self.leaf(*input, left, Some(0), &mut keys)?);
        }
        let relation = match region.root.operator {
            RelationOperator::Table { .. } | RelationOperator::ExternalData(_) | RelationOperator::Values { .. } => {
                self.source(region.root)
            }
            _ => Carry { leaves, needed: &self.needed, hidden: &mut self.hidden }.into_relation(region.root)?,
        };
        let started = Instant::now();
        let result = self.collect(&relation).await?;
        let elapsed = started.elapsed();
        let (rows, became) = self.rows(&relation, result, &inputs)?;
        let ran = Ran { core, relation: &relation, inputs: &inputs, rows: &rows, became: &became };
        let (detail, followed) = describe(self, &ran).await?;
        if let (Detail::Table(_), Some(followed)) = (&detail, followed.first()) {
            self.reads.push(Read { span: region.root.span, rows: followed.before });
        }
        let stage = Stage {
            span: region.root.span,
            rows_in: (!inputs.is_empty()).then(|| inputs.iter().map(|rows| rows.count).sum()),
            rows_out: rows.count,
            elapsed,
            detail,
            branches,
            followed,
        };
        for key in keys {
            self.run.forget(key);
        }
        inputs.iter().for_each(|rows| self.release(rows));
        Ok((stage, rows))
    }

    /// Which rows of the first input are in a relation.
    async fn survivors(&mut self, relation: Relation, count: usize) -> Result<BooleanArray, EngineError> {
        let mut survivors = vec![false; count];
        let rows = self.hidden.of(&relation.columns).find(|(_, kind)| *kind == Hidden::Row { input: 0 });
        if let Some(column) = rows.map(|(column, _)| column.clone()) {
            let (span, value) = (relation.span, reference(&column, relation.span));
            for batch in self.collect(&project(relation, vec![column], vec![value], span)).await? {
                for number in batch.column(0).as_primitive::<Int64Type>().iter().flatten() {
                    let row = usize::try_from(number).unwrap_or(usize::MAX);
                    survivors.iter_mut().skip(row).take(1).for_each(|survivor| *survivor = true);
                }
            }
        }
        Ok(BooleanArray::from(survivors))
    }

    /// A source of which the columns are left that are needed, with those rows marked that are to be followed.
    fn source(&mut self, relation: &Relation) -> Relation {
        let span = relation.span;
        let why = self.why.filter(|why| match &relation.operator {
            RelationOperator::Table { name } => *name == why.table,
            _ => false,
        });
        // By name: the predicate was bound apart from the query.
        let own = |id: ColumnId| {
            let name = why.and_then(|why| why.columns.iter().find(|column| column.id == id));
            name.and_then(|name| relation.columns.iter().find(|column| column.name == name.name))
        };
        if let Some(why) = why {
            let read = columns_of(&why.predicate);
            self.needed.extend(read.into_iter().filter_map(own).map(|column| column.id));
        }
        let mut columns: Vec<Column> =
            relation.columns.iter().filter(|column| self.needed.contains(&column.id)).cloned().collect();
        if columns.is_empty() {
            // Rows without columns cannot be counted everywhere.
            columns.extend(relation.columns.first().cloned());
        }
        let mut values: Vec<_> = columns.iter().map(|column| reference(column, span)).collect();
        if let Some(why) = why {
            let mut predicate = why.predicate.clone();
            rename(&mut predicate, &own);
            values.push(predicate);
            columns.push(self.hidden.column(Hidden::Followed { read: self.reads.len() }));
        }
        project(relation.clone(), columns, values, span)
    }

    /// Puts rows where a stage can read them: the relation that reads them.
    fn leaf(
        &mut self,
        input: Input<'_>,
        rows: &Rows,
        position: Option<usize>,
        keys: &mut Vec<usize>,
    ) -> Result<Relation, EngineError> {
        let mut columns = Vec::new();
        let mut positions = Vec::new();
        if input.shared.is_some() {
            for (at, column) in input.node.columns.iter().enumerate() {
                if self.needed.contains(&column.id) {
                    columns.push(column.clone());
                    positions.push(at);
                }
            }
        } else {
            columns.clone_from(&rows.columns);
            positions.extend(0..columns.len());
        }
        let mut hidden: Vec<ArrayRef> = Vec::new();
        if let Some(input) = position {
            columns.push(self.hidden.column(Hidden::Row { input }));
            let count = i64::try_from(rows.count).unwrap_or(i64::MAX);
            hidden.push(Arc::new(Int64Array::from_iter_values(0..count)));
            for (read, marks) in &rows.followed {
                columns.push(self.hidden.column(Hidden::Followed { read: *read }));
                hidden.push(marks.clone());
            }
        }
        let schema = arrow_schema(&numbered(&columns));
        let mut batches = Vec::with_capacity(rows.batches.len());
        let mut start = 0;
        for batch in &rows.batches {
            let mut arrays = batch.project(&positions).map_err(DataFusionError::from)?.columns().to_vec();
            arrays.extend(hidden.iter().map(|array| array.slice(start, batch.num_rows())));
            start += batch.num_rows();
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            let batch = RecordBatch::try_new_with_options(schema.clone(), arrays, &options);
            batches.push(batch.map_err(DataFusionError::from)?);
        }
        let key = self.next_key;
        self.next_key -= 1;
        keys.push(key);
        self.run.provide(key, memory_table(schema, batches)?, rows.count);
        // What was computed already is never computed from this.
        let nothing = Relation { operator: RelationOperator::OneRow, columns: Vec::new(), span: input.node.span };
        let operator = RelationOperator::Materialized { key, shared: Arc::new(nothing) };
        Ok(Relation { operator, columns, span: input.node.span })
    }

    /// The batches of a relation over leaves.
    pub async fn collect(&self, relation: &Relation) -> Result<Vec<RecordBatch>, EngineError> {
        let values = relation.columns.iter().map(|column| reference(column, relation.span)).collect();
        let relation = project(relation.clone(), numbered(&relation.columns), values, relation.span);
        Ok(self.engine.collect(&relation, self.run).await?.batches)
    }

    /// Takes the hidden columns off: the rows, and for each input how many each of its rows became.
    fn rows(
        &mut self,
        relation: &Relation,
        batches: Vec<RecordBatch>,
        inputs: &[Rows],
    ) -> Result<(Rows, Became), EngineError> {
        let count: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let mut became: Became = vec![None; inputs.len()];
        let mut marks: Vec<(usize, Vec<bool>)> = Vec::new();
        let mut visible = Vec::new();
        for (at, column) in relation.columns.iter().enumerate() {
            let (read, is_count) = match self.hidden.kind(column) {
                None => {
                    visible.push(at);
                    continue;
                }
                Some(Hidden::Row { input }) => {
                    let (Some(slot), Some(rows)) = (became.get_mut(input), inputs.get(input)) else { continue };
                    let counts = slot.get_or_insert_with(|| vec![0; rows.count]);
                    for batch in &batches {
                        let numbers = batch.column(at).as_primitive::<Int64Type>();
                        for number in numbers.iter().flatten() {
                            let row = usize::try_from(number).unwrap_or(usize::MAX);
                            counts.iter_mut().skip(row).take(1).for_each(|count| *count = count.saturating_add(1));
                        }
                    }
                    continue;
                }
                Some(Hidden::Followed { read }) => (read, false),
                Some(Hidden::Count { read }) => (read, true),
                Some(Hidden::Computed) => continue,
            };
            let own = match marks.iter().position(|(of, _)| *of == read) {
                Some(at) => at,
                None => {
                    marks.push((read, vec![false; count]));
                    marks.len() - 1
                }
            };
            let Some((_, own)) = marks.get_mut(own) else { continue };
            let mut slots = own.iter_mut();
            for batch in &batches {
                let array = batch.column(at);
                for row in 0..batch.num_rows() {
                    let is_followed = !array.is_null(row)
                        && match is_count {
                            true => array.as_primitive::<Int64Type>().value(row) > 0,
                            false => array.as_boolean().value(row),
                        };
                    if let Some(slot) = slots.next() {
                        *slot |= is_followed;
                    }
                }
            }
        }
        let columns = self.hidden.visible(&relation.columns).cloned().collect();
        let mut kept = Vec::with_capacity(batches.len());
        for batch in batches {
            kept.push(batch.project(&visible).map_err(DataFusionError::from)?);
        }
        let bytes = kept.iter().map(RecordBatch::get_array_memory_size).sum();
        self.memory.try_grow(bytes)?;
        let followed = marks.into_iter().map(|(read, marks)| (read, Arc::new(BooleanArray::from(marks)))).collect();
        Ok((Rows { columns, batches: kept, count, followed, bytes }, became))
    }

    /// Gives back what rows hold, unless others read them later.
    fn release(&mut self, rows: &Rows) {
        let is_shared = self.shared.values().any(|shared| match (shared.batches.first(), rows.batches.first()) {
            (Some(shared), Some(own)) => match (shared.columns().first(), own.columns().first()) {
                (Some(shared), Some(own)) => Arc::ptr_eq(shared, own),
                _ => false,
            },
            _ => false,
        });
        if !is_shared {
            self.memory.shrink(rows.bytes.min(self.memory.size()));
        }
    }
}

/// The columns under names that differ: those of operators within others need not.
fn numbered(columns: &[Column]) -> Vec<Column> {
    let numbered = columns.iter().enumerate().map(|(at, column)| Column { name: at.to_string(), ..column.clone() });
    numbered.collect()
}

/// Gives columns of an expression other ids.
fn rename<'c>(expression: &mut kql_semantics::Expr, own: &impl Fn(ColumnId) -> Option<&'c Column>) {
    let mut waiting = vec![expression];
    while let Some(expression) = waiting.pop() {
        match &mut expression.kind {
            ExprKind::Column(id) => *id = own(*id).map_or(*id, |column| column.id),
            ExprKind::Call { arguments, .. } => waiting.extend(arguments),
            ExprKind::InTable { value, .. } => waiting.push(value),
            ExprKind::Literal(_) | ExprKind::ToScalar(_) => {}
        }
    }
}
