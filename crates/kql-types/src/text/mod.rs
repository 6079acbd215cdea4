//! The text forms of values: what `tostring` gives and what `todatetime`, `tolong`, … read.

pub mod datetime;
pub mod guid;
pub mod number;
mod real;
pub mod timespan;

pub use datetime::{format_datetime, parse_datetime, write_datetime};
pub use guid::{format_guid, parse_guid, write_guid};
pub use number::{
    format_decimal, format_real, parse_bool, parse_decimal, parse_int, parse_long, parse_real, write_decimal,
    write_long, write_real,
};
pub use timespan::{format_timespan, parse_timespan, write_timespan};

use crate::Value;

impl Value {
    /// What `tostring` gives for this value; nulls give the empty text.
    pub fn to_text(&self) -> String {
        match self {
            Value::Null(_) => String::new(),
            Value::Bool(value) => format_bool(*value).to_owned(),
            Value::Int(value) => value.to_string(),
            Value::Long(value) => value.to_string(),
            Value::Real(value) => format_real(*value),
            Value::Decimal(value) => format_decimal(*value),
            Value::String(value) => value.clone(),
            Value::DateTime(ticks) => format_datetime(*ticks),
            Value::TimeSpan(ticks) => format_timespan(*ticks),
            Value::Guid(bytes) => format_guid(bytes),
            Value::Dynamic(text) => crate::dynamic::Dynamic::new(text).to_string_value().into_owned(),
        }
    }
}

/// `True` or `False`, as `tostring(bool)` gives.
pub fn format_bool(value: bool) -> &'static str {
    if value { "True" } else { "False" }
}
