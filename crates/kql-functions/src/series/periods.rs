//! Periods of a series: `series_periods_detect` and `series_periods_validate`.
//!
//! A period's score is the correlation of the series with itself moved in a circle by the period, scaled so that the
//! least of all such correlations is 0 and that of the unmoved series 1. What counts as a period at all is this
//! module's own reading of the documentation, which does not say it.

use std::collections::BTreeSet;

use arrow::array::ArrayRef;
use arrow::datatypes::{Float64Type, Int64Type};
use kql_types::ScalarType::{self, Dynamic};
use kql_types::dynamic::Builder;

use super::fourier::{circular_correlations, powers};
use super::{Series, series, write_reals};
use crate::documentation::example;
use crate::overload::{number_as_real, several};
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultColumn, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[SERIES_PERIODS_DETECT, SERIES_PERIODS_VALIDATE];

const SERIES: Parameter = series("series").describe("An array of numbers, at equal distances.");
const PERIODS: &[ResultColumn] = &[("periods", Dynamic), ("scores", Dynamic)];
const BOUNDS: &str = "A period has at least 4 points, and the series more than two periods.";

const SERIES_PERIODS_DETECT: Function = Function {
    name: "series_periods_detect",
    aliases: &[],
    documentation: Documentation {
        summary: "Finds the most significant periods of a series.",
        returns: "The columns `periods`, in units of the distance between points, and `scores`, from 0 to 1, the highest score \
                  first; zeros where there are fewer periods than asked for. Nulls when the value is no array.",
        notes: BOUNDS,
        page: "series-periods-detect-function",
    },
    overloads: &[several!(
        [
            SERIES,
            number_as_real("min_period").describe("The shortest period to look for."),
            number_as_real("max_period").describe("The longest period to look for."),
            parameter("num_periods", ScalarType::Long).describe("How many periods to give."),
        ] -> PERIODS,
        series_periods_detect
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_periods_detect(dynamic([1,2,3,4,1,2,3,4,1,2,3,4]), 0.0, 10.0, 2)", "[4.0,0.0]"),
        example("print x = series_periods_detect(dynamic([1,2,3,4,1,2,3,4,1,2,3,4]), 5.0, 10.0, 1)", "[0.0]"),
    ],
};

const SERIES_PERIODS_VALIDATE: Function = Function {
    name: "series_periods_validate",
    aliases: &[],
    documentation: Documentation {
        summary: "Tells whether a series has certain periods.",
        returns: "The columns `periods`, as they are given, and `scores`, from 0 to 1; 0 for what is no period of the series. \
                  Nulls when the value is no array.",
        notes: BOUNDS,
        page: "series-periods-validate-function",
    },
    overloads: &[several!(
        [SERIES, number_as_real("period").repeated().describe("A period, in units of the distance between points.")] -> PERIODS,
        series_periods_validate
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_periods_validate(dynamic([1,2,3,4,1,2,3,4,1,2,3,4]), 5, 4)", "[5.0,4.0]"),
        example("print x = series_periods_validate(dynamic([1,2,3,4,1,2,3,4,1,2,3,4]), 5, 4)[1]", "[0.0,1.0]"),
    ],
};

/// The most periods that may be asked for.
const MAX_PERIODS: i64 = 1_000;

fn series_periods_detect(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<f64>::new(arguments, 0)?;
    let (shortest, longest) = (arguments.primitives::<Float64Type>(1)?, arguments.primitives::<Float64Type>(2)?);
    let counts = arguments.primitives::<Int64Type>(3)?;
    output::dynamics(arguments.rows(), |row, out| {
        let (Some(shortest), Some(longest)) = (shortest.get(row), longest.get(row)) else { return Ok(false) };
        let (Some(points), Some(count)) = (series.array(row), counts.get(row)) else { return Ok(false) };
        if !(0..=MAX_PERIODS).contains(&count) {
            return Err(KernelError(format!("the number of periods must be from 0 to {MAX_PERIODS}, not {count}")));
        }
        let within = |period: &Period| (shortest..=longest).contains(&(period.length as f64));
        let found: Vec<Period> = periods(points).into_iter().filter(within).collect();
        let at = |at: i64| usize::try_from(at).ok().and_then(|at| found.get(at));
        let mut builder = Builder::new(out);
        builder.begin_array();
        write_reals((0..count).map(|index| at(index).map_or(0.0, |period| period.length as f64)), &mut builder);
        write_reals((0..count).map(|index| at(index).map_or(0.0, |period| period.score)), &mut builder);
        builder.end_array();
        Ok(true)
    })
}

fn series_periods_validate(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<f64>::new(arguments, 0)?;
    let given = (1..arguments.len()).map(|position| arguments.primitives::<Float64Type>(position));
    let given = given.collect::<Result<Vec<_>, _>>()?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(points) = series.array(row) else { return Ok(false) };
        let found = periods(points);
        let score =
            |length: f64| found.iter().find(|period| period.length as f64 == length.round()).map(|period| period.score);
        let lengths = || given.iter().map(|given| given.get(row).unwrap_or(0.0));
        let mut builder = Builder::new(out);
        builder.begin_array();
        write_reals(lengths(), &mut builder);
        write_reals(lengths().map(|length| score(length).unwrap_or(0.0)), &mut builder);
        builder.end_array();
        Ok(true)
    })
}

/// A period that a series has.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Period {
    /// In points.
    pub length: usize,
    /// From 0 to 1.
    pub score: f64,
}

