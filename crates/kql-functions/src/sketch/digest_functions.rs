//! `percentile_tdigest`, `rank_tdigest`, `tdigest_merge`, …: what can be done with the digests of `tdigest()`.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, Float64Array};
use arrow::datatypes::{DataType, Float64Type, Int32Type, Int64Type};
use kql_types::dynamic::{Builder, Dynamic};

use super::digest::Digest;
use crate::argument::Strings;
use crate::documentation::example;
use crate::function::{Alias, Kernel};
use crate::overload::{number_as_real, overload};
use crate::signature::{
    ParameterType::{DynamicArray, Scalar, TypeLiteral},
    parameter_of,
};
use crate::{Arguments, Documentation, Function, KernelError, Overload, Parameter, ResultName, ReturnType, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] =
    &[PERCENTILE_TDIGEST, PERCENTILES_ARRAY_TDIGEST, RANK_TDIGEST, PERCENTRANK_TDIGEST, TDIGEST_MERGE, TDIGEST_ISVALID];

const DIGEST: Parameter =
    parameter_of("tdigest", DynamicArray).describe("A digest that `tdigest` or `tdigest_merge` made.");
const PERCENTILE: Parameter = number_as_real("percentile").describe("A percentage, from 0 (the least value) to 100.");
const VALUE: Parameter = parameter_of("value", Scalar).describe("A value of the type of those in the digest.");
const NEAREST_RANK: &str = "The smallest value to which at least that percentage of the values are less or equal. Exact for up to 2048 different values, else an estimate.";

const PERCENTILE_TDIGEST: Function = Function {
    name: "percentile_tdigest",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives a percentile of the values that a digest of `tdigest` has seen.",
        returns: "The value as a `dynamic`, or in the type that the type literal names; null for a digest of no values and for what is no digest.",
        notes: NEAREST_RANK,
        page: "percentile-tdigest-function",
    },
    overloads: &[
        overload!([DIGEST, PERCENTILE] -> Dynamic, percentile),
        Overload {
            parameters: &[
                DIGEST,
                PERCENTILE,
                parameter_of("type", TypeLiteral).literal().describe("The type of the result, such as `typeof(long)`."),
            ],
            returns: ReturnType::Literal(2),
            kernel: Kernel::Vectorized(percentile_as_text),
        },
    ],
    result_name: ResultName::NameAndFirstArgument,
    deterministic: true,
    examples: &[
        example("range x from 1 to 20 step 1 | summarize t = tdigest(x) | project percentile_tdigest(t, 75)", "15"),
        example(
            "range x from 1 to 20 step 1 | summarize t = tdigest(x * 1h) | project percentile_tdigest(t, 50, typeof(timespan))",
            "10:00:00",
        ),
    ],
};

const PERCENTILES_ARRAY_TDIGEST: Function = Function {
    name: "percentiles_array_tdigest",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives several percentiles of the values that a digest of `tdigest` has seen.",
        returns: "An array of the values, in the order of the percentages; null for a digest of no values and for what is no digest.",
        notes: NEAREST_RANK,
        page: "",
    },
    overloads: &[
        overload!([DIGEST, PERCENTILE.repeated()] -> Dynamic, percentiles_array),
        overload!(
            [DIGEST, parameter_of("percentiles", DynamicArray).describe("An array of percentages.")] -> Dynamic,
            percentiles_array
        ),
    ],
    result_name: ResultName::PrefixAndFirstArgument("percentile_tdigest"),
    deterministic: true,
    examples: &[
        example(
            "range x from 1 to 20 step 1 | summarize t = tdigest(x) | project percentiles_array_tdigest(t, 25, 50)",
            "[5,10]",
        ),
        example(
            "range x from 1 to 20 step 1 | summarize t = tdigest(x) | project percentiles_array_tdigest(t, dynamic([0, 100]))",
            "[1,20]",
        ),
    ],
};

const RANK_TDIGEST: Function = Function {
    name: "rank_tdigest",
    aliases: &[],
    documentation: Documentation {
        summary: "Counts the values in a digest of `tdigest` that are less or equal to a value.",
        returns: "The rank as a real; null for null and for what is no digest.",
        notes: "Exact for up to 2048 different values, else an estimate.",
        page: "rank-tdigest-function",
    },
    overloads: &[overload!([DIGEST, VALUE] -> Real, |arguments| ranks(arguments, |rank, _| rank))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "range x from 1 to 1000 step 1 | summarize t = tdigest(x) | project rank_tdigest(t, 685)",
        "685.0",
    )],
};

const PERCENTRANK_TDIGEST: Function = Function {
    name: "percentrank_tdigest",
    aliases: &[],
    documentation: Documentation {
        summary: "Gives the percentage of the values in a digest of `tdigest` that are less or equal to a value.",
        returns: "A real from 0 to 100; null for null, for a digest of no values and for what is no digest.",
        notes: "Exact for up to 2048 different values, else an estimate.",
        page: "percentrank-tdigest-function",
    },
    overloads: &[overload!([DIGEST, VALUE] -> Real, |arguments| ranks(arguments, |rank, count| rank * 100.0 / count))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "range x from 1 to 1000 step 1 | summarize t = tdigest(x) | project percentrank_tdigest(t, 685)",
        "68.5",
    )],
};

const TDIGEST_MERGE: Function = Function {
    name: "tdigest_merge",
    aliases: &[Alias { name: "merge_tdigest", deprecated: false }],
    documentation: Documentation {
        summary: "Merges digests of `tdigest` into one.",
        returns: "A digest of all values that any of them has seen; null when none of the arguments is a digest.",
        notes: "The aggregate of the same name merges the digests of many rows.",
        page: "merge-tdigest-function",
    },
    overloads: &[overload!([DIGEST, DIGEST.repeated()] -> Dynamic, merge)],
    result_name: ResultName::PrefixOnly("tdigests_merge_result"),
    deterministic: true,
    examples: &[example(
        "range x from 1 to 10 step 1 | summarize a = tdigest(x), b = tdigest(x + 10) | project percentile_tdigest(merge_tdigest(a, b), 100, typeof(long))",
        "20",
    )],
};

