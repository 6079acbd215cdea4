//! However a file is split, its lines are read once each.

use std::sync::Arc;

use datafusion::arrow::compute::concat_batches;
use datafusion::physical_plan::{ExecutionPlan, collect};
use datafusion::prelude::{SessionConfig, SessionContext};
use kql_tables::{FilePart, Source, TextScanExec, TextScanSpec};

use crate::support::{folder, tables};

/// The specification of the only table's scan.
fn spec(content: &[u8]) -> (tempfile::TempDir, TextScanSpec) {
    let folder = folder(&[("T.ndjson", content)]);
    let provider = tables(folder.path()).provider("T").unwrap().unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let context = SessionContext::new();
    let plan = runtime.block_on(provider.scan(&context.state(), None, &[], None)).unwrap();
    let spec = plan.downcast_ref::<TextScanExec>().unwrap().spec().clone();
    (folder, spec)
}

/// The values of the first column, partition after partition.
fn values(spec: TextScanSpec) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
    let config = SessionConfig::new().with_batch_size(3);
    let context = SessionContext::new_with_config(config).task_ctx();
    let mut values = Vec::new();
    for partition in &spec.partitions {
        let single = TextScanSpec { partitions: vec![partition.clone()], ..spec.clone() };
        // Over the wire and back.
        let single = serde_json::from_str(&serde_json::to_string(&single).unwrap()).unwrap();
        let plan: Arc<dyn ExecutionPlan> = Arc::new(TextScanExec::from_spec(single));
        let batches = runtime.block_on(collect(plan.clone(), context.clone())).unwrap();
        let batch = concat_batches(&plan.schema(), &batches).unwrap();
        let column = datafusion::arrow::compute::cast(batch.column(0), &datafusion::arrow::datatypes::DataType::Utf8);
        let column = column.unwrap();
        let column = datafusion::arrow::array::AsArray::as_string::<i32>(&column);
        values.extend(column.iter().map(|value| value.unwrap_or("null").to_owned()));
    }
    values
}

fn split(spec: &TextScanSpec, places: &[u64]) -> TextScanSpec {
    let source: Source = spec.partitions[0][0].source.clone();
    let mut bounds = vec![0];
    bounds.extend(places);
    bounds.push(source.size());
    let part = |bounds: &[u64]| vec![FilePart { source: source.clone(), range: Some((bounds[0], bounds[1])) }];
    TextScanSpec { partitions: bounds.windows(2).map(part).collect(), ..spec.clone() }
}

#[test]
fn every_split_gives_the_same_rows() {
    for content in [
        "{\"a\":\"1\"}\n{\"a\":\"two\"}\n\n{\"a\":\"3\"}\n",
        "\u{feff}{\"a\":\"1\"}\r\n{\"a\":\"two\"}\r\n   \r\n{\"a\":\"a longer one, over thirty bytes\"}",
        "\n\n{\"a\":\"x\"}\n{\"b\":1}\n",
        "{\"a\":\"x\"}",
    ] {
        let (_folder, spec) = spec(content.as_bytes());
        let expected = values(spec.clone());
        assert!(!expected.is_empty());
        let size = content.len() as u64;
        for first in 0..=size {
            assert_eq!(values(split(&spec, &[first])), expected, "at {first} of {content:?}");
            for second in (first..=size).step_by(3) {
                assert_eq!(values(split(&spec, &[first, second])), expected, "at {first}, {second} of {content:?}");
            }
        }
    }
}

#[test]
fn long_lines_and_many_chunks() {
    let long = "x".repeat(300_000);
    let mut content = String::new();
    let mut expected = Vec::new();
    for number in 0..40 {
        let value = if number % 3 == 0 { format!("{number}{long}") } else { number.to_string() };
        content.push_str(&format!("{{\"a\":\"{value}\"}}\n"));
        expected.push(value);
    }
    // A line longer than a chunk.
    let huge = "y".repeat(9 * 1024 * 1024);
    content.push_str(&format!("{{\"a\":\"{huge}\"}}\n{{\"a\":\"end\"}}"));
    expected.extend([huge, "end".to_owned()]);
    let (_folder, spec) = spec(content.as_bytes());
    assert!(spec.partitions.len() >= 2);
    let same = |spec: TextScanSpec| values(spec) == expected;
    assert!(same(spec.clone()));
    let size = content.len() as u64;
    for place in [1, 100_000, 4_200_000, 4_300_000, 9_000_000, size - 20, size - 12, size - 11, size - 1] {
        assert!(same(split(&spec, &[place])), "at {place}");
    }
}
