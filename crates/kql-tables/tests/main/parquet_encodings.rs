//! Parquet files as other writers make them: codecs, old and new kinds of times, VARIANT.

use std::sync::Arc;

use datafusion::arrow::array::*;
use datafusion::arrow::datatypes::{DataType, Field, Int32Type, Schema};
use insta::{allow_duplicates, assert_snapshot};
use kql_tables::{OnError, TableOptions};
use parquet::arrow::ArrowWriter;
use parquet::basic::{BrotliLevel, Compression, Encoding, GzipLevel, ZstdLevel};
use parquet::data_type::{Int96, Int96Type};
use parquet::file::properties::{WriterProperties, WriterVersion};
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::parser::parse_message_type;
use parquet::variant::{json_to_variant, shred_variant};

use crate::support::{table_of, try_table_of};

fn parquet(batch: &RecordBatch, codec: Compression) -> Vec<u8> {
    let mut bytes = Vec::new();
    let properties = WriterProperties::builder().set_compression(codec).build();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(batch).unwrap();
    writer.close().unwrap();
    bytes
}

#[test]
fn codecs() {
    let texts: Vec<String> = (0..2000).map(|n| format!("text {}", n % 7)).collect();
    let kinds: DictionaryArray<Int32Type> = texts.iter().map(|text| Some(text.as_str())).collect();
    let batch = RecordBatch::try_from_iter([
        ("s", Arc::new(StringArray::from(texts)) as ArrayRef),
        ("kind", Arc::new(kinds) as ArrayRef),
        ("n", Arc::new(Int64Array::from_iter_values(0..2000)) as ArrayRef),
    ])
    .unwrap();
    let plain = table_of("T.parquet", &parquet(&batch, Compression::UNCOMPRESSED));
    assert!(plain.starts_with("s:string kind:string n:long\n\"text 0\" | \"text 0\" | 0\n"), "{}", &plain[..80]);
    for codec in [
        Compression::SNAPPY,
        Compression::GZIP(GzipLevel::default()),
        Compression::BROTLI(BrotliLevel::default()),
        Compression::ZSTD(ZstdLevel::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
    ] {
        assert_eq!(table_of("T.parquet", &parquet(&batch, codec)), plain, "{codec}");
    }
}

#[test]
fn times_without_a_zone_and_of_every_unit() {
    let seconds = 1_700_000_000;
    let batch = RecordBatch::try_from_iter([
        ("ms", Arc::new(TimestampMillisecondArray::from(vec![seconds * 1000 + 1])) as ArrayRef),
        ("us", Arc::new(TimestampMicrosecondArray::from(vec![seconds * 1_000_000 + 1])) as ArrayRef),
        ("ns", Arc::new(TimestampNanosecondArray::from(vec![seconds * 1_000_000_000 + 199])) as ArrayRef),
        (
            "zone",
            Arc::new(TimestampMicrosecondArray::from(vec![seconds * 1_000_000]).with_timezone("+02:00")) as ArrayRef,
        ),
        ("day", Arc::new(Date32Array::from(vec![19_675])) as ArrayRef),
        ("time", Arc::new(Time64MicrosecondArray::from(vec![3_600_000_001])) as ArrayRef),
        ("d", Arc::new(Decimal128Array::from(vec![12_345]).with_precision_and_scale(20, 3).unwrap()) as ArrayRef),
    ])
    .unwrap();
    assert_snapshot!(table_of("T.parquet", &parquet(&batch, Compression::SNAPPY)), @"
    ms:datetime us:datetime ns:datetime zone:datetime day:datetime time:timespan d:decimal
    2023-11-14T22:13:20.0010000Z | 2023-11-14T22:13:20.0000010Z | 2023-11-14T22:13:20.0000001Z | 2023-11-14T22:13:20.0000000Z | 2023-11-14T00:00:00.0000000Z | 01:00:00.0000010 | 12.345
    ");
}

/// As Impala, Hive and Spark wrote times for long.
#[test]
fn times_of_96_bits() {
    let schema = Arc::new(parse_message_type("message m { optional int96 at; }").unwrap());
    let mut bytes = Vec::new();
    let mut writer = SerializedFileWriter::new(&mut bytes, schema, Arc::default()).unwrap();
    let mut group = writer.next_row_group().unwrap();
    let mut column = group.next_column().unwrap().unwrap();
    let mut at = Int96::new();
    // Noon of 2026-11-21, and a tick.
    let of_day: u64 = 43_200_000_000_100;
    at.set_data((of_day & u64::from(u32::MAX)) as u32, (of_day >> 32) as u32, 2_461_366);
    column.typed::<Int96Type>().write_batch(&[at], Some(&[1, 0]), None).unwrap();
    column.close().unwrap();
    group.close().unwrap();
    writer.close().unwrap();
    assert_snapshot!(table_of("T.parquet", &bytes), @"
    at:datetime
    2026-11-21T12:00:00.0000001Z
    null
    ");
}

#[test]
fn variants_are_dynamic() {
    let texts: ArrayRef = Arc::new(StringArray::from(vec![
        Some(r#"{"a":1,"b":["x",null,1.5]}"#),
        Some("\"text\""),
        Some("7"),
        None,
        Some(r#"{"a":"other"}"#),
    ]));
    let whole = json_to_variant(&texts).unwrap();
    let shape = DataType::Struct(vec![Field::new("a", DataType::Int64, true)].into());
    let shredded = shred_variant(&whole, &shape).unwrap();
    let fields = vec![whole.field("v"), shredded.field("shredded")];
    let arrays: Vec<ArrayRef> = vec![Arc::new(whole.into_inner()), Arc::new(shredded.into_inner())];
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays).unwrap();
    assert_snapshot!(table_of("T.parquet", &parquet(&batch, Compression::SNAPPY)), @r#"
    v:dynamic shredded:dynamic
    {"a":1,"b":["x",null,1.5]} | {"a":1,"b":["x",null,1.5]}
    "text" | "text"
    7 | 7
    null | null
    {"a":"other"} | {"a":"other"}
    "#);
}

#[test]
fn damaged_files() {
    let batch = RecordBatch::try_from_iter([("n", Arc::new(Int64Array::from(vec![1])) as ArrayRef)]).unwrap();
    let whole = parquet(&batch, Compression::SNAPPY);
    for on_error in [OnError::Fail, OnError::Skip, OnError::Null] {
        let options = || TableOptions { on_error, ..TableOptions::default() };
        let fails = |file: &str, bytes: &[u8]| try_table_of(file, bytes, options()).unwrap_err();
        allow_duplicates! {
            assert_snapshot!(fails("T.parquet", &whole[..whole.len() - 10]), @"T.parquet: Parquet error: Invalid Parquet file. Corrupt footer");
            assert_snapshot!(fails("T.parquet", b"PAR1"), @"T.parquet: EOF: Parquet file too small. Size is 4 but need 8");
            assert_snapshot!(fails("T.ndjson.gz", b"\x1f\x8b\x08\0\0\0\0\0\0\x03\xab\x56"), @"T.ndjson.gz: incomplete deflate stream");
            assert_snapshot!(fails("T.csv.zst", b"\x28\xb5\x2f\xfd\0"), @"T.csv.zst: incomplete frame");
            assert_snapshot!(fails("T.ndjson.gz", b"plain"), @"T.ndjson.gz: unexpected end of file");
        }
        assert_eq!(try_table_of("T.parquet", b"", options()).unwrap(), "\n");
        assert_eq!(try_table_of("T.ndjson", b"", options()).unwrap(), "\n");
    }
}

/// Whatever a byte becomes: an error, or other values.
#[test]
fn damaged_pages() {
    let texts: Vec<String> = (0..300).map(|n| format!("text {} of {n}", n % 7)).collect();
    let batch = RecordBatch::try_from_iter([("s", Arc::new(StringArray::from(texts)) as ArrayRef)]).unwrap();
    let (mut errors, mut tables) = (0, 0);
    for version in [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0] {
        let mut whole = Vec::new();
        let properties = WriterProperties::builder()
            .set_compression(Compression::SNAPPY)
            .set_dictionary_enabled(false)
            .set_encoding(Encoding::PLAIN)
            .set_data_page_row_count_limit(100)
            .set_write_batch_size(100)
            .set_writer_version(version);
        let mut writer = ArrowWriter::try_new(&mut whole, batch.schema(), Some(properties.build())).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        for place in 4..600 {
            let mut damaged = whole.clone();
            damaged[place] ^= 0x81;
            match try_table_of("T.parquet", &damaged, TableOptions::default()) {
                Ok(_) => tables += 1,
                Err(_) => errors += 1,
            }
        }
    }
    assert!(errors > 100 && tables > 100, "{errors} errors, {tables} tables");
}
