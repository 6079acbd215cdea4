//! Member and element access of `dynamic` values: `a.b[0]` and `a[key]`.
//!
//! Binding turns a whole chain of constant steps into one [`PATH`] call, so that a value is scanned once.

use std::sync::Arc;

use arrow::array::{ArrayRef, PrimitiveArray};
use arrow::datatypes::{ArrowPrimitiveType, Float64Type, Int32Type, Int64Type};
use kql_types::ScalarType;
use kql_types::dynamic::{Dynamic, Kind, Path};

use crate::argument::Strings;
use crate::function::Kernel;
use crate::output::{self, Parts};
use crate::signature::parameter;
use crate::{
    Arguments, Documentation, Function, INDEX, KernelError, Overload, PATH, Parameter, ResultName, ReturnType,
};

/// A path and the conversion of what stands at its end in one pass; [`fused`](crate::fused) finds it by its name.
macro_rules! converted {
    ($name:literal, $type:ident, $kernel:expr) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation {
                summary: "Follows a path into a `dynamic` value and converts what it finds.",
                returns: "The converted value; null, or the empty string, where there is none.",
                notes: "Takes the place of a conversion of a path; no query can name it.",
                page: "scalar-data-types/dynamic",
            },
            overloads: &[Overload {
                parameters: &[VALUE, STEPS],
                returns: ReturnType::Type(ScalarType::$type),
                kernel: Kernel::Vectorized($kernel),
            }],
            result_name: ResultName::None,
            deterministic: true,
            examples: &[],
        }
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    FOLLOW_PATH,
    TAKE_INDEX,
    converted!("$path_tostring", String, path_to_string),
    converted!("$path_tobool", Bool, |a| Ok(output::bools(a.rows(), ends(a)?.then(Dynamic::to_bool)))),
    converted!("$path_toint", Int, |a| primitives::<Int32Type>(a, Dynamic::to_int)),
    converted!("$path_tolong", Long, |a| primitives::<Int64Type>(a, Dynamic::to_long)),
    converted!("$path_toreal", Real, |a| primitives::<Float64Type>(a, Dynamic::to_real)),
    converted!("$path_todatetime", DateTime, |a| primitives::<Int64Type>(a, Dynamic::to_datetime)),
];

const STEPS: Parameter = parameter("path", ScalarType::String).literal().describe("The text form of the path.");
const VALUE: Parameter = parameter("value", ScalarType::Dynamic).describe("The bag or array.");

const FOLLOW_PATH: Function = Function {
    name: PATH,
    aliases: &[],
    documentation: Documentation {
        summary: "Follows a path into a `dynamic` value.",
        returns: "The value at the end of the path; null where there is none.",
        notes: "Inserted by binding for `a.b[0]`; no query can name it.",
        page: "scalar-data-types/dynamic",
    },
    overloads: &[Overload {
        parameters: &[VALUE, STEPS],
        returns: ReturnType::Type(ScalarType::Dynamic),
        kernel: Kernel::Vectorized(follow_path),
    }],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[],
};

fn follow_path(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let path = constant_path(arguments, 1)?;
    parts(arguments, |_, value| value.path(&path))
}

/// The path that a constant argument writes.
pub(crate) fn constant_path(arguments: &Arguments<'_>, position: usize) -> Result<Path, KernelError> {
    let text = arguments.strings(position)?.constant();
    let text = text.ok_or_else(|| KernelError("a path must be constant".to_owned()))?;
    Path::parse(text).ok_or_else(|| KernelError(format!("'{text}' is no path")))
}

/// What stands at the end of a path in each row.
struct Ends<'a> {
    values: Strings<'a>,
    path: Path,
}

fn ends<'a>(arguments: &Arguments<'a>) -> Result<Ends<'a>, KernelError> {
    Ok(Ends { values: arguments.strings(0)?, path: constant_path(arguments, 1)? })
}

impl<'a> Ends<'a> {
    fn get(&self, row: usize) -> Option<Dynamic<'a>> {
        Dynamic::new(self.values.get(row)?).path(&self.path).filter(|end| !end.is_null())
    }

    /// The conversion of a row's value.
    fn then<T>(self, convert: fn(Dynamic<'a>) -> Option<T>) -> impl Fn(usize) -> Option<T> {
        move |row| self.get(row).and_then(convert)
    }
}

fn primitives<'a, T: ArrowPrimitiveType>(
    arguments: &Arguments<'a>,
    convert: fn(Dynamic<'a>) -> Option<T::Native>,
) -> Result<ArrayRef, KernelError> {
    let ends = ends(arguments)?;
    Ok(Arc::new((0..arguments.rows()).map(|row| ends.get(row).and_then(convert)).collect::<PrimitiveArray<T>>()))
}

