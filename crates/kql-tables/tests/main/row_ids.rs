//! Rows that are read again by their ids are the rows that the scan told.

use std::sync::Arc;

use datafusion::arrow::array::{AsArray, RecordBatch, UInt32Array};
use datafusion::arrow::compute::{concat_batches, take_record_batch};
use datafusion::arrow::datatypes::UInt64Type;
use datafusion::physical_plan::{ExecutionPlan, collect_partitioned};
use datafusion::prelude::{SessionConfig, SessionContext};
use kql_tables::{OnError, RowsById, TableOptions, TextScanExec};

use crate::support::{folder, tables_with};

fn runtime() -> tokio::runtime::Runtime {
    tokio::runtime::Builder::new_current_thread().build().unwrap()
}

fn scan(folder: &std::path::Path, options: TableOptions) -> Arc<dyn ExecutionPlan> {
    let provider = tables_with(folder, options).provider("T").unwrap().unwrap();
    let context = SessionContext::new_with_config(SessionConfig::new().with_target_partitions(3));
    runtime().block_on(provider.scan(&context.state(), None, &[], None)).unwrap()
}

fn rows(plan: Arc<dyn ExecutionPlan>, batch_size: usize) -> RecordBatch {
    let context = SessionContext::new_with_config(SessionConfig::new().with_batch_size(batch_size)).task_ctx();
    let batches = runtime().block_on(collect_partitioned(plan.clone(), context)).unwrap();
    concat_batches(&plan.schema(), batches.iter().flatten()).unwrap()
}

fn read(rows: &Arc<dyn RowsById>, ids: &[u64]) -> Result<RecordBatch, String> {
    let context = SessionContext::new().task_ctx();
    runtime().block_on(rows.read(ids, &context)).map_err(|error| error.to_string())
}

/// Lines of all lengths: many short ones, some that are longer than what is read at once.
fn lines(count: usize, end: &str) -> String {
    let line = |row: usize| {
        let length = if row.is_multiple_of(97) { row * 400 } else { row % 13 };
        format!("{{\"n\":{row},\"text\":\"{}\",\"d\":{{\"a\":[{row}]}}}}{end}", "ä".repeat(length))
    };
    (0..count).map(line).collect()
}

#[test]
fn lines_are_found_again() {
    for (start, end) in [("", "\n"), ("\u{feff}", "\r\n"), ("\n\n", "\n \n")] {
        let one = format!("{start}{}", lines(2000, end));
        let folder =
            folder(&[("T/one.ndjson", one.as_bytes()), ("T/two.ndjson", lines(300, end).trim_end().as_bytes())]);
        let plan = scan(folder.path(), TableOptions::default());
        let text = plan.downcast_ref::<TextScanExec>().unwrap();
        let all = rows(plan.clone(), 700);
        for places in [vec![], vec![0], vec![1, 2]] {
            let (told, by_id) = text.with_row_ids(&places).unwrap();
            let told = rows(Arc::new(told), 700);
            assert_eq!(told.project(&(0..places.len()).collect::<Vec<_>>()).unwrap(), all.project(&places).unwrap());
            let ids = told.column(places.len()).as_primitive::<UInt64Type>().values().to_vec();
            assert!(ids.is_sorted() && ids.len() == 2300);
            for step in [1, 7, 97, 2299, 5000] {
                for from in [0, 1, 2200] {
                    let wanted: Vec<usize> = (from..2300).step_by(step).collect();
                    let some: Vec<u64> = wanted.iter().map(|row| ids[*row]).collect();
                    let expected = UInt32Array::from_iter_values(wanted.iter().map(|row| *row as u32));
                    assert_eq!(read(&by_id, &some).unwrap(), take_record_batch(&all, &expected).unwrap());
                }
            }
            assert_eq!(read(&by_id, &[]).unwrap().num_rows(), 0);
            // Within a line, or behind the last one.
            assert!(read(&by_id, &[ids[5] + 1]).unwrap_err().contains("the file changed"));
            assert!(read(&by_id, &[1 << 39]).unwrap_err().contains("the file changed"));
        }
    }
}

#[test]
fn a_file_that_changed_is_an_error() {
    let folder = folder(&[("T.ndjson", lines(20, "\n").as_bytes())]);
    let plan = scan(folder.path(), TableOptions::default());
    let (told, by_id) = plan.downcast_ref::<TextScanExec>().unwrap().with_row_ids(&[0]).unwrap();
    let told = rows(Arc::new(told), 100);
    let ids = told.column(1).as_primitive::<UInt64Type>().values().to_vec();
    let place = folder.path().join("T.ndjson");
    // What is written behind the lines leaves them where they are.
    std::fs::write(&place, lines(30, "\n")).unwrap();
    assert_eq!(read(&by_id, &ids[3..9]).unwrap().num_rows(), 6);
    std::fs::write(&place, lines(19, "\n")).unwrap();
    assert!(read(&by_id, &ids[3..9]).unwrap_err().contains("T.ndjson: the file changed while the query read it"));
    std::fs::remove_file(&place).unwrap();
    assert!(read(&by_id, &ids[3..9]).is_err());
}

#[test]
fn only_plain_files_of_lines_have_ids() {
    let folder = folder(&[("T.ndjson", lines(20, "\n").as_bytes())]);
    for (on_error, has_ids) in [(OnError::Fail, true), (OnError::Skip, false), (OnError::Null, false)] {
        let plan = scan(folder.path(), TableOptions { on_error, ..TableOptions::default() });
        assert_eq!(plan.downcast_ref::<TextScanExec>().unwrap().with_row_ids(&[0]).is_some(), has_ids);
    }
    let (told, _) = scan(folder.path(), TableOptions::default())
        .downcast_ref::<TextScanExec>()
        .and_then(|scan| scan.with_row_ids(&[0]))
        .unwrap();
    assert!(told.with_row_ids(&[0]).is_none());
    for (name, content) in [("T.json", "[{\"a\":1}]"), ("T.csv", "a,b\n1,2\n")] {
        let folder = self::folder(&[(name, content.as_bytes())]);
        let plan = scan(folder.path(), TableOptions::default());
        assert!(plan.downcast_ref::<TextScanExec>().unwrap().with_row_ids(&[0]).is_none(), "{name}");
    }
}
