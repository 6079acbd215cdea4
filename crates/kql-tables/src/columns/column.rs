//! One column: its name and type, and its builder.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::arrow::array::{
    ArrayRef, BooleanBuilder, Decimal128Builder, FixedSizeBinaryBuilder, Float64Builder, Int32Builder, Int64Builder,
};
use datafusion::arrow::buffer::Buffer;
use datafusion::arrow::datatypes::Field;
use kql_types::ScalarType;
use kql_types::text;
use serde::{Deserialize, Serialize};

use super::convert::{parse_declared_time, parse_epoch_time, parse_time, parse_usual_time};
use super::views::ViewBuilder;
use crate::OnError;
use crate::json::{JsonError, Kind, RawValue, Span, skip_value, skip_whitespace, string_content};

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableColumn {
    pub name: String,
    #[serde(with = "scalar_type_name")]
    pub scalar_type: ScalarType,
    /// Whether the type was inferred from the data. A value that does not fit such a type is an error, where one that
    /// does not fit a known type becomes null.
    pub is_inferred: bool,
}

impl TableColumn {
    /// The column's field in Arrow.
    pub fn field(&self) -> Field {
        Field::new(&self.name, self.scalar_type.arrow_type(), true)
    }
}

/// A type goes by its KQL name on the wire.
mod scalar_type_name {
    use kql_types::ScalarType;
    use serde::de::Error;
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(scalar_type: &ScalarType, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(scalar_type.name())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ScalarType, D::Error> {
        let name = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
        ScalarType::from_name(&name).ok_or_else(|| D::Error::custom(format!("no such type: {name}")))
    }
}

/// The Arrow builder of a column's type.
enum Builder {
    Bool(BooleanBuilder),
    Int(Int32Builder),
    Long(Int64Builder),
    Real(Float64Builder),
    Decimal(Decimal128Builder),
    String(ViewBuilder),
    DateTime(Int64Builder),
    TimeSpan(Int64Builder),
    Guid(FixedSizeBinaryBuilder),
    Dynamic(ViewBuilder),
}

/// Builds one column from the values of one input buffer.
pub(crate) struct ColumnBuilder {
    builder: Builder,
    input: Buffer,
    is_inferred: bool,
    /// Whether a value that does not fit the type is an error; otherwise it is null, as in Kusto's ingestion.
    is_strict: bool,
}

/// What became of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// It stands in the column, maybe as a null.
    Taken,
    /// It does not fit the column's type; nothing was appended.
    Misfit,
    NotUtf8,
}

impl From<bool> for Outcome {
    fn from(is_utf8: bool) -> Outcome {
        if is_utf8 { Outcome::Taken } else { Outcome::NotUtf8 }
    }
}

impl ColumnBuilder {
    pub(crate) fn new(column: &TableColumn, input: &Buffer, capacity: usize, on_error: OnError) -> ColumnBuilder {
        let builder = match column.scalar_type {
            ScalarType::Bool => Builder::Bool(BooleanBuilder::with_capacity(capacity)),
            ScalarType::Int => Builder::Int(Int32Builder::with_capacity(capacity)),
            ScalarType::Long => Builder::Long(Int64Builder::with_capacity(capacity)),
            ScalarType::Real => Builder::Real(Float64Builder::with_capacity(capacity)),
            ScalarType::Decimal => Builder::Decimal(
                Decimal128Builder::with_capacity(capacity).with_data_type(ScalarType::Decimal.arrow_type()),
            ),
            ScalarType::String => Builder::String(ViewBuilder::new(input, capacity)),
            ScalarType::DateTime => Builder::DateTime(Int64Builder::with_capacity(capacity)),
            ScalarType::TimeSpan => Builder::TimeSpan(Int64Builder::with_capacity(capacity)),
            ScalarType::Guid => Builder::Guid(FixedSizeBinaryBuilder::with_capacity(capacity, 16)),
            ScalarType::Dynamic => Builder::Dynamic(ViewBuilder::new(input, capacity)),
        };
        ColumnBuilder {
            builder,
            input: input.clone(),
            is_inferred: column.is_inferred,
            is_strict: column.is_inferred || on_error == OnError::Null,
        }
    }

