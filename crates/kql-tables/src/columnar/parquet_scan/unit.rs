//! Reading the rows of a unit: the columns of each filter, then the others for the rows that are left.

use std::collections::BTreeSet;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, AsArray, BooleanArray, BooleanBufferBuilder, RecordBatch, RecordBatchOptions, StringViewArray,
    UInt64Array, new_null_array,
};
use datafusion::arrow::buffer::BooleanBuffer;
use datafusion::arrow::datatypes::{DataType, Field, SchemaRef};
use datafusion::arrow::error::ArrowError;
use datafusion::error::{DataFusionError, Result};
use datafusion::parquet::arrow::arrow_reader::{ArrowReaderMetadata, ParquetRecordBatchReader, RowSelection};
use datafusion::parquet::arrow::{ProjectionMask, parquet_to_arrow_field_levels};
use datafusion::parquet::basic::Encoding;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::{ColumnChunkMetaData, RowGroupMetaData};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::metrics::Count;
use kql_types::ScalarType;

use super::super::convert::{convert, convert_or_null};
use super::column::{DictionaryReader, ScanColumn};
use super::dictionary::{Columns, Evaluator};
use super::exec::FileMetadata;
use super::file::LocalFile;
use super::filters::{Stage, refine};
use super::members::{Members, MembersReader};
use super::pages::{FileGroup, rows_of_first_page};
use super::work::Unit;
use super::{ParquetFile, ParquetScanSpec};
use crate::row_ids::RowId;
use crate::{OnError, ScanReport, TableError};

/// Where one row of so many is wanted, most pages are.
const DENSE: usize = 256;

/// Columns, and filters in terms of them, that tell which row groups the partitions divide among them.
pub(super) type Division = (Arc<ParquetScanSpec>, Vec<Arc<dyn PhysicalExpr>>);

/// A scan as its partitions share it.
#[derive(Debug)]
pub(super) struct Scan {
    pub spec: Arc<ParquetScanSpec>,
    /// What is read of dynamic columns in place of their texts.
    pub members: Members,
    /// Of the columns of the specification, the members, and the ids.
    pub columns: SchemaRef,
    pub division: Division,
    /// In terms of members where they read any.
    pub filters: Vec<Arc<dyn PhysicalExpr>>,
    /// Filters that tighten while the query runs, and that are not needed for its answer.
    pub bounds: Vec<Arc<dyn PhysicalExpr>>,
    /// In terms of members where they read any.
    pub outputs: Vec<Arc<dyn PhysicalExpr>>,
    pub schema: SchemaRef,
    /// Rows with the greatest (else least) values in a column are wanted first.
    pub best_first: Option<(usize, bool)>,
    /// The place of the ids of the rows, where such are wanted: behind all other columns.
    pub ids: Option<usize>,
    pub metadata: FileMetadata,
    pub report: Arc<ScanReport>,
    pub batch_rows: usize,
    /// Rows that the statistics of their row groups did not leave out.
    pub rows_looked_at: Count,
}

impl Scan {
    /// Whether units are taken in the order of their promise.
    pub(super) fn takes_best_first(&self) -> bool {
        self.best_first.is_some() && !self.bounds.is_empty()
    }

    pub(super) fn evaluator(&self, expression: &Arc<dyn PhysicalExpr>) -> Evaluator {
        Evaluator::new(expression.clone(), self.columns.clone())
    }
}

/// A file that a partition has open.
#[derive(Debug)]
pub(super) struct OpenFile<'a> {
    pub file: &'a ParquetFile,
    pub bytes: Arc<LocalFile>,
    pub metadata: ArrowReaderMetadata,
}

