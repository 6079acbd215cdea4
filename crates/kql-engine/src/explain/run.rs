//! Running a query stage by stage.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::Instant;

use datafusion::arrow::array::{Array, ArrayRef, AsArray, BooleanArray, Int64Array, RecordBatch, RecordBatchOptions};
use datafusion::arrow::datatypes::Int64Type;
use datafusion::error::DataFusionError;
use datafusion::execution::memory_pool::MemoryReservation;
use futures::future::BoxFuture;
use kql_semantics::{Column, ColumnId, ExprKind, Relation, RelationOperator};
use kql_types::Value;

use super::carry::{Carry, Hidden, HiddenColumns, project, reference};
use super::columns::{columns_of, needed};
use super::regions::{Input, Region, address, heart};
use super::{Branch, BranchKind, Detail, Explained, Followed, Loss, Pipeline, Read, Sample, Stage, Why, details, join};
use crate::subqueries::Run;
use crate::tables::{arrow_schema, memory_table};
use crate::{Engine, EngineError};

/// Rows that are shown of many.
pub(super) const SHOWN: usize = 3;

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
    let (pipeline, _) = explainer.pipeline(relation).await?;
    Ok(Explained { pipeline, reads: explainer.reads })
}

/// The rows that a stage gave.
#[derive(Clone, Debug, Default)]
pub(super) struct Rows {
    pub columns: Vec<Column>,
    pub batches: Vec<RecordBatch>,
    pub count: usize,
    /// For each read from which rows may derive, which of them do.
    pub followed: Vec<(usize, Arc<BooleanArray>)>,
    bytes: usize,
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
            let mut regions = Vec::new();
            let mut next = Some(Input { node: relation, shared: None });
            while let Some(input) = next {
                let known = input.shared.is_some_and(|(key, _)| self.shared.contains_key(&key));
                if known {
                    // The stage above finds its rows.
                    break;
                }
                let region = Region::of(input.shared.map_or(input.node, |(_, shared)| shared));
                next = region.pipe();
                regions.push((region, input.shared.map(|(key, _)| key)));
            }
            let mut pipeline = Pipeline::default();
            let mut rows = None;
            for (region, key) in regions.into_iter().rev() {
                let (stage, given) = self.stage(&region, rows.take()).await?;
                pipeline.stages.push(stage);
                if let Some(key) = key {
                    self.shared.insert(key, given.clone());
                }
                rows = Some(given);
            }
            Ok((pipeline, rows.unwrap_or_default()))
        })
    }

    /// One stage over the rows of the pipe before it.
    async fn stage(&mut self, region: &Region<'_>, pipe: Option<Rows>) -> Result<(Stage, Rows), EngineError> {
        let mut branches = Vec::new();
        let mut inputs = Vec::with_capacity(region.inputs.len());
        let core = heart(region.root);
        let mut pipe = pipe;
        for (at, input) in region.inputs.iter().enumerate() {
            if let Some(rows) = pipe.take() {
                inputs.push(rows);
                continue;
            }
            let known = input.shared.and_then(|(key, _)| self.shared.get(&key));
            let rows = match known {
                Some(rows) => rows.clone(),
                None => {
                    let (pipeline, rows) = self.pipeline(input.shared.map_or(input.node, |(_, shared)| shared)).await?;
                    if let Some((key, _)) = input.shared {
                        self.shared.insert(key, rows.clone());
                    }
                    let kind = match core.operator {
                        RelationOperator::Join(_) => BranchKind::Right,
                        RelationOperator::Union { .. } => BranchKind::Leg(at + 1),
                        _ => BranchKind::Table,
                    };
                    branches.push(Branch { kind, pipeline });
                    rows
                }
            };
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
        let relation = match region.root.operator {
            RelationOperator::Table { .. } | RelationOperator::ExternalData(_) | RelationOperator::Values { .. } => {
                self.source(region.root)
            }
            _ => Carry { leaves, needed: &self.needed, hidden: &mut self.hidden }.relation(region.root)?,
        };
        let started = Instant::now();
        let result = self.collect(&relation).await?;
        let elapsed = started.elapsed();
        let (rows, became) = self.rows(&relation, result, &inputs)?;
        let mut stage = Stage {
            span: region.root.span,
            rows_in: (!inputs.is_empty()).then(|| inputs.iter().map(|rows| rows.count).sum()),
            rows_out: rows.count,
            elapsed,
            detail: Detail::Other,
            branches,
            followed: Vec::new(),
        };
        self.describe(&relation, core, &inputs, &rows, &became, &mut stage).await?;
        for key in keys {
            self.run.forget(key);
        }
        inputs.iter().for_each(|rows| self.release(rows));
        Ok((stage, rows))
    }

    /// What there is to say of a stage, and what became of the followed rows in it.
    async fn describe(
        &mut self,
        relation: &Relation,
        core: &Relation,
        inputs: &[Rows],
        rows: &Rows,
        became: &[Option<Vec<u32>>],
        stage: &mut Stage,
    ) -> Result<(), EngineError> {
        let mut losses: Vec<(usize, Loss)> = Vec::new();
        stage.detail = match (&core.operator, &heart(relation).operator) {
            (RelationOperator::Table { name }, _) => {
                if let Some((read, followed)) = rows.followed.first() {
                    let rows = followed.true_count();
                    self.reads.push(Read { span: relation.span, rows });
                    let followed = Followed {
                        read: *read,
                        before: rows,
                        after: Some(rows),
                        lost: 0,
                        losses: Vec::new(),
                        samples: Vec::new(),
                    };
                    stage.followed.push(followed);
                }
                stage.detail = Detail::Table(name.clone());
                return Ok(());
            }
            (RelationOperator::ExternalData(_) | RelationOperator::Values { .. }, _) => Detail::Source,
            (_, RelationOperator::Filter { input, predicate }) => {
                let (conjuncts, found) = details::conjuncts(self, input, predicate).await?;
                losses = found;
                Detail::Where(conjuncts)
            }
            (_, RelationOperator::Join(join)) => {
                let (detail, found) = join::matches(self, join).await?;
                losses = found;
                Detail::Join(detail)
            }
            (RelationOperator::Aggregate { .. } | RelationOperator::Distinct { .. }, _) => Detail::Groups,
            (RelationOperator::MvExpand(_), _) => {
                let counts = became.first().and_then(Option::as_ref);
                let most = counts.and_then(|counts| counts.iter().max()).map_or(0, |most| *most as usize);
                let none = counts.map_or(0, |counts| counts.iter().filter(|count| **count == 0).count());
                Detail::Expand { most, none }
            }
            (RelationOperator::Union { .. }, _) => Detail::Union,
            (RelationOperator::Take { .. } | RelationOperator::Top { .. }, _) => Detail::Limit,
            _ => Detail::Other,
        };
        let mut reads: Vec<usize> =
            inputs.iter().flat_map(|rows| rows.followed.iter().map(|(read, _)| *read)).collect();
        reads.sort_unstable();
        reads.dedup();
        for read in reads {
            let mut followed = Followed {
                read,
                before: 0,
                after: None,
                lost: 0,
                losses: losses.iter().filter(|(of, _)| *of == read).map(|(_, loss)| loss.clone()).collect(),
                samples: Vec::new(),
            };
            for (input, became) in inputs.iter().zip(became) {
                let Some((_, marks)) = input.followed.iter().find(|(of, _)| *of == read) else { continue };
                followed.before += marks.true_count();
                if let Some(became) = became {
                    let lost = marks.iter().zip(became).filter(|(mark, count)| *mark == Some(true) && **count == 0);
                    followed.lost += lost.count();
                }
            }
            let marks = rows.followed.iter().find(|(of, _)| *of == read).map(|(_, marks)| marks);
            followed.after = marks.map(|marks| marks.true_count());
            if let Some(marks) = marks
                && followed.losses.is_empty()
                && followed.lost > 0
            {
                let rows = followed.lost;
                followed.losses.push(match stage.detail {
                    Detail::Expand { .. } => Loss::Empty { rows },
                    Detail::Limit => Loss::Limit { rows },
                    _ => Loss::Other { rows },
                });
                debug_assert!(marks.len() == stage.rows_out);
            }
            if let (Some(marks), RelationOperator::Aggregate { by, .. }) = (marks, &heart(relation).operator) {
                // The groups are told by their keys, of which a result has those that follow it.
                let shown: Vec<Column> = heart(relation).columns.iter().take(by.len()).cloned().collect();
                followed.samples = samples(rows, marks, &shown);
            } else if let Some(marks) = marks {
                let shown: Vec<Column> = rows.columns.iter().take(4).cloned().collect();
                followed.samples = samples(rows, marks, &shown);
            }
            stage.followed.push(followed);
        }
        Ok(())
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
        numbered: Option<usize>,
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
        if let Some(input) = numbered {
            columns.push(self.hidden.column(Hidden::Row { input }));
            let count = i64::try_from(rows.count).unwrap_or(i64::MAX);
            hidden.push(Arc::new(Int64Array::from_iter_values(0..count)));
            for (read, marks) in &rows.followed {
                columns.push(self.hidden.column(Hidden::Followed { read: *read }));
                hidden.push(marks.clone());
            }
        }
        let schema = arrow_schema(&columns);
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
        Ok(self.engine.collect(relation, self.run).await?.batches)
    }

    /// Takes the hidden columns off: the rows, and for each input how many each of its rows became.
    fn rows(
        &mut self,
        relation: &Relation,
        batches: Vec<RecordBatch>,
        inputs: &[Rows],
    ) -> Result<(Rows, Vec<Option<Vec<u32>>>), EngineError> {
        let count: usize = batches.iter().map(RecordBatch::num_rows).sum();
        let mut became: Vec<Option<Vec<u32>>> = vec![None; inputs.len()];
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

/// The first of the marked rows that differ in these columns.
fn samples(rows: &Rows, marks: &BooleanArray, columns: &[Column]) -> Vec<Sample> {
    let positions: Vec<(usize, &Column)> = columns
        .iter()
        .filter_map(|column| Some((rows.columns.iter().position(|own| own.id == column.id)?, column)))
        .collect();
    let mut found: Vec<Sample> = Vec::new();
    let mut start = 0;
    for batch in &rows.batches {
        for row in 0..batch.num_rows() {
            if !(marks.is_valid(start + row) && marks.value(start + row)) {
                continue;
            }
            let sample: Sample = positions
                .iter()
                .filter_map(|(at, column)| {
                    let value = Value::from_array(batch.column(*at).as_ref(), row, column.scalar_type);
                    Some((column.name.clone(), value?))
                })
                .collect();
            add_sample(&mut found, sample);
            if found.len() == SHOWN {
                return found;
            }
        }
        start += batch.num_rows();
    }
    found
}

/// Adds a sample that is unlike those before it, as long as there are few.
pub(super) fn add_sample(samples: &mut Vec<Sample>, sample: Sample) {
    if samples.len() < SHOWN && !sample.is_empty() && !samples.contains(&sample) {
        samples.push(sample);
    }
}
