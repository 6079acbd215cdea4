//! `parse_command_line`.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::Builder;

use crate::documentation::example;
use crate::overload::overload;
use crate::signature::{parameter, text_of_any};
use crate::{Arguments, Documentation, Function, KernelError, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[PARSE_COMMAND_LINE];

const PARSE_COMMAND_LINE: Function = Function {
    name: "parse_command_line",
    aliases: &[],
    documentation: Documentation {
        summary: "Takes a command line apart.",
        returns: "An array of strings: the program and its arguments; an empty array for the empty string.",
        notes: "The only parser is `windows`, which follows `CommandLineToArgvW`: double quotes hold an argument \
                together, backslashes mean something only before them.",
        page: "parse-command-line-function",
    },
    overloads: &[overload!([
        text_of_any("command").describe("The command line."),
        parameter("parser", ScalarType::String).describe("`windows`."),
    ] -> Dynamic, parse_command_line)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(r#"print parse_command_line('cmd.exe /c "echo a b"', 'windows')"#, r#"["cmd.exe","/c","echo a b"]"#),
        example(r#"print parse_command_line(@'run a\b \"c', 'windows')"#, r#"["run","a\\b","\"c"]"#),
    ],
};

fn parse_command_line(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (commands, parsers) = (arguments.strings(0)?, arguments.strings(1)?);
    let mut argument = String::new();
    output::dynamics(arguments.rows(), |row, out| {
        let parser = parsers.value(row);
        if parser != "windows" {
            return Err(KernelError(format!("parse_command_line knows the parser 'windows', not '{parser}'")));
        }
        let mut array = Builder::new(out);
        array.begin_array();
        let command = commands.value(row);
        if !command.is_empty() {
            let (program, mut rest) = split_program(command);
            array.string(program);
            while !rest.is_empty() {
                argument.clear();
                rest = next_argument(rest, &mut argument);
                array.string(&argument);
            }
        }
        array.end_array();
        Ok(true)
    })
}

const SPACES: [char; 2] = [' ', '\t'];

/// The program, in which backslashes mean nothing, and its arguments.
fn split_program(command: &str) -> (&str, &str) {
    let (program, rest) = match command.strip_prefix('"') {
        Some(quoted) => quoted.split_once('"').unwrap_or((quoted, "")),
        None => command.split_at(command.find(SPACES).unwrap_or(command.len())),
    };
    (program, rest.trim_start_matches(SPACES))
}

/// Appends the argument that the text starts with; gives the arguments that follow.
fn next_argument<'t>(text: &'t str, argument: &mut String) -> &'t str {
    let mut characters = text.chars();
    // How many quotes are open: 0 outside and 1 inside of them. Doubled quotes inside stand for one.
    let mut quotes = 0u8;
    let mut backslashes = 0;
    while let Some(character) = characters.next() {
        match character {
            ' ' | '\t' if quotes == 0 => break,
            '\\' => {
                argument.push('\\');
                backslashes += 1;
            }
            '"' => {
                // Backslashes before a quote count half; an odd one makes the quote a character.
                argument.truncate(argument.len().saturating_sub(usize::div_ceil(backslashes, 2)));
                if backslashes % 2 == 0 {
                    quotes += 1;
                } else {
                    argument.push('"');
                }
                backslashes = 0;
                while let Some(after) = characters.as_str().strip_prefix('"') {
                    characters = after.chars();
                    quotes += 1;
                    if quotes == 3 {
                        argument.push('"');
                        quotes = 0;
                    }
                }
                if quotes == 2 {
                    quotes = 0;
                }
            }
            other => {
                argument.push(other);
                backslashes = 0;
            }
        }
    }
    characters.as_str().trim_start_matches(SPACES)
}

#[cfg(test)]
mod tests {
    use crate::testing::{call, text};

    fn parsed(command: &str) -> Vec<String> {
        serde_json::from_str(&call("parse_command_line", &[text(command), text("windows")])).unwrap()
    }

    #[test]
    fn arguments_are_parted_by_spaces() {
        assert_eq!(parsed("a  b\tc "), ["a", "b", "c"]);
        assert_eq!(parsed(r#""C:\Program Files\x.exe" -a "b c"d"#), [r"C:\Program Files\x.exe", "-a", "b cd"]);
        assert_eq!(parsed(" a"), ["", "a"]);
        assert_eq!(parsed(r#""open é"#), ["open é"]);
        assert_eq!(parsed(""), [""; 0]);
    }

    #[test]
    fn backslashes_count_only_before_quotes() {
        assert_eq!(parsed(r#"x a\\b d"e f"g h"#), ["x", r"a\\b", "de fg", "h"]);
        assert_eq!(parsed(r#"x a\\\"b c d"#), ["x", r#"a\"b"#, "c", "d"]);
        assert_eq!(parsed(r#"x a\\\\"b c" d e"#), ["x", r"a\\b c", "d", "e"]);
        assert_eq!(parsed(r#"x "" b"#), ["x", "", "b"]);
        assert_eq!(parsed(r#"x "a""b""#), ["x", r#"a"b"#]);
    }

    #[test]
    fn only_windows_is_known() {
        let error = call("parse_command_line", &[text("a"), text("bash")]);
        assert_eq!(error, "error: parse_command_line knows the parser 'windows', not 'bash'");
    }
}
