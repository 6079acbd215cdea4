//! Every accumulator, held against itself: in one pass, in many batches, split into merged states, and emitted in
//! parts. What the values are, is tested below for each family, and by the examples.

use arrow::array::{
    BooleanArray, Decimal128Array, FixedSizeBinaryArray, Float64Array, Int32Array, Int64Array, UInt32Array,
    new_empty_array,
};
use arrow::compute::{concat, take};
use arrow::datatypes::Float64Type;
use kql_types::{ScalarType, Value};

use super::*;
use crate::aggregate::{AggregateOverload, MakeAccumulator};
use crate::signature::ArgumentKind;
use crate::{ParameterType, PassedAs};

const ROWS: usize = 60;
const GROUPS: usize = 7;

/// A kernel that is there.
struct Kernel {
    accumulator: MakeAccumulator,
    state: fn(&[DataType]) -> Vec<DataType>,
    output: fn(&[DataType]) -> DataType,
}

fn kernel_of(overload: &AggregateOverload) -> Option<Kernel> {
    match overload.kernel {
        AggregateKernel::Accumulator { accumulator, state, output, .. } => Some(Kernel { accumulator, state, output }),
        AggregateKernel::Unavailable(_) => None,
    }
}

/// A column of values of a type, the same on every run, with a null now and then.
fn sample(scalar_type: ScalarType, seed: usize) -> ArrayRef {
    let number = |row: usize| ((row * 37 + seed * 11) % 23) as i64 - 5;
    let known = |row: usize| (row + seed) % 9 != 4;
    let longs = || (0..ROWS).map(|row| known(row).then(|| number(row)));
    match scalar_type {
        ScalarType::Bool => {
            Arc::new((0..ROWS).map(|row| known(row).then(|| number(row) > 3)).collect::<BooleanArray>())
        }
        ScalarType::Int => Arc::new(longs().map(|value| value.map(|value| value as i32)).collect::<Int32Array>()),
        ScalarType::Long | ScalarType::DateTime | ScalarType::TimeSpan => Arc::new(longs().collect::<Int64Array>()),
        ScalarType::Real => {
            Arc::new(longs().map(|value| value.map(|value| value as f64 / 4.0)).collect::<Float64Array>())
        }
        ScalarType::Decimal => Arc::new(
            longs()
                .map(|value| value.map(|value| i128::from(value) * 1_000_000_007))
                .collect::<Decimal128Array>()
                .with_data_type(ScalarType::Decimal.arrow_type()),
        ),
        ScalarType::String => Arc::new(StringViewArray::from_iter_values(
            (0..ROWS).map(|row| format!("{} of a longer text", number(row))),
        )),
        ScalarType::Dynamic => Arc::new(
            (0..ROWS)
                .map(|row| {
                    let number = number(row);
                    match row % 5 {
                        0 => Some(format!("[{number}, \"x\"]")),
                        1 | 2 => Some(format!("{{\"k{number}\": {row}, \"y\": [1]}}")),
                        3 => None,
                        _ => Some(number.to_string()),
                    }
                })
                .collect::<StringViewArray>(),
        ),
        ScalarType::Guid => Arc::new(
            FixedSizeBinaryArray::try_from_sparse_iter_with_size(
                (0..ROWS).map(|row| known(row).then(|| [number(row) as u8; 16])),
                16,
            )
            .unwrap(),
        ),
    }
}

