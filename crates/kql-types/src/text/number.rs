//! The text forms of numbers and of `bool`.

use crate::arrow_mapping::{DECIMAL_PRECISION, DECIMAL_SCALE};

/// Appends a real as `tostring` and JSON inside `dynamic` show it: `1.0`, `0.5`, `1e30`, `NaN`, `-Infinity`.
pub fn write_real(value: f64, out: &mut String) {
    if value.is_nan() {
        return out.push_str("NaN");
    }
    if value.is_sign_negative() {
        out.push('-');
    }
    if value.is_infinite() {
        return out.push_str("Infinity");
    }
    if value == 0.0 {
        return out.push_str("0.0");
    }
    let (digits, exponent) = super::real::digits(value.abs());
    let mut digits = digits.iter().map(|digit| char::from(*digit));
    let length = digits.len() as i32;
    // How many digits stand before the point.
    let whole = length + exponent;
    if (1..=21).contains(&whole) {
        for _ in 0..whole {
            out.push(digits.next().unwrap_or('0'));
        }
        out.push('.');
        out.push(digits.next().unwrap_or('0'));
        out.extend(digits);
    } else if (-5..=0).contains(&whole) {
        out.push_str("0.");
        out.extend((whole..0).map(|_| '0'));
        out.extend(digits);
    } else {
        out.extend(digits.next());
        if length > 1 {
            out.push('.');
        }
        out.extend(digits);
        out.push('e');
        out.push_str(&(whole - 1).to_string());
    }
}

/// The text of a real.
pub fn format_real(value: f64) -> String {
    let mut out = String::with_capacity(24);
    write_real(value, &mut out);
    out
}

/// Appends an int or long.
pub fn write_long(value: i64, out: &mut String) {
    let mut digits = [0u8; 20];
    let mut at = digits.len();
    let mut rest = value.unsigned_abs();
    loop {
        at -= 1;
        if let Some(digit) = digits.get_mut(at) {
            *digit = b'0' + (rest % 10) as u8;
        }
        rest /= 10;
        if rest == 0 {
            break;
        }
    }
    if value < 0 {
        out.push('-');
    }
    out.extend(digits.iter().skip(at).map(|digit| char::from(*digit)));
}

/// Reads a `long`: decimal digits with a sign, or `0x` and hexadecimal digits; white space around it is allowed.
pub fn parse_long(text: &str) -> Option<i64> {
    let text = text.trim();
    match text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        Some(digits) if digits.bytes().all(|byte| byte.is_ascii_hexdigit()) => {
            u64::from_str_radix(digits, 16).ok().map(u64::cast_signed)
        }
        Some(_) => None,
        None => text.parse().ok(),
    }
}

/// Reads an `int`, as [`parse_long`] reads a `long`.
pub fn parse_int(text: &str) -> Option<i32> {
    i32::try_from(parse_long(text)?).ok()
}

/// Reads a `real`: digits with point and exponent (`.5`, `5.`, `1e3`), `NaN`, `Infinity` and their short forms;
/// white space around it is allowed.
pub fn parse_real(text: &str) -> Option<f64> {
    let text = text.trim();
    let magnitude = text.strip_prefix(['+', '-']).unwrap_or(text);
    match magnitude {
        "NaN" | "nan" => return Some(f64::NAN),
        "Infinity" | "infinity" | "Inf" | "inf" => {
            return Some(if text.starts_with('-') { f64::NEG_INFINITY } else { f64::INFINITY });
        }
        _ => {}
    }
    // Rust also reads words such as `INF`, which Kusto does not.
    if !magnitude.starts_with(|character: char| character.is_ascii_digit() || character == '.') {
        return None;
    }
    text.parse().ok()
}

/// Reads a `bool`: `true` and `false` in any case, or a whole number.
pub fn parse_bool(text: &str) -> Option<bool> {
    if text.eq_ignore_ascii_case("true") {
        return Some(true);
    }
    if text.eq_ignore_ascii_case("false") {
        return Some(false);
    }
    parse_long(text).map(|number| number != 0)
}

/// Appends a decimal (unscaled, of [`DECIMAL_SCALE`]) without trailing zeros.
pub fn write_decimal(unscaled: i128, out: &mut String) {
    if unscaled < 0 {
        out.push('-');
    }
    let scale = 10u128.pow(DECIMAL_SCALE.unsigned_abs().into());
    let magnitude = unscaled.unsigned_abs();
    out.push_str(&(magnitude / scale).to_string());
    let fraction = magnitude % scale;
    if fraction > 0 {
        let digits = format!("{fraction:0width$}", width = usize::from(DECIMAL_SCALE.unsigned_abs()));
        out.push('.');
        out.push_str(digits.trim_end_matches('0'));
    }
}

