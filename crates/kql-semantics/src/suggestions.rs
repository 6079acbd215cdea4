//! «did you mean …?»: the nearest of the names that there are.

/// The name nearest to a misspelt one, if one is near.
pub(crate) fn nearest<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let wanted = name.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let known = candidate.to_lowercase();
        let similarity = if known == wanted {
            1.0
        } else {
            let edits = strsim::normalized_damerau_levenshtein(&wanted, &known);
            // A part of a longer name, such as `Recipient` for `RecipientEmailAddress`.
            let prefix = wanted.len() >= 4 && (known.starts_with(&wanted) || wanted.starts_with(&known));
            if prefix { edits.max(0.65) } else { edits }
        };
        if similarity >= 0.6 && best.is_none_or(|(so_far, _)| similarity > so_far) {
            best = Some((similarity, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// The nearest name as a help text.
pub(crate) fn did_you_mean<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<String> {
    nearest(name, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}