    /// Appends the null of the column's type, for a string the empty text.
    pub(crate) fn append_null(&mut self) {
        match &mut self.builder {
            Builder::Bool(builder) => builder.append_null(),
            Builder::Int(builder) => builder.append_null(),
            Builder::Long(builder) | Builder::DateTime(builder) | Builder::TimeSpan(builder) => builder.append_null(),
            Builder::Real(builder) => builder.append_null(),
            Builder::Decimal(builder) => builder.append_null(),
            Builder::String(builder) => {
                builder.append_text("");
            }
            Builder::Guid(builder) => builder.append_null(),
            Builder::Dynamic(builder) => builder.append_null(),
        }
    }

    /// Appends a JSON value of the input. A value that is refused has left a null behind.
    pub(crate) fn append_json(&mut self, value: RawValue) -> Result<(), JsonError> {
        let outcome = match value.kind {
            Kind::Null => {
                self.append_null();
                Outcome::Taken
            }
            _ => match &mut self.builder {
                Builder::String(builder) => match value.kind {
                    Kind::String => builder.append_slice(&self.input, value.start + 1, value.end - 1).into(),
                    Kind::EscapedString => {
                        let content = string_content(&self.input, value);
                        match content {
                            Ok(content) => builder.append_text(&content.unwrap_or_default()).into(),
                            Err(error) => {
                                builder.append_text("");
                                return Err(error);
                            }
                        }
                    }
                    _ => builder.append_slice(&self.input, value.start, value.end).into(),
                },
                Builder::Dynamic(builder) => append_dynamic(builder, &self.input, value)?,
                _ => self.append_json_scalar(value)?,
            },
        };
        self.settle(outcome, value.start)
    }

    /// Appends JSON values of the input, a null for each that is absent. A value that is refused has left a null behind
    /// and is told with its number.
    pub(crate) fn append_spans(&mut self, spans: impl Iterator<Item = Span>, mut refuse: impl FnMut(usize, JsonError)) {
        let input = self.input.clone();
        for (number, span) in spans.enumerate() {
            // What most columns mostly hold is taken at once; the rest goes the way of single values.
            if self.append_usual(&input, span) {
                continue;
            }
            match span.value(&input) {
                Some(value) => {
                    if let Err(error) = self.append_json(value) {
                        refuse(number, error);
                    }
                }
                None => self.append_null(),
            }
        }
    }

    /// Appends a value in the form in which its type is mostly written; `false` for another form.
    #[inline]
    fn append_usual(&mut self, input: &Buffer, span: Span) -> bool {
        let (start, end) = (span.start as usize, span.end as usize);
        let Some(text) = input.as_slice().get(start..end) else { return false };
        match (&mut self.builder, text) {
            (Builder::String(builder), [b'"', content @ .., b'"']) => {
                memchr::memchr(b'\\', content).is_none() && builder.append_slice(input, start + 1, end - 1)
            }
            (Builder::Dynamic(builder), [b'{' | b'[', ..]) => builder.append_slice(input, start, end),
            (Builder::DateTime(builder), [b'"', content @ .., b'"']) => match parse_usual_time(content) {
                Some(ticks) => {
                    builder.append_value(ticks);
                    true
                }
                None => false,
            },
            (Builder::Bool(builder), b"true" | b"false") => {
                builder.append_value(text == b"true");
                true
            }
            (Builder::Long(builder), [b'1'..=b'9', ..]) if text.len() <= 18 => {
                let mut number = 0;
                for byte in text {
                    if !byte.is_ascii_digit() {
                        return false;
                    }
                    number = number * 10 + i64::from(byte - b'0');
                }
                builder.append_value(number);
                true
            }
            _ => false,
        }
    }