impl OpenFile<'_> {
    /// The place among the file's columns from which a column is read.
    fn place(&self, scan: &Scan, column: usize) -> Option<usize> {
        let source = scan.spec.columns.get(column)?.source.as_ref()?;
        self.metadata.schema().index_of(source).ok()
    }

    /// The chunks of a column in a row group: one, or more of a nested one.
    fn chunks(&self, scan: &Scan, group: usize, column: usize) -> impl Iterator<Item = &ColumnChunkMetaData> {
        let chunks =
            self.metadata.metadata().row_groups().get(group).map(RowGroupMetaData::columns).unwrap_or_default();
        let place = self.place(scan, scan.members.source(column));
        let schema = self.metadata.parquet_schema();
        let is_of_column = move |leaf: usize| Some(schema.get_column_root_idx(leaf)) == place;
        chunks.iter().enumerate().filter(move |(leaf, _)| is_of_column(*leaf)).map(|(_, chunk)| chunk)
    }

    /// How many bytes a column has in a row group.
    pub(super) fn bytes_of(&self, scan: &Scan, group: usize, column: usize) -> u64 {
        let chunks = self.chunks(scan, group, column);
        chunks.map(|chunk| u64::try_from(chunk.uncompressed_size()).unwrap_or_default()).sum()
    }

    /// How many rows the first page of the largest column of a row group has.
    pub(super) fn rows_of_first_page(&self, scan: &Scan, group: usize) -> Option<usize> {
        let columns = 0..scan.spec.columns.len();
        let chunks = columns.flat_map(|column| self.chunks(scan, group, column));
        let largest = chunks.max_by_key(|chunk| chunk.uncompressed_size())?;
        rows_of_first_page(&self.bytes, largest, usize::try_from(largest.num_values()).ok()?)
    }

    /// The ids of a unit's rows, or of those that the mask tells.
    fn row_ids(&self, unit: &Unit, mask: Option<&BooleanBuffer>) -> UInt64Array {
        let groups = self.metadata.metadata().row_groups().iter().take(unit.group);
        let before: usize = groups.map(|group| usize::try_from(group.num_rows()).unwrap_or_default()).sum();
        let base = RowId::base(unit.file) + (before + unit.rows.start) as u64;
        match mask {
            None => (base..).take(unit.rows.len()).collect(),
            Some(mask) => mask.set_indices().map(|row| base + row as u64).collect(),
        }
    }

    pub(super) fn fail(&self, error: impl std::fmt::Display) -> DataFusionError {
        TableError::new(&self.file.path, error).into()
    }
}

/// Reads a unit batch by batch.
#[derive(Debug)]
pub(super) struct UnitReader {
    reader: ColumnsReader,
    /// Filters that are still to be computed on what is read, by their place among the stages.
    last_stage: Option<usize>,
    /// Columns that were read for filters, and how many of their rows were handed out.
    kept: Columns,
    handed_out: usize,
    /// Whether many rows of the unit are left out.
    is_sparse: bool,
}

