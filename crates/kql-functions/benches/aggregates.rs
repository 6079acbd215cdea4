//! Aggregates over many groups of few rows, a batch at a time, as `summarize` feeds them.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringViewArray};
use divan::counter::ItemsCount;
use divan::{Bencher, black_box};
use kql_functions::GroupAccumulator;
use kql_functions::aggregate::{AggregateKernel, Groups};

fn main() {
    divan::main();
}

const BATCH: usize = 8192;
const BATCHES: usize = 64;

/// Numbers that look like chance, the same on every run.
fn chance(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |limit| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    }
}

fn accumulator(name: &str, overload: usize, arguments: &[ArrayRef]) -> Option<Box<dyn GroupAccumulator>> {
    let (aggregate, _) = kql_functions::aggregate(name)?;
    let AggregateKernel::Accumulator { accumulator, .. } = aggregate.overloads.get(overload)?.kernel else {
        return None;
    };
    let types: Vec<_> = arguments.iter().map(|argument| argument.data_type().clone()).collect();
    accumulator(&types).ok()
}

/// Batches of a column of `variety` strings, and the group of each row: nearly in order, as where time is a key.
fn batches(variety: usize, groups: usize) -> Vec<(ArrayRef, Vec<usize>)> {
    let mut chance = chance(7);
    let window = (groups / BATCHES).max(1);
    (0..BATCHES)
        .map(|batch| {
            let texts = (0..BATCH).map(|_| format!("a value that is not short: {}", chance(variety)));
            let texts: ArrayRef = Arc::new(StringViewArray::from_iter_values(texts));
            let groups = (0..BATCH).map(|_| (batch * window + chance(window)).min(groups - 1)).collect();
            (texts, groups)
        })
        .collect()
}

fn bench(bencher: Bencher, name: &str, overload: usize, variety: usize, groups: usize) {
    let batches = batches(variety, groups);
    bencher.counter(ItemsCount::new(BATCH * BATCHES)).bench_local(|| {
        let mut accumulator = accumulator(name, overload, &[batches[0].0.clone()])?;
        for (texts, of) in &batches {
            accumulator.update(std::slice::from_ref(texts), of, groups).ok()?;
        }
        black_box(accumulator.size());
        accumulator.evaluate(Groups::All).ok()
    });
}

#[divan::bench(args = [1, 1_000, 150_000])]
fn sets_of_few_values(bencher: Bencher, groups: usize) {
    bench(bencher, "make_set", 1, 12, groups);
}

#[divan::bench(args = [1, 1_000, 150_000])]
fn sets_of_many_values(bencher: Bencher, groups: usize) {
    bench(bencher, "make_set", 1, 40_000, groups);
}

#[divan::bench(args = [1, 1_000, 150_000])]
fn distinct_counts_of_many_values(bencher: Bencher, groups: usize) {
    bench(bencher, "dcount", 1, 40_000, groups);
}

#[divan::bench(args = [10, 5_000, 150_000])]
fn latest_rows(bencher: Bencher, groups: usize) {
    let batches: Vec<(Vec<ArrayRef>, Vec<usize>)> = batches(40_000, 1)
        .into_iter()
        .enumerate()
        .map(|(batch, (texts, _))| {
            let mut chance = chance(batch as u64);
            let times = (0..BATCH).map(|row| (batch * BATCH + row) as i64);
            let times: ArrayRef = Arc::new(Int64Array::from_iter_values(times));
            (vec![times, texts], (0..BATCH).map(|_| chance(groups)).collect())
        })
        .collect();
    bencher.counter(ItemsCount::new(BATCH * BATCHES)).bench_local(|| {
        let mut accumulator = accumulator("arg_max", 0, &batches[0].0)?;
        for (columns, of) in &batches {
            accumulator.update(columns, of, groups).ok()?;
        }
        accumulator.evaluate(Groups::All).ok()
    });
}
