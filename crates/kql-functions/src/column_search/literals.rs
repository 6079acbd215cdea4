//! The words of which one stands in every match of a regular expression.
//!
//! `-f\s+https?://` matches nothing where there is no `http`: looking for that first spares the expression most rows.

use regex_syntax::hir::{Class, Hir, HirKind, Repetition};

use super::Words;

/// The most words that are looked for at once.
const MOST_WORDS: usize = 32;

/// The longest word that is put together; the start of a long one finds as much.
const LONGEST: usize = 32;

/// A word shorter than this stands in too many texts.
const SHORTEST: usize = 2;

/// Words of which one stands in every text that the expression matches; `None` where it has none that would help.
pub(crate) fn of_expression(pattern: &str) -> Option<Words> {
    let hir = regex_syntax::parse(pattern).ok()?;
    let Set { mut words, ignore_case, only_ascii } = Found::of(&hir).required()?;
    if ignore_case {
        words.iter_mut().for_each(|word| word.make_ascii_lowercase());
    }
    words.sort_unstable();
    words.dedup();
    (words.iter().all(|word| word.len() >= SHORTEST)).then_some(Words { words, ignore_case, only_ascii })
}

/// Words of which one is meant.
#[derive(Clone, Debug)]
struct Set {
    words: Vec<String>,
    /// Whether a small letter stands for the capital too.
    ignore_case: bool,
    /// Whether a character outside ASCII may stand for one in a word: the Kelvin sign is a `k` to an expression.
    only_ascii: bool,
}

impl Set {
    fn new(words: Vec<String>) -> Set {
        Set { words, ignore_case: false, only_ascii: false }
    }

    fn nothing() -> Set {
        Set::new(vec![String::new()])
    }

    /// Each of these words followed by each of those.
    fn then(&self, next: &Set) -> Option<Set> {
        if self.words.len() * next.words.len() > MOST_WORDS {
            return None;
        }
        let words = self.words.iter().flat_map(|word| next.words.iter().map(move |end| format!("{word}{end}")));
        let words: Vec<String> = words.collect();
        words.iter().all(|word| word.len() <= LONGEST).then(|| self.with(next, words))
    }

    /// These words or those.
    fn or(mut self, other: Set) -> Option<Set> {
        let mut words = std::mem::take(&mut self.words);
        words.extend(other.words.iter().cloned());
        (words.len() <= MOST_WORDS).then(|| self.with(&other, words))
    }

    fn with(&self, other: &Set, words: Vec<String>) -> Set {
        Set {
            words,
            ignore_case: self.ignore_case || other.ignore_case,
            only_ascii: self.only_ascii || other.only_ascii,
        }
    }

    /// How much a search for them spares: long words, and few of them.
    fn worth(&self) -> (usize, usize) {
        let shortest = self.words.iter().map(String::len).min().unwrap_or(0);
        (shortest.min(8), MOST_WORDS.saturating_sub(self.words.len()))
    }
}

/// What is known about the texts that an expression matches.
struct Found {
    /// All of them.
    exact: Option<Set>,
    /// Words of which each of them holds one.
    inside: Option<Set>,
}

impl Found {
    /// As deep as the expression, whose depth the parser bounds.
    fn of(hir: &Hir) -> Found {
        match hir.kind() {
            HirKind::Empty | HirKind::Look(_) => Found::exactly(Some(Set::nothing())),
            HirKind::Literal(literal) => {
                let text = std::str::from_utf8(&literal.0).ok();
                Found::exactly(text.map(|text| Set::new(vec![text.to_owned()])))
            }
            HirKind::Class(class) => Found::exactly(of_class(class)),
            HirKind::Capture(capture) => Found::of(&capture.sub),
            HirKind::Repetition(repetition) => Found::of_repetition(repetition),
            HirKind::Concat(parts) => Found::of_sequence(parts),
            HirKind::Alternation(ways) => Found::of_ways(ways),
        }
    }

    fn exactly(exact: Option<Set>) -> Found {
        Found { exact, inside: None }
    }

    fn required(self) -> Option<Set> {
        [self.exact, self.inside].into_iter().flatten().max_by_key(Set::worth)
    }

    fn of_repetition(repetition: &Repetition) -> Found {
        let once = Found::of(&repetition.sub);
        match (repetition.min, repetition.max) {
            (1, Some(1)) => once,
            (0, Some(1)) => Found::exactly(once.exact.and_then(|set| set.or(Set::nothing()))),
            (0, _) => Found::exactly(None),
            (least, _) => {
                // At least so many times one after the other.
                let mut times = once.exact.clone();
                for _ in 1..least.min(8) {
                    let longer = times.as_ref().zip(once.exact.as_ref()).and_then(|(times, once)| times.then(once));
                    times = longer.or(times);
                }
                Found { exact: None, inside: [times, once.inside].into_iter().flatten().max_by_key(Set::worth) }
            }
        }
    }

