//! Parquet files of other programs, and what becomes of their types.

use std::sync::Arc;

use datafusion::arrow::array::*;
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema, TimeUnit};
use datafusion::arrow::record_batch::RecordBatch;
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::file::properties::WriterProperties;
use datafusion::physical_plan::{collect, displayable};
use datafusion::prelude::{SessionContext, col, lit};
use insta::assert_snapshot;
use kql_semantics::Tables;
use kql_tables::{TableOptions, TableSet};
use kql_types::{ScalarType, ticks};

use crate::support::{folder, read, show, table_error, tables};

/// A Parquet file with these columns.
fn parquet(columns: Vec<(&str, ArrayRef)>) -> Vec<u8> {
    parquet_of(
        &RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
            .unwrap(),
        1024,
    )
}

fn parquet_of(batch: &RecordBatch, group_rows: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let properties = WriterProperties::builder().set_max_row_group_row_count(Some(group_rows)).build();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn all(tables: &TableSet, name: &str) -> String {
    let schema = tables.schema(name).unwrap();
    let columns: Vec<&str> = schema.iter().map(|(name, _)| name).collect();
    let types: Vec<String> = schema.iter().map(|(name, scalar_type)| format!("{name}:{scalar_type}")).collect();
    format!("{}\n{}", types.join(" "), show(&read(tables, name, &columns).unwrap(), &schema))
}

fn table(columns: Vec<(&str, ArrayRef)>) -> String {
    let folder = folder(&[("T.parquet", &parquet(columns))]);
    all(&tables(folder.path()), "T")
}

#[test]
fn numbers() {
    assert_snapshot!(table(vec![
        ("b", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("i8", Arc::new(Int8Array::from(vec![Some(-128), None]))),
        ("u16", Arc::new(UInt16Array::from(vec![Some(65535), None]))),
        ("i32", Arc::new(Int32Array::from(vec![Some(-5), None]))),
        ("u32", Arc::new(UInt32Array::from(vec![Some(u32::MAX), None]))),
        ("i64", Arc::new(Int64Array::from(vec![Some(i64::MIN), None]))),
        ("u64", Arc::new(UInt64Array::from(vec![Some(5), None]))),
        ("f32", Arc::new(Float32Array::from(vec![Some(0.5), None]))),
        ("d", Arc::new(Decimal128Array::from(vec![Some(12345), None]).with_precision_and_scale(10, 2).unwrap())),
        ("n", Arc::new(NullArray::new(2))),
    ]), @r#"
    b:bool i8:int u16:int i32:int u32:long i64:long u64:long f32:real d:decimal n:string
    True | -128 | 65535 | -5 | 4294967295 | -9223372036854775808 | 5 | 0.5 | 123.45 | ""
    null | null | null | null | null | null | null | null | null | ""
    "#);
}

#[test]
fn times() {
    let micros = 1_714_557_600_123_456_i64;
    assert_snapshot!(table(vec![
        ("s", Arc::new(TimestampSecondArray::from(vec![Some(-62_135_596_800), None]))),
        ("ms", Arc::new(TimestampMillisecondArray::from(vec![Some(micros / 1000), None]).with_timezone("UTC"))),
        ("us", Arc::new(TimestampMicrosecondArray::from(vec![Some(micros), None]).with_timezone("+02:00"))),
        ("ns", Arc::new(TimestampNanosecondArray::from(vec![Some(micros * 1000 + 789), Some(-1)]))),
        ("day", Arc::new(Date32Array::from(vec![Some(1), None]))),
        ("span", Arc::new(DurationMicrosecondArray::from(vec![Some(-90_000_000), None]))),
        ("time", Arc::new(Time64NanosecondArray::from(vec![Some(3_600_000_000_100), None]))),
    ]), @r"
    s:datetime ms:datetime us:datetime ns:datetime day:datetime span:timespan time:timespan
    0001-01-01T00:00:00.0000000Z | 2024-05-01T10:00:00.1230000Z | 2024-05-01T10:00:00.1234560Z | 2024-05-01T10:00:00.1234567Z | 1970-01-02T00:00:00.0000000Z | -00:01:30 | 01:00:00.0000001
    null | null | null | 1969-12-31T23:59:59.9999999Z | null | null | null
    ");
}

#[test]
fn texts_and_guids() {
    let dictionary: DictionaryArray<Int32Type> = vec![Some("x"), None, Some("x")].into_iter().collect();
    let mut guids = FixedSizeBinaryBuilder::new(16);
    guids.append_value([0x12; 16]).unwrap();
    guids.append_null();
    guids.append_null();
    assert_snapshot!(table(vec![
        ("s", Arc::new(StringArray::from(vec![Some("a long string, kept in a buffer"), None, Some("")]))),
        ("large", Arc::new(LargeStringArray::from(vec![None, Some("é"), None]))),
        ("dictionary", Arc::new(dictionary)),
        ("binary", Arc::new(BinaryArray::from(vec![Some(&b"bytes"[..]), None, None]))),
        ("guid", Arc::new(guids.finish())),
    ]), @r#"
    s:string large:string dictionary:string binary:string guid:guid
    "a long string, kept in a buffer" | "" | "x" | "bytes" | 12121212-1212-1212-1212-121212121212
    "" | "é" | "" | "" | null
    "" | "" | "x" | "" | null
    "#);
}

#[test]
fn nested_values_are_json() {
    let mut list = ListBuilder::new(Int64Builder::new());
    list.append_value([Some(1), None]);
    list.append_null();
    list.append_value([]);
    let list: ArrayRef = Arc::new(list.finish());
    let times: ArrayRef = Arc::new(TimestampSecondArray::from(vec![Some(0), None, Some(1)]));
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("q\"\n"), None, Some("")]));
    let reals: ArrayRef = Arc::new(Float64Array::from(vec![Some(1.0), Some(f64::NAN), None]));
    let structure = StructArray::from(vec![
        (Arc::new(Field::new("t", times.data_type().clone(), true)), times),
        (Arc::new(Field::new("k \"k\"", texts.data_type().clone(), true)), texts),
        (Arc::new(Field::new("r", DataType::Float64, true)), reals),
        (Arc::new(Field::new("l", list.data_type().clone(), true)), list.clone()),
    ]);
    let mut map = MapBuilder::new(None, StringBuilder::new(), BooleanBuilder::new());
    map.keys().append_value("a");
    map.values().append_value(true);
    map.keys().append_value("b");
    map.values().append_null();
    map.append(true).unwrap();
    map.append(false).unwrap();
    map.append(true).unwrap();
    assert_snapshot!(table(vec![
        ("list", list),
        ("struct", Arc::new(structure)),
        ("map", Arc::new(map.finish())),
    ]), @r#"
    list:dynamic struct:dynamic map:dynamic
    [1,null] | {"t":"1970-01-01T00:00:00.0000000Z","k \"k\"":"q\"\n","r":1.0,"l":[1,null]} | {"a":true,"b":null}
    null | {"t":null,"k \"k\"":null,"r":"NaN","l":null} | null
    [] | {"t":"1970-01-01T00:00:01.0000000Z","k \"k\"":"","r":null,"l":[]} | {}
    "#);
}

#[test]
fn a_known_table_reads_text_as_its_types() {
    let text = |values: Vec<Option<&str>>| Arc::new(StringArray::from(values)) as ArrayRef;
    let bytes = parquet(vec![
        ("Extra", text(vec![Some("e"), None, None])),
        ("DeviceDetail", text(vec![Some("{\"a\": 1}"), Some("plain"), None])),
        ("TimeGenerated", text(vec![Some("2024-05-01T10:00:00.1234567Z"), Some("never"), None])),
    ]);
    let folder = folder(&[("SigninLogs.parquet", &bytes)]);
    let tables = tables(folder.path());
    let schema = tables.schema("SigninLogs").unwrap();
    assert_eq!(schema.len(), kql_catalog::table("SigninLogs").unwrap().len() + 1);
    let columns = ["TimeGenerated", "AppId", "DeviceDetail", "Extra", "AuthenticationProcessingDetails"];
    assert_snapshot!(show(&read(&tables, "SigninLogs", &columns).unwrap(), &schema), @r#"
    2024-05-01T10:00:00.1234567Z | "" | {"a": 1} | "e" | ""
    null | "" | "plain" | "" | ""
    null | "" | null | "" | ""
    "#);
    let rows: usize = read(&tables, "SigninLogs", &[]).unwrap().iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, 3);
}

#[test]
fn files_of_one_table_may_differ() {
    let first = parquet(vec![
        ("a", Arc::new(Int32Array::from(vec![1]))),
        ("t", Arc::new(TimestampMillisecondArray::from(vec![0]))),
    ]);
    let second = parquet(vec![
        ("s", Arc::new(LargeStringArray::from(vec!["x"]))),
        ("t", Arc::new(TimestampNanosecondArray::from(vec![100]))),
        ("a", Arc::new(Int64Array::from(vec![1 << 40]))),
    ]);
    let folder = folder(&[("T/1.parquet", &first), ("T/2.parquet", &second), ("T/3.parquet", b"")]);
    let tables = tables(folder.path());
    let mut lines: Vec<String> = all(&tables, "T").lines().map(str::to_owned).collect();
    lines[1..].sort();
    assert_eq!(
        lines,
        [
            "a:long t:datetime s:string",
            "1 | 1970-01-01T00:00:00.0000000Z | \"\"",
            "1099511627776 | 1970-01-01T00:00:00.0000001Z | \"x\"",
        ]
    );
}

#[test]
fn what_does_not_fit_is_an_error() {
    let fails = |columns: Vec<(&str, ArrayRef)>| {
        let folder = folder(&[("T.parquet", &parquet(columns))]);
        let tables = tables(folder.path());
        table_error(read(&tables, "T", &["a"]).unwrap_err()).to_string()
    };
    assert_snapshot!(fails(vec![("a", Arc::new(UInt64Array::from(vec![u64::MAX])))]), @"T: a: Can't cast value 18446744073709551615 to type Int64");
    assert_snapshot!(fails(vec![("a", Arc::new(TimestampSecondArray::from(vec![i64::MAX / 4])))]), @"T: a: a time outside of years 1 to 9999");
    let folder = folder(&[
        ("T.parquet", b"no parquet"),
        ("U/1.parquet", &parquet(vec![("a", Arc::new(Int64Array::from(vec![1])))])),
        ("U/2.parquet", &parquet(vec![("a", Arc::new(StringArray::from(vec!["x"])))])),
    ]);
    let tables = tables(folder.path());
    assert!(tables.provider("T").is_err());
    assert!(tables.provider("U").unwrap_err().message.contains("a is Utf8 here and Int64 in other files"));
}

#[test]
fn parquet_on_standard_input() {
    let mut tables = TableSet::new(TableOptions::default());
    tables.add_bytes("In", parquet(vec![("a", Arc::new(Int32Array::from(vec![Some(1), None])))])).unwrap();
    assert_eq!(all(&tables, "In"), "a:int\n1\nnull");
}

/// Row groups of ten rows: a time a day, a number, a name that is null in the first half of them.
#[test]
fn row_groups_are_left_out() {
    let days = 100;
    let batch = RecordBatch::try_new(
        Arc::new(Schema::new(vec![
            Field::new("t", DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())), true),
            Field::new("n", DataType::Int64, true),
            Field::new("s", DataType::Utf8, true),
        ])),
        vec![
            Arc::new(
                TimestampMicrosecondArray::from_iter_values((0..days).map(|day| day * 86_400_000_000))
                    .with_timezone("UTC"),
            ),
            Arc::new(Int64Array::from_iter_values(0..days)),
            Arc::new((0..days).map(|day| (day >= 50).then(|| format!("name{}", day / 10))).collect::<StringArray>()),
        ],
    )
    .unwrap();
    let folder = folder(&[("T.parquet", &parquet_of(&batch, 10))]);
    let tables = tables(folder.path());
    let run = |filter| {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let context = SessionContext::new();
            let frame = context.read_table(tables.provider("T").unwrap().unwrap()).unwrap().filter(filter).unwrap();
            let plan = frame.create_physical_plan().await.unwrap();
            let rows: usize =
                collect(plan.clone(), context.task_ctx()).await.unwrap().iter().map(RecordBatch::num_rows).sum();
            let shown = displayable(plan.as_ref()).indent(true).to_string();
            let mut read = 0;
            let mut nodes = vec![plan];
            while let Some(node) = nodes.pop() {
                let metrics = node.metrics().and_then(|metrics| metrics.sum_by_name("rows_looked_at"));
                read += metrics.map_or(0, |metric| metric.as_usize());
                nodes.extend(node.children().into_iter().cloned());
            }
            (rows, read, shown)
        })
    };
    let day = |day: i64| lit(ticks::UNIX_EPOCH + day * ticks::PER_DAY);
    let (rows, read, plan) = run(col("t").gt_eq(day(85)).and(col("t").lt(day(88))));
    assert_eq!((rows, read), (3, 10), "{plan}");
    let (rows, read, plan) = run(col("n").gt(lit(95_i64)));
    assert_eq!((rows, read), (4, 10), "{plan}");
    let (rows, read, plan) = run(col("s").eq(lit("name7")));
    assert_eq!((rows, read), (10, 10), "{plan}");
    // A null in the file is an empty string, which statistics do not know.
    let (rows, read, plan) = run(col("s").eq(lit("")));
    assert_eq!((rows, read), (50, 100), "{plan}");
    let (rows, _, plan) = run(col("s").not_eq(lit("name7")));
    assert_eq!(rows, 90, "{plan}");
    assert_eq!(tables.schema("T").unwrap().get("t"), Some(ScalarType::DateTime));
}
