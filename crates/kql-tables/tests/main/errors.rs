use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, StringArray};
use datafusion::parquet::arrow::ArrowWriter;
use kql_tables::{OnError, TableOptions};
use kql_types::{ScalarType, Schema};

use crate::support::{folder, read, show, tables_with, try_table_of};
use kql_semantics::Tables;

fn error(file: &str, content: &str) -> String {
    try_table_of(file, content.as_bytes(), TableOptions::default()).unwrap_err()
}

#[test]
fn a_bad_line_is_named() {
    assert_eq!(
        error("T.ndjson", "{\"a\":1}\n\n{\"a\":2\n{\"a\":3}\n"),
        "T.ndjson:3: column 1: the object is not closed"
    );
    assert_eq!(error("T.ndjson", "{\"a\":1}\n{\"a\":tru}\n"), "T.ndjson:2: column 6: not a JSON value");
    assert_eq!(error("T.ndjson", "{\"a\":1}\n[1]\n"), "T.ndjson:2: column 1: expected a JSON object");
    assert_eq!(error("T.ndjson", "{\"a\":1}\n{\"a\":1} x\n"), "T.ndjson:2: column 9: text after the object");
    assert_eq!(error("T.ndjson", "{\"a\":\"\\q\"}\n"), "T.ndjson:1: a: no such escape in a string");
    assert_eq!(error("T.csv", "a,b\n1,2\n\"x\ny\",3\n4\n"), "T.csv:5: 1 fields, but the header has 2");
    assert_eq!(error("T.csv", "a,b\n1,\"2\n"), "T.csv:2: a quoted field is not closed");
    assert_eq!(error("T.csv", "a,b\n\"1\"x,2\n"), "T.csv:2: text after the closing quote of a field");
    assert_eq!(error("T.json", "[\n{\"a\":1},\n{\"a\":}\n]"), "T.json:3: not a JSON value");
    assert_eq!(error("T.json", "[\n{\"a\":1},\n2\n]"), "T.json:3: expected a JSON object");
    assert_eq!(error("T.json", "not json"), "T.json:1: not a JSON value");
}

#[test]
fn bytes_that_are_no_text() {
    let fails = |file: &str, content: &[u8]| try_table_of(file, content, TableOptions::default()).unwrap_err();
    assert_eq!(fails("T.ndjson", b"{\"a\":\"x\"}\n{\"a\":\"\xff\"}\n"), "T.ndjson:2: a: the text is not UTF-8");
}

#[test]
fn an_inferred_type_that_does_not_hold_is_an_error() {
    let mut lines = "{\"a\":1}\n".repeat(20_000);
    lines.insert_str(8 * 5000, "{\"a\":\"x\"}\n");
    let options = TableOptions { sample_bytes: 64 * 1024, ..TableOptions::default() };
    let message = try_table_of("T.ndjson", lines.as_bytes(), options).unwrap_err();
    assert_eq!(message, "T.ndjson:5001: a: not a whole number, as which the column was inferred");
}

#[test]
fn keys_that_begin_late_are_found() {
    let mut lines = "{\"a\":1}\n".repeat(20_000);
    lines.push_str(&"{\"a\":1.5,\"b\":true}\n".repeat(5000));
    let options = TableOptions { sample_bytes: 64 * 1024, ..TableOptions::default() };
    let table = try_table_of("T.ndjson", lines.as_bytes(), options).unwrap();
    assert!(table.starts_with("a:real b:bool\n1.0 | null\n"), "{}", &table[..100]);
    assert!(table.ends_with("\n1.5 | True"));
}

#[test]
fn bad_lines_can_be_skipped() {
    let folder = folder(&[
        ("A.ndjson", b"{\"a\":1}\nnonsense\n{\"a\":2}\n{\"a\":\"\\q\"}\n{\"a\":3}\n"),
        ("B.csv", b"a,b\n1,2\n3\n\"4\"x,5\n6,7\n"),
        ("C.json", b"[{\"a\":1},2,{\"a\":3}]"),
    ]);
    let tables = tables_with(folder.path(), TableOptions { on_error: OnError::Skip, ..TableOptions::default() });
    let rows = |name: &str| show(&read(&tables, name, &["a"]).unwrap(), &tables.schema(name).unwrap());
    assert_eq!([rows("A"), rows("B"), rows("C")], ["1\n2\n3", "1\n6", "1\n3"]);
    let skipped: Vec<(&str, u64)> = tables.skipped().map(|(name, report)| (name, report.skipped())).collect();
    assert_eq!(skipped, [("A", 2), ("B", 2), ("C", 1)]);
    let (_, report) = tables.skipped().next().unwrap();
    assert!(report.first().unwrap().to_string().ends_with("A.ndjson: column 1: expected a JSON object"));
}

#[test]
fn a_broken_document_cannot_be_skipped() {
    let options = TableOptions { on_error: OnError::Skip, ..TableOptions::default() };
    assert!(try_table_of("T.json", b"[{\"a\":1},", options).is_err());
}

#[test]
fn values_can_be_null_instead() {
    let parquet = |values: Vec<Option<&str>>| {
        let batch = RecordBatch::try_from_iter([("a", Arc::new(StringArray::from(values)) as ArrayRef)]).unwrap();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        bytes
    };
    let folder = folder(&[
        ("A.ndjson", b"{\"a\":1}\nnonsense\n{\"a\":\"x\"}\n{\"a\":\"\"}\n{}\n{\"a\":3,\"b\":\"\\q\"}\n"),
        ("B.csv", b"a,b\n1,2\nmuch,3\n,5\n"),
        ("C.json", b"[{\"a\":1},{\"a\":[]}]"),
        ("D.parquet", &parquet(vec![Some("1"), Some("x"), Some(""), None])),
    ]);
    let schema: Schema = [("a", ScalarType::Long)].into_iter().collect();
    let schemas = ["A", "B", "C", "D"].map(|table| (table.to_owned(), schema.clone())).into();
    let options = TableOptions { on_error: OnError::Null, schemas, ..TableOptions::default() };
    let tables = tables_with(folder.path(), options);
    let rows = |name: &str| show(&read(&tables, name, &["a"]).unwrap(), &tables.schema(name).unwrap());
    assert_eq!(
        ["A", "B", "C", "D"].map(rows),
        ["1\nnull\nnull\nnull\n3", "1\nnull\nnull", "1\nnull", "1\nnull\nnull\nnull"]
    );
    let nulls =
        || tables.nulls().map(|(table, column, count)| format!("{table}.{column}: {count}")).collect::<Vec<_>>();
    assert_eq!(nulls(), ["A.a: 1", "B.a: 1", "C.a: 1", "D.a: 1"]);
    let skipped: Vec<(&str, u64)> = tables.skipped().map(|(name, report)| (name, report.skipped())).collect();
    assert_eq!(skipped, [("A", 1)]);
    let rows = show(&read(&tables, "A", &["b"]).unwrap(), &tables.schema("A").unwrap());
    assert_eq!(rows, "\"\"\n\"\"\n\"\"\n\"\"\n\"\"");
    assert_eq!(nulls(), ["A.a: 1", "A.b: 1", "B.a: 1", "C.a: 1", "D.a: 1"]);
}

#[test]
fn a_folder_without_tables() {
    let folder = folder(&[("T/README.md", b"no table"), ("T/_SUCCESS", b"")]);
    let tables = tables_with(folder.path(), TableOptions::default());
    let error = tables.provider("T").unwrap_err();
    assert_eq!(
        error.message,
        "no files with data: .ndjson, .jsonl, .json, .csv, .tsv, .parquet, .arrow, .avro or .evtx"
    );
}
