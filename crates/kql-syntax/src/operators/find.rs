//! `find`: the tree node and its parser.

use crate::operators::Reference;
use nom::Parser;
use nom::combinator::{cut, map, opt};
use nom::sequence::preceded;

use crate::lexer::TokenKind;
use crate::parser::basic::{clause, comma_list, is_list_end, keyword, parenthesized_list, token, type_name};
use crate::parser::expression::{entity, expression, path};
use crate::parser::input::{Outcome, Tokens};
use crate::parser::operator_parameters::parameters;
use crate::tree::{Expr, Parameter, TypeName};

/// `find withsource=S in (T, U*) where PREDICATE project a, b: type, pack_all()`.
#[derive(Clone, Debug, PartialEq)]
pub struct Find {
    pub parameters: Vec<Parameter>,
    pub tables: Vec<Expr>,
    pub predicate: Option<Expr>,
    pub project: Vec<FindColumn>,
    pub project_smart: bool,
    pub project_away: Vec<Expr>,
}

/// A column that `find` projects, with the type that the query gives it.
#[derive(Clone, Debug, PartialEq)]
pub struct FindColumn {
    /// A name, or the call `pack_all()` or `pack(*)`.
    pub value: Expr,
    pub column_type: Option<TypeName>,
}

pub(crate) const KEYWORDS: &[&str] = &["find"];

pub(crate) const REFERENCES: &[Reference] = &[
    Reference {
        name: "find",
        summary: "Finds rows that fit a predicate, in many tables at once.",
        syntax: &["find [withsource=Name] [in (Table, …)] where predicate [project …]"],
        notes: "",
        page: "find-operator",
        examples: &[r#"let Logons = datatable(User: string, Attempts: long) ["ann", 3, "ben", 7, "ann", 5]; find in (Logons) where Attempts > 4 project User"#],
    },
];

pub(crate) fn parse<'a>(input: Tokens<'a>, _: &str) -> Outcome<'a, Find> {
    let (rest, parameters) = parameters(&["withsource", "with_source", "datascope"])(input)?;
    let (rest, tables) = clause("in", parenthesized_list(entity)).parse(rest)?;
    let (rest, _) = opt(keyword("where")).parse(rest)?;
    let has_predicate = !is_list_end(rest) && !rest.text(0).starts_with("project");
    let (rest, predicate) = if has_predicate { map(expression, Some).parse(rest)? } else { (rest, None) };
    let (rest, project) = clause("project", comma_list(find_column)).parse(rest)?;
    let (rest, smart) = opt(keyword("project-smart")).parse(rest)?;
    let (rest, project_away) = clause("project-away", comma_list(entity)).parse(rest)?;
    let find = Find {
        parameters,
        tables: tables.unwrap_or_default(),
        predicate,
        project: project.unwrap_or_default(),
        project_smart: smart.is_some(),
        project_away: project_away.unwrap_or_default(),
    };
    Ok((rest, find))
}

/// `name`, `name: type` or `pack_all()`.
fn find_column(input: Tokens<'_>) -> Outcome<'_, FindColumn> {
    let (rest, value) = path(input)?;
    let (rest, column_type) = opt(preceded(token(TokenKind::Colon), cut(type_name))).parse(rest)?;
    Ok((rest, FindColumn { value, column_type }))
}
