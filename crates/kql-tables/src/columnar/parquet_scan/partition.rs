//! One partition of a scan: units in turn, batch by batch.

use std::sync::{Arc, OnceLock};

use datafusion::arrow::array::RecordBatch;
use datafusion::arrow::compute::BatchCoalescer;
use datafusion::error::Result;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::lit;
use datafusion::physical_expr_common::physical_expr::snapshot_physical_expr;
use url::Url;

use super::ParquetFile;
use super::dictionary::Evaluator;
use super::file::LocalFile;
use super::filters::Stage;
use super::statistics::may_match;
use super::unit::{OpenFile, Scan, UnitReader};
use super::work::{Unit, Work};
use crate::TableError;

/// Divides the work when the first partition starts.
#[derive(Debug, Default)]
pub(super) struct SharedWork(OnceLock<Result<Work, TableError>>);

impl SharedWork {
    fn get(&self, scan: &Scan) -> Result<&Work, TableError> {
        self.0.get_or_init(|| Work::of(scan)).as_ref().map_err(Clone::clone)
    }
}

/// Hands out the batches of a partition.
pub(super) struct PartitionScan {
    scan: Arc<Scan>,
    work: Arc<SharedWork>,
    partition: usize,
    outputs: Vec<Evaluator>,
    /// The filters in their order, known with the first unit.
    stages: Option<Vec<Stage>>,
    file: Option<(usize, LocalFileAndMetadata)>,
    /// What is being read, and the bounds as they were when it began.
    current: Option<(UnitReader, Vec<Stage>)>,
    /// Brings small batches together.
    coalescer: BatchCoalescer,
    rows_left: Option<usize>,
    is_finished: bool,
}

pub(super) type LocalFileAndMetadata = (Arc<LocalFile>, datafusion::parquet::arrow::arrow_reader::ArrowReaderMetadata);

impl PartitionScan {
    pub(super) fn new(scan: Arc<Scan>, work: Arc<SharedWork>, partition: usize) -> PartitionScan {
        let outputs = scan.outputs.iter().map(|output| scan.evaluator(output)).collect();
        let coalescer = BatchCoalescer::new(scan.schema.clone(), scan.batch_rows)
            .with_biggest_coalesce_batch_size(Some(scan.batch_rows / 2));
        let rows_left = scan.spec.limit;
        PartitionScan {
            scan,
            work,
            partition,
            outputs,
            stages: None,
            file: None,
            current: None,
            coalescer,
            rows_left,
            is_finished: false,
        }
    }

    fn read(&mut self) -> Result<Option<RecordBatch>> {
        let scan = self.scan.clone();
        loop {
            if let Some(batch) = self.coalescer.next_completed_batch() {
                return Ok(Some(batch));
            }
            if self.is_finished || self.rows_left == Some(0) {
                return Ok(None);
            }
            let batch = match (&mut self.current, &self.file) {
                (Some((reader, stages)), Some((place, (bytes, metadata)))) => {
                    let Some(file) = scan.spec.files.get(*place) else { return Ok(None) };
                    let file = OpenFile { file, bytes: bytes.clone(), metadata: metadata.clone() };
                    reader.next(&scan, &file, stages, &mut self.outputs)?
                }
                _ => None,
            };
            match batch {
                Some(batch) => self.push(batch)?,
                None => {
                    if let Some((_, stages)) = self.current.take() {
                        self.stages = Some(stages);
                    }
                    if !self.start_unit(&scan)? {
                        self.is_finished = true;
                        self.coalescer.finish_buffered_batch()?;
                    }
                }
            }
        }
    }

    fn push(&mut self, batch: RecordBatch) -> Result<()> {
        let batch = match &mut self.rows_left {
            Some(left) => {
                let batch = batch.slice(0, batch.num_rows().min(*left));
                *left -= batch.num_rows();
                batch
            }
            None => batch,
        };
        self.coalescer.push_batch(batch)?;
        if self.rows_left == Some(0) {
            self.coalescer.finish_buffered_batch()?;
        }
        Ok(())
    }

    /// Starts with the next unit; `false` when there is none.
    fn start_unit(&mut self, scan: &Arc<Scan>) -> Result<bool> {
        let work = self.work.clone();
        let work = work.get(scan)?;
        let Some(mut unit) = work.next(self.partition) else { return Ok(false) };
        let bounds = current_bounds(scan)?;
        if scan.takes_best_first() && bounds.is_empty() {
            // A few rows may already tell which of the others are not wanted.
            let first = unit.split_off(scan.batch_rows);
            work.give_back(self.partition, unit);
            unit = first;
        }
        let (bytes, metadata) = self.open(scan, unit.file)?;
        let Some(file) = scan.spec.files.get(unit.file) else { return Ok(false) };
        let file = OpenFile { file, bytes, metadata };
        if !bounds.is_empty() && !self.may_match(scan, &file, &unit, &bounds) {
            return Ok(true);
        }
        scan.rows_looked_at.add(unit.rows.len());
        let cost = |column: usize| file.bytes_of(scan, unit.group, column);
        let mut stages = match self.stages.take() {
            // Bounds stand before the filters, and are new for each unit.
            Some(stages) if scan.bounds.is_empty() => stages,
            _ => Stage::group(bounds.iter().chain(&scan.filters).map(|filter| scan.evaluator(filter)), cost),
        };
        match UnitReader::open(scan, &file, &unit, &mut stages, &self.outputs, None)? {
            Some(reader) => self.current = Some((reader, stages)),
            None => self.stages = Some(stages),
        }
        Ok(true)
    }

    fn may_match(&self, scan: &Scan, file: &OpenFile<'_>, unit: &Unit, bounds: &[Arc<dyn PhysicalExpr>]) -> bool {
        let group = file.metadata.metadata().row_groups().get(unit.group);
        group.is_none_or(|group| may_match(&scan.spec, bounds, &file.metadata, &[group]) != [false])
    }

    fn open(&mut self, scan: &Scan, place: usize) -> Result<LocalFileAndMetadata> {
        if let Some((at, open)) = &self.file
            && *at == place
        {
            return Ok(open.clone());
        }
        let Some(file) = scan.spec.files.get(place) else {
            return datafusion::common::internal_err!("there is no file {place}");
        };
        let open = open_local(scan, place, file)?;
        self.file = Some((place, open.clone()));
        Ok(open)
    }
}

/// The file at a place of the specification.
pub(super) fn open_local(scan: &Scan, place: usize, file: &ParquetFile) -> Result<LocalFileAndMetadata> {
    let metadata = scan.metadata.of(place, file)?;
    let fail = |error: &dyn std::fmt::Display| TableError::new(&file.path, error);
    let path = Url::parse(&file.url).ok().and_then(|url| url.to_file_path().ok());
    let path = path.ok_or_else(|| fail(&"not a file on this machine"))?;
    let bytes = Arc::new(LocalFile::open(&path).map_err(|error| fail(&error))?);
    Ok((bytes, metadata))
}

/// The bounds as they are now, without those that let everything through.
fn current_bounds(scan: &Scan) -> Result<Vec<Arc<dyn PhysicalExpr>>> {
    let mut current = Vec::new();
    for bound in &scan.bounds {
        let bound = snapshot_physical_expr(bound.clone())?;
        if bound.as_ref() != lit(true).as_ref() {
            current.push(bound);
        }
    }
    Ok(current)
}

impl Iterator for PartitionScan {
    type Item = Result<RecordBatch>;

    fn next(&mut self) -> Option<Result<RecordBatch>> {
        let read = self.read();
        if read.is_err() {
            self.is_finished = true;
            self.current = None;
        }
        read.transpose()
    }
}