/// The text of a decimal.
pub fn format_decimal(unscaled: i128) -> String {
    let mut out = String::new();
    write_decimal(unscaled, &mut out);
    out
}

/// Reads a `decimal` as its unscaled value: digits with point and exponent. Digits beyond the scale are rounded
/// (half away from zero); a number too large for the precision is `None`.
pub fn parse_decimal(text: &str) -> Option<i128> {
    let text = text.trim();
    let (negative, magnitude) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (mantissa, exponent) = match magnitude.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().ok()?),
        None => (magnitude, 0),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    // How many of the digits count before the rest is rounded away.
    let kept = i64::try_from(whole.len()).ok()? + i64::from(exponent) + i64::from(DECIMAL_SCALE);
    let mut unscaled: i128 = 0;
    let mut digits = 0;
    let mut round_up = false;
    for byte in whole.bytes().chain(fraction.bytes()) {
        if !byte.is_ascii_digit() {
            return None;
        }
        if digits < kept {
            unscaled = unscaled.checked_mul(10)?.checked_add(i128::from(byte - b'0'))?;
        } else if digits == kept {
            round_up = byte >= b'5';
        }
        digits += 1;
    }
    for _ in digits..kept {
        if unscaled == 0 {
            break;
        }
        unscaled = unscaled.checked_mul(10)?;
    }
    unscaled = unscaled.checked_add(i128::from(round_up))?;
    if unscaled >= 10i128.pow(DECIMAL_PRECISION.into()) {
        return None;
    }
    Some(if negative { -unscaled } else { unscaled })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reals() {
        for (value, text) in [
            (1.0, "1.0"),
            (-2.5, "-2.5"),
            (0.1 + 0.2, "0.30000000000000007"),
            (40.764323, "40.764323"),
            (1e20, "100000000000000000000.0"),
            (1e21, "1e21"),
            (1.25e-7, "1.25e-7"),
            (0.00001, "0.00001"),
            (f64::MAX, "1.7976931348623157e308"),
            (5e-324, "5e-324"),
            (-0.0, "-0.0"),
            (f64::NEG_INFINITY, "-Infinity"),
            (f64::NAN, "NaN"),
            (40.79686, "40.79686"),
            (1234.5678, "1234.5678"),
        ] {
            assert_eq!(format_real(value), text);
        }
    }

    #[test]
    fn reals_read_back() {
        let mut bits: u64 = 0x9e37_79b9_7f4a_7c15;
        for _ in 0..100_000 {
            bits = bits.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            let value = f64::from_bits(bits);
            if value.is_finite() {
                let text = format_real(value);
                assert_eq!(text.parse::<f64>().unwrap(), value, "{text}");
            }
        }
    }

    #[test]
    fn longs() {
        for value in [0, 7, -1, 1_000_000, i64::MAX, i64::MIN] {
            let mut out = String::new();
            write_long(value, &mut out);
            assert_eq!(out, value.to_string());
        }
    }

    #[test]
    fn numbers_read() {
        assert_eq!(parse_long("  -17 "), Some(-17));
        assert_eq!(parse_long("0xfF"), Some(255));
        assert_eq!(parse_long("9223372036854775808"), None);
        assert_eq!(parse_int("3000000000"), None);
        assert_eq!(parse_real(".25"), Some(0.25));
        assert_eq!(parse_real("-inf"), Some(f64::NEG_INFINITY));
        for bad in ["", "1 2", "1,5", "INF", "0x10", "1f", "e5", "é"] {
            assert_eq!(parse_real(bad), None, "{bad}");
        }
        assert_eq!(parse_bool("tRUE"), Some(true));
        assert_eq!(parse_bool("0"), Some(false));
        assert_eq!(parse_bool(" true"), None);
        assert_eq!(parse_bool("1.0"), None);
    }

    #[test]
    fn decimals() {
        let there_and_back = |text: &str| parse_decimal(text).map(format_decimal);
        assert_eq!(there_and_back("-12.3400").as_deref(), Some("-12.34"));
        assert_eq!(there_and_back("1e3").as_deref(), Some("1000"));
        assert_eq!(there_and_back("25e-1").as_deref(), Some("2.5"));
        assert_eq!(there_and_back("0.12345678905").as_deref(), Some("0.1234567891"));
        assert_eq!(there_and_back("-0.00000000005").as_deref(), Some("-0.0000000001"));
        assert_eq!(there_and_back("1e-30").as_deref(), Some("0"));
        assert_eq!(there_and_back("0e999999999").as_deref(), Some("0"));
        for bad in ["", "-", ".", "1e", "1x", "1e28", "9999999999999999999999999999999", "1.2.3", "1e999999999999"] {
            assert_eq!(there_and_back(bad), None, "{bad}");
        }
    }
}
