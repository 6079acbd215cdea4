//! What a series is made of: `series_seasonal`, `series_decompose`, `series_decompose_forecast` and
//! `series_decompose_anomalies`.

use arrow::array::ArrayRef;
use arrow::datatypes::{Float64Type, Int64Type};
use kql_types::ScalarType::{self, Dynamic};
use kql_types::dynamic::Builder;

use super::fit::line_through;
use super::outliers::Fences;
use super::periods::periods;
use super::{Element, Series, series, write_reals};
use crate::argument::{Primitives, Strings};
use crate::documentation::example;
use crate::overload::{integer, number_as_real, overload, several};
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultColumn, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] =
    &[SERIES_SEASONAL, SERIES_DECOMPOSE, SERIES_DECOMPOSE_FORECAST, SERIES_DECOMPOSE_ANOMALIES];

const SERIES: Parameter = series("series").describe("An array of numbers, at equal distances.");
const PERIOD: Parameter = integer("period").describe("The period in points; -1 finds it, 0 is none.");
const TREND: Parameter = parameter("trend", ScalarType::String)
    .describe("`\"avg\"`, the average (as without it), `\"linefit\"`, a line, or `\"none\"`.");
const TEST_POINTS: Parameter = integer("test_points").describe("How many points at the end are not learned from.");
const THRESHOLD: Parameter =
    number_as_real("seasonality_threshold").describe("The least score of a period that is found, 0.6 without it.");

const COMPONENTS: &[ResultColumn] =
    &[("baseline", Dynamic), ("seasonal", Dynamic), ("trend", Dynamic), ("residual", Dynamic)];
const ANOMALIES: &[ResultColumn] = &[("ad_flag", Dynamic), ("ad_score", Dynamic), ("baseline", Dynamic)];

const SERIES_SEASONAL: Function = Function {
    name: "series_seasonal",
    aliases: &[],
    documentation: Documentation {
        summary: "The seasonal component of a series: at each point the median of all points in the same phase of the period.",
        returns: "An array of reals; zeros when there is no period. Null when the value is no array.",
        notes: "Without a period one is looked for, of a score of at least 0.7.",
        page: "series-seasonal-function",
    },
    overloads: &[
        overload!([SERIES] -> Dynamic, series_seasonal),
        overload!([SERIES, PERIOD] -> Dynamic, series_seasonal),
        overload!([SERIES, PERIOD, TEST_POINTS] -> Dynamic, series_seasonal),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_seasonal(dynamic([1, 5, 2, 5, 1, 8]), 2)", "[1.0,5.0,1.0,5.0,1.0,5.0]"),
        example("print x = series_seasonal(dynamic([1, 5, 2, 5]))", "[0.0,0.0,0.0,0.0]"),
    ],
};

