//! A filter within a scan keeps the rows that a filter over the scan keeps.

use std::sync::Arc;

use datafusion::arrow::compute::{cast, concat_batches};
use datafusion::arrow::datatypes::DataType;
use datafusion::arrow::util::pretty::pretty_format_batches;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, IsNotNullExpr, col, lit};
use datafusion::physical_plan::filter::FilterExecBuilder;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::{SessionConfig, SessionContext};
use kql_tables::{OnError, TableOptions, TextScanExec};

use crate::support::{folder, tables_with};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

/// The scan of a file as the table `T`, all columns.
fn scan(file: &str, content: &str, options: TableOptions) -> (tempfile::TempDir, TextScanExec) {
    let folder = folder(&[(file, content.as_bytes())]);
    let tables = tables_with(folder.path(), options);
    let provider = tables.provider("T").unwrap().unwrap();
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(1));
    let plan = runtime().block_on(provider.scan(&context.state(), None, &[], None)).unwrap();
    let spec = plan.downcast_ref::<TextScanExec>().unwrap().spec().clone();
    (folder, TextScanExec::from_spec(spec))
}

/// The rows of a plan as text, or its error.
fn rows(plan: Arc<dyn ExecutionPlan>, batch_size: usize) -> Result<String, String> {
    let context = SessionContext::new_with_config(SessionConfig::new().with_batch_size(batch_size)).task_ctx();
    let batches = runtime().block_on(collect(plan.clone(), context)).map_err(|error| error.to_string())?;
    let batch = concat_batches(&plan.schema(), &batches).unwrap();
    let columns = batch.columns().iter().map(|column| cast(column, &DataType::Utf8).unwrap());
    let named = plan.schema().fields().iter().map(|field| field.name().clone()).zip(columns).collect::<Vec<_>>();
    if named.is_empty() {
        return Ok(format!("{} rows", batch.num_rows()));
    }
    let batch = datafusion::arrow::array::RecordBatch::try_from_iter(named).unwrap();
    Ok(pretty_format_batches(&[batch]).unwrap().to_string())
}

fn text(text: &str) -> Arc<dyn PhysicalExpr> {
    lit(ScalarValue::Utf8View(Some(text.to_owned())))
}

fn filtered(
    scan: &TextScanExec,
    predicate: &Arc<dyn PhysicalExpr>,
    output: Option<&[usize]>,
    limit: Option<usize>,
) -> Arc<dyn ExecutionPlan> {
    Arc::new(scan.with_filter(predicate, output, limit).unwrap().unwrap())
}

/// Conditions on the columns `a` (long), `s` (string) and `x` (dynamic), and what they may be used for.
fn predicates(scan: &TextScanExec) -> Vec<Arc<dyn PhysicalExpr>> {
    let schema = scan.schema();
    let column = |name: &str| col(name, &schema).unwrap();
    let compare = |left, operator, right| Arc::new(BinaryExpr::new(left, operator, right)) as Arc<dyn PhysicalExpr>;
    let large = compare(column("a"), Operator::Gt, lit(7_i64));
    let two = compare(column("s"), Operator::Eq, text("two"));
    vec![
        lit(true),
        lit(false),
        large.clone(),
        two.clone(),
        compare(large.clone(), Operator::Or, two.clone()),
        compare(large, Operator::And, two),
        Arc::new(IsNotNullExpr::new(column("x"))),
    ]
}

fn lines() -> String {
    let line = |row: usize| match row % 5 {
        0 => format!(
            "{{\"a\":{row},\"s\":\"two\",\"x\":{{\"n\":{row}}},\"text\":\"a text of row {row} beyond a view's twelve\"}}\n"
        ),
        1 => format!("{{\"s\":\"t\\u0077o\",\"a\":{row}}}\n"),
        2 => format!("{{ \"x\" : [ {row} ], \"text\" : \"\" }}\n\n"),
        3 => format!("{{\"a\":null,\"s\":\"three\",\"text\":\"{}\"}}\n", "z".repeat(row)),
        _ => format!("{{\"a\":{row},\"a\":{},\"s\":\"ü\"}}\n", row % 9),
    };
    (0..60).map(line).collect()
}

