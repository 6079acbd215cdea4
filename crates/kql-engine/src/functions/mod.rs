//! How functions reach DataFusion: one adapter for KQL's scalar functions, one for its aggregates, and the few
//! functions that exist only between the operators of a plan.

mod aggregate;
mod in_set;
mod plumbing;
mod repeated;
mod scalar;

pub use aggregate::AggregateAdapter;
pub use in_set::InSet;
pub use plumbing::Plumbing;
pub use scalar::ScalarFunctionAdapter;
pub(crate) use scalar::without_nulls;

use std::sync::Arc;

use datafusion::arrow::array::{ArrayRef, AsArray};
use datafusion::arrow::compute::cast;
use datafusion::arrow::datatypes::{DataType, Float64Type};
use datafusion::error::Result;

/// The Arrow type in which values of this type reach a kernel: text of every encoding is `Utf8View`.
fn kernel_type(data_type: &DataType) -> DataType {
    match data_type {
        DataType::Utf8 | DataType::LargeUtf8 => DataType::Utf8View,
        DataType::Dictionary(_, values) => kernel_type(values),
        other => other.clone(),
    }
}

/// The array in the Arrow type that kernels take.
pub(crate) fn for_kernel(array: &ArrayRef) -> Result<ArrayRef> {
    let data_type = kernel_type(array.data_type());
    if data_type == *array.data_type() { Ok(array.clone()) } else { Ok(cast(array, &data_type)?) }
}

/// The reals with one NaN only: processors make one with a sign, and Arrow tells the two apart in keys and in orders.
pub(crate) fn with_one_nan(array: ArrayRef) -> ArrayRef {
    match array.as_primitive_opt::<Float64Type>() {
        Some(reals) if reals.values().iter().any(|real| real.is_nan() && real.is_sign_negative()) => {
            let one_nan = reals.unary::<_, Float64Type>(|real| if real.is_nan() { f64::NAN } else { real });
            Arc::new(one_nan)
        }
        _ => array,
    }
}
