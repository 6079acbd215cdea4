//! `diffpatterns`: the patterns that tell two sets of rows apart.

use std::collections::HashSet;

use kql_types::ScalarType::{self, Long, Real, String as Text};
use kql_types::Value;

use super::encoded::{Encoded, Item};
use super::{MAX_PATTERNS, WEIGHT, WILDCARD, number, rounded, wildcards};
use crate::KernelError;
use crate::documentation::example;
use crate::plugin::{Plugin, PluginCall, PluginKernel, PluginRows, RowsKernel};
use crate::plugins::documentation;
use crate::signature::ParameterType::{Integer, Number, Scalar};
use crate::signature::{ArgumentKind, parameter, parameter_of};

pub(super) const DIFFPATTERNS: Plugin = Plugin {
    name: "diffpatterns",
    documentation: documentation(
        "Finds the patterns that tell two sets of rows apart.",
        "A row for each pattern: `SegmentId`, `CountA` and `CountB` of rows in the two sets, `PercentA` and `PercentB` of \
         the sets, `PercentDiffAB`, the distance of the two, and the other columns of the table, with a value where the \
         pattern has one and a wildcard where it has none.",
        "From each value that has enough of a difference, or could get it, values are added as long as the difference \
         grows; patterns come in the order of the difference.",
        "diffpatterns-plugin",
    ),
    signatures: &[&[
        parameter_of("SplitColumn", Scalar).of_kind(ArgumentKind::Column).describe("The column that splits the rows."),
        parameter("SplitValueA", Text).constant().describe("The text of its value in the first set."),
        parameter("SplitValueB", Text).constant().describe("The text of its value in the second set."),
        WEIGHT,
        parameter_of("Threshold", Number)
            .constant()
            .optional()
            .describe("The least difference of the shares, from 0.015 to 1; 0.05 unless given."),
        parameter_of("MaxDimensions", Integer)
            .constant()
            .optional()
            .describe("How many values a pattern may have; any number unless given."),
        WILDCARD,
    ]],
    kernel: PluginKernel::Rows(RowsKernel { whole_table: true, columns, rows: patterns }),
    examples: &[example(
        "datatable(s:string, k:string, v:string)['a', 'x', 'u', 'a', 'x', 'v', 'b', 'y', 'u', 'b', 'y', 'v'] \
         | evaluate diffpatterns(s, 'a', 'b', '~', 0.6, 1, '*') | where CountB == 0 | project strcat(k, v, PercentDiffAB)",
        "x*100.0",
    )],
};

/// The position of the split column, which is no part of the patterns.
fn split(call: &PluginCall<'_>) -> Option<usize> {
    call.column("SplitColumn").map(|(position, _)| position)
}

fn columns(call: &PluginCall<'_>) -> Vec<(String, ScalarType)> {
    let first = [
        ("SegmentId", Long),
        ("CountA", Long),
        ("CountB", Long),
        ("PercentA", Real),
        ("PercentB", Real),
        ("PercentDiffAB", Real),
    ];
    let first = first.into_iter().map(|(name, scalar_type)| (name.to_owned(), scalar_type));
    let split = split(call);
    let others = call.columns.iter().enumerate().filter(|(position, _)| Some(*position) != split);
    first.chain(others.map(|(_, column)| column.clone())).collect()
}

