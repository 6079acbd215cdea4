//! Rows that a query lets through, and as few of them as that takes.

use indexmap::IndexSet;
use kql_rules::rule_test::Row;
use kql_samples::{SampleOptions, Sampler};
use kql_types::Value;

use super::subject::{Rows, Subject};

/// How many rows of each table are tried, with which seed.
const TRIES: &[(usize, u64)] = &[(40, 1), (60, 2), (60, 3), (120, 4), (200, 5), (200, 6)];
/// How often the query runs at most to find out which rows are needed.
const MOST_RUNS: usize = 500;

/// Rows that the query lets through, and all from which they were chosen.
pub struct Hit {
    pub rows: Rows,
    pub all: Rows,
    /// What the query gives.
    pub result: Vec<Vec<Value>>,
}

/// Finds rows with hits, and leaves of them what is needed.
pub fn find(subject: &Subject<'_>, sampler: &Sampler<'_>) -> Option<Hit> {
    for (count, seed) in TRIES {
        let all = sampled(sampler, *count, *seed);
        let Some(answer) = subject.answer(&all) else { continue };
        if !subject.is_hit(&answer.rows.rows) {
            continue;
        }
        let mut runs = MOST_RUNS;
        let mut rows = fewest(subject, &all, fullness(&answer.rows.rows), &mut runs);
        keep_columns(subject, sampler, &mut rows);
        let result = subject.answer(&rows)?.rows.rows;
        drop_cells(subject, &mut rows, &result, &mut runs);
        return Some(Hit { rows, all, result });
    }
    None
}

fn sampled(sampler: &Sampler<'_>, rows: usize, seed: u64) -> Rows {
    let tables = sampler.tables(&SampleOptions { rows, seed, now: Subject::now() });
    let read = |text: &str| text.lines().filter_map(|line| serde_json::from_str::<Row>(line).ok()).collect();
    tables.into_iter().map(|(name, table)| (name, read(&table.to_ndjson()))).collect()
}

/// How many values the fullest row has: a hit without a name or a time is a poor example.
fn fullness(rows: &[Vec<Value>]) -> usize {
    let is_full = |value: &&Value| !value.is_null() && !matches!(value, Value::String(text) if text.is_empty());
    rows.iter().map(|row| row.iter().filter(is_full).count()).max().unwrap_or(0)
}

/// Takes rows away as long as there are hits, one of them as full as said: first half of the rows at a time, last one
/// by one.
fn fewest(subject: &Subject<'_>, all: &Rows, full: usize, runs: &mut usize) -> Rows {
    let mut kept: Vec<(&str, &Row)> =
        all.iter().flat_map(|(name, rows)| rows.iter().map(move |row| (name.as_str(), row))).collect();
    let rows_of = |kept: &[(&str, &Row)]| {
        let mut rows: Rows = all.keys().map(|name| (name.clone(), Vec::new())).collect();
        for (name, row) in kept {
            if let Some(rows) = rows.get_mut(*name) {
                rows.push((*row).clone());
            }
        }
        rows
    };
    let mut size = kept.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        while at < kept.len() && *runs > 0 {
            *runs -= 1;
            let end = (at + size).min(kept.len());
            let fewer: Vec<(&str, &Row)> =
                kept.iter().enumerate().filter(|(row, _)| !(at..end).contains(row)).map(|(_, row)| *row).collect();
            let is_good = |rows: &[Vec<Value>]| subject.is_hit(rows) && fullness(rows) >= full;
            if subject.answer(&rows_of(&fewer)).is_some_and(|answer| is_good(&answer.rows.rows)) {
                kept = fewer;
            } else {
                at = end;
            }
        }
        size = if size == 1 { 0 } else { size.div_ceil(2) };
    }
    let mut rows = rows_of(&kept);
    rows.retain(|_, rows| !rows.is_empty());
    rows
}

/// Leaves the columns that the query reads, where it has hits on them too.
fn keep_columns(subject: &Subject<'_>, sampler: &Sampler<'_>, rows: &mut Rows) {
    let read = sampler.columns_read();
    let mut fewer = rows.clone();
    for (name, rows) in &mut fewer {
        let none = IndexSet::new();
        let read = read.get(name).unwrap_or(&none);
        rows.iter_mut().for_each(|row| row.retain(|column, _| read.contains(column)));
    }
    if subject.answer(&fewer).is_some_and(|answer| subject.is_hit(&answer.rows.rows)) {
        *rows = fewer;
    }
}

/// Takes away the values without which the result is the same.
fn drop_cells(subject: &Subject<'_>, rows: &mut Rows, result: &[Vec<Value>], runs: &mut usize) {
    for name in rows.keys().cloned().collect::<Vec<_>>() {
        let count = rows.get(&name).map_or(0, Vec::len);
        for at in 0..count {
            let row = rows.get(&name).and_then(|rows| rows.get(at));
            for column in row.map(|row| row.keys().cloned().collect::<Vec<_>>()).unwrap_or_default() {
                if *runs == 0 {
                    return;
                }
                *runs -= 1;
                let mut fewer = rows.clone();
                if let Some(row) = fewer.get_mut(&name).and_then(|rows| rows.get_mut(at)) {
                    row.shift_remove(&column);
                }
                if subject.answer(&fewer).is_some_and(|answer| answer.rows.rows == result) {
                    *rows = fewer;
                }
            }
        }
    }
}
