//! Dynamic values from and to the other types.

use std::borrow::Cow;

use super::{Builder, Dynamic, Kind};
use crate::{ScalarType, Value, text};

/// The dynamic that holds a value: a string becomes a JSON string and is not parsed. A dynamic stays as it is;
/// a null of any type is `None`.
pub fn from_value(value: &Value) -> Option<String> {
    let mut out = String::new();
    let mut builder = Builder::new(&mut out);
    match value {
        Value::Null(_) => return None,
        Value::Bool(value) => builder.bool(*value),
        Value::Int(value) => builder.long(i64::from(*value)),
        Value::Long(value) => builder.long(*value),
        Value::Real(value) => builder.real(*value),
        Value::Decimal(value) => builder.decimal(*value),
        Value::String(value) => builder.string(value),
        Value::DateTime(ticks) => builder.datetime(*ticks),
        Value::TimeSpan(ticks) => builder.timespan(*ticks),
        Value::Guid(bytes) => builder.guid(bytes),
        Value::Dynamic(text) => return Some(text.clone()),
    }
    Some(out)
}

impl<'a> Dynamic<'a> {
    /// `tostring(dynamic)`: the content of a string, nothing for null, the canonical form of anything else.
    pub fn to_string_value(self) -> Cow<'a, str> {
        match self.kind() {
            Kind::Null => Cow::Borrowed(""),
            Kind::Bool | Kind::Long => Cow::Borrowed(self.text),
            Kind::String => self.as_str().unwrap_or_default(),
            Kind::Real | Kind::Array | Kind::Bag => Cow::Owned(self.canonical()),
        }
    }

    /// `tolong(dynamic)`: reals are cut off (and held within 64 bits), strings are read.
    pub fn to_long(self) -> Option<i64> {
        match self.kind() {
            Kind::Bool => self.as_bool().map(i64::from),
            Kind::Long => self.as_i64(),
            Kind::Real => self.as_f64().map(|value| value as i64),
            Kind::String => text::parse_long(&self.as_str()?),
            Kind::Null | Kind::Array | Kind::Bag => None,
        }
    }

    /// `toint(dynamic)`: longs keep their lower 32 bits, reals are held within 32 bits.
    pub fn to_int(self) -> Option<i32> {
        match self.kind() {
            Kind::Long => self.as_i64().map(|value| value as i32),
            Kind::Real => self.as_f64().map(|value| value as i32),
            Kind::String => text::parse_int(&self.as_str()?),
            _ => self.to_long().map(|value| value as i32),
        }
    }

    /// `todouble(dynamic)`.
    pub fn to_real(self) -> Option<f64> {
        match self.kind() {
            Kind::Bool => self.as_bool().map(f64::from),
            Kind::Long | Kind::Real => self.as_f64(),
            Kind::String => text::parse_real(&self.as_str()?),
            Kind::Null | Kind::Array | Kind::Bag => None,
        }
    }

    /// `tobool(dynamic)`: numbers but zero are true.
    pub fn to_bool(self) -> Option<bool> {
        match self.kind() {
            Kind::Bool => self.as_bool(),
            Kind::Long | Kind::Real => self.as_f64().map(|value| value != 0.0),
            Kind::String => text::parse_bool(&self.as_str()?),
            Kind::Null | Kind::Array | Kind::Bag => None,
        }
    }

    /// `todatetime(dynamic)`: a string is read, a long is ticks.
    pub fn to_datetime(self) -> Option<i64> {
        match self.kind() {
            Kind::Long => self.as_i64().and_then(crate::ticks::checked_datetime),
            Kind::String => text::parse_datetime(&self.as_str()?),
            _ => None,
        }
    }

    /// `totimespan(dynamic)`: a string is read, a long is ticks.
    pub fn to_timespan(self) -> Option<i64> {
        match self.kind() {
            Kind::Long => self.as_i64(),
            Kind::String => text::parse_timespan(&self.as_str()?),
            _ => None,
        }
    }

    /// `toguid(dynamic)`.
    pub fn to_guid(self) -> Option<[u8; 16]> {
        text::parse_guid(&self.as_str()?)
    }

    /// `todecimal(dynamic)`, unscaled.
    pub fn to_decimal(self) -> Option<i128> {
        match self.kind() {
            Kind::Bool => text::parse_decimal(if self.as_bool()? { "1" } else { "0" }),
            Kind::Long | Kind::Real => text::parse_decimal(self.text),
            Kind::String => text::parse_decimal(&self.as_str()?),
            Kind::Null | Kind::Array | Kind::Bag => None,
        }
    }

    /// The value of this type that `to…(dynamic)` gives; a null where there is none.
    pub fn to_value(self, scalar_type: ScalarType) -> Value {
        let value = match scalar_type {
            ScalarType::Bool => self.to_bool().map(Value::Bool),
            ScalarType::Int => self.to_int().map(Value::Int),
            ScalarType::Long => self.to_long().map(Value::Long),
            ScalarType::Real => self.to_real().map(Value::Real),
            ScalarType::Decimal => self.to_decimal().map(Value::Decimal),
            ScalarType::String => Some(Value::String(self.to_string_value().into_owned())),
            ScalarType::DateTime => self.to_datetime().map(Value::DateTime),
            ScalarType::TimeSpan => self.to_timespan().map(Value::TimeSpan),
            ScalarType::Guid => self.to_guid().map(Value::Guid),
            ScalarType::Dynamic => (!self.is_null()).then(|| Value::Dynamic(self.text.to_owned())),
        };
        value.unwrap_or(Value::null(scalar_type))
    }
}
