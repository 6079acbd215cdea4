//! «did you mean …?»: the nearest of the names that there are.

/// Longer names are not compared: it would take long, and nobody misspells them.
const LONGEST: usize = 200;

/// The name nearest to a misspelt one, if one is near.
pub(crate) fn nearest<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    if name.len() > LONGEST {
        return None;
    }
    let wanted = name.to_lowercase();
    let mut best: Option<(f64, &str)> = None;
    for candidate in candidates {
        let similarity = similarity(&wanted, candidate);
        if similarity >= 0.6 && best.is_none_or(|(so_far, _)| similarity > so_far) {
            best = Some((similarity, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

/// How alike a name in lower case and a known one are, from 0 to 1.
fn similarity(wanted: &str, candidate: &str) -> f64 {
    let known = candidate.to_lowercase();
    if known == wanted {
        return 1.0;
    }
    let edits = strsim::normalized_damerau_levenshtein(wanted, &known);
    // A part of a longer name, such as `Recipient` for `RecipientEmailAddress`.
    let prefix = wanted.len() >= 4 && (known.starts_with(wanted) || wanted.starts_with(&known));
    if prefix { edits.max(0.65) } else { edits }
}

/// How many names a message lists.
const SHOWN: usize = 8;

/// «the columns are …»: all names where they are few, else those most like the name that was written.
pub(crate) fn listed<'n>(what: &str, name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<String> {
    let mut names: Vec<&str> = candidates.collect();
    if names.is_empty() {
        return None;
    }
    if name.len() > LONGEST {
        return None;
    }
    if names.len() <= SHOWN {
        return Some(format!("the {what} are {}", names.join(", ")));
    }
    let (wanted, total) = (name.to_lowercase(), names.len());
    let mut ranked: Vec<(f64, &str)> = names.drain(..).map(|name| (similarity(&wanted, name), name)).collect();
    ranked.sort_by(|left, right| right.0.total_cmp(&left.0).then_with(|| left.1.cmp(right.1)));
    let nearest: Vec<&str> = ranked.into_iter().take(SHOWN).map(|(_, name)| name).collect();
    Some(format!("the nearest of {total} {what} are {}", nearest.join(", ")))
}

/// The nearest name as a help text, if one is near.
pub fn did_you_mean<'n>(name: &str, candidates: impl Iterator<Item = &'n str>) -> Option<String> {
    nearest(name, candidates).map(|candidate| format!("did you mean `{candidate}`?"))
}

/// Functions of other languages, in lower case, with what to write.
const FOREIGN_FUNCTIONS: &[(&str, &str)] = &[
    ("average", "`avg(…)`"),
    ("cast", "`tostring(…)`, `tolong(…)`, `todatetime(…)` and their like convert"),
    ("charindex", "`indexof(…)`"),
    ("collect_list", "`make_list(…)`"),
    ("collect_set", "`make_set(…)`"),
    ("concat", "`strcat(…)` joins strings"),
    ("concatenate", "`strcat(…)` joins strings"),
    ("convert", "`tostring(…)`, `tolong(…)`, `todatetime(…)` and their like convert"),
    ("current_timestamp", "`now()`"),
    ("date_trunc", "`bin(…, 1d)`, or `startofday(…)`"),
    ("dateadd", "`datetime_add(…)`, or `+ 1d`"),
    ("datediff", "`datetime_diff(…)`"),
    ("distinct", "`dcount(…)` counts distinct values, `make_set(…)` collects them; `distinct` is an operator"),
    ("getdate", "`now()`"),
    ("group_concat", "`strcat_array(make_list(…), \",\")`"),
    ("ifnull", "`coalesce(…)`"),
    ("instr", "`indexof(…)`"),
    ("left", "`substring(…, 0, n)`"),
    ("len", "`strlen(…)`; of an array, `array_length(…)`"),
    ("length", "`strlen(…)`; of an array, `array_length(…)`"),
    ("ltrim", "`trim_start(…)`"),
    ("mean", "`avg(…)`"),
    ("median", "`percentile(…, 50)`"),
    ("mid", "`substring(…)`"),
    ("nvl", "`coalesce(…)`"),
    ("regex_extract", "`extract(regex, group, text)`"),
    ("regex_match", "`text matches regex \"…\"`"),
    ("regexp_extract", "`extract(regex, group, text)`"),
    ("rtrim", "`trim_end(…)`"),
    ("string_agg", "`strcat_array(make_list(…), \",\")`"),
    ("strpos", "`indexof(…)`"),
    ("to_date", "`todatetime(…)`"),
    ("todate", "`todatetime(…)`"),
    ("values", "`make_set(…)`"),
];

/// What to write for a function of another language.
pub(crate) fn foreign_function(name: &str) -> Option<String> {
    let name = name.to_lowercase();
    let (_, native) = FOREIGN_FUNCTIONS.iter().find(|(foreign, _)| *foreign == name)?;
    Some(format!("in KQL: {native}"))
}
