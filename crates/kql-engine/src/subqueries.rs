//! What must be known before a query can be planned: `materialize`d tables, `toscalar` values and the sets of
//! `in (table)`, each computed once, inner ones first.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use datafusion::arrow::array::Array;
use datafusion::arrow::compute::concat;
use datafusion::catalog::TableProvider;
use datafusion::common::ScalarValue;
use datafusion::error::DataFusionError;
use futures::future::BoxFuture;
use kql_semantics::{ExprKind, Relation, RelationOperator};
use kql_syntax::Span;
use kql_tables::TableSource;
use kql_types::Value;

use crate::functions::InSet;
use crate::held_rows::{HeldMemory, Purpose};
use crate::{Engine, EngineError, RunOptions, operators};

/// One run of a query, its subqueries included.
pub(crate) struct Run<'a> {
    pub tables: &'a dyn TableSource,
    pub options: RunOptions,
    /// By their keys, so that no subquery computes again what another did.
    materialized: Mutex<HashMap<usize, Materialized>>,
}

impl<'a> Run<'a> {
    pub fn new(tables: &'a dyn TableSource, options: RunOptions) -> Run<'a> {
        Run { tables, options, materialized: Mutex::default() }
    }

    /// Puts rows in the place of a `materialize` of this key.
    pub fn provide(&self, key: usize, table: Arc<dyn TableProvider>, rows: usize) {
        self.materialized().insert(key, Materialized { table, rows, memory: Vec::new() });
    }

    /// Lets the rows of a `materialize` go.
    pub fn forget(&self, key: usize) {
        self.materialized().remove(&key);
    }

    /// The memory that is held as long as the query runs.
    pub fn memory(&self) -> HeldMemory {
        self.materialized().values().flat_map(|materialized| materialized.memory.clone()).collect()
    }

    fn materialized(&self) -> MutexGuard<'_, HashMap<usize, Materialized>> {
        self.materialized.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The rows of a `materialize`.
#[derive(Clone, Debug)]
struct Materialized {
    table: Arc<dyn TableProvider>,
    rows: usize,
    /// What the rows take, if nobody else has counted it.
    memory: HeldMemory,
}

/// The answers of a query's subqueries.
#[derive(Debug, Default)]
pub(crate) struct Subqueries {
    materialized: HashMap<usize, Materialized>,
    // By the address of the subquery in the bound plan, which outlives the lowering.
    scalars: HashMap<usize, ScalarValue>,
    sets: HashMap<usize, InSet>,
}

impl Subqueries {
    /// Runs the subqueries of a relation.
    pub fn answer<'a>(
        engine: &'a Engine,
        relation: &'a Relation,
        run: &'a Run<'a>,
    ) -> BoxFuture<'a, Result<Subqueries, EngineError>> {
        Box::pin(async move {
            let mut found = Vec::new();
            collect(relation, &mut found);
            let mut answers = Subqueries::default();
            for subquery in found {
                match subquery {
                    Subquery::Materialized { key, relation } => {
                        let table = materialize(engine, key, relation, run).await?;
                        answers.materialized.insert(key, table);
                    }
                    Subquery::Scalar(relation) => {
                        answers.scalars.insert(address(relation), scalar(engine, relation, run).await?);
                    }
                    Subquery::Set { relation, ignore_case } => {
                        answers.sets.insert(address(relation), set(engine, relation, ignore_case, run).await?);
                    }
                }
            }
            Ok(answers)
        })
    }

    /// The table of a `materialize`.
    pub fn table(&self, key: usize) -> Option<&Arc<dyn TableProvider>> {
        self.materialized.get(&key).map(|materialized| &materialized.table)
    }

    /// How many rows the tables of a relation have, when all of them are in memory.
    pub fn rows_in_memory(&self, relation: &Relation) -> Option<usize> {
        let mut rows: usize = 0;
        let mut waiting = vec![relation];
        while let Some(relation) = waiting.pop() {
            let own = match &relation.operator {
                RelationOperator::Table { .. } | RelationOperator::ExternalData(_) => return None,
                RelationOperator::Values { rows } => rows.len(),
                RelationOperator::OneRow => 1,
                RelationOperator::Range { from, to, step } => {
                    usize::try_from(operators::range::count(from, to, step).ok()?).ok()?
                }
                RelationOperator::Materialized { key, .. } => self.materialized.get(key)?.rows,
                _ => 0,
            };
            rows = rows.checked_add(own)?;
            waiting.extend(relation.operator.inputs());
        }
        Some(rows)
    }

    /// The value of a `toscalar`.
    pub fn scalar(&self, relation: &Relation) -> Option<&ScalarValue> {
        self.scalars.get(&address(relation))
    }

    /// The set of an `in (table)`.
    pub fn set(&self, relation: &Relation) -> Option<&InSet> {
        self.sets.get(&address(relation))
    }
}

