//! The tabular operators, one file each: the node of the tree, and how it is parsed.

use nom::Parser;
use nom::combinator::map;

use crate::Span;
use crate::parser::input::{Outcome, Tokens};

/// How an operator is parsed after its keyword, which it is given.
pub(crate) type OperatorParser = for<'a> fn(Tokens<'a>, &'a str) -> Outcome<'a, OperatorKind>;

/// What a user reads about a tabular operator.
#[derive(Debug)]
pub struct Reference {
    pub name: &'static str,
    /// One sentence that says what it does.
    pub summary: &'static str,
    /// Its forms.
    pub syntax: &'static [&'static str],
    /// What surprises people; empty when nothing does.
    pub notes: &'static str,
    /// The Kusto page it follows, such as `take-operator`; empty where there is none.
    pub page: &'static str,
    /// Whole queries that need no table.
    pub examples: &'static [&'static str],
}

/// The reference of every tabular operator.
pub fn references() -> impl Iterator<Item = &'static Reference> {
    REFERENCES.iter().copied().flatten()
}

macro_rules! operators {
    ($($file:ident :: $node:ident),* $(,)?) => {
        $(pub mod $file;)*

        /// What a tabular operator is.
        #[derive(Clone, Debug, PartialEq)]
        pub enum OperatorKind {
            $($node($file::$node),)*
            /// Text that is not an operator; a diagnostic says why.
            Error,
        }

        /// The keywords of every operator, older spellings included.
        pub(crate) const KEYWORDS: &[&[&str]] = &[$($file::KEYWORDS),*];

        /// The reference of every operator, by the name of its file.
        static REFERENCES: &[&[Reference]] = &[$($file::REFERENCES),*];

        const PARSERS: &[(&[&str], OperatorParser)] = &[$(
            ($file::KEYWORDS, |input, keyword| {
                map(|input| $file::parse(input, keyword), OperatorKind::$node).parse(input)
            }),
        )*];
    };
}

operators! {
    as_operator::As,
    assert_schema::AssertSchema,
    consume::Consume,
    count::Count,
    distinct::Distinct,
    evaluate::Evaluate,
    execute_and_cache::ExecuteAndCache,
    extend::Extend,
    facet::Facet,
    find::Find,
    fork::Fork,
    getschema::GetSchema,
    graph::Graph,
    invoke::Invoke,
    join::Join,
    lookup::Lookup,
    macro_expand::MacroExpand,
    make_series::MakeSeries,
    mv_apply::MvApply,
    mv_expand::MvExpand,
    parse::Parse,
    parse_kv::ParseKv,
    partition::Partition,
    print::Print,
    project::Project,
    project_away::ProjectAway,
    project_by_names::ProjectByNames,
    project_keep::ProjectKeep,
    project_rename::ProjectRename,
    project_reorder::ProjectReorder,
    range::Range,
    reduce::Reduce,
    render::Render,
    sample::Sample,
    sample_distinct::SampleDistinct,
    scan::Scan,
    search::Search,
    serialize::Serialize,
    sort::Sort,
    summarize::Summarize,
    take::Take,
    top::Top,
    top_hitters::TopHitters,
    top_nested::TopNested,
    union::Union,
    where_operator::Where,
}

/// Keywords that Kusto keeps for old queries, with those of today.
pub(crate) const DEPRECATED: &[(&str, &str)] = &[("mvexpand", "mv-expand"), ("mvapply", "mv-apply")];

/// The parser of the operator that has this keyword.
pub(crate) fn parser(keyword: &str) -> Option<OperatorParser> {
    PARSERS.iter().find(|(keywords, _)| keywords.contains(&keyword)).map(|(_, parser)| *parser)
}

/// One tabular operator of a pipe.
#[derive(Clone, Debug, PartialEq)]
pub struct Operator {
    pub kind: OperatorKind,
    /// The whole operator, without the pipe before it.
    pub span: Span,
    /// The operator's keyword, `mv-expand` or `mvexpand` as written.
    pub keyword: Span,
}
