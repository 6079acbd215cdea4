//! The queries of `../shared/corpus`, where they are at hand: each one that binds runs, on rows made for it.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use kql_engine::explain::{Why, tables_of};
use kql_engine::{Engine, EngineOptions, QueryResult, RunOptions};
use kql_samples::{SampleOptions, sample, sample_table};
use kql_semantics::{BindContext, Expr, ExprKind, Relation, Tables};
use kql_syntax::{Diagnostic, Severity};
use kql_tables::{TableOptions, TableSet};
use kql_types::{ScalarType, Schema, Value};
use tokio::runtime::Runtime;

use crate::support::{NOW, repository, shared};

/// How many queries fail by their own fault: a literal that is no time, regular expressions that are none, columns of
/// unpacked bags that the rows do not have, or have already; and those that read a service of the cloud.
const FAILING: usize = 7;

/// One query of so many also runs stage by stage, which takes as long again.
const EXPLAINED: usize = 4;

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

/// What became of the queries.
#[derive(Default)]
struct Tally {
    bind: usize,
    /// How many of them gave rows.
    hit: usize,
    /// Which failed, by the message.
    failures: BTreeMap<String, Vec<String>>,
    /// Which fail when they run stage by stage, or end with other rows.
    explained_otherwise: Vec<String>,
    slowest: (Duration, String),
}

#[test]
fn every_query_that_binds_runs_on_rows_made_for_it() {
    let Some(corpus) = shared("corpus/hunting.jsonl") else { return };
    // One made for tests: every address from 128.0.0.0 on lies in Berne.
    kql_functions::geolocation::use_database(&repository().join("crates/kql-engine/tests/data/berne.mmdb"));
    let next = AtomicUsize::new(0);
    let lines: Vec<&str> = corpus.lines().collect();
    let workers: Vec<Tally> = std::thread::scope(|scope| {
        let worker = || {
            let mut tally = Tally::default();
            let folder = tempfile::tempdir().unwrap();
            let engine = Engine::new(&EngineOptions { threads: 1, ..EngineOptions::default() }).unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            while let Some(line) = lines.get(next.fetch_add(1, Ordering::Relaxed)) {
                try_query(line, &engine, &runtime, folder.path(), &mut tally);
            }
            tally
        };
        let handles = [scope.spawn(worker), scope.spawn(worker)];
        handles.into_iter().map(|handle| handle.join().unwrap()).collect()
    });
    let mut all = Tally::default();
    for tally in workers {
        all.bind += tally.bind;
        all.hit += tally.hit;
        all.slowest = all.slowest.max(tally.slowest);
        all.explained_otherwise.extend(tally.explained_otherwise);
        for (message, ids) in tally.failures {
            all.failures.entry(message).or_default().extend(ids);
        }
    }
    let Tally { bind, hit, failures, explained_otherwise, slowest } = all;
    let failed: usize = failures.values().map(Vec::len).sum();
    println!("{bind} queries bind, {} run, {hit} of them with rows; slowest: {slowest:?}", bind - failed);
    let report: Vec<String> =
        failures.iter().map(|(message, ids)| format!("{} × {message} {ids:?}", ids.len())).collect();
    println!("{}", report.join("\n"));
    assert!(failed <= FAILING, "{}", report.join("\n"));
    assert!(explained_otherwise.is_empty(), "stage by stage they give something else: {explained_otherwise:#?}");
    assert!(hit * 2 > bind, "rows made for a query should get through most of the queries: {hit} of {bind}");
}

