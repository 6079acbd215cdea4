//! Avro files.

use std::sync::Arc;

use arrow_avro::compression::CompressionCodec;
use arrow_avro::writer::WriterBuilder;
use arrow_avro::writer::format::AvroOcfFormat;
use datafusion::arrow::array::*;
use insta::assert_snapshot;
use kql_tables::TableOptions;

use crate::support::{folder, known_table_of, read, show, table_of, tables, try_table_of};
use kql_semantics::Tables;

fn avro(columns: Vec<(&str, ArrayRef)>, codec: Option<CompressionCodec>) -> Vec<u8> {
    let columns = columns.into_iter().map(|(name, array)| (name, array, true));
    let batch = RecordBatch::try_from_iter_with_nullable(columns).unwrap();
    let mut bytes = Vec::new();
    let builder = WriterBuilder::new(batch.schema().as_ref().clone()).with_compression(codec);
    let mut writer = builder.build::<_, AvroOcfFormat>(&mut bytes).unwrap();
    writer.write(&batch).unwrap();
    writer.finish().unwrap();
    drop(writer);
    bytes
}

fn every_type() -> Vec<(&'static str, ArrayRef)> {
    let time = 1_700_000_000_123;
    let mut tags = ListBuilder::new(StringBuilder::new());
    tags.append_value([Some("x"), None]);
    tags.append_null();
    vec![
        ("b", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("i", Arc::new(Int32Array::from(vec![Some(-5), None]))),
        ("l", Arc::new(Int64Array::from(vec![Some(i64::MIN), None]))),
        ("f", Arc::new(Float64Array::from(vec![Some(0.5), None]))),
        ("s", Arc::new(StringArray::from(vec![Some("é"), None]))),
        ("ms", Arc::new(TimestampMillisecondArray::from(vec![Some(time), None]).with_timezone("UTC"))),
        ("us", Arc::new(TimestampMicrosecondArray::from(vec![Some(time * 1000 + 7), None]))),
        ("day", Arc::new(Date32Array::from(vec![Some(19_675), None]))),
        ("tags", Arc::new(tags.finish())),
    ]
}

#[test]
fn types() {
    assert_snapshot!(table_of("T.avro", &avro(every_type(), None)), @r#"
    b:bool i:int l:long f:real s:string ms:datetime us:datetime day:datetime tags:dynamic
    True | -5 | -9223372036854775808 | 0.5 | "é" | 2023-11-14T22:13:20.1230000Z | 2023-11-14T22:13:20.1230070Z | 2023-11-14T00:00:00.0000000Z | ["x",null]
    null | null | null | null | "" | null | null | null | null
    "#);
}

#[test]
fn codecs() {
    let plain = table_of("T.avro", &avro(every_type(), None));
    for codec in [
        CompressionCodec::Deflate,
        CompressionCodec::Snappy,
        CompressionCodec::ZStandard,
        CompressionCodec::Bzip2,
        CompressionCodec::Xz,
    ] {
        assert_eq!(table_of("T.avro", &avro(every_type(), Some(codec))), plain, "{codec:?}");
    }
}

#[test]
fn a_known_table_and_files_that_differ() {
    let file = |column: &'static str, value: &str| {
        avro(vec![(column, Arc::new(StringArray::from(vec![value]))), ("n", Arc::new(Int32Array::from(vec![1])))], None)
    };
    let rows =
        known_table_of("EmailEvents.avro", &file("Timestamp", "2026-11-21T08:00:00Z"), &["TimeGenerated", "Subject"]);
    assert_eq!(rows, "2026-11-21T08:00:00.0000000Z | \"\"");
    let folder = folder(&[("T/k=1/a.avro", &file("a", "x")), ("T/k=2/b.avro", &file("b", "y"))]);
    let tables = tables(folder.path());
    let schema = tables.schema("T").unwrap();
    let shown = show(&read(&tables, "T", &["a", "b", "n", "k"]).unwrap(), &schema);
    let mut rows: Vec<&str> = shown.lines().collect();
    rows.sort_unstable();
    assert_eq!(rows, ["\"\" | \"y\" | 1 | 2", "\"x\" | \"\" | 1 | 1"]);
}

#[test]
fn damaged_files() {
    let fails = |bytes: &[u8]| try_table_of("T.avro", bytes, TableOptions::default()).unwrap_err();
    let whole = avro(every_type(), None);
    assert_snapshot!(fails(b"Obj"), @"T.avro: Avro error: EOF: Unexpected EOF while reading Avro header");
    assert_snapshot!(fails(&whole[..whole.len() - 20]), @"T.avro: the file is cut off, or its blocks are damaged");
    assert_eq!(table_of("T.avro", b""), "\n");
}
