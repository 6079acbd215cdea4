//! `--format avro`: an Avro object container file. Avro's names are letters, digits and underscores: what a column is called
//! otherwise has underscores for the rest.

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use arrow_avro::compression::CompressionCodec;
use arrow_avro::writer::format::AvroOcfFormat;
use arrow_avro::writer::{Writer, WriterBuilder};

use super::batches::BatchWriter;
use super::file_columns::FileColumns;

/// Writes one Avro file.
pub struct AvroWriter<'o> {
    writer: Writer<&'o mut (dyn Write + Send), AvroOcfFormat>,
    columns: FileColumns,
    schema: SchemaRef,
}

impl<'o> AvroWriter<'o> {
    /// Begins a file of these columns.
    pub fn new(out: &'o mut (dyn Write + Send), columns: FileColumns) -> Result<AvroWriter<'o>> {
        let mut names: Vec<String> = Vec::new();
        let fields = columns.schema().fields().iter().map(|field| {
            let mut name = avro_name(field.name());
            while names.contains(&name) {
                name.push('_');
            }
            names.push(name.clone());
            field.as_ref().clone().with_name(name)
        });
        let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
        let builder = WriterBuilder::new(schema.as_ref().clone()).with_compression(Some(CompressionCodec::ZStandard));
        Ok(AvroWriter { writer: builder.build(out)?, columns, schema })
    }
}

fn avro_name(name: &str) -> String {
    let safe: String = name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
    if safe.starts_with(|first: char| !first.is_ascii_digit()) { safe } else { format!("_{safe}") }
}

impl BatchWriter for AvroWriter<'_> {
    fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let batch = self.columns.batch(batch)?;
        // The same columns, under Avro's names.
        Ok(self.writer.write(&batch.with_schema(Arc::clone(&self.schema))?)?)
    }

    fn finish(&mut self) -> Result<()> {
        Ok(self.writer.finish()?)
    }
}
