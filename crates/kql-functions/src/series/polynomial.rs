//! Polynomials fitted to a series: `series_fit_poly`.

use arrow::array::ArrayRef;
use arrow::datatypes::Int64Type;
use kql_types::ScalarType::{Dynamic, Real};
use kql_types::dynamic::Builder;

use super::fit::rsquare;
use super::{Series, series, write_reals};
use crate::documentation::example;
use crate::overload::{integer, several};
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultColumn, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[SERIES_FIT_POLY];

const COLUMNS: &[ResultColumn] =
    &[("rsquare", Real), ("coefficients", Dynamic), ("variance", Real), ("rvariance", Real), ("poly_fit", Dynamic)];
const X: Parameter = series("x_series").optional().describe("Where the points are; without it at 1, 2, 3, ….");
const DEGREE: Parameter = integer("degree").optional().describe("The degree, 1 (a line) without it.");

const SERIES_FIT_POLY: Function = Function {
    name: "series_fit_poly",
    aliases: &[],
    documentation: Documentation {
        summary: "Fits a polynomial to a series by least squares, and gives what describes it, a column each.",
        returns: "The columns `rsquare`, `coefficients` (that of the highest power first), `variance`, `rvariance` (what the \
                  polynomial leaves of the variance) and `poly_fit` (the polynomial as a series).",
        notes: "Nulls when an argument is no array, the lengths differ, there are not more points than the degree, or a point is \
                missing or no number. The degree is at most 32.",
        page: "series-fit-poly-function",
    },
    overloads: &[several!(
        [series("y_series").describe("The points, an array of numbers."), X, DEGREE] -> COLUMNS,
        series_fit_poly
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example(
            "print x = round(toreal(series_fit_poly(dynamic([1, 4, 9, 16]), dynamic([1, 2, 3, 4]), 2)[1][0]), 6)",
            "1.0",
        ),
        example("print x = series_fit_poly(dynamic([1, 3, 5]))", "1.0"),
    ],
};

/// The highest degree.
const MAX_DEGREE: i64 = 32;

fn series_fit_poly(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut y = Series::<f64>::new(arguments, 0)?;
    let mut x = Series::<f64>::optional(arguments, 1)?;
    let degrees = if arguments.len() > 2 { Some(arguments.primitives::<Int64Type>(2)?) } else { None };
    output::dynamics(arguments.rows(), |row, out| {
        let degree = degrees.as_ref().and_then(|degrees| degrees.get(row)).unwrap_or(1);
        let Some(size) = usize::try_from(degree).ok().filter(|_| degree <= MAX_DEGREE) else {
            return Err(KernelError(format!(
                "the degree of a polynomial must be from 0 to {MAX_DEGREE}, not {degree}"
            )));
        };
        let Some(y) = y.array(row) else { return Ok(false) };
        let numbered: Vec<f64>;
        let x = match &mut x {
            Some(x) => match x.array(row).filter(|x| x.len() == y.len()) {
                Some(x) => x,
                None => return Ok(false),
            },
            None => {
                numbered = (1..=y.len()).map(|x| x as f64).collect();
                &numbered
            }
        };
        if x.iter().chain(y).any(|value| !value.is_finite()) {
            return Ok(false);
        }
        let Some(polynomial) = Polynomial::fit(x, y, size) else { return Ok(false) };
        let values: Vec<f64> = x.iter().map(|x| polynomial.value(*x)).collect();
        let mean = y.iter().sum::<f64>() / y.len() as f64;
        let squares: f64 = y.iter().map(|y| (y - mean) * (y - mean)).sum();
        let residual_squares: f64 = y.iter().zip(&values).map(|(y, value)| (y - value) * (y - value)).sum();
        let freedom = (y.len() as f64 - 1.0).max(1.0);
        let mut builder = Builder::new(out);
        builder.begin_array();
        builder.real(rsquare(squares, residual_squares));
        write_reals(polynomial.coefficients(), &mut builder);
        builder.real(squares / freedom);
        builder.real(residual_squares / freedom);
        write_reals(values, &mut builder);
        builder.end_array();
        Ok(true)
    })
}

/// A polynomial over x, moved and scaled to lie from -1 to 1 so that high powers keep their digits.
struct Polynomial {
    centre: f64,
    radius: f64,
    /// That of the lowest power first.
    scaled: Vec<f64>,
}

impl Polynomial {
    /// The best of a degree; `None` without enough different points.
    fn fit(x: &[f64], y: &[f64], degree: usize) -> Option<Polynomial> {
        let least = x.iter().copied().fold(f64::INFINITY, f64::min);
        let greatest = x.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        let (centre, radius) = ((least + greatest) / 2.0, (greatest - least) / 2.0);
        let radius = if radius > 0.0 { radius } else { 1.0 };
        if x.len() <= degree {
            return None;
        }
        // The powers of x are made orthogonal to each other in turn, twice each against the loss of digits.
        let mut basis: Vec<Vec<f64>> = Vec::with_capacity(degree + 1);
        let mut triangle: Vec<Vec<f64>> = Vec::with_capacity(degree + 1);
        let mut power = vec![1.0; x.len()];
        for _ in 0..=degree {
            let mut column = power.clone();
            let mut shares = vec![0.0; basis.len()];
            for _ in 0..2 {
                for (vector, share) in basis.iter().zip(&mut shares) {
                    let product = product(vector, &column);
                    *share += product;
                    column.iter_mut().zip(vector).for_each(|(value, part)| *value -= product * part);
                }
            }
            let length = product(&column, &column).sqrt();
            if length <= f64::EPSILON * (x.len() as f64).sqrt() {
                return None;
            }
            column.iter_mut().for_each(|value| *value /= length);
            shares.push(length);
            triangle.push(shares);
            basis.push(column);
            power.iter_mut().zip(x).for_each(|(power, x)| *power *= (x - centre) / radius);
        }
        let mut scaled: Vec<f64> = basis.iter().map(|vector| product(vector, y)).collect();
        for at in (0..scaled.len()).rev() {
            let column = triangle.get(at)?;
            let (length, shares) = column.split_last()?;
            let (before, rest) = scaled.split_at_mut_checked(at)?;
            let coefficient = rest.first_mut()?;
            *coefficient /= length;
            before.iter_mut().zip(shares).for_each(|(value, share)| *value -= share * *coefficient);
        }
        Some(Polynomial { centre, radius, scaled })
    }

    fn value(&self, x: f64) -> f64 {
        let x = (x - self.centre) / self.radius;
        self.scaled.iter().rev().fold(0.0, |value, coefficient| value * x + coefficient)
    }

    /// The coefficients over x itself, that of the highest power first.
    fn coefficients(&self) -> Vec<f64> {
        // Horner's scheme with the polynomial (x - centre) / radius in place of x.
        self.scaled.iter().rev().fold(Vec::new(), |expanded: Vec<f64>, coefficient| {
            let shifted = expanded.iter().copied().chain([0.0]);
            let moved = std::iter::once(0.0).chain(expanded.iter().map(|value| value * self.centre));
            let mut next: Vec<f64> = shifted.zip(moved).map(|(up, down)| (up - down) / self.radius).collect();
            if let Some(last) = next.last_mut() {
                *last += coefficient;
            }
            next
        })
    }
}

fn product(left: &[f64], right: &[f64]) -> f64 {
    left.iter().zip(right).map(|(left, right)| left * right).sum()
}

#[cfg(test)]
mod tests {
    use super::Polynomial;

    #[test]
    fn a_polynomial_is_found_again() {
        let x: Vec<f64> = (0..20).map(|at| f64::from(at) * 0.5 - 2.0).collect();
        let y: Vec<f64> = x.iter().map(|x| x.powi(5) - 8.0 * x.powi(3) + 10.0 * x + 6.0).collect();
        let coefficients = Polynomial::fit(&x, &y, 5).unwrap().coefficients();
        for (found, known) in coefficients.iter().zip([1.0, 0.0, -8.0, 0.0, 10.0, 6.0]) {
            assert!((found - known).abs() < 1e-7, "{found} {known}");
        }
        assert!(Polynomial::fit(&[1.0, 1.0, 1.0], &[1.0, 2.0, 3.0], 1).is_none());
        assert!(Polynomial::fit(&[1.0], &[1.0], 1).is_none());
    }
}
