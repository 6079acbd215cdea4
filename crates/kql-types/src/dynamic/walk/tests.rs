use arrow::array::StringViewArray;

use super::super::{scan, string, validate};
use super::*;

/// Numbers that look random, the same in each run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn space(&mut self) -> &'static str {
        ["", "", "", "", "", " ", "\n\t", "  "][self.below(8)]
    }

    fn string(&mut self) -> String {
        let letters = ["a", "b", "ü", "\\\"", "\\\\", "\\u0041", "}", ",", ":", "long words of a text", "\u{1}"];
        let letters: String = (0..self.below(6)).map(|_| letters[self.below(letters.len())]).collect();
        format!("\"{letters}\"")
    }

    fn key(&mut self) -> String {
        let names = ["\"name\"", "\"id\"", "\"city of one's birth, and more than a chunk\"", "\"n\\u0061me\"", "\"\""];
        if self.below(10) == 0 { self.string() } else { names[self.below(names.len())].to_owned() }
    }

    fn value(&mut self, depth: usize) -> String {
        let numbers = ["0", "-1", "12345678901234567890123456789012345", "0.5", "-12.25e-3", "1E+9", "63.5709", "7"];
        match self.below(if depth < 4 { 9 } else { 6 }) {
            0 => "true".to_owned(),
            1 => "false".to_owned(),
            2 => "null".to_owned(),
            3 => numbers[self.below(numbers.len())].to_owned(),
            4 | 5 => self.string(),
            6 => {
                let elements: Vec<String> = (0..self.below(4)).map(|_| self.spaced(depth)).collect();
                format!("[{}{}]", self.space(), elements.join(","))
            }
            _ => self.bag(depth),
        }
    }

    fn bag(&mut self, depth: usize) -> String {
        let members: Vec<String> = (0..self.below(5))
            .map(|_| {
                let (key, value) = (self.key(), self.spaced(depth));
                format!("{}{key}{}:{value}", self.space(), self.space())
            })
            .collect();
        format!("{{{}{}}}", self.space(), members.join(","))
    }

    fn spaced(&mut self, depth: usize) -> String {
        let (before, value, after) = (self.space(), self.value(depth + 1), self.space());
        format!("{before}{value}{after}")
    }

    /// A JSON text with a few characters gone or changed.
    fn broken(&mut self, text: &str) -> String {
        let mut characters: Vec<char> = text.chars().collect();
        for _ in 0..=self.below(2) {
            if characters.is_empty() {
                break;
            }
            let at = self.below(characters.len());
            match self.below(3) {
                0 => drop(characters.remove(at)),
                1 => characters.truncate(at),
                _ => characters[at] = ['"', '\\', '{', ']', ',', ':', '0', '.', 'e', '-', 'x', '\0'][self.below(12)],
            }
        }
        characters.into_iter().collect()
    }
}

/// Whether a text is JSON, byte by byte. What stands within strings does not matter.
fn is_json(text: &str) -> bool {
    fn value(text: &str, depth: usize) -> Option<&str> {
        let text = text.trim_start_matches([' ', '\t', '\r', '\n']);
        let rest = match text.chars().next()? {
            '"' => string(text)?,
            opening @ ('{' | '[') => {
                let (mut rest, closing) = (&text[1..], if opening == '{' { '}' } else { ']' });
                if depth == MAX_DEPTH {
                    return None;
                }
                let mut is_first = true;
                loop {
                    rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
                    if is_first && rest.starts_with(closing) {
                        break;
                    }
                    if opening == '{' {
                        rest = string(rest)?.trim_start_matches([' ', '\t', '\r', '\n']).strip_prefix(':')?;
                    }
                    rest = value(rest, depth + 1)?;
                    match rest.strip_prefix(',') {
                        Some(after) => rest = after,
                        None => break,
                    }
                    is_first = false;
                }
                rest.strip_prefix(closing)?
            }
            _ => {
                let end = text.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).unwrap_or(text.len());
                let (word, rest) = text.split_at(end);
                if !matches!(word, "true" | "false" | "null") && !scan::is_number(word.as_bytes()) {
                    return None;
                }
                rest
            }
        };
        Some(rest.trim_start_matches([' ', '\t', '\r', '\n']))
    }
    fn string(text: &str) -> Option<&str> {
        let mut characters = text.strip_prefix('"')?.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                '"' => return text.get(at + 2..),
                '\\' => drop(characters.next()?),
                _ => {}
            }
        }
        None
    }
    value(text, 0).is_some_and(str::is_empty)
}

