//! `basket`: the patterns that many rows have.

use std::collections::HashSet;

use kql_types::Value;

use super::encoded::{Encoded, Item};
use super::{MAX_PATTERNS, WEIGHT, WILDCARD, number, rounded, segment_columns, wildcards};
use crate::KernelError;
use crate::documentation::example;
use crate::plugin::{Plugin, PluginKernel, PluginRows, RowsKernel};
use crate::plugins::documentation;
use crate::signature::ParameterType::{Integer, Number};
use crate::signature::parameter_of;

pub(super) const BASKET: Plugin = Plugin {
    name: "basket",
    documentation: documentation(
        "Finds the patterns that many rows have.",
        "A row for each pattern: `SegmentId`, `Count` of rows, `Percent` of all rows, and the columns of the table, with a \
         value where the pattern has one and a wildcard where it has none.",
        "A pattern names all that its rows have in common. Patterns come in the order of their rows times their values.",
        "basket-plugin",
    ),
    signatures: &[&[
        parameter_of("Threshold", Number)
            .constant()
            .optional()
            .describe("The least share of the rows, from 0.015 to 1; 0.05 unless given."),
        WEIGHT,
        parameter_of("MaxDimensions", Integer)
            .constant()
            .optional()
            .describe("How many values that do not follow from each other a pattern may have; 5 unless given."),
        WILDCARD,
    ]],
    kernel: PluginKernel::Rows(RowsKernel { whole_table: true, columns: segment_columns, rows: patterns }),
    examples: &[example(
        "datatable(a:string, b:string)['x', 'u', 'x', 'v', 'x', 'u', 'y', 'w'] | evaluate basket(0.6, '~', '~', '*') \
         | project strcat(a, b, Count, ' ', Percent)",
        "x*3 75.0",
    )],
};

fn patterns(rows: &PluginRows<'_>) -> Result<Vec<Vec<Value>>, KernelError> {
    let call = &rows.call;
    let threshold = number(call, "Threshold").unwrap_or(0.05);
    if !(0.015..=1.0).contains(&threshold) {
        return Err(KernelError("the threshold must be from 0.015 to 1".to_owned()));
    }
    let most = number(call, "MaxDimensions").unwrap_or(5.0);
    let most = if most >= 1.0 { (most as usize).min(32) } else { 1 };
    let encoded = Encoded::new(rows, &[], call.positions("WeightColumn").first().copied())?;
    let all: Vec<usize> = (0..rows.rows).collect();
    let total = encoded.weight_of(&all);
    let mut search =
        Search { encoded: &encoded, least: threshold * total, most, known: HashSet::new(), found: Vec::new() };
    search.extend(&all, 0, 0)?;
    let mut found = search.found;
    let score = |(pattern, weight): &(Vec<Item>, f64)| weight * pattern.len() as f64;
    found.sort_by(|one, other| score(other).total_cmp(&score(one)).then_with(|| one.0.cmp(&other.0)));
    let wildcards = wildcards(call);
    let rows = found.iter().zip(0i64..).map(|((pattern, weight), number)| {
        let percent = rounded(100.0 * weight / total, 1);
        let mut row = vec![Value::Long(number), Value::Long(weight.round() as i64), Value::Real(percent)];
        row.extend(encoded.cells(pattern, &wildcards));
        row
    });
    Ok(rows.collect())
}

struct Search<'e> {
    encoded: &'e Encoded<'e>,
    /// The least weight of a pattern.
    least: f64,
    /// How many values may be chosen; what follows from them does not count.
    most: usize,
    known: HashSet<Vec<Item>>,
    found: Vec<(Vec<Item>, f64)>,
}

impl Search<'_> {
    /// The patterns of parts of these rows, by a value of an attribute from `first` on.
    fn extend(&mut self, rows: &[usize], first: usize, chosen: usize) -> Result<(), KernelError> {
        if chosen >= self.most {
            return Ok(());
        }
        for attribute in first..self.encoded.width() {
            for (item, weight) in self.encoded.items(rows, attribute) {
                if weight < self.least || weight <= 0.0 {
                    continue;
                }
                let part = self.encoded.having(rows, item);
                let pattern = self.encoded.closure(&part);
                if self.known.insert(pattern.clone()) {
                    self.found.push((pattern, weight));
                    if self.found.len() > MAX_PATTERNS {
                        return Err(KernelError(format!("there are more than {MAX_PATTERNS} patterns")));
                    }
                }
                self.extend(&part, attribute + 1, chosen + 1)?;
            }
        }
        Ok(())
    }
}
