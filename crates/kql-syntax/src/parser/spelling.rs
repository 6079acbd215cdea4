//! Which known word an unknown one was meant to be.

/// The known word that is closest, if it is close enough to be what the author meant.
pub(crate) fn closest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    // Words far longer than any keyword are not worth the comparison.
    if word.len() > 40 {
        return None;
    }
    let lower = word.to_lowercase();
    known
        .map(|known| (strsim::damerau_levenshtein(&lower, known), known))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, known)| *distance <= (known.len().max(3) - 1) / 2 && *distance <= 3)
        .map(|(_, known)| known)
}
