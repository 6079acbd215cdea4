//! The text form of `guid`: 32 lower-case hexadecimal digits in groups of 8-4-4-4-12.

/// Appends a guid.
pub fn write_guid(bytes: &[u8; 16], out: &mut String) {
    for (at, byte) in bytes.iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        out.push(hexadecimal(byte >> 4));
        out.push(hexadecimal(byte & 15));
    }
}

fn hexadecimal(digit: u8) -> char {
    char::from(if digit < 10 { b'0' + digit } else { b'a' + digit - 10 })
}

/// The text of a guid.
pub fn format_guid(bytes: &[u8; 16]) -> String {
    let mut out = String::with_capacity(36);
    write_guid(bytes, &mut out);
    out
}

/// Reads 32 hexadecimal digits, hyphens between them wherever they stand, in braces or parentheses or none.
pub fn parse_guid(text: &str) -> Option<[u8; 16]> {
    let text = text.trim();
    let bracketed = |open, close| text.strip_prefix(open).and_then(|rest| rest.strip_suffix(close));
    let text = bracketed('{', '}').or_else(|| bracketed('(', ')')).unwrap_or(text);
    if text.starts_with('-') || text.ends_with('-') {
        return None;
    }
    let mut value: u128 = 0;
    let mut digits = 0;
    for character in text.chars().filter(|character| *character != '-') {
        value = value << 4 | u128::from(character.to_digit(16)?);
        digits += 1;
        if digits > 32 {
            return None;
        }
    }
    (digits == 32).then(|| value.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_and_back() {
        let text = "5a1d2c3b-0000-4fff-8abc-def012345678";
        let guid = parse_guid(text).unwrap();
        assert_eq!(format_guid(&guid), text);
        for form in ["{5A1D2C3B-0000-4FFF-8ABC-DEF012345678}", "5a1d2c3b00004fff8abcdef012345678"] {
            assert_eq!(parse_guid(form), Some(guid));
        }
        for bad in ["", "5a1d", "5a1d2c3b-0000-4fff-8abc-def01234567g", "5a1d2c3b-0000-4fff-8abc-def0123456789"] {
            assert_eq!(parse_guid(bad), None, "{bad}");
        }
    }
}