/// The types of values with which an overload may be called, for the parameter at a position.
fn types_of(overload: &AggregateOverload, position: usize) -> Vec<ScalarType> {
    let parameter = &overload.parameters[position];
    if let PassedAs::Converted(scalar_type) = parameter.passed_as {
        return vec![scalar_type];
    }
    match parameter.accepts {
        ParameterType::Exact(scalar_type) => vec![scalar_type],
        ParameterType::Integer => vec![ScalarType::Int, ScalarType::Long],
        ParameterType::Summable => vec![ScalarType::Int, ScalarType::Long, ScalarType::Real, ScalarType::Decimal],
        ParameterType::NotBool => vec![ScalarType::Long],
        ParameterType::OneOf(types) => types.to_vec(),
        ParameterType::DynamicArray | ParameterType::DynamicBag => vec![ScalarType::Dynamic],
        ParameterType::NotRealOrBool => {
            let excluded = [ScalarType::Real, ScalarType::Bool, ScalarType::Dynamic];
            ScalarType::ALL.into_iter().filter(|scalar_type| !excluded.contains(scalar_type)).collect()
        }
        ParameterType::Orderable | ParameterType::NotDynamic => {
            ScalarType::ALL.into_iter().filter(|scalar_type| *scalar_type != ScalarType::Dynamic).collect()
        }
        ParameterType::Scalar => ScalarType::ALL.to_vec(),
        ref other => panic!("the test knows no values for {other}"),
    }
}

/// Argument lists for an overload: its first parameter in every type, the others in one.
fn argument_lists(overload: &AggregateOverload) -> Vec<Vec<ArrayRef>> {
    let constant = |name: &str| -> ArrayRef {
        match name {
            "maxSize" => Arc::new(Int64Array::from(vec![3; ROWS])),
            "accuracy" => Arc::new(Int64Array::from(vec![0; ROWS])),
            "percentile" => Arc::new(Float64Array::from(vec![62.5; ROWS])),
            "percentiles" => Arc::new(StringViewArray::from_iter_values(vec!["[0, 40.5, 100]"; ROWS])),
            other => panic!("the test knows no constant for {other}"),
        }
    };
    let Some(first) = overload.parameters.first() else { return vec![vec![]] };
    assert!(first.kind != ArgumentKind::Constant);
    let rest: Vec<ArrayRef> = overload
        .parameters
        .iter()
        .enumerate()
        .skip(1)
        .flat_map(|(at, parameter)| {
            let array = match parameter.kind {
                ArgumentKind::Constant => constant(parameter.name),
                _ => sample(*types_of(overload, at).last().unwrap(), at),
            };
            vec![array; if parameter.repeated { 2 } else { 1 }]
        })
        .collect();
    types_of(overload, 0)
        .into_iter()
        .map(|scalar_type| std::iter::once(sample(scalar_type, 0)).chain(rest.iter().cloned()).collect())
        .collect()
}

fn types(arguments: &[ArrayRef]) -> Vec<DataType> {
    arguments.iter().map(|array| array.data_type().clone()).collect()
}

fn groups() -> Vec<usize> {
    // The last group gets no row.
    (0..ROWS).map(|row| (row * row + row / 7) % (GROUPS - 1)).collect()
}

fn rows_of(arrays: &[ArrayRef], rows: &[u32]) -> Vec<ArrayRef> {
    let rows = UInt32Array::from(rows.to_vec());
    arrays.iter().map(|array| take(array, &rows, None).unwrap()).collect()
}

/// Feeds rows in batches of nine.
fn feed(accumulator: &mut dyn GroupAccumulator, arguments: &[ArrayRef], rows: &[u32]) {
    accumulator.update(&rows_of(arguments, &[]), &[], GROUPS).unwrap();
    for batch in rows.chunks(9) {
        let groups: Vec<usize> = batch.iter().map(|row| groups()[*row as usize]).collect();
        accumulator.update(&rows_of(arguments, batch), &groups, GROUPS).unwrap();
    }
}

/// The printed results, reals rounded, since sums of reals depend on their order.
fn printed(array: &ArrayRef) -> Vec<String> {
    if let Some(reals) = array.as_primitive_opt::<Float64Type>() {
        return reals.iter().map(|value| value.map_or("null".to_owned(), |value| format!("{value:.9e}"))).collect();
    }
    let options = arrow::util::display::FormatOptions::default().with_null("null");
    let formatter = arrow::util::display::ArrayFormatter::try_new(array.as_ref(), &options).unwrap();
    (0..array.len()).map(|row| formatter.value(row).to_string()).collect()
}

