//! Case as the operators ignore it: simple folding, character by character, so that lengths in characters agree,
//! and never from outside ASCII into it (the Kelvin sign is no k), so that ASCII can be searched byte by byte.

/// The character in which case makes no difference.
pub fn fold(character: char) -> char {
    if character.is_ascii() {
        return character.to_ascii_lowercase();
    }
    let mut lower = character.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(folded), None) if !folded.is_ascii() => folded,
        // What becomes several characters (İ), or one of ASCII, stays as it is.
        _ => character,
    }
}

/// The text with every character folded.
pub fn fold_text(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(fold).collect() }
}

/// Whether two texts are equal but for case.
pub fn equal(left: &str, right: &str) -> bool {
    if left.eq_ignore_ascii_case(right) {
        return true;
    }
    !(left.is_ascii() && right.is_ascii()) && left.chars().map(fold).eq(right.chars().map(fold))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ignores_case_and_nothing_else() {
        assert!(equal("", ""));
        assert!(equal("CAFÉ Résumé", "café rÉsumÉ"));
        assert!(equal("ΣΊΣΥΦΟΣ", "σίσυφοσ"));
        assert!(!equal("\u{212a}", "k"));
        assert!(!equal("cafe", "café"));
        assert!(!equal("ＦＵＬＬ", "full"));
        assert!(!equal("Straße", "STRASSE"));
        assert!(!equal("a", "ab"));
        assert_eq!(fold_text("ÄBC-İ"), "äbc-İ");
    }
}
