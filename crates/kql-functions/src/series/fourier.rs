//! Fourier transforms: `series_fft` and `series_ifft`.

use std::f64::consts::TAU;

use arrow::array::ArrayRef;
use kql_types::ScalarType::Dynamic;
use kql_types::dynamic::Builder;

use super::{Series, series, write_reals};
use crate::documentation::example;
use crate::overload::several;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultColumn, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[SERIES_FFT, SERIES_IFFT];

const PARTS: &[ResultColumn] = &[("real", Dynamic), ("imag", Dynamic)];
const REAL: Parameter = series("series").describe("The real parts, an array of numbers.");
const IMAGINARY: Parameter = series("series_imaginary")
    .optional()
    .describe("The imaginary parts; all are 0 without it. As many as there are real parts.");
const NO_TRANSFORM: &str =
    "Nulls when an argument is no array or has an element that is missing or no number, or the lengths differ.";

const SERIES_FFT: Function = Function {
    name: "series_fft",
    aliases: &[],
    documentation: Documentation {
        summary: "The fast Fourier transform of a series: from the domain of time to that of frequency.",
        returns: "The columns `real` and `imag`, arrays of the parts of the transformed series, which is as long as the series.",
        notes: NO_TRANSFORM,
        page: "series-fft-function",
    },
    overloads: &[several!([REAL, IMAGINARY] -> PARTS, |arguments| transform(arguments, false))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_fft(dynamic([1, 2, 3, 4]))", "[10.0,-2.0,-2.0,-2.0]"),
        example("print x = series_fft(dynamic([1, 2, 3, 4]))[1]", "[0.0,2.0,0.0,-2.0]"),
    ],
};

const SERIES_IFFT: Function = Function {
    name: "series_ifft",
    aliases: &[],
    documentation: Documentation {
        summary: "The inverse fast Fourier transform of a series: from the domain of frequency back to that of time.",
        returns: "The columns `real` and `imag`, arrays of the parts of the transformed series, which is as long as the series.",
        notes: NO_TRANSFORM,
        page: "series-ifft-function",
    },
    overloads: &[several!([REAL, IMAGINARY] -> PARTS, |arguments| transform(arguments, true))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print x = series_ifft(dynamic([10, -2, -2, -2]), dynamic([0, 2, 0, -2]))", "[1.0,2.0,3.0,4.0]"),
        example("print x = series_ifft(dynamic([4, 0, 0, 0]))", "[1.0,1.0,1.0,1.0]"),
    ],
};

fn transform(arguments: &Arguments<'_>, inverse: bool) -> Result<ArrayRef, KernelError> {
    let mut real = Series::<f64>::new(arguments, 0)?;
    let mut imaginary = Series::<f64>::optional(arguments, 1)?;
    let mut points: Vec<Complex> = Vec::new();
    output::dynamics(arguments.rows(), |row, out| {
        let Some(real) = real.array(row) else { return Ok(false) };
        points.clear();
        match &mut imaginary {
            None => points.extend(real.iter().map(|real| Complex { real: *real, imaginary: 0.0 })),
            Some(imaginary) => {
                let Some(imaginary) = imaginary.array(row).filter(|parts| parts.len() == real.len()) else {
                    return Ok(false);
                };
                let pairs = real.iter().zip(imaginary);
                points.extend(pairs.map(|(real, imaginary)| Complex { real: *real, imaginary: *imaginary }));
            }
        }
        if points.iter().any(|point| point.real.is_nan() || point.imaginary.is_nan()) {
            return Ok(false);
        }
        fourier(&mut points, inverse);
        let scale = if inverse { 1.0 / points.len() as f64 } else { 1.0 };
        let mut builder = Builder::new(out);
        builder.begin_array();
        write_reals(points.iter().map(|point| without_sign_of_zero(point.real * scale)), &mut builder);
        write_reals(points.iter().map(|point| without_sign_of_zero(point.imaginary * scale)), &mut builder);
        builder.end_array();
        Ok(true)
    })
}

/// A zero has no sign where it is shown.
fn without_sign_of_zero(value: f64) -> f64 {
    value + 0.0
}

/// A complex number.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Complex {
    real: f64,
    imaginary: f64,
}

impl Complex {
    const ZERO: Complex = Complex { real: 0.0, imaginary: 0.0 };

    /// The number of length 1 at an angle, in turns.
    fn turned(turns: f64) -> Complex {
        let (imaginary, real) = (turns * TAU).sin_cos();
        // A quarter of a turn is not exact in binary; no other part is so near.
        let exact = |part: f64| if part.abs() < 1e-15 { 0.0 } else { part };
        Complex { real: exact(real), imaginary: exact(imaginary) }
    }

    fn plus(self, other: Complex) -> Complex {
        Complex { real: self.real + other.real, imaginary: self.imaginary + other.imaginary }
    }

    fn minus(self, other: Complex) -> Complex {
        Complex { real: self.real - other.real, imaginary: self.imaginary - other.imaginary }
    }

    fn times(self, other: Complex) -> Complex {
        Complex {
            real: self.real * other.real - self.imaginary * other.imaginary,
            imaginary: self.real * other.imaginary + self.imaginary * other.real,
        }
    }