    /// Appends the content of a CSV field, the slice `start..end` of the input. A value that is refused has left a null
    /// behind.
    pub(crate) fn append_field(&mut self, start: usize, end: usize) -> Result<(), JsonError> {
        let outcome = match &mut self.builder {
            Builder::String(builder) => builder.append_slice(&self.input, start, end).into(),
            Builder::Dynamic(builder) if is_json(&self.input, start, end) => {
                builder.append_slice(&self.input, start, end).into()
            }
            _ => {
                let input = self.input.clone();
                match input.get(start..end).map(std::str::from_utf8) {
                    Some(Ok(text)) => self.append_converted(text),
                    _ => Outcome::NotUtf8,
                }
            }
        };
        self.settle(outcome, start)
    }

    /// Appends the content of a CSV field that had to be copied; `start` is its place in the input.
    pub(crate) fn append_unquoted(&mut self, text: &str, start: usize) -> Result<(), JsonError> {
        let outcome = match &mut self.builder {
            Builder::String(builder) => builder.append_text(text).into(),
            Builder::Dynamic(builder) if is_json(text.as_bytes(), 0, text.len()) => builder.append_text(text).into(),
            _ => self.append_converted(text),
        };
        self.settle(outcome, start)
    }

    pub(crate) fn finish(self) -> ArrayRef {
        match self.builder {
            Builder::Bool(mut builder) => Arc::new(builder.finish()),
            Builder::Int(mut builder) => Arc::new(builder.finish()),
            Builder::Long(mut builder) | Builder::DateTime(mut builder) | Builder::TimeSpan(mut builder) => {
                Arc::new(builder.finish())
            }
            Builder::Real(mut builder) => Arc::new(builder.finish()),
            Builder::Decimal(mut builder) => Arc::new(builder.finish()),
            Builder::Guid(mut builder) => Arc::new(builder.finish()),
            Builder::String(builder) | Builder::Dynamic(builder) => builder.finish(),
        }
    }

    fn append_json_scalar(&mut self, value: RawValue) -> Result<Outcome, JsonError> {
        let input = self.input.clone();
        let text = match value.kind {
            Kind::String | Kind::EscapedString => match string_content(&input, value) {
                Ok(content) => content.unwrap_or_default(),
                Err(error) => {
                    self.append_null();
                    return Err(error);
                }
            },
            Kind::Number => Cow::Borrowed(ascii(&input, value.start, value.end)),
            Kind::True | Kind::False => {
                return Ok(match &mut self.builder {
                    Builder::Bool(builder) => {
                        builder.append_value(value.kind == Kind::True);
                        Outcome::Taken
                    }
                    Builder::Int(_) | Builder::Long(_) | Builder::Real(_) | Builder::Decimal(_)
                        if !self.is_inferred =>
                    {
                        self.append_converted(if value.kind == Kind::True { "1" } else { "0" })
                    }
                    _ => Outcome::Misfit,
                });
            }
            _ => return Ok(Outcome::Misfit),
        };
        if value.kind == Kind::Number {
            match &mut self.builder {
                Builder::DateTime(builder) if !self.is_inferred => {
                    return Ok(match parse_epoch_time(&text) {
                        Some(ticks) => {
                            builder.append_value(ticks);
                            Outcome::Taken
                        }
                        None => Outcome::Misfit,
                    });
                }
                Builder::DateTime(_) | Builder::TimeSpan(_) => return Ok(Outcome::Misfit),
                _ => {}
            }
        }
        Ok(self.append_converted(&text))
    }

