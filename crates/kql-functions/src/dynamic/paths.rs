//! Several paths into one column of texts that may not be JSON, in one walk of each text.
//!
//! Each path of a query is a call of its own, which goes through the text once more, after another pass has told whether
//! it is JSON at all. A reader of a file that knows all calls over a column has them done here together.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, BooleanBuilder, PrimitiveBuilder, StringViewArray};
use arrow::datatypes::{ArrowPrimitiveType, Float64Type, Int32Type, Int64Type};
use kql_types::ScalarType;
use kql_types::dynamic::{Dynamic, Found, Path, Step, Text, Walk};

use crate::output::Parts;
use crate::{FunctionRef, INDEX, KernelError, ReturnType};

/// A call of one of the functions that follow a path: `$path` and those that convert what they find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PathCall {
    path: Path,
    /// The type of the result.
    result: ScalarType,
}

impl PathCall {
    /// The call of a function, named as plans name it, with a path in its text form; `None` where the function follows no
    /// path.
    pub fn new(function: &str, path: &str) -> Option<PathCall> {
        let function = FunctionRef::from_name(function)?;
        let ReturnType::Type(result) = function.overload.returns else { return None };
        let name = function.function.name;
        let follows_path = name != INDEX && super::path::FUNCTIONS.iter().any(|of| of.name == name);
        // A path without steps ends at the text itself, whatever that is.
        let path = Path::parse(path).filter(|path| follows_path && !path.steps().is_empty())?;
        Some(PathCall { path, result })
    }

    /// The type of its values.
    pub fn result(&self) -> ScalarType {
        self.result
    }
}

/// Computes some calls over the texts of one column.
#[derive(Debug)]
pub struct PathsReader {
    walk: Walk,
    ends: Vec<End>,
}

/// Where a call finds its value.
#[derive(Debug)]
struct End {
    /// The number of the first name among those of the walk; without one the path begins with an element.
    name: Option<usize>,
    /// The path from there on.
    rest: Path,
    result: ScalarType,
}

impl PathsReader {
    /// A reader for these calls.
    pub fn new<'c>(calls: impl IntoIterator<Item = &'c PathCall>) -> PathsReader {
        let mut names: Vec<&str> = Vec::new();
        let end = |call: &'c PathCall| {
            let Some((Step::Member(name), rest)) = call.path.steps().split_first() else {
                return End { name: None, rest: call.path.clone(), result: call.result };
            };
            let known = names.iter().position(|known| known == name);
            let name = known.unwrap_or_else(|| {
                names.push(name);
                names.len() - 1
            });
            End { name: Some(name), rest: Path::new(rest.to_vec()), result: call.result }
        };
        let ends = calls.into_iter().map(end).collect();
        PathsReader { walk: Walk::new(names), ends }
    }

    /// The value of each call in each row. A text that is not JSON is a string, which has no members.
    ///
    /// # Errors
    /// More text than an array can hold.
    pub fn read(&mut self, texts: &StringViewArray) -> Result<Vec<ArrayRef>, KernelError> {
        let mut values = self
            .ends
            .iter()
            .map(|end| Values::new(end.result, texts))
            .collect::<Option<Vec<_>>>()
            .ok_or_else(|| KernelError("a path is not converted to this type".to_owned()))?;
        for row in 0..texts.len() {
            let text = Text::of_row(texts, row).filter(|text| self.walk.bag(*text));
            for (end, values) in self.ends.iter().zip(&mut values) {
                match (text, end.name) {
                    (None, _) => values.append(row, None)?,
                    (Some(text), Some(name)) if end.rest.steps().is_empty() => match self.walk.member(text, name) {
                        Some(found) => values.append_found(row, found)?,
                        None => values.append(row, None)?,
                    },
                    (Some(text), Some(name)) => {
                        let found = self.walk.member(text, name).map(Found::value);
                        values.append(row, found.and_then(|found| found.path(&end.rest)))?;
                    }
                    (Some(text), None) => values.append(row, Dynamic::new(text.as_str()).path(&end.rest))?,
                }
            }
        }
        Ok(values.into_iter().map(Values::finish).collect())
    }
}

