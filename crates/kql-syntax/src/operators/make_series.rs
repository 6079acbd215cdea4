//! `make-series`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::branch::alt;
use nom::combinator::{cut, opt};
use nom::sequence::{delimited, preceded};

use crate::lexer::TokenKind;
use crate::parser::basic::{clause, comma_list, keyword, token};
use crate::parser::expression::{expression, named_expression, path};
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::parser::statement::by_clause;
use crate::tree::{Expr, Parameter};

/// `make-series a = agg() default = 0 on t from x to y step s by b`.
#[derive(Clone, Debug, PartialEq)]
pub struct MakeSeries {
    pub parameters: Vec<Parameter>,
    pub aggregations: Vec<SeriesAggregation>,
    pub on: Expr,
    pub range: SeriesRange,
    pub by: Vec<Expr>,
}

/// One aggregation with the value that empty bins get.
#[derive(Clone, Debug, PartialEq)]
pub struct SeriesAggregation {
    /// The aggregation, an [`ExprKind::Named`](crate::tree::ExprKind::Named) where it has a name.
    pub value: Expr,
    pub default: Option<Expr>,
}

/// The bins of the axis.
#[derive(Clone, Debug, PartialEq)]
pub enum SeriesRange {
    /// `from a to b step s`; from and to may be left out.
    Bounds { from: Option<Expr>, to: Option<Expr>, step: Expr },
    /// The older `in range(a, b, s)`.
    InRange { from: Expr, to: Expr, step: Expr },
}

pub(crate) const KEYWORDS: &[&str] = &["make-series"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "make-series",
        summary: "Aggregates into arrays along an axis, with a value also where no row is.",
        syntax: &["T | make-series [Name =] aggregation [default=value] on Axis [from a to b] step s [by Column, …]"],
        notes: "",
        page: "make-series-operator",
        examples: &[r#"datatable(Day: datetime, Hits: long) [datetime(2024-05-01), 2, datetime(2024-05-03), 5] | make-series Hits = sum(Hits) default=0 on Day from datetime(2024-05-01) to datetime(2024-05-04) step 1d"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, MakeSeries> {
    let (rest, parameters) = parameters(&["kind"])(input)?;
    let (rest, aggregations) = comma_list(series_aggregation)(rest)?;
    let (rest, on) = preceded(keyword("on"), cut(path)).parse(rest)?;
    let (rest, range) = alt((in_range, bounds)).parse(rest)?;
    let (rest, by) = by_clause(rest)?;
    Ok((rest, MakeSeries { parameters, aggregations, on, range, by }))
}

/// `a = agg() default = 0`.
fn series_aggregation(input: Tokens<'_>) -> Outcome<'_, SeriesAggregation> {
    let (rest, value) = named_expression(input)?;
    let (rest, default) = clause("default", preceded(token(TokenKind::Equal), expression)).parse(rest)?;
    Ok((rest, SeriesAggregation { value, default }))
}

/// `in range(from, to, step)`.
fn in_range(input: Tokens<'_>) -> Outcome<'_, SeriesRange> {
    let comma = || token(TokenKind::Comma);
    let bounds = (expression, preceded(comma(), expression), preceded(comma(), expression));
    let bounds = delimited(token(TokenKind::OpenParenthesis), bounds, token(TokenKind::CloseParenthesis));
    let (rest, (from, to, step)) =
        preceded((keyword("in"), cut(keyword("range"))), cut(bounds)).parse(input)?;
    Ok((rest, SeriesRange::InRange { from, to, step }))
}

/// `from a to b step s`.
fn bounds(input: Tokens<'_>) -> Outcome<'_, SeriesRange> {
    let (rest, from) = opt(preceded(keyword("from"), cut(expression))).parse(input)?;
    let (rest, to) = opt(preceded(keyword("to"), cut(expression))).parse(rest)?;
    let (rest, step) = preceded(keyword("step"), cut(expression)).parse(rest)?;
    Ok((rest, SeriesRange::Bounds { from, to, step }))
}
