//! Linear filters: `series_fir` and `series_iir`.

use arrow::array::ArrayRef;
use kql_types::ScalarType;
use kql_types::dynamic::Builder;

use super::{Element, Series, series, write_elements, write_reals};
use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[SERIES_FIR, SERIES_IIR];

const SERIES: Parameter = series("series").describe("An array of numbers.");

const SERIES_FIR: Function = Function {
    name: "series_fir",
    aliases: &[],
    documentation: Documentation {
        summary: "Applies a filter of finite impulse response, such as a moving average or a difference.",
        returns: "The filtered array: whole numbers when the series and a filter that is not normalised are, else reals. Null when \
                  an argument is no array, the filter is empty, or a filter with negative coefficients is to be normalised.",
        notes: "Before its start (and behind its end) the series counts as 0. A centred filter must have an odd number of \
                coefficients here.",
        page: "series-fir-function",
    },
    overloads: &[overload!(
        [
            SERIES,
            series("filter").describe("The coefficients, that of the current point first."),
            parameter("normalize", ScalarType::Bool)
                .optional()
                .describe("Whether to divide by the sum of the coefficients; so it is when none is negative."),
            parameter("center", ScalarType::Bool)
                .optional()
                .describe("Whether the filter lies around the current point, not behind it."),
        ] -> Dynamic,
        series_fir
    )],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print x = series_fir(dynamic([2, 4, 6]), dynamic([1, 1]))", "[1.0,3.0,5.0]"),
        example("print x = series_fir(dynamic([2, 5, 3]), dynamic([1, -1]))", "[2,3,-2]"),
        example("print x = series_fir(dynamic([3, 6, 9]), dynamic([1, 1, 1]), true, true)", "[3.0,6.0,5.0]"),
    ],
};

const SERIES_IIR: Function = Function {
    name: "series_iir",
    aliases: &[],
    documentation: Documentation {
        summary: "Applies a filter of infinite impulse response, such as a cumulative sum or exponential smoothing.",
        returns: "The filtered array of reals; null when an argument is no array or the first denominator is 0 or missing.",
        notes: "Each result is the sum of the numerators times the series from here backwards, less the sum of the further \
                denominators times the results before, over the first denominator.",
        page: "series-iir-function",
    },
    overloads: &[overload!(
        [
            SERIES,
            series("numerators").describe("The coefficients of the series, that of the current point first."),
            series("denominators").describe("The coefficients of the results, that of the current point first."),
        ] -> Dynamic,
        series_iir
    )],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print x = series_iir(dynamic([1, 2, 3]), dynamic([1]), dynamic([1, -1]))", "[1.0,3.0,6.0]"),
        example("print x = series_iir(dynamic([8, 0, 0]), dynamic([0.5]), dynamic([1, -0.5]))", "[4.0,2.0,1.0]"),
    ],
};

fn series_fir(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<Element>::new(arguments, 0)?;
    let mut filter = Series::<Element>::new(arguments, 1)?;
    let flag = |position| if position < arguments.len() { arguments.bools(position).map(Some) } else { Ok(None) };
    let (normalize, center) = (flag(2)?, flag(3)?);
    output::dynamics(arguments.rows(), |row, out| {
        let (Some(elements), Some(filter)) = (series.array(row), filter.array(row)) else { return Ok(false) };
        let negative = filter.iter().any(|coefficient| coefficient.real().is_some_and(|value| value < 0.0));
        let normalize = normalize.and_then(|normalize| normalize.get(row)).unwrap_or(!negative);
        let center = center.and_then(|center| center.get(row)).unwrap_or(false);
        if filter.is_empty() || (negative && normalize) {
            return Ok(false);
        }
        if center && filter.len().is_multiple_of(2) {
            return Err(KernelError("a centred filter of an even number of coefficients is not supported".to_owned()));
        }
        let ahead = if center { filter.len() / 2 } else { 0 };
        let whole = |elements: &[Element]| elements.iter().all(|element| matches!(element, Element::Long(_)));
        let whole = !normalize && whole(elements) && whole(filter);
        let divisor = if normalize { filter.iter().filter_map(|coefficient| coefficient.real()).sum() } else { 1.0 };
        let filtered = (0..elements.len()).map(|at| {
            let points = filter.iter().enumerate().filter_map(|(behind, coefficient)| {
                Some((elements.get((at + ahead).checked_sub(behind)?)?, coefficient))
            });
            if whole {
                let products = points.map(|(element, coefficient)| match (element, coefficient) {
                    (Element::Long(element), Element::Long(coefficient)) => element.wrapping_mul(*coefficient),
                    _ => 0,
                });
                return Element::Long(products.fold(0, i64::wrapping_add));
            }
            let sum: Option<f64> =
                points.map(|(element, coefficient)| Some(element.real()? * coefficient.real()?)).sum();
            sum.map_or(Element::Missing, |sum| Element::Real(sum / divisor))
        });
        write_elements(filtered, out);
        Ok(true)
    })
}

fn series_iir(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let mut series = Series::<f64>::new(arguments, 0)?;
    let mut numerators = Series::<f64>::new(arguments, 1)?;
    let mut denominators = Series::<f64>::new(arguments, 2)?;
    let mut results: Vec<f64> = Vec::new();
    output::dynamics(arguments.rows(), |row, out| {
        let (Some(elements), Some(numerators)) = (series.array(row), numerators.array(row)) else { return Ok(false) };
        let Some((first, further)) = denominators.array(row).and_then(|denominators| denominators.split_first()) else {
            return Ok(false);
        };
        if *first == 0.0 || first.is_nan() {
            return Ok(false);
        }
        results.clear();
        for at in 0..elements.len() {
            let back = |values: &[f64], behind: usize| Some(*values.get(at.checked_sub(behind)?)?);
            let of_series = numerators.iter().enumerate().filter_map(|(behind, b)| Some(b * back(elements, behind)?));
            let of_results = further.iter().enumerate().filter_map(|(behind, a)| Some(a * back(&results, behind + 1)?));
            let result = (of_series.sum::<f64>() - of_results.sum::<f64>()) / first;
            results.push(result);
        }
        write_reals(results.iter().copied(), &mut Builder::new(out));
        Ok(true)
    })
}
