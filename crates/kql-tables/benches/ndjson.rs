//! Reading NDJSON: thirty-odd keys a line, of which a query wants a few. One thread; the file is in the system's cache.

#![expect(clippy::expect_used, reason = "a benchmark that cannot be set up is to stop")]

use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, LazyLock};

use datafusion::execution::TaskContext;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, lit};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use datafusion::prelude::{SessionConfig, SessionContext};
use divan::Bencher;
use divan::counter::BytesCount;
use futures::TryStreamExt;
use kql_tables::{TableOptions, TableSet, TextScanExec};
use tokio::runtime::Runtime;

fn main() {
    divan::main();
}

const ROWS: usize = 50_000;

/// A folder with the table, and the size of its file.
static TABLE: LazyLock<(tempfile::TempDir, usize)> = LazyLock::new(|| {
    let folder = tempfile::tempdir().expect("a folder for the table");
    let mut file = std::fs::File::create(folder.path().join("Processes.ndjson")).expect("the table's file");
    let mut size = 0;
    for row in 0..ROWS {
        let line = line(row);
        size += line.len();
        file.write_all(line.as_bytes()).expect("room for the table");
    }
    (folder, size)
});

/// One line; a number that looks random stands in most of its values.
fn line(row: usize) -> String {
    let hash = (row as u64 + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut line = format!(
        "{{\"Timestamp\":\"2026-11-{:02}T{:02}:{:02}:{:02}.123456Z\",\"Device\":\"host{:05}.corp.example.com\",\"Kind\":{}",
        1 + row % 28,
        row % 24,
        row % 60,
        hash % 60,
        hash % 5000,
        hash % 7,
    );
    let _ = write!(
        line,
        ",\"CommandLine\":\"\\\"C:\\\\Windows\\\\System32\\\\tool{}.exe\\\" /quiet /job {hash:016x}-{hash:016x} /target build{}\"",
        hash % 40,
        hash % 9000,
    );
    for number in 0..24 {
        let _ = write!(line, ",\"SomeOtherColumn{number}\":\"{:x}\"", hash.rotate_left(number) >> (number * 2));
    }
    let _ = writeln!(
        line,
        ",\"Size\":{},\"IsSigned\":{},\"Details\":{{\"zone\":\"Internet\",\"flags\":[1,2,{}],\"signed\":true}}}}",
        hash % 1_000_000,
        hash.is_multiple_of(3),
        hash % 10,
    );
    line
}

/// The scan of some columns.
fn scan(columns: &[&str]) -> (Arc<TaskContext>, TextScanExec) {
    let mut tables = TableSet::new(TableOptions::default());
    tables.add_folder(TABLE.0.path()).expect("the table's folder");
    let provider = tables.provider("Processes").expect("a table that can be opened").expect("the table");
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
    let schema = provider.schema();
    let places: Vec<usize> = columns.iter().map(|name| schema.index_of(name).expect("the column")).collect();
    let plan = runtime().block_on(provider.scan(&context.state(), Some(&places), &[], None)).expect("a plan");
    let spec = plan.downcast_ref::<TextScanExec>().expect("a scan").spec().clone();
    (context.task_ctx(), TextScanExec::from_spec(spec))
}

fn runtime() -> &'static Runtime {
    static RUNTIME: LazyLock<Runtime> =
        LazyLock::new(|| tokio::runtime::Builder::new_current_thread().build().expect("a runtime"));
    &RUNTIME
}

/// Reads all of a plan and drops its batches.
fn bench(bencher: Bencher, context: Arc<TaskContext>, plan: TextScanExec) {
    let plan: Arc<dyn ExecutionPlan> = Arc::new(plan);
    bencher.counter(BytesCount::new(TABLE.1)).bench(|| {
        runtime().block_on(async {
            let mut batches = execute_stream(plan.clone(), context.clone()).expect("a stream");
            let mut rows = 0;
            while let Some(batch) = batches.try_next().await.expect("a batch") {
                rows += batch.num_rows();
            }
            rows
        })
    });
}

#[divan::bench]
fn no_column(bencher: Bencher) {
    let (context, plan) = scan(&[]);
    bench(bencher, context, plan);
}

#[divan::bench(args = ["Device", "CommandLine", "Timestamp", "Size", "IsSigned", "Details"])]
fn one_column(bencher: Bencher, column: &str) {
    let (context, plan) = scan(&[column]);
    bench(bencher, context, plan);
}

#[divan::bench]
fn four_columns(bencher: Bencher) {
    let (context, plan) = scan(&["Timestamp", "Device", "CommandLine", "Details"]);
    bench(bencher, context, plan);
}

/// The rows of one kind in so many.
#[divan::bench(args = [1, 7])]
fn filtered(bencher: Bencher, kinds: i64) {
    let (context, plan) = scan(&["Kind", "Timestamp", "Device", "CommandLine", "Details"]);
    let kind: Arc<dyn PhysicalExpr> = Arc::new(Column::new("Kind", 0));
    let operator = if kinds == 1 { Operator::GtEq } else { Operator::Eq };
    let predicate: Arc<dyn PhysicalExpr> = Arc::new(BinaryExpr::new(kind, operator, lit(0_i64)));
    let plan = plan.with_filter(&predicate, Some(&[1, 2, 3, 4]), None).expect("a filter").expect("a scan without one");
    bench(bencher, context, plan);
}
