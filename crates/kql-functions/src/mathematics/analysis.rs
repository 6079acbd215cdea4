//! Analysis: powers, logarithms, trigonometry and the gamma function, all over `real`.

use arrow::array::ArrayRef;
use arrow::datatypes::Float64Type;
use kql_types::ScalarType;

use crate::columnar::{binary, predicate, unary, unary_optional};
use crate::documentation::example;
use crate::overload::{number_as_real, overload};
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

type Result = std::result::Result<ArrayRef, KernelError>;

/// A function of one number.
macro_rules! of_one {
    ($name:literal, $result_name:expr, $kernel:expr, $page:literal, $summary:literal, $returns:literal, [$($example:expr),*]) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation { summary: $summary, returns: $returns, notes: "", page: $page },
            overloads: &[overload!([number_as_real("number").describe("The number.")] -> Real, $kernel)],
            result_name: $result_name,
            deterministic: true,
            examples: &[$($example),*],
        }
    };
}

/// A question about one `real`.
macro_rules! question {
    ($name:literal, $predicate:expr, $page:literal, $summary:literal, [$($example:expr),*]) => {
        Function {
            name: $name,
            aliases: &[],
            documentation: Documentation {
                summary: $summary,
                returns: "`true` or `false`; null for null.",
                notes: "",
                page: $page,
            },
            overloads: &[overload!(
                [parameter("number", ScalarType::Real).describe("The number.")] -> Bool,
                |a| predicate::<Float64Type>(a, $predicate)
            )],
            result_name: ResultName::None,
            deterministic: true,
            examples: &[$($example),*],
        }
    };
}

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    of_one!(
        "sqrt",
        ResultName::FirstArgument,
        |a| reals(a, f64::sqrt),
        "sqrt-function",
        "Gives the square root of a number.",
        "The root; NaN for a negative number.",
        [example("print sqrt(256)", "16.0"), example("print sqrt(-1)", "NaN")]
    ),
    of_one!(
        "exp",
        ResultName::FirstArgument,
        |a| reals(a, f64::exp),
        "exp-function",
        "Raises e to a power.",
        "e to the power of the argument.",
        [example("print exp(0)", "1.0"), example("print exp(1) == 2.718281828459045", "True")]
    ),
    of_one!(
        "exp2",
        ResultName::FirstArgument,
        |a| reals(a, f64::exp2),
        "exp2-function",
        "Raises 2 to a power.",
        "2 to the power of the argument.",
        [example("print exp2(3)", "8.0"), example("print exp2(-1)", "0.5")]
    ),
    of_one!(
        "exp10",
        ResultName::FirstArgument,
        |a| reals(a, |power| 10_f64.powf(power)),
        "exp10-function",
        "Raises 10 to a power.",
        "10 to the power of the argument.",
        [example("print exp10(3)", "1000.0"), example("print exp10(0)", "1.0")]
    ),
    of_one!(
        "log",
        ResultName::FirstArgument,
        |a| logarithms(a, f64::ln),
        "log-function",
        "Gives the natural logarithm of a number.",
        "The logarithm; -∞ for 0, null for a negative number.",
        [example("print log(1)", "0.0"), example("print log(-1)", "")]
    ),
    of_one!(
        "log2",
        ResultName::FirstArgument,
        |a| logarithms(a, f64::log2),
        "log2-function",
        "Gives the logarithm of a number to base 2.",
        "The logarithm; -∞ for 0, null for a negative number.",
        [example("print log2(8)", "3.0"), example("print log2(-1)", "")]
    ),
    of_one!(
        "log10",
        ResultName::FirstArgument,
        |a| logarithms(a, f64::log10),
        "log10-function",
        "Gives the logarithm of a number to base 10.",
        "The logarithm; -∞ for 0, null for a negative number.",
        [example("print log10(1000)", "3.0"), example("print log10(-1)", "")]
    ),
    of_one!(
        "sin",
        ResultName::FirstArgument,
        |a| reals(a, f64::sin),
        "sin-function",
        "Gives the sine of an angle.",
        "The sine of the angle, which is in radians.",
        [example("print sin(0)", "0.0"), example("print round(sin(pi() / 2), 9)", "1.0")]
    ),
    of_one!(
        "cos",
        ResultName::FirstArgument,
        |a| reals(a, f64::cos),
        "cos-function",
        "Gives the cosine of an angle.",
        "The cosine of the angle, which is in radians.",
        [example("print cos(0)", "1.0"), example("print round(cos(pi()), 9)", "-1.0")]
    ),
    of_one!(
        "tan",
        ResultName::FirstArgument,
        |a| reals(a, f64::tan),
        "tan-function",
        "Gives the tangent of an angle.",
        "The tangent of the angle, which is in radians.",
        [example("print tan(0)", "0.0"), example("print round(tan(pi() / 4), 9)", "1.0")]
    ),
    of_one!(
        "cot",
        ResultName::None,
        |a| reals(a, |angle| 1.0 / angle.tan()),
        "cot-function",
        "Gives the cotangent of an angle.",
        "The cotangent of the angle, which is in radians.",
        [example("print round(cot(pi() / 4), 9)", "1.0"), example("print round(cot(1), 6)", "0.642093")]
    ),
    of_one!(
        "asin",
        ResultName::FirstArgument,
        |a| inverses(a, f64::asin),
        "asin-function",
        "Gives the angle of a sine.",
        "The angle in radians; null outside -1 to 1.",
        [example("print asin(0)", "0.0"), example("print asin(2)", "")]
    ),
    of_one!(
        "acos",
        ResultName::FirstArgument,
        |a| inverses(a, f64::acos),
        "acos-function",
        "Gives the angle of a cosine.",
        "The angle in radians; null outside -1 to 1.",
        [example("print acos(1)", "0.0"), example("print acos(-2)", "")]
    ),
    of_one!(
        "atan",
        ResultName::FirstArgument,
        |a| reals(a, f64::atan),
        "atan-function",
        "Gives the angle of a tangent.",
        "The angle in radians.",
        [example("print atan(0)", "0.0"), example("print round(atan(1) * 4, 6)", "3.141593")]
    ),
    of_one!(
        "degrees",
        ResultName::None,
        |a| reals(a, f64::to_degrees),
        "degrees-function",
        "Turns radians into degrees.",
        "The angle in degrees.",
        [example("print degrees(pi())", "180.0"), example("print degrees(0)", "0.0")]
    ),
    of_one!(
        "radians",
        ResultName::None,
        |a| reals(a, f64::to_radians),
        "radians-function",
        "Turns degrees into radians.",
        "The angle in radians.",
        [example("print radians(0)", "0.0"), example("print radians(180) == pi()", "True")]
    ),
    of_one!(
        "gamma",
        ResultName::FirstArgument,
        |a| reals(a, libm::tgamma),
        "gamma-function",
        "Gives the gamma function of a number.",
        "The gamma function, `(n - 1)!` for a whole number n.",
        [example("print gamma(5)", "24.0"), example("print gamma(1)", "1.0")]
    ),
    of_one!(
        "loggamma",
        ResultName::FirstArgument,
        |a| reals(a, libm::lgamma),
        "loggamma-function",
        "Gives the natural logarithm of the gamma function's absolute value.",
        "The logarithm.",
        [example("print loggamma(1)", "0.0"), example("print round(loggamma(5), 6)", "3.178054")]
    ),
    of_one!(
        "erf",
        ResultName::FirstArgument,
        |a| reals(a, libm::erf),
        "erf-function",
        "Gives the error function of a number.",
        "A value between -1 and 1.",
        [example("print erf(0)", "0.0"), example("print round(erf(1), 6)", "0.842701")]
    ),
    of_one!(
        "erfc",
        ResultName::FirstArgument,
        |a| reals(a, libm::erfc),
        "erfc-function",
        "Gives the complementary error function of a number.",
        "A value between 0 and 2.",
        [example("print erfc(0)", "1.0"), example("print round(erfc(1), 6)", "0.157299")]
    ),
    Function {
        name: "pow",
        aliases: &[],
        documentation: Documentation {
            summary: "Raises a number to a power.",
            returns: "The power as a `real`.",
            notes: "",
            page: "pow-function",
        },
        overloads: &[overload!(
            [number_as_real("base").describe("The number."), number_as_real("exponent").describe("The power.")] -> Real,
            |a| binary::<Float64Type, Float64Type, Float64Type>(a, f64::powf)
        )],
        result_name: ResultName::FirstArgument,
        deterministic: true,
        examples: &[example("print pow(2, 10)", "1024.0"), example("print pow(4, 0.5)", "2.0")],
    },
    Function {
        name: "atan2",
        aliases: &[],
        documentation: Documentation {
            summary: "Gives the angle between the x axis and the line from the origin to a point.",
            returns: "The angle in radians, from -π to π.",
            notes: "The y coordinate comes first.",
            page: "atan2-function",
        },
        overloads: &[overload!(
            [number_as_real("y").describe("The point's y."), number_as_real("x").describe("The point's x.")] -> Real,
            |a| binary::<Float64Type, Float64Type, Float64Type>(a, f64::atan2)
        )],
        result_name: ResultName::FirstArgument,
        deterministic: true,
        examples: &[example("print atan2(0, 1)", "0.0"), example("print atan2(1, 1) == pi() / 4", "True")],
    },
    Function {
        name: "pi",
        aliases: &[],
        documentation: Documentation {
            summary: "Gives the number π.",
            returns: "The real number nearest to π.",
            notes: "",
            page: "pi-function",
        },
        overloads: &[overload!([] -> Real, |a| {
            let values = arrow::array::Float64Array::from_value(std::f64::consts::PI, a.rows());
            Ok(std::sync::Arc::new(values))
        })],
        result_name: ResultName::None,
        deterministic: true,
        examples: &[example("print pi()", "3.141592653589793"), example("print round(pi(), 2)", "3.14")],
    },
    question!(
        "isnan",
        f64::is_nan,
        "isnan-function",
        "Tells whether a number is NaN.",
        [example("print isnan(0.0 / 0.0)", "True"), example("print isnan(1.0)", "False")]
    ),
    question!(
        "isinf",
        f64::is_infinite,
        "isinf-function",
        "Tells whether a number is infinite, positive or negative.",
        [example("print isinf(-1.0 / 0.0)", "True"), example("print isinf(0.0 / 0.0)", "False")]
    ),
    question!(
        "isfinite",
        f64::is_finite,
        "isfinite-function",
        "Tells whether a number is neither infinite nor NaN.",
        [example("print isfinite(1.0)", "True"), example("print isfinite(1.0 / 0.0)", "False")]
    ),
];

