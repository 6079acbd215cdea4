//! In-memory tables: the rows of a `datatable` and the answers of subqueries.

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use datafusion::arrow::compute::concat;
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::error::Result;
use kql_semantics::Column;
use kql_types::Value;

/// The Arrow schema of these columns.
pub(crate) fn arrow_schema(columns: &[Column]) -> SchemaRef {
    let fields = columns.iter().map(|column| Field::new(&column.name, column.scalar_type.arrow_type(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The rows of a `datatable` as one batch.
pub(crate) fn batch_of(columns: &[Column], rows: &[Vec<Value>]) -> Result<RecordBatch> {
    let arrays = columns.iter().enumerate().map(|(at, column)| {
        let null = Value::null(column.scalar_type);
        let cells: Vec<ArrayRef> = rows.iter().map(|row| row.get(at).unwrap_or(&null).to_array()).collect();
        let cells: Vec<_> = cells.iter().map(AsRef::as_ref).collect();
        if cells.is_empty() { Ok(null.to_array().slice(0, 0)) } else { concat(&cells) }
    });
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    Ok(RecordBatch::try_new_with_options(arrow_schema(columns), arrays.collect::<Result<_, _>>()?, &options)?)
}

/// These batches as a table of one partition, so that their order stays.
pub(crate) fn memory_table(schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<Arc<dyn TableProvider>> {
    let batches = batches.into_iter().map(|batch| batch.with_schema(schema.clone())).collect::<Result<_, _>>()?;
    Ok(Arc::new(MemTable::try_new(schema, vec![batches])?))
}
