//! A text that a regular expression matches.

use regex_syntax::hir::{Class, Hir, HirKind};

use crate::random::Random;

/// The longest text that is made, in characters.
const LONGEST: usize = 2_000;

/// A text that the expression matches, look-arounds aside; `None` where it is no expression.
pub(crate) fn matching(expression: &str, random: &mut Random) -> Option<String> {
    let hir = regex_syntax::parse(expression).ok()?;
    let mut text = String::new();
    write(&hir, random, &mut text);
    Some(text)
}

fn write(hir: &Hir, random: &mut Random, out: &mut String) {
    if out.len() > LONGEST {
        return;
    }
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => {}
        HirKind::Literal(literal) => out.push_str(&String::from_utf8_lossy(&literal.0)),
        HirKind::Class(class) => out.extend(member(class, random)),
        HirKind::Repetition(repetition) => {
            let spare = repetition.max.map_or(3, |max| max.saturating_sub(repetition.min).min(3));
            let times = repetition.min as usize + random.below(spare as usize + 1);
            for _ in 0..times.min(LONGEST) {
                write(&repetition.sub, random, out);
            }
        }
        HirKind::Capture(capture) => write(&capture.sub, random, out),
        HirKind::Concat(parts) => parts.iter().for_each(|part| write(part, random, out)),
        HirKind::Alternation(parts) => {
            if let Some(part) = random.pick(parts) {
                write(part, random, out);
            }
        }
    }
}

/// A member of a class, a letter or digit where there is one.
fn member(class: &Class, random: &mut Random) -> Option<char> {
    const USUAL: &str = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
    let Class::Unicode(class) = class else { return None };
    let ranges = class.ranges();
    let holds = |character: &char| ranges.iter().any(|range| (range.start()..=range.end()).contains(character));
    let usual: Vec<char> = USUAL.chars().filter(holds).collect();
    random.pick(&usual).copied().or_else(|| ranges.first().map(|range| range.start()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_text_is_fit_for_its_expression() {
        let mut random = Random::new(7);
        for expression in [r"\d{3}-[a-f]+", r"(?i)powershell(\.exe)?\s+-enc", r"^(a|bc)*x$", r"[^/]+/\w{2,4}"] {
            // The syntax crate has no matcher; what is checked here is that every part was written.
            let text = matching(expression, &mut random).unwrap();
            assert!(!text.is_empty() && text.len() < 60, "{expression} gave {text:?}");
        }
        assert_eq!(matching("(", &mut random), None);
    }
}
