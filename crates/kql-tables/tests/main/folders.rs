//! Folders named `key=value`.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::physical_plan::displayable;
use datafusion::prelude::{Expr, SessionContext, col, lit};
use insta::assert_snapshot;
use kql_semantics::Tables;
use kql_tables::{TableOptions, TableSet};
use kql_types::{ScalarType, text};

use crate::support::{folder, read, show, tables, tables_with};

fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn all(tables: &TableSet, name: &str) -> String {
    let schema = tables.schema(name).unwrap();
    let columns: Vec<&str> = schema.iter().map(|(name, _)| name).collect();
    let types: Vec<String> = schema.iter().map(|(name, scalar_type)| format!("{name}:{scalar_type}")).collect();
    let shown = show(&read(tables, name, &columns).unwrap(), &schema);
    // Files are read side by side.
    let mut rows: Vec<&str> = shown.lines().collect();
    rows.sort_unstable();
    format!("{}\n{}", types.join(" "), rows.join("\n"))
}

/// The rows under a filter, and the plan's line about the scan.
fn filtered(tables: &TableSet, filter: Expr) -> (String, String) {
    let schema = tables.schema("T").unwrap();
    let provider = tables.provider("T").unwrap().unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    runtime.block_on(async {
        let frame = SessionContext::new().read_table(provider).unwrap().filter(filter).unwrap();
        let plan = frame.clone().create_physical_plan().await.unwrap();
        let shown = displayable(plan.as_ref()).indent(true).to_string();
        let scan = shown.lines().last().unwrap().trim().to_owned();
        (show(&frame.collect().await.unwrap(), &schema), scan)
    })
}

#[test]
fn keys_of_folders_are_columns_of_text() {
    let folder = folder(&[
        ("T/day=2026-11-02/host=a%20b/x.ndjson", b"{\"n\":1}\n{\"n\":2}\n"),
        ("T/day=2026-11-03/host=__HIVE_DEFAULT_PARTITION__/x.ndjson", b"{\"n\":3}\n"),
        ("T/day=2026-11-03/x.ndjson", b"{\"n\":4,\"host\":\"inner\"}\n"),
    ]);
    let tables = tables(folder.path());
    assert_snapshot!(all(&tables, "T"), @r#"
    n:long host:string day:datetime
    1 | "a b" | 2026-11-02T00:00:00.0000000Z
    2 | "a b" | 2026-11-02T00:00:00.0000000Z
    3 | "" | 2026-11-03T00:00:00.0000000Z
    4 | "" | 2026-11-03T00:00:00.0000000Z
    "#);
    assert_eq!(show(&read(&tables, "T", &["day"]).unwrap(), &tables.schema("T").unwrap()).lines().count(), 4);
    let at = text::parse_datetime("2026-11-03").unwrap();
    let (rows, scan) = filtered(&tables, col("day").gt_eq(lit(at)).and(col("n").lt(lit(4_i64))));
    assert_eq!(rows, "3 | \"\" | 2026-11-03T00:00:00.0000000Z");
    assert!(scan.starts_with("TextScanExec: table=T"), "{scan}");
}

#[test]
fn keys_of_folders_are_columns_of_parquet() {
    let file = |n: i64| {
        parquet(vec![("n", Arc::new(Int64Array::from(vec![n]))), ("year", Arc::new(StringArray::from(vec!["none"])))])
    };
    let folder = folder(&[
        ("T/year=2025/month=12/a.parquet", &file(1)),
        ("T/year=2026/month=01/a.parquet", &file(2)),
        ("T/year=2026/month=11/a.parquet", &file(3)),
    ]);
    let tables = tables(folder.path());
    assert_snapshot!(all(&tables, "T"), @r"
    n:long year:long month:long
    1 | 2025 | 12
    2 | 2026 | 1
    3 | 2026 | 11
    ");
    let (rows, scan) = filtered(&tables, col("year").eq(lit(2026_i64)).and(col("month").gt(lit(5_i64))));
    assert_eq!(rows, "3 | 2026 | 11");
    assert!(scan.contains("month=11/a.parquet") && !scan.contains("month=12") && !scan.contains("month=01"), "{scan}");
    let (rows, scan) = filtered(&tables, col("year").eq(lit(1999_i64)));
    assert_eq!((rows.as_str(), scan.as_str()), ("", "EmptyExec"));
}

/// What is not to be read is not opened: it need not even be readable.
#[test]
fn files_that_a_filter_excludes_are_not_opened() {
    let folder = folder(&[("T/k=1/a.csv", b"n\n1\n"), ("T/k=2/a.csv", b"n\n2,3\n")]);
    let tables = tables(folder.path());
    assert_eq!(filtered(&tables, col("k").eq(lit(1_i64))).0, "1 | 1");
    assert!(read(&tables, "T", &["n"]).is_err());
}

#[test]
fn the_schema_tells_the_type() {
    let folder = folder(&[("T/code=007/a.ndjson", b"{\"n\":1}\n"), ("T/code=8/a.ndjson", b"{\"n\":2}\n")]);
    let schema = [("code", ScalarType::String)].into_iter().collect();
    let options = TableOptions { schemas: [("T".to_owned(), schema)].into(), ..TableOptions::default() };
    assert_snapshot!(all(&tables_with(folder.path(), options), "T"), @r#"
    code:string n:long
    "007" | 1
    "8" | 2
    "#);
}

#[test]
fn patterns() {
    let folder = folder(&[("lake/day=1/a.ndjson", b"{\"n\":1}\n"), ("lake/day=2/a.ndjson", b"{\"n\":2}\n")]);
    let mut tables = TableSet::default();
    let pattern = format!("T={}/lake/day=*/*.ndjson", folder.path().display());
    tables.add(pattern.parse().unwrap()).unwrap();
    assert_eq!(all(&tables, "T"), "n:long day:long\n1 | 1\n2 | 2");
}
