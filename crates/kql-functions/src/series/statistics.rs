//! `series_stats` and `series_stats_dynamic`.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::Builder;

use super::{Series, series};
use crate::documentation::example;
use crate::overload::{overload, several};
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultColumn, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[SERIES_STATS, SERIES_STATS_DYNAMIC];

const SERIES: Parameter = series("series").describe("An array of numbers.");
const IGNORE_NONFINITE: Parameter = parameter("ignore_nonfinite", ScalarType::Bool)
    .constant()
    .optional()
    .describe("Whether to pass over elements that are missing or not finite; without it they make everything null.");

const STATS: &[ResultColumn] = &[
    ("min", ScalarType::Real),
    ("min_idx", ScalarType::Long),
    ("max", ScalarType::Real),
    ("max_idx", ScalarType::Long),
    ("avg", ScalarType::Real),
    ("stdev", ScalarType::Real),
    ("variance", ScalarType::Real),
];

const SERIES_STATS: Function = Function {
    name: "series_stats",
    aliases: &[],
    documentation: Documentation {
        summary: "Statistics of a series, a column each.",
        returns: "The columns `min`, `min_idx`, `max`, `max_idx`, `avg`, `stdev` and `variance` (of a sample); nulls when the \
                  value is no array, is empty or has an element that is not finite.",
        notes: "",
        page: "series-stats-function",
    },
    overloads: &[several!([SERIES, IGNORE_NONFINITE] -> STATS, series_stats)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_stats(dynamic([3, 1, 2]))", "1.0"),
        example("print x = series_stats(dynamic([3, 1, 2]))[1]", "1"),
    ],
};

const SERIES_STATS_DYNAMIC: Function = Function {
    name: "series_stats_dynamic",
    aliases: &[],
    documentation: Documentation {
        summary: "Statistics of a series in a property bag.",
        returns: "A bag with `min`, `min_idx`, `max`, `max_idx`, `avg`, `stdev`, `variance`, `sum` and `len`; null when the \
                  value is no array, is empty or has an element that is not finite.",
        notes: "",
        page: "series-stats-dynamic-function",
    },
    overloads: &[overload!([SERIES, IGNORE_NONFINITE] -> Dynamic, series_stats_dynamic)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print x = series_stats_dynamic(dynamic([3, 1, 2]))",
        "{\"min\":1.0,\"min_idx\":1,\"max\":3.0,\"max_idx\":0,\"avg\":2.0,\"stdev\":1.0,\"variance\":1.0,\"sum\":6.0,\"len\":3}",
    )],
};

/// What there is to say about a series.
#[derive(Clone, Copy, Debug)]
struct Stats {
    least: (usize, f64),
    greatest: (usize, f64),
    sum: f64,
    variance: f64,
    count: usize,
    length: usize,
}

impl Stats {
    fn new(elements: &[f64], ignore_nonfinite: bool) -> Option<Stats> {
        if !ignore_nonfinite && elements.iter().any(|element| !element.is_finite()) {
            return None;
        }
        let finite = || elements.iter().copied().enumerate().filter(|(_, element)| element.is_finite());
        let first = finite().next()?;
        let least = finite().fold(first, |least, next| if next.1 < least.1 { next } else { least });
        let greatest = finite().fold(first, |greatest, next| if next.1 > greatest.1 { next } else { greatest });
        let count = finite().count();
        let sum: f64 = finite().map(|(_, element)| element).sum();
        let mean = sum / count as f64;
        let squares: f64 = finite().map(|(_, element)| (element - mean) * (element - mean)).sum();
        let variance = if count > 1 { squares / (count - 1) as f64 } else { 0.0 };
        Some(Stats { least, greatest, sum, variance, count, length: elements.len() })
    }

    fn mean(&self) -> f64 {
        self.sum / self.count as f64
    }
}

fn ignores_nonfinite(arguments: &Arguments<'_>) -> Result<bool, KernelError> {
    Ok(arguments.len() > 1 && arguments.bools(1)?.get(0).unwrap_or(false))
}

fn series_stats(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut series = Series::new(arguments, 0)?;
    let ignore_nonfinite = ignores_nonfinite(arguments)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(stats) = series.array(row).and_then(|elements| Stats::new(elements, ignore_nonfinite)) else {
            return Ok(false);
        };
        let mut builder = Builder::new(out);
        builder.begin_array();
        for (index, value) in [stats.least, stats.greatest] {
            builder.real(value);
            builder.long(index as i64);
        }
        builder.real(stats.mean());
        builder.real(stats.variance.sqrt());
        builder.real(stats.variance);
        builder.end_array();
        Ok(true)
    })
}

fn series_stats_dynamic(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut series = Series::new(arguments, 0)?;
    let ignore_nonfinite = ignores_nonfinite(arguments)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(stats) = series.array(row).and_then(|elements| Stats::new(elements, ignore_nonfinite)) else {
            return Ok(false);
        };
        let mut builder = Builder::new(out);
        builder.begin_bag();
        for ((index, value), value_key, index_key) in
            [(stats.least, "min", "min_idx"), (stats.greatest, "max", "max_idx")]
        {
            builder.key(value_key);
            builder.real(value);
            builder.key(index_key);
            builder.long(index as i64);
        }
        let rest =
            [("avg", stats.mean()), ("stdev", stats.variance.sqrt()), ("variance", stats.variance), ("sum", stats.sum)];
        for (key, value) in rest {
            builder.key(key);
            builder.real(value);
        }
        builder.key("len");
        builder.long(stats.length as i64);
        builder.end_bag();
        Ok(true)
    })
}
