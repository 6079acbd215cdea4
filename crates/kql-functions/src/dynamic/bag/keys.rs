//! The keys of bags: `bag_keys`, `bag_has_key`, `bag_set_key`, `bag_remove_keys`.
//!
//! Where a key is given, `$.a.b` means the key `b` of the bag under the key `a`.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::{Builder, Dynamic, Kind, Path, Step};

use super::super::{Dynamics, any, array, bag};
use super::{distinct_members, first_key, key_path};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[BAG_KEYS, BAG_HAS_KEY, BAG_SET_KEY, BAG_REMOVE_KEYS];

const BAG_KEYS: Function = Function {
    name: "bag_keys",
    aliases: &[],
    documentation: Documentation {
        summary: "Lists the keys of a property bag.",
        returns: "An array of the keys in their order; null when the value is not a bag.",
        notes: "Only the outermost keys: `treepath` goes deeper.",
        page: "bag-keys-function",
    },
    overloads: &[overload!([bag("object").describe("The bag.")] -> Dynamic, bag_keys)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print bag_keys(dynamic({'b': 1, 'a': {'c': 2}}))", "[\"b\",\"a\"]"),
        example("print isnull(bag_keys(dynamic([1])))", "True"),
    ],
};

fn bag_keys(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let bags = Dynamics::new(arguments, 0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(bag) = bags.bag(row) else { return Ok(false) };
        let mut builder = Builder::new(out);
        builder.begin_array();
        distinct_members(bag).for_each(|(key, _)| builder.string(&key));
        builder.end_array();
        Ok(true)
    })
}

const BAG_HAS_KEY: Function = Function {
    name: "bag_has_key",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether a property bag has a key.",
        returns: "Whether the key is there, its value being null or not; null when the value is not a bag.",
        notes: "A key such as `$.a.b` is a path into nested bags.",
        page: "bag-has-key-function",
    },
    overloads: &[overload!(
        [bag("bag").describe("The bag."), parameter("key", ScalarType::String).describe("The key or path.")] -> Bool,
        bag_has_key
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print bag_has_key(dynamic({'a': null}), 'a')", "True"),
        example("print bag_has_key(dynamic({'a': {'b': 1}}), '$.a.b')", "True"),
        example("print bag_has_key(dynamic({'a': 1}), 'A')", "False"),
    ],
};

fn bag_has_key(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (bags, keys) = (Dynamics::new(arguments, 0)?, arguments.strings(1)?);
    let constant = keys.constant().map(key_path);
    Ok(output::bools(arguments.rows(), |row| {
        let bag = bags.bag(row)?;
        Some(match &constant {
            Some(path) => bag.path(path).is_some(),
            None => bag.path(&key_path(keys.value(row))).is_some(),
        })
    }))
}