impl UnitReader {
    /// Computes all filters but the last, on the rows that `wanted` tells, or on all; `None` where no row is left.
    pub(super) fn open(
        scan: &Scan,
        file: &OpenFile<'_>,
        unit: &Unit,
        stages: &mut [Stage],
        outputs: &[Evaluator],
        wanted: Option<BooleanBuffer>,
    ) -> Result<Option<UnitReader>> {
        let rows = unit.rows.len();
        let mut for_output: BTreeSet<usize> = outputs.iter().flat_map(Evaluator::reads).collect();
        // Ids are not in the file.
        let ids = scan.ids.filter(|place| for_output.remove(place));
        let by_value = |place: &usize| {
            let of_filters = stages.iter().flat_map(|stage| &stage.filters);
            outputs.iter().chain(of_filters).any(|each| each.as_column().is_none() && each.reads().contains(place))
        };
        let by_value: BTreeSet<usize> = (0..scan.spec.columns.len()).filter(by_value).collect();
        let of_filters: BTreeSet<usize> = stages.iter().flat_map(|stage| stage.reads.iter().copied()).collect();
        // What is wanted of a column is read in one go, whoever asks first.
        let with_others_of_column = |places: &BTreeSet<usize>| -> BTreeSet<usize> {
            let sources: BTreeSet<usize> = places.iter().map(|place| scan.members.source(*place)).collect();
            let wanted = for_output.union(&of_filters).copied();
            wanted.filter(|place| sources.contains(&scan.members.source(*place))).collect()
        };
        let reader = |columns: Vec<usize>, mask: Option<&BooleanBuffer>| {
            ColumnsReader::open(scan, file, unit, &columns, &by_value, mask)
        };
        let is_last_streamed = for_output.is_subset(&with_others_of_column(&of_filters));
        let first = if is_last_streamed { stages.len().saturating_sub(1) } else { stages.len() };
        let mut kept = Columns::new();
        let mut mask = wanted;
        for at in 0..first {
            let later: BTreeSet<usize> =
                stages.iter().skip(at + 1).flat_map(|stage| stage.reads.iter().copied()).collect();
            let Some(stage) = stages.get_mut(at) else { break };
            let new = stage.reads.iter().copied().filter(|place| !kept.contains_key(place)).collect();
            let new = with_others_of_column(&new).into_iter().collect();
            let is_needed = |place: &usize| for_output.contains(place) || later.contains(place);
            let mut pieces: Vec<Columns> = Vec::new();
            let mut found = BooleanBufferBuilder::new(rows);
            let mut reader = reader(new, mask.as_ref())?;
            while let Some((mut columns, rows)) = reader.next(scan, file)? {
                for (place, column) in &kept {
                    columns.insert(*place, column.slice(found.len(), rows));
                }
                let passing = stage.mask(&columns, rows)?;
                found.append_buffer(passing.values());
                columns.retain(|place, _| is_needed(place));
                pieces.push(filtered(columns, &passing)?);
            }
            let found = found.finish();
            if found.count_set_bits() == 0 {
                return Ok(None);
            }
            kept.clear();
            let mut by_column: std::collections::BTreeMap<usize, Vec<ScanColumn>> = Default::default();
            for (place, column) in pieces.into_iter().flatten() {
                by_column.entry(place).or_default().push(column);
            }
            for (place, columns) in by_column {
                kept.insert(place, ScanColumn::concat(columns)?);
            }
            if found.count_set_bits() < found.len() || mask.is_some() {
                mask = Some(refine(mask.as_ref(), &found));
            }
        }
        if let Some(place) = ids {
            kept.insert(place, ScanColumn::Plain(Arc::new(file.row_ids(unit, mask.as_ref()))));
        }
        let last_stage = (first < stages.len()).then_some(first);
        let for_last =
            last_stage.and_then(|at| stages.get(at)).into_iter().flat_map(|stage| stage.reads.iter().copied());
        let rest: BTreeSet<usize> =
            for_output.iter().copied().chain(for_last).filter(|place| !kept.contains_key(place)).collect();
        let is_sparse = mask.as_ref().is_some_and(|mask| mask.count_set_bits() < rows / 4);
        let reader = reader(rest.into_iter().collect(), mask.as_ref())?;
        Ok(Some(UnitReader { reader, last_stage, kept, handed_out: 0, is_sparse }))
    }

    /// The next rows of the output.
    pub(super) fn next(
        &mut self,
        scan: &Scan,
        file: &OpenFile<'_>,
        stages: &mut [Stage],
        outputs: &mut [Evaluator],
    ) -> Result<Option<RecordBatch>> {
        while let Some((mut columns, mut rows)) = self.reader.next(scan, file)? {
            for (place, column) in &self.kept {
                columns.insert(*place, column.slice(self.handed_out, rows));
            }
            self.handed_out += rows;
            let mut is_sparse = self.is_sparse;
            if let Some(stage) = self.last_stage.and_then(|at| stages.get_mut(at)) {
                let passing = stage.mask(&columns, rows)?;
                let left = passing.true_count();
                if left == 0 {
                    continue;
                }
                columns.retain(|place, _| outputs.iter().any(|output| output.reads().contains(place)));
                columns = filtered(columns, &passing)?;
                is_sparse |= left < rows / 4;
                rows = left;
            }
            let mut arrays = Vec::with_capacity(outputs.len());
            for output in outputs.iter_mut() {
                let array = output.evaluate(&columns, rows)?;
                // Raw texts are gone through once and then let go.
                let is_kept = output.as_column().is_none_or(|place| !scan.members.is_raw(place));
                arrays.push(if is_sparse && is_kept { compact(array) } else { array });
            }
            let options = RecordBatchOptions::new().with_row_count(Some(rows));
            return Ok(Some(RecordBatch::try_new_with_options(scan.schema.clone(), arrays, &options)?));
        }
        Ok(None)
    }
}

fn filtered(columns: Columns, mask: &BooleanArray) -> Result<Columns, ArrowError> {
    if mask.true_count() == mask.len() {
        return Ok(columns);
    }
    columns.into_iter().map(|(place, column)| Ok((place, column.filter(mask)?))).collect()
}

