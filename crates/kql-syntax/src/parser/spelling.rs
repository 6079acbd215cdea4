//! Which known word an unknown one was meant to be.

/// More edits than these make another word.
const FURTHEST: usize = 3;

/// The known word that is closest, if it is close enough to be what the author meant.
pub(crate) fn closest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let lower = word.to_lowercase();
    known
        .filter(|known| known.len().abs_diff(word.len()) <= FURTHEST)
        .map(|known| (strsim::damerau_levenshtein(&lower, known), known))
        .min_by_key(|(distance, _)| *distance)
        .filter(|(distance, known)| *distance <= (known.len().max(3) - 1) / 2 && *distance <= FURTHEST)
        .map(|(_, known)| known)
}