const TDIGEST_ISVALID: Function = Function {
    name: "tdigest_isvalid",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether a value is a digest of `tdigest`.",
        returns: "A bool.",
        notes: "The second argument has no effect.",
        page: "",
    },
    overloads: &[overload!(
        [DIGEST, parameter_of("value", Scalar).describe("Evaluated, and of no effect.")] -> Bool,
        is_valid
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print tdigest_isvalid(dynamic([[7],[1.5],[1]]), 0)", "True")],
};

/// The digests of an argument; a constant is read once.
struct Digests<'a> {
    texts: Strings<'a>,
    constant: Option<Option<Digest>>,
}

impl<'a> Digests<'a> {
    fn of(arguments: &Arguments<'a>, position: usize) -> Result<Digests<'a>, KernelError> {
        let texts = arguments.strings(position)?;
        let constant = (texts.is_constant() && arguments.rows() > 0).then(|| read(texts, 0));
        Ok(Digests { texts, constant })
    }

    fn get(&self, row: usize) -> Option<Digest> {
        self.constant.clone().unwrap_or_else(|| read(self.texts, row))
    }
}

fn read(texts: Strings<'_>, row: usize) -> Option<Digest> {
    Digest::read(Dynamic::new(texts.get(row)?))
}

fn percentile(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (digests, percentiles) = (Digests::of(arguments, 0)?, arguments.primitives::<Float64Type>(1)?);
    output::dynamics(arguments.rows(), |row, out| {
        let (Some(digest), Some(percentile)) = (digests.get(row), percentiles.get(row)) else { return Ok(false) };
        Ok(digest.write_percentile(percentile, &mut Builder::new(out)))
    })
}

fn percentile_as_text(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (digests, percentiles) = (Digests::of(arguments, 0)?, arguments.primitives::<Float64Type>(1)?);
    let mut json = String::new();
    output::strings(arguments.rows(), |row, out| {
        let (Some(digest), Some(percentile)) = (digests.get(row), percentiles.get(row)) else { return Ok(()) };
        json.clear();
        digest.write_percentile(percentile, &mut Builder::new(&mut json));
        // Times stand in quotes, and need no escapes.
        out.push_str(json.trim_matches('"'));
        Ok(())
    })
}

fn percentiles_array(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let digests = Digests::of(arguments, 0)?;
    let in_array = arguments.get(1)?.array().data_type() == &DataType::Utf8View;
    let array = if in_array { Some(arguments.strings(1)?) } else { None };
    let columns = if in_array { 1..1 } else { 1..arguments.len() };
    let columns: Vec<_> =
        columns.map(|position| arguments.primitives::<Float64Type>(position)).collect::<Result<_, _>>()?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(digest) = digests.get(row).filter(|digest| digest.count() > 0.0) else { return Ok(false) };
        let asked: Vec<Option<f64>> = match &array {
            Some(array) => match array.get(row) {
                Some(array) => Dynamic::new(array).elements().map(Dynamic::as_f64).collect(),
                None => return Ok(false),
            },
            None => columns.iter().map(|column| column.get(row)).collect(),
        };
        let mut builder = Builder::new(out);
        builder.begin_array();
        for percentile in asked {
            match percentile {
                Some(percentile) => {
                    digest.write_percentile(percentile, &mut builder);
                }
                None => builder.null(),
            }
        }
        builder.end_array();
        Ok(true)
    })
}

/// `give(rank, count)` of every value in its digest.
fn ranks(arguments: &Arguments<'_>, give: fn(f64, f64) -> f64) -> Result<ArrayRef, KernelError> {
    let digests = Digests::of(arguments, 0)?;
    let values = arguments.expanded(1)?;
    let rank = |row: usize| {
        if values.is_null(row) {
            return None;
        }
        let digest = digests.get(row)?;
        let rank = match values.data_type() {
            DataType::Int32 => digest.rank_whole(i64::from(values.as_primitive::<Int32Type>().value(row))),
            DataType::Int64 => digest.rank_whole(values.as_primitive::<Int64Type>().value(row)),
            DataType::Float64 => digest.rank_real(values.as_primitive::<Float64Type>().value(row)),
            DataType::Utf8View => match Dynamic::new(values.as_string_view().value(row)) {
                value if value.as_i64().is_some() => digest.rank_whole(value.as_i64()?),
                value => digest.rank_real(value.as_f64()?),
            },
            _ => return None,
        };
        let given = give(rank, digest.count());
        (!given.is_nan()).then_some(given)
    };
    Ok(Arc::new((0..arguments.rows()).map(rank).collect::<Float64Array>()))
}

fn merge(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let columns: Vec<_> = (0..arguments.len()).map(|position| arguments.strings(position)).collect::<Result<_, _>>()?;
    output::dynamics(arguments.rows(), |row, out| {
        let mut merged: Option<Digest> = None;
        for digest in columns.iter().filter_map(|column| read(*column, row)) {
            match &mut merged {
                Some(merged) => merged.merge(&digest),
                None => merged = Some(digest),
            }
        }
        merged.iter().for_each(|merged| merged.write(out));
        Ok(merged.is_some())
    })
}

fn is_valid(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let digests = Digests::of(arguments, 0)?;
    Ok(output::bools(arguments.rows(), |row| Some(digests.get(row).is_some())))
}
