//! Parquet's VARIANT: values of any shape in a binary form, shredded or not, as the JSON text of `dynamic`.

use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef, StructArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Field, Fields};
use datafusion::arrow::error::ArrowError;
use parquet::variant::{VariantArray, unshred_variant, variant_to_json};

/// Whether a struct is how a VARIANT lies in the file: two binary fields, of which one is shredded or not there. Writers
/// do not agree on how to mark it otherwise.
pub(super) fn is_variant(fields: &Fields) -> bool {
    let is_binary = |name: &str| {
        fields.find(name).is_some_and(|(_, field)| {
            matches!(field.data_type(), DataType::Binary | DataType::LargeBinary | DataType::BinaryView)
        })
    };
    let is_known = |name: &str| ["metadata", "value", "typed_value"].contains(&name);
    is_binary("metadata") && is_binary("value") && fields.iter().all(|field| is_known(field.name()))
}

/// The JSON text of each value; a null stays one.
pub(super) fn to_json(array: &ArrayRef) -> Result<ArrayRef, ArrowError> {
    let whole = unshred_variant(&VariantArray::try_new(array)?)?;
    let binary = |column: &ArrayRef| cast(column, &DataType::Binary);
    let columns = vec![binary(whole.metadata_column())?, binary(whole.value_column())?];
    let fields = ["metadata", "value"].map(|name| Field::new(name, DataType::Binary, true));
    let plain = StructArray::try_new(Fields::from(fields.to_vec()), columns, array.nulls().cloned())?;
    let plain: ArrayRef = Arc::new(plain);
    cast(&variant_to_json(&plain)?, &DataType::Utf8View)
}
