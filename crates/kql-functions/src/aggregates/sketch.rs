//! `hll`, `tdigest` and the aggregates that merge what they give. Their states are their results.

use std::marker::PhantomData;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, StringViewBuilder};
use arrow::datatypes::{DataType, Float64Type, Int64Type};
use kql_types::ScalarType;
use kql_types::dynamic::Dynamic;

use super::{Aggregation, If, column, kernel, primitives, take_groups, texts, unexpected};
use crate::aggregate::{AggregateKernel, AggregateOverload, AggregateReturn, Groups};
use crate::documentation::example;
use crate::function::Alias;
use crate::hash::{hash, hashes};
use crate::signature::{parameter, parameter_of};
use crate::sketch::digest::{Digest, ValueKind};
use crate::sketch::distinct::DistinctSketch;
use crate::sketch::registers::precision;
use crate::{
    Aggregate, Documentation, GroupAccumulator, KernelError, Parameter, ParameterType, PassedAs, ResultName, ReturnType,
};

/// The aggregates of this family.
pub static AGGREGATES: &[Aggregate] = &[HLL, HLL_IF, HLL_MERGE, TDIGEST, TDIGEST_MERGE];

const DYNAMIC: AggregateReturn = AggregateReturn::One(ReturnType::Type(ScalarType::Dynamic));

const fn overload(parameters: &'static [Parameter], kernel: AggregateKernel) -> AggregateOverload {
    AggregateOverload { parameters, returns: DYNAMIC, kernel }
}

const VALUES: &str = "The values to tell apart; nulls are passed over.";
const OF_DYNAMIC: Parameter = parameter_of("expr", ParameterType::OneOf(&[ScalarType::Dynamic])).describe(VALUES);
const OF_SCALAR: Parameter = parameter_of("expr", ParameterType::NotRealOrBool).describe(VALUES);
const PREDICATE: Parameter =
    parameter("predicate", ScalarType::Bool).describe("Only the rows for which this is true count; null is not true.");
const ACCURACY: Parameter = parameter_of("accuracy", ParameterType::Integer)
    .passed_as(PassedAs::Converted(ScalarType::Long))
    .constant()
    .optional()
    .describe("How good the estimate is, from 0 (1.6 % off) over 1 (0.8 %, unless said) to 4 (0.2 %).");
const HLL_RETURNS: &str =
    "A `dynamic` for `dcount_hll` and `hll_merge`: `[[most hashes, precision], [hash, …], [registers]]`.";
const HLL_NOTES: &str = "Up to 1024 different values (with the usual accuracy) are told apart exactly. Kusto's own sketches of as few values can be read too.";

const HLL: Aggregate = Aggregate {
    name: "hll",
    aliases: &[],
    documentation: Documentation {
        summary: "A sketch of the distinct values of each group, to be counted or merged later.",
        returns: HLL_RETURNS,
        notes: HLL_NOTES,
        page: "hll-aggregation-function",
    },
    overloads: &[
        overload(&[OF_DYNAMIC, ACCURACY], kernel::<Distinct<OfDynamics>>()),
        overload(&[OF_SCALAR, ACCURACY], kernel::<Distinct<OfScalars>>()),
    ],
    result_name: ResultName::PrefixAndFirstArgument("hll"),
    examples: &[
        example("print x = 0 | summarize hll(x)", "[[1024,14],[\"3803688792395291579\"],[]]"),
        example("range x from 1 to 9 step 1 | summarize h = hll(x % 4) | project dcount_hll(h)", "4"),
    ],
};

const HLL_IF: Aggregate = Aggregate {
    name: "hll_if",
    aliases: &[],
    documentation: Documentation {
        summary: "A sketch of the distinct values of each group in the rows for which a predicate is true.",
        returns: HLL_RETURNS,
        notes: HLL_NOTES,
        page: "hll-if-aggregation-function",
    },
    overloads: &[
        overload(&[OF_DYNAMIC, PREDICATE, ACCURACY], kernel::<If<Distinct<OfDynamics>, 1>>()),
        overload(&[OF_SCALAR, PREDICATE, ACCURACY], kernel::<If<Distinct<OfScalars>, 1>>()),
    ],
    result_name: ResultName::PrefixAndFirstArgument("hll_if"),
    examples: &[example("range x from 1 to 9 step 1 | summarize h = hll_if(x, x > 6) | project dcount_hll(h)", "3")],
};