    fn of_sequence(parts: &[Hir]) -> Found {
        let mut best: Option<Set> = None;
        let mut run = Set::nothing();
        let mut whole = true;
        let mut offer = |set: Set| {
            if best.as_ref().is_none_or(|best| best.worth() < set.worth()) {
                best = Some(set);
            }
        };
        for part in parts {
            let Found { exact, inside } = Found::of(part);
            match exact.as_ref().and_then(|exact| run.then(exact)) {
                Some(longer) => run = longer,
                None => {
                    whole = false;
                    offer(std::mem::replace(&mut run, exact.unwrap_or_else(Set::nothing)));
                    if let Some(inside) = inside {
                        offer(inside);
                    }
                }
            }
        }
        if whole {
            return Found::exactly(Some(run));
        }
        offer(run);
        Found { exact: None, inside: best }
    }

    fn of_ways(ways: &[Hir]) -> Found {
        let ways: Vec<Found> = ways.iter().map(Found::of).collect();
        if ways.iter().all(|way| way.exact.is_some()) {
            let sets = ways.into_iter().filter_map(|way| way.exact);
            return Found::exactly(sets.map(Some).reduce(|all, set| all?.or(set?)).flatten());
        }
        let sets = ways.into_iter().map(Found::required);
        Found { exact: None, inside: sets.reduce(|all, set| all?.or(set?)).flatten() }
    }
}

/// A class of few characters as words of one character.
fn of_class(class: &Class) -> Option<Set> {
    const FEW: usize = 4;
    let characters: Vec<char> = match class {
        Class::Unicode(class) => {
            class.ranges().iter().flat_map(|range| range.start()..=range.end()).take(FEW + 1).collect()
        }
        Class::Bytes(class) => {
            let bytes = class.ranges().iter().flat_map(|range| range.start()..=range.end()).take(FEW + 1);
            bytes.map(|byte| byte.is_ascii().then_some(char::from(byte))).collect::<Option<_>>()?
        }
    };
    if characters.is_empty() || characters.len() > FEW {
        return None;
    }
    let ascii: Vec<char> = characters.iter().copied().filter(char::is_ascii).collect();
    if let [capital, small] = ascii.as_slice()
        && capital.is_ascii_uppercase()
        && capital.to_ascii_lowercase() == *small
    {
        // The letter in both cases, and perhaps one outside ASCII that is the same letter.
        let only_ascii = characters.len() > ascii.len();
        return Some(Set { words: vec![small.to_string()], ignore_case: true, only_ascii });
    }
    Some(Set::new(characters.into_iter().map(String::from).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::Chance;

    fn words(pattern: &str) -> String {
        of_expression(pattern).map_or("none".to_owned(), |found| {
            let mut shown = found.words.join("|");
            shown.push_str(if found.ignore_case { " in any case" } else { "" });
            shown.push_str(if found.only_ascii { " of ASCII" } else { "" });
            shown
        })
    }

    #[test]
    fn words_of_expressions() {
        for (pattern, expected) in [
            (r"-f\s+https?://", "http://|https://"),
            (r"https?://([^/\s]+)/", "http://|https://"),
            ("", "none"),
            (".*", "none"),
            (r"\d+", "none"),
            ("a", "none"),
            ("abc", "abc"),
            ("^abc$", "abc"),
            ("(?i)whoami", "whoami in any case"),
            ("(?i)task", "task in any case of ASCII"),
            ("(?i)hello", "hello in any case"),
            ("(?i:he)LLO", "hello in any case"),
            ("(abc|de)+x?", "abc|de"),
            ("(abc|d.*)+", "none"),
            ("(abc|d.*ef)", "abc|ef"),
            ("(ab){3}.*c", "ababab"),
            ("(ab){0,3}", "none"),
            ("gr[ae]y", "gray|grey"),
            ("[a-z]{3}://x", "://x"),
            ("(?i)é!", "É!|é!"),
            ("(?-u:ab)c", "abc"),
            ("[", "none"),
        ] {
            assert_eq!(words(pattern), expected, "{pattern}");
        }
    }

    #[test]
    fn every_match_holds_one_of_the_words() {
        let pieces =
            ["a", "ab", "k", "s", "(?:a|b)", "(?:ab|kB|)", "b?", "k+", "[ab]", ".", ".*", "^", "\\b", "1{2}", "é"];
        let mut chance = Chance::new(11);
        for _ in 0..2000 {
            let mut pattern: String = (0..=chance.below(6)).map(|_| *chance.pick(&pieces)).collect();
            if chance.below(2) == 0 {
                pattern.insert_str(0, "(?i)");
            }
            let Some(found) = of_expression(&pattern) else { continue };
            let regex = regex::Regex::new(&pattern).unwrap();
            for _ in 0..20 {
                let text = chance.text(20);
                if !regex.is_match(&text) || found.only_ascii && !text.is_ascii() {
                    continue;
                }
                let searched = if found.ignore_case { text.to_ascii_lowercase() } else { text.clone() };
                assert!(found.words.iter().any(|word| searched.contains(word)), "{pattern} in {text}: {found:?}");
            }
        }
    }
}
