//! One number of one or two series: `series_sum`, `series_dot_product`, `series_pearson_correlation`, ….

use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array};
use arrow::datatypes::Float64Type;
use kql_types::ScalarType;

use super::{Elements, Series, number, series};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    SERIES_SUM,
    SERIES_PRODUCT,
    SERIES_MAGNITUDE,
    SERIES_DOT_PRODUCT,
    SERIES_COSINE_SIMILARITY,
    SERIES_PEARSON_CORRELATION,
];

const SERIES: Parameter = series("series").describe("An array of numbers.");
const LEFT: Parameter = series("series1").describe("The first series.");
const RIGHT: Parameter = series("series2").describe("The second series.");
const LEFT_NUMBER: Parameter = number("series1").describe("A number that stands for every element.");
const RIGHT_NUMBER: Parameter = number("series2").describe("A number that stands for every element.");

const SERIES_SUM: Function = Function {
    name: "series_sum",
    aliases: &[],
    documentation: Documentation {
        summary: "Adds the elements of a series.",
        returns: "The sum as a `real`; null when the value is no array or an element is missing or no number.",
        notes: "",
        page: "series-sum-function",
    },
    overloads: &[overload!([SERIES] -> Real, |arguments| reduce(arguments, |elements| elements.iter().sum()))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print series_sum(dynamic([1, 2.5, 3]))", "6.5")],
};

const SERIES_PRODUCT: Function = Function {
    name: "series_product",
    aliases: &[],
    documentation: Documentation {
        summary: "Multiplies the elements of a series.",
        returns: "The product as a `real`; null when the value is no array or an element is missing or no number.",
        notes: "",
        page: "series-product-function",
    },
    overloads: &[overload!([SERIES] -> Real, |arguments| reduce(arguments, |elements| elements.iter().product()))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print series_product(dynamic([2, 2.5, 3]))", "15.0")],
};

const SERIES_MAGNITUDE: Function = Function {
    name: "series_magnitude",
    aliases: &[],
    documentation: Documentation {
        summary: "The length of a series as a vector: the square root of the sum of the squares.",
        returns: "A `real`; null when the value is no array or an element is missing or no number.",
        notes: "",
        page: "series-magnitude-function",
    },
    overloads: &[overload!([SERIES] -> Real, |arguments| reduce(arguments, magnitude))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print series_magnitude(dynamic([3, 4]))", "5.0")],
};

const SERIES_DOT_PRODUCT: Function = Function {
    name: "series_dot_product",
    aliases: &[],
    documentation: Documentation {
        summary: "The dot product of two series; either may be a number that stands for every element.",
        returns: "A `real`; null when neither is an array or one is empty.",
        notes: "The longer array is cut to the length of the shorter. Elements that are missing or no numbers are passed over.",
        page: "series-dot-product-function",
    },
    overloads: &[
        overload!([LEFT, RIGHT] -> Real, series_dot_product),
        overload!([LEFT, RIGHT_NUMBER] -> Real, series_dot_product),
        overload!([LEFT_NUMBER, RIGHT] -> Real, series_dot_product),
    ],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print series_dot_product(dynamic([1, 2, 3]), dynamic([4, 5, 6]))", "32.0"),
        example("print series_dot_product(dynamic([1, 2, 3]), 2)", "12.0"),
    ],
};

const SERIES_COSINE_SIMILARITY: Function = Function {
    name: "series_cosine_similarity",
    aliases: &[],
    documentation: Documentation {
        summary: "The cosine of the angle between two series as vectors.",
        returns: "A `real` from -1 to 1; null when an argument is no array or is empty.",
        notes: "The longer array is cut to the length of the shorter. Elements that are missing or no numbers are passed over. \
                Magnitudes that are known already can be given to save the work.",
        page: "series-cosine-similarity-function",
    },
    overloads: &[overload!(
        [
            LEFT,
            RIGHT,
            parameter("series1_magnitude", ScalarType::Real).optional().describe("The magnitude of the first series."),
            parameter("series2_magnitude", ScalarType::Real).optional().describe("The magnitude of the second series."),
        ] -> Real,
        series_cosine_similarity
    )],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print series_cosine_similarity(dynamic([1, 0]), dynamic([0, 2]))", "0.0"),
        example("print series_cosine_similarity(dynamic([3, 4]), dynamic([3, 4]), 5.0, 5.0)", "1.0"),
    ],
};

const SERIES_PEARSON_CORRELATION: Function = Function {
    name: "series_pearson_correlation",
    aliases: &[],
    documentation: Documentation {
        summary: "Pearson's correlation coefficient of two series.",
        returns: "A `real` from -1 to 1; null when an argument is no array, an element is missing or no number, or \
                  the arrays differ in length; not a number when a series is constant.",
        notes: "",
        page: "series-pearson-correlation-function",
    },
    overloads: &[overload!([LEFT, RIGHT] -> Real, series_pearson_correlation)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print round(series_pearson_correlation(dynamic([1, 2, 3]), dynamic([3, 2, 1])), 6)", "-1.0")],
};

/// The root of the sum of the squares.
fn magnitude(elements: &[f64]) -> f64 {
    elements.iter().map(|element| element * element).sum::<f64>().sqrt()
}

/// One number a series; one that is not a number comes of a missing element and is null.
fn reduce(arguments: &Arguments<'_>, function: fn(&[f64]) -> f64) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<f64>::new(arguments, 0)?;
    let values = (0..arguments.rows()).map(|row| series.array(row).map(function).filter(|value| !value.is_nan()));
    Ok(Arc::new(values.collect::<Float64Array>()))
}

/// The sum of the products of the pairs in which both are numbers; `None` when there is no pair at all.
fn dot_product(left: Elements<'_, f64>, right: Elements<'_, f64>) -> Option<f64> {
    let length = match (left, right) {
        (Elements::Array(left), Elements::Array(right)) => left.len().min(right.len()),
        (Elements::Number(_), Elements::Number(_)) => 0,
        _ => left.len().max(right.len()),
    };
    let product = |index| Some(left.get(index)? * right.get(index)?).filter(|product| !product.is_nan());
    (length > 0).then(|| (0..length).filter_map(product).sum())
}

fn series_dot_product(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (mut left, mut right) = (Series::<f64>::new(arguments, 0)?, Series::<f64>::new(arguments, 1)?);
    let values = (0..arguments.rows()).map(|row| dot_product(left.elements(row)?, right.elements(row)?));
    Ok(Arc::new(values.collect::<Float64Array>()))
}

fn series_cosine_similarity(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (mut left, mut right) = (Series::<f64>::new(arguments, 0)?, Series::<f64>::new(arguments, 1)?);
    let given = |position| match position < arguments.len() {
        true => arguments.primitives::<Float64Type>(position).map(Some),
        false => Ok(None),
    };
    let (left_magnitude, right_magnitude) = (given(2)?, given(3)?);
    let values = (0..arguments.rows()).map(|row| {
        let (left, right) = (left.array(row)?, right.array(row)?);
        let length = left.len().min(right.len());
        let (left, right) = (left.get(..length)?, right.get(..length)?);
        let product = dot_product(Elements::Array(left), Elements::Array(right))?;
        let length_of = |elements| Some(dot_product(Elements::Array(elements), Elements::Array(elements))?.sqrt());
        let left = left_magnitude.as_ref().and_then(|given| given.get(row)).or_else(|| length_of(left))?;
        let right = right_magnitude.as_ref().and_then(|given| given.get(row)).or_else(|| length_of(right))?;
        Some(product / (left * right))
    });
    Ok(Arc::new(values.collect::<Float64Array>()))
}

fn series_pearson_correlation(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let (mut left, mut right) = (Series::<f64>::new(arguments, 0)?, Series::<f64>::new(arguments, 1)?);
    let values = (0..arguments.rows()).map(|row| correlation(left.array(row)?, right.array(row)?));
    Ok(Arc::new(values.collect::<Float64Array>()))
}

/// Computed in the order of operations that gives Kusto's very digits.
fn correlation(left: &[f64], right: &[f64]) -> Option<f64> {
    if left.len() != right.len() || left.is_empty() || left.iter().chain(right).any(|element| element.is_nan()) {
        return None;
    }
    let count = left.len() as f64;
    let mean = |elements: &[f64]| elements.iter().sum::<f64>() / count;
    let (left_mean, right_mean) = (mean(left), mean(right));
    let covariance = left.iter().zip(right).map(|(left, right)| (left - left_mean) * (right - right_mean)).sum::<f64>();
    let deviation = |elements: &[f64], mean: f64| {
        (elements.iter().map(|element| (element - mean) * (element - mean)).sum::<f64>() / count).sqrt()
    };
    Some(covariance / count / (deviation(left, left_mean) * deviation(right, right_mean)))
}

#[cfg(test)]
mod tests {
    #[test]
    fn correlation_has_the_digits_of_kusto() {
        assert_eq!(super::correlation(&[0.0, 0.0, 5.0], &[0.0, 0.0, 5.0]), Some(1.0000000000000002));
        let doubled: Vec<f64> = (1..=5).map(|x| f64::from(x) * 2.0).collect();
        assert_eq!(super::correlation(&[1.0, 2.0, 3.0, 4.0, 5.0], &doubled), Some(0.9999999999999998));
        assert_eq!(super::correlation(&[1.0], &[1.0, 2.0]), None);
    }
}
