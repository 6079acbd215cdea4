//! Columns that the user declares.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, BooleanArray, Float64Array, Int64Array, RecordBatch, StringArray};
use datafusion::parquet::arrow::ArrowWriter;
use insta::assert_snapshot;
use kql_tables::TableOptions;
use kql_types::{ScalarType, Schema};

use crate::support::{folder, read, show, tables_with, try_table_of};
use kql_semantics::Tables;

/// Options under which table `T` has these columns.
fn declared(columns: &[(&str, ScalarType)]) -> TableOptions {
    let schema: Schema = columns.iter().copied().collect();
    TableOptions { schemas: [("T".to_owned(), schema)].into(), ..TableOptions::default() }
}

const COLUMNS: [(&str, ScalarType); 5] = [
    ("at", ScalarType::DateTime),
    ("code", ScalarType::String),
    ("bag", ScalarType::Dynamic),
    ("size", ScalarType::Real),
    ("absent", ScalarType::Guid),
];

#[test]
fn lines() {
    let text = br#"{"more":true,"at":1700000000,"code":7,"bag":"{\"a\":1}","size":1}
{"at":1700000000123,"code":"007","bag":{"b":[2]},"size":"2.5"}
{"at":"2023-11-14T22:13:20Z","code":null,"bag":3,"size":null}
{"at":"1700000000","bag":"text","size":"much"}
"#;
    assert_snapshot!(try_table_of("T.ndjson", text, declared(&COLUMNS)).unwrap(), @r#"
    at:datetime code:string bag:dynamic size:real absent:guid more:bool
    2023-11-14T22:13:20.0000000Z | "7" | {"a":1} | 1.0 | null | True
    2023-11-14T22:13:20.1230000Z | "007" | {"b":[2]} | 2.5 | null | null
    2023-11-14T22:13:20.0000000Z | "" | 3 | null | null | null
    2023-11-14T22:13:20.0000000Z | "" | "text" | null | null | null
    "#);
}

#[test]
fn delimited_fields() {
    let text =
        b"code,at,bag,size,more\n007,1700000000123456,\"{\"\"a\"\":1}\",1,5\n8,2023-11-14,x,,6\n,2023,[1],1e3,\n";
    assert_snapshot!(try_table_of("T.csv", text, declared(&COLUMNS)).unwrap(), @r#"
    at:datetime code:string bag:dynamic size:real absent:guid more:long
    2023-11-14T22:13:20.1234560Z | "007" | {"a":1} | 1.0 | null | 5
    2023-11-14T00:00:00.0000000Z | "8" | "x" | null | null | 6
    2023-01-01T00:00:00.0000000Z | "" | [1] | 1000.0 | null | null
    "#);
}

#[test]
fn columns_of_parquet() {
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("at", Arc::new(Int64Array::from(vec![Some(1_700_000_000_123), None]))),
        ("code", Arc::new(Int64Array::from(vec![7, 8]))),
        ("bag", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("size", Arc::new(StringArray::from(vec!["2.5", "much"]))),
        ("more", Arc::new(Float64Array::from(vec![0.5, 1.5]))),
    ];
    let batch = RecordBatch::try_from_iter(columns).unwrap();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), None).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    assert_snapshot!(try_table_of("T.parquet", &bytes, declared(&COLUMNS)).unwrap(), @r#"
    at:datetime code:string bag:dynamic size:real absent:guid more:real
    2023-11-14T22:13:20.1230000Z | "7" | true | 2.5 | null | 0.5
    null | "8" | null | null | null | 1.5
    "#);
    let error = try_table_of("T.parquet", &bytes, declared(&[("more", ScalarType::Guid)])).unwrap_err();
    assert_eq!(error, "T: more: Float64 is not read as guid");
}

#[test]
fn a_table_of_the_catalogue_keeps_its_other_columns() {
    let folder = folder(&[("SigninLogs.ndjson", b"{\"DeviceDetail\":{\"a\":1},\"UserId\":\"u\"}")]);
    let schema: Schema = [("DeviceDetail", ScalarType::String)].into_iter().collect();
    let options = TableOptions { schemas: [("SigninLogs".to_owned(), schema)].into(), ..TableOptions::default() };
    let tables = tables_with(folder.path(), options);
    let schema = tables.schema("SigninLogs").unwrap();
    let rows = read(&tables, "SigninLogs", &["DeviceDetail", "UserId", "TimeGenerated"]).unwrap();
    assert_eq!(show(&rows, &schema), r#""{\"a\":1}" | "u" | null"#);
}

#[test]
fn one_time_stands_in_for_the_other() {
    let time = "2026-11-21T08:00:00.0000000Z";
    let columns = ["TimeGenerated", "Subject", "Timestamp"];
    for name in ["TimeGenerated", "Timestamp"] {
        let lines = format!("{{\"Subject\":\"a\",\"{name}\":\"2026-11-21T08:00:00Z\"}}\n");
        let fields = format!("{name},Subject\n2026-11-21T08:00:00Z,a\n");
        let arrays: [(&str, ArrayRef); 2] = [
            ("Subject", Arc::new(StringArray::from(vec!["a"]))),
            (name, Arc::new(StringArray::from(vec!["2026-11-21T08:00:00Z"]))),
        ];
        let batch = RecordBatch::try_from_iter(arrays).unwrap();
        let mut parquet = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut parquet, batch.schema(), None).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        for (file, content) in [
            ("EmailEvents.ndjson", lines.as_bytes()),
            ("EmailEvents.csv", fields.as_bytes()),
            ("EmailEvents.parquet", &parquet),
        ] {
            let folder = folder(&[(file, content)]);
            let tables = tables_with(folder.path(), TableOptions::default());
            let schema = tables.schema("EmailEvents").unwrap();
            let rows = |columns: &[&str]| show(&read(&tables, "EmailEvents", columns).unwrap(), &schema);
            assert_eq!(rows(&columns), format!("{time} | \"a\" | {time}"), "{file} with {name}");
            assert_eq!([rows(&["TimeGenerated"]), rows(&["Timestamp"])], [time, time], "{file} with {name}");
            assert_eq!(tables.absent_times().count(), 0);
        }
    }
}

#[test]
fn a_time_that_the_file_has_is_its_own() {
    let line = b"{\"Timestamp\":\"2026-11-21\",\"TimeGenerated\":\"2026-11-22\"}\n{\"Timestamp\":\"2026-11-21\"}\n";
    let rows = crate::support::known_table_of("EmailEvents.ndjson", line, &["Timestamp", "TimeGenerated"]);
    assert_snapshot!(rows, @r"
    2026-11-21T00:00:00.0000000Z | 2026-11-22T00:00:00.0000000Z
    2026-11-21T00:00:00.0000000Z | null
    ");
}