const BAG_SET_KEY: Function = Function {
    name: "bag_set_key",
    aliases: &[],
    documentation: Documentation {
        summary: "Sets the value of a key of a property bag.",
        returns: "The bag with that value, the key at its old place or at the end; null when the value is not a bag.",
        notes: "A key such as `$.a.b` is a path into nested bags, which are made where they are missing.",
        page: "bag-set-key-function",
    },
    overloads: &[overload!(
        [
            bag("bag").describe("The bag."),
            parameter("key", ScalarType::String).constant().describe("The key or path."),
            any("value").describe("The value to set."),
        ] -> Dynamic,
        bag_set_key
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print bag_set_key(dynamic({'a': 1, 'b': 2}), 'a', 'x')", "{\"a\":\"x\",\"b\":2}"),
        example("print bag_set_key(dynamic({'a': 1}), '$.c.d', true)", "{\"a\":1,\"c\":{\"d\":true}}"),
    ],
};

fn bag_set_key(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (bags, keys, values) = (Dynamics::new(arguments, 0)?, arguments.strings(1)?, Dynamics::new(arguments, 2)?);
    let constant = keys.constant().map(key_path);
    output::dynamics(arguments.rows(), |row, out| {
        let Some(bag) = bags.bag(row) else { return Ok(false) };
        let mut builder = Builder::new(out);
        match &constant {
            Some(path) => set(Some(bag), path.steps(), values.value(row), &mut builder),
            None => set(Some(bag), key_path(keys.value(row)).steps(), values.value(row), &mut builder),
        }
        Ok(true)
    })
}

/// Writes the bag with the value set at the end of the steps. Goes as deep as the path is long.
fn set(bag: Option<Dynamic<'_>>, steps: &[Step], value: Dynamic<'_>, builder: &mut Builder<'_>) {
    let Some((name, rest)) = first_key(steps) else { return builder.dynamic(value) };
    builder.begin_bag();
    let mut done = false;
    for (key, member) in bag.into_iter().flat_map(distinct_members) {
        builder.key(&key);
        if key == name {
            done = true;
            let inner = Some(member).filter(|member| member.kind() == Kind::Bag);
            set(inner, rest, value, builder);
        } else {
            builder.raw(member);
        }
    }
    if !done {
        builder.key(name);
        set(None, rest, value, builder);
    }
    builder.end_bag();
}

const BAG_REMOVE_KEYS: Function = Function {
    name: "bag_remove_keys",
    aliases: &[],
    documentation: Documentation {
        summary: "Takes keys out of a property bag.",
        returns: "The bag without these keys and their values; null when the value is not a bag.",
        notes: "A key such as `$.a.b` is a path into nested bags. Keys that are not there are no error.",
        page: "bag-remove-keys-function",
    },
    overloads: &[overload!(
        [bag("bag").describe("The bag."), array("keys").describe("An array of keys and paths.")] -> Dynamic,
        bag_remove_keys
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print bag_remove_keys(dynamic({'a': 1, 'b': 2}), dynamic(['b', 'c']))", "{\"a\":1}"),
        example("print bag_remove_keys(dynamic({'a': {'x': 1, 'y': 2}}), dynamic(['$.a.x']))", "{\"a\":{\"y\":2}}"),
    ],
};

fn bag_remove_keys(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (bags, keys) = (Dynamics::new(arguments, 0)?, Dynamics::new(arguments, 1)?);
    let constant = keys.constant().map(paths);
    output::dynamics(arguments.rows(), |row, out| {
        let Some(bag) = bags.bag(row) else { return Ok(false) };
        let of_row = if constant.is_none() { Some(paths(keys.value(row))) } else { None };
        let removed = constant.iter().chain(&of_row).flatten().map(Path::steps).collect::<Vec<_>>();
        remove(bag, &removed, &mut Builder::new(out));
        Ok(true)
    })
}

fn paths(keys: Dynamic<'_>) -> Vec<Path> {
    keys.elements().filter_map(|key| Some(key_path(&key.as_str()?))).collect()
}

/// Writes the bag without what lies at the ends of the paths. Goes as deep as the paths are long.
fn remove(bag: Dynamic<'_>, removed: &[&[Step]], builder: &mut Builder<'_>) {
    builder.begin_bag();
    for (key, member) in distinct_members(bag) {
        let below: Vec<&[Step]> = removed
            .iter()
            .filter_map(|steps| first_key(steps))
            .filter(|(name, _)| *name == key)
            .map(|(_, rest)| rest)
            .collect();
        if below.iter().any(|rest| rest.is_empty()) {
            continue;
        }
        builder.key(&key);
        if below.is_empty() || member.kind() != Kind::Bag {
            builder.raw(member);
        } else {
            remove(member, &below, builder);
        }
    }
    builder.end_bag();
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics, strings, text};

    #[test]
    fn listed_and_found() {
        let bags = dynamics(&[Some(r#"{"a": {"b": null}, "\u0061": 1, "$x": 2}"#), Some("{}"), Some("1"), None]);
        assert_eq!(call("bag_keys", std::slice::from_ref(&bags)), r#"["a","$x"]|[]|null|null"#);
        let has = |key: &str| call("bag_has_key", &[bags.clone(), text(key)]);
        assert_eq!(has("a"), "true|false|null|null");
        assert_eq!(has("$.a.b"), "true|false|null|null");
        assert_eq!(has("$.a.c"), "false|false|null|null");
        assert_eq!(has("$x"), "true|false|null|null");
        let keys = strings(&["$['a']", "a", "a", "a"]);
        assert_eq!(call("bag_has_key", &[bags, keys]), "true|false|null|null");
    }

    #[test]
    fn set_at_every_depth() {
        let bags = dynamics(&[Some(r#"{"a": {"b": 1, "c": 2}, "d": 3}"#), Some(r#"{"a": 5}"#), Some("[]")]);
        let set = |key: &str, value: &str| call("bag_set_key", &[bags.clone(), text(key), dynamic(value)]);
        assert_eq!(set("d", "\"x\""), r#"{"a":{"b": 1, "c": 2},"d":"x"}|{"a":5,"d":"x"}|null"#);
        assert_eq!(set("$.a.b", "null"), r#"{"a":{"b":null,"c":2},"d":3}|{"a":{"b":null}}|null"#);
        assert_eq!(
            set("$.x.y.z", "[]"),
            r#"{"a":{"b": 1, "c": 2},"d":3,"x":{"y":{"z":[]}}}|{"a":5,"x":{"y":{"z":[]}}}|null"#
        );
    }

    #[test]
    fn removed() {
        let bags = dynamics(&[Some(r#"{"a": {"b": 1, "c": 2}, "d": 3}"#), Some(r#"{"a": 5}"#), None]);
        let remove = |keys: &str| call("bag_remove_keys", &[bags.clone(), dynamic(keys)]);
        assert_eq!(remove(r#"["d", "e", 7]"#), r#"{"a":{"b": 1, "c": 2}}|{"a":5}|null"#);
        assert_eq!(remove(r#"["$.a.b", "$.d"]"#), r#"{"a":{"c":2}}|{"a":5}|null"#);
        assert_eq!(remove("[]"), r#"{"a":{"b": 1, "c": 2},"d":3}|{"a":5}|null"#);
        let keys = dynamics(&[Some(r#"["a"]"#), Some("[]"), None]);
        assert_eq!(call("bag_remove_keys", &[bags, keys]), r#"{"d":3}|{"a":5}|null"#);
    }
}
