//! Literals to values.

use kql_syntax::tree::{DynamicLiteral, Literal, TimeSpanLiteral};
use kql_syntax::{Diagnostic, Span};
use kql_types::dynamic::{Builder, Dynamic, from_value};
use kql_types::{ScalarType, Value, text};

use crate::binder::Binder;
use crate::codes;

impl Binder<'_> {
    /// The value of a literal; text that is none of the literal's type is reported.
    pub(crate) fn literal_value(&mut self, literal: &Literal, span: Span) -> Option<Value> {
        let value = value_of(literal);
        if value.is_none() {
            let (kind, text) = describe(literal);
            let help = match kind {
                _ if matches!(literal, Literal::Dynamic(_)) => "put it in quotes to keep its text",
                "datetime" => "write it as `datetime(2024-01-31T12:30:00Z)`",
                "timespan" => "write it as `1d`, `2.5h` or `timespan(1.02:03:04)`",
                "guid" => "write it as `guid(74be27de-1e4e-49d9-b579-fe0b331d3642)`",
                _ => "write it as `decimal(1.5)`",
            };
            let message = format!("`{text}` is not a {kind}");
            self.refuse_to_run(Diagnostic::error(codes::BAD_LITERAL, message, span).with_help(help));
            return Some(Value::null(type_of(literal)));
        }
        value
    }
}

/// The type of a literal that may be badly written.
fn type_of(literal: &Literal) -> ScalarType {
    match literal {
        Literal::Decimal(_) => ScalarType::Decimal,
        Literal::DateTime(_) => ScalarType::DateTime,
        Literal::TimeSpan(_) => ScalarType::TimeSpan,
        Literal::Guid(_) => ScalarType::Guid,
        _ => ScalarType::Dynamic,
    }
}

fn describe(literal: &Literal) -> (&'static str, &str) {
    match literal {
        Literal::Decimal(Some(text)) => ("decimal", text),
        Literal::DateTime(Some(text)) => ("datetime", text),
        Literal::TimeSpan(TimeSpanLiteral::Text(text)) => ("timespan", text),
        Literal::Guid(Some(text)) => ("guid", text),
        Literal::Dynamic(value) => ("value that a dynamic can hold", without_value(value).unwrap_or_default()),
        _ => ("value", ""),
    }
}

/// The value of a literal; `None` when its text is not of its type.
pub(crate) fn value_of(literal: &Literal) -> Option<Value> {
    fn or_null<T>(value: Option<T>, scalar_type: ScalarType, wrap: impl FnOnce(T) -> Value) -> Value {
        value.map_or(Value::Null(scalar_type), wrap)
    }
    Some(match literal {
        Literal::Bool(value) => or_null(*value, ScalarType::Bool, Value::Bool),
        Literal::Int(value) => or_null(*value, ScalarType::Int, Value::Int),
        Literal::Long(value) => or_null(*value, ScalarType::Long, Value::Long),
        Literal::Real(value) => or_null(*value, ScalarType::Real, Value::Real),
        Literal::Decimal(None) => Value::Null(ScalarType::Decimal),
        Literal::Decimal(Some(text)) => Value::Decimal(text::parse_decimal(text)?),
        Literal::String { value, .. } => Value::String(value.clone()),
        Literal::DateTime(None) => Value::Null(ScalarType::DateTime),
        Literal::DateTime(Some(text)) => Value::DateTime(text::parse_datetime(text)?),
        Literal::TimeSpan(TimeSpanLiteral::Null) => Value::Null(ScalarType::TimeSpan),
        Literal::TimeSpan(TimeSpanLiteral::Ticks(ticks)) => Value::TimeSpan(*ticks),
        Literal::TimeSpan(TimeSpanLiteral::Text(text)) => Value::TimeSpan(text::parse_timespan(text)?),
        Literal::Guid(None) => Value::Null(ScalarType::Guid),
        Literal::Guid(Some(text)) => Value::Guid(text::parse_guid(text)?),
        Literal::Dynamic(DynamicLiteral::Null) => Value::Null(ScalarType::Dynamic),
        Literal::Dynamic(value) => {
            let mut json = String::new();
            write_dynamic(value, &mut Builder::new(&mut json))?;
            Value::Dynamic(json)
        }
    })
}

/// Writes the JSON text; `None` when a number or a typed literal inside has no value.
fn write_dynamic(literal: &DynamicLiteral, out: &mut Builder<'_>) -> Option<()> {
    match literal {
        DynamicLiteral::Null => out.null(),
        DynamicLiteral::Bool(value) => out.bool(*value),
        DynamicLiteral::Number(text) => write_number(text, out)?,
        DynamicLiteral::String(value) => out.string(value),
        DynamicLiteral::Typed(literal) => match from_value(&value_of(literal)?) {
            Some(text) => out.raw(Dynamic::new(&text)),
            None => out.null(),
        },
        DynamicLiteral::Array(elements) => {
            out.begin_array();
            for element in elements {
                write_dynamic(element, out)?;
            }
            out.end_array();
        }
        DynamicLiteral::Bag(members) => {
            out.begin_bag();
            for (name, value) in members {
                out.key(name);
                write_dynamic(value, out)?;
            }
            out.end_bag();
        }
    }
    Some(())
}

/// A number in a `dynamic`: a long within 64 bits, or a finite real. KQL writes some that JSON does not (`0x1f`, `1.`).
fn write_number(text: &str, out: &mut Builder<'_>) -> Option<()> {
    let is_real = !text.contains(['x', 'X']) && text.contains(['.', 'e', 'E']);
    match is_real {
        true => out.real(text::parse_real(text).filter(|value| value.is_finite())?),
        false => out.long(text::parse_long(text)?),
    }
    Some(())
}

/// The text of the first number or typed literal inside that has no value.
fn without_value(literal: &DynamicLiteral) -> Option<&str> {
    match literal {
        DynamicLiteral::Number(text) => {
            write_number(text, &mut Builder::new(&mut String::new())).is_none().then_some(text)
        }
        DynamicLiteral::Typed(literal) if value_of(literal).is_none() => Some(describe(literal).1),
        DynamicLiteral::Array(elements) => elements.iter().find_map(without_value),
        DynamicLiteral::Bag(members) => members.iter().find_map(|(_, value)| without_value(value)),
        _ => None,
    }
}
