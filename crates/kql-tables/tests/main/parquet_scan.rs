//! Filters and projections within the scan of Parquet files give what they give above it.

use std::sync::Arc;

use datafusion::arrow::array::*;
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::{DataType, Field, Int64Type, Schema};
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::ScalarValue;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{Expr, Operator, binary_expr, col, lit};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::basic::Compression;
use datafusion::parquet::file::properties::{WriterProperties, WriterVersion};
use datafusion::physical_plan::common::collect;
use datafusion::physical_plan::{ExecutionPlan, displayable};
use datafusion::prelude::{DataFrame, SessionConfig, SessionContext};
use kql_tables::{ParquetScanExec, SharedParquetScan, TableSet};
use kql_types::ticks;

use crate::support::{folder, tables};

/// Numbers that look random, the same for the same seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn some<T>(&mut self, value: impl FnOnce(&mut Random) -> T) -> Option<T> {
        let is_null = self.below(7) == 0;
        (!is_null).then(|| value(self))
    }
}

const DAYS: u64 = 30;
const NAMES: [&str; 6] = ["alpha", "Beta", "gamma", "", "delta with quite a long name", "é"];

fn file(random: &mut Random, rows: usize) -> Vec<u8> {
    let fields = vec![
        Field::new("t", DataType::Timestamp(datafusion::arrow::datatypes::TimeUnit::Microsecond, None), true),
        Field::new("n", DataType::Int64, true),
        Field::new("r", DataType::Float64, true),
        Field::new("name", DataType::Utf8, true),
        Field::new("line", DataType::Utf8, true),
        Field::new("d", DataType::Utf8, true),
    ];
    let mut each = |make: &mut dyn FnMut(&mut Random, usize) -> Option<i64>| -> Vec<Option<i64>> {
        (0..rows).map(|row| make(random, row)).collect()
    };
    let day = |row: usize| (row as u64 * DAYS / rows as u64) as i64;
    let times = each(&mut |random, row| random.some(|random| day(row) * 86_400_000_000 + random.below(1000) as i64));
    let numbers = each(&mut |random, _| random.some(|random| random.below(50) as i64));
    let reals = each(&mut |random, _| random.some(|random| random.below(20) as i64));
    let names = each(&mut |random, _| random.some(|random| random.below(NAMES.len() as u64) as i64));
    let lines = each(&mut |random, _| random.some(|random| random.below(1 << 40) as i64));
    let texts = each(&mut |random, _| random.some(|random| random.below(9) as i64));
    let real = |value: i64| if value == 0 { f64::NAN } else { value as f64 - 10.0 };
    let text = |value: i64| match value {
        0 => "no JSON".to_owned(),
        value => format!("{{\"a\": {value}}}"),
    };
    let line = |value: i64| format!("a line of its own, {value} and {}", value % 91);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(TimestampMicrosecondArray::from(times)),
        Arc::new(Int64Array::from(numbers)),
        Arc::new(reals.into_iter().map(|value| value.map(real)).collect::<Float64Array>()),
        Arc::new(names.into_iter().map(|value| value.map(|value| NAMES[value as usize])).collect::<StringArray>()),
        Arc::new(lines.into_iter().map(|value| value.map(line)).collect::<StringArray>()),
        Arc::new(texts.into_iter().map(|value| value.map(text)).collect::<StringArray>()),
    ];
    let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), columns).unwrap();
    let properties = WriterProperties::builder()
        .set_max_row_group_row_count(Some(rows / (1 + random.below(5) as usize) + 1))
        .set_dictionary_enabled(random.below(4) > 0)
        // A small one overflows, and plain pages follow.
        .set_dictionary_page_size_limit(if random.below(3) == 0 { 64 } else { 1 << 20 })
        .set_data_page_row_count_limit(1 + random.below(60) as usize)
        .set_write_batch_size(1 + random.below(20) as usize)
        .set_compression(if rows % 3 == 1 { Compression::UNCOMPRESSED } else { Compression::SNAPPY })
        .set_writer_version(if random.below(2) == 0 { WriterVersion::PARQUET_1_0 } else { WriterVersion::PARQUET_2_0 })
        .build();
    let mut bytes = Vec::new();
    let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
    writer.write(&batch).unwrap();
    writer.close().unwrap();
    bytes
}

fn text(value: &str) -> Expr {
    lit(ScalarValue::Utf8View(Some(value.to_owned())))
}

