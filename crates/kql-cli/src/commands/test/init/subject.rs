//! A rule whose first test is written: its query, run on rows that are tried.

use indexmap::IndexMap;
use kql_rules::rule_test::{Case, Expectation, Row, TestTable};
use kql_syntax::Span;
use kql_types::{Value, text};

use crate::commands::test::TestedRule;
use crate::commands::test::case::{Answer, Runner};

/// What `now()` is in the tests that are written: the same rule gives the same test on every day.
pub const NOW: &str = "2026-01-01T12:00:00Z";

/// Rows by their tables.
pub type Rows = IndexMap<String, Vec<Row>>;

/// A rule, and what its query gives where there are no rows.
pub struct Subject<'r> {
    pub runner: &'r Runner,
    pub tested: TestedRule,
    nothing: Vec<Vec<Value>>,
}

impl<'r> Subject<'r> {
    /// Runs the rule on empty tables.
    ///
    /// # Errors
    /// Why the query does not run, as text.
    pub fn new(runner: &'r Runner, tested: TestedRule) -> Result<(Subject<'r>, Answer), String> {
        let answer = runner.answer(&tested, &case(Rows::new()))?;
        Ok((Subject { runner, tested, nothing: answer.rows.rows.clone() }, answer))
    }

    /// What the query gives on rows; `None` where it fails.
    pub fn answer(&self, rows: &Rows) -> Option<Answer> {
        self.runner.answer(&self.tested, &case(rows.clone())).ok()
    }

    /// Whether there are hits, and such as do not come from empty tables.
    pub fn is_hit(&self, rows: &[Vec<Value>]) -> bool {
        !rows.is_empty() && rows != self.nothing
    }

    /// In ticks.
    pub fn now() -> i64 {
        text::parse_datetime(NOW).unwrap_or_default()
    }
}

/// A case with these rows, that expects nothing.
pub fn case(rows: Rows) -> Case {
    Case {
        name: String::new(),
        now: Some(NOW.to_owned()),
        tables: rows.into_iter().map(|(name, rows)| (name, TestTable::Rows(rows))).collect(),
        functions: Vec::new(),
        watchlists: Vec::new(),
        expect: Expectation::default(),
        span: Span::default(),
    }
}
