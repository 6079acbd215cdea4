//! The queries of `../shared/corpus`, where they are at hand: each one that binds runs, on rows made for it.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use kql_engine::{Engine, EngineOptions, QueryResult, RunOptions};
use kql_samples::{SampleOptions, sample, sample_table};
use kql_semantics::{BindContext, Tables};
use kql_syntax::{Diagnostic, Severity};
use kql_tables::{TableOptions, TableSet};
use kql_types::Schema;

use crate::support::{NOW, shared};

/// How many queries fail: for what is not supported yet, and by their own fault.
const FAILING: usize = 83;

/// The built-in schemas alone.
struct Catalog;

impl Tables for Catalog {
    fn schema(&self, name: &str) -> Option<Schema> {
        kql_catalog::table(name)
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

#[test]
fn every_query_that_binds_runs_on_rows_made_for_it() {
    let Some(corpus) = shared("corpus/hunting.jsonl") else { return };
    let engine = Engine::new(&EngineOptions { threads: 2, ..EngineOptions::default() }).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let (mut bind, mut hit) = (0, 0);
    let mut failures: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut slowest = (Duration::ZERO, String::new());
    for line in corpus.lines() {
        let case: serde_json::Value = serde_json::from_str(line).unwrap();
        let (id, query) = (case["id"].as_str().unwrap(), case["query"].as_str().unwrap());
        let parsed = kql_syntax::parse(query);
        let judged = kql_semantics::check(&parsed.query, &BindContext::new(&Catalog, NOW));
        let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
        if parsed.diagnostics.iter().chain(&judged.diagnostics).any(is_error) {
            continue;
        }
        bind += 1;
        let tables = tables(query, &parsed.query);
        let started = Instant::now();
        let outcome = runtime.block_on(async {
            let run = run(&engine, &parsed.query, &tables);
            tokio::time::timeout(Duration::from_secs(60), run).await.unwrap_or_else(|_| Err("took too long".to_owned()))
        });
        slowest = slowest.max((started.elapsed(), id.to_owned()));
        match outcome {
            Ok(rows) => hit += usize::from(rows > 0),
            Err(message) => failures.entry(message).or_default().push(id.to_owned()),
        }
    }
    let failed: usize = failures.values().map(Vec::len).sum();
    println!("{bind} queries bind, {} run, {hit} of them with rows; slowest: {slowest:?}", bind - failed);
    let report: Vec<String> =
        failures.iter().map(|(message, ids)| format!("{} × {message} {ids:?}", ids.len())).collect();
    assert!(failed <= FAILING, "{}", report.join("\n"));
    assert!(hit * 2 > bind, "rows made for a query should get through most of the queries: {hit} of {bind}");
}

/// Rows for every table that a query reads, or names: what a fuzzy `union` or `table(name)` reads, a plan may not show.
fn tables(text: &str, query: &kql_syntax::tree::Query) -> TableSet {
    let options = SampleOptions { rows: 60, seed: 1, now: NOW };
    let bound = kql_semantics::bind(query, &BindContext::new(&Catalog, NOW));
    let mut samples = sample(bound.results.iter().map(|result| &result.relation), &options);
    for word in text.split(|character: char| !character.is_alphanumeric() && character != '_') {
        if let Some(schema) = kql_catalog::table(word) {
            samples.entry(word.to_owned()).or_insert_with(|| sample_table(word, &schema, &options));
        }
        if let Some(schema) = function_result(word) {
            samples.entry(word.to_owned()).or_insert_with(|| sample_table(word, &schema, &options));
        }
    }
    let mut tables = TableSet::new(TableOptions::default());
    for (name, table) in samples {
        tables.add_bytes(name, table.to_ndjson().into_bytes()).unwrap();
    }
    tables
}

/// The columns of the table that stands in for a stored function.
fn function_result(name: &str) -> Option<Schema> {
    let function = kql_catalog::stored_function(name)?;
    if name != "FileProfile" {
        return (!function.is_open && function.body.is_none()).then_some(function.columns);
    }
    let query = kql_syntax::parse("print SHA1 = '' | invoke FileProfile()").query;
    let bound = kql_semantics::check(&query, &BindContext::new(&Catalog, NOW));
    let columns = &bound.first()?.columns;
    Some(columns.iter().map(|column| (column.name.clone(), column.scalar_type)).collect())
}

/// How many rows a query gives, or why it does not run.
async fn run(engine: &Engine, query: &kql_syntax::tree::Query, tables: &TableSet) -> Result<usize, String> {
    let context = BindContext::new(tables, NOW);
    let bound = engine.bind(query, &context, tables, RunOptions::default()).await.map_err(|error| error.to_string())?;
    let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
    if let Some(problem) = bound.diagnostics.iter().find(is_error).or(bound.unsupported.first()) {
        return Err(problem.message.clone());
    }
    let results = engine.run_all(&bound.results, tables, RunOptions::default()).await;
    Ok(results.map_err(|error| error.to_string())?.iter().map(QueryResult::row_count).sum())
}