fn path_to_string(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let ends = ends(arguments)?;
    let mut parts = Parts::of(ends.values.array(), arguments.rows());
    for row in 0..arguments.rows() {
        let text = ends.get(row).map(Dynamic::to_string_value).unwrap_or_default();
        parts.append(if ends.values.is_constant() { 0 } else { row }, &text)?;
    }
    Ok(parts.finish())
}

const TAKE_INDEX: Function = Function {
    name: INDEX,
    aliases: &[],
    documentation: Documentation {
        summary: "Takes the value of a bag's key or an element of an array.",
        returns: "The value; null where there is none.",
        notes: "Inserted by binding for `a[key]`; no query can name it.",
        page: "scalar-data-types/dynamic",
    },
    overloads: &[
        Overload {
            parameters: &[VALUE, parameter("key", ScalarType::String).describe("The key of a bag.")],
            returns: ReturnType::Type(ScalarType::Dynamic),
            kernel: Kernel::Vectorized(take_member),
        },
        Overload {
            parameters: &[VALUE, parameter("index", ScalarType::Long).describe("The index; -1 is the last element.")],
            returns: ReturnType::Type(ScalarType::Dynamic),
            kernel: Kernel::Vectorized(take_element),
        },
        Overload {
            parameters: &[VALUE, parameter("key", ScalarType::Dynamic).describe("A key or an index.")],
            returns: ReturnType::Type(ScalarType::Dynamic),
            kernel: Kernel::Vectorized(take_either),
        },
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[],
};

fn take_member(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let keys = arguments.strings(1)?;
    parts(arguments, |row, value| value.member(keys.value(row)))
}

fn take_element(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let indices = arguments.primitives::<Int64Type>(1)?;
    parts(arguments, |row, value| value.element(indices.get(row)?))
}

fn take_either(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let keys = arguments.strings(1)?;
    parts(arguments, |row, value| {
        let key = Dynamic::new(keys.value(row));
        match key.kind() {
            Kind::String => value.member(&key.as_str()?),
            Kind::Long => value.element(key.as_i64()?),
            _ => None,
        }
    })
}

/// For each row a part of the first argument's value, as a view into its memory.
fn parts<'a>(
    arguments: &Arguments<'a>,
    part: impl Fn(usize, Dynamic<'a>) -> Option<Dynamic<'a>>,
) -> Result<ArrayRef, KernelError> {
    let values = arguments.strings(0)?;
    let mut parts = Parts::of(values.array(), arguments.rows());
    for row in 0..arguments.rows() {
        let part = values.get(row).and_then(|text| part(row, Dynamic::new(text))).filter(|part| !part.is_null());
        match part {
            Some(part) if values.is_constant() => parts.append(0, part.text())?,
            Some(part) => parts.append(row, part.text())?,
            None => parts.append_null(),
        }
    }
    Ok(parts.finish())
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics, longs, overload, show, strings, text};

    const EVENT: &str = r#"{"who": {"name": "a name longer than a view", "ids": [1, 2.0, null]}, "n": null}"#;

    #[test]
    fn paths() {
        let events = dynamics(&[Some(EVENT), None, Some("[]"), Some(r#"{"who": "a"}"#), Some("no json")]);
        let follow = |path: &str| call("$path", &[events.clone(), text(path)]);
        assert_eq!(follow("$.who.name"), "\"a name longer than a view\"|null|null|null|null");
        assert_eq!(follow("$.who"), [&EVENT[8..68], "null", "null", "\"a\"", "null"].join("|"));
        assert_eq!(follow("$.who['ids'][-2]"), "2.0|null|null|null|null");
        assert_eq!(follow("$.n"), "null|null|null|null|null");
        assert_eq!(follow("who"), "error: 'who' is no path");
        assert_eq!(call("$path", &[events.clone(), strings(&[""; 5])]), "error: a path must be constant");
    }

    #[test]
    fn indices() {
        let array = dynamic(r#"["first", "a second one that is long", {"k": 1}]"#);
        let indices = longs(&[Some(0), Some(1), Some(-1), Some(3), None]);
        assert_eq!(
            show(overload("$index", 1, &[array.clone(), indices])),
            "\"first\"|\"a second one that is long\"|{\"k\": 1}|null|null"
        );
        let bags = dynamics(&[Some(r#"{"a": 1, "b": 2}"#), Some(r#"{"b": 3}"#)]);
        assert_eq!(show(overload("$index", 0, &[bags.clone(), strings(&["b", "a"])])), "2|null");
        assert_eq!(show(overload("$index", 2, &[bags, dynamics(&[Some("\"a\""), Some("0")])])), "1|null");
        assert_eq!(show(overload("$index", 2, &[array, dynamics(&[Some("-3"), Some("\"k\"")])])), "\"first\"|null");
    }
}
