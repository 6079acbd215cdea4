//! Arithmetic on `decimal` values as they lie in memory: integers scaled by [`DECIMAL_SCALE`].
//!
//! Every operation answers `None` where the result has no place in a `decimal`, or where one divides by zero.

use arrow::datatypes::i256;
use kql_types::arrow_mapping::{DECIMAL_PRECISION, DECIMAL_SCALE};

/// The scaled form of one.
pub const ONE: i128 = 10_i128.pow(DECIMAL_SCALE as u32);
const LIMIT: i128 = 10_i128.pow(DECIMAL_PRECISION as u32);

/// `left + right`.
pub fn add(left: i128, right: i128) -> Option<i128> {
    in_range(left.checked_add(right)?)
}

/// `left - right`.
pub fn subtract(left: i128, right: i128) -> Option<i128> {
    in_range(left.checked_sub(right)?)
}

/// `left * right`; digits beyond the scale are cut off.
pub fn multiply(left: i128, right: i128) -> Option<i128> {
    let product = i256::from_i128(left).checked_mul(i256::from_i128(right))?;
    in_range(product.checked_div(i256::from_i128(ONE))?.to_i128()?)
}

/// `left / right`; digits beyond the scale are cut off.
pub fn divide(left: i128, right: i128) -> Option<i128> {
    let scaled = i256::from_i128(left).checked_mul(i256::from_i128(ONE))?;
    in_range(scaled.checked_div(i256::from_i128(right))?.to_i128()?)
}

/// `left % right`, never negative.
pub fn modulo(left: i128, right: i128) -> Option<i128> {
    left.checked_rem_euclid(right)
}

/// The largest multiple of `size` that is not above `value`.
pub fn bin(value: i128, size: i128) -> Option<i128> {
    if size <= 0 {
        return None;
    }
    in_range(value.checked_sub(value.checked_rem_euclid(size)?)?)
}

fn in_range(value: i128) -> Option<i128> {
    (-LIMIT < value && value < LIMIT).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keeps_the_scale() {
        assert_eq!(multiply(3 * ONE / 2, 2 * ONE), Some(3 * ONE));
        assert_eq!(divide(ONE, 3 * ONE), Some(ONE / 3));
        assert_eq!(divide(-ONE, 2 * ONE), Some(-ONE / 2));
        assert_eq!(modulo(-7 * ONE, 2 * ONE), Some(ONE));
        assert_eq!(bin(-ONE / 2, ONE), Some(-ONE));
    }

    #[test]
    fn has_no_answer_where_there_is_none() {
        assert_eq!(divide(ONE, 0), None);
        assert_eq!(modulo(ONE, 0), None);
        assert_eq!(bin(ONE, 0), None);
        assert_eq!(add(LIMIT - 1, 1), None);
        assert_eq!(multiply(LIMIT - 1, LIMIT - 1), None);
        assert_eq!(divide(LIMIT - 1, 1), None);
        assert_eq!(subtract(i128::MIN, 1), None);
    }
}
