//! Functions that no query can name: they stand between the operators of a lowered plan.

use datafusion::arrow::array::AsArray;
use datafusion::arrow::datatypes::DataType;
use datafusion::common::{ScalarValue, exec_err, plan_err};
use datafusion::error::Result;
use datafusion::logical_expr::{ColumnarValue, ScalarFunctionArgs, ScalarUDFImpl, Signature, Volatility};
use kql_types::ScalarType;
use serde::{Deserialize, Serialize};

use super::scalar::without_nulls;

/// What such a function does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
enum Kind {
    StringOrEmpty,
    StructField(usize),
}

/// A function between operators.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Plumbing {
    kind: Kind,
    signature: Signature,
}

impl Plumbing {
    /// The string itself; the empty string where an outer join left a null.
    pub fn string_or_empty() -> Plumbing {
        Plumbing::of(Kind::StringOrEmpty)
    }

    /// A field of a struct, by position: one of the results of `arg_max` and its like.
    pub fn struct_field(position: usize) -> Plumbing {
        Plumbing::of(Kind::StructField(position))
    }

    fn of(kind: Kind) -> Plumbing {
        Plumbing { kind, signature: Signature::user_defined(Volatility::Immutable) }
    }
}

impl Serialize for Plumbing {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.kind.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Plumbing {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Plumbing, D::Error> {
        Kind::deserialize(deserializer).map(Plumbing::of)
    }
}

impl ScalarUDFImpl for Plumbing {
    fn name(&self) -> &str {
        match self.kind {
            Kind::StringOrEmpty => "$string_or_empty",
            Kind::StructField(_) => "$struct_field",
        }
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn coerce_types(&self, argument_types: &[DataType]) -> Result<Vec<DataType>> {
        Ok(argument_types.to_vec())
    }

    fn schema_name(&self, arguments: &[datafusion::logical_expr::Expr]) -> Result<String> {
        let arguments: Vec<String> = arguments.iter().map(|argument| argument.schema_name().to_string()).collect();
        let arguments = arguments.join(", ");
        Ok(match self.kind {
            Kind::StringOrEmpty => format!("{}({arguments})", self.name()),
            Kind::StructField(position) => format!("{}({arguments}, {position})", self.name()),
        })
    }

    fn return_type(&self, argument_types: &[DataType]) -> Result<DataType> {
        match (self.kind, argument_types) {
            (Kind::StringOrEmpty, _) => Ok(ScalarType::String.arrow_type()),
            (Kind::StructField(position), [DataType::Struct(fields)]) => match fields.get(position) {
                Some(field) => Ok(field.data_type().clone()),
                None => plan_err!("the aggregate gives no result {position}"),
            },
            (Kind::StructField(_), other) => plan_err!("the aggregate gives {other:?}, not several results"),
        }
    }

    fn invoke_with_args(&self, args: ScalarFunctionArgs) -> Result<ColumnarValue> {
        let Some(argument) = args.args.first() else {
            return exec_err!("{} needs an argument", self.name());
        };
        let array = argument.to_array(args.number_rows)?;
        let result = match self.kind {
            Kind::StringOrEmpty => without_nulls(super::for_kernel(&array)?)?,
            Kind::StructField(position) => match array.as_struct_opt().and_then(|s| s.columns().get(position)) {
                Some(column) => column.clone(),
                None => return exec_err!("the aggregate gave no result {position}"),
            },
        };
        match argument {
            ColumnarValue::Scalar(_) if args.number_rows > 0 => {
                Ok(ColumnarValue::Scalar(ScalarValue::try_from_array(&result, 0)?))
            }
            _ => Ok(ColumnarValue::Array(result)),
        }
    }
}