const HLL_MERGE: Aggregate = Aggregate {
    name: "hll_merge",
    aliases: &[],
    documentation: Documentation {
        summary: "Merges the sketches of `hll` of each group.",
        returns: HLL_RETURNS,
        notes: "What is no sketch is passed over. Of different accuracies the lowest is kept.",
        page: "hll-merge-aggregation-function",
    },
    overloads: &[overload(
        &[parameter_of("hll", ParameterType::DynamicArray).describe("The sketches.")],
        kernel::<Distinct<OfSketches>>(),
    )],
    result_name: ResultName::PrefixAndFirstArgument("hll_merge"),
    examples: &[example(
        "range x from 1 to 9 step 1 | summarize h = hll(x % 4) by x % 2 | summarize m = hll_merge(h) | project dcount_hll(m)",
        "4",
    )],
};

const WEIGHT: Parameter = parameter_of("weight", ParameterType::Integer)
    .passed_as(PassedAs::Converted(ScalarType::Long))
    .optional()
    .describe("How many times the value counts; 1 unless given.");
const MEASURED: &str = "The values; nulls are passed over.";
const WHOLE: Parameter =
    parameter_of("expr", ParameterType::Integer).passed_as(PassedAs::Converted(ScalarType::Long)).describe(MEASURED);
const REAL: Parameter = parameter_of("expr", ParameterType::OneOf(&[ScalarType::Real, ScalarType::Decimal]))
    .passed_as(PassedAs::Converted(ScalarType::Real))
    .describe(MEASURED);
const DATETIME: Parameter = parameter_of("expr", ParameterType::OneOf(&[ScalarType::DateTime])).describe(MEASURED);
const TIMESPAN: Parameter = parameter_of("expr", ParameterType::OneOf(&[ScalarType::TimeSpan])).describe(MEASURED);
const TDIGEST_RETURNS: &str =
    "A `dynamic` for `percentile_tdigest`, `rank_tdigest` and `tdigest_merge`: `[[7], [value, …], [weight, …]]`.";

const TDIGEST: Aggregate = Aggregate {
    name: "tdigest",
    aliases: &[],
    documentation: Documentation {
        summary: "A digest of the values of each group, from which percentiles are taken later.",
        returns: TDIGEST_RETURNS,
        notes: "Up to 2048 different values are all kept; of more, neighbours are merged.",
        page: "tdigest-aggregation-function",
    },
    overloads: &[
        overload(&[WHOLE, WEIGHT], kernel::<Digests<Longs>>()),
        overload(&[REAL, WEIGHT], kernel::<Digests<Reals>>()),
        overload(&[DATETIME, WEIGHT], kernel::<Digests<DateTimes>>()),
        overload(&[TIMESPAN, WEIGHT], kernel::<Digests<TimeSpans>>()),
    ],
    result_name: ResultName::PrefixAndFirstArgument("tdigest"),
    examples: &[
        example("range x from 1 to 4 step 1 | summarize tdigest(x % 2)", "[[7],[0,1],[2,2]]"),
        example(
            "datatable(v: real, w: long)[1.0, 1, 2.0, 2] | summarize t = tdigest(v, w) | project percentile_tdigest(t, 50)",
            "2.0",
        ),
    ],
};

const TDIGEST_MERGE: Aggregate = Aggregate {
    name: "tdigest_merge",
    aliases: &[Alias { name: "merge_tdigest", deprecated: false }],
    documentation: Documentation {
        summary: "Merges the digests of `tdigest` of each group.",
        returns: TDIGEST_RETURNS,
        notes: "What is no digest is passed over. The digests of a group should be of one type.",
        page: "tdigest-merge-aggregation-function",
    },
    overloads: &[overload(
        &[parameter_of("tdigest", ParameterType::DynamicArray).describe("The digests.")],
        kernel::<Digests<OfDigests>>(),
    )],
    result_name: ResultName::PrefixAndFirstArgument("merge_tdigests"),
    examples: &[example(
        "range x from 1 to 4 step 1 | summarize t = tdigest(x) by x % 2 | summarize tdigest_merge(t)",
        "[[7],[1,2,3,4],[1,1,1,1]]",
    )],
};

/// What can be written as a `dynamic`, read again and merged.
trait Sketch: Clone + Send + 'static {
    /// A sketch of nothing.
    fn empty() -> Self;
    fn read(value: Dynamic<'_>) -> Option<Self>;
    fn write(&self, out: &mut String);
    fn merge(&mut self, other: &Self);
    fn size(&self) -> usize;
}

