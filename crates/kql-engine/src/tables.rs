//! In-memory tables: the rows of a `datatable` and the answers of subqueries.

use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanArray, Decimal128Array, FixedSizeBinaryArray, Float64Array, Int32Array, Int64Array, RecordBatch,
    RecordBatchOptions, StringViewArray,
};
use datafusion::arrow::datatypes::{Field, Schema, SchemaRef};
use datafusion::catalog::{MemTable, TableProvider};
use datafusion::error::Result;
use kql_semantics::Column;
use kql_types::{ScalarType, Value};

/// The Arrow schema of these columns.
pub(crate) fn arrow_schema(columns: &[Column]) -> SchemaRef {
    let fields = columns.iter().map(|column| Field::new(&column.name, column.scalar_type.arrow_type(), true));
    Arc::new(Schema::new(fields.collect::<Vec<_>>()))
}

/// The rows of a `datatable` as one batch.
pub(crate) fn batch_of(columns: &[Column], rows: &[Vec<Value>]) -> Result<RecordBatch> {
    let arrays = columns.iter().enumerate().map(|(at, column)| {
        array_of(column.scalar_type, rows.iter().map(|row| row.get(at).unwrap_or(&Value::Null(ScalarType::Dynamic))))
    });
    let options = RecordBatchOptions::new().with_row_count(Some(rows.len()));
    Ok(RecordBatch::try_new_with_options(arrow_schema(columns), arrays.collect::<Result<_>>()?, &options)?)
}

/// These values as an array of a type; a value of another type is null.
pub(crate) fn array_of<'a>(scalar_type: ScalarType, values: impl Iterator<Item = &'a Value>) -> Result<ArrayRef> {
    macro_rules! array {
        ($array:ty, $variant:path) => {{
            let cell = |value: &'a Value| if let $variant(value) = value { Some(*value) } else { None };
            Arc::new(values.map(cell).collect::<$array>())
        }};
    }
    Ok(match scalar_type {
        ScalarType::Bool => array!(BooleanArray, Value::Bool),
        ScalarType::Int => array!(Int32Array, Value::Int),
        ScalarType::Long => array!(Int64Array, Value::Long),
        ScalarType::DateTime => array!(Int64Array, Value::DateTime),
        ScalarType::TimeSpan => array!(Int64Array, Value::TimeSpan),
        ScalarType::Real => array!(Float64Array, Value::Real),
        ScalarType::Decimal => {
            let cell = |value: &Value| if let Value::Decimal(value) = value { Some(*value) } else { None };
            let array = values.map(cell).collect::<Decimal128Array>();
            Arc::new(array.with_data_type(ScalarType::Decimal.arrow_type()))
        }
        ScalarType::String => {
            let cell = |value: &'a Value| if let Value::String(value) = value { value.as_str() } else { "" };
            Arc::new(StringViewArray::from_iter_values(values.map(cell)))
        }
        ScalarType::Dynamic => {
            let cell = |value: &'a Value| if let Value::Dynamic(value) = value { Some(value.as_str()) } else { None };
            Arc::new(values.map(cell).collect::<StringViewArray>())
        }
        ScalarType::Guid => {
            let cell = |value: &'a Value| if let Value::Guid(value) = value { Some(value.as_slice()) } else { None };
            Arc::new(FixedSizeBinaryArray::try_from_sparse_iter_with_size(values.map(cell), 16)?)
        }
    })
}

/// These batches as a table of one partition, so that their order stays.
pub(crate) fn memory_table(schema: SchemaRef, batches: Vec<RecordBatch>) -> Result<Arc<dyn TableProvider>> {
    let batches = batches.into_iter().map(|batch| batch.with_schema(schema.clone())).collect::<Result<_, _>>()?;
    Ok(Arc::new(MemTable::try_new(schema, vec![batches])?))
}
