//! The one adapter through which KQL's scalar functions reach DataFusion.

use std::hash::{Hash, Hasher};
use std::sync::Arc;

use datafusion::arrow::array::{Array, ArrayRef};
use datafusion::arrow::compute::kernels::zip::zip;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::error::Result;
use datafusion::logical_expr::simplify::{ExprSimplifyResult, SimplifyContext};
use datafusion::logical_expr::{
    ColumnarValue, Expr, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use kql_functions::function::Kernel;
use kql_functions::{Argument, Arguments, FunctionRef, KernelError};
use kql_types::{ScalarType, Value};

use super::repeated::Repeated;
use super::{for_kernel, kernel_type, with_one_nan};
use crate::error::FunctionFailure;

/// A KQL function as a DataFusion scalar function: the static definition and the type that the binder gave the
/// call. It holds nothing else, so that it survives a wire by name.
#[derive(Clone, Debug)]
pub struct ScalarFunctionAdapter {
    function: FunctionRef,
    name: String,
    result: ScalarType,
    signature: Signature,
}

impl ScalarFunctionAdapter {
    /// The adapter of a call whose value is of type `result`.
    pub fn new(function: FunctionRef, result: ScalarType) -> ScalarFunctionAdapter {
        let volatility = if function.function.deterministic { Volatility::Immutable } else { Volatility::Volatile };
        ScalarFunctionAdapter {
            function,
            name: function.name(),
            result,
            signature: Signature::user_defined(volatility),
        }
    }

    /// The function that is called.
    pub fn function(&self) -> FunctionRef {
        self.function
    }

    /// The KQL type of the call.
    pub fn result(&self) -> ScalarType {
        self.result
    }

    /// Calls the kernel for each different text where one column of few texts is all that differs by row.
    fn call_once_a_text(&self, mut arguments: Vec<Argument>, rows: usize) -> Result<ArrayRef, KernelError> {
        let mut columns = arguments.iter_mut().filter(|argument| !argument.is_constant());
        if let (Some(column), None, true) = (columns.next(), columns.next(), self.function.function.deterministic)
            && let Some(repeated) = Repeated::of(column.array())?
        {
            *column = Argument::Array(Arc::clone(&repeated.different));
            let values = self.call(&arguments, repeated.different.len())?;
            return Ok(repeated.spread(&values)?);
        }
        self.call(&arguments, rows)
    }

    fn call(&self, arguments: &[Argument], rows: usize) -> Result<ArrayRef, KernelError> {
        let Kernel::Vectorized(kernel) = self.function.overload.kernel else {
            return Err(KernelError("it cannot be run".to_owned()));
        };
        let array = kernel(&Arguments::new(arguments, rows))?;
        if *array.data_type() != self.result.arrow_type() {
            let (expected, actual) = (self.result.arrow_type(), array.data_type());
            return Err(KernelError(format!("internal error: the kernel gave {actual} where {expected} was due")));
        }
        if array.len() != rows {
            return Err(KernelError(format!("internal error: the kernel gave {} rows for {rows}", array.len())));
        }
        if self.result == ScalarType::String { Ok(without_nulls(array)?) } else { Ok(array) }
    }
}

/// Strings have no null: a null is the empty string.
pub(crate) fn without_nulls(array: ArrayRef) -> Result<ArrayRef, datafusion::arrow::error::ArrowError> {
    if array.null_count() == 0 {
        return Ok(array);
    }
    let present = datafusion::arrow::compute::is_not_null(&array)?;
    zip(&present, &array, &datafusion::arrow::array::Scalar::new(Value::null(ScalarType::String).to_array()))
}

impl PartialEq for ScalarFunctionAdapter {
    fn eq(&self, other: &ScalarFunctionAdapter) -> bool {
        self.function == other.function && self.result == other.result
    }
}

impl Eq for ScalarFunctionAdapter {}

impl Hash for ScalarFunctionAdapter {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
        self.result.hash(state);
    }
}

impl ScalarUDFImpl for ScalarFunctionAdapter {
    fn name(&self) -> &str {
        &self.name
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, argument_types: &[DataType]) -> Result<Vec<DataType>> {
        // The binder has converted every argument; only the encoding of text may differ.
        Ok(argument_types.iter().map(kernel_type).collect())
    }

    fn return_type(&self, _argument_types: &[DataType]) -> Result<DataType> {
        Ok(self.result.arrow_type())
    }

    fn simplify(&self, args: Vec<Expr>, _context: &SimplifyContext) -> Result<ExprSimplifyResult> {
        let fused = args.split_first().and_then(|(first, others)| {
            let Expr::ScalarFunction(inner) = first else { return None };
            let adapter = inner.func.inner().downcast_ref::<ScalarFunctionAdapter>()?;
            let function = kql_functions::fused(self.function, adapter.function, inner.args.len())?;
            let arguments = [inner.args.as_slice(), others].concat();
            Some(ScalarUDF::from(ScalarFunctionAdapter::new(function, self.result)).call(arguments))
        });
        Ok(fused.map_or(ExprSimplifyResult::Original(args), ExprSimplifyResult::Simplified))
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let constant = args.args.iter().all(|argument| matches!(argument, ColumnarValue::Scalar(_)))
            && self.function.function.deterministic;
        let arguments = args.args.iter().map(|argument| {
            Ok(match argument {
                ColumnarValue::Array(array) => Argument::Array(for_kernel(array)?),
                ColumnarValue::Scalar(value) => Argument::Constant(for_kernel(&value.to_array()?)?),
            })
        });
        let arguments = arguments.collect::<Result<Vec<_>>>()?;
        let rows = if constant { 1 } else { args.number_rows };
        let array = self
            .call_once_a_text(arguments, rows)
            .map_err(|error| FunctionFailure::of(self.function.function.name, error))?;
        let array = with_one_nan(array);
        if constant {
            Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&array, 0)?))
        } else {
            Ok(ColumnarValue::Array(array))
        }
    }
}
