//! `series_outliers`, and the scores that `series_decompose_anomalies` gives too.

use arrow::array::ArrayRef;
use arrow::datatypes::{Float64Type, Int64Type};
use kql_types::ScalarType;
use kql_types::dynamic::Builder;

use super::{Series, series, write_reals};
use crate::documentation::example;
use crate::overload::{integer, number_as_real, overload};
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[SERIES_OUTLIERS];

const SERIES: Parameter = series("series").describe("An array of numbers.");
const KIND: Parameter = parameter("kind", ScalarType::String)
    .describe("`\"ctukey\"`, with custom percentiles (as without it), or `\"tukey\"`, with the quartiles.");
const IGNORED: &str = "A number that stands for a missing one.";

const SERIES_OUTLIERS: Function = Function {
    name: "series_outliers",
    aliases: &[],
    documentation: Documentation {
        summary: "Scores the anomalies of a series by Tukey's fences.",
        returns: "An array of reals: 0 between the percentiles and for missing elements; above them the distance from the higher \
                  percentile, below them the negative distance from the lower, in units of the distance between both. Null when \
                  the value is no array.",
        notes: "Scores of other percentiles than the quartiles are scaled so that in a normal distribution 1.5 lies where it \
                lies with the quartiles: a score beyond 1.5 or -1.5 tells an anomaly. Percentiles are from 2 to 98.",
        page: "series-outliers-function",
    },
    overloads: &[
        overload!(
            [SERIES, KIND.optional(), number_as_real("ignore_val").optional().describe(IGNORED)] -> Dynamic,
            series_outliers
        ),
        overload!(
            [
                SERIES,
                KIND,
                parameter("ignore_val", ScalarType::Real).describe(IGNORED),
                parameter("min_percentile", ScalarType::Real).describe("The lower percentile, 10 without it."),
                parameter("max_percentile", ScalarType::Real).optional().describe("The higher percentile, 90 without it."),
                integer("test_points").optional().describe("How many points at the end take no part in the percentiles."),
            ] -> Dynamic,
            series_outliers
        ),
    ],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print x = series_outliers(dynamic([1, 2, 3, 4, 15]), 'tukey')", "[-0.5,0.0,0.0,0.0,5.5]"),
        example("print x = array_iff(series_greater(series_outliers(range(1, 20, 1)), 1.5), 1, 0)[0]", "0"),
    ],
};

fn series_outliers(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<f64>::new(arguments, 0)?;
    let kinds = if arguments.len() > 1 { Some(arguments.strings(1)?) } else { None };
    let real = |position| match position < arguments.len() {
        true => arguments.primitives::<Float64Type>(position).map(Some),
        false => Ok(None),
    };
    let (ignored, low, high) = (real(2)?, real(3)?, real(4)?);
    let test_points = if arguments.len() > 5 { Some(arguments.primitives::<Int64Type>(5)?) } else { None };
    let mut known = Vec::new();
    output::dynamics(arguments.rows(), |row, out| {
        let Some(points) = series.array(row) else { return Ok(false) };
        let given = |values: &Option<crate::argument::Primitives<'_, Float64Type>>| values.as_ref()?.get(row);
        let fences = Fences::new(kinds.as_ref().map(|kinds| kinds.value(row)), given(&low), given(&high))?;
        let ignored = given(&ignored);
        let missing = |point: f64| !point.is_finite() || ignored == Some(point);
        let test = test_points.as_ref().and_then(|points| points.get(row)).unwrap_or(0);
        let learned = points.len().saturating_sub(usize::try_from(test).unwrap_or(0));
        known.clear();
        known.extend(points.iter().take(learned).copied().filter(|point| !missing(*point)));
        let scale = fences.scale(&mut known);
        let scores = points.iter().map(|point| match &scale {
            Some(scale) if !missing(*point) => scale.score(*point),
            _ => 0.0,
        });
        write_reals(scores, &mut Builder::new(out));
        Ok(true)
    })
}

/// How Tukey's fences are set: the percentiles, and by what the scores on each side are multiplied.
#[derive(Clone, Copy, Debug)]
pub(super) struct Fences {
    low: f64,
    high: f64,
    low_factor: f64,
    high_factor: f64,
}

/// Percentiles that may be asked for.
const PERCENTILES: std::ops::RangeInclusive<f64> = 2.0..=98.0;
/// Where the score 1.5 lies with the quartiles, in standard deviations of a normal distribution.
const MILD: f64 = 2.7;

