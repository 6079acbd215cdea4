//! Numbers written for people.

use std::fmt::Write;

use arrow::array::ArrayRef;
use arrow::datatypes::{Float64Type, Int64Type};
use kql_types::ScalarType;
use kql_types::text::write_real;

use crate::documentation::example;
use crate::overload::overload;
use crate::signature::{parameter, parameter_of};
use crate::{Arguments, Documentation, Function, KernelError, ParameterType, PassedAs, ResultName, output};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[FORMAT_BYTES];

/// The units, each 1024 times the one before.
const UNITS: [&str; 7] = ["Bytes", "KB", "MB", "GB", "TB", "PB", "EB"];

const FORMAT_BYTES: Function = Function {
    name: "format_bytes",
    aliases: &[],
    documentation: Documentation {
        summary: "Writes a number of bytes with a unit.",
        returns: "The rounded number and its unit; the empty string for null.",
        notes: "A unit is 1024 times the one before. Without a unit the largest is taken in which the number is at \
                least 1. Zeros at the end of the fraction are left out.",
        page: "format-bytes-function",
    },
    overloads: &[overload!([
        parameter_of("size", ParameterType::Number)
            .passed_as(PassedAs::Converted(ScalarType::Real))
            .describe("How many bytes."),
        parameter_of("precision", ParameterType::Number)
            .passed_as(PassedAs::Converted(ScalarType::Long))
            .constant()
            .optional()
            .describe("How many digits to keep behind the point; 0 by default."),
        parameter("format", ScalarType::String)
            .constant()
            .optional()
            .describe("The unit: `Bytes`, `KB`, `MB`, `GB`, `TB`, `PB` or `EB`."),
    ] -> String, format_bytes)],
    result_name: ResultName::FirstArgument,
    deterministic: true,
    examples: &[
        example("print format_bytes(1000)", "1000 Bytes"),
        example("print format_bytes(1536, 1)", "1.5 KB"),
        example("print format_bytes(5000000, 2, 'KB')", "4882.81 KB"),
    ],
};

fn format_bytes(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let sizes = arguments.primitives::<Float64Type>(0)?;
    let precisions = if arguments.len() > 1 { Some(arguments.primitives::<Int64Type>(1)?) } else { None };
    let units = if arguments.len() > 2 { Some(arguments.strings(2)?) } else { None };
    output::strings(arguments.rows(), |row, out| {
        let precision = precisions.as_ref().map_or(Some(0), |precisions| precisions.get(row));
        let (Some(size), Some(precision)) = (sizes.get(row), precision) else { return Ok(()) };
        let unit = match units.map_or("", |units| units.value(row)) {
            "" => largest_unit(size),
            unit => UNITS.iter().position(|known| known.eq_ignore_ascii_case(unit)).ok_or_else(|| {
                KernelError(format!("format_bytes knows the units {}, not '{unit}'", UNITS.join(", ")))
            })?,
        };
        let number = UNITS.iter().take(unit).fold(size, |number, _| number / 1024.0);
        let scale = 10f64.powi(i32::try_from(precision.clamp(0, 15)).unwrap_or(0));
        let rounded = (number * scale).round() / scale;
        let start = out.len();
        write_real(rounded, out);
        if out.get(start..).is_some_and(|text| text.ends_with(".0")) {
            out.truncate(out.len() - 2);
        }
        let name = UNITS.get(unit).copied().unwrap_or_default();
        write!(out, " {name}").map_err(|error| KernelError(error.to_string()))
    })
}

/// The largest unit in which a size is at least 1.
fn largest_unit(size: f64) -> usize {
    let mut rest = size.abs();
    let mut unit = 0;
    while rest >= 1024.0 && unit + 1 < UNITS.len() {
        rest /= 1024.0;
        unit += 1;
    }
    unit
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow::array::Float64Array;

    use crate::Argument;
    use crate::testing::{call, long, text};

    #[test]
    fn sizes_are_written_in_the_largest_unit() {
        let sizes = [Some(0.0), Some(1023.0), Some(1024.0), Some(-2.5e6), Some(1e30), None];
        let sizes = Argument::Array(Arc::new(Float64Array::from(sizes.to_vec())));
        let written = "0 Bytes|1023 Bytes|1 KB|-2 MB|867361737988 EB|";
        assert_eq!(call("format_bytes", std::slice::from_ref(&sizes)), written);
        let written = "0 MB|0.001 MB|0.001 MB|-2.384 MB";
        assert!(call("format_bytes", &[sizes.clone(), long(3), text("mb")]).starts_with(written));
        let error = "error: format_bytes knows the units Bytes, KB, MB, GB, TB, PB, EB, not 'kilo'";
        assert_eq!(call("format_bytes", &[sizes, long(3), text("kilo")]), error);
    }
}
