//! Making bags: `bag_pack`, `pack_all`, `bag_zip`, `bag_merge`.

use std::collections::HashSet;

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::{Builder, Dynamic, Kind};

use super::super::{Dynamics, any, array, bag};
use crate::argument::Strings;
use crate::documentation::example;
use crate::function::Alias;
use crate::overload::{overload, unavailable};
use crate::signature::{ArgumentKind, parameter, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, ParameterType, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[BAG_PACK, PACK_ALL, BAG_PACK_FILLED, BAG_PACK_COLUMNS, BAG_ZIP, BAG_MERGE];

const BAG_PACK: Function = Function {
    name: "bag_pack",
    aliases: &[Alias { name: "pack", deprecated: true }, Alias { name: "pack_dictionary", deprecated: true }],
    documentation: Documentation {
        summary: "Makes a property bag of keys and values.",
        returns: "The bag, its keys in the order given, with null for each null.",
        notes: "Times and guids become strings. Of equal keys the first counts.",
        page: "bag-pack-function",
    },
    overloads: &[overload!(
        [
            parameter("key", ScalarType::String).repeated().describe("The name of a property."),
            any("value").repeated().describe("Its value."),
        ] -> Dynamic,
        |arguments| pack(arguments, |_| true)
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print bag_pack('user', 'ann', 'n', 2, 'when', 1d)",
            "{\"user\":\"ann\",\"n\":2,\"when\":\"1.00:00:00\"}",
        ),
        example("print bag_pack('outer', bag_pack('inner', int(null)))", "{\"outer\":{\"inner\":null}}"),
    ],
};

const BAG_PACK_FILLED: Function = Function {
    name: crate::BAG_PACK_FILLED,
    aliases: &[],
    documentation: Documentation {
        summary: "Makes a property bag of keys and those values that are neither null nor empty.",
        returns: "The bag.",
        notes: "Binding writes `pack_all(true)` as this; no query can name it.",
        page: "",
    },
    overloads: &[overload!(
        [
            parameter("key", ScalarType::String).repeated().describe("The name of a property."),
            any("value").repeated().describe("Its value."),
        ] -> Dynamic,
        |arguments| pack(arguments, |value| !matches!(value.text(), "null" | "\"\""))
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[],
};

const PACK_ALL: Function = Function {
    name: "pack_all",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes a property bag of all columns, each under its own name.",
        returns: "The bag, its keys in the order of the columns.",
        notes: "",
        page: "pack-all-function",
    },
    overloads: &[unavailable!(
        [parameter_of("ignore_null_empty", ParameterType::Scalar)
            .literal()
            .optional()
            .describe("Whether values that are null or empty are left out; they are not unless it is `true`.")] -> Dynamic,
        "the names of the columns are known to binding alone, which must write it as bag_pack()"
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print a = 1, b = '' | project pack_all()", "{\"a\":1,\"b\":\"\"}"),
        example("print a = 1, b = '' | project pack_all(true)", "{\"a\":1}"),
    ],
};

const BAG_PACK_COLUMNS: Function = Function {
    name: "bag_pack_columns",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes a property bag of columns, each under its own name.",
        returns: "The bag, its keys in the order given.",
        notes: "`bag_pack_columns(a, b)` means `bag_pack('a', a, 'b', b)`.",
        page: "bag-pack-columns-function",
    },
    overloads: &[unavailable!(
        [any("value").of_kind(ArgumentKind::Column).repeated().describe("A column.")] -> Dynamic,
        "the names of its columns are known to binding alone, which must write it as bag_pack()"
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print a = 1, b = 'x' | project bag_pack_columns(b, a)", "{\"b\":\"x\",\"a\":1}")],
};

fn pack(arguments: &Arguments<'_>, keep: fn(Dynamic<'_>) -> bool) -> Result<ArrayRef, KernelError> {
    let mut members: Vec<(Strings<'_>, Dynamics<'_>)> = Vec::new();
    for position in (0..arguments.len()).step_by(2) {
        members.push((arguments.strings(position)?, Dynamics::new(arguments, position + 1)?));
    }
    // Keys are constant nearly always: then what repeats a key is dropped here, once.
    let constant = members.iter().all(|(keys, _)| keys.is_constant());
    let mut seen = HashSet::new();
    if constant {
        members.retain(|(keys, _)| seen.insert(keys.value(0)));
    }
    output::dynamics(arguments.rows(), |row, out| {
        seen.clear();
        let mut builder = Builder::new(out);
        builder.begin_bag();
        for (keys, values) in &members {
            let (key, value) = (keys.value(row), values.value(row));
            if keep(value) && (constant || seen.insert(key)) {
                builder.key(key);
                builder.dynamic(value);
            }
        }
        builder.end_bag();
        Ok(true)
    })
}

const BAG_ZIP: Function = Function {
    name: "bag_zip",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes a property bag of an array of keys and an array of values.",
        returns: "The bag; null when an argument is not an array.",
        notes: "Keys that are not strings are left out with their values. A key without value gets null, a value without key is left out.",
        page: "bag-zip-function",
    },
    overloads: &[overload!(
        [array("keys").describe("The names of the properties."), array("values").describe("Their values.")] -> Dynamic,
        bag_zip
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print bag_zip(dynamic(['a', 'b']), dynamic([1, [2]]))", "{\"a\":1,\"b\":[2]}"),
        example("print bag_zip(dynamic(['a', 5, 'c']), dynamic([1, 2]))", "{\"a\":1,\"c\":null}"),
    ],
};

fn bag_zip(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (keys, values) = (Dynamics::new(arguments, 0)?, Dynamics::new(arguments, 1)?);
    output::dynamics(arguments.rows(), |row, out| {
        let (Some(keys), Some(values)) = (keys.array(row), values.array(row)) else { return Ok(false) };
        let values = values.elements().chain(std::iter::repeat(Dynamic::null()));
        let mut builder = Builder::new(out);
        builder.begin_bag();
        for (key, value) in keys.elements().zip(values) {
            if let Some(key) = key.as_str() {
                builder.key(&key);
                builder.raw(value);
            }
        }
        builder.end_bag();
        Ok(true)
    })
}

const BAG_MERGE: Function = Function {
    name: "bag_merge",
    aliases: &[],
    documentation: Documentation {
        summary: "Merges property bags into one.",
        returns: "A bag with the keys of all; null when no argument is a bag.",
        notes: "Of equal keys the one of the leftmost bag counts. Arguments that are not bags are left out.",
        page: "bag-merge-function",
    },
    overloads: &[overload!(
        [bag("bag").describe("A bag."), bag("bag").repeated().describe("A further bag.")] -> Dynamic,
        bag_merge
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print bag_merge(dynamic({'a': 1}), dynamic({'b': 2, 'a': 3}))", "{\"a\":1,\"b\":2}"),
        example("print bag_merge(dynamic(null), dynamic({'b': 2}))", "{\"b\":2}"),
    ],
};

fn bag_merge(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let bags = Dynamics::all(arguments, 0)?;
    let mut seen = HashSet::new();
    output::dynamics(arguments.rows(), |row, out| {
        if bags.iter().all(|bags| bags.value(row).kind() != Kind::Bag) {
            return Ok(false);
        }
        seen.clear();
        let mut builder = Builder::new(out);
        builder.begin_bag();
        for (key, value) in bags.iter().flat_map(|bags| bags.value(row).members()) {
            if !seen.contains(&key) {
                builder.key(&key);
                builder.raw(value);
                seen.insert(key);
            }
        }
        builder.end_bag();
        Ok(true)
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics, strings, text};

    #[test]
    fn packed() {
        let values = dynamics(&[Some("[1, 2]"), None, Some("\"\"")]);
        let arguments = [text("k\""), values, strings(&["a", "b", "c"]), dynamic("1.0")];
        assert_eq!(call("bag_pack", &arguments), r#"{"k\"":[1, 2],"a":1.0}|{"k\"":null,"b":1.0}|{"k\"":"","c":1.0}"#);
        assert_eq!(call("$bag_pack_filled", &arguments), r#"{"k\"":[1, 2],"a":1.0}|{"b":1.0}|{"c":1.0}"#);
    }

    #[test]
    fn equal_keys_count_once() {
        assert_eq!(call("bag_pack", &[text("k"), dynamic("1"), text("k"), dynamic("2")]), r#"{"k":1}"#);
        let arguments = [strings(&["a", "b"]), dynamic("1"), text("b"), dynamic("2")];
        assert_eq!(call("bag_pack", &arguments), r#"{"a":1,"b":2}|{"b":1}"#);
    }

    #[test]
    fn zipped() {
        let keys = dynamics(&[Some(r#"["a", null, "c"]"#), Some("\"a\""), None]);
        assert_eq!(call("bag_zip", &[keys, dynamic("[1,2,3,4]")]), r#"{"a":1,"c":3}|null|null"#);
    }

    #[test]
    fn merged() {
        let bags = dynamics(&[Some(r#"{"a": 1, "a": 9}"#), Some("[1]"), Some("{}")]);
        assert_eq!(
            call("bag_merge", &[bags.clone(), dynamic(r#"{"\u0061": 2, "b": {}}"#)]),
            r#"{"a":1,"b":{}}|{"a":2,"b":{}}|{"a":2,"b":{}}"#
        );
        assert_eq!(call("bag_merge", &[bags, dynamic("1")]), r#"{"a":1}|null|{}"#);
    }
}