/// The fewest points of a period.
const SHORTEST: usize = 4;
/// How far a frequency must stand out from the mean power of all.
const PROMINENCE: f64 = 2.0;

/// The least score of a period.
const LOW: f64 = 0.4;
/// The least score of a period whose frequency does not stand out.
const HIGH: f64 = 0.6;
/// By how much the score of a multiple of a period must be higher to count on its own.
const GAIN: f64 = 0.05;

/// The periods of a series, the highest score first: hills of its correlation with itself that are near a frequency
/// whose power stands out, or are high and no multiples of others. Missing points count as the mean.
pub(super) fn periods(points: &[f64]) -> Vec<Period> {
    let known = || points.iter().copied().filter(|point| point.is_finite());
    let mean = known().sum::<f64>() / known().count() as f64;
    if points.len() < 2 * SHORTEST || !mean.is_finite() {
        return Vec::new();
    }
    let centred: Vec<f64> = points.iter().map(|point| if point.is_finite() { point - mean } else { 0.0 }).collect();
    let powers = powers(&centred);
    let correlations = circular_correlations(&powers);
    let least = correlations.iter().copied().fold(f64::INFINITY, f64::min);
    let Some(whole) = correlations.first().map(|whole| whole - least).filter(|whole| *whole > 0.0) else {
        return Vec::new();
    };
    let half = points.len() / 2;
    let scores: Vec<f64> =
        correlations.iter().take(half + 2).map(|correlation| ((correlation - least) / whole).min(1.0)).collect();
    let mut found = frequent(&powers, &scores, half);
    add_high_hills(&mut found, &scores, half);
    found.retain(|period| period.score >= LOW && period.length >= SHORTEST && 2 * period.length < points.len());
    found.sort_by(|left, right| right.score.total_cmp(&left.score));
    found
}

/// Whether the score of a period is higher than those of its neighbours.
fn is_hill(period: &Period, scores: &[f64]) -> bool {
    let lower = |length: usize| scores.get(length).is_some_and(|score| *score < period.score);
    lower(period.length - 1) && lower(period.length + 1)
}

/// The best period near each frequency whose power stands out.
fn frequent(powers: &[f64], scores: &[f64], half: usize) -> Vec<Period> {
    let loud = PROMINENCE * powers.iter().skip(1).take(half).sum::<f64>() / half as f64;
    let mut found: Vec<Period> = Vec::new();
    for turns in 2..=powers.len() / SHORTEST {
        let power = |turns: usize| powers.get(turns).copied().unwrap_or(0.0);
        if power(turns) <= loud || power(turns) < power(turns - 1) || power(turns) < power(turns + 1) {
            continue;
        }
        // The lengths whose frequencies are nearer to this one than to those before the last and after the next.
        let lengths = powers.len().div_ceil(turns + 1)..=(powers.len() / (turns - 1)).min(half);
        let scored = lengths.filter_map(|length| Some(Period { length, score: *scores.get(length)? }));
        let Some(best) = scored.reduce(|best, next| if next.score > best.score { next } else { best }) else {
            continue;
        };
        if is_hill(&best, scores) && !found.iter().any(|period| period.length == best.length) {
            found.push(best);
        }
    }
    found
}

/// Adds the high hills that no higher one is near, and that are no multiples of a period.
fn add_high_hills(found: &mut Vec<Period>, scores: &[f64], half: usize) {
    let all = scores.iter().enumerate().take(half + 1).skip(2).map(|(length, score)| Period { length, score: *score });
    let mut hills: Vec<Period> = all.filter(|hill| hill.score >= HIGH && is_hill(hill, scores)).collect();
    hills.sort_by(|left, right| right.score.total_cmp(&left.score));
    let mut higher: BTreeSet<usize> = BTreeSet::new();
    hills.retain(|hill| {
        let margin = (hill.length / 4).max(1);
        let hidden = higher.range(hill.length - margin..=hill.length + margin).next().is_some();
        higher.insert(hill.length);
        !hidden
    });
    // The shorter ones first, so that multiples are told from them.
    hills.sort_by_key(|hill| hill.length);
    for hill in hills {
        let multiple_of = |period: &Period| {
            let times = (hill.length as f64 / period.length as f64).round();
            let off = (hill.length as f64 - times * period.length as f64).abs();
            period.score > hill.score - GAIN && off <= times / 2.0
        };
        if !found.iter().any(multiple_of) {
            found.push(hill);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Period, periods};

    #[test]
    fn scores_are_scaled_correlations() {
        let points: Vec<f64> = (0..60).map(|at| f64::from([1, 5, 2, 8, 3, 1, 7][at % 7])).collect();
        let found = periods(&points);
        assert_eq!(found.first().map(|period| period.length), Some(7));
        assert!(found.first().is_some_and(|period| period.score > 0.8 && period.score < 1.0));
        let whole: Vec<Period> = periods(&points[..56]);
        assert!(whole.first().is_some_and(|period| period.length == 7 && (period.score - 1.0).abs() < 1e-9));
    }

    #[test]
    fn noise_and_constants_have_no_period() {
        assert!(periods(&[3.0; 40]).is_empty());
        assert!(periods(&[]).is_empty());
        assert!(periods(&[f64::NAN; 40]).is_empty());
        // Two periods are not enough.
        let points: Vec<f64> = (0..12).map(|at| f64::from([1, 3, 5, 2, 4, 6][at % 6])).collect();
        assert!(periods(&points).is_empty());
    }
}
