use kql_engine::*;
use kql_types::{ScalarType, Schema, Value};
struct None_;
impl kql_semantics::Tables for None_ {
    fn schema(&self, _: &str) -> Option<Schema> {
        None
    }
    fn names(&self) -> Vec<String> {
        vec![]
    }
}
fn cell(v: &Value) -> serde_json::Value {
    use serde_json::json;
    match v {
        Value::Null(_) => serde_json::Value::Null,
        Value::Bool(b) => json!(b),
        Value::Int(i) => json!(i),
        Value::Long(i) => json!(i),
        Value::Real(r) if r.is_finite() => json!(r),
        Value::Decimal(_) => json!(v.to_text().parse::<f64>().unwrap()),
        Value::Dynamic(d) => serde_json::from_str(&kql_types::dynamic::Dynamic::new(d).canonical()).unwrap(),
        _ => json!(v.to_text()),
    }
}
async fn run(engine: &Engine, text: &str) -> Result<QueryResult, String> {
    let parsed = kql_syntax::parse(text);
    if let Some(d) = parsed.diagnostics.iter().find(|d| d.severity == kql_syntax::Severity::Error) {
        return Err(format!("syntax: {}", d.message));
    }
    let bound = kql_semantics::bind(
        &parsed.query,
        &kql_semantics::BindContext { tables: &None_, now: 638_000_000_000_000_000 },
    );
    if let Some(d) = bound.diagnostics.iter().find(|d| d.severity == kql_syntax::Severity::Error) {
        return Err(format!("bind: {}", d.message));
    }
    if let Some(d) = bound.unsupported.first() {
        return Err(format!("unsupported: {}", d.message));
    }
    let Some(relation) = bound.relation else { return Err("no plan".into()) };
    engine.run(&relation, &kql_tables::NoTables, RunOptions::default()).await.map_err(|e| format!("run: {e}"))
}
#[tokio::main(flavor = "current_thread")]
async fn main() {
    let engine = Engine::new(&EngineOptions::default()).unwrap();
    let args: Vec<String> = std::env::args().collect();
    if let Some(path) = args.get(1) {
        for line in std::fs::read_to_string(path).unwrap().lines() {
            let case: serde_json::Value = serde_json::from_str(line).unwrap();
            let id = &case["id"];
            let out = match run(&engine, case["query"].as_str().unwrap()).await {
                Err(e) => serde_json::json!({"id": id, "error": e}),
                Ok(r) => {
                    serde_json::json!({"id": id, "columns": r.columns.iter().map(|(n, t): &(String, ScalarType)| serde_json::json!({"name": n, "type": t.name()})).collect::<Vec<_>>(),
                    "rows": r.rows().map(|row| row.iter().map(cell).collect::<Vec<_>>()).collect::<Vec<_>>()})
                }
            };
            println!("{out}");
        }
        return;
    }
    let (mut good, mut bad) = (0, 0);
    for f in kql_functions::all() {
        for e in f.examples {
            let got = match run(&engine, e.query).await {
                Err(e) => format!("ERROR {e}"),
                Ok(r) => r.rows().next().and_then(|r| r.first().map(Value::to_text)).unwrap_or("NO ROW".into()),
            };
            if got == e.result {
                good += 1
            } else {
                bad += 1;
                println!("{}\n   want {}\n   got  {}", e.query, e.result, got);
            }
        }
    }
    println!("{good} good {bad} bad");
}