/// Strings that hold no more memory than they need: a few of them must not keep whole pages.
fn compact(array: ArrayRef) -> ArrayRef {
    match array.as_string_view_opt() {
        Some(strings) => {
            let held: usize = strings.data_buffers().iter().map(|buffer| buffer.len()).sum();
            let used = strings.total_buffer_bytes_used();
            if held > 2 * used { Arc::new(strings.gc()) } else { array }
        }
        None => array,
    }
}

/// How a column of the specification is read.
#[derive(Debug)]
enum Way {
    /// From this place in the batch.
    Plain(usize),
    Dictionary(usize, DictionaryReader),
    Absent,
}

/// What is read of a column of the specification.
#[derive(Debug)]
struct Reading {
    column: usize,
    way: Way,
    /// Whether the column is wanted as it is.
    is_whole: bool,
    members: Option<MembersReader>,
}

/// Reads some columns and members of the chosen rows of a unit.
struct ColumnsReader {
    /// `None` when the file has none of the columns.
    reader: Option<ParquetRecordBatchReader>,
    readings: Vec<Reading>,
    rows_left: usize,
    most_values: usize,
}

impl std::fmt::Debug for ColumnsReader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ColumnsReader").field("readings", &self.readings).finish_non_exhaustive()
    }
}

impl ColumnsReader {
    fn open(
        scan: &Scan,
        file: &OpenFile<'_>,
        unit: &Unit,
        wanted: &[usize],
        by_value: &BTreeSet<usize>,
        mask: Option<&BooleanBuffer>,
    ) -> Result<ColumnsReader> {
        let fail = |error: ParquetError| file.fail(error);
        let metadata = file.metadata.metadata();
        let Some(group) = metadata.row_groups().get(unit.group) else {
            return Err(file.fail(format!("there is no row group {}", unit.group)));
        };
        let mut fields: Vec<Arc<Field>> = file.metadata.schema().fields().iter().cloned().collect();
        let mut places: BTreeSet<usize> = BTreeSet::new();
        let mut as_dictionary: BTreeSet<usize> = BTreeSet::new();
        let columns: BTreeSet<usize> = wanted.iter().map(|place| scan.members.source(*place)).collect();
        for column in &columns {
            let Some(place) = file.place(scan, *column) else { continue };
            let Some(field) = fields.get_mut(place) else { continue };
            places.insert(place);
            if !is_text(field.data_type()) {
                continue;
            }
            let leaf = (0..group.num_columns())
                .find(|leaf| file.metadata.parquet_schema().get_column_root_idx(*leaf) == place);
            let is_computed = |place: &usize| by_value.contains(place) || place != column;
            let is_dictionary = wanted.iter().filter(|place| scan.members.source(**place) == *column).any(is_computed)
                && scan.spec.on_error != OnError::Null
                && leaf.and_then(|leaf| group.columns().get(leaf)).is_some_and(is_all_dictionary);
            let data_type = if is_dictionary {
                as_dictionary.insert(place);
                DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
            } else {
                DataType::Utf8View
            };
            *field = Arc::new(field.as_ref().clone().with_data_type(data_type));
        }
        let places: Vec<usize> = places.into_iter().collect();
        let readings = columns.iter().map(|column| {
            let scalar_type = scan.spec.columns.get(*column).map_or(ScalarType::String, |each| each.column.scalar_type);
            let place = file.place(scan, *column);
            let way = match place.and_then(|place| places.binary_search(&place).ok()) {
                None => Way::Absent,
                Some(at) if place.is_some_and(|place| as_dictionary.contains(&place)) => {
                    Way::Dictionary(at, DictionaryReader::new(scalar_type))
                }
                Some(at) => Way::Plain(at),
            };
            let of_column = wanted.iter().copied().filter(|place| scan.members.source(*place) == *column);
            let members = scan.members.reader(of_column);
            Reading { column: *column, way, is_whole: wanted.contains(column), members }
        });
        let readings = readings.collect();
        let rows_left = mask.map_or(unit.rows.len(), BooleanBuffer::count_set_bits);
        let reader = if places.is_empty() {
            None
        } else {
            let schema = file.metadata.parquet_schema();
            let roots = ProjectionMask::roots(schema, places);
            let levels = parquet_to_arrow_field_levels(schema, roots, Some(&fields.into())).map_err(fail)?;
            let selection = selection(unit, group, mask);
            let is_dense = rows_left >= unit.rows.len() / DENSE;
            let group = FileGroup { file: &file.bytes, metadata, group, is_dense };
            Some(
                ParquetRecordBatchReader::try_new_with_row_groups(&levels, &group, scan.batch_rows, selection)
                    .map_err(fail)?,
            )
        };
        Ok(ColumnsReader { reader, readings, rows_left, most_values: rows_left })
    }

