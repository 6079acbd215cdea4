//! The beta distribution, and the test that stands on it: `beta_cdf`, `beta_inv`, `beta_pdf`, `welch_test`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::Float64Type;

use crate::argument::Primitives;
use crate::columnar::ternary_optional;
use crate::documentation::example;
use crate::overload::{number_as_real, overload};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[BETA_CDF, BETA_INV, BETA_PDF, WELCH_TEST];

const X: Parameter = number_as_real("x").describe("Where to evaluate the function, from 0 to 1.");
const PROBABILITY: Parameter = number_as_real("probability").describe("A probability, above 0 and up to 1.");
const ALPHA: Parameter = number_as_real("alpha").describe("The first parameter of the distribution.");
const BETA: Parameter = number_as_real("beta").describe("The second parameter of the distribution.");

const BETA_CDF: Function = Function {
    name: "beta_cdf",
    aliases: &[],
    documentation: Documentation {
        summary: "The cumulative beta distribution: how probable it is to be no greater than a value.",
        returns: "A real; NaN for an `x` outside of 0 to 1, and for an `alpha` or `beta` above 10000; null for null.",
        notes: "Kusto does not refuse an `alpha` or `beta` that is not positive; what comes out then has no meaning.",
        page: "beta-cdf-function",
    },
    overloads: &[overload!(
        [X, ALPHA, BETA] -> Real,
        |a| ternary_optional::<Float64Type, Float64Type, Float64Type, Float64Type>(a, |x, alpha, beta| Some(cumulative(x, alpha, beta)))
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print round(beta_cdf(0.9, 10, 20), 12)", "1.0"),
        example("print round(beta_cdf(0.25, 2, 2), 6)", "0.15625"),
        example("print beta_cdf(1.5, 10, 20)", "NaN"),
    ],
};

const BETA_INV: Function = Function {
    name: "beta_inv",
    aliases: &[],
    documentation: Documentation {
        summary: "The inverse of the cumulative beta distribution: the value that `beta_cdf` gives a probability for.",
        returns: "A real; null for a probability outside of 0 to 1, NaN for an `alpha` or `beta` that is not positive.",
        notes: "",
        page: "beta-inv-function",
    },
    overloads: &[
        overload!([PROBABILITY, ALPHA, BETA] -> Real, |a| ternary_optional::<Float64Type, Float64Type, Float64Type, Float64Type>(a, quantile)),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print round(beta_inv(0.1, 10, 20), 12)", "0.226415022389"),
        example("print round(beta_inv(0.15625, 2, 2), 9)", "0.25"),
        example("print beta_inv(1.5, 10, 20)", ""),
        example("print beta_inv(0.1, -1, 20)", "NaN"),
    ],
};

const BETA_PDF: Function = Function {
    name: "beta_pdf",
    aliases: &[],
    documentation: Documentation {
        summary: "The density of the beta distribution.",
        returns: "A real; NaN for an `x` that does not lie between 0 and 1 and for an `alpha` or `beta` that is not positive.",
        notes: "",
        page: "beta-pdf-function",
    },
    overloads: &[overload!(
        [X, ALPHA, BETA] -> Real,
        |a| ternary_optional::<Float64Type, Float64Type, Float64Type, Float64Type>(a, |x, alpha, beta| Some(density(x, alpha, beta)))
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print round(beta_pdf(0.5, 10, 20), 9)", "0.746176019"),
        example("print beta_pdf(1.5, 10, 20)", "NaN"),
        example("print beta_pdf(0.1, -1, 20)", "NaN"),
    ],
};

const WELCH_TEST: Function = Function {
    name: "welch_test",
    aliases: &[],
    documentation: Documentation {
        summary: "Tests whether two samples come from populations of one mean, which may vary unequally (Welch's t-test).",
        returns: "The two-sided p-value: how probable means at least so far apart are if the populations' means are equal. NaN where the samples do not vary; null for null.",
        notes: "",
        page: "welch-test-function",
    },
    overloads: &[overload!(
        [
            number_as_real("mean1").describe("The mean of the first sample."),
            number_as_real("variance1").describe("The variance of the first sample."),
            number_as_real("count1").describe("The size of the first sample."),
            number_as_real("mean2").describe("The mean of the second sample."),
            number_as_real("variance2").describe("The variance of the second sample."),
            number_as_real("count2").describe("The size of the second sample."),
        ] -> Real,
        welch_test
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print round(welch_test(20, 4, 10, 22, 4, 10), 6)", "0.03825"),
        example("print welch_test(20, 4, 10, 20, 9, 12)", "1.0"),
    ],
};

fn welch_test(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let samples: Vec<Primitives<'_, Float64Type>> =
        (0..6).map(|position| arguments.primitives(position)).collect::<Result<_, _>>()?;
    let sample = |row: usize, first: usize| {
        let value = |position: usize| samples.get(position)?.get(row);
        Some(Sample { mean: value(first)?, variance: value(first + 1)?, count: value(first + 2)? })
    };
    let values = (0..arguments.rows()).map(|row| Some(p_value(sample(row, 0)?, sample(row, 3)?)));
    Ok(Arc::new(values.collect::<Float64Array>()))
}

struct Sample {
    mean: f64,
    variance: f64,
    count: f64,
}

fn p_value(first: Sample, second: Sample) -> f64 {
    let (one, other) = (first.variance / first.count, second.variance / second.count);
    let difference = first.mean - second.mean;
    let squared = difference * difference / (one + other);
    // Welch's approximation of the degrees of freedom.
    let freedom = (one + other).powi(2) / (one * one / (first.count - 1.0) + other * other / (second.count - 1.0));
    cumulative(freedom / (freedom + squared), freedom / 2.0, 0.5)
}

fn ln_gamma(x: f64) -> f64 {
    libm::lgamma(x)
}

fn ln_beta(alpha: f64, beta: f64) -> f64 {
    ln_gamma(alpha) + ln_gamma(beta) - ln_gamma(alpha + beta)
}

fn density(x: f64, alpha: f64, beta: f64) -> f64 {
    if x <= 0.0 || x >= 1.0 || alpha <= 0.0 || beta <= 0.0 {
        return f64::NAN;
    }
    ((alpha - 1.0) * x.ln() + (beta - 1.0) * (-x).ln_1p() - ln_beta(alpha, beta)).exp()
}

/// The greatest parameter for which Kusto answers.
const GREATEST_PARAMETER: f64 = 10_000.0;

/// The regularised incomplete beta function.
fn cumulative(x: f64, alpha: f64, beta: f64) -> f64 {
    if !(0.0..=1.0).contains(&x) || alpha > GREATEST_PARAMETER || beta > GREATEST_PARAMETER {
        return f64::NAN;
    }
    if x == 0.0 || x == 1.0 {
        return x;
    }
    let front = (alpha * x.ln() + beta * (-x).ln_1p() - ln_beta(alpha, beta)).exp();
    // The fraction converges quickly on one side of the mean; the other follows by symmetry.
    if x < (alpha + 1.0) / (alpha + beta + 2.0) {
        front * continued_fraction(x, alpha, beta) / alpha
    } else {
        1.0 - front * continued_fraction(1.0 - x, beta, alpha) / beta
    }
}

/// The continued fraction of the incomplete beta function, by Lentz's method.
fn continued_fraction(x: f64, alpha: f64, beta: f64) -> f64 {
    const STEPS: u32 = 1000;
    let not_zero = |value: f64| if value.abs() < f64::MIN_POSITIVE { f64::MIN_POSITIVE } else { value };
    let mut above = 1.0;
    let mut below = 1.0 / not_zero(1.0 - (alpha + beta) * x / (alpha + 1.0));
    let mut fraction = below;
    for step in 1..=STEPS {
        let step = f64::from(step);
        let even = step * (beta - step) * x / ((alpha + 2.0 * step - 1.0) * (alpha + 2.0 * step));
        let odd = -(alpha + step) * (alpha + beta + step) * x / ((alpha + 2.0 * step) * (alpha + 2.0 * step + 1.0));
        let before = fraction;
        for coefficient in [even, odd] {
            below = 1.0 / not_zero(1.0 + coefficient * below);
            above = not_zero(1.0 + coefficient / above);
            fraction *= below * above;
        }
        if (fraction - before).abs() <= f64::EPSILON * fraction.abs() {
            break;
        }
    }
    fraction
}

/// Where the cumulative distribution reaches a probability: Newton's method, kept within a shrinking bracket.
fn quantile(probability: f64, alpha: f64, beta: f64) -> Option<f64> {
    if probability <= 0.0 || probability > 1.0 {
        return None;
    }
    if alpha.is_nan() || beta.is_nan() || probability.is_nan() || alpha <= 0.0 || beta <= 0.0 {
        return Some(f64::NAN);
    }
    if alpha > GREATEST_PARAMETER || beta > GREATEST_PARAMETER {
        return Some(f64::NAN);
    }
    if probability == 1.0 {
        return Some(1.0);
    }
    let (mut low, mut high) = (0.0, 1.0);
    let mut x = alpha / (alpha + beta);
    for _ in 0..200 {
        let error = cumulative(x, alpha, beta) - probability;
        if error > 0.0 {
            high = x;
        } else {
            low = x;
        }
        let step = error / density(x, alpha, beta);
        let next = x - step;
        let next = if next > low && next < high { next } else { 0.5 * (low + high) };
        if (next - x).abs() <= f64::EPSILON * x.abs() {
            return Some(next);
        }
        x = next;
    }
    Some(x)
}

#[cfg(test)]
mod tests {
    use super::{cumulative, quantile};

    #[test]
    fn the_cumulative_distribution_follows_its_closed_forms() {
        // beta(1, b) has 1 - (1 - x)^b, beta(a, 1) has x^a.
        for x in [0.001_f64, 0.1, 0.5, 0.9, 0.999] {
            assert!((cumulative(x, 1.0, 7.0) - (1.0 - (1.0 - x).powi(7))).abs() < 1e-13, "{x}");
            assert!((cumulative(x, 30.0, 1.0) - x.powi(30)).abs() < 1e-13, "{x}");
        }
        assert!(cumulative(-0.1, 1.0, 1.0).is_nan());
        assert!(cumulative(0.5, 10_001.0, 1.0).is_nan());
        assert_eq!(cumulative(0.1, -1.0, 20.0), 1.0);
    }

    #[test]
    fn the_quantile_turns_the_cumulative_distribution_round() {
        for (alpha, beta) in [(0.5, 0.5), (2.0, 3.0), (10.0, 20.0), (50.0, 0.5), (3000.0, 4000.0)] {
            for probability in [1e-6, 0.1, 0.5, 0.99] {
                let x = quantile(probability, alpha, beta).unwrap();
                let back = cumulative(x, alpha, beta);
                assert!((back - probability).abs() < 1e-9, "{alpha} {beta} {probability}: {x} {back}");
            }
        }
        assert_eq!(quantile(0.0, 1.0, 1.0), None);
        assert!(quantile(0.5, 0.0, 1.0).unwrap().is_nan());
    }
}