#[test]
fn splitting_batching_and_emitting_in_parts_change_no_result() {
    let all: Vec<u32> = (0..ROWS as u32).collect();
    for aggregate in FAMILIES.iter().copied().flatten() {
        for overload in aggregate.overloads {
            let Some(kernel) = kernel_of(overload) else { continue };
            for arguments in argument_lists(overload) {
                let types = types(&arguments);
                let case = format!("{}({types:?})", aggregate.name);
                let accumulator = || (kernel.accumulator)(&types).unwrap();

                let mut once = accumulator();
                once.update(&arguments, &groups(), GROUPS).unwrap();
                let expected = once.evaluate(Groups::All).unwrap();
                assert_eq!(expected.len(), GROUPS, "{case}");
                assert_eq!(*expected.data_type(), (kernel.output)(&types), "{case}");
                let expected = printed(&expected);

                let mut batched = accumulator();
                feed(batched.as_mut(), &arguments, &all);
                assert_eq!(printed(&batched.evaluate(Groups::All).unwrap()), expected, "{case} in batches");

                let mut merged = accumulator();
                for part in all.chunks(ROWS / 3 + 1) {
                    let mut partial = accumulator();
                    feed(partial.as_mut(), &arguments, part);
                    // The states come in two parts too.
                    for (groups, first, count) in [(Groups::First(3), 0, 3), (Groups::All, 3, GROUPS - 3)] {
                        let states = partial.state(groups).unwrap();
                        let state_types: Vec<DataType> = states.iter().map(|state| state.data_type().clone()).collect();
                        assert_eq!(state_types, (kernel.state)(&types), "{case}");
                        let groups: Vec<usize> = (first..first + count).collect();
                        merged.merge(&states, &groups, GROUPS).unwrap();
                    }
                }
                assert_eq!(printed(&merged.evaluate(Groups::All).unwrap()), expected, "{case} merged");

                if let Some(states) = accumulator().convert(&arguments).unwrap() {
                    assert_eq!(self::types(&states), (kernel.state)(&types), "{case} converted");
                    let mut merged = accumulator();
                    // An early part comes as the states of groups, as where partial aggregation is given up.
                    let (early, late) = all.split_at(ROWS / 4);
                    let mut partial = accumulator();
                    feed(partial.as_mut(), &arguments, early);
                    let every: Vec<usize> = (0..GROUPS).collect();
                    merged.merge(&partial.state(Groups::All).unwrap(), &every, GROUPS).unwrap();
                    for batch in late.chunks(9) {
                        let groups: Vec<usize> = batch.iter().map(|row| groups()[*row as usize]).collect();
                        merged.merge(&rows_of(&states, batch), &groups, GROUPS).unwrap();
                    }
                    assert_eq!(printed(&merged.evaluate(Groups::All).unwrap()), expected, "{case} converted");
                }

                let mut emitted = accumulator();
                feed(emitted.as_mut(), &arguments, &all);
                assert!(emitted.size() > 0, "{case}");
                let parts = [Groups::First(2), Groups::First(0), Groups::First(3), Groups::All]
                    .map(|groups| emitted.evaluate(groups).unwrap());
                let parts: Vec<&dyn Array> = parts.iter().map(|part| part.as_ref()).collect();
                assert_eq!(printed(&concat(&parts).unwrap()), expected, "{case} in parts");
            }
        }
    }
}