fn patterns(rows: &PluginRows<'_>) -> Result<Vec<Vec<Value>>, KernelError> {
    let call = &rows.call;
    let threshold = number(call, "Threshold").unwrap_or(0.05);
    if !(0.015..=1.0).contains(&threshold) {
        return Err(KernelError("the threshold must be from 0.015 to 1".to_owned()));
    }
    let most = number(call, "MaxDimensions").filter(|most| *most >= 1.0).map_or(usize::MAX, |most| most as usize);
    let (Some(split), Some(Value::String(a)), Some(Value::String(b))) =
        (split(call), call.constant("SplitValueA"), call.constant("SplitValueB"))
    else {
        return Ok(Vec::new());
    };
    let encoded = Encoded::new(rows, &[split], call.positions("WeightColumn").first().copied())?;
    let mut sets: [Vec<usize>; 2] = Default::default();
    for row in 0..rows.rows {
        let value = rows.value(split, row).to_text();
        let [first, second] = &mut sets;
        if value == *a {
            first.push(row);
        } else if value == *b {
            second.push(row);
        }
    }
    let [first, second] = sets;
    let totals = [encoded.weight_of(&first), encoded.weight_of(&second)];
    if totals.iter().any(|total| *total <= 0.0) {
        return Err(KernelError("both sets must have rows".to_owned()));
    }
    let whole = Pattern { items: Vec::new(), rows: [first, second] };
    let mut seeds = Vec::new();
    for attribute in 0..encoded.width() {
        let both: Vec<usize> = whole.rows.iter().flatten().copied().collect();
        for (item, _) in encoded.items(&both, attribute) {
            let seed = whole.with(&encoded, item);
            // A pattern of fewer rows has no greater share.
            let shares = seed.shares(&encoded, totals);
            if shares.iter().any(|share| *share >= threshold) {
                seeds.push(seed);
            }
            if seeds.len() > MAX_PATTERNS {
                return Err(KernelError(format!("there are more than {MAX_PATTERNS} patterns")));
            }
        }
    }
    let mut known: HashSet<Vec<Item>> = HashSet::new();
    let mut found: Vec<(f64, Pattern)> = Vec::new();
    for seed in seeds {
        let (difference, pattern) = climbed(seed, &encoded, totals, most);
        if difference >= threshold && known.insert(pattern.items.clone()) {
            found.push((difference, pattern));
        }
    }
    found.sort_by(|(one, p), (other, q)| other.total_cmp(one).then_with(|| p.items.cmp(&q.items)));
    let wildcards = wildcards(call);
    let rows = found.iter().zip(0i64..).map(|((_, pattern), number)| {
        let [a, b] = pattern.rows.each_ref().map(|rows| encoded.weight_of(rows));
        let [share_a, share_b] = pattern.shares(&encoded, totals);
        let mut row = vec![Value::Long(number), Value::Long(a.round() as i64), Value::Long(b.round() as i64)];
        let percentages = [share_a, share_b, (share_a - share_b).abs()];
        row.extend(percentages.map(|share| Value::Real(rounded(100.0 * share, 2))));
        let cells = encoded.cells(&pattern.items, &wildcards).into_iter().enumerate();
        row.extend(cells.filter(|(position, _)| *position != split).map(|(_, cell)| cell));
        row
    });
    Ok(rows.collect())
}

/// A choice of values with its rows in the two sets.
#[derive(Clone)]
struct Pattern {
    /// In the order of the attributes.
    items: Vec<Item>,
    rows: [Vec<usize>; 2],
}

impl Pattern {
    fn with(&self, encoded: &Encoded<'_>, item: Item) -> Pattern {
        let mut items = self.items.clone();
        items.push(item);
        items.sort_unstable();
        Pattern { items, rows: self.rows.each_ref().map(|rows| encoded.having(rows, item)) }
    }

    fn shares(&self, encoded: &Encoded<'_>, totals: [f64; 2]) -> [f64; 2] {
        let [a, b] = self.rows.each_ref().map(|rows| encoded.weight_of(rows));
        let [total_a, total_b] = totals;
        [a / total_a, b / total_b]
    }
}

/// The pattern with values added as long as the difference of the shares grows.
fn climbed(seed: Pattern, encoded: &Encoded<'_>, totals: [f64; 2], most: usize) -> (f64, Pattern) {
    let difference = |pattern: &Pattern| {
        let [a, b] = pattern.shares(encoded, totals);
        (a - b).abs()
    };
    let mut best = (difference(&seed), seed);
    while best.1.items.len() < most {
        let mut better: Option<(f64, Pattern)> = None;
        for attribute in 0..encoded.width() {
            if best.1.items.iter().any(|(chosen, _)| *chosen == attribute) {
                continue;
            }
            let both: Vec<usize> = best.1.rows.iter().flatten().copied().collect();
            for (item, weight) in encoded.items(&both, attribute) {
                // All weight in one set at best.
                let least = totals.iter().copied().fold(f64::INFINITY, f64::min);
                let known = better.as_ref().map_or(best.0, |(known, _)| *known);
                if weight / least <= known {
                    continue;
                }
                let candidate = best.1.with(encoded, item);
                let reached = difference(&candidate);
                if reached > known {
                    better = Some((reached, candidate));
                }
            }
        }
        match better {
            Some(better) => best = better,
            None => break,
        }
    }
    best
}
