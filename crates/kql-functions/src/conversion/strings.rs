//! To `string`, and the names of types.

use arrow::array::ArrayRef;
use arrow::datatypes::{Int32Type, Int64Type};
use kql_types::ScalarType;
use kql_types::dynamic::{Dynamic, Kind};
use kql_types::text;

use super::kernels::{
    BOOL, DATETIME, DECIMAL, DYNAMIC, GUID, INT, LONG, REAL, STRING, TIMESPAN, bools, decimals, from, guids, ints,
    longs, reals, same, strings_from,
};
use crate::documentation::example;
use crate::function::Kernel;
use crate::output::{self, Parts};
use crate::signature::{integer, parameter, text_of_any};
use crate::{Arguments, Documentation, Function, KernelError, Overload, ResultName, ReturnType};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[TOSTRING, TOHEX, GETTYPE, DYNAMIC_TO_JSON];

const TOSTRING: Function = Function {
    name: "tostring",
    aliases: &[],
    documentation: Documentation {
        summary: "Converts a value to `string`.",
        returns: "The text of the value; the empty string for null.",
        notes: "A `dynamic` string gives its content without quotes, other dynamics their JSON text. A whole `real` shows its point: `tostring(1.0)` is `1.0`.",
        page: "tostring-function",
    },
    overloads: &[
        from(STRING, ScalarType::String, same),
        from(BOOL, ScalarType::String, |arguments| {
            strings_from(arguments, bools(arguments)?, |value, out| out.push_str(text::format_bool(value)))
        }),
        from(INT, ScalarType::String, |arguments| {
            strings_from(arguments, ints(arguments)?, |value, out| text::write_long(i64::from(value), out))
        }),
        from(LONG, ScalarType::String, |arguments| strings_from(arguments, longs(arguments)?, text::write_long)),
        from(REAL, ScalarType::String, |arguments| strings_from(arguments, reals(arguments)?, text::write_real)),
        from(DECIMAL, ScalarType::String, |arguments| {
            strings_from(arguments, decimals(arguments)?, text::write_decimal)
        }),
        from(DATETIME, ScalarType::String, |arguments| {
            strings_from(arguments, longs(arguments)?, text::write_datetime)
        }),
        from(TIMESPAN, ScalarType::String, |arguments| {
            strings_from(arguments, longs(arguments)?, text::write_timespan)
        }),
        from(GUID, ScalarType::String, |arguments| strings_from(arguments, guids(arguments)?, text::write_guid)),
        from(DYNAMIC, ScalarType::String, tostring_of_dynamic),
    ],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print tostring(1.0)", "1.0"),
        example("print tostring(true)", "True"),
        example("print tostring(1d + 3s)", "1.00:00:03"),
        example("print tostring(dynamic({'a': [1, 'x']}))", "{\"a\":[1,\"x\"]}"),
    ],
};

fn tostring_of_dynamic(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let values = arguments.strings(0)?;
    let mut parts = Parts::of(values.array(), arguments.rows());
    for row in 0..arguments.rows() {
        // Content without escapes is a part of the value's own text.
        parts.append(row, &Dynamic::new(values.value(row)).to_string_value())?;
    }
    Ok(parts.finish())
}

const TOHEX: Function = Function {
    name: "tohex",
    aliases: &[],
    documentation: Documentation {
        summary: "Writes a whole number in hexadecimal digits.",
        returns: "The lower-case digits, with leading zeros to the minimal length; a negative number in two's complement of its type.",
        notes: "",
        page: "tohex-function",
    },
    overloads: &[
        Overload {
            parameters: &[
                parameter("value", ScalarType::Int).describe("The number to write."),
                integer("minLength").optional().describe("The least number of digits."),
            ],
            returns: ReturnType::Type(ScalarType::String),
            kernel: Kernel::Vectorized(tohex_of_int),
        },
        Overload {
            parameters: &[
                parameter("value", ScalarType::Long).describe("The number to write."),
                integer("minLength").optional().describe("The least number of digits."),
            ],
            returns: ReturnType::Type(ScalarType::String),
            kernel: Kernel::Vectorized(tohex_of_long),
        },
    ],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print tohex(48879)", "beef"),
        example("print tohex(10, 4)", "000a"),
        example("print tohex(-1)", "ffffffffffffffff"),
        example("print tohex(toint(-1))", "ffffffff"),
    ],
};

fn tohex_of_int(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let values = arguments.primitives::<Int32Type>(0)?;
    tohex(arguments, |row| values.get(row).map(|value| u64::from(value.cast_unsigned())))
}

fn tohex_of_long(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let values = arguments.primitives::<Int64Type>(0)?;
    tohex(arguments, |row| values.get(row).map(i64::cast_unsigned))
}

/// The longest text that `tohex` pads to; a longer one would be memory, not a number.
const LONGEST_HEX: i64 = 1024;

fn tohex(arguments: &Arguments<'_>, values: impl Fn(usize) -> Option<u64>) -> Result<ArrayRef, KernelError> {
    let least = if arguments.len() > 1 { Some(arguments.primitives::<Int64Type>(1)?) } else { None };
    output::strings(arguments.rows(), |row, out| {
        let Some(value) = values(row) else { return Ok(()) };
        let least = least.as_ref().and_then(|least| least.get(row)).unwrap_or(0);
        if least > LONGEST_HEX {
            return Err(KernelError(format!("tohex() pads to at most {LONGEST_HEX} digits, not to {least}")));
        }
        let digits = format!("{value:x}");
        let missing = usize::try_from(least).unwrap_or(0).saturating_sub(digits.len());
        out.extend(std::iter::repeat_n('0', missing));
        out.push_str(&digits);
        Ok(())
    })
}