#[test]
fn groups_that_stay_go_on_after_the_first_are_emitted() {
    let all: Vec<u32> = (0..ROWS as u32).collect();
    let (early, late) = all.split_at(ROWS / 2);
    // Groups 0 and 1 get no rows in the second half, as where the input is ordered by group.
    let late: Vec<u32> = late.iter().copied().filter(|row| groups()[*row as usize] >= 2).collect();
    let rows: Vec<u32> = early.iter().chain(&late).copied().collect();
    for aggregate in FAMILIES.iter().copied().flatten() {
        for overload in aggregate.overloads {
            let Some(kernel) = kernel_of(overload) else { continue };
            for arguments in argument_lists(overload) {
                let types = types(&arguments);
                let case = format!("{}({types:?})", aggregate.name);
                let mut whole = (kernel.accumulator)(&types).unwrap();
                feed(whole.as_mut(), &arguments, &rows);
                let expected = printed(&whole.evaluate(Groups::All).unwrap());

                let mut parted = (kernel.accumulator)(&types).unwrap();
                feed(parted.as_mut(), &arguments, early);
                let first = parted.evaluate(Groups::First(2)).unwrap();
                let moved: Vec<usize> = late.iter().map(|row| groups()[*row as usize] - 2).collect();
                parted.update(&rows_of(&arguments, &late), &moved, GROUPS - 2).unwrap();
                let rest = parted.evaluate(Groups::All).unwrap();
                assert_eq!(printed(&concat(&[first.as_ref(), rest.as_ref()]).unwrap()), expected, "{case}");
            }
        }
    }
}

#[test]
fn no_rows_give_one_result_without_groups() {
    for aggregate in FAMILIES.iter().copied().flatten() {
        for overload in aggregate.overloads {
            let Some(kernel) = kernel_of(overload) else { continue };
            for arguments in argument_lists(overload) {
                let types = types(&arguments);
                let case = format!("{}({types:?})", aggregate.name);
                let empty: Vec<ArrayRef> = types.iter().map(new_empty_array).collect();
                let mut accumulator = (kernel.accumulator)(&types).unwrap();
                accumulator.update(&empty, &[], 1).unwrap();
                let states = accumulator.state(Groups::All).unwrap();
                let mut merged = (kernel.accumulator)(&types).unwrap();
                merged.merge(&states, &[0], 1).unwrap();
                let result = merged.evaluate(Groups::All).unwrap();
                assert_eq!(result.len(), 1, "{case}");
                assert_eq!(*result.data_type(), (kernel.output)(&types), "{case}");
            }
        }
    }
}

fn accumulator_of(name: &str, types: &[DataType]) -> Box<dyn GroupAccumulator> {
    let aggregate = FAMILIES.iter().copied().flatten().find(|aggregate| aggregate.name == name).unwrap();
    (kernel_of(&aggregate.overloads[0]).unwrap().accumulator)(types).unwrap()
}

/// The result of an aggregate over one group; `overload` is the position among its signatures.
fn result(name: &str, overload: usize, arguments: &[ArrayRef]) -> String {
    let aggregate = FAMILIES.iter().copied().flatten().find(|aggregate| aggregate.name == name).unwrap();
    let kernel = kernel_of(&aggregate.overloads[overload]).unwrap();
    let mut accumulator = (kernel.accumulator)(&types(arguments)).unwrap();
    let rows = arguments.first().map_or(0, |argument| argument.len());
    accumulator.update(arguments, &vec![0; rows], 1).unwrap();
    let result = accumulator.evaluate(Groups::All).unwrap();
    printed_exactly(&result)
}

fn printed_exactly(array: &ArrayRef) -> String {
    match array.as_primitive_opt::<Float64Type>() {
        Some(reals) => reals.iter().map(|value| format!("{value:?}")).collect(),
        None => printed(array).concat(),
    }
}

fn longs(values: impl IntoIterator<Item = Option<i64>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<Int64Array>())
}

fn reals(values: impl IntoIterator<Item = f64>) -> ArrayRef {
    Arc::new(Float64Array::from_iter_values(values))
}

fn strings<'a>(values: impl IntoIterator<Item = &'a str>) -> ArrayRef {
    Arc::new(StringViewArray::from_iter_values(values))
}

