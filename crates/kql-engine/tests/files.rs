//! Tables of files: read in partitions, also over the wire.

use std::fmt::Write;
use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray, TimestampMicrosecondArray};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
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
    std::fs::write(folder.join("Alerts.parquet"), alerts()).unwrap();
    let mut tables = TableSet::new(TableOptions::default());
    tables.add_folder(folder).unwrap();
    tables
}

/// A thousand alerts, one a minute, in row groups of a hundred.
fn alerts() -> Vec<u8> {
    let minutes = (0..1000).map(|minute| minute * 60_000_000);
    let batch = RecordBatch::try_from_iter([
        ("at", Arc::new(TimestampMicrosecondArray::from_iter_values(minutes)) as ArrayRef),
        ("user", Arc::new(StringArray::from_iter_values((0..1000).map(|n| ["Ann", "bob", "cyd"][n % 3])))),
        ("line", Arc::new(StringArray::from_iter_values((0..1000).map(|n| format!("run --job {n}"))))),
    ])
    .unwrap();
    let mut bytes = Vec::new();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(100)).build();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn parquet_scans_take_filters_and_projections_along() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables(folder.path());
    assert_eq!(rows(&tables, "Alerts | count"), ["1000"]);
    assert_eq!(
        rows(
            &tables,
            "Alerts | where user =~ 'ANN' and at between (datetime(1970-01-01 10:00) .. 1h) and line has '600'
             | project at, name = strcat(toupper(user), '!'), job = tostring(split(line, ' ')[-1])"
        ),
        ["1970-01-01T10:00:00.0000000Z|ANN!|600"]
    );
    assert_eq!(
        rows(&tables, "Alerts | top 2 by at desc | project at, user"),
        ["1970-01-01T16:39:00.0000000Z|Ann", "1970-01-01T16:38:00.0000000Z|cyd"]
    );
    assert_eq!(
        rows(&tables, "Alerts | where user has 'ann' | summarize count(), min(line) by user"),
        ["Ann|334|run --job 0"]
    );
}

pub(crate) fn rows(tables: &TableSet, query: &str) -> Vec<String> {
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

/// Two parts of a query that filter the same file read it once, unless too much would have to wait.
#[test]
fn parts_of_a_query_share_a_reading() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables(folder.path());
    let seldom = "Logons | where n % 1000 == 7 | join kind=inner (Logons | where n % 500 == 7) on n | count";
    assert_eq!(rows(&tables, seldom), ["10"]);
    let thrice = "let busy = Logons | where user == 'ann';
        union busy, (Logons | where user == 'bob'), (Logons | where user == 'cyd' and n > 5) | summarize count(), sum(n)";
    assert_eq!(rows(&tables, thrice), ["9998|49994993"]);
    let counted = "union (Logons | where n > 9990), (Logons | where user == 'ann') | count";
    assert_eq!(rows(&tables, counted), ["3343"]);
    // The first part wants one row, then the join needs no more of it.
    let early =
        "Logons | where n >= 0 | take 1 | join kind=inner (Logons | where n < 3 | project n, m = n * 2) on n | count";
    assert_eq!(rows(&tables, early), ["1"]);
}

#[test]
fn columns_of_folders_stay_with_the_part_that_wants_them() {
    let folder = tempfile::tempdir().unwrap();
    for (day, row) in [("2026-11-01", r#"{"n": 1, "s": "a"}"#), ("2026-11-02", r#"{"n": 2, "s": "b"}"#)] {
        let place = folder.path().join(format!("T/day={day}"));
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("rows.ndjson"), row).unwrap();
    }
    let mut tables = TableSet::new(TableOptions::default());
    tables.add_folder(folder.path()).unwrap();
    let query = "T | where n > 0 | project n, day | join kind=inner (T | where s != 'z' | project n, s) on n
        | sort by n asc | project n, dayofmonth(day), s";
    assert_eq!(rows(&tables, query), ["1|1|a", "2|2|b"]);
}

#[test]
fn what_waits_for_a_part_has_a_limit() {
    let folder = tempfile::tempdir().unwrap();
    let tables = tables(folder.path());
    let query = "Logons | where n >= 0 | join kind=inner (Logons | where n >= 0) on n | summarize count(), sum(n1)";
    let parsed = kql_syntax::parse(query);
    let relation = bind(&parsed.query, &BindContext::new(&tables, 0)).first().cloned().unwrap();
    // So little memory that the part that is not asked yet has to read for itself.
    let options = EngineOptions { threads: 1, memory_limit: Some(3 << 20), ..EngineOptions::default() };
    let engine = Engine::new(&options).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let result = runtime.block_on(engine.run(&relation, &tables, RunOptions::default())).unwrap();
    let answer: Vec<Vec<Value>> = result.rows().collect();
    assert_eq!(answer, [[Value::Long(10_000), Value::Long(49_995_000)]]);
}
