//! Text that is not UTF-8: the UTF-16 with a byte order mark that Excel and PowerShell write.

/// The text in UTF-8 where it begins with a byte order mark of UTF-16; half a character becomes U+FFFD.
pub(crate) fn utf8_of_utf16(bytes: &[u8]) -> Option<Vec<u8>> {
    let decode: fn([u8; 2]) -> u16 = match bytes {
        [0xff, 0xfe, ..] => u16::from_le_bytes,
        [0xfe, 0xff, ..] => u16::from_be_bytes,
        _ => return None,
    };
    let units = bytes.chunks_exact(2).skip(1).filter_map(|pair| Some(decode(pair.try_into().ok()?)));
    let text: String =
        char::decode_utf16(units).map(|character| character.unwrap_or(char::REPLACEMENT_CHARACTER)).collect();
    Some(text.into_bytes())
}

/// Whether a text that begins so is UTF-16.
pub(crate) fn is_utf16(start: &[u8]) -> bool {
    matches!(start, [0xff, 0xfe, ..] | [0xfe, 0xff, ..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_byte_orders() {
        let text = "a,é\r\n𝄞,1";
        let units: Vec<u16> = text.encode_utf16().collect();
        let little: Vec<u8> =
            [0xff, 0xfe].into_iter().chain(units.iter().flat_map(|unit| unit.to_le_bytes())).collect();
        let big: Vec<u8> = [0xfe, 0xff].into_iter().chain(units.iter().flat_map(|unit| unit.to_be_bytes())).collect();
        assert_eq!(utf8_of_utf16(&little).unwrap(), text.as_bytes());
        assert_eq!(utf8_of_utf16(&big).unwrap(), text.as_bytes());
        assert_eq!(utf8_of_utf16(b"\xff\xfe\x34\xd8").unwrap(), "\u{fffd}".as_bytes());
        assert_eq!(utf8_of_utf16(b"plain"), None);
    }
}
