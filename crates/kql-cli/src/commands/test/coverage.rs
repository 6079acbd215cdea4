//! `kql test --coverage`: which conditions of a rule no case has made both true and false.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use kql_semantics::plan::relations;
use kql_semantics::predicates::{Truths, conditions};
use kql_syntax::Span;
use kql_syntax::render::line_column;

use super::TestedRule;
use super::case::{Answer, Runner};

/// What the cases of one rule made of its conditions, which are known by their places in the rule's file.
#[derive(Clone, Debug, Default)]
pub struct Coverage {
    conditions: BTreeMap<(usize, usize), Truths>,
}

/// A condition that the cases do not cover.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// In the rule's file, both from 1.
    pub line: usize,
    pub column: usize,
    /// The condition as it is written, on one line.
    pub text: String,
    pub missing: Missing,
}

/// What no case has made a condition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    True,
    False,
    /// No row came to it.
    Both,
}

impl Missing {
    /// What is to be said of it.
    pub fn text(self) -> &'static str {
        match self {
            Missing::True => "never true",
            Missing::False => "never false",
            Missing::Both => "never reached",
        }
    }
}

impl Coverage {
    /// What one case made of the conditions.
    pub fn of_case(runner: &Runner, answer: &Answer) -> Coverage {
        let mut coverage = Coverage::default();
        for conditions in &conditions(&relations(&answer.plans)) {
            let truths = runner.truths(answer, conditions);
            for (at, condition) in conditions.all.iter().enumerate() {
                let span = answer.query.in_file(condition.value.span);
                let truths = truths.as_ref().and_then(|truths| truths.get(at)).copied().unwrap_or_default();
                coverage.add((span.start, span.end), truths);
            }
        }
        coverage
    }

    fn add(&mut self, place: (usize, usize), truths: Truths) {
        let sum = self.conditions.entry(place).or_default();
        sum.holds += truths.holds;
        sum.fails += truths.fails;
    }

    /// Adds what another case of the rule made of them.
    pub fn join(&mut self, other: &Coverage) {
        for (place, truths) in &other.conditions {
            self.add(*place, *truths);
        }
    }

    /// The conditions that were not both true and false, in the order of the file.
    fn gaps(&self, text: &str) -> Vec<Gap> {
        let missing = |truths: &Truths| match (truths.holds, truths.fails) {
            (0, 0) => Some(Missing::Both),
            (0, _) => Some(Missing::True),
            (_, 0) => Some(Missing::False),
            _ => None,
        };
        let gaps = self.conditions.iter().filter_map(|((start, end), truths)| {
            let (line, column) = line_column(text, *start);
            let condition = text.get(Span::new(*start, *end).range()).unwrap_or("");
            let condition = condition.split_whitespace().collect::<Vec<_>>().join(" ");
            Some(Gap { line, column, text: condition, missing: missing(truths)? })
        });
        gaps.collect()
    }
}

/// The coverage of all rules.
#[derive(Debug, Default)]
pub struct RuleCoverage {
    /// By the rule's path: the text of its file, and what all its tests cover.
    rules: IndexMap<String, (String, Coverage)>,
}

impl RuleCoverage {
    /// Adds what a case made of a rule's conditions.
    pub fn add(&mut self, tested: &TestedRule, covered: &Coverage) {
        let path = tested.rule_path.clone();
        let (_, coverage) = self.rules.entry(path).or_insert_with(|| (tested.rule_text.clone(), Coverage::default()));
        coverage.join(covered);
    }

    /// What no test covers, rule by rule in the order of the tests.
    pub fn gaps(&self) -> Vec<(&str, Gap)> {
        let mut gaps = Vec::new();
        for (path, (text, coverage)) in &self.rules {
            gaps.extend(coverage.gaps(text).into_iter().map(|gap| (path.as_str(), gap)));
        }
        gaps
    }

    /// How many conditions there are.
    pub fn total(&self) -> usize {
        self.rules.values().map(|(_, coverage)| coverage.conditions.len()).sum()
    }

    /// How many conditions of a hundred are covered; all of none.
    pub fn percent(&self) -> f64 {
        let (total, gaps) = (self.total(), self.gaps().len());
        if total == 0 { 100.0 } else { 100.0 * (total - gaps) as f64 / total as f64 }
    }
}