const SERIES_DECOMPOSE: Function = Function {
    name: "series_decompose",
    aliases: &[],
    documentation: Documentation {
        summary: "Takes a series apart into a seasonal component, a trend and what is left.",
        returns: "The columns `baseline` (the sum of the next two), `seasonal`, `trend` and `residual` (the series less the \
                  baseline), each an array of reals. Nulls when the value is no array.",
        notes: "The trend is that of the series without its seasonal component.",
        page: "series-decompose-function",
    },
    overloads: &[several!(
        [SERIES, PERIOD.optional(), TREND.optional(), TEST_POINTS.optional(), THRESHOLD.optional()] -> COMPONENTS,
        |arguments| decompose(arguments, Positions { period: 1, trend: 2, test_points: 3, threshold: 4 })
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_decompose(dynamic([1, 3, 1, 3, 1, 9]), 2)", "[2.0,4.0,2.0,4.0,2.0,4.0]"),
        example("print x = series_decompose(dynamic([1, 3, 5]), 0, 'linefit')[3]", "[0.0,0.0,0.0]"),
    ],
};

const SERIES_DECOMPOSE_FORECAST: Function = Function {
    name: "series_decompose_forecast",
    aliases: &[],
    documentation: Documentation {
        summary: "Forecasts the last points of a series from its seasonal component and its trend.",
        returns: "The columns `baseline` (the forecast), `seasonal`, `trend` and `residual`, each an array of reals as long as \
                  the series. Nulls when the value is no array.",
        notes: "The points that are forecast are not learned from.",
        page: "series-decompose-forecast-function",
    },
    overloads: &[several!(
        [
            SERIES,
            integer("test_points").describe("How many points at the end to forecast."),
            PERIOD.optional(),
            TREND.optional(),
            THRESHOLD.optional(),
        ] -> COMPONENTS,
        |arguments| decompose(arguments, Positions { test_points: 1, period: 2, trend: 3, threshold: 4 })
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example(
        "print x = series_decompose_forecast(dynamic([1, 2, 3, 0, 0]), 2, 0, 'linefit')",
        "[1.0,2.0,3.0,4.0,5.0]",
    )],
};

const SERIES_DECOMPOSE_ANOMALIES: Function = Function {
    name: "series_decompose_anomalies",
    aliases: &[],
    documentation: Documentation {
        summary: "Finds the anomalies of a series: points that its seasonal component and its trend do not explain.",
        returns: "The columns `ad_flag` (1 for a rise, -1 for a decline, else 0), `ad_score` (as `series_outliers` scores the \
                  residuals) and `baseline` (what was to be expected), each an array. Nulls when the value is no array.",
        notes: "",
        page: "series-decompose-anomalies-function",
    },
    overloads: &[several!(
        [
            SERIES,
            number_as_real("threshold").optional().describe("The score beyond which a point is an anomaly, 1.5 without it."),
            PERIOD.optional(),
            TREND.optional(),
            TEST_POINTS.optional(),
            parameter("method", ScalarType::String)
                .optional()
                .describe("`\"ctukey\"`, fences at the percentiles 10 and 90 (as without it), or `\"tukey\"`, at the quartiles."),
            THRESHOLD.optional(),
        ] -> ANOMALIES,
        anomalies
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print x = series_decompose_anomalies(dynamic([1, 2, 1, 2, 1, 2, 1, 2, 1, 90, 1, 2]))",
            "[0,0,0,0,0,0,0,0,0,1,0,0]",
        ),
        example(
            "print x = series_decompose_anomalies(dynamic([1, 2, 6, 7]), 1.5, 0, 'avg', 0, 'tukey')[2]",
            "[4.0,4.0,4.0,4.0]",
        ),
    ],
};

/// The least score of a period that `series_seasonal` takes.
const SEASONAL_SCORE: f64 = 0.7;
/// The least score of a period that the decomposition takes.
const DECOMPOSED_SCORE: f64 = 0.6;
/// The score beyond which a point is an anomaly.
const ANOMALY_SCORE: f64 = 1.5;

/// At which positions a function has its arguments.
#[derive(Clone, Copy, Debug)]
struct Positions {
    period: usize,
    trend: usize,
    test_points: usize,
    threshold: usize,
}

/// How to take a series apart, row by row.
struct Settings<'a> {
    period: Option<Primitives<'a, Int64Type>>,
    trend: Option<Strings<'a>>,
    test_points: Option<Primitives<'a, Int64Type>>,
    threshold: Option<Primitives<'a, Float64Type>>,
}

impl<'a> Settings<'a> {
    fn new(arguments: &Arguments<'a>, positions: Positions) -> Result<Settings<'a>, KernelError> {
        let integer = |position| match position < arguments.len() {
            true => arguments.primitives::<Int64Type>(position).map(Some),
            false => Ok(None),
        };
        Ok(Settings {
            period: integer(positions.period)?,
            trend: if positions.trend < arguments.len() { Some(arguments.strings(positions.trend)?) } else { None },
            test_points: integer(positions.test_points)?,
            threshold: real(arguments, positions.threshold)?,
        })
    }

    /// How many points of a series are learned from.
    fn learned(&self, row: usize, points: &[f64]) -> usize {
        let test = self.test_points.as_ref().and_then(|points| points.get(row)).unwrap_or(0);
        points.len().saturating_sub(usize::try_from(test).unwrap_or(0))
    }

    fn components(&self, row: usize, points: &[f64]) -> Result<Components, KernelError> {
        let period = self.period.as_ref().and_then(|period| period.get(row)).unwrap_or(-1);
        let threshold = self.threshold.as_ref().and_then(|threshold| threshold.get(row)).unwrap_or(DECOMPOSED_SCORE);
        let learned = self.learned(row, points);
        let seasonal = seasonal(points, learned, period, threshold);
        let rest: Vec<f64> = points.iter().zip(&seasonal).take(learned).map(|(point, season)| point - season).collect();
        let trend = match self.trend.as_ref().map_or("", |trend| trend.value(row)).to_ascii_lowercase().as_str() {
            "" | "avg" => {
                let known = || rest.iter().filter(|point| point.is_finite());
                let mean = known().sum::<f64>() / known().count() as f64;
                vec![mean; points.len()]
            }
            "linefit" => {
                let (slope, start) = line_through(&rest).unwrap_or((f64::NAN, f64::NAN));
                (0..points.len()).map(|at| start + slope * at as f64).collect()
            }
            "none" => vec![0.0; points.len()],
            other => {
                let message = format!("`{other}` is no kind of trend: there are `avg`, `linefit` and `none`");
                return Err(KernelError(message));
            }
        };
        let baseline: Vec<f64> = seasonal.iter().zip(&trend).map(|(season, trend)| season + trend).collect();
        let residual = points.iter().zip(&baseline).map(|(point, baseline)| point - baseline).collect();
        Ok(Components { baseline, seasonal, trend, residual })
    }
}

/// What a series is made of.
struct Components {
    baseline: Vec<f64>,
    seasonal: Vec<f64>,
    trend: Vec<f64>,
    residual: Vec<f64>,
}

fn real<'a>(arguments: &Arguments<'a>, position: usize) -> Result<Option<Primitives<'a, Float64Type>>, KernelError> {
    if position < arguments.len() { arguments.primitives(position).map(Some) } else { Ok(None) }
}