fn reals(arguments: &Arguments<'_>, function: impl Fn(f64) -> f64) -> Result {
    unary::<Float64Type, Float64Type>(arguments, function)
}

/// A logarithm, which negative numbers do not have.
fn logarithms(arguments: &Arguments<'_>, logarithm: impl Fn(f64) -> f64) -> Result {
    unary_optional::<Float64Type, Float64Type>(arguments, |value| {
        (value >= 0.0 || value.is_nan()).then(|| logarithm(value))
    })
}

/// An angle of a value that has one only from -1 to 1.
fn inverses(arguments: &Arguments<'_>, inverse: impl Fn(f64) -> f64) -> Result {
    unary_optional::<Float64Type, Float64Type>(arguments, |value| {
        (value.abs() <= 1.0 || value.is_nan()).then(|| inverse(value))
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::{AsArray, Float64Array};

    use super::*;
    use crate::Argument;
    use crate::testing::call_overload;

    fn results(name: &str, values: &[Option<f64>]) -> Vec<Option<f64>> {
        let column = Argument::Array(Arc::new(Float64Array::from(values.to_vec())));
        let result = call_overload(&format!("{name}(number)"), &[column], values.len());
        result.as_primitive::<Float64Type>().iter().collect()
    }

    #[test]
    fn outside_the_domain() {
        let logarithms = results("log", &[Some(0.0), Some(-0.5), Some(f64::INFINITY), None]);
        assert_eq!(logarithms, [Some(f64::NEG_INFINITY), None, Some(f64::INFINITY), None]);
        assert!(results("sqrt", &[Some(-1.0)])[0].is_some_and(f64::is_nan));
        assert!(results("log2", &[Some(f64::NAN)])[0].is_some_and(f64::is_nan));
        assert_eq!(results("acos", &[Some(1.5), Some(1.0)]), [None, Some(0.0)]);
        assert_eq!(results("exp", &[Some(1e6), Some(-1e6)]), [Some(f64::INFINITY), Some(0.0)]);
    }

    #[test]
    fn questions_pass_null_on() {
        let column = Argument::Array(Arc::new(Float64Array::from(vec![Some(f64::NAN), Some(1.0), None])));
        let result = call_overload("isnan(real)", &[column], 3);
        assert_eq!(result.as_boolean().iter().collect::<Vec<_>>(), [Some(true), Some(false), None]);
    }

    #[test]
    fn pi_fills_its_rows() {
        assert_eq!(call_overload("pi()", &[], 3).len(), 3);
    }
}
