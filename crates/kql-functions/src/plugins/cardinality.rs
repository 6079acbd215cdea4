//! Plugins that compare sets by their sketches.

use arrow::array::{Array, AsArray};
use kql_types::ScalarType::{self, Long};
use kql_types::Value;
use kql_types::dynamic::Dynamic;

use super::documentation;
use crate::KernelError;
use crate::documentation::example;
use crate::plugin::{Plugin, PluginCall, PluginKernel, PluginRows, RowsKernel};
use crate::signature::ParameterType::DynamicArray;
use crate::signature::parameter_of;
use crate::sketch::distinct::DistinctSketch;

/// The plugins of this family.
pub static PLUGINS: &[Plugin] = &[DCOUNT_INTERSECT];

/// How many sets can be intersected.
const SETS: std::ops::RangeInclusive<usize> = 2..=16;

const DCOUNT_INTERSECT: Plugin = Plugin {
    name: "dcount_intersect",
    documentation: documentation(
        "Estimates from sketches of `hll` how many values sets have in common.",
        "The table with a column for each set: `s0`, how many values the first has, `s1`, how many the first two have in \
         common, `s2`, how many the first three have, and so on; null from the first argument on that is no sketch.",
        "Exact while no set has more values than its sketch keeps (1024 with the usual accuracy). Else sizes of unions are \
         added and subtracted, whose errors add up: a small intersection of large sets is little more than a guess.",
        "dcount-intersect-plugin",
    ),
    signatures: &[&[parameter_of("hll", DynamicArray)
        .repeated()
        .describe("The sketch of a set; there can be 2 to 16.")]],
    kernel: PluginKernel::Rows(RowsKernel { whole_table: true, columns, rows: intersections }),
    examples: &[example(
        "range x from 1 to 100 step 1 \
         | summarize even = hll(iff(x % 2 == 0, x, 0), 2), third = hll(iff(x % 3 == 0, x, 0), 2), fifth = hll(iff(x % 5 == 0, x, 0), 2) \
         | evaluate dcount_intersect(even, third, fifth) | project strcat(s0 - 1, ' ', s1 - 1, ' ', s2 - 1)",
        "50 16 3",
    )],
};

fn columns(call: &PluginCall<'_>) -> Vec<(String, ScalarType)> {
    let sets = call.positions("hll").len();
    call.columns.iter().cloned().chain((0..sets).map(|set| (format!("s{set}"), Long))).collect()
}

fn intersections(rows: &PluginRows<'_>) -> Result<Vec<Vec<Value>>, KernelError> {
    let sets = rows.call.positions("hll");
    if !SETS.contains(&sets.len()) {
        return Err(KernelError(format!("it takes {} to {} sketches", SETS.start(), SETS.end())));
    }
    let texts: Vec<_> =
        sets.iter().map(|position| rows.arrays.get(*position).and_then(|array| array.as_string_view_opt())).collect();
    let sketch_of = |set: usize, row: usize| {
        let texts = texts.get(set).copied().flatten()?;
        let is_there = row < texts.len() && texts.is_valid(row);
        is_there.then(|| DistinctSketch::read(Dynamic::new(texts.value(row))))?
    };
    let mut found = Vec::with_capacity(rows.rows);
    for row in 0..rows.rows {
        let sketches: Vec<DistinctSketch> = (0..sets.len()).map_while(|set| sketch_of(set, row)).collect();
        let mut cells: Vec<Value> = (0..rows.call.columns.len()).map(|column| rows.value(column, row)).collect();
        let counts = DistinctSketch::intersections(&sketches);
        cells.extend((0..sets.len()).map(|set| counts.get(set).map_or(Value::Null(Long), |count| Value::Long(*count))));
        found.push(cells);
    }
    Ok(found)
}