impl Fences {
    /// By the name of the method; percentiles are those of `ctukey`, 10 and 90 where they are not given.
    pub(super) fn new(kind: Option<&str>, low: Option<f64>, high: Option<f64>) -> Result<Fences, KernelError> {
        match kind.unwrap_or_default().to_ascii_lowercase().as_str() {
            "tukey" => return Ok(Fences { low: 25.0, high: 75.0, low_factor: 1.0, high_factor: 1.0 }),
            "" | "ctukey" => {}
            other => {
                return Err(KernelError(format!("`{other}` is no kind of outliers: there are `ctukey` and `tukey`")));
            }
        }
        let (low, high) = (low.unwrap_or(10.0), high.unwrap_or(90.0));
        if !PERCENTILES.contains(&low) || !PERCENTILES.contains(&high) || low >= high {
            let message = format!("the percentiles {low} and {high} of outliers must be from 2 to 98, in this order");
            return Err(KernelError(message));
        }
        let (below, above) = (deviations(low), deviations(high));
        let between = above - below;
        Ok(Fences {
            low,
            high,
            low_factor: 1.5 * between / (MILD + below),
            high_factor: 1.5 * between / (MILD - above),
        })
    }

    /// The scale of the scores for a series, whose points are sorted; `None` without points.
    pub(super) fn scale(&self, points: &mut [f64]) -> Option<Scale> {
        points.sort_by(f64::total_cmp);
        let (low, high) = (percentile(points, self.low)?, percentile(points, self.high)?);
        Some(Scale { fences: *self, low, high })
    }
}

/// The fences of one series.
#[derive(Clone, Copy, Debug)]
pub(super) struct Scale {
    fences: Fences,
    low: f64,
    high: f64,
}

impl Scale {
    /// How far a point is from the others.
    pub(super) fn score(&self, point: f64) -> f64 {
        let between = self.high - self.low;
        if point > self.high {
            (point - self.high) / between * self.fences.high_factor
        } else if point < self.low {
            (point - self.low) / between * self.fences.low_factor
        } else {
            0.0
        }
    }
}

/// A percentile of sorted points, between two of them where need be.
fn percentile(points: &[f64], percentage: f64) -> Option<f64> {
    let position = percentage / 100.0 * points.len().checked_sub(1)? as f64;
    let below = points.get(position.floor() as usize)?;
    let above = points.get(position.ceil() as usize)?;
    Some(below + (above - below) * position.fract())
}

/// How many standard deviations from the mean a percentile of a normal distribution is.
fn deviations(percentage: f64) -> f64 {
    // What Kusto takes for its own percentiles; it is not quite exact.
    const TENTH: f64 = 1.29682082;
    const QUARTER: f64 = 0.675;
    let tail = percentage.min(100.0 - percentage);
    let deviations = if tail == 10.0 {
        TENTH
    } else if tail == 25.0 {
        QUARTER
    } else {
        normal_tail(tail / 100.0)
    };
    if percentage < 50.0 { -deviations } else { deviations }
}

/// Beyond how many standard deviations this part of a normal distribution lies (Abramowitz and Stegun, 26.2.23).
fn normal_tail(part: f64) -> f64 {
    let t = (-2.0 * part.ln()).sqrt();
    let above = 2.515517 + t * (0.802853 + t * 0.010328);
    let below = 1.0 + t * (1.432788 + t * (0.189269 + t * 0.001308));
    t - above / below
}

#[cfg(test)]
mod tests {
    use crate::testing::{dynamic, overload, show};

    #[test]
    fn scores_of_custom_percentiles_are_those_of_kusto() {
        let points = dynamic("[-3, 2.4, 15, 3.9, 5, 6, 4.5, 5.2, 3, 4, 5, 16, 7, 5, 5, 4]");
        let scores = show(overload("series_outliers", 0, &[points]));
        let scores: Vec<f64> = serde_json::from_str(&scores).unwrap();
        let known = [(0, -1.904078548360857), (1, -0.100214660440045), (2, 1.336195472533935), (11, 1.670244340667419)];
        for (at, known) in known {
            assert!((scores[at] - known).abs() < 1e-12, "{} {known}", scores[at]);
        }
        assert_eq!(scores.iter().filter(|score| **score == 0.0).count(), 12);
    }

    #[test]
    fn percentiles_are_bounded() {
        assert!(super::Fences::new(None, Some(1.0), None).is_err());
        assert!(super::Fences::new(Some("box"), None, None).is_err());
        let other = super::Fences::new(None, Some(20.0), Some(80.0)).unwrap();
        assert!((other.low_factor - other.high_factor).abs() < 1e-12 && (other.high_factor - 1.36).abs() < 0.1);
    }
}
