//! The scalar types by name, and the type classes that signatures speak of.

use std::fmt;

/// A KQL scalar type (Kusto page: *Scalar data types*).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ScalarType {
    Bool,
    Int,
    Long,
    Real,
    Decimal,
    String,
    DateTime,
    TimeSpan,
    Guid,
    Dynamic,
}

impl ScalarType {
    /// Every type, narrowest numbers first.
    pub const ALL: [ScalarType; 10] = [
        ScalarType::Bool,
        ScalarType::Int,
        ScalarType::Long,
        ScalarType::Real,
        ScalarType::Decimal,
        ScalarType::String,
        ScalarType::DateTime,
        ScalarType::TimeSpan,
        ScalarType::Guid,
        ScalarType::Dynamic,
    ];

    /// The name Kusto prints: `long`, `datetime`, …
    pub fn name(self) -> &'static str {
        match self {
            ScalarType::Bool => "bool",
            ScalarType::Int => "int",
            ScalarType::Long => "long",
            ScalarType::Real => "real",
            ScalarType::Decimal => "decimal",
            ScalarType::String => "string",
            ScalarType::DateTime => "datetime",
            ScalarType::TimeSpan => "timespan",
            ScalarType::Guid => "guid",
            ScalarType::Dynamic => "dynamic",
        }
    }

    /// The type that a name or one of its aliases stands for (`boolean`, `double`, `date`, `time`, `uuid`, …).
    pub fn from_name(name: &str) -> Option<ScalarType> {
        Some(match name {
            "bool" | "boolean" => ScalarType::Bool,
            "int" | "int32" | "uint" | "uint32" | "int8" | "uint8" | "int16" | "uint16" => ScalarType::Int,
            "long" | "int64" | "ulong" | "uint64" => ScalarType::Long,
            "real" | "double" | "float" => ScalarType::Real,
            "decimal" => ScalarType::Decimal,
            "string" => ScalarType::String,
            "datetime" | "date" => ScalarType::DateTime,
            "timespan" | "time" => ScalarType::TimeSpan,
            "guid" | "uuid" | "uniqueid" => ScalarType::Guid,
            "dynamic" | "object" => ScalarType::Dynamic,
            _ => return None,
        })
    }

    /// The .NET type name that Kusto's v1 responses and `getschema` carry in `DataType`.
    pub fn data_type_name(self) -> &'static str {
        match self {
            ScalarType::Bool => "System.SByte",
            ScalarType::Int => "System.Int32",
            ScalarType::Long => "System.Int64",
            ScalarType::Real => "System.Double",
            ScalarType::Decimal => "System.Data.SqlTypes.SqlDecimal",
            ScalarType::String => "System.String",
            ScalarType::DateTime => "System.DateTime",
            ScalarType::TimeSpan => "System.TimeSpan",
            ScalarType::Guid => "System.Guid",
            ScalarType::Dynamic => "System.Object",
        }
    }

    /// `int` or `long`.
    pub fn is_integer(self) -> bool {
        matches!(self, ScalarType::Int | ScalarType::Long)
    }

    /// `int`, `long`, `real` or `decimal`.
    pub fn is_number(self) -> bool {
        matches!(self, ScalarType::Int | ScalarType::Long | ScalarType::Real | ScalarType::Decimal)
    }

    /// A number, `datetime` or `timespan`: what `sum`, `bin` and arithmetic take.
    pub fn is_summable(self) -> bool {
        self.is_number() || matches!(self, ScalarType::DateTime | ScalarType::TimeSpan)
    }

    /// Everything but `dynamic`: what `<`, `sort` and `max` take.
    pub fn is_orderable(self) -> bool {
        self != ScalarType::Dynamic
    }
}

impl fmt::Display for ScalarType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
