//! What is said of arguments and operands that do not fit.

use kql_functions::Parameter;
use kql_functions::signature::ArgumentKind;
use kql_syntax::{Diagnostic, Span};
use kql_types::{ScalarType, Value};

use crate::binder::Binder;
use crate::codes;
use crate::overloads::{GivenArgument, Mismatch};
use crate::plan::ExprKind;

impl Binder<'_> {
    /// Checks that constant, literal and column arguments are such. The analyser does not ask that of aggregates.
    pub(super) fn check_kinds(
        &mut self,
        function: &str,
        parameters: &[Parameter],
        assigned: &[usize],
        given: &[GivenArgument],
        complain: fn(&mut Self, Diagnostic),
    ) -> Option<()> {
        let before = self.complaints();
        for (argument, parameter) in given.iter().zip(assigned) {
            let (Some(parameter), Some(value)) = (parameters.get(*parameter), &argument.value) else { continue };
            let wanted = match parameter.kind {
                ArgumentKind::Constant | ArgumentKind::Literal if !self.is_constant(value) => "a constant",
                ArgumentKind::Column if !matches!(value.kind, ExprKind::Column(_)) => "a column",
                _ => "",
            };
            if !wanted.is_empty() {
                let message = format!("the argument `{}` of {function}() must be {wanted}", parameter.name);
                complain(self, Diagnostic::error(codes::NOT_CONSTANT, message, value.span));
            } else if let (false, ExprKind::Literal(Value::String(text))) = (parameter.values.is_empty(), &value.kind)
                && !parameter.values.iter().any(|allowed| allowed.eq_ignore_ascii_case(text))
            {
                let message = format!("`{text}` is no value for the argument `{}` of {function}()", parameter.name);
                let help = format!("it takes one of {}", parameter.values.join(", "));
                complain(self, Diagnostic::error(codes::PARAMETER_VALUE, message, value.span).with_help(help));
            }
        }
        (self.complaints() == before).then_some(())
    }

    pub(crate) fn report_mismatch(
        &mut self,
        function: &str,
        name_span: Span,
        signatures: &[&[Parameter]],
        given: &[GivenArgument],
        mismatch: Mismatch,
    ) {
        match mismatch {
            Mismatch::Count => {
                let expected = match function {
                    "case" => "pairs of a condition and a value, and one value for what is left".to_owned(),
                    _ => expected_count(signatures),
                };
                let message = format!("{function}() takes {expected}, not {}", given.len());
                let mut signatures: Vec<String> =
                    signatures.iter().map(|parameters| signature(function, parameters)).collect();
                signatures.dedup();
                let help = format!("it is called as {}", signatures.join(" or "));
                self.report(Diagnostic::error(codes::ARGUMENT_COUNT, message, name_span).with_help(help));
            }
            Mismatch::Argument { overload, parameter, argument } => {
                let parameter = signatures.get(overload).and_then(|parameters| parameters.get(parameter));
                let (Some(parameter), Some(argument_given)) = (parameter, given.get(argument)) else {
                    self.error(codes::ARGUMENT_TYPE, format!("{function}() does not take these arguments"), name_span);
                    return;
                };
                let message = format!(
                    "the argument `{}` of {function}() takes {}, not a {}",
                    parameter.name, parameter.accepts, argument_given.scalar_type
                );
                let span = argument_given.value.as_ref().map_or(name_span, |value| value.span);
                let mut diagnostic = Diagnostic::error(codes::ARGUMENT_TYPE, message, span);
                if argument_given.scalar_type == ScalarType::Dynamic {
                    diagnostic.help = Some("convert it first, with tostring(), tolong(), todatetime(), …".to_owned());
                }
                self.report(diagnostic);
            }
        }
    }
}

pub(super) fn operand_help(name: &str, given: &[GivenArgument]) -> Option<String> {
    let types: Vec<ScalarType> = given.iter().map(|argument| argument.scalar_type).collect();
    match (name, types.as_slice()) {
        ("+", [ScalarType::String, _] | [_, ScalarType::String]) => Some("`strcat(…)` joins strings".to_owned()),
        ("+" | "-", [ScalarType::DateTime, number]) if number.is_number() => {
            Some("a time is moved by a timespan, such as `7d` or `1h`".to_owned())
        }
        ("or" | "and", [_, ScalarType::String] | [ScalarType::String, _]) => {
            Some("repeat the comparison, as in `x == \"a\" or x == \"b\"`, or write `x in (\"a\", \"b\")`".to_owned())
        }
        ("<" | "<=" | ">" | ">=" | "==" | "!=", [ScalarType::DateTime, number]) if number.is_number() => {
            Some("write the date as `datetime(2024-01-31)`".to_owned())
        }
        ("<" | "<=" | ">" | ">=", [ScalarType::DateTime, ScalarType::String]) => {
            Some("write the date as `datetime(2024-01-31)`, or use `todatetime(…)`".to_owned())
        }
        ("<" | "<=" | ">" | ">=", [ScalarType::String, ScalarType::String]) => {
            Some("`strcmp(a, b)` orders strings".to_owned())
        }
        (_, [ScalarType::Dynamic, _]) => {
            Some("convert it first, with tostring(), tolong(), todatetime(), …".to_owned())
        }
        _ => None,
    }
}

fn expected_count(signatures: &[&[Parameter]]) -> String {
    let least = signatures
        .iter()
        .map(|parameters| parameters.iter().filter(|parameter| !parameter.optional).count())
        .min()
        .unwrap_or(0);
    let unbounded = signatures.iter().any(|parameters| parameters.iter().any(|parameter| parameter.repeated));
    let most = signatures.iter().map(|parameters| parameters.len()).max().unwrap_or(0);
    let plural = |count: usize| if count == 1 { "argument" } else { "arguments" };
    match (unbounded, least == most) {
        (true, _) => format!("at least {least} {}", plural(least)),
        (false, true) => format!("{least} {}", plural(least)),
        (false, false) => format!("{least} to {most} arguments"),
    }
}

fn signature(function: &str, parameters: &[Parameter]) -> String {
    let names: Vec<String> = parameters
        .iter()
        .map(|parameter| match (parameter.optional, parameter.repeated) {
            (true, _) => format!("[{}]", parameter.name),
            (false, true) => format!("{}, …", parameter.name),
            (false, false) => parameter.name.to_owned(),
        })
        .collect();
    format!("`{function}({})`", names.join(", "))
}