#[test]
fn filters_within_and_over_a_scan_keep_the_same_rows() {
    let csv = "a,s,x,text\n1,two,[1],x\n9,one,,y\n,two,\"{\"\"a\"\":1}\",\"a, b\"\n20,two,,\n";
    for (file, content) in [("T.ndjson", lines()), ("T.csv", csv.to_owned())] {
        for on_error in [OnError::Fail, OnError::Skip, OnError::Null] {
            let (_folder, scan) = scan(file, &content, TableOptions { on_error, ..TableOptions::default() });
            let all = Arc::new(TextScanExec::from_spec(scan.spec().clone()));
            for predicate in predicates(&scan) {
                for output in [None, Some(vec![3, 0]), Some(vec![1]), Some(vec![2, 3]), Some(Vec::new())] {
                    let over = FilterExecBuilder::new(predicate.clone(), all.clone());
                    let over = over.apply_projection(output.clone()).unwrap().build().unwrap();
                    let expected = rows(Arc::new(over), 100).unwrap();
                    for batch_size in [1, 3, 100] {
                        let within = filtered(&scan, &predicate, output.as_deref(), None);
                        assert_eq!(rows(within, batch_size).unwrap(), expected, "{predicate} of {file}");
                    }
                }
            }
        }
    }
}

#[test]
fn a_limit_counts_the_rows_that_are_kept() {
    let (_folder, scan) = scan("T.ndjson", &lines(), TableOptions::default());
    let two = predicates(&scan).swap_remove(3);
    let all = rows(filtered(&scan, &two, Some(&[0]), None), 100).unwrap();
    for limit in [0, 1, 2, 5, 24, 25, 100] {
        let some = rows(filtered(&scan, &two, Some(&[0]), Some(limit)), 4).unwrap();
        let expected = all.lines().count() - 4;
        assert_eq!(some.lines().count() - 4, expected.min(limit), "{limit}");
    }
    assert!(scan.with_filter(&two, None, None).unwrap().unwrap().with_filter(&two, None, None).unwrap().is_none());
}

#[test]
fn what_cannot_be_read_is_an_error_where_the_filter_asks_for_it() {
    let sample = "{\"a\":1,\"s\":\"one\",\"x\":[],\"text\":\"\"}\n";
    let options = TableOptions { sample_bytes: 40, ..TableOptions::default() };
    let broken = format!("{sample}{{\"a\":8,\"s\":\"two\"}}\n{{\"a\":9,\"s\":\"two\",}}\n");
    let (_folder, broken) = scan("T.ndjson", &broken, options.clone());
    for predicate in predicates(&broken) {
        let error = rows(filtered(&broken, &predicate, None, None), 100).unwrap_err();
        assert!(error.contains("T.ndjson:3: column 18: expected a key in quotes"), "{error}");
    }
    // Beyond what inference looks at.
    let mut misfit = sample.repeat(20_000);
    misfit.insert_str(sample.len() * 5000, "{\"a\":\"no\",\"s\":\"two\"}\n");
    let (_folder, misfit) = scan("T.ndjson", &misfit, TableOptions { sample_bytes: 64 * 1024, ..options });
    let schema = misfit.schema();
    for (text, fails) in [("one", false), ("two", true)] {
        let is_text: Arc<dyn PhysicalExpr> =
            Arc::new(BinaryExpr::new(col("s", &schema).unwrap(), Operator::Eq, self::text(text)));
        let outcome = rows(filtered(&misfit, &is_text, None, None), 100);
        assert_eq!(outcome.as_ref().is_err_and(|error| error.contains("T.ndjson:5001: a: not a whole number")), fails);
        assert_eq!(outcome.is_err(), fails);
    }
}
