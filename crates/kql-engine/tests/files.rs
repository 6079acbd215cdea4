//! Tables of files: read in partitions, also over the wire.

use std::fmt::Write;

use kql_engine::{Engine, EngineOptions, RunOptions};
use kql_semantics::{BindContext, bind};
use kql_tables::{TableOptions, TableSet};
use kql_types::Value;

/// A table of ten thousand log-ons of three users, and one of a single user, in a folder of their own.
fn tables(folder: &std::path::Path) -> TableSet {
    let mut text = String::new();
    for n in 0..10_000 {
        let user = ["ann", "bob", "cyd"][n % 3];
        writeln!(text, r#"{{"n": {n}, "user": "{user}", "details": {{"port": {}}}}}"#, n % 10).unwrap();
    }
    std::fs::write(folder.join("Logons.ndjson"), text).unwrap();
    std::fs::write(folder.join("Watched.csv"), "user,level\nbob,3\n").unwrap();
    let mut tables = TableSet::new(TableOptions::default());
    tables.add_folder(folder).unwrap();
    tables
}

fn rows(tables: &TableSet, query: &str) -> Vec<String> {
    let parsed = kql_syntax::parse(query);
    let bound = bind(&parsed.query, &BindContext::new(tables, 0));
    let relation = bound.first().cloned().unwrap_or_else(|| panic!("{:?}", bound.diagnostics));
    let engine = Engine::new(&EngineOptions { threads: 2, ..EngineOptions::default() }).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let ask = |wire| {
        let result = runtime.block_on(engine.run(&relation, tables, RunOptions { wire })).unwrap();
        result.rows().map(|row| row.iter().map(Value::to_text).collect::<Vec<_>>().join("|")).collect::<Vec<_>>()
    };
    let direct = ask(false);
    assert_eq!(direct, ask(true), "over the wire: {query}");
    direct
}

#[test]
fn files_are_filtered_grouped_and_joined() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables(folder.path());
    assert_eq!(rows(&tables, "Logons | count"), ["10000"]);
    assert_eq!(
        rows(&tables, "Logons | where user != 'cyd' | summarize count(), max(n) by user | sort by user asc"),
        ["ann|3334|9999", "bob|3333|9997"]
    );
    assert_eq!(
        rows(
            &tables,
            "Logons | where details.port == 7 | join kind=inner Watched on user | summarize count(), take_any(level)"
        ),
        ["334|3"]
    );
    assert_eq!(
        rows(&tables, "Logons | where user in (Watched | project user) | top 2 by n | project n"),
        ["9997", "9994"]
    );
    assert_eq!(
        rows(&tables, "Logons | sort by n desc | where n % 2 == 0 | take 3 | summarize make_list(n)"),
        ["[9998,9996,9994]"]
    );
}