fn condition(random: &mut Random, depth: u64) -> Expr {
    let name = |random: &mut Random| text(NAMES[random.below(NAMES.len() as u64) as usize]);
    let operators = [Operator::Eq, Operator::NotEq, Operator::Lt, Operator::LtEq, Operator::Gt, Operator::GtEq];
    let operator = operators[random.below(6) as usize];
    match random.below(if depth < 3 { 12 } else { 9 }) {
        0 => {
            let at = ticks::UNIX_EPOCH + random.below(DAYS) as i64 * ticks::PER_DAY + random.below(3) as i64;
            binary_expr(col("t"), operator, lit(at))
        }
        1 => binary_expr(col("n"), operator, lit(random.below(50) as i64)),
        2 => col("r").lt(lit(random.below(10) as f64 - 5.0)).is_true(),
        3 => binary_expr(col("name"), operator, name(random)),
        4 => {
            let values = vec![name(random), name(random)];
            col("name").in_list(values, random.below(2) == 0)
        }
        5 => col("line").like(text(&format!("%{}%", random.below(1000)))),
        6 => col("d").like(text(&format!("%{}%", random.below(9)))),
        7 => [col("t"), col("n"), col("d")][random.below(3) as usize].clone().is_null(),
        8 => col("name").like(text("%a%")).or(col("n").gt(lit(40_i64))),
        9 => condition(random, depth + 1).or(condition(random, depth + 1)),
        _ => condition(random, depth + 1).and(condition(random, depth + 1)),
    }
}

fn lines(batches: &[RecordBatch]) -> Vec<String> {
    pretty_format_batches(batches).unwrap().to_string().lines().map(str::to_owned).collect()
}

/// The rows of a frame, and its plan.
async fn rows(frame: DataFrame) -> (Vec<String>, String) {
    let plan = frame.clone().create_physical_plan().await.unwrap();
    let mut rows = lines(&frame.collect().await.unwrap());
    rows.sort();
    (rows, displayable(plan.as_ref()).indent(true).to_string())
}

async fn check(tables: &TableSet, random: &mut Random, partitions: usize) {
    let config = SessionConfig::new()
        .with_target_partitions(partitions)
        .with_batch_size(1 + random.below(100) as usize)
        .with_collect_statistics(false);
    let context = SessionContext::new_with_config(config);
    let provider = tables.provider("T").unwrap().unwrap();
    let scanned = || context.read_table(provider.clone()).unwrap();
    let all = scanned().collect().await.unwrap();
    let memory = Arc::new(MemTable::try_new(provider.schema(), vec![all]).unwrap());
    let in_memory = || context.read_table(memory.clone()).unwrap();
    for _ in 0..6 {
        let filters: Vec<Expr> = (0..1 + random.below(3)).map(|_| condition(random, 0)).collect();
        let columns = match random.below(4) {
            0 => vec![col("n")],
            1 => vec![col("name"), col("line"), col("t")],
            2 => vec![col("d"), col("name").like(text("%a%")).alias("is_a"), col("n").is_null().alias("none")],
            _ => ["t", "n", "r", "name", "line", "d"].map(col).to_vec(),
        };
        let ask = |frame: DataFrame| {
            let filtered = filters.iter().cloned().fold(frame, |frame, filter| frame.filter(filter).unwrap());
            filtered.select(columns.clone()).unwrap()
        };
        let (found, plan) = rows(ask(scanned())).await;
        assert!(plan.contains("ParquetScanExec") && !plan.contains("FilterExec"), "{plan}");
        assert_eq!(found, rows(ask(in_memory())).await.0, "{plan}");

        let is_ascending = random.below(2) == 0;
        let key = ["t", "n"][random.below(2) as usize];
        let top = |frame: DataFrame| {
            let sorted = frame.sort(vec![col(key).sort(is_ascending, is_ascending)]).unwrap();
            sorted.limit(0, Some(5)).unwrap().select(vec![col(key)]).unwrap()
        };
        let (found, plan) = rows(top(scanned())).await;
        assert_eq!(found, rows(top(in_memory())).await.0, "{plan}");
    }
}

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap()
}

#[test]
fn filters_within_the_scan_are_filters_above_it() {
    for seed in 0..40 {
        let mut random = Random(seed);
        let rows = 1 + random.below(300) as usize;
        let folder =
            folder(&[("T/1.parquet", &file(&mut random, rows)), ("T/2.parquet", &file(&mut random, 1 + rows / 3))]);
        let tables = tables(folder.path());
        runtime().block_on(check(&tables, &mut random, 2));
    }
}

#[test]
fn partitions_read_all_rows_once() {
    for seed in 0..2 {
        let mut random = Random(seed);
        let folder = folder(&[("T.parquet", &file(&mut random, 60_000))]);
        let tables = tables(folder.path());
        runtime().block_on(check(&tables, &mut random, 3));
    }
}

