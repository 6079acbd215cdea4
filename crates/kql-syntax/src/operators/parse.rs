//! `parse`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, map, opt};
use nom::multi::many1;
use nom::sequence::preceded;

use crate::Span;
use crate::lexer::TokenKind;
use crate::parser::basic::{declared_name, keyword, token, type_name};
use crate::parser::expression::expression;
use crate::parser::input::{Outcome, Tokens};
use crate::parser::literal::string;
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Name, Parameter, TypeName};

/// `parse kind=regex flags=i x with * "text" name: type …`, and `parse-where`.
#[derive(Clone, Debug, PartialEq)]
pub struct Parse {
    pub parameters: Vec<Parameter>,
    pub only_matches: bool,
    pub source: Expr,
    pub pattern: Vec<ParsePart>,
}

/// A part of a parse pattern.
#[derive(Clone, Debug, PartialEq)]
pub enum ParsePart {
    /// `*`: anything.
    Star(Span),
    /// A string constant.
    Text(Expr),
    /// `name` or `name: type`.
    Column { name: Name, column_type: Option<TypeName> },
}

pub(crate) const KEYWORDS: &[&str] = &["parse", "parse-where"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "parse",
        summary: "Cuts a text into columns by a pattern of texts and names.",
        syntax: &["T | parse [kind=simple|regex|relaxed] Text with [*] \"text\" Name[: type] …"],
        notes: "",
        page: "parse-operator",
        examples: &[r#"print Line = "user=ann attempts=3" | parse Line with "user=" User " attempts=" Attempts: long"#],
    },
    Reference {
        name: "parse-where",
        summary: "As `parse`, and drops the rows that do not fit the pattern.",
        syntax: &["T | parse-where [kind=simple|regex] Text with [*] \"text\" Name[: type] …"],
        notes: "",
        page: "parse-where-operator",
        examples: &[r#"datatable(Line: string) ["user=ann", "nothing"] | parse-where Line with "user=" User"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, keyword_text: &str) -> Outcome<'a, Parse> {
    let (rest, parameters) = parameters(&["kind", "flags"])(input)?;
    let (rest, source) = expression(rest)?;
    let (rest, pattern) = preceded(keyword("with"), cut(many1(parse_part))).parse(rest)?;
    Ok((rest, Parse { parameters, only_matches: keyword_text == "parse-where", source, pattern }))
}

fn parse_part(input: Tokens<'_>) -> Outcome<'_, ParsePart> {
    let column_type = opt(preceded(token(TokenKind::Colon), cut(type_name)));
    alt((
        map(token(TokenKind::Star), |star| ParsePart::Star(star.span)),
        map(string, ParsePart::Text),
        map((declared_name, column_type), |(name, column_type)| ParsePart::Column { name, column_type }),
    ))
    .parse(input)
}
