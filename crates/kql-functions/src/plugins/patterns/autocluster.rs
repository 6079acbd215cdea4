//! `autocluster`: a few patterns that say much about many rows.

use std::collections::{HashMap, HashSet};

use kql_types::Value;

use super::encoded::{Encoded, Item};
use super::{WEIGHT, WILDCARD, number, rounded, segment_columns, wildcards};
use crate::KernelError;
use crate::documentation::example;
use crate::plugin::{Plugin, PluginKernel, PluginRows, RowsKernel};
use crate::plugins::documentation;
use crate::signature::ParameterType::{Integer, Number};
use crate::signature::parameter_of;

pub(super) const AUTOCLUSTER: Plugin = Plugin {
    name: "autocluster",
    documentation: documentation(
        "Finds a few patterns that say much about many rows.",
        "A row for each pattern: `SegmentId`, `Count` of rows, `Percent` of all rows, and the columns of the table, with a \
         value where the pattern has one and a wildcard where it has none.",
        "Counts and percentages are exact; which patterns are found is our choice, for Kusto does not document its own, and \
         can differ from it. The most frequent rows are the seeds; of each, values are given up one by one, each time \
         the one without which most rows are gained, and the pattern of the best score is kept: the share of \
         rows to the power of `SizeWeight` times the share of columns with a value to the power of 1 - `SizeWeight`, \
         leaving aside the columns that are the same in all rows. \
         Patterns come by their scores over the rows that none before them has, until that is below a quarter of the \
         first. A single row is no pattern. A pattern names all that its rows have in common.",
        "autocluster-plugin",
    ),
    signatures: &[&[
        parameter_of("SizeWeight", Number)
            .constant()
            .optional()
            .describe("From 0 for patterns of many values to 1 for patterns of many rows; 0.5 unless given."),
        WEIGHT,
        parameter_of("NumSeeds", Integer)
            .constant()
            .optional()
            .describe("How many rows the search starts from; 25 unless given."),
        WILDCARD,
    ]],
    kernel: PluginKernel::Rows(RowsKernel { whole_table: true, columns: segment_columns, rows: patterns }),
    examples: &[example(
        "datatable(a:string, b:string)['x', 'u', 'x', 'u', 'x', 'u', 'x', 'v', 'y', 'w'] \
         | evaluate autocluster(0.9, '~', '~', '*') | project strcat(a, b, Count, ' ', Percent)",
        "x*4 80.0",
    )],
};

/// The most seeds of a search.
const MAX_SEEDS: f64 = 10_000.0;

fn patterns(rows: &PluginRows<'_>) -> Result<Vec<Vec<Value>>, KernelError> {
    let call = &rows.call;
    let size_weight = number(call, "SizeWeight").unwrap_or(0.5);
    if !(0.0..=1.0).contains(&size_weight) {
        return Err(KernelError("the weight of the size must be from 0 to 1".to_owned()));
    }
    let seeds = number(call, "NumSeeds").unwrap_or(25.0);
    if !(1.0..=MAX_SEEDS).contains(&seeds) {
        return Err(KernelError(format!("the number of seeds must be from 1 to {MAX_SEEDS}")));
    }
    let encoded = Encoded::new(rows, &[], call.positions("WeightColumn").first().copied())?;
    let all: Vec<usize> = (0..rows.rows).collect();
    let total = encoded.weight_of(&all);
    if encoded.width() == 0 || total <= 0.0 {
        return Ok(Vec::new());
    }
    // What all rows have says nothing of any.
    let common = encoded.closure(&all);
    let varying: Vec<usize> =
        (0..encoded.width()).filter(|attribute| common.iter().all(|(known, _)| known != attribute)).collect();
    let score = Score { size_weight, total, common: common.len(), width: varying.len().max(1) as f64 };
    let mut known: HashSet<Vec<Item>> = HashSet::new();
    let mut candidates: Vec<Pattern> = Vec::new();
    for seed in frequent(&encoded, &all, seeds as usize) {
        let rows = widened(seed, &encoded, &varying, &all, &score);
        let weight = encoded.weight_of(&rows);
        let items = encoded.closure(&rows);
        if (weight > 1.0 || weight >= total) && known.insert(items.clone()) {
            candidates.push(Pattern { items, rows, weight });
        }
    }
    let wildcards = wildcards(call);
    let chosen = covering(candidates, &encoded, &score).into_iter().zip(0i64..).map(|(pattern, number)| {
        let percent = rounded(100.0 * pattern.weight / total, 1);
        let mut row = vec![Value::Long(number), Value::Long(pattern.weight.round() as i64), Value::Real(percent)];
        row.extend(encoded.cells(&pattern.items, &wildcards));
        row
    });
    Ok(chosen.collect())
}

struct Pattern {
    items: Vec<Item>,
    rows: Vec<usize>,
    weight: f64,
}