/// The values of one call, gathered.
enum Values<'a> {
    Dynamic(Parts<'a>),
    String(Parts<'a>),
    Bool(BooleanBuilder),
    Int(PrimitiveBuilder<Int32Type>),
    Long(PrimitiveBuilder<Int64Type>),
    Real(PrimitiveBuilder<Float64Type>),
    DateTime(PrimitiveBuilder<Int64Type>),
}

impl<'a> Values<'a> {
    fn new(result: ScalarType, texts: &'a StringViewArray) -> Option<Values<'a>> {
        fn builder<T: ArrowPrimitiveType>(rows: usize) -> PrimitiveBuilder<T> {
            PrimitiveBuilder::with_capacity(rows)
        }
        let rows = texts.len();
        Some(match result {
            ScalarType::Dynamic => Values::Dynamic(Parts::of(texts, rows)),
            ScalarType::String => Values::String(Parts::of(texts, rows)),
            ScalarType::Bool => Values::Bool(BooleanBuilder::with_capacity(rows)),
            ScalarType::Int => Values::Int(builder(rows)),
            ScalarType::Long => Values::Long(builder(rows)),
            ScalarType::Real => Values::Real(builder(rows)),
            ScalarType::DateTime => Values::DateTime(builder(rows)),
            ScalarType::TimeSpan | ScalarType::Decimal | ScalarType::Guid => return None,
        })
    }

    #[inline]
    fn append_found(&mut self, row: usize, found: Found<'_>) -> Result<(), KernelError> {
        match (self, found.plain_string()) {
            (Values::String(parts), Some(content)) => parts.append(row, content),
            (values, _) => values.append(row, Some(found.value())),
        }
    }

    fn append(&mut self, row: usize, value: Option<Dynamic<'_>>) -> Result<(), KernelError> {
        let value = value.filter(|value| !value.is_null());
        match self {
            Values::Dynamic(parts) => match value {
                Some(value) => parts.append(row, value.text())?,
                None => parts.append_null(),
            },
            Values::String(parts) => parts.append(row, &value.map(Dynamic::to_string_value).unwrap_or_default())?,
            Values::Bool(values) => values.append_option(value.and_then(Dynamic::to_bool)),
            Values::Int(values) => values.append_option(value.and_then(Dynamic::to_int)),
            Values::Long(values) => values.append_option(value.and_then(Dynamic::to_long)),
            Values::Real(values) => values.append_option(value.and_then(Dynamic::to_real)),
            Values::DateTime(values) => values.append_option(value.and_then(Dynamic::to_datetime)),
        }
        Ok(())
    }

    fn finish(self) -> ArrayRef {
        match self {
            Values::Dynamic(parts) | Values::String(parts) => parts.finish(),
            Values::Bool(mut values) => Arc::new(values.finish()),
            Values::Int(mut values) => Arc::new(values.finish()),
            Values::Long(mut values) | Values::DateTime(mut values) => Arc::new(values.finish()),
            Values::Real(mut values) => Arc::new(values.finish()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::Kernel;
    use crate::testing::{Chance, text};
    use crate::{Argument, Arguments, PATH, conversion, fused};
    use kql_types::dynamic;

    /// What a reader of files makes of a text: JSON as it is, anything else a string.
    fn checked(text: Option<&str>) -> Option<String> {
        let text = text.filter(|text| !text.is_empty())?;
        Some(if dynamic::validate(text) {
            text.to_owned()
        } else {
            let mut quoted = String::new();
            dynamic::write_string(text, &mut quoted);
            quoted
        })
    }

    #[test]
    fn one_walk_gives_what_each_call_gives() {
        let mut chance = Chance::new(23);
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
            "\"\"",
            "\"a text that is too long for a view\"",
            "1e400",
            "99999999999999999999",
            "\"ü\"",
            " 7 ",
            "x",
            "",
        ];
        let paths = ["$.a", "$.b.c", "$[1]", "$.a[-1]", "$.a[0].a", "$['b']", "$.missing"];
        let path_call = conversion(ScalarType::Dynamic, ScalarType::String).unwrap();
        let plain = FunctionRef {
            function: crate::function(PATH).unwrap().0,
            overload: &crate::function(PATH).unwrap().0.overloads[0],
        };
        assert!(PathCall::new(&path_call.name(), "$.a").is_none());
        assert!(PathCall::new(&plain.name(), "a").is_none());
        assert!(PathCall::new(&plain.name(), "$").is_none());
        let types = [
            ScalarType::String,
            ScalarType::Bool,
            ScalarType::Int,
            ScalarType::Long,
            ScalarType::Real,
            ScalarType::DateTime,
        ];
        let converted = types.map(|result| fused(conversion(ScalarType::Dynamic, result).unwrap(), plain, 2).unwrap());
        for _ in 0..300 {
            let values: Vec<Option<String>> = (0..20)
                .map(|_| {
                    let (left, right) = (*chance.pick(&scalars), *chance.pick(&scalars));
                    match chance.below(7) {
                        0 => None,
                        1 => Some(left.to_owned()),
                        2 => Some(format!("[{left}, {right}]")),
                        3 => Some(format!("{{\"b\": {left}, \"a\" :{right}, \"a\": 3}}")),
                        4 => Some(format!("{{\"a\": {left}, \"b\" :{right}}} {left}")),
                        5 => Some(format!("{{\"\\u0061\": {left}, \"b\" :{right}")),
                        _ => Some(format!("{{\"b\":{{\"c\":{left}}},\"a\":[{right},{left}]}}")),
                    }
                })
                // Texts on which the reader's idea of JSON and that of `parse_json` differ.
                .filter(|text| text.as_ref().is_none_or(|text| !text.contains("1e400")))
                .collect();
            let texts: StringViewArray = values.iter().map(Option::as_deref).collect();
            let checked: StringViewArray = values.iter().map(|value| checked(value.as_deref())).collect();
            let functions: Vec<(FunctionRef, &str)> = (0..4)
                .map(|_| (*chance.pick(&[&converted[..], &[plain]].concat()), *chance.pick::<&str>(&paths)))
                .collect();
            let calls = functions.iter().map(|(function, path)| PathCall::new(&function.name(), path).unwrap());
            let calls: Vec<PathCall> = calls.collect();
            let found = PathsReader::new(&calls).read(&texts).unwrap();
            for ((function, path), found) in functions.iter().zip(found) {
                let Kernel::Vectorized(kernel) = function.overload.kernel else { panic!("{function} has no kernel") };
                let arguments = [Argument::Array(Arc::new(checked.clone())), text(path)];
                let expected = kernel(&Arguments::new(&arguments, texts.len())).unwrap();
                assert_eq!(&found, &expected, "{function} {path}: {values:?}");
            }
        }
    }
}
