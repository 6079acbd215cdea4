//! A single scalar value: what a literal or a folded constant holds.

use crate::ScalarType;

/// One scalar value with its type. Arrays of values live in Arrow memory, not here.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// A null of the given type. `string` has no null: its null is `String("")`.
    Null(ScalarType),
    Bool(bool),
    Int(i32),
    Long(i64),
    Real(f64),
    /// The unscaled value; the scale is [`crate::arrow_mapping::DECIMAL_SCALE`].
    Decimal(i128),
    String(String),
    /// Ticks of 100 ns since 0001-01-01T00:00:00Z.
    DateTime(i64),
    /// Ticks of 100 ns.
    TimeSpan(i64),
    /// The sixteen bytes in the order in which they are written (big-endian groups).
    Guid([u8; 16]),
    /// JSON text, as [`crate::dynamic`] describes it.
    Dynamic(String),
}

impl Value {
    /// The type of this value; a null has one too.
    pub fn scalar_type(&self) -> ScalarType {
        match self {
            Value::Null(scalar_type) => *scalar_type,
            Value::Bool(_) => ScalarType::Bool,
            Value::Int(_) => ScalarType::Int,
            Value::Long(_) => ScalarType::Long,
            Value::Real(_) => ScalarType::Real,
            Value::Decimal(_) => ScalarType::Decimal,
            Value::String(_) => ScalarType::String,
            Value::DateTime(_) => ScalarType::DateTime,
            Value::TimeSpan(_) => ScalarType::TimeSpan,
            Value::Guid(_) => ScalarType::Guid,
            Value::Dynamic(_) => ScalarType::Dynamic,
        }
    }

    /// The null of a type; for `string` that is the empty string.
    pub fn null(scalar_type: ScalarType) -> Value {
        match scalar_type {
            ScalarType::String => Value::String(String::new()),
            other => Value::Null(other),
        }
    }

    /// Whether this is a null. The empty string is not.
    pub fn is_null(&self) -> bool {
        matches!(self, Value::Null(_))
    }
}