/// What patterns are judged by.
struct Score {
    size_weight: f64,
    total: f64,
    /// How many columns are the same in all rows, and how many are not.
    common: usize,
    width: f64,
}

impl Score {
    /// Whether all rows are the same.
    fn is_uniform(&self, encoded: &Encoded<'_>) -> bool {
        self.common == encoded.width()
    }

    /// The score of so many values that rows of this weight have, beside what all rows have: the weighted geometric mean
    /// of both shares.
    fn of(&self, weight: f64, values: usize) -> f64 {
        let size = (weight.max(0.0) / self.total).powf(self.size_weight);
        size * (values as f64 / self.width).powf(1.0 - self.size_weight)
    }
}

/// One row of each of the most frequent kinds, the most frequent first.
fn frequent(encoded: &Encoded<'_>, rows: &[usize], most: usize) -> Vec<usize> {
    let mut kinds: HashMap<Vec<Option<u32>>, (usize, f64)> = HashMap::new();
    for row in rows {
        let codes = (0..encoded.width()).map(|attribute| encoded.code(attribute, *row)).collect();
        kinds.entry(codes).or_insert((*row, 0.0)).1 += encoded.weight(*row);
    }
    let mut kinds: Vec<(usize, f64)> = kinds.into_values().collect();
    kinds.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    kinds.into_iter().take(most).map(|(row, _)| row).collect()
}

/// The rows of the best pattern on the way from all values of a row to one of them.
fn widened(seed: usize, encoded: &Encoded<'_>, varying: &[usize], rows: &[usize], score: &Score) -> Vec<usize> {
    let differs = |attribute: usize, row: usize| encoded.code(attribute, row) != encoded.code(attribute, seed);
    let mut kept: Vec<usize> = varying.to_vec();
    // For each row in how many of the kept attributes it differs, and the sum of these: of one alone it is that one.
    let mut differences: Vec<(usize, usize)> = vec![(0, 0); rows.len()];
    for attribute in &kept {
        for (_, (count, sum)) in rows.iter().zip(&mut differences).filter(|(row, _)| differs(*attribute, **row)) {
            *count += 1;
            *sum += attribute;
        }
    }
    let mut best: Option<(f64, Vec<usize>)> = None;
    loop {
        let mut weight = 0.0;
        let mut gains = vec![0.0; encoded.width()];
        for (row, (count, sum)) in rows.iter().zip(&differences) {
            match count {
                0 => weight += encoded.weight(*row),
                1 => gains.iter_mut().skip(*sum).take(1).for_each(|gain| *gain += encoded.weight(*row)),
                _ => {}
            }
        }
        // Of equal scores that of more rows counts.
        let reached = score.of(weight, kept.len());
        if best.as_ref().is_none_or(|(known, _)| reached >= *known) {
            best = Some((reached, kept.clone()));
        }
        let gain = |attribute: usize| gains.get(attribute).copied().unwrap_or(0.0);
        // Of equal gains the last attribute goes.
        let Some(dropped) = kept.iter().copied().max_by(|one, other| gain(*one).total_cmp(&gain(*other))) else {
            break;
        };
        kept.retain(|attribute| *attribute != dropped);
        if kept.is_empty() {
            break;
        }
        for (_, (count, sum)) in rows.iter().zip(&mut differences).filter(|(row, _)| differs(dropped, **row)) {
            *count -= 1;
            *sum -= dropped;
        }
    }
    let kept = best.map(|(_, kept)| kept).unwrap_or_default();
    rows.iter().copied().filter(|row| kept.iter().all(|attribute| !differs(*attribute, *row))).collect()
}

/// The patterns that together cover much, in the order of what each adds.
fn covering(mut candidates: Vec<Pattern>, encoded: &Encoded<'_>, score: &Score) -> Vec<Pattern> {
    let mut covered: HashSet<usize> = HashSet::new();
    let mut chosen: Vec<Pattern> = Vec::new();
    let mut least = 0.0;
    loop {
        let added = |pattern: &Pattern| {
            let fresh = pattern.rows.iter().filter(|row| !covered.contains(row));
            let values = pattern.items.len().saturating_sub(score.common);
            score.of(fresh.map(|row| encoded.weight(*row)).sum(), values.max(usize::from(score.is_uniform(encoded))))
        };
        let mut best: Option<(usize, f64)> = None;
        for (place, pattern) in candidates.iter().enumerate() {
            let reached = added(pattern);
            if reached > 0.0 && reached >= least && best.is_none_or(|(_, known)| reached > known) {
                best = Some((place, reached));
            }
        }
        let Some((place, reached)) = best else { return chosen };
        if chosen.is_empty() {
            least = reached / 4.0;
        }
        let pattern = candidates.remove(place);
        covered.extend(&pattern.rows);
        chosen.push(pattern);
    }
}