impl Sketch for DistinctSketch {
    fn empty() -> DistinctSketch {
        DistinctSketch::default()
    }

    fn read(value: Dynamic<'_>) -> Option<DistinctSketch> {
        DistinctSketch::read(value)
    }

    fn write(&self, out: &mut String) {
        DistinctSketch::write(self, out);
    }

    fn merge(&mut self, other: &DistinctSketch) {
        DistinctSketch::merge(self, other);
    }

    fn size(&self) -> usize {
        DistinctSketch::size(self)
    }
}

impl Sketch for Digest {
    fn empty() -> Digest {
        Digest::new(ValueKind::Long)
    }

    fn read(value: Dynamic<'_>) -> Option<Digest> {
        Digest::read(value)
    }

    fn write(&self, out: &mut String) {
        Digest::write(self, out);
    }

    fn merge(&mut self, other: &Digest) {
        Digest::merge(self, other);
    }

    fn size(&self) -> usize {
        Digest::size(self)
    }
}

/// How rows come into the sketches of their groups; those are `None` until then.
trait Intake: Send + 'static {
    type Sketch: Sketch;

    fn take_in(
        arguments: &[ArrayRef],
        groups: &[usize],
        sketches: &mut [Option<Self::Sketch>],
    ) -> Result<(), KernelError>;
}

/// `hll` and `hll_merge`.
struct Distinct<I>(PhantomData<I>);
/// `tdigest` and `tdigest_merge`.
struct Digests<I>(PhantomData<I>);

macro_rules! aggregation {
    ($name:ident, $sketch:ty) => {
        impl<I: Intake<Sketch = $sketch>> Aggregation for $name<I> {
            fn accumulator(_: &[DataType]) -> Result<Box<dyn GroupAccumulator>, KernelError> {
                Ok(Box::new(SketchAccumulator::<I> { sketches: Vec::new() }))
            }

            fn state(_: &[DataType]) -> Vec<DataType> {
                vec![DataType::Utf8View]
            }

            fn output(_: &[DataType]) -> DataType {
                DataType::Utf8View
            }
        }
    };
}

aggregation!(Distinct, DistinctSketch);
aggregation!(Digests, Digest);

struct SketchAccumulator<I: Intake> {
    sketches: Vec<Option<I::Sketch>>,
}

impl<I: Intake> SketchAccumulator<I> {
    fn resize(&mut self, group_count: usize) {
        if self.sketches.len() < group_count {
            self.sketches.resize(group_count, None);
        }
    }

    /// The sketches as text; where nothing came in, null or the sketch of nothing.
    fn take(&mut self, groups: Groups, or_null: bool) -> Result<ArrayRef, KernelError> {
        let taken = take_groups(&mut self.sketches, groups);
        let mut builder = StringViewBuilder::with_capacity(taken.len());
        let mut text = String::new();
        for sketch in taken {
            if sketch.is_none() && or_null {
                builder.append_null();
                continue;
            }
            text.clear();
            sketch.unwrap_or_else(I::Sketch::empty).write(&mut text);
            builder.try_append_value(&text)?;
        }
        Ok(Arc::new(builder.finish()))
    }
}

impl<I: Intake> GroupAccumulator for SketchAccumulator<I> {
    fn update(&mut self, arguments: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.resize(group_count);
        I::take_in(arguments, groups, &mut self.sketches)
    }

    fn merge(&mut self, states: &[ArrayRef], groups: &[usize], group_count: usize) -> Result<(), KernelError> {
        self.resize(group_count);
        merge_all(states, groups, &mut self.sketches)
    }

    fn state(&mut self, groups: Groups) -> Result<Vec<ArrayRef>, KernelError> {
        Ok(vec![self.take(groups, true)?])
    }

    fn evaluate(&mut self, groups: Groups) -> Result<ArrayRef, KernelError> {
        self.take(groups, false)
    }

    fn size(&self) -> usize {
        let held: usize = self.sketches.iter().flatten().map(Sketch::size).sum();
        size_of::<Self>() + self.sketches.capacity() * size_of::<Option<I::Sketch>>() + held
    }
}

/// Merges the sketches that a column holds into those of their groups.
fn merge_all<S: Sketch>(columns: &[ArrayRef], groups: &[usize], sketches: &mut [Option<S>]) -> Result<(), KernelError> {
    let values = texts(columns, 0)?;
    for (value, &group) in values.iter().zip(groups) {
        if let (Some(other), Some(sketch)) =
            (value.and_then(|value| S::read(Dynamic::new(value))), sketches.get_mut(group))
        {
            match sketch {
                Some(sketch) => sketch.merge(&other),
                None => *sketch = Some(other),
            }
        }
    }
    Ok(())
}