    /// Converts a text to a type other than `string`. An empty text is null.
    fn append_converted(&mut self, text: &str) -> Outcome {
        if text.is_empty() {
            self.append_null();
            return Outcome::Taken;
        }
        macro_rules! append {
            ($builder:expr, $value:expr) => {
                match $value {
                    Some(value) => {
                        $builder.append_value(value);
                        Outcome::Taken
                    }
                    None => Outcome::Misfit,
                }
            };
        }
        match &mut self.builder {
            Builder::Bool(builder) => append!(builder, text::parse_bool(text)),
            Builder::Int(builder) => {
                append!(builder, text::parse_int(text).or_else(|| i32::try_from(whole_number(text)?).ok()))
            }
            Builder::Long(builder) => append!(builder, text::parse_long(text).or_else(|| whole_number(text))),
            Builder::Real(builder) => append!(builder, text::parse_real(text)),
            Builder::Decimal(builder) => append!(builder, text::parse_decimal(text)),
            Builder::DateTime(builder) if self.is_inferred => append!(builder, parse_time(text)),
            Builder::DateTime(builder) => append!(builder, parse_declared_time(text)),
            Builder::TimeSpan(builder) => append!(builder, text::parse_timespan(text)),
            Builder::Guid(builder) => match text::parse_guid(text) {
                // The builder refuses only another width.
                Some(bytes) if builder.append_value(bytes).is_ok() => Outcome::Taken,
                _ => Outcome::Misfit,
            },
            Builder::String(builder) => builder.append_text(text).into(),
            Builder::Dynamic(builder) => builder.append_text(&serde_json::Value::from(text).to_string()).into(),
        }
    }

    /// Leaves a null for what was not taken, and says whether that is an error.
    fn settle(&mut self, outcome: Outcome, at: usize) -> Result<(), JsonError> {
        if outcome == Outcome::Taken {
            return Ok(());
        }
        self.append_null();
        match outcome {
            Outcome::NotUtf8 => Err(JsonError::new(at, "the text is not UTF-8")),
            Outcome::Misfit if self.is_strict => Err(JsonError::new(at, self.misfit_message())),
            _ => Ok(()),
        }
    }

    fn misfit_message(&self) -> &'static str {
        match self.builder {
            Builder::Bool(_) => "not a bool, as which the column was inferred",
            Builder::Long(_) | Builder::Int(_) => "not a whole number, as which the column was inferred",
            Builder::Real(_) | Builder::Decimal(_) => "not a number, as which the column was inferred",
            Builder::DateTime(_) => "not a datetime, as which the column was inferred",
            _ => "not of the type as which the column was inferred",
        }
    }
}

/// A string that holds an array or object is that array or object: exports write dynamic columns so.
fn append_dynamic(builder: &mut ViewBuilder, input: &Buffer, value: RawValue) -> Result<Outcome, JsonError> {
    match value.kind {
        Kind::String => {
            let start = skip_whitespace(input, value.start + 1);
            match input.get(start) {
                Some(b'"') if start == value.end - 1 => {
                    builder.append_null();
                    Ok(Outcome::Taken)
                }
                Some(b'[' | b'{') if is_json(input, start, value.end - 1) => {
                    Ok(builder.append_slice(input, start, value.end - 1).into())
                }
                _ => Ok(builder.append_slice(input, value.start, value.end).into()),
            }
        }
        Kind::EscapedString => {
            let content = match string_content(input, value) {
                Ok(content) => content.unwrap_or_default(),
                Err(error) => {
                    builder.append_null();
                    return Err(error);
                }
            };
            if content.trim_start().starts_with(['[', '{']) && is_json(content.as_bytes(), 0, content.len()) {
                return Ok(builder.append_text(content.trim()).into());
            }
            Ok(builder.append_slice(input, value.start, value.end).into())
        }
        _ => Ok(builder.append_slice(input, value.start, value.end).into()),
    }
}

/// Whether `text[start..end]` is one JSON value.
fn is_json(text: &[u8], start: usize, end: usize) -> bool {
    let Some(text) = text.get(..end) else { return false };
    match skip_value(text, skip_whitespace(text, start)) {
        Ok(value) => skip_whitespace(text, value.end) == end,
        Err(_) => false,
    }
}

/// The text of a JSON number, which is ASCII as its scan has found.
fn ascii(input: &[u8], start: usize, end: usize) -> &str {
    input.get(start..end).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default()
}

/// A whole number written with a point or an exponent: `3.0`, `1e3`.
fn whole_number(text: &str) -> Option<i64> {
    let number = text::parse_real(text)?;
    // Beyond 2^53 a real does not tell which whole number was meant.
    (number.fract() == 0.0 && number.abs() <= 9_007_199_254_740_992.0).then_some(number as i64)
}
