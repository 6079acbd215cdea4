//! Functions of one number, applied to each element of a series.

use arrow::array::ArrayRef;

use super::{Element, Series, series, write_elements};
use crate::documentation::example;
use crate::overload::overload;
use crate::{Arguments, Documentation, Function, KernelError, Parameter, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[
    SERIES_ABS,
    SERIES_SIGN,
    SERIES_FLOOR,
    SERIES_CEILING,
    SERIES_EXP,
    SERIES_LOG,
    SERIES_SIN,
    SERIES_COS,
    SERIES_TAN,
    SERIES_ASIN,
    SERIES_ACOS,
    SERIES_ATAN,
];

const SERIES: Parameter = series("series").describe("An array of numbers.");
const RETURNS: &str = "A `real` each; null for a missing element. Null for what is no array.";

const SERIES_ABS: Function = Function {
    name: "series_abs",
    aliases: &[],
    documentation: Documentation {
        summary: "The absolute value of each element.",
        returns: "A `long` for a `long`, else a `real`; null for a missing element. Null for what is no array.",
        notes: "",
        page: "series-abs-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, |arguments| map(arguments, absolute))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_abs(dynamic([-6.5, 0, 8]))", "[6.5,0,8]")],
};

const SERIES_SIGN: Function = Function {
    name: "series_sign",
    aliases: &[],
    documentation: Documentation {
        summary: "The sign of each element.",
        returns: "-1, 0 or 1 each; null for a missing element. Null for what is no array.",
        notes: "",
        page: "series-sign-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, |arguments| map(arguments, sign))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_sign(dynamic([-6.5, 0, 8, null]))", "[-1,0,1,null]")],
};

const SERIES_FLOOR: Function = Function {
    name: "series_floor",
    aliases: &[],
    documentation: Documentation {
        summary: "The greatest whole number that is not above each element.",
        returns: RETURNS,
        notes: "",
        page: "series-floor-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, |arguments| map_reals(arguments, f64::floor))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_floor(dynamic([-1.5, 1, 2.5]))", "[-2.0,1.0,2.0]")],
};

const SERIES_CEILING: Function = Function {
    name: "series_ceiling",
    aliases: &[],
    documentation: Documentation {
        summary: "The least whole number that is not below each element.",
        returns: RETURNS,
        notes: "",
        page: "series-ceiling-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, |arguments| map_reals(arguments, f64::ceil))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_ceiling(dynamic([-1.5, 1, 2.5]))", "[-1.0,1.0,3.0]")],
};

const SERIES_EXP: Function = Function {
    name: "series_exp",
    aliases: &[],
    documentation: Documentation {
        summary: "The exponential function of each element.",
        returns: RETURNS,
        notes: "",
        page: "series-exp-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, |arguments| map_reals(arguments, f64::exp))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_exp(dynamic([0, null]))", "[1.0,null]")],
};

const SERIES_LOG: Function = Function {
    name: "series_log",
    aliases: &[],
    documentation: Documentation {
        summary: "The natural logarithm of each element.",
        returns: RETURNS,
        notes: "",
        page: "series-log-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, |arguments| map_reals(arguments, f64::ln))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_log(dynamic([1, 0]))", "[0.0,\"-Infinity\"]")],
};

const SERIES_SIN: Function = Function {
    name: "series_sin",
    aliases: &[],
    documentation: Documentation {
        summary: "The sine of each element.",
        returns: RETURNS,
        notes: "",
        page: "series-sin-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, |arguments| map_reals(arguments, f64::sin))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_sin(dynamic([0]))", "[0.0]")],
};

const SERIES_COS: Function = Function {
    name: "series_cos",
    aliases: &[],
    documentation: Documentation {
        summary: "The cosine of each element.",
        returns: RETURNS,
        notes: "",
        page: "series-cos-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, |arguments| map_reals(arguments, f64::cos))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_cos(dynamic([0]))", "[1.0]")],
};

const SERIES_TAN: Function = Function {
    name: "series_tan",
    aliases: &[],
    documentation: Documentation {
        summary: "The tangent of each element.",
        returns: RETURNS,
        notes: "",
        page: "series-tan-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, |arguments| map_reals(arguments, f64::tan))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_tan(dynamic([0]))", "[0.0]")],
};

const SERIES_ASIN: Function = Function {
    name: "series_asin",
    aliases: &[],
    documentation: Documentation {
        summary: "The angle whose sine each element is.",
        returns: RETURNS,
        notes: "",
        page: "series-asin-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, |arguments| map_reals(arguments, f64::asin))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_asin(dynamic([0]))", "[0.0]")],
};

const SERIES_ACOS: Function = Function {
    name: "series_acos",
    aliases: &[],
    documentation: Documentation {
        summary: "The angle whose cosine each element is.",
        returns: RETURNS,
        notes: "",
        page: "series-acos-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, |arguments| map_reals(arguments, f64::acos))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_acos(dynamic([1]))", "[0.0]")],
};

const SERIES_ATAN: Function = Function {
    name: "series_atan",
    aliases: &[],
    documentation: Documentation {
        summary: "The angle whose tangent each element is.",
        returns: RETURNS,
        notes: "",
        page: "series-atan-function",
    },
    overloads: &[overload!([SERIES] -> Dynamic, |arguments| map_reals(arguments, f64::atan))],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[example("print x = series_atan(dynamic([0, 'x']))", "[0.0,null]")],
};

fn absolute(element: Element) -> Element {
    match element {
        Element::Missing => Element::Missing,
        Element::Long(value) => Element::Long(value.wrapping_abs()),
        Element::Real(value) => Element::Real(value.abs()),
    }
}

fn sign(element: Element) -> Element {
    match element {
        Element::Missing => Element::Missing,
        Element::Long(value) => Element::Long(value.signum()),
        Element::Real(value) if value > 0.0 => Element::Long(1),
        Element::Real(value) if value < 0.0 => Element::Long(-1),
        Element::Real(0.0) => Element::Long(0),
        Element::Real(value) => Element::Real(value),
    }
}

fn map(arguments: &Arguments<'_>, function: impl Fn(Element) -> Element) -> Result<ArrayRef, KernelError> {
    let mut series = Series::new(arguments, 0)?;
    output::dynamics(arguments.rows(), |row, out| {
        let Some(elements) = series.array(row) else { return Ok(false) };
        write_elements(elements.iter().map(|element| function(*element)), out);
        Ok(true)
    })
}

fn map_reals(arguments: &Arguments<'_>, function: fn(f64) -> f64) -> Result<ArrayRef, KernelError> {
    map(arguments, |element| element.real().map_or(Element::Missing, |value| Element::Real(function(value))))
}
