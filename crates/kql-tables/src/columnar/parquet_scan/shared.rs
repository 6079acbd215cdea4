//! One scan in place of several of the same files, each with its own filters.

use std::sync::Arc;

use datafusion::error::Result;
use datafusion::logical_expr::Operator;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::expressions::{BinaryExpr, Column, lit};
use datafusion::physical_expr::utils::conjunction;
use datafusion::physical_plan::projection::ProjectionExpr;

use super::dictionary::renumbered;
use super::exec::ParquetScanExec;
use super::members::Members;
use super::{ParquetColumn, ParquetScanSpec};

/// A scan that reads for several others.
#[derive(Debug)]
pub struct SharedParquetScan {
    /// Gives the rows that any of the others wants.
    pub scan: ParquetScanExec,
    pub parts: Vec<PartOfParquetScan>,
}

/// What one of the others has of it.
#[derive(Debug)]
pub struct PartOfParquetScan {
    /// The column of the shared scan that is true for its rows.
    pub is_of_part: usize,
    /// The columns of the shared scan that are its output.
    pub outputs: Vec<usize>,
    /// The scan for itself, which gives each partition the rows that the shared one gives it.
    pub alone: ParquetScanExec,
}

impl SharedParquetScan {
    /// Whether two scans read the same rows in the same partitions.
    pub fn are_of_same_rows(one: &ParquetScanExec, other: &ParquetScanExec) -> bool {
        let (one, other) = (one.spec(), other.spec());
        one.table == other.table
            && one.files == other.files
            && one.on_error == other.on_error
            && one.partitions == other.partitions
    }

    /// One scan for several that read the same rows; `None` where that does not save much of the reading, or one of them
    /// does not read rows as they come.
    ///
    /// # Errors
    /// A file whose footer cannot be read.
    pub fn of(scans: &[&ParquetScanExec]) -> Result<Option<SharedParquetScan>> {
        let Some(first) = scans.first() else { return Ok(None) };
        if scans.iter().any(|scan| !reads_as_rows_come(scan)) {
            return Ok(None);
        }
        let mut columns = Vec::new();
        for column in scans.iter().flat_map(|scan| &scan.spec().columns) {
            if !columns.contains(column) {
                columns.push(column.clone());
            }
        }
        let spec = ParquetScanSpec { columns, ..first.spec().clone() };
        if !saves_reading(scans, &spec)? {
            return Ok(None);
        }
        let mut outputs: Vec<(Arc<dyn PhysicalExpr>, bool)> = Vec::new();
        let mut filters = Vec::new();
        let mut parts = Vec::new();
        for scan in scans {
            let here = |expression: &Arc<dyn PhysicalExpr>| {
                renumbered(expression.clone(), |place| {
                    let column = scan.spec().columns.get(place)?;
                    spec.columns.iter().position(|known| known == column)
                })
            };
            let filter = here(&conjunction(scan.filters().iter().cloned()))?;
            filters.push(filter.clone());
            let is_of_part = outputs.len();
            outputs.push((filter, false));
            let mut places = Vec::new();
            for (place, output) in scan.outputs().iter().enumerate() {
                let output = (here(output)?, scan.is_raw(place));
                let known = outputs.iter().position(|known| *known == output);
                places.push(known.unwrap_or(outputs.len()));
                if known.is_none() {
                    outputs.push(output);
                }
            }
            parts.push((is_of_part, places));
        }
        let filter = filters.into_iter().reduce(|one, other| Arc::new(BinaryExpr::new(one, Operator::Or, other)));
        let filter = filter.unwrap_or_else(|| lit(true));
        let raw = outputs.iter().enumerate().filter(|(_, (_, is_raw))| *is_raw).map(|(place, _)| place);
        let raw: Vec<usize> = raw.collect();
        let projection = outputs.into_iter().enumerate();
        let projection =
            projection.map(|(place, (expression, _))| ProjectionExpr::new(expression, format!("${place}")));
        let mut scan = first.with_spec(spec, vec![filter], Some(projection.collect()))?;
        for place in raw {
            let Some(with_raw) = scan.with_raw_texts(place) else { return Ok(None) };
            scan = with_raw;
        }
        let parts = parts.into_iter().zip(scans).map(|((is_of_part, outputs), alone)| PartOfParquetScan {
            is_of_part,
            outputs,
            alone: alone.divided_as(&scan),
        });
        let parts = parts.collect();
        Ok(Some(SharedParquetScan { scan, parts }))
    }
}

/// Whether a scan filters rows and hands them out in the order of the files. What it makes of them must not fail on rows
/// that it would not have seen: columns and their members do not.
fn reads_as_rows_come(scan: &ParquetScanExec) -> bool {
    let spec = Arc::new(scan.spec().clone());
    let mut members = Members::new(spec);
    let is_column = |output| members.take_from(output).is_ok_and(|output| output.is::<Column>());
    scan.spec().limit.is_none()
        && !scan.filters().is_empty()
        && !scan.has_bounds()
        && !scan.has_ids()
        && scan.outputs().iter().all(is_column)
}

/// Whether a quarter of what the scans read, or more, need not be read when they share the columns of `shared`. The
/// first file stands for all.
fn saves_reading(scans: &[&ParquetScanExec], shared: &ParquetScanSpec) -> Result<bool> {
    let alone = scans.iter().map(|scan| bytes_of(scan, &scan.spec().columns)).sum::<Result<u64>>()?;
    let together = match scans.first() {
        Some(first) => bytes_of(first, &shared.columns)?,
        None => 0,
    };
    Ok(together <= alone / 4 * 3)
}

/// How many bytes columns have in the first file of a scan.
fn bytes_of(scan: &ParquetScanExec, columns: &[ParquetColumn]) -> Result<u64> {
    let Some(metadata) = scan.first_metadata()? else { return Ok(0) };
    let schema = metadata.parquet_schema();
    let is_read = |leaf: usize| {
        let root = schema.get_column_root(leaf).name();
        columns.iter().any(|column| column.source.as_deref() == Some(root))
    };
    let groups = metadata.metadata().row_groups().iter();
    let chunks = groups.flat_map(|group| group.columns().iter().enumerate().filter(|(leaf, _)| is_read(*leaf)));
    Ok(chunks.map(|(_, chunk)| u64::try_from(chunk.uncompressed_size()).unwrap_or_default()).sum())
}