/// They are read in pieces, unless their pages are long.
#[test]
fn large_row_groups() {
    const ROWS: i64 = 600_000;
    let numbers = |add: i64| Arc::new(Int64Array::from_iter_values((0..ROWS).map(move |n| n + add))) as ArrayRef;
    let batch = RecordBatch::try_from_iter([("n", numbers(0)), ("m", numbers(7))]).unwrap();
    for page_rows in [2_000, 10_000_000] {
        let properties = WriterProperties::builder()
            .set_dictionary_enabled(false)
            .set_compression(Compression::SNAPPY)
            .set_max_row_group_row_count(Some(ROWS as usize))
            .set_data_page_row_count_limit(page_rows)
            .set_data_page_size_limit(1 << 30)
            .build();
        let mut bytes = Vec::new();
        let mut writer = ArrowWriter::try_new(&mut bytes, batch.schema(), Some(properties)).unwrap();
        writer.write(&batch).unwrap();
        writer.close().unwrap();
        let folder = folder(&[("T.parquet", &bytes)]);
        let tables = tables(folder.path());
        let found = runtime().block_on(async {
            let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(2));
            let provider = tables.provider("T").unwrap().unwrap();
            let frame = context.read_table(provider).unwrap().filter(col("n").gt_eq(lit(100_000_i64))).unwrap();
            frame.select(vec![col("m"), col("n")]).unwrap().collect().await.unwrap()
        });
        let mut rows: Vec<(i64, i64)> = Vec::new();
        for batch in &found {
            let [m, n] = [0, 1].map(|column| batch.column(column).as_primitive::<Int64Type>());
            rows.extend(m.values().iter().zip(n.values()).map(|(m, n)| (*n, *m)));
        }
        rows.sort_unstable();
        assert!(rows.iter().copied().eq((100_000..ROWS).map(|n| (n, n + 7))), "{} rows", rows.len());
    }
}

/// The scan of a frame that is filtered and projected.
async fn scan_of(frame: DataFrame) -> Arc<dyn ExecutionPlan> {
    let mut node = frame.create_physical_plan().await.unwrap();
    while !node.is::<ParquetScanExec>() {
        node = node.children().into_iter().next().cloned().unwrap();
    }
    node
}

#[test]
fn a_shared_scan_gives_each_partition_what_each_of_its_parts_gives_it() {
    let mut shared_scans = 0;
    for seed in 0..40 {
        let mut random = Random(seed);
        let rows = 200 + random.below(300) as usize;
        let folder = folder(&[("T/1.parquet", &file(&mut random, rows)), ("T/2.parquet", &file(&mut random, rows))]);
        let tables = tables(folder.path());
        runtime().block_on(async {
            let config = SessionConfig::new().with_target_partitions(2).with_batch_size(1 + random.below(100) as usize);
            let context = SessionContext::new_with_config(config);
            let provider = tables.provider("T").unwrap().unwrap();
            let mut scans = Vec::new();
            for _ in 0..2 + random.below(2) {
                let day = ticks::UNIX_EPOCH + random.below(DAYS) as i64 * ticks::PER_DAY;
                // Row groups are left out by time.
                let time = if random.below(2) == 0 { col("t").lt(lit(day)) } else { col("t").gt(lit(day)) };
                let frame = context.read_table(provider.clone()).unwrap();
                let filtered = frame.filter(time).unwrap().filter(condition(&mut random, 1)).unwrap();
                scans.push(scan_of(filtered.select(vec![col("line"), col("d"), col("n")]).unwrap()).await);
            }
            let scans: Vec<&ParquetScanExec> = scans.iter().map(|scan| scan.downcast_ref().unwrap()).collect();
            let Some(shared) = SharedParquetScan::of(&scans).unwrap() else { return };
            shared_scans += 1;
            for partition in 0..shared.scan.spec().partitions {
                let read = |scan: &ParquetScanExec| collect(scan.execute(partition, context.task_ctx()).unwrap());
                let all = read(&shared.scan).await.unwrap();
                for part in &shared.parts {
                    let of_part = all.iter().map(|batch| {
                        let rows = filter_record_batch(batch, batch.column(part.is_of_part).as_boolean()).unwrap();
                        rows.project(&part.outputs).unwrap().columns().to_vec()
                    });
                    let schema = part.alone.schema();
                    let of_part = of_part.map(|columns| RecordBatch::try_new(schema.clone(), columns).unwrap());
                    let of_part: Vec<RecordBatch> = of_part.collect();
                    let alone = read(&part.alone).await.unwrap();
                    // Where there is no batch, there is no schema to show.
                    let shown = |batches: &[RecordBatch]| {
                        let filled: Vec<RecordBatch> =
                            batches.iter().filter(|each| each.num_rows() > 0).cloned().collect();
                        lines(&filled)
                    };
                    assert_eq!(shown(&of_part), shown(&alone), "seed {seed}");
                }
            }
        });
    }
    assert!(shared_scans > 30, "{shared_scans}");
}