fn try_query(line: &str, engine: &Engine, runtime: &Runtime, folder: &Path, tally: &mut Tally) {
    let case: serde_json::Value = serde_json::from_str(line).unwrap();
    let (id, query) = (case["id"].as_str().unwrap(), case["query"].as_str().unwrap());
    let parsed = kql_syntax::parse(query);
    let judged = kql_semantics::check(&parsed.query, &BindContext::new(&Catalog, NOW));
    let is_error = |diagnostic: &Diagnostic| diagnostic.severity == Severity::Error;
    if parsed.diagnostics.iter().chain(&judged.diagnostics).any(is_error) {
        return;
    }
    tally.bind += 1;
    let tables = tables(query, &parsed.query, folder);
    let started = Instant::now();
    let outcome = runtime.block_on(async {
        let run = run(engine, &parsed.query, &tables, tally.bind.is_multiple_of(EXPLAINED));
        tokio::time::timeout(Duration::from_secs(60), run).await.unwrap_or_else(|_| Err("took too long".to_owned()))
    });
    let took = (started.elapsed(), id.to_owned());
    tally.slowest = std::mem::take(&mut tally.slowest).max(took);
    match outcome {
        Ok((rows, otherwise)) => {
            tally.hit += usize::from(rows > 0);
            tally.explained_otherwise.extend(otherwise.map(|what| format!("{id}: {what}")));
        }
        Err(message) => tally.failures.entry(message).or_default().push(id.to_owned()),
    }
}

/// Rows for every table that a query reads, or names: what a fuzzy `union` or `table(name)` reads, a plan may not show.
fn tables(text: &str, query: &kql_syntax::tree::Query, folder: &Path) -> TableSet {
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
    // A `search` names no table: it looks into those there are.
    if samples.is_empty() {
        for name in ["SecurityEvent", "SigninLogs"] {
            if let Some(schema) = kql_catalog::table(name) {
                samples.insert(name.to_owned(), sample_table(name, &schema, &options));
            }
        }
    }
    let mut tables = TableSet::new(TableOptions::default());
    for (position, (name, table)) in samples.into_iter().enumerate() {
        if !name.contains("://") {
            tables.add_bytes(name, table.to_ndjson().into_bytes()).unwrap();
            continue;
        }
        // What a query fetches is a file here.
        let file = folder.join(format!("external-{position}"));
        let spaceless: String = text.chars().filter(|character| !character.is_whitespace()).collect();
        let is_json = name.ends_with("json")
            || ["format=\"", "format='", "format=@\"", "format="]
                .iter()
                .any(|start| ["json", "multijson"].iter().any(|name| spaceless.contains(&format!("{start}{name}"))));
        std::fs::write(&file, if is_json { table.to_ndjson() } else { table.to_csv() }).unwrap();
        tables.add_external(name, file.to_string_lossy());
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

/// How many rows a query gives, and what is otherwise when it runs stage by stage; or why it does not run.
async fn run(
    engine: &Engine,
    query: &kql_syntax::tree::Query,
    tables: &TableSet,
    is_explained: bool,
) -> Result<(usize, Option<String>), String> {
    let context = BindContext::new(tables, NOW);
    let bound = engine.bind(query, &context, tables, RunOptions::default()).await.map_err(|error| error.to_string())?;
    let is_error = |diagnostic: &&Diagnostic| diagnostic.severity == Severity::Error;
    if let Some(problem) = bound.diagnostics.iter().find(is_error).or(bound.unsupported.first()) {
        return Err(problem.message.clone());
    }
    let results = engine.run_all(&bound.results, tables, RunOptions::default()).await;
    let results = results.map_err(|error| error.to_string())?;
    let rows = results.iter().map(QueryResult::row_count).sum();
    let mut otherwise = None;
    for (bound, result) in bound.results.iter().zip(&results).filter(|_| is_explained) {
        otherwise = otherwise.or(explained(engine, &bound.relation, tables, result.row_count()).await);
    }
    Ok((rows, otherwise))
}

/// What is otherwise when a plan runs stage by stage, all rows of its first table followed.
async fn explained(engine: &Engine, relation: &Relation, tables: &TableSet, rows: usize) -> Option<String> {
    let table = tables_of(relation).into_iter().next().unwrap_or_default();
    let yes = ExprKind::Literal(Value::Bool(true));
    let predicate = Expr { kind: yes, scalar_type: ScalarType::Bool, span: Default::default() };
    let why = Why { table, columns: Vec::new(), predicate };
    match engine.explain_stages(relation, tables, Some(&why)).await {
        Err(error) => Some(error.to_string()),
        Ok(explained) => {
            let last = explained.pipeline.stages.last().map_or(0, |stage| stage.rows_out);
            (last != rows).then(|| format!("{rows} rows, but {last} stage by stage"))
        }
    }
}
