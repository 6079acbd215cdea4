//! From query text to an answer, as every test here asks for it.

use std::path::PathBuf;
use std::sync::LazyLock;

use kql_engine::{Engine, EngineOptions, RunOptions};
use kql_semantics::{BindContext, Relation, Tables};
use kql_syntax::{Diagnostic, Severity};
use kql_tables::NoTables;
use kql_types::{ScalarType, Schema, Value, ticks};

/// Two threads, so that partitions show also where the machine has one.
static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(&EngineOptions { threads: 2, ..EngineOptions::default() }).unwrap());

/// The answer of a query.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub columns: Vec<(String, ScalarType)>,
    pub rows: Vec<Vec<Value>>,
}

struct Nothing;

impl Tables for Nothing {
    fn schema(&self, _name: &str) -> Option<Schema> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

/// 2024-05-17T10:20:30Z: what `now()` is in these tests.
const NOW: i64 = ticks::UNIX_EPOCH + 1_715_941_230 * ticks::PER_SECOND;

/// The bound plan of a query, or what is wrong with it.
pub fn bound(query: &str) -> Result<Relation, Diagnostic> {
    let parsed = kql_syntax::parse(query);
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    if let Some(error) = parsed.diagnostics.into_iter().find(is_error) {
        return Err(error);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let context = BindContext { tables: &Nothing, now: NOW };
    let bound = runtime.block_on(ENGINE.bind(&parsed.query, &context, &NoTables, RunOptions::default()));
    let bound = bound.map_err(|error| error.diagnostic())?;
    let mut problems = bound.diagnostics.into_iter().filter(is_error).chain(bound.unsupported);
    match (problems.next(), bound.relation) {
        (Some(problem), _) => Err(problem),
        (None, Some(relation)) => Ok(relation),
        (None, None) => Err(Diagnostic::error("", "the query has no tabular result", Default::default())),
    }
}

/// Runs a query.
pub fn answer(query: &str, wire: bool) -> Result<Answer, Diagnostic> {
    let relation = bound(query)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let result = runtime.block_on(ENGINE.run(&relation, &NoTables, RunOptions { wire }));
    let result = result.map_err(|error| error.diagnostic())?;
    let rows = result.rows().collect();
    Ok(Answer { columns: result.columns, rows })
}

/// The plan of a query as text: lowered, optimised, physical.
pub fn explained(query: &str) -> String {
    let relation = bound(query).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let explanation = runtime.block_on(ENGINE.explain(&relation, &NoTables)).unwrap();
    format!("{}\n\n{}\n\n{}", explanation.lowered, explanation.optimized, explanation.physical)
}

/// The root of the repository.
pub fn repository() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}
