//! To `dynamic`: by parsing JSON, and by wrapping a scalar.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::{self, Builder, Dynamic};

use super::kernels::{
    BOOL, DATETIME, DECIMAL, DYNAMIC, GUID, INT, LONG, REAL, STRING, TIMESPAN, bools, decimals, dynamics_from, from,
    guids, ints, longs, reals, same,
};
use crate::documentation::example;
use crate::function::Alias;
use crate::output::Parts;
use crate::{AS_DYNAMIC, Arguments, Documentation, Function, KernelError, ResultName};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[PARSE_JSON, WRAP];

const PARSE_JSON: Function = Function {
    name: "parse_json",
    aliases: &[
        Alias { name: "todynamic", deprecated: false },
        Alias { name: "toobject", deprecated: true },
        Alias { name: "parsejson", deprecated: true },
    ],
    documentation: Documentation {
        summary: "Reads JSON text as a `dynamic` value.",
        returns: "The value; text that is not JSON becomes a `dynamic` string with that content, empty text becomes null.",
        notes: "A `dynamic` argument is given back as it is: to parse JSON inside a `dynamic` string, say `parse_json(tostring(x))`.",
        page: "parse-json-function",
    },
    overloads: &[from(STRING, ScalarType::Dynamic, parse_json), from(DYNAMIC, ScalarType::Dynamic, same)],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print parse_json('{\"user\": {\"id\": 7}}').user.id", "7"),
        example("print gettype(parse_json('no json'))", "string"),
        example("print parse_json(' [1, 2.50, \"x\"] ')", "[1,2.5,\"x\"]"),
    ],
};

fn parse_json(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    // JSON text is the value: it is checked and kept where it lies.
    let mut parts = Parts::of(texts.array(), arguments.rows());
    let mut quoted = String::new();
    for row in 0..arguments.rows() {
        let text = texts.value(row);
        if Dynamic::new(text).is_null() {
            parts.append_null();
        } else if dynamic::validate(text) {
            parts.append(row, text)?;
        } else {
            quoted.clear();
            dynamic::write_string(text, &mut quoted);
            parts.append(row, &quoted)?;
        }
    }
    Ok(parts.finish())
}

const WRAP: Function = Function {
    name: AS_DYNAMIC,
    aliases: &[],
    documentation: Documentation {
        summary: "Holds a scalar in a `dynamic`.",
        returns: "The value as a `dynamic`; null for null. A string is not parsed.",
        notes: "Inserted by binding; no query can name it.",
        page: "",
    },
    overloads: &[
        from(BOOL, ScalarType::Dynamic, |arguments| {
            dynamics_from(arguments, bools(arguments)?, |value, out| Builder::new(out).bool(value))
        }),
        from(INT, ScalarType::Dynamic, |arguments| {
            dynamics_from(arguments, ints(arguments)?, |value, out| Builder::new(out).long(i64::from(value)))
        }),
        from(LONG, ScalarType::Dynamic, |arguments| {
            dynamics_from(arguments, longs(arguments)?, |value, out| Builder::new(out).long(value))
        }),
        from(REAL, ScalarType::Dynamic, |arguments| {
            dynamics_from(arguments, reals(arguments)?, |value, out| Builder::new(out).real(value))
        }),
        from(DECIMAL, ScalarType::Dynamic, |arguments| {
            dynamics_from(arguments, decimals(arguments)?, |value, out| Builder::new(out).decimal(value))
        }),
        from(STRING, ScalarType::Dynamic, |arguments| {
            let texts = arguments.strings(0)?;
            dynamics_from(arguments, |row| Some(texts.value(row)), |value, out| Builder::new(out).string(value))
        }),
        from(DATETIME, ScalarType::Dynamic, |arguments| {
            dynamics_from(arguments, longs(arguments)?, |value, out| Builder::new(out).datetime(value))
        }),
        from(TIMESPAN, ScalarType::Dynamic, |arguments| {
            dynamics_from(arguments, longs(arguments)?, |value, out| Builder::new(out).timespan(value))
        }),
        from(GUID, ScalarType::Dynamic, |arguments| {
            dynamics_from(arguments, guids(arguments)?, |value, out| Builder::new(out).guid(value))
        }),
    ],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[],
};

#[cfg(test)]
mod tests {
    use kql_types::{ScalarType, Value};

    use crate::testing::{call, show, strings};
    use crate::{Argument, Arguments, conversion};

    #[test]
    fn json_is_kept_and_other_text_quoted() {
        let texts =
            strings(&["{\"a\": \"a value longer than a view\"}", "7", "", "null", "\"q\"", "it's \"not\" json", "[1"]);
        assert_eq!(
            call("todynamic", &[texts]),
            "{\"a\": \"a value longer than a view\"}|7|null|null|\"q\"|\"it's \\\"not\\\" json\"|\"[1\""
        );
    }

    #[test]
    fn scalars_are_wrapped() {
        for (value, json) in [
            (Value::Bool(false), "false"),
            (Value::Int(-4), "-4"),
            (Value::Real(3.0), "3.0"),
            (Value::String("{}".to_owned()), "\"{}\""),
            (Value::TimeSpan(20_000_000), "\"00:00:02\""),
            (Value::Null(ScalarType::Long), "null"),
        ] {
            let reference = conversion(value.scalar_type(), ScalarType::Dynamic).unwrap();
            let crate::function::Kernel::Vectorized(kernel) = reference.overload.kernel else { panic!("no kernel") };
            let argument = [Argument::Constant(value.to_array())];
            assert_eq!(show(kernel(&Arguments::new(&argument, 1))), json);
        }
        for scalar_type in ScalarType::ALL {
            assert!(scalar_type == ScalarType::Dynamic || conversion(scalar_type, ScalarType::Dynamic).is_some());
        }
    }
}
