//! `where`: the tree node and its parser.

use crate::operators::Reference;
use crate::parser::expression::named_expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, ExprKind, Name, Parameter};
use crate::{Diagnostic, Span, codes};

/// `where predicate` and `filter predicate`.
///
/// Kusto takes `where a = true` for a predicate `true` that is given the name `a`. The name has no effect and is not
/// in the tree; a warning says so.
#[derive(Clone, Debug, PartialEq)]
pub struct Where {
    pub parameters: Vec<Parameter>,
    pub predicate: Expr,
}

pub(crate) const KEYWORDS: &[&str] = &["where", "filter"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "where",
        summary: "Keeps the rows for which a predicate is true.",
        syntax: &["T | where predicate"],
        notes: "A predicate that is null is not true.",
        page: "where-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | where Attempts > 4"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Where> {
    let (rest, parameters) = parameters(&[])(input)?;
    let predicate_start = rest;
    let (rest, predicate) = named_expression(rest)?;
    let predicate = match predicate.kind {
        ExprKind::Named { names, value, .. } => {
            warn_of_name(predicate_start, &names, value.span);
            *value
        }
        _ => predicate,
    };
    Ok((rest, Where { parameters, predicate }))
}

fn warn_of_name(input: Tokens<'_>, names: &[Name], value: Span) {
    let name = names.first().map_or("", |name| name.text.as_str());
    let message = format!("`=` compares nothing here: rows are kept by `{}` alone", input.text_of(value));
    let span = names.first().map_or(value, |name| name.span.to(value));
    let diagnostic = Diagnostic::warning(codes::ASSIGNMENT_FOR_EQUALITY, message, span);
    input.report(diagnostic.with_help(format!("to compare, write `{name} == {}`", input.text_of(value))));
}
