//! `parse_csv`.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::Builder;

use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter_of;
use crate::{Arguments, Documentation, Function, KernelError, ParameterType, PassedAs, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[PARSE_CSV];

const PARSE_CSV: Function = Function {
    name: "parse_csv",
    aliases: &[],
    documentation: Documentation {
        summary: "Takes one record of comma-separated values apart.",
        returns: "An array of strings, one for each value of the first record.",
        notes: "A value in double quotes may hold commas, line breaks and doubled quotes. Spaces are part of a value. \
                Records after the first are ignored.",
        page: "parse-csv-function",
    },
    overloads: &[overload!([
        parameter_of("csv_text", ParameterType::StringOrDynamic)
            .passed_as(PassedAs::Converted(ScalarType::String))
            .describe("The record."),
    ] -> Dynamic, parse_csv)],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example(r#"print parse_csv('a,"b,c",d')"#, r#"["a","b,c","d"]"#),
        example(r#"print parse_csv('a,"say ""hi""",')"#, r#"["a","say \"hi\"",""]"#),
    ],
};

fn parse_csv(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let texts = arguments.strings(0)?;
    let mut value = String::new();
    output::dynamics(arguments.rows(), |row, out| {
        let mut array = Builder::new(out);
        array.begin_array();
        let mut rest = Some(texts.value(row));
        while let Some(text) = rest {
            value.clear();
            rest = next_value(text, &mut value);
            array.string(&value);
        }
        array.end_array();
        Ok(true)
    })
}

/// Appends the value that the text starts with; gives what follows the comma behind it, if there is one.
fn next_value<'t>(text: &'t str, value: &mut String) -> Option<&'t str> {
    let mut rest = text;
    if let Some(quoted) = text.strip_prefix('"') {
        rest = quoted;
        loop {
            let Some((part, after)) = rest.split_once('"') else {
                // A quote that is never closed holds all that follows.
                value.push_str(rest);
                return None;
            };
            value.push_str(part);
            rest = after;
            match rest.strip_prefix('"') {
                Some(after) => {
                    value.push('"');
                    rest = after;
                }
                None => break,
            }
        }
    }
    let end = rest.find([',', '\n', '\r']).unwrap_or(rest.len());
    value.push_str(rest.get(..end).unwrap_or(""));
    rest.get(end..)?.strip_prefix(',')
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, strings};

    #[test]
    fn values_are_parted_by_commas() {
        let records = strings(&["a, é ,", "", ",", "\"x,\"\"\ny\",z\r\nsecond", "\"a\"b,c", "a\"b\",c", "\"open,\n"]);
        let arrays = [
            r#"["a"," é ",""]"#,
            r#"[""]"#,
            r#"["",""]"#,
            r#"["x,\"\ny","z"]"#,
            r#"["ab","c"]"#,
            r#"["a\"b\"","c"]"#,
            r#"["open,\n"]"#,
        ];
        assert_eq!(call("parse_csv", &[records]), arrays.join("|"));
    }
}
