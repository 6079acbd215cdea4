//! For each predicate rows that only it drops.

use std::collections::HashMap;

use kql_rules::rule_test::Row;
use kql_samples::{Alternative, Sampler};
use kql_semantics::plan::{Join, JoinKind, relations};
use kql_semantics::predicates::{Conditions, Part, conditions};
use kql_semantics::{Relation, RelationOperator};
use kql_syntax::Span;
use kql_types::Value;
use kql_types::dynamic::{self, Step};
use serde_json::Value as Json;

use super::hit::Hit;
use super::subject::{Rows, Subject};
use crate::commands::test::case::Answer;

/// How often the query runs at most for one predicate.
const MOST_RUNS: usize = 250;
/// So many rows of a table that were tried at first are tried again.
const MOST_ADDED: usize = 12;

/// What the query asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Asked {
    /// That a condition is true.
    Condition,
    /// That a key has a partner on the other side of a join.
    Partner,
    /// That it has none.
    NoPartner,
}

/// A predicate of the query, by its place in the query's text.
#[derive(Clone, Debug, PartialEq)]
pub struct Predicate {
    pub asked: Asked,
    pub span: Span,
    /// The function or operator, and the places of its arguments.
    pub call: Option<(&'static str, Vec<Span>)>,
    alternatives: Vec<Alternative>,
}

/// Rows that are like those with hits but for one predicate.
pub struct NearMiss {
    pub rows: Rows,
    pub result: Vec<Vec<Value>>,
}

/// The predicates of a query, in the order of its text.
pub fn predicates<'p>(plans: &'p [Relation], sampler: &Sampler<'p>) -> Vec<Predicate> {
    let relations = relations(plans);
    let mut found: Vec<Predicate> = Vec::new();
    for Conditions { all, .. } in conditions(&relations) {
        for condition in all.iter().filter(|condition| condition.part == Part::Conjunct) {
            found.push(Predicate {
                asked: Asked::Condition,
                span: condition.value.span,
                call: call(condition.value),
                alternatives: sampler.alternatives(condition.value, Subject::now()),
            });
        }
    }
    for relation in &relations {
        let RelationOperator::Join(Join { kind, keys, .. }) = &relation.operator else { continue };
        let asked = match kind {
            JoinKind::Inner | JoinKind::InnerUnique | JoinKind::LeftSemi | JoinKind::RightSemi => Asked::Partner,
            JoinKind::LeftAnti | JoinKind::RightAnti => Asked::NoPartner,
            JoinKind::LeftOuter | JoinKind::RightOuter | JoinKind::FullOuter => continue,
        };
        for (left, right) in keys {
            let mut alternatives = sampler.alternatives(left, Subject::now());
            alternatives.extend(sampler.alternatives(right, Subject::now()));
            found.push(Predicate { asked, span: left.span, call: None, alternatives });
        }
    }
    found.sort_by_key(|predicate| (predicate.span.start, predicate.span.end));
    found.dedup_by(|one, other| {
        let is_same = one.span == other.span && one.asked == other.asked;
        if is_same {
            other.alternatives.append(&mut one.alternatives);
        }
        is_same
    });
    found
}

fn call(value: &kql_semantics::Expr) -> Option<(&'static str, Vec<Span>)> {
    match &value.kind {
        kql_semantics::ExprKind::Call { function, arguments } => {
            Some((function.function.name, arguments.iter().map(|argument| argument.span).collect()))
        }
        _ => None,
    }
}

/// How much of the hits is gone: the more the better.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Loss {
    /// What came out is another.
    Other,
    Fewer,
    All,
}

/// Looks for rows that only the predicate drops.
pub fn find(subject: &Subject<'_>, hit: &Hit, base: &Answer, predicate: &Predicate) -> Option<NearMiss> {
    let before = failures(subject, base);
    let mut best: Option<(Loss, NearMiss)> = None;
    let mut runs = MOST_RUNS;
    for rows in changes(hit, predicate) {
        if runs == 0 || best.as_ref().is_some_and(|(loss, _)| *loss == Loss::All) {
            break;
        }
        runs -= 1;
        let Some(answer) = subject.answer(&rows) else { continue };
        let result = &answer.rows.rows;
        let loss = match result {
            result if *result == hit.result => continue,
            result if !subject.is_hit(result) => Loss::All,
            result if result.len() < hit.result.len() => Loss::Fewer,
            _ => Loss::Other,
        };
        if best.as_ref().is_some_and(|(known, _)| *known >= loss) || !only_it(subject, predicate, &answer, &before) {
            continue;
        }
        best = Some((loss, NearMiss { rows, result: answer.rows.rows }));
    }
    best.map(|(_, miss)| miss)
}

/// Of how many rows each condition is not true, by its place in the query.
fn failures(subject: &Subject<'_>, answer: &Answer) -> HashMap<Span, usize> {
    let mut failures = HashMap::new();
    for conditions in &conditions(&relations(&answer.plans)) {
        for (condition, truths) in
            conditions.all.iter().zip(subject.runner.truths(answer, conditions).into_iter().flatten())
        {
            *failures.entry(condition.value.span).or_default() += truths.fails;
        }
    }
    failures
}

