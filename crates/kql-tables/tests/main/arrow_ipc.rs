//! Arrow IPC files and streams.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, DictionaryArray, Int64Array, RecordBatch, TimestampMillisecondArray};
use datafusion::arrow::datatypes::Int32Type;
use datafusion::arrow::ipc::writer::{FileWriter, StreamWriter};
use insta::assert_snapshot;
use kql_semantics::Tables;
use kql_tables::TableSet;

use crate::support::{folder, read, show, tables};

fn batch() -> RecordBatch {
    let names: DictionaryArray<Int32Type> = vec![Some("x"), None].into_iter().collect();
    RecordBatch::try_from_iter([
        ("t", Arc::new(TimestampMillisecondArray::from(vec![Some(0), None])) as ArrayRef),
        ("n", Arc::new(Int64Array::from(vec![Some(1), None]))),
        ("s", Arc::new(names)),
    ])
    .unwrap()
}

fn file() -> Vec<u8> {
    let mut writer = FileWriter::try_new(Vec::new(), &batch().schema()).unwrap();
    writer.write(&batch()).unwrap();
    writer.into_inner().unwrap()
}

fn rows(tables: &TableSet, name: &str) -> String {
    let schema = tables.schema(name).unwrap();
    show(&read(tables, name, &["t", "n", "s"]).unwrap(), &schema)
}

#[test]
fn files_and_streams() {
    let mut stream = StreamWriter::try_new(Vec::new(), &batch().schema()).unwrap();
    stream.write(&batch()).unwrap();
    let folder = folder(&[("F.feather", &file()), ("S.arrows", &stream.into_inner().unwrap())]);
    let mut tables = tables(folder.path());
    tables.add_bytes("In", file()).unwrap();
    assert_snapshot!(rows(&tables, "F"), @r#"
    1970-01-01T00:00:00.0000000Z | 1 | "x"
    null | null | ""
    "#);
    assert_eq!(rows(&tables, "S"), rows(&tables, "F"));
    assert_eq!(rows(&tables, "In"), rows(&tables, "F"));
}

#[test]
fn what_is_no_arrow_file_is_an_error() {
    let folder = folder(&[("A.arrow", b"nothing of the kind")]);
    let tables = tables(folder.path());
    assert!(tables.provider("A").is_err());
}