fn bools(values: impl IntoIterator<Item = Option<bool>>) -> ArrayRef {
    Arc::new(values.into_iter().collect::<BooleanArray>())
}

#[test]
fn counts() {
    assert_eq!(result("count", 1, &[longs([Some(1), None, Some(3)])]), "3");
    assert_eq!(result("countif", 0, &[bools([Some(true), None, Some(false), Some(true)])]), "2");
    assert_eq!(result("dcount", 1, &[longs([Some(1), None, Some(3), Some(1)])]), "2");
    assert_eq!(result("dcount", 1, &[strings(["", "a", "A", "a"])]), "3");
    assert_eq!(result("dcount", 0, &[strings(["{\"a\": 1}", "{\"a\":1}", "null"])]), "1");
    assert_eq!(result("count_distinct", 0, &[strings(["1", "\"1\"", "1", "null"])]), "2");
}

#[test]
fn distinct_counts_of_large_groups_are_close() {
    for (accuracy, error) in [(0, 0.05), (1, 0.025), (2, 0.0125), (3, 0.01), (4, 0.007)] {
        for count in [100_i64, 5_000, 300_000] {
            let values = longs((0..2 * count).map(|value| Some(value % count * 7919)));
            let accuracies = longs((0..2 * count).map(|_| Some(accuracy)));
            let estimate: f64 = result("dcount", 1, &[values, accuracies]).parse().unwrap();
            let off = (estimate - count as f64).abs() / count as f64;
            assert!(off <= error, "{count} values with accuracy {accuracy} came out as {estimate}");
        }
    }
    assert_eq!(result("dcount", 1, &[longs((0..2_000).map(Some))]), "2000");
}

#[test]
fn sums_and_means() {
    let none = || longs([None, None]);
    assert_eq!(result("sum", 0, &[none()]), "0");
    assert_eq!(result("sum", 0, &[longs([Some(i64::MAX), Some(2)])]), (i64::MIN + 1).to_string());
    assert_eq!(result("avg", 0, &[none()]), "Some(NaN)");
    assert_eq!(result("avg", 0, &[longs([Some(i64::MAX), None, Some(i64::MAX)])]), "Some(9.223372036854776e18)");
    assert_eq!(result("avg", 3, &[none()]), "null");
    assert_eq!(result("avg", 3, &[longs([Some(10), Some(15)])]), "12");
    assert_eq!(result("sumif", 0, &[longs([Some(1), Some(2)]), bools([None, Some(true)])]), "2");
    assert_eq!(result("binary_all_and", 0, &[none()]), "null");
    assert_eq!(result("binary_all_xor", 0, &[longs([Some(5), None, Some(3)])]), "6");
}

#[test]
fn spreads() {
    assert_eq!(result("stdev", 0, &[reals([])]), "Some(0.0)");
    assert_eq!(result("variance", 0, &[reals([7.0])]), "Some(0.0)");
    // Rounded to ten decimals, before the root is taken.
    assert_eq!(result("variance", 0, &[reals([1.0, 1.0, 2.0])]), "Some(0.3333333333)");
    assert_eq!(result("stdev", 0, &[reals([1.0, 1.0, 2.0])]), format!("Some({:?})", 0.333_333_333_3_f64.sqrt()));
    assert_eq!(result("variancep", 0, &[reals([f64::INFINITY, 1.0])]), "Some(NaN)");
    assert_eq!(result("covariance", 0, &[reals([1.0, 2.0]), reals([10.0, 30.0])]), "Some(10.0)");
}

#[test]
fn extremes() {
    assert_eq!(result("min", 0, &[reals([1.0, f64::NAN, -1.0])]), "Some(NaN)");
    assert_eq!(result("max", 0, &[reals([1.0, f64::NAN, 9.0])]), "Some(NaN)");
    assert_eq!(result("max", 0, &[longs([None, Some(-3), None])]), "-3");
    assert_eq!(result("max", 0, &[longs([None])]), "null");
    assert_eq!(result("min", 0, &[strings(["b", "", "a"])]), "");
    assert_eq!(result("max", 0, &[strings(["b", "ba", "a"])]), "ba");
    assert_eq!(result("max", 0, &[bools([Some(false), Some(true)])]), "true");
}