const NAMES: [&str; 4] = ["name", "id", "", "city of one's birth, and more than a chunk"];

/// Texts that lie behind each other in one array, so that something follows each of them.
fn texts() -> StringViewArray {
    let mut chance = Chance(11);
    let texts = (0..30_000).map(|round| {
        let bag = if round % 4 == 0 { chance.value(0) } else { chance.bag(0) };
        if round % 3 == 0 { chance.broken(&bag) } else { bag }
    });
    StringViewArray::from_iter_values(texts)
}

#[test]
fn json_is_told_from_what_is_none() {
    let texts = texts();
    let mut walk = Walk::new([]);
    let mut count = 0;
    for row in 0..texts.len() {
        let text = Text::of_row(&texts, row).unwrap();
        assert_eq!(walk.is_json(text), is_json(text.as_str()), "{}", text.as_str());
        assert_eq!(walk.is_json(Text::new(text.as_str())), is_json(text.as_str()), "{}", text.as_str());
        assert!(!validate(text.as_str()) || is_json(text.as_str()), "{}", text.as_str());
        count += usize::from(is_json(text.as_str()));
    }
    assert!(count > 20_000 && count < 29_000, "{count}");
}

#[test]
fn members_are_those_that_are_found_one_by_one() {
    let texts = texts();
    let mut walk = Walk::new(NAMES);
    for row in 0..texts.len() {
        let text = Text::of_row(&texts, row).unwrap();
        let value = Dynamic::new(text.as_str());
        assert_eq!(walk.bag(text), is_json(text.as_str()), "{}", text.as_str());
        if !is_json(text.as_str()) {
            continue;
        }
        for (at, name) in NAMES.iter().enumerate() {
            same(walk.member(text, at), value.member(name), text);
        }
    }
}

#[test]
fn elements_are_those_that_are_found_one_by_one() {
    let mut chance = Chance(5);
    let texts = (0..10_000).map(|round| {
        let elements: Vec<String> = (0..chance.below(5))
            .map(|_| {
                let element = if chance.below(6) == 0 { chance.value(1) } else { chance.bag(1) };
                format!("{}{element}{}", chance.space(), chance.space())
            })
            .collect();
        let array = format!("{}[{}{}]", chance.space(), chance.space(), elements.join(","));
        if round % 3 == 0 { chance.broken(&array) } else { array }
    });
    let texts = StringViewArray::from_iter_values(texts.collect::<Vec<_>>());
    let mut walk = Walk::new(NAMES);
    for row in 0..texts.len() {
        let text = Text::of_row(&texts, row).unwrap();
        let value = Dynamic::new(text.as_str());
        let count = value.array_length().filter(|_| is_json(text.as_str()));
        assert_eq!(walk.elements(text), count, "{}", text.as_str());
        for (place, element) in value.elements().enumerate().take(count.unwrap_or_default()) {
            for (at, name) in NAMES.iter().enumerate() {
                same(walk.member_of(text, place, at), element.member(name), text);
            }
        }
    }
}

fn same(found: Option<Found<'_>>, expected: Option<Dynamic<'_>>, text: Text<'_>) {
    assert_eq!(found.map(|found| found.value().text()), expected.map(Dynamic::text), "{}", text.as_str());
    let plain = expected.and_then(|value| scan::string_content(value.text())).filter(|content| !content.contains('\\'));
    assert_eq!(found.and_then(Found::plain_string), plain, "{}", text.as_str());
    if let Some(plain) = plain {
        assert_eq!(string::unescape(plain), plain);
    }
}

#[test]
fn nesting_is_bounded() {
    let mut walk = Walk::new(["a"]);
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        for depth in [MAX_DEPTH, MAX_DEPTH + 1, 10_000] {
            let text = format!("{}1{}", open.repeat(depth), close.repeat(depth));
            assert_eq!(walk.is_json(Text::new(&text)), depth <= MAX_DEPTH);
            assert_eq!(walk.bag(Text::new(&text)), depth <= MAX_DEPTH);
            let array = format!("[{text}]");
            assert_eq!(walk.elements(Text::new(&array)).is_some(), depth < MAX_DEPTH);
        }
    }
}
