//! `treepath`: the paths that lead into a value.

use std::collections::HashSet;

use arrow::array::ArrayRef;
use kql_types::dynamic::{Builder, Dynamic, Kind, MAX_DEPTH};

use super::super::{Dynamics, bag};
use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, KernelError, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[TREEPATH];

const TREEPATH: Function = Function {
    name: "treepath",
    aliases: &[],
    documentation: Documentation {
        summary: "Lists the paths that lead to the values inside a bag.",
        returns: "An array of paths such as `['a']['b'][0]`; null when the value is neither a bag nor an array.",
        notes: "All elements of an array share the index 0.",
        page: "treepath-function",
    },
    overloads: &[overload!([bag("object").describe("The bag.")] -> Dynamic, treepath)],
    result_name: ResultName::PrefixAndFirstArgument("tree"),
    deterministic: true,
    examples: &[
        example("print treepath(dynamic({'a': 1, 'b': 'x'}))", "[\"['a']\",\"['b']\"]"),
        example("print treepath(dynamic({'l': [1, {'k': 2}]}))", "[\"['l']\",\"['l'][0]\",\"['l'][0]['k']\"]"),
    ],
};

fn treepath(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let values = Dynamics::new(arguments, 0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let value = values.value(row);
        if !matches!(value.kind(), Kind::Array | Kind::Bag) {
            return Ok(false);
        }
        let mut paths = Paths::default();
        paths.visit(value, &mut String::new(), 0);
        let mut builder = Builder::new(out);
        builder.begin_array();
        paths.list.iter().for_each(|path| builder.string(path));
        builder.end_array();
        Ok(true)
    })
}

/// Paths in the order in which they were met first.
#[derive(Default)]
struct Paths {
    list: Vec<String>,
    seen: HashSet<String>,
}

impl Paths {
    /// Adds the paths below `path`. Nesting beyond the bound has no paths.
    fn visit(&mut self, value: Dynamic<'_>, path: &mut String, depth: usize) {
        if depth == MAX_DEPTH {
            return;
        }
        let length = path.len();
        for (key, member) in value.members() {
            path.push_str("['");
            path.push_str(&key);
            path.push_str("']");
            self.add(path);
            self.visit(member, path, depth + 1);
            path.truncate(length);
        }
        for element in value.elements() {
            path.push_str("[0]");
            self.add(path);
            self.visit(element, path, depth + 1);
            path.truncate(length);
        }
    }

    fn add(&mut self, path: &str) {
        if self.seen.insert(path.to_owned()) {
            self.list.push(path.to_owned());
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, dynamic, dynamics};

    #[test]
    fn paths() {
        let values = dynamics(&[Some(r#"{"a": {"b": [[1], {"c": 1}, {"c": 2}]}}"#), Some("[]"), Some("1"), None]);
        assert_eq!(
            call("treepath", &[values]),
            r#"["['a']","['a']['b']","['a']['b'][0]","['a']['b'][0][0]","['a']['b'][0]['c']"]|[]|null|null"#
        );
        call("treepath", &[dynamic(&"[".repeat(100_000))]);
        call("treepath", &[dynamic(&format!("{}{}", "[".repeat(2000), "]".repeat(2000)))]);
    }
}
