//! `render`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;

use crate::parser::basic::{any_name, clause};
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::{parameters, properties as listed_properties};
use crate::tree::{Name, Parameter};

/// `render timechart with (title="x", …)`.
#[derive(Clone, Debug, PartialEq)]
pub struct Render {
    pub chart: Name,
    pub properties: Vec<Parameter>,
}

pub(crate) const KEYWORDS: &[&str] = &["render"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "render",
        summary: "Says how the result is to be drawn.",
        syntax: &["T | render chart [with (property=value, …)]"],
        notes: "The rows stay as they are.",
        page: "render-operator",
        examples: &[r#"datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5] | summarize sum(Attempts) by User | render piechart"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Render> {
    let (rest, chart) = any_name(input)?;
    let (rest, mut properties) = parameters(PROPERTIES)(rest)?;
    let (rest, with) = clause("with", listed_properties).parse(rest)?;
    properties.extend(with.unwrap_or_default());
    Ok((rest, Render { chart, properties }))
}

/// The properties that may stand without `with`. A list, such as `ycolumns=a, b`, becomes one parameter an item.
const PROPERTIES: &[&str] = &["accumulate", "by", "kind", "title"];