/// The seasonal component, learned from the first points: zeros where there is no period.
fn seasonal(points: &[f64], learned: usize, period: i64, least_score: f64) -> Vec<f64> {
    let known = points.get(..learned).unwrap_or(points);
    let period = match usize::try_from(period) {
        Ok(period) => Some(period),
        Err(_) if period == -1 => {
            periods(known).first().filter(|period| period.score >= least_score).map(|period| period.length)
        }
        Err(_) => None,
    };
    let Some(period) = period.filter(|period| *period > 0) else { return vec![0.0; points.len()] };
    let phases = period.min(points.len());
    let medians: Vec<f64> =
        (0..phases).map(|phase| median(known.iter().copied().skip(phase).step_by(period))).collect();
    medians.iter().copied().cycle().take(points.len()).collect()
}

/// The median of the points that are not missing; 0 without any.
fn median(points: impl Iterator<Item = f64>) -> f64 {
    let mut points: Vec<f64> = points.filter(|point| point.is_finite()).collect();
    points.sort_by(f64::total_cmp);
    let middle = points.len() / 2;
    let upper = points.get(middle).copied().unwrap_or(0.0);
    match middle.checked_sub(1).and_then(|below| points.get(below)) {
        Some(lower) if points.len().is_multiple_of(2) => (lower + upper) / 2.0,
        _ => upper,
    }
}

fn series_seasonal(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<f64>::new(arguments, 0)?;
    let none = arguments.len();
    let settings = Settings::new(arguments, Positions { period: 1, test_points: 2, trend: none, threshold: none })?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(points) = series.array(row) else { return Ok(false) };
        let period = settings.period.as_ref().and_then(|period| period.get(row)).unwrap_or(-1);
        let seasonal = seasonal(points, settings.learned(row, points), period, SEASONAL_SCORE);
        write_reals(seasonal, &mut Builder::new(out));
        Ok(true)
    })
}

fn decompose(arguments: &Arguments<'_>, positions: Positions) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<f64>::new(arguments, 0)?;
    let settings = Settings::new(arguments, positions)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(points) = series.array(row) else { return Ok(false) };
        let Components { baseline, seasonal, trend, residual } = settings.components(row, points)?;
        let mut builder = Builder::new(out);
        builder.begin_array();
        [baseline, seasonal, trend, residual].iter().for_each(|values| write_present(values, &mut builder));
        builder.end_array();
        Ok(true)
    })
}

fn anomalies(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<f64>::new(arguments, 0)?;
    let settings = Settings::new(arguments, Positions { period: 2, trend: 3, test_points: 4, threshold: 6 })?;
    let limits = real(arguments, 1)?;
    let methods = if arguments.len() > 5 { Some(arguments.strings(5)?) } else { None };
    output::dynamics(arguments.rows(), |row, out| {
        let Some(points) = series.array(row) else { return Ok(false) };
        let limit = limits.as_ref().and_then(|limits| limits.get(row)).unwrap_or(ANOMALY_SCORE);
        let Components { baseline, residual, .. } = settings.components(row, points)?;
        let fences = Fences::new(methods.as_ref().map(|methods| methods.value(row)), None, None)?;
        let known = residual.iter().copied().take(settings.learned(row, points));
        let scale = fences.scale(&mut known.filter(|point| point.is_finite()).collect::<Vec<f64>>());
        let score = |point: &f64| scale.filter(|_| point.is_finite()).map_or(0.0, |scale| scale.score(*point));
        let scores: Vec<f64> = residual.iter().map(score).collect();
        let mut builder = Builder::new(out);
        builder.begin_array();
        builder.begin_array();
        scores.iter().for_each(|score| builder.long(i64::from(*score > limit) - i64::from(*score < -limit)));
        builder.end_array();
        write_reals(scores, &mut builder);
        write_present(&baseline, &mut builder);
        builder.end_array();
        Ok(true)
    })
}

/// Appends an array of reals in which those that are not numbers are missing.
fn write_present(values: &[f64], builder: &mut Builder<'_>) {
    builder.begin_array();
    for value in values {
        let element = if value.is_nan() { Element::Missing } else { Element::Real(*value) };
        element.write(builder);
    }
    builder.end_array();
}
