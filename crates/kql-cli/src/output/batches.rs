//! Writing a table batch by batch, so that it need not fit into memory.

use std::io::Write;

use anyhow::{Result, bail};
use arrow::array::RecordBatch;
use kql_engine::QueryResult;
use kql_types::ScalarType;

use super::arrow_file::{ArrowStreamWriter, ArrowWriter};
use super::avro_file::AvroWriter;
use super::file_columns::FileColumns;
use super::parquet_file::ParquetWriter;
use super::{delimited, json};
use crate::arguments::Format;

/// Takes the batches of one table, in order.
pub trait BatchWriter {
    fn write(&mut self, batch: &RecordBatch) -> Result<()>;
    /// Writes what stands behind the last batch.
    fn finish(&mut self) -> Result<()>;
}

/// The writer of a form that a table of any size can take; `in_microseconds` are the columns of times that nanoseconds
/// cannot count.
///
/// # Errors
/// The form needs all rows at once, or its beginning cannot be written.
pub fn open<'o>(
    format: Format,
    out: &'o mut (dyn Write + Send),
    columns: &[(String, ScalarType)],
    in_microseconds: &[usize],
) -> Result<Box<dyn BatchWriter + 'o>> {
    let in_file = || FileColumns::new(columns, in_microseconds);
    let columns = columns.to_vec();
    Ok(match format {
        Format::Ndjson => Box::new(TextWriter { out, columns, form: TextForm::Lines, is_first: true }),
        Format::Json => Box::new(TextWriter { out, columns, form: TextForm::Array, is_first: true }),
        Format::Csv => Box::new(TextWriter { out, columns, form: TextForm::Fields(b','), is_first: true }),
        Format::Tsv => Box::new(TextWriter { out, columns, form: TextForm::Fields(b'\t'), is_first: true }),
        Format::Parquet => Box::new(ParquetWriter::new(out, in_file())?),
        Format::Arrow => Box::new(ArrowWriter::new(out, in_file())?),
        Format::Arrows => Box::new(ArrowStreamWriter::new(out, in_file())?),
        Format::Avro => Box::new(AvroWriter::new(out, in_file())?),
        Format::Table | Format::Markdown | Format::Kusto | Format::Summary | Format::Sarif => {
            bail!("a table is written as ndjson, json, csv, tsv, parquet, arrow, arrows or avro")
        }
    })
}

/// Writes all of a result so.
pub fn write(out: &mut (dyn Write + Send), format: Format, result: &QueryResult) -> Result<()> {
    let columns = FileColumns::fitting(&result.columns, &result.batches);
    let mut writer: Box<dyn BatchWriter> = match format {
        Format::Parquet => Box::new(ParquetWriter::new(out, columns)?),
        Format::Arrow => Box::new(ArrowWriter::new(out, columns)?),
        Format::Arrows => Box::new(ArrowStreamWriter::new(out, columns)?),
        Format::Avro => Box::new(AvroWriter::new(out, columns)?),
        other => open(other, out, &result.columns, &[])?,
    };
    result.batches.iter().try_for_each(|batch| writer.write(batch))?;
    writer.finish()
}

/// The forms of text.
enum TextForm {
    Lines,
    Array,
    /// With this between them.
    Fields(u8),
}

struct TextWriter<'o> {
    out: &'o mut (dyn Write + Send),
    columns: Vec<(String, ScalarType)>,
    form: TextForm,
    /// Whether no row has been written yet.
    is_first: bool,
}

impl BatchWriter for TextWriter<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let rows = QueryResult { columns: self.columns.clone(), batches: vec![batch.clone()] };
        match self.form {
            TextForm::Lines => json::write_lines(self.out, &rows),
            TextForm::Array => {
                let opening: &[u8] = if self.is_first { b"[\n" } else { b",\n" };
                self.is_first &= batch.num_rows() == 0;
                json::write_elements(self.out, &rows, opening)
            }
            TextForm::Fields(separator) => {
                if std::mem::take(&mut self.is_first) {
                    delimited::write_header(self.out, &rows, separator)?;
                }
                delimited::write_rows(self.out, &rows, separator)
            }
        }
    }

    fn finish(&mut self) -> Result<()> {
        let none = QueryResult { columns: self.columns.clone(), batches: Vec::new() };
        match (&self.form, self.is_first) {
            (TextForm::Array, true) => self.out.write_all(b"[\n]\n")?,
            (TextForm::Array, false) => self.out.write_all(b"\n]\n")?,
            (TextForm::Fields(separator), true) => delimited::write_header(self.out, &none, *separator)?,
            _ => {}
        }
        Ok(())
    }
}