const GETTYPE: Function = Function {
    name: "gettype",
    aliases: &[],
    documentation: Documentation {
        summary: "Names the type of a value.",
        returns: "The name of the type; for a `dynamic` what it holds: `null`, `bool`, `long`, `double`, `string`, `array` or `dictionary`.",
        notes: "A null of any other type still has that type.",
        page: "gettype-function",
    },
    overloads: &[
        from(BOOL, ScalarType::String, |arguments| named(arguments, ScalarType::Bool)),
        from(INT, ScalarType::String, |arguments| named(arguments, ScalarType::Int)),
        from(LONG, ScalarType::String, |arguments| named(arguments, ScalarType::Long)),
        from(REAL, ScalarType::String, |arguments| named(arguments, ScalarType::Real)),
        from(DECIMAL, ScalarType::String, |arguments| named(arguments, ScalarType::Decimal)),
        from(STRING, ScalarType::String, |arguments| named(arguments, ScalarType::String)),
        from(DATETIME, ScalarType::String, |arguments| named(arguments, ScalarType::DateTime)),
        from(TIMESPAN, ScalarType::String, |arguments| named(arguments, ScalarType::TimeSpan)),
        from(GUID, ScalarType::String, |arguments| named(arguments, ScalarType::Guid)),
        from(DYNAMIC, ScalarType::String, gettype_of_dynamic),
    ],
    result_name: ResultName::PrefixAndFirstArgument("type"),
    deterministic: true,
    examples: &[
        example("print gettype(1.5)", "real"),
        example("print gettype(parse_json('1.5'))", "double"),
        example("print gettype(dynamic({}))", "dictionary"),
        example("print gettype(parse_json(''))", "null"),
    ],
};

fn named(arguments: &Arguments<'_>, scalar_type: ScalarType) -> Result<ArrayRef, KernelError> {
    output::slices(arguments.rows(), |_| Ok(scalar_type.name()))
}

fn gettype_of_dynamic(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let values = arguments.strings(0)?;
    output::slices(arguments.rows(), |row| {
        Ok(match Dynamic::new(values.value(row)).kind() {
            Kind::Null => "null",
            Kind::Bool => "bool",
            Kind::Long => "long",
            Kind::Real => "double",
            Kind::String => "string",
            Kind::Array => "array",
            Kind::Bag => "dictionary",
        })
    })
}

const DYNAMIC_TO_JSON: Function = Function {
    name: "dynamic_to_json",
    aliases: &[],
    documentation: Documentation {
        summary: "Writes a `dynamic` value as JSON text in which equal values have equal texts.",
        returns: "The compact JSON text with the keys of every bag in order; for a value of another type what `tostring` gives.",
        notes: "`tostring` keeps the keys in the order in which they came.",
        page: "dynamic-to-json-function",
    },
    overloads: &[
        from(DYNAMIC, ScalarType::String, dynamic_to_json),
        Overload {
            parameters: &[text_of_any("value").describe("The value to write.")],
            returns: ReturnType::Type(ScalarType::String),
            kernel: Kernel::Vectorized(same),
        },
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print dynamic_to_json(dynamic({'b': 1, 'a': {'d': 2, 'c': []}}))",
            "{\"a\":{\"c\":[],\"d\":2},\"b\":1}",
        ),
        example("print dynamic_to_json(1h)", "01:00:00"),
    ],
};

fn dynamic_to_json(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let values = arguments.strings(0)?;
    output::strings(arguments.rows(), |row, out| {
        if let Some(json) = values.get(row) {
            Dynamic::new(json).write_sorted(out);
        }
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use kql_types::{ScalarType, Value};

    use crate::testing::{dynamics, long, longs, overload, show, strings};
    use crate::{Argument, conversion};

    #[test]
    fn every_type_has_a_text_and_a_name() {
        for scalar_type in ScalarType::ALL {
            let array = Argument::Constant(Value::null(scalar_type).to_array());
            let position = |name| {
                let (function, _) = crate::function(name).unwrap();
                let mut overloads = function.overloads.iter();
                overloads.position(|overload| overload.parameters[0].accepts.to_string() == scalar_type.name()).unwrap()
            };
            assert_eq!(show(overload("tostring", position("tostring"), std::slice::from_ref(&array))), "");
            let name = if scalar_type == ScalarType::Dynamic { "null" } else { scalar_type.name() };
            assert_eq!(show(overload("gettype", position("gettype"), &[array])), name);
            assert!(scalar_type == ScalarType::String || conversion(scalar_type, ScalarType::String).is_some());
        }
    }

    #[test]
    fn dynamics_show_content_or_json() {
        let values = dynamics(&[
            Some("\"a long string without any escapes in it\""),
            Some("\"tab\\there\""),
            Some(" { \"a\" : 1.50 } "),
            None,
            Some("17"),
            Some("not json at all, but text"),
        ]);
        let to_string = conversion(ScalarType::Dynamic, ScalarType::String).unwrap();
        let position = to_string.function.overloads.iter().position(|o| std::ptr::eq(o, to_string.overload)).unwrap();
        assert_eq!(
            show(overload("tostring", position, &[values])),
            "a long string without any escapes in it|tab\there|{\"a\":1.5}||17|not json at all, but text"
        );
    }

    #[test]
    fn hexadecimal_digits() {
        assert_eq!(show(overload("tohex", 1, &[longs(&[Some(0), Some(-2), None]), long(3)])), "000|fffffffffffffffe|");
        assert!(overload("tohex", 1, &[longs(&[Some(0)]), long(1 << 40)]).is_err());
    }

    #[test]
    fn strings_stay() {
        assert_eq!(show(overload("tostring", 0, &[strings(&["a", ""])])), "a|");
    }
}
