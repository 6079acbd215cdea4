//! Two calls in one pass: a function of a function's result that never makes the value between.
//!
//! `tostring(a.b)` would write each value at the end of the path only to read it again, and
//! `tostring(split(s, '@')[1])` an array of which one part is wanted. A function whose name is composed of two others,
//! `$path_tostring`, does the work of both; there is nothing else to say that it exists.

use crate::registry::{FunctionRef, PATH, function};
use crate::{ParameterType, SPLIT_PART};
use kql_types::ScalarType;

/// The function of a call `outer(inner(a, …), b, …)` that gives the same for the arguments `a, …, b, …`; `inner` is
/// called with so many arguments. `None` when there is no such function.
pub fn fused(outer: FunctionRef, inner: FunctionRef, inner_arguments: usize) -> Option<FunctionRef> {
    let takes_dynamic = outer.overload.parameters.first()?.accepts == ParameterType::Exact(ScalarType::Dynamic);
    let name = match (outer.function.name, inner.function.name) {
        // Be it the path alone or already with what is made of its value.
        (outer, "split") if inner_arguments == 2 => format!("{SPLIT_PART}{}", outer.strip_prefix(PATH)?),
        (outer, inner) if takes_dynamic && inner.starts_with('$') => format!("{inner}_{outer}"),
        _ => return None,
    };
    let (function, _) = function(&name)?;
    function.overloads.first().map(|overload| FunctionRef { function, overload })
}

#[cfg(test)]
mod tests {
    use arrow::array::ArrayRef;

    use super::*;
    use crate::function::Kernel;
    use crate::testing::{Chance, dynamics, strings, text};
    use crate::{Argument, Arguments, conversion};

    fn the(name: &str) -> FunctionRef {
        let (function, _) = function(name).unwrap();
        FunctionRef { function, overload: &function.overloads[0] }
    }

    fn call(function: FunctionRef, arguments: &[Argument], rows: usize) -> ArrayRef {
        let Kernel::Vectorized(kernel) = function.overload.kernel else { panic!("{function} has no kernel") };
        kernel(&Arguments::new(arguments, rows)).unwrap()
    }

    #[test]
    fn one_pass_gives_what_two_give() {
        let mut chance = Chance::new(17);
        let scalars = [
            "1",
            "\"a\"",
            "null",
            "true",
            "-2.50",
            "\"2024-01-01\"",
            "\"a\\nb\"",
            "[1,{\"a\":2}]",
            "{\"b\":[]}",
            "x",
            "\"\"",
        ];
        let types = [
            ScalarType::String,
            ScalarType::Bool,
            ScalarType::Int,
            ScalarType::Long,
            ScalarType::Real,
            ScalarType::DateTime,
        ];
        for _ in 0..500 {
            let values: Vec<Option<String>> = (0..20)
                .map(|_| {
                    let (left, right) = (*chance.pick(&scalars), *chance.pick(&scalars));
                    match chance.below(5) {
                        0 => None,
                        1 => Some(left.to_owned()),
                        2 => Some(format!("[{left}, {right}]")),
                        3 => Some(format!("{{\"b\": {left}, \"a\" :{right}, \"a\": 3}}")),
                        _ => Some(format!("{{\"b\":{{\"c\":{left}}},\"a\":[{right},{left}]}}")),
                    }
                })
                .collect();
            let values: Vec<Option<&str>> = values.iter().map(Option::as_deref).collect();
            let arguments =
                [dynamics(&values), text(chance.pick::<&str>(&["$.a", "$.b.c", "$[1]", "$.a[-1]", "$.a[0].a"]))];
            let between = call(the(PATH), &arguments, 20);
            for scalar_type in types {
                let outer = conversion(ScalarType::Dynamic, scalar_type).unwrap();
                let fused = fused(outer, the(PATH), 2).unwrap();
                let expected = call(outer, &[Argument::Array(between.clone())], 20);
                assert_eq!(&call(fused, &arguments, 20), &expected, "{fused}: {values:?}");
            }
        }
    }

    #[test]
    fn a_part_of_a_text_is_the_element_of_its_array() {
        let mut chance = Chance::new(19);
        let to_string = conversion(ScalarType::Dynamic, ScalarType::String).unwrap();
        let part = fused(the(PATH), the("split"), 2).unwrap();
        let part_as_string = fused(to_string, part, 3).unwrap();
        assert_eq!(fused(the(PATH), the("split"), 3), None);
        for _ in 0..500 {
            let texts: Vec<String> = (0..20).map(|_| chance.text(20)).collect();
            let texts = strings(&texts.iter().map(String::as_str).collect::<Vec<_>>());
            let delimiter = text(&chance.text(3));
            let path =
                text(chance.pick::<&str>(&["$[0]", "$[1]", "$[-1]", "$[-2]", "$[3]", "$.a", "$[0].a", "$[0][0]"]));
            let array = call(the("split"), &[texts.clone(), delimiter.clone()], 20);
            let element = call(the(PATH), &[Argument::Array(array), path.clone()], 20);
            let arguments = [texts, delimiter, path];
            assert_eq!(&call(part, &arguments, 20), &element);
            let as_string = call(to_string, &[Argument::Array(element)], 20);
            assert_eq!(&call(part_as_string, &arguments, 20), &as_string);
            assert_eq!(fused(fused(to_string, the(PATH), 2).unwrap(), the("split"), 2), Some(part_as_string));
        }
    }
}
