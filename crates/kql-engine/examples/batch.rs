//! Answers a file of cases, one JSON line each: `{"id", "query"}` in, `{"id", "columns", "rows"}` or
//! `{"id", "error"}` out. `KQL_WIRE=1` sends every plan over the wire.

use std::io::Write;

use kql_engine::{Engine, EngineOptions, RunOptions};
use kql_semantics::{BindContext, Tables, bind};
use kql_syntax::Severity;
use kql_tables::NoTables;
use kql_types::{Schema, Value, ticks};
use serde_json::{Value as Json, json};

struct Nothing;

impl Tables for Nothing {
    fn schema(&self, _name: &str) -> Option<Schema> {
        None
    }

    fn names(&self) -> Vec<String> {
        Vec::new()
    }
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let path = std::env::args().nth(1).ok_or("the path of the cases is missing")?;
    let options = RunOptions::from_environment();
    let engine = Engine::new(&EngineOptions::default())?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut out = std::io::stdout();
    for line in std::fs::read_to_string(path)?.lines() {
        let case: Json = serde_json::from_str(line)?;
        let query = case["query"].as_str().unwrap_or_default();
        let mut answer = answer(&engine, &runtime, query, options).unwrap_or_else(|error| json!({ "error": error }));
        answer["id"] = case["id"].clone();
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}

fn answer(
    engine: &Engine,
    runtime: &tokio::runtime::Runtime,
    query: &str,
    options: RunOptions,
) -> Result<Json, String> {
    let parsed = kql_syntax::parse(query);
    let since_epoch = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).map_err(|e| e.to_string())?;
    let now = ticks::UNIX_EPOCH + (since_epoch.as_nanos() / 100) as i64;
    let bound = bind(&parsed.query, &BindContext { tables: &Nothing, now });
    let problems = parsed.diagnostics.into_iter().chain(bound.diagnostics);
    let mut problems = problems.filter(|problem| problem.severity == Severity::Error).chain(bound.unsupported);
    if let Some(problem) = problems.next() {
        return Err(format!("{}: {}", problem.code, problem.message));
    }
    let relation = bound.relation.ok_or("the query has no tabular result")?;
    let result = runtime.block_on(engine.run(&relation, &NoTables, options)).map_err(|error| error.to_string())?;
    let columns: Vec<Json> =
        result.columns.iter().map(|(name, kind)| json!({ "name": name, "type": kind.name() })).collect();
    let rows: Vec<Vec<Json>> = result.rows().map(|row| row.iter().map(cell).collect()).collect();
    Ok(json!({ "columns": columns, "rows": rows }))
}

fn cell(value: &Value) -> Json {
    match value {
        Value::Null(_) => Json::Null,
        Value::Bool(value) => json!(value),
        Value::Int(value) => json!(value),
        Value::Long(value) => json!(value),
        Value::Real(value) if value.is_finite() => json!(value),
        Value::Real(value) if value.is_nan() => json!("NaN"),
        Value::Real(value) => json!(if *value > 0.0 { "Infinity" } else { "-Infinity" }),
        Value::Decimal(_) => serde_json::from_str(&value.to_text()).unwrap_or_else(|_| json!(value.to_text())),
        Value::Dynamic(text) => serde_json::from_str(text).unwrap_or_else(|_| json!(text)),
        other => json!(other.to_text()),
    }
}
