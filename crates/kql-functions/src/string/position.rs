//! Positions in code points, found in text that is stored in bytes.

/// How many code points there are. Text that is all ASCII is counted at memory speed.
pub(super) fn count(text: &str) -> usize {
    text.chars().count()
}

/// The byte at which the code point at `position` starts; the end of the text when it has fewer.
pub(super) fn byte_of(text: &str, position: usize) -> usize {
    if text.is_ascii() {
        return position.min(text.len());
    }
    text.char_indices().nth(position).map_or(text.len(), |(byte, _)| byte)
}

/// The position of the code point that starts at this byte.
pub(super) fn position_of(text: &str, byte: usize) -> usize {
    text.get(..byte).map_or(0, count)
}

/// The text from the code point at `start`, `length` of them at most.
pub(super) fn slice(text: &str, start: usize, length: usize) -> &str {
    let rest = text.get(byte_of(text, start)..).unwrap_or("");
    rest.get(..byte_of(rest, length)).unwrap_or(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_position() {
        assert_eq!(count("a😀é"), 3);
        assert_eq!(byte_of("a😀é", 2), 5);
        assert_eq!(byte_of("a😀é", 9), 7);
        assert_eq!(position_of("a😀é", 5), 2);
        assert_eq!(slice("a😀é", 1, 1), "😀");
        assert_eq!(slice("abc", 1, 9), "bc");
        assert_eq!(slice("abc", 4, 1), "");
    }
}
