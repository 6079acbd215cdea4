//! What each stage of a query does to the rows: how many come in and go out, how long it takes, and where rows that
//! someone looks for are lost.
//!
//! The bound plan is cut into [stages](regions), one for each operator that is written in the query. They run one after
//! the other, each over the rows that the ones before it gave, which are [numbered](carry) so that it is known what
//! became of each. Thus every stage sees all of its input, whatever the optimiser would have spared it in the query.

mod carry;
mod columns;
mod describe;
mod details;
mod join;
mod regions;
mod rows;
mod run;

use std::time::Duration;

use kql_semantics::plan::JoinKind;
use kql_semantics::{Column, Expr, Relation, RelationOperator};
use kql_syntax::Span;
use kql_tables::TableSource;
use kql_types::Value;

use crate::session::guarded;
use crate::subqueries::Run;
use crate::{Engine, EngineError, RunOptions};

/// A query, stage by stage.
#[derive(Clone, Debug)]
pub struct Explained {
    pub pipeline: Pipeline,
    /// The rows of the query when it runs as a whole. They are not those of the last stage where `innerunique` drops
    /// other rows, since filters behind it have a say in which ones.
    pub query_rows: usize,
    /// The places where the query reads the table of [`Why`], in the order in which they run.
    pub reads: Vec<Read>,
}

/// The stages of a pipe, its source first.
#[derive(Clone, Debug, Default)]
pub struct Pipeline {
    pub stages: Vec<Stage>,
}

/// What one operator did.
#[derive(Clone, Debug)]
pub struct Stage {
    /// Its place in the query.
    pub span: Span,
    /// The rows of all its inputs; none for a source.
    pub rows_in: Option<usize>,
    pub rows_out: usize,
    /// How long it took over rows in memory; for a source, to read them.
    pub elapsed: Duration,
    pub detail: Detail,
    /// What else it reads beside the stage before it.
    pub branches: Vec<Branch>,
    /// What became of the rows of each [read](Explained::reads) that got here.
    pub followed: Vec<Followed>,
}

/// A pipe within a stage.
#[derive(Clone, Debug)]
pub struct Branch {
    pub kind: BranchKind,
    pub pipeline: Pipeline,
}

/// What a branch is to its stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BranchKind {
    /// The right side of a join.
    Right,
    /// One of the tables of a union, from 1.
    Leg(usize),
    /// The table of an `in`.
    Set,
    /// The table of a `toscalar`.
    Scalar,
    /// Another table that the operator reads.
    Table,
}

/// What there is to say of a kind of stage.
#[derive(Clone, Debug, PartialEq)]
pub enum Detail {
    /// A table of the data.
    Table(String),
    /// Another source, `datatable` say.
    Source,
    /// What another stage computed before.
    Again,
    /// The predicates of a `where`, in turn.
    Where(Vec<Conjunct>),
    Join(JoinDetail),
    /// Rows become groups.
    Groups,
    /// Rows become several.
    Expand {
        /// The most rows that one became.
        most: usize,
        /// How many became none.
        none: usize,
    },
    Union,
    /// Only some rows stay, whatever is in them.
    Limit,
    Other,
}

/// One of the predicates that `and` connects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conjunct {
    pub span: Span,
    /// The rows that it keeps on its own.
    pub alone: usize,
    /// The rows that it and all those before it keep.
    pub so_far: usize,
}

/// What a join did.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinDetail {
    pub kind: JoinKind,
    pub left: usize,
    pub right: usize,
    /// Rows of the left side that `innerunique` left out, since another one has their key.
    pub dropped: usize,
    /// Rows of the left side that are not left out and whose key the right side has.
    pub left_matched: usize,
    /// Rows of the right side whose key the left side has.
    pub right_matched: usize,
    /// The most rows of the right side that one row of the left side finds.
    pub fan_out: usize,
}

/// Rows to be followed: those of a table for which a predicate holds.
#[derive(Clone, Debug)]
pub struct Why {
    /// The table's name, as in the plan.
    pub table: String,
    /// What the predicate calls the columns of the table.
    pub columns: Vec<Column>,
    pub predicate: Expr,
}

/// A place where the table is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Read {
    pub span: Span,
    /// The rows that are followed from here.
    pub rows: usize,
}

/// What became of the followed rows at a stage.
#[derive(Clone, Debug, PartialEq)]
pub struct Followed {
    /// Which of the reads they come from.
    pub read: usize,
    pub before: usize,
    /// How many of the rows that come out derive from them; none where that cannot be told.
    pub after: Option<usize>,
    /// How many of them nothing derives from.
    pub lost: usize,
    pub losses: Vec<Loss>,
    /// Some of the rows that come out, where rows were merged or nothing follows.
    pub samples: Vec<Sample>,
}

/// Names and values of columns.
pub type Sample = Vec<(String, Value)>;

/// Why rows were lost.
#[derive(Clone, Debug, PartialEq)]
pub enum Loss {
    /// A predicate of a `where` is not true, by its position.
    NotTrue {
        conjunct: usize,
        rows: usize,
        samples: Vec<Sample>,
    },
    /// Another row of the same key came first.
    NotFirst {
        rows: usize,
        samples: Vec<Sample>,
    },
    /// The other side of a join has no such key. The values are those of the key, under its names on the other side.
    NoPartner {
        is_left: bool,
        rows: usize,
        samples: Vec<Sample>,
    },
    /// The other side of an anti-join has such a key.
    Partner {
        is_left: bool,
        rows: usize,
        samples: Vec<Sample>,
    },
    /// Nothing to expand.
    Empty {
        rows: usize,
    },
    /// The text does not have the form that `parse-where` asks for.
    NoMatch {
        rows: usize,
    },
    /// Not among the rows that a limit leaves.
    Limit {
        rows: usize,
    },
    Other {
        rows: usize,
    },
}

/// The tables of the data that a plan reads, each once, in the order in which they run.
pub fn tables_of(relation: &Relation) -> Vec<String> {
    let mut names: Vec<String> = Vec::new();
    let mut waiting = vec![relation];
    while let Some(relation) = waiting.pop() {
        if let RelationOperator::Table { name } = &relation.operator
            && !names.contains(name)
        {
            names.push(name.clone());
        }
        let mut next = relation.operator.inputs();
        if let RelationOperator::Materialized { shared, .. } = &relation.operator {
            next.push(shared);
        }
        for expression in relation.operator.expressions() {
            next.extend(regions::subqueries(expression).into_iter().map(|subquery| subquery.relation));
        }
        waiting.extend(next.into_iter().rev());
    }
    names
}

impl Engine {
    /// Runs a plan stage by stage, and follows rows where someone asks why they are lost.
    ///
    /// # Errors
    /// What [`Engine::run`] fails with; and the rows of a stage need more memory than a query may use.
    pub async fn explain_stages(
        &self,
        relation: &Relation,
        tables: &dyn TableSource,
        why: Option<&Why>,
    ) -> Result<Explained, EngineError> {
        let run = Run::new(tables, RunOptions::default());
        guarded(run::explain(self, relation, &run, why)).await.map_err(|error| error.within(relation))
    }
}
