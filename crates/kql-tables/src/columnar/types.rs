//! Which KQL type an Arrow type stands for.

use datafusion::arrow::datatypes::DataType;
use kql_types::ScalarType;

/// The KQL type of a column of this Arrow type; `None` where KQL has none.
///
/// Text may hold what Parquet has no type for: `known`, the catalogue's type of the column, then decides.
pub(crate) fn scalar_type(data_type: &DataType, known: Option<ScalarType>) -> Option<ScalarType> {
    Some(match data_type {
        DataType::Null => known.unwrap_or(ScalarType::String),
        DataType::Boolean => ScalarType::Bool,
        DataType::Int8 | DataType::Int16 | DataType::Int32 | DataType::UInt8 | DataType::UInt16 => ScalarType::Int,
        DataType::Int64 | DataType::UInt32 | DataType::UInt64 => ScalarType::Long,
        DataType::Float16 | DataType::Float32 | DataType::Float64 => ScalarType::Real,
        DataType::Decimal32(..) | DataType::Decimal64(..) | DataType::Decimal128(..) | DataType::Decimal256(..) => {
            ScalarType::Decimal
        }
        DataType::Timestamp(..) | DataType::Date32 | DataType::Date64 => ScalarType::DateTime,
        DataType::Duration(_) | DataType::Time32(_) | DataType::Time64(_) => ScalarType::TimeSpan,
        DataType::Utf8
        | DataType::LargeUtf8
        | DataType::Utf8View
        | DataType::Binary
        | DataType::LargeBinary
        | DataType::BinaryView => known.unwrap_or(ScalarType::String),
        DataType::FixedSizeBinary(16) => ScalarType::Guid,
        DataType::List(_)
        | DataType::LargeList(_)
        | DataType::FixedSizeList(..)
        | DataType::ListView(_)
        | DataType::LargeListView(_)
        | DataType::Struct(_)
        | DataType::Map(..) => ScalarType::Dynamic,
        DataType::Dictionary(_, values) => return scalar_type(values, known),
        DataType::RunEndEncoded(_, values) => return scalar_type(values.data_type(), known),
        _ => return None,
    })
}

/// The type in which two files' columns of one name are read; `None` where they have nothing in common.
pub(crate) fn common_type(first: &DataType, second: &DataType) -> Option<DataType> {
    use DataType::{Binary, BinaryView, Dictionary, LargeBinary, LargeUtf8, Null, Timestamp, Utf8, Utf8View};
    match (first, second) {
        _ if first == second => Some(first.clone()),
        (Null, other) | (other, Null) => Some(other.clone()),
        (Dictionary(_, values), other) | (other, Dictionary(_, values)) => common_type(values, other),
        (Utf8 | LargeUtf8 | Utf8View, Utf8 | LargeUtf8 | Utf8View) => Some(Utf8View),
        (Binary | LargeBinary | BinaryView, Binary | LargeBinary | BinaryView) => Some(BinaryView),
        // The finer unit loses nothing; a value that it cannot hold is an error when it is read.
        (Timestamp(first, zone), Timestamp(second, _)) => Some(Timestamp(*first.max(second), zone.clone())),
        _ if first.is_integer() && second.is_integer() => Some(DataType::Int64),
        _ if is_number(first) && is_number(second) => Some(DataType::Float64),
        _ => None,
    }
}

fn is_number(data_type: &DataType) -> bool {
    data_type.is_integer() || data_type.is_floating()
}

#[cfg(test)]
mod tests {
    use datafusion::arrow::datatypes::TimeUnit;

    use super::*;

    #[test]
    fn files_agree_on_the_wider_type() {
        let timestamp = |unit| DataType::Timestamp(unit, None);
        for (first, second, common) in [
            (DataType::Int32, DataType::Int64, Some(DataType::Int64)),
            (DataType::Int32, DataType::Float64, Some(DataType::Float64)),
            (DataType::Null, DataType::Boolean, Some(DataType::Boolean)),
            (DataType::Utf8, DataType::LargeUtf8, Some(DataType::Utf8View)),
            (timestamp(TimeUnit::Millisecond), timestamp(TimeUnit::Nanosecond), Some(timestamp(TimeUnit::Nanosecond))),
            (DataType::Utf8, DataType::Int64, None),
        ] {
            assert_eq!(common_type(&first, &second), common, "{first} {second}");
            assert_eq!(common_type(&second, &first), common, "{second} {first}");
        }
    }
}
