//! `dcount_hll`, `hll_merge`, `hll_isvalid`: what can be done with the sketches of `hll()`.

use arrow::array::ArrayRef;
use kql_types::dynamic::Dynamic;

use super::distinct::DistinctSketch;
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::{
    ParameterType::{DynamicArray, Scalar},
    parameter_of,
};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[DCOUNT_HLL, HLL_MERGE, HLL_ISVALID];

const HLL: Parameter = parameter_of("hll", DynamicArray).describe("A sketch that `hll` or `hll_merge` made.");

const DCOUNT_HLL: Function = Function {
    name: "dcount_hll",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells how many different values a sketch of `hll` has seen.",
        returns: "A long; exact for few values (up to 1024 with the usual accuracy), else an estimate; null for what is no sketch.",
        notes: "",
        page: "dcount-hll-function",
    },
    overloads: &[overload!([HLL] -> Long, dcount_hll)],
    result_name: ResultName::NameAndFirstArgument,
    deterministic: true,
    examples: &[example("range x from 1 to 100 step 1 | summarize h = hll(x % 7) | project dcount_hll(h)", "7")],
};

const HLL_MERGE: Function = Function {
    name: "hll_merge",
    aliases: &[],
    documentation: Documentation {
        summary: "Merges sketches of `hll` into one.",
        returns: "A sketch of all values that any of them has seen; null when none of the arguments is a sketch.",
        notes: "The aggregate of the same name merges the sketches of many rows.",
        page: "hll-merge-function",
    },
    overloads: &[overload!([HLL, HLL.repeated()] -> Dynamic, hll_merge)],
    result_name: ResultName::PrefixOnly("hll_merged_result"),
    deterministic: true,
    examples: &[example(
        "range x from 1 to 10 step 1 | summarize a = hll(x), b = hll(x + 5) | project dcount_hll(hll_merge(a, b))",
        "15",
    )],
};

const HLL_ISVALID: Function = Function {
    name: "hll_isvalid",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether a value is a sketch of `hll`.",
        returns: "A bool.",
        notes: "The second argument has no effect.",
        page: "",
    },
    overloads: &[overload!(
        [HLL, parameter_of("value", Scalar).describe("Evaluated, and of no effect.")] -> Bool,
        hll_isvalid
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print hll_isvalid(dynamic([[1024,14],['1'],[]]), 0)", "True")],
};

fn dcount_hll(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let sketches = arguments.strings(0)?;
    Ok(output::longs(arguments.rows(), |row| Some(DistinctSketch::read(Dynamic::new(sketches.get(row)?))?.count())))
}

fn hll_merge(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let columns: Vec<_> = (0..arguments.len()).map(|position| arguments.strings(position)).collect::<Result<_, _>>()?;
    output::dynamics(arguments.rows(), |row, out| {
        let mut merged: Option<DistinctSketch> = None;
        let values = columns.iter().filter_map(|column| column.get(row));
        for sketch in values.filter_map(|value| DistinctSketch::read(Dynamic::new(value))) {
            match &mut merged {
                Some(merged) => merged.merge(&sketch),
                None => merged = Some(sketch),
            }
        }
        merged.iter().for_each(|merged| merged.write(out));
        Ok(merged.is_some())
    })
}

fn hll_isvalid(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let sketches = arguments.strings(0)?;
    let valid = |row| sketches.get(row).is_some_and(|value| DistinctSketch::read(Dynamic::new(value)).is_some());
    Ok(output::bools(arguments.rows(), |row| Some(valid(row))))
}
