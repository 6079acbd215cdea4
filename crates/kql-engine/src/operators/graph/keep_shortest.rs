//! The shortest of the paths between each two nodes.

use std::collections::HashMap;

use datafusion::arrow::array::{BooleanArray, RecordBatch};
use datafusion::arrow::compute::filter_record_batch;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::execution::memory_pool::MemoryReservation;
use serde::{Deserialize, Serialize};

use super::OfAllRows;
use super::adjacency::long_column;
use crate::operators::gathered::Gathered;
use crate::operators::own::{Behaviour, Worker};

/// Keeps the shortest paths between each two nodes, or the first one of them.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct KeepShortest {
    pub source: String,
    pub target: String,
    pub length: String,
    pub all: bool,
}

impl KeepShortest {
    fn kept(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        let [sources, targets, lengths] =
            [&self.source, &self.target, &self.length].map(|name| long_column(batch, name));
        let (sources, targets, lengths) = (sources?, targets?, lengths?);
        let rows = || sources.values().iter().zip(targets.values()).zip(lengths.values());
        let mut shortest: HashMap<(i64, i64), i64> = HashMap::new();
        for ((source, target), length) in rows() {
            let known = shortest.entry((*source, *target)).or_insert(*length);
            *known = (*known).min(*length);
        }
        let kept = rows().map(|((source, target), length)| {
            let ends = (*source, *target);
            let keep = shortest.get(&ends) == Some(length);
            if keep && !self.all {
                shortest.remove(&ends);
            }
            Some(keep)
        });
        let kept: BooleanArray = kept.collect();
        Ok(filter_record_batch(batch, &kept)?)
    }
}

impl Behaviour for KeepShortest {
    fn name(&self) -> &'static str {
        "KeepShortest"
    }

    fn describe(&self) -> String {
        let which = if self.all { "all" } else { "any" };
        format!("{which} of {}, {} by {}", self.source, self.target, self.length)
    }

    fn reads(&self) -> Vec<&str> {
        vec![&self.source, &self.target, &self.length]
    }

    fn filters_by(&self, column: &str) -> bool {
        column == self.source || column == self.target
    }

    fn worker(&self, input: &SchemaRef, _output: &SchemaRef, memory: MemoryReservation) -> Result<Box<dyn Worker>> {
        let specification = self.clone();
        let compute = move |batch: RecordBatch| specification.kept(&batch);
        Ok(Box::new(OfAllRows { rows: Gathered::new(input.clone(), memory), compute }))
    }
}