/// Rows hold sketches.
struct OfSketches;
/// Rows hold digests.
struct OfDigests;
/// Rows hold scalars.
struct OfScalars;
/// Rows hold `dynamic` values.
struct OfDynamics;

impl Intake for OfSketches {
    type Sketch = DistinctSketch;

    fn take_in(
        arguments: &[ArrayRef],
        groups: &[usize],
        sketches: &mut [Option<DistinctSketch>],
    ) -> Result<(), KernelError> {
        merge_all(arguments, groups, sketches)
    }
}

impl Intake for OfDigests {
    type Sketch = Digest;

    fn take_in(arguments: &[ArrayRef], groups: &[usize], sketches: &mut [Option<Digest>]) -> Result<(), KernelError> {
        merge_all(arguments, groups, sketches)
    }
}

/// An empty sketch of the accuracy that the second argument names.
fn of_accuracy(arguments: &[ArrayRef]) -> Result<DistinctSketch, KernelError> {
    match arguments.get(1) {
        Some(_) => match primitives::<Int64Type>(arguments, 1)?.iter().flatten().next() {
            Some(accuracy) => Ok(DistinctSketch::new(precision(accuracy)?)),
            None => Ok(DistinctSketch::default()),
        },
        None => Ok(DistinctSketch::default()),
    }
}

impl Intake for OfScalars {
    type Sketch = DistinctSketch;

    fn take_in(
        arguments: &[ArrayRef],
        groups: &[usize],
        sketches: &mut [Option<DistinctSketch>],
    ) -> Result<(), KernelError> {
        let empty = of_accuracy(arguments)?;
        let hashes = hashes(column(arguments, 0)?.as_ref())?;
        for (hash, &group) in hashes.into_iter().zip(groups) {
            if let (Some(hash), Some(sketch)) = (hash, sketches.get_mut(group)) {
                sketch.get_or_insert_with(|| empty.clone()).add(hash);
            }
        }
        Ok(())
    }
}

impl Intake for OfDynamics {
    type Sketch = DistinctSketch;

    fn take_in(
        arguments: &[ArrayRef],
        groups: &[usize],
        sketches: &mut [Option<DistinctSketch>],
    ) -> Result<(), KernelError> {
        let empty = of_accuracy(arguments)?;
        let mut canonical = String::new();
        for (value, &group) in texts(arguments, 0)?.iter().zip(groups) {
            let Some(value) = value.map(Dynamic::new).filter(|value| !value.is_null()) else { continue };
            canonical.clear();
            value.write_canonical(&mut canonical);
            if let Some(sketch) = sketches.get_mut(group) {
                sketch.get_or_insert_with(|| empty.clone()).add(hash(canonical.as_bytes()));
            }
        }
        Ok(())
    }
}

struct Longs;
struct Reals;
struct DateTimes;
struct TimeSpans;

macro_rules! digested {
    ($name:ident, $arrow:ident, $add:ident, $kind:ident) => {
        impl Intake for $name {
            type Sketch = Digest;

            fn take_in(
                arguments: &[ArrayRef],
                groups: &[usize],
                sketches: &mut [Option<Digest>],
            ) -> Result<(), KernelError> {
                let values = primitives::<$arrow>(arguments, 0)?;
                let weights = if arguments.len() > 1 { Some(primitives::<Int64Type>(arguments, 1)?) } else { None };
                if weights.is_some_and(|weights| weights.len() != values.len()) {
                    return Err(unexpected(values.data_type()));
                }
                for (row, (value, &group)) in values.iter().zip(groups).enumerate() {
                    let weight = match weights {
                        Some(weights) if weights.is_null(row) => 0,
                        Some(weights) => weights.value(row),
                        None => 1,
                    };
                    if let (Some(value), Some(sketch)) = (value, sketches.get_mut(group)) {
                        sketch.get_or_insert_with(|| Digest::new(ValueKind::$kind)).$add(value, weight);
                    }
                }
                Ok(())
            }
        }
    };
}

digested!(Longs, Int64Type, add_whole, Long);
digested!(Reals, Float64Type, add_real, Real);
digested!(DateTimes, Int64Type, add_whole, DateTime);
digested!(TimeSpans, Int64Type, add_whole, TimeSpan);
