//! Reading some rows of Parquet files again, by their numbers.

use std::ops::Range;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::arrow::array::{BooleanBufferBuilder, RecordBatch};
use datafusion::arrow::compute::concat_batches;
use datafusion::arrow::datatypes::SchemaRef;
use datafusion::error::Result;
use datafusion::execution::TaskContext;
use datafusion::parquet::file::metadata::RowGroupMetaData;

use super::partition::open_local;
use super::unit::{OpenFile, Scan, UnitReader};
use super::work::Unit;
use crate::TableError;
use crate::row_ids::{FileStamp, RowId, RowsById, by_file, changed};

/// Reads rows by their ids, whose place is the number of the row in its file.
#[derive(Debug)]
pub(super) struct GroupRows {
    scan: Scan,
    stamps: Vec<FileStamp>,
}

impl GroupRows {
    /// The rows of a scan without filters. The stamps are those of its files.
    pub(super) fn new(scan: Scan, stamps: Vec<FileStamp>) -> GroupRows {
        GroupRows { scan, stamps }
    }

    /// The rows with these numbers, which ascend, of one file.
    fn read_file(&self, place: usize, numbers: &[usize]) -> Result<Vec<RecordBatch>> {
        let (Some(file), Some(stamp)) = (self.scan.spec.files.get(place), self.stamps.get(place)) else {
            return Err(TableError::new(&self.scan.spec.table, "a row of no file").into());
        };
        let (bytes, metadata) = open_local(&self.scan, place, file)?;
        let file = OpenFile { file, bytes, metadata };
        let mut batches = Vec::new();
        let (mut left, mut before) = (numbers, 0);
        for (group, of_group) in file.metadata.metadata().row_groups().iter().enumerate() {
            let end = before + rows_of(of_group);
            let (here, others) = left.split_at(left.partition_point(|number| *number < end));
            if let (Some(first), Some(last)) = (here.first(), here.last()) {
                let unit = Unit { file: place, group, rows: first - before..last - before + 1 };
                self.read_unit(&file, &unit, here.iter().map(|number| number - first), &mut batches)?;
            }
            (left, before) = (others, end);
        }
        stamp.check(&file.file.path)?;
        let rows: usize = batches.iter().map(RecordBatch::num_rows).sum();
        if rows == numbers.len() { Ok(batches) } else { Err(changed(&file.file.path).into()) }
    }

    fn read_unit(
        &self,
        file: &OpenFile<'_>,
        unit: &Unit,
        rows: impl Iterator<Item = usize>,
        batches: &mut Vec<RecordBatch>,
    ) -> Result<()> {
        let mut wanted = BooleanBufferBuilder::new(unit.rows.len());
        wanted.append_n(unit.rows.len(), false);
        rows.for_each(|row| wanted.set_bit(row, true));
        let mut outputs: Vec<_> = self.scan.outputs.iter().map(|output| self.scan.evaluator(output)).collect();
        let reader = UnitReader::open(&self.scan, file, unit, &mut [], &outputs, Some(wanted.finish()))?;
        let Some(mut reader) = reader else { return Ok(()) };
        while let Some(batch) = reader.next(&self.scan, file, &mut [], &mut outputs)? {
            batches.push(batch);
        }
        Ok(())
    }
}

fn rows_of(group: &RowGroupMetaData) -> usize {
    usize::try_from(group.num_rows()).unwrap_or_default()
}

#[async_trait]
impl RowsById for GroupRows {
    fn schema(&self) -> SchemaRef {
        self.scan.schema.clone()
    }

    fn at_once(&self) -> usize {
        1 << 16
    }

    async fn read(&self, ids: &[u64], _: &Arc<TaskContext>) -> Result<RecordBatch> {
        let mut batches = Vec::new();
        for (file, Range { start, end }) in by_file(ids) {
            let ids = ids.get(start..end).unwrap_or_default().iter();
            let numbers: Vec<usize> =
                ids.map(|id| usize::try_from(RowId::of(*id).place).unwrap_or(usize::MAX)).collect();
            batches.extend(self.read_file(file, &numbers)?);
        }
        Ok(concat_batches(&self.schema(), &batches)?)
    }
}