/// Whether it is the predicate alone that drops what it did not drop before.
fn only_it(subject: &Subject<'_>, predicate: &Predicate, answer: &Answer, before: &HashMap<Span, usize>) -> bool {
    if predicate.asked != Asked::Condition {
        // Of a join nothing else tells: no condition may drop more than before.
        return failures(subject, answer)
            .iter()
            .all(|(span, fails)| before.get(span).is_some_and(|were| fails <= were));
    }
    let all = conditions(&relations(&answer.plans)).into_iter();
    let mut own =
        all.filter(|conditions| conditions.all.iter().any(|condition| condition.value.span == predicate.span));
    own.any(|conditions| {
        let position = conditions.all.iter().position(|condition| condition.value.span == predicate.span);
        let rows = subject.runner.decisions(answer, &conditions);
        position.zip(rows).is_some_and(|(position, rows)| conditions.fails_alone(position, &rows))
    })
}

/// Changed rows that may be what is looked for, the likeliest first.
fn changes<'h>(hit: &'h Hit, predicate: &'h Predicate) -> impl Iterator<Item = Rows> + 'h {
    let present: Vec<Json> = hit
        .rows
        .values()
        .flatten()
        .flat_map(Row::values)
        .filter(|value| !value.is_object() && !value.is_array())
        .cloned()
        .collect();
    let of_row = predicate.alternatives.iter().flat_map(move |place| {
        let count = hit.rows.get(&place.table).map_or(0, Vec::len);
        let mut values: Vec<Json> = place.values.iter().map(to_json).collect();
        values.extend(present.iter().cloned());
        (0..count).flat_map(move |at| {
            values.clone().into_iter().filter_map(move |value| {
                let mut rows = hit.rows.clone();
                let row = rows.get_mut(&place.table)?.get_mut(at)?;
                set(row, &place.column, &place.path, value)?;
                Some(rows)
            })
        })
    });
    let of_all_rows = predicate.alternatives.iter().flat_map(move |place| {
        let several = hit.rows.get(&place.table).is_some_and(|rows| rows.len() > 1);
        place.values.iter().filter(move |_| several).filter_map(move |value| {
            let mut rows = hit.rows.clone();
            for row in rows.get_mut(&place.table)? {
                set(row, &place.column, &place.path, to_json(value))?;
            }
            Some(rows)
        })
    });
    let without_a_row = hit.rows.iter().flat_map(move |(name, rows)| {
        (0..rows.len()).filter_map(move |at| {
            let mut rows = hit.rows.clone();
            rows.get_mut(name)?.remove(at);
            Some(rows)
        })
    });
    let with_more_rows = hit.rows.iter().flat_map(move |(name, rows)| {
        let several = [1, 9, 99].into_iter().flat_map(move |more| (0..rows.len()).map(move |at| (at, more)));
        several.filter_map(move |(at, more)| {
            let mut rows = hit.rows.clone();
            let copied = rows.get_mut(name)?;
            let row = copied.get(at)?.clone();
            copied.extend(std::iter::repeat_n(row, more));
            Some(rows)
        })
    });
    let with_a_partner = predicate.alternatives.iter().flat_map(move |place| {
        let values: Vec<Json> = hit.rows.values().flatten().flat_map(Row::values).cloned().collect();
        let added = hit.all.get(&place.table).into_iter().flat_map(|rows| rows.iter().take(MOST_ADDED));
        added.flat_map(move |row| {
            values.clone().into_iter().filter_map(move |value| {
                let mut row = row.clone();
                set(&mut row, &place.column, &place.path, value)?;
                let mut rows = hit.rows.clone();
                rows.entry(place.table.clone()).or_default().push(row);
                Some(rows)
            })
        })
    });
    of_row.chain(of_all_rows).chain(without_a_row).chain(with_more_rows).chain(with_a_partner)
}

fn to_json(value: &Value) -> Json {
    dynamic::from_value(value).and_then(|text| serde_json::from_str(&text).ok()).unwrap_or(Json::Null)
}

/// Puts a value at a place of a row; nothing at all for null. `None` where the row has no such place.
fn set(row: &mut Row, column: &str, path: &[Step], value: Json) -> Option<()> {
    if path.is_empty() {
        match value {
            Json::Null => row.shift_remove(column),
            value => row.insert(column.to_owned(), value),
        };
        return Some(());
    }
    let cell = row.get_mut(column)?;
    // JSON in a text stays a text.
    let text = cell.as_str().map(serde_json::from_str::<Json>);
    match text {
        None => set_member(cell, path, &value),
        Some(parsed) => {
            let mut parsed = parsed.ok()?;
            set_member(&mut parsed, path, &value)?;
            *cell = Json::String(parsed.to_string());
            Some(())
        }
    }
}

fn set_member(cell: &mut Json, path: &[Step], value: &Json) -> Option<()> {
    let mut waiting = vec![(cell, path)];
    while let Some((cell, path)) = waiting.pop() {
        match (path.split_first(), cell) {
            (None, cell) => *cell = value.clone(),
            (Some((Step::Member(name), [])), Json::Object(members)) if value.is_null() => {
                members.shift_remove(name);
            }
            (Some((Step::Member(name), rest)), Json::Object(members)) => {
                waiting.push((members.get_mut(name)?, rest));
            }
            // What is said of one element is said of each.
            (Some((Step::Element(_), rest)), Json::Array(elements)) => {
                waiting.extend(elements.iter_mut().map(|element| (element, rest)));
            }
            _ => return None,
        }
    }
    Some(())
}