async fn materialize(
    engine: &Engine,
    key: usize,
    relation: &Relation,
    run: &Run<'_>,
) -> Result<Materialized, EngineError> {
    if let Some(materialized) = run.materialized().get(&key) {
        return Ok(materialized.clone());
    }
    let held = engine.hold(relation, run, Purpose::Table { may_spill: !run.options.wire }).await?;
    let rows = held.count();
    let (table, memory) = held.into_table()?;
    let materialized = Materialized { table, rows, memory };
    run.materialized().insert(key, materialized.clone());
    Ok(materialized)
}

async fn scalar(engine: &Engine, relation: &Relation, run: &Run<'_>) -> Result<ScalarValue, EngineError> {
    let held = engine.hold(relation, run, Purpose::Scalar).await?;
    let (batches, _) = held.into_batches()?;
    let first = batches.iter().find(|batch| batch.num_rows() > 0).and_then(|batch| batch.columns().first());
    match (first, relation.columns.first()) {
        (Some(array), _) => Ok(ScalarValue::try_from_array(array, 0)?),
        (None, Some(column)) => Ok(ScalarValue::try_from_array(&Value::null(column.scalar_type).to_array(), 0)?),
        (None, None) => Err(EngineError::new("toscalar needs a column").at(relation.span)),
    }
}

async fn set(engine: &Engine, relation: &Relation, ignore_case: bool, run: &Run<'_>) -> Result<InSet, EngineError> {
    let Some(column) = relation.columns.first() else {
        return Err(EngineError::new("a table to the right of in needs a column").at(relation.span));
    };
    // The same value may come from many rows.
    let distinct = Relation {
        operator: RelationOperator::Distinct { input: Box::new(relation.clone()) },
        columns: relation.columns.clone(),
        span: relation.span,
    };
    let held = engine.hold(&distinct, run, Purpose::Set).await?;
    let (batches, memory) = held.into_batches()?;
    let arrays: Vec<&dyn Array> =
        batches.iter().filter_map(|batch| batch.columns().first()).map(AsRef::as_ref).collect();
    let values = if arrays.is_empty() {
        Value::null(column.scalar_type).to_array().slice(0, 0)
    } else {
        concat(&arrays).map_err(DataFusionError::from)?
    };
    Ok(InSet::new(values, ignore_case, memory)?)
}

fn address(relation: &Relation) -> usize {
    std::ptr::from_ref(relation) as usize
}

/// A subquery that stands in a relation, not within another subquery.
enum Subquery<'a> {
    Materialized { key: usize, relation: &'a Relation },
    Scalar(&'a Relation),
    Set { relation: &'a Relation, ignore_case: bool },
}

/// Gathers the subqueries of a relation with a stack of its own, for pipes may be long.
fn collect<'a>(relation: &'a Relation, found: &mut Vec<Subquery<'a>>) {
    let mut waiting = vec![relation];
    while let Some(relation) = waiting.pop() {
        if let RelationOperator::Materialized { key, shared } = &relation.operator {
            found.push(Subquery::Materialized { key: *key, relation: shared });
            continue;
        }
        waiting.extend(relation.operator.inputs());
        let mut expressions = relation.operator.expressions();
        while let Some(expression) = expressions.pop() {
            match &expression.kind {
                ExprKind::Column(_) | ExprKind::Literal(_) => {}
                ExprKind::Call { arguments, .. } => expressions.extend(arguments),
                ExprKind::ToScalar(table) => found.push(Subquery::Scalar(table)),
                ExprKind::InTable { value, table, ignore_case, .. } => {
                    expressions.push(value);
                    found.push(Subquery::Set { relation: table, ignore_case: *ignore_case });
                }
            }
        }
    }
}

/// Where a relation calls a function, subqueries not counted; aggregates by their first arguments.
pub(crate) fn calls_of(relation: &Relation, function: &str) -> Vec<Span> {
    let mut calls = Vec::new();
    let mut waiting = vec![relation];
    while let Some(relation) = waiting.pop() {
        waiting.extend(relation.operator.inputs());
        if let RelationOperator::Plugin(call) = &relation.operator
            && call.plugin == function
        {
            calls.push(relation.span);
        }
        if let RelationOperator::Aggregate { aggregations, .. } = &relation.operator {
            let failed = aggregations.iter().filter(|each| each.aggregate.aggregate.name == function);
            calls.extend(failed.map(|each| each.arguments.first().map_or(relation.span, |argument| argument.span)));
        }
        let mut expressions = relation.operator.expressions();
        while let Some(expression) = expressions.pop() {
            if let ExprKind::Call { function: called, arguments } = &expression.kind {
                if called.function.name == function {
                    calls.push(expression.span);
                }
                expressions.extend(arguments);
            }
        }
    }
    calls
}