#[test]
fn chosen_rows() {
    let names = || strings(["a", "b", "c", "d"]);
    let keys = |values: [Option<i64>; 4]| longs(values);
    assert_eq!(result("arg_max", 0, &[keys([None, Some(2), Some(2), Some(1)]), names()]), "{0: 2, 1: b}");
    assert_eq!(result("arg_min", 0, &[keys([None, Some(2), Some(1), Some(1)]), names()]), "{0: 1, 1: c}");
    // Where all keys are null the first row is chosen.
    assert_eq!(result("arg_max", 0, &[keys([None; 4]), names()]), "{0: null, 1: a}");
    assert_eq!(result("arg_max", 0, &[reals([1.0, f64::NAN, 2.0, f64::NAN]), names()]), "{0: NaN, 1: b}");
    assert_eq!(result("take_any", 0, &[strings(["", "x", "y"])]), "{0: x}");
    assert_eq!(result("take_any", 0, &[strings(["", "x"]), longs([Some(1), Some(2)])]), "{0: , 1: 1}");
    assert_eq!(result("take_anyif", 0, &[longs([Some(1), Some(2)]), bools([Some(false), Some(true)])]), "2");
}

#[test]
fn kept_rows_do_not_pile_up() {
    let types = [DataType::Int64, DataType::Utf8View];
    let mut accumulator = accumulator_of("arg_max", &types);
    let mut largest = 0;
    for batch in 0..200_i64 {
        let keys = longs((0..1000).map(|row| Some(batch * 1000 + row)));
        let texts: ArrayRef = Arc::new(StringViewArray::from_iter_values(
            (0..1000).map(|row| format!("the text of row {row} in batch {batch}, which is not short")),
        ));
        let groups: Vec<usize> = (0..1000).map(|row| row % 100).collect();
        accumulator.update(&[keys, texts], &groups, 100).unwrap();
        largest = largest.max(accumulator.size());
    }
    assert!(largest < 5_000_000, "{largest} bytes were held for 100 rows");
}

/// Numbers that look like chance, the same on every run.
fn chance(seed: u64) -> impl FnMut(usize) -> usize {
    let mut state = seed;
    move |limit| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % limit
    }
}

/// What a plain implementation makes of rows of a group and a text: the texts in order, as JSON.
fn plain_arrays(rows: &[(usize, String)], groups: usize, distinct: bool, limit: usize) -> Vec<String> {
    let mut arrays: Vec<Vec<&String>> = vec![Vec::new(); groups];
    for (group, text) in rows {
        let array = &mut arrays[*group];
        if array.len() < limit && !(distinct && array.contains(&text)) {
            array.push(text);
        }
    }
    arrays.iter().map(|array| serde_json::to_string(array).unwrap()).collect()
}