    /// The next rows of the columns, and how many they are.
    fn next(&mut self, scan: &Scan, file: &OpenFile<'_>) -> Result<Option<(Columns, usize)>> {
        let batch = match &mut self.reader {
            Some(reader) => match reader.next() {
                Some(batch) => Some(batch.map_err(|error| file.fail(error))?),
                None => return Ok(None),
            },
            None if self.rows_left == 0 => return Ok(None),
            None => None,
        };
        let rows = batch.as_ref().map_or(self.rows_left.min(scan.batch_rows), RecordBatch::num_rows);
        self.rows_left = self.rows_left.saturating_sub(rows);
        let mut columns = Columns::new();
        for reading in &mut self.readings {
            let Some(target) = scan.spec.columns.get(reading.column).map(|each| &each.column) else { continue };
            let misfit = |error: ArrowError| super::super::exec::misfit(&scan.spec.table, &target.name, &error);
            let array = |at: usize| {
                let array = batch.as_ref().and_then(|batch| batch.columns().get(at));
                array.ok_or_else(|| file.fail("a column is not there"))
            };
            let whole = match &mut reading.way {
                Way::Plain(at) => {
                    let array = array(*at)?;
                    if let (false, Some(members), DataType::Utf8View) =
                        (reading.is_whole, &mut reading.members, array.data_type())
                    {
                        columns.extend(members.of_texts(array)?);
                        continue;
                    }
                    ScanColumn::Plain(if scan.spec.on_error == OnError::Null {
                        let (converted, lost) = convert_or_null(array, target.scalar_type).map_err(misfit)?;
                        scan.report.add_nulls(&target.name, lost);
                        converted
                    } else {
                        convert(array, target.scalar_type).map_err(misfit)?
                    })
                }
                Way::Dictionary(at, reader) => reader.read(array(*at)?, self.most_values).map_err(misfit)?,
                Way::Absent => {
                    columns.extend(reading.members.iter().flat_map(|members| members.of_nothing(rows)));
                    ScanColumn::Plain(match target.scalar_type {
                        ScalarType::String => {
                            Arc::new(StringViewArray::from_iter_values(std::iter::repeat_n("", rows)))
                        }
                        scalar_type => new_null_array(&scalar_type.arrow_type(), rows),
                    })
                }
            };
            if let (Some(members), false) = (&mut reading.members, matches!(reading.way, Way::Absent)) {
                columns.extend(members.of_column(&whole)?);
            }
            if reading.is_whole {
                columns.insert(reading.column, whole);
            }
        }
        Ok(Some((columns, rows)))
    }
}

fn is_text(data_type: &DataType) -> bool {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 | DataType::Utf8View => true,
        DataType::Dictionary(_, values) => is_text(values),
        _ => false,
    }
}

/// Whether all pages of a column chunk hold keys of its dictionary.
fn is_all_dictionary(chunk: &ColumnChunkMetaData) -> bool {
    chunk
        .page_encoding_stats_mask()
        .is_some_and(|mask| mask.is_only(Encoding::RLE_DICTIONARY) || mask.is_only(Encoding::PLAIN_DICTIONARY))
}

/// The rows of a unit within its row group; `None` is all.
fn selection(unit: &Unit, group: &RowGroupMetaData, mask: Option<&BooleanBuffer>) -> Option<RowSelection> {
    let all = usize::try_from(group.num_rows()).unwrap_or_default();
    match mask {
        None if unit.rows == (0..all) => None,
        None => Some(RowSelection::from_consecutive_ranges(std::iter::once(unit.rows.clone()), all)),
        Some(mask) => {
            let mut rows = BooleanBufferBuilder::new(all);
            rows.append_n(unit.rows.start, false);
            rows.append_buffer(mask);
            rows.append_n(all.saturating_sub(unit.rows.end), false);
            Some(RowSelection::from_boolean_buffer(rows.finish()))
        }
    }
}
