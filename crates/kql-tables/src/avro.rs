//! Avro object container files: their schema tells the columns, which are converted as those of other columnar files are.

use std::io::Cursor;

use arrow_avro::reader::{Reader, ReaderBuilder};
use bytes::Bytes;
use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions, StringViewArray, new_null_array};
use datafusion::arrow::datatypes::SchemaRef;
use kql_types::{ScalarType, Schema};

use crate::columnar::{convert, convert_or_null, scalar_type};
use crate::columns::TableColumn;
use crate::text_scan::{BatchDecoder, OnError, ScanReport};

/// The columns that the beginning of a file tells, each with its KQL type.
pub(crate) fn columns(start: Vec<u8>, known: Option<&Schema>) -> Result<Vec<(String, ScalarType)>, String> {
    let reader = open(Bytes::from(start))?;
    let typed = |field: &datafusion::arrow::datatypes::FieldRef| {
        let known = known.and_then(|known| known.get(field.name()));
        let scalar_type = scalar_type(field.data_type(), known)
            .ok_or_else(|| format!("{} is {}, which KQL has not", field.name(), field.data_type()))?;
        Ok((field.name().clone(), scalar_type))
    };
    reader.schema().fields().iter().map(typed).collect()
}

fn open(bytes: Bytes) -> Result<Reader<Cursor<Bytes>>, String> {
    ReaderBuilder::new().build(Cursor::new(bytes)).map_err(|error| error.to_string())
}

/// Whether a file is its header and whole blocks. The reader takes a block that is cut off for the end.
fn is_whole(file: &[u8]) -> bool {
    let walk = || -> Option<()> {
        let mut rest = file.get(4..)?;
        // The header's map, in runs of entries; a negative count has the run's size behind it.
        loop {
            let count = number(&mut rest)?;
            if count == 0 {
                break;
            }
            if count < 0 {
                number(&mut rest)?;
            }
            for _ in 0..count.unsigned_abs() {
                skip_bytes(&mut rest)?;
                skip_bytes(&mut rest)?;
            }
        }
        let (sync, mut rest) = rest.split_at_checked(SYNC_BYTES)?;
        while !rest.is_empty() {
            number(&mut rest)?;
            skip_bytes(&mut rest)?;
            let (mark, after) = rest.split_at_checked(SYNC_BYTES)?;
            (mark == sync).then_some(())?;
            rest = after;
        }
        Some(())
    };
    walk().is_some()
}

/// What stands behind the header and each block.
const SYNC_BYTES: usize = 16;

/// Takes a number: groups of seven bits, the lowest first, signs in the last place.
fn number(rest: &mut &[u8]) -> Option<i64> {
    let mut bits: u64 = 0;
    for place in 0..10 {
        let (byte, after) = rest.split_first()?;
        *rest = after;
        bits |= u64::from(byte & 0x7f).checked_shl(7 * place)?;
        if byte & 0x80 == 0 {
            return Some((bits >> 1) as i64 ^ -((bits & 1) as i64));
        }
    }
    None
}

/// Passes over bytes with their number before them.
fn skip_bytes(rest: &mut &[u8]) -> Option<()> {
    let length = usize::try_from(number(rest)?).ok()?;
    *rest = rest.get(length..)?;
    Some(())
}

/// Decodes the blocks of a file.
pub(crate) struct AvroDecoder {
    reader: Reader<Cursor<Bytes>>,
    columns: Vec<TableColumn>,
    on_error: OnError,
}

impl AvroDecoder {
    pub(crate) fn new(bytes: Bytes, columns: &[TableColumn], on_error: OnError) -> Result<AvroDecoder, String> {
        if !is_whole(&bytes) {
            return Err("the file is cut off, or its blocks are damaged".to_owned());
        }
        Ok(AvroDecoder { reader: open(bytes)?, columns: columns.to_vec(), on_error })
    }

    fn column(&self, batch: &RecordBatch, column: &TableColumn, report: &ScanReport) -> Result<ArrayRef, String> {
        let in_column = |error: datafusion::arrow::error::ArrowError| format!("{}: {error}", column.name);
        match batch.column_by_name(&column.name) {
            Some(array) if self.on_error == OnError::Null => {
                let (converted, lost) = convert_or_null(array, column.scalar_type).map_err(in_column)?;
                report.add_nulls(&column.name, lost);
                Ok(converted)
            }
            Some(array) => convert(array, column.scalar_type).map_err(in_column),
            None if column.scalar_type == ScalarType::String => {
                let empty = std::iter::repeat_n("", batch.num_rows());
                Ok(std::sync::Arc::new(StringViewArray::from_iter_values(empty)))
            }
            None => Ok(new_null_array(&column.scalar_type.arrow_type(), batch.num_rows())),
        }
    }
}

impl BatchDecoder for AvroDecoder {
    fn decode(&mut self, schema: &SchemaRef, report: &ScanReport) -> Result<Option<RecordBatch>, String> {
        let Some(batch) = self.reader.next() else { return Ok(None) };
        let batch = batch.map_err(|error| error.to_string())?;
        let arrays = self.columns.iter().map(|column| self.column(&batch, column, report));
        let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        RecordBatch::try_new_with_options(schema.clone(), arrays, &options).map(Some).map_err(|error| error.to_string())
    }
}
