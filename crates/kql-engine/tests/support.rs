//! From query text to an answer, as every test here asks for it.

use std::path::PathBuf;
use std::sync::LazyLock;

use kql_engine::explain::Explained;
use kql_engine::{Engine, EngineOptions, RunOptions};
use kql_semantics::{BindContext, BoundResult, Relation, Tables};
use kql_syntax::{Diagnostic, Severity};
use kql_tables::NoTables;
use kql_types::{ScalarType, Schema, Value, ticks};

/// Two threads, so that partitions show also where the machine has one.
static ENGINE: LazyLock<Engine> =
    LazyLock::new(|| Engine::new(&EngineOptions { threads: 2, ..EngineOptions::default() }).unwrap());

/// The answer of a query.
#[derive(Debug, PartialEq)]
pub struct Answer {
    pub name: Option<String>,
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
pub const NOW: i64 = ticks::UNIX_EPOCH + 1_715_941_230 * ticks::PER_SECOND;

/// The bound plan of a query, or what is wrong with it.
pub fn bound(query: &str) -> Result<Relation, Diagnostic> {
    bound_results(query).map(|mut results| results.remove(0).relation)
}

/// The bound results of a query.
fn bound_results(query: &str) -> Result<Vec<BoundResult>, Diagnostic> {
    let parsed = kql_syntax::parse(query);
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    if let Some(error) = parsed.diagnostics.into_iter().find(is_error) {
        return Err(error);
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let context = BindContext::new(&Nothing, NOW);
    let bound = runtime.block_on(ENGINE.bind(&parsed.query, &context, &NoTables, RunOptions::default()));
    let bound = bound.map_err(|error| error.diagnostic())?;
    let mut problems = bound.diagnostics.into_iter().filter(is_error).chain(bound.unsupported);
    match (problems.next(), bound.results.is_empty()) {
        (Some(problem), _) => Err(problem),
        (None, false) => Ok(bound.results),
        (None, true) => Err(Diagnostic::error("", "the query has no tabular result", Default::default())),
    }
}

/// Runs a query for its first result.
pub fn answer(query: &str, wire: bool) -> Result<Answer, Diagnostic> {
    answers(query, wire).map(|mut answers| answers.remove(0))
}

/// Runs a query for all of its results.
pub fn answers(query: &str, wire: bool) -> Result<Vec<Answer>, Diagnostic> {
    let results = bound_results(query)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let answers = runtime.block_on(ENGINE.run_all(&results, &NoTables, RunOptions { wire }));
    let answers = answers.map_err(|error| error.diagnostic())?;
    let named = answers.into_iter().zip(&results).map(|(result, BoundResult { name, .. })| {
        let rows = result.rows().collect();
        Answer { name: name.clone(), columns: result.columns, rows }
    });
    Ok(named.collect())
}

/// A query stage by stage, each of its results.
pub fn stages(query: &str) -> Result<Vec<Explained>, Diagnostic> {
    let results = bound_results(query)?;
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap();
    let explain = |result: &BoundResult| runtime.block_on(ENGINE.explain_stages(&result.relation, &NoTables, None));
    results.iter().map(|result| explain(result).map_err(|error| error.diagnostic())).collect()
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

/// A file of `../shared`, seen from the repository or from a working tree one folder deeper.
pub fn shared(path: &str) -> Option<String> {
    let found = ["../shared", "../../shared"].iter().map(|up| repository().join(up).join(path)).find(|it| it.exists());
    if found.is_none() {
        eprintln!("skipped: ../shared/{path} is not there");
    }
    found.and_then(|path| std::fs::read_to_string(path).ok())
}