#[test]
fn arrays_and_counts_are_those_of_a_plain_implementation() {
    for seed in 0..40 {
        let mut chance = chance(seed);
        let (groups, variety) = (1 + chance(30), 1 + chance(90));
        let limit = [3, 20, 1_000][chance(3)];
        let rows: Vec<(usize, String)> = (0..1 + chance(3_000))
            .map(|_| {
                let number = chance(variety);
                let text = match number % 4 {
                    0 => format!("{number}"),
                    1 => format!("a \"quoted\\ text\n that is not short: {number}"),
                    2 => format!("[{number}] which is no array, ende å"),
                    _ => String::new(),
                };
                (chance(groups), text)
            })
            .collect();
        let column = |rows: &[(usize, String)]| strings(rows.iter().map(|(_, text)| text.as_str()));
        let of = |rows: &[(usize, String)]| rows.iter().map(|(group, _)| *group).collect::<Vec<usize>>();
        for (name, distinct) in [("make_list", false), ("make_set", true), ("dcount", true)] {
            let aggregate = FAMILIES.iter().copied().flatten().find(|aggregate| aggregate.name == name).unwrap();
            let arguments = |rows: &[(usize, String)]| match name {
                "dcount" => vec![column(rows)],
                _ => vec![column(rows), longs(vec![Some(limit as i64); rows.len()])],
            };
            let kernel = kernel_of(&aggregate.overloads[1]).unwrap();
            let new = || (kernel.accumulator)(&types(&arguments(&[]))).unwrap();
            let mut merged = new();
            for part in rows.chunks(1 + chance(700)) {
                if chance(3) == 0 {
                    let states = new().convert(&arguments(part)).unwrap().unwrap();
                    merged.merge(&states, &of(part), groups).unwrap();
                    continue;
                }
                let mut partial = new();
                partial.update(&arguments(&[]), &[], groups).unwrap();
                for batch in part.chunks(1 + chance(200)) {
                    partial.update(&arguments(batch), &of(batch), groups).unwrap();
                }
                let mut first = 0;
                while first < groups {
                    let count = (1 + chance(groups)).min(groups - first);
                    let states = partial.state(Groups::First(count)).unwrap();
                    merged.merge(&states, &(first..first + count).collect::<Vec<_>>(), groups).unwrap();
                    first += count;
                }
            }
            let arrays = plain_arrays(&rows, groups, distinct, if name == "dcount" { usize::MAX } else { limit });
            let expected = match name {
                "dcount" => arrays
                    .iter()
                    .map(|array| serde_json::from_str::<Vec<String>>(array).unwrap().len().to_string())
                    .collect(),
                _ => arrays,
            };
            assert_eq!(printed(&merged.evaluate(Groups::All).unwrap()), expected, "{name}, seed {seed}");
        }
    }
}

#[test]
fn distinct_counts_are_exact_up_to_their_limit_however_they_are_merged() {
    for seed in 0..20 {
        let mut chance = chance(seed);
        // The hash of this number is 0.
        let zero = 0x61c8_8646_80b5_83eb_i64;
        let count = 1 + chance(2_048);
        let values: Vec<i64> = (0..count).map(|at| if at == count / 2 { zero } else { at as i64 * 31 - 900 }).collect();
        let mut merged = accumulator_of("dcount", &[DataType::Int64]);
        merged.update(&[longs([])], &[], 2).unwrap();
        for _ in 0..4 {
            let mut partial = accumulator_of("dcount", &[DataType::Int64]);
            let some: Vec<i64> = values.iter().copied().filter(|_| chance(2) == 0).collect();
            partial.update(&[longs(some.iter().map(|value| Some(*value)))], &vec![0; some.len()], 1).unwrap();
            merged.merge(&partial.state(Groups::All).unwrap(), &[1], 2).unwrap();
        }
        merged.update(&[longs(values.iter().map(|value| Some(*value)))], &vec![1; count], 2).unwrap();
        assert_eq!(printed(&merged.evaluate(Groups::All).unwrap()), ["0".to_owned(), count.to_string()]);
    }
}

