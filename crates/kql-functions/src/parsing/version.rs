//! `parse_version`.

use std::sync::Arc;

use arrow::array::{ArrayRef, Decimal128Array};
use kql_types::ScalarType;
use kql_types::arrow_mapping::DECIMAL_SCALE;

use crate::documentation::example;
use crate::overload::overload;
use crate::signature::parameter;
use crate::{Arguments, Documentation, Function, KernelError, ResultName};

/// The functions of this family.
pub static FUNCTIONS: &[Function] = &[PARSE_VERSION];

const PARSE_VERSION: Function = Function {
    name: "parse_version",
    aliases: &[],
    documentation: Documentation {
        summary: "Makes a number of a version, so that versions compare as numbers do.",
        returns: "A decimal with eight digits for each of four parts, missing parts being 0; null when the text is \
                  not one to four numbers of up to eight digits with dots between.",
        notes: "",
        page: "parse-version-function",
    },
    overloads: &[overload!([
        parameter("version", ScalarType::String).describe("The version, such as `10.0.19045`."),
    ] -> Decimal, parse_version)],
    result_name: ResultName::None,
    deterministic: true,
    examples: &[
        example("print parse_version('0.0.1.2')", "100000002"),
        example("print parse_version('0.10') > parse_version('0.9')", "True"),
        example("print parse_version('1.x')", ""),
    ],
};

fn parse_version(arguments: &Arguments<'_>) -> Result<ArrayRef, KernelError> {
    let versions = arguments.strings(0)?;
    let one = 10i128.pow(DECIMAL_SCALE.unsigned_abs().into());
    let mut values = Vec::with_capacity(arguments.rows());
    for row in 0..arguments.rows() {
        let version = versions.value(row);
        values.push(match number(version) {
            Some(number) => Some(number.checked_mul(one).filter(fits).ok_or_else(|| {
                KernelError(format!("the number of the version '{version}' is too large for a decimal"))
            })?),
            None => None,
        });
    }
    Ok(Arc::new(Decimal128Array::from(values).with_data_type(ScalarType::Decimal.arrow_type())))
}

/// Whether an unscaled decimal has no more digits than a decimal may have.
fn fits(unscaled: &i128) -> bool {
    unscaled.unsigned_abs() < 10u128.pow(kql_types::arrow_mapping::DECIMAL_PRECISION.into())
}

fn number(version: &str) -> Option<i128> {
    let mut number = 0i128;
    let mut parts = version.split('.');
    for position in 0..4 {
        let part = match parts.next() {
            Some(part) if (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_digit()) => {
                part.parse().ok()?
            }
            None if position > 0 => 0,
            _ => return None,
        };
        number = number * 100_000_000 + part;
    }
    parts.next().is_none().then_some(number)
}

#[cfg(test)]
mod tests {
    use super::number;

    #[test]
    fn parts_have_eight_digits_each() {
        assert_eq!(number("1.2.3.4"), Some(1_00000002_00000003_00000004));
        assert_eq!(number("7"), Some(7 * 10i128.pow(24)));
        assert_eq!(number("99999999.99999999.99999999.99999999"), Some(10i128.pow(32) - 1));
        for text in ["", ".", "1.", ".1", "1.2.3.4.5", "123456789", "1.-2", "1.+2", "1. 2", "v1", "1.٣"] {
            assert_eq!(number(text), None, "{text}");
        }
    }
}
