//! `extract_json`: one value out of JSON text.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::{Dynamic, Path, Step};

use crate::documentation::example;
use crate::function::{Alias, Kernel};
use crate::overload::overload;
use crate::signature::{parameter, parameter_of};
use crate::{
    Arguments, Documentation, Function, KernelError, Overload, Parameter, ParameterType, ResultName, ReturnType, output,
};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[EXTRACT_JSON];

const PATH: Parameter = parameter("jsonPath", ScalarType::String)
    .constant()
    .describe("The path of the value, such as `$.items[0]['display name']`.");
const TEXT: Parameter = parameter("jsonText", ScalarType::String).describe("The JSON text.");

const EXTRACT_JSON: Function = Function {
    name: "extract_json",
    aliases: &[Alias { name: "extractjson", deprecated: false }],
    documentation: Documentation {
        summary: "Gives the value at a path of a JSON text.",
        returns: "The value as a string, or the empty string when the text is not JSON or has nothing there. With a \
                  type literal, the text converted to that type, or null where it does not convert.",
        notes: "Paths know `.name`, `['name']`, `[\"name\"]` and `[n]`; wildcards are not supported. To take more than \
                one value out of a text, parse it once with `parse_json`.",
        page: "extract-json-function",
    },
    overloads: &[
        overload!([PATH, TEXT] -> String, extract_json),
        // The kernel gives the text; binding converts it to the type of the literal.
        Overload {
            parameters: &[
                PATH,
                TEXT,
                parameter_of("type", ParameterType::TypeLiteral)
                    .literal()
                    .describe("The type of the result, such as `typeof(long)`."),
            ],
            returns: ReturnType::Literal(2),
            kernel: Kernel::Vectorized(extract_json),
        },
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(r#"print extract_json('$.user.name', '{"user":{"name":"ada"}}')"#, "ada"),
        example(r#"print extract_json('$.ports[1]', '{"ports":[80,443]}', typeof(long)) + 1"#, "444"),
        example(r#"print extract_json("$['a b']", '{"a b":[1, 2]}')"#, "[1,2]"),
        example("print extract_json('$.a', 'no json')", ""),
    ],
};

fn extract_json(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (paths, texts) = (arguments.strings(0)?, arguments.strings(1)?);
    let constant = paths.constant().map(parse_path).transpose()?;
    output::strings(arguments.rows(), |row, out| {
        let of_row;
        let path = match &constant {
            Some(path) => path,
            None => {
                of_row = parse_path(paths.value(row))?;
                &of_row
            }
        };
        let text = texts.value(row);
        if let Some(value) = Dynamic::new(text).path(path)
            && kql_types::dynamic::validate(text)
        {
            out.push_str(&value.to_string_value());
        }
        Ok(())
    })
}

/// Reads a JSON path.
fn parse_path(text: &str) -> Result<Path, KernelError> {
    let mut path = Path::default();
    let mut rest = text.trim().strip_prefix('$').ok_or_else(|| invalid(text))?;
    while !rest.is_empty() {
        let (step, after) = parse_step(rest).ok_or_else(|| invalid(text))?;
        path.push(step);
        rest = after;
    }
    Ok(path)
}

fn parse_step(text: &str) -> Option<(Step, &str)> {
    let bracket = text.strip_prefix('[').or_else(|| text.strip_prefix(".["));
    let Some(inside) = bracket else {
        let name = text.strip_prefix('.')?;
        let (name, after) = name.split_at(name.find(['.', '[']).unwrap_or(name.len()));
        return (!matches!(name, "" | "*")).then(|| (Step::Member(name.to_owned()), after));
    };
    for quote in ['\'', '"'] {
        if let Some(quoted) = inside.strip_prefix(quote) {
            let (name, after) = quoted.split_once(quote)?;
            return Some((Step::Member(name.to_owned()), after.strip_prefix(']')?));
        }
    }
    let (index, after) = inside.split_once(']')?;
    Some((Step::Element(i64::from(index.trim().parse::<u32>().ok()?)), after))
}

fn invalid(path: &str) -> KernelError {
    KernelError(format!("'{path}' is not a JSON path that extract_json knows, such as '$.items[0].name'"))
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, strings, text};

    #[test]
    fn values_are_found_by_path() {
        let texts = strings(&[r#"{"a":{"b c":[1,{"é":"x"}]}}"#, r#"{"a":null}"#, "", "{", r#"{"a":1} rest"#]);
        assert_eq!(call("extract_json", &[text("$.a['b c'][1].é"), texts.clone()]), "x||||");
        assert_eq!(call("extract_json", &[text("$.a.[\"b c\"][0]"), texts.clone()]), "1||||");
        assert_eq!(call("extract_json", &[text("$.a"), texts]), r#"{"b c":[1,{"é":"x"}]}||||"#);
        assert_eq!(call("extract_json", &[strings(&["$[0]", "$"]), text("[true]")]), "true|[true]");
    }

    #[test]
    fn other_paths_are_refused() {
        for path in ["", "a", "$a", "$..a", "$.*", "$[*]", "$[-1]", "$['a", "$.a["] {
            assert!(call("extract_json", &[text(path), text("{}")]).starts_with("error: '"), "{path}");
        }
    }
}