    fn conjugate(self) -> Complex {
        Complex { real: self.real, imaginary: -self.imaginary }
    }
}

/// Transforms points of any number in place; an inverse transform is not scaled.
fn fourier(points: &mut [Complex], inverse: bool) {
    // The inverse is the transform with the imaginary parts turned around.
    if inverse {
        points.iter_mut().for_each(|point| *point = point.conjugate());
    }
    if points.len().is_power_of_two() {
        halve(points);
    } else {
        convolve(points);
    }
    if inverse {
        points.iter_mut().for_each(|point| *point = point.conjugate());
    }
}

/// The power of each frequency of a series of reals: 0, 1, … turns over the whole of it.
pub(super) fn powers(points: &[f64]) -> Vec<f64> {
    let mut points: Vec<Complex> = points.iter().map(|real| Complex { real: *real, imaginary: 0.0 }).collect();
    fourier(&mut points, false);
    points.iter().map(|point| point.real * point.real + point.imaginary * point.imaginary).collect()
}

/// The sums of the products of a series with itself, moved in a circle by 0, 1, … points; of its [`powers`].
pub(super) fn circular_correlations(powers: &[f64]) -> Vec<f64> {
    let mut points: Vec<Complex> = powers.iter().map(|real| Complex { real: *real, imaginary: 0.0 }).collect();
    fourier(&mut points, true);
    let count = points.len() as f64;
    points.iter().map(|point| point.real / count).collect()
}

/// Cooley and Tukey's transform of a power of two of points.
fn halve(points: &mut [Complex]) {
    let count = points.len();
    if count < 2 {
        return;
    }
    let bits = count.trailing_zeros();
    for at in 0..count {
        let reversed = at.reverse_bits() >> (usize::BITS - bits);
        if at < reversed {
            points.swap(at, reversed);
        }
    }
    let turns: Vec<Complex> = (0..count / 2).map(|at| Complex::turned(-(at as f64) / count as f64)).collect();
    let mut width = 1;
    while width < count {
        for block in points.chunks_exact_mut(width * 2) {
            let (left, right) = block.split_at_mut(width);
            let turns = turns.iter().step_by(count / (width * 2));
            for ((left, right), turn) in left.iter_mut().zip(right).zip(turns) {
                let turned = right.times(*turn);
                (*left, *right) = (left.plus(turned), left.minus(turned));
            }
        }
        width *= 2;
    }
}

/// Bluestein's transform: as a convolution, whose length may be a power of two.
fn convolve(points: &mut [Complex]) {
    let count = points.len();
    if count == 0 {
        return;
    }
    let length = (2 * count).next_power_of_two();
    // Squares are taken modulo a whole turn, so that their digits last.
    let chirp = |at: usize| {
        let square = (at as u128 * at as u128 % (2 * count) as u128) as f64;
        Complex::turned(-square / (2 * count) as f64)
    };
    let chirps: Vec<Complex> = (0..count).map(chirp).collect();
    let mut signal: Vec<Complex> = points.iter().zip(&chirps).map(|(point, chirp)| point.times(*chirp)).collect();
    signal.resize(length, Complex::ZERO);
    let mut filter: Vec<Complex> = chirps.iter().map(|chirp| chirp.conjugate()).collect();
    filter.resize(length + 1 - count, Complex::ZERO);
    filter.extend(chirps.iter().skip(1).rev().map(|chirp| chirp.conjugate()));
    halve(&mut signal);
    halve(&mut filter);
    for (point, filter) in signal.iter_mut().zip(&filter) {
        *point = point.times(*filter).conjugate();
    }
    halve(&mut signal);
    let scale = 1.0 / length as f64;
    for ((point, convolved), chirp) in points.iter_mut().zip(signal).zip(chirps) {
        let turned = convolved.conjugate().times(chirp);
        *point = Complex { real: turned.real * scale, imaginary: turned.imaginary * scale };
    }
}

#[cfg(test)]
mod tests {
    use super::{Complex, fourier};

    /// The definition.
    fn slow(points: &[Complex]) -> Vec<Complex> {
        let count = points.len();
        (0..count)
            .map(|k| {
                points.iter().enumerate().fold(Complex::ZERO, |sum, (at, point)| {
                    sum.plus(point.times(Complex::turned(-((k * at) as f64) / count as f64)))
                })
            })
            .collect()
    }

    #[test]
    fn transforms_of_any_length_follow_the_definition() {
        for count in 1..20 {
            let point = |at: usize| Complex { real: (at * at % 7) as f64, imaginary: (at % 3) as f64 };
            let points: Vec<Complex> = (0..count).map(point).collect();
            let mut transformed = points.clone();
            fourier(&mut transformed, false);
            for (fast, slow) in transformed.iter().zip(slow(&points)) {
                assert!((fast.real - slow.real).abs() < 1e-9 && (fast.imaginary - slow.imaginary).abs() < 1e-9);
            }
            fourier(&mut transformed, true);
            for (back, point) in transformed.iter().zip(&points) {
                assert!((back.real / count as f64 - point.real).abs() < 1e-9);
            }
        }
    }
}