#[test]
fn the_latest_rows_are_those_of_a_plain_implementation() {
    for seed in 0..20 {
        let mut chance = chance(seed);
        let groups = 1 + chance(400);
        let mut latest: Vec<Option<(i64, String)>> = vec![None; groups];
        let mut accumulator = accumulator_of("arg_max", &[DataType::Int64, DataType::Utf8View]);
        for batch in 0..60_i64 {
            // Now nearly in order, now in none; sometimes few rows win.
            let rows: Vec<(usize, i64, String)> = (0..chance(1_500))
                .map(|row| {
                    let key = if seed % 2 == 0 { batch * 10 + chance(40) as i64 } else { chance(1_000_000) as i64 };
                    (chance(groups), key, format!("row {row} of batch {batch} with a text that is not short"))
                })
                .collect();
            for (group, key, text) in &rows {
                if latest[*group].as_ref().is_none_or(|(best, _)| key > best) {
                    latest[*group] = Some((*key, text.clone()));
                }
            }
            let keys = longs(rows.iter().map(|(_, key, _)| Some(*key)));
            let texts = strings(rows.iter().map(|(_, _, text)| text.as_str()));
            let of: Vec<usize> = rows.iter().map(|(group, ..)| *group).collect();
            accumulator.update(&[keys, texts], &of, groups).unwrap();
        }
        let expected = latest.iter().map(|row| match row {
            Some((key, text)) => format!("{{0: {key}, 1: {text}}}"),
            None => "{0: null, 1: null}".to_owned(),
        });
        let expected: Vec<String> = expected.collect();
        assert_eq!(printed(&accumulator.evaluate(Groups::All).unwrap()), expected, "seed {seed}");
    }
}

#[test]
fn collections() {
    let values = || strings(["1", "[2, 3]", "null", "{\"a\": [ ]}", "1"]);
    assert_eq!(result("make_list", 0, &[values()]), r#"[1,2,3,null,{"a":[]},1]"#);
    assert_eq!(result("make_list", 1, &[values()]), r#"["1","[2, 3]","null","{\"a\": [ ]}","1"]"#);
    assert_eq!(result("make_list", 2, &[values()]), r#"[1,2,3,{"a":[]},1]"#);
    assert_eq!(result("make_set", 2, &[values()]), r#"[1,2,3,{"a":[]}]"#);
    assert_eq!(result("make_list", 2, &[values(), longs([Some(2); 5])]), "[1,2]");
    assert_eq!(result("make_list", 2, &[strings([])]), "[]");
    assert_eq!(result("make_bag", 0, &[strings(["{\"a\":1}", "7", "{\"b\":2,\"a\":3}"])]), r#"{"a":1,"b":2}"#);
    assert_eq!(result("make_bag", 0, &[strings([])]), "{}");
}

#[test]
fn percentiles() {
    let values = || longs([Some(40), Some(10), None, Some(30), Some(20)]);
    let percent = |percent: f64| reals(vec![percent; 5]);
    for (percentile, expected) in [(0.0, "10"), (25.0, "10"), (25.1, "20"), (50.0, "20"), (100.0, "40")] {
        assert_eq!(result("percentile", 0, &[values(), percent(percentile)]), expected, "{percentile}");
    }
    assert_eq!(result("percentiles", 0, &[values(), percent(50.0), percent(75.0)]), "{0: 20, 1: 30}");
    let weights = longs([Some(1), Some(1), Some(9), Some(0), Some(3)]);
    assert_eq!(result("percentilew", 0, &[values(), weights, percent(50.0)]), "20");
    assert_eq!(result("percentile", 0, &[longs([None]), reals([5.0])]), "null");
}

#[test]
fn constants_are_checked() {
    let refused = |name: &str, overload: usize, constant: ArrayRef| {
        let aggregate = FAMILIES.iter().copied().flatten().find(|aggregate| aggregate.name == name).unwrap();
        let kernel = kernel_of(&aggregate.overloads[overload]).unwrap();
        let arguments = [types_of(&aggregate.overloads[overload], 0)[0], ScalarType::Long];
        let arguments = [Value::null(arguments[0]).to_array(), constant];
        let mut accumulator = (kernel.accumulator)(&types(&arguments)).unwrap();
        accumulator.update(&arguments, &[0], 1).unwrap_err().0
    };
    assert_eq!(refused("make_list", 1, longs([Some(-1)])), "the size must not be negative");
    assert_eq!(refused("dcount", 1, longs([Some(5)])), "the accuracy must be 0, 1, 2, 3 or 4");
    assert_eq!(refused("percentile", 0, reals([101.0])), "a percentile must lie between 0 and 100");
}
