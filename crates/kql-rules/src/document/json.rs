//! JSON with places.

use kql_syntax::{Diagnostic, Span};

use super::{Content, Node};

/// How deep values may be nested.
const MAX_DEPTH: usize = 128;

/// The value that a file holds.
///
/// # Errors
/// What is no JSON, with its place.
pub(super) fn parse(contents: &str) -> Result<Node, Diagnostic> {
    let mut parser = Parser { contents, at: if contents.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 } };
    let value = parser.value(0)?;
    parser.space();
    match parser.peek() {
        None => Ok(value),
        Some(_) => Err(parser.wrong("the file ends behind its value")),
    }
}

/// The text whose opening quote stands at `start`, with the place in the file of each of its bytes and of its end.
pub(super) fn text_with_offsets(contents: &str, start: usize) -> Option<(String, Vec<usize>)> {
    let mut parser = Parser { contents, at: start };
    let mut offsets = Vec::new();
    let text = parser.string(Some(&mut offsets)).ok()?;
    offsets.push(parser.at.saturating_sub(1));
    Some((text, offsets))
}

struct Parser<'c> {
    contents: &'c str,
    at: usize,
}

impl Parser<'_> {
    fn rest(&self) -> &str {
        self.contents.get(self.at..).unwrap_or("")
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let character = self.peek()?;
        self.at += character.len_utf8();
        Some(character)
    }

    fn space(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches([' ', '\t', '\r', '\n']).len();
    }

    fn wrong(&self, expected: &str) -> Diagnostic {
        let end = self.at + self.peek().map_or(0, char::len_utf8);
        Diagnostic::error("KQL0301", format!("this is not valid JSON: {expected}"), Span::new(self.at, end))
    }

    fn value(&mut self, depth: usize) -> Result<Node, Diagnostic> {
        if depth > MAX_DEPTH {
            return Err(self.wrong("it is nested too deeply"));
        }
        self.space();
        let start = self.at;
        let content = match self.peek() {
            Some('{') => self.mapping(depth)?,
            Some('[') => self.list(depth)?,
            Some('"') => Content::Text(self.string(None)?),
            _ => self.word()?,
        };
        Ok(Node { content, span: Span::new(start, self.at) })
    }

    /// `true`, `false`, `null` or a number.
    fn word(&mut self) -> Result<Content, Diagnostic> {
        let rest = self.rest();
        let length = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"+-.".contains(c)).unwrap_or(rest.len());
        let word = rest.get(..length).unwrap_or("");
        let content = match word {
            "true" => Content::Bool(true),
            "false" => Content::Bool(false),
            "null" => Content::Null,
            number if number.parse::<f64>().is_ok_and(f64::is_finite) => Content::Number(number.to_owned()),
            _ => return Err(self.wrong("a value must stand here")),
        };
        self.at += length;
        Ok(content)
    }

    fn list(&mut self, depth: usize) -> Result<Content, Diagnostic> {
        self.next();
        let mut items = Vec::new();
        self.space();
        if self.peek() == Some(']') {
            self.next();
            return Ok(Content::List(items));
        }
        loop {
            items.push(self.value(depth + 1)?);
            if !self.goes_on(']')? {
                return Ok(Content::List(items));
            }
        }
    }

    fn mapping(&mut self, depth: usize) -> Result<Content, Diagnostic> {
        self.next();
        let mut members = Vec::new();
        self.space();
        if self.peek() == Some('}') {
            self.next();
            return Ok(Content::Mapping(members));
        }
        loop {
            self.space();
            let start = self.at;
            if self.peek() != Some('"') {
                return Err(self.wrong("a name in quotes must stand here"));
            }
            let key = Content::Text(self.string(None)?);
            let key = Node { content: key, span: Span::new(start, self.at) };
            self.space();
            if self.peek() != Some(':') {
                return Err(self.wrong("a `:` must stand here"));
            }
            self.next();
            members.push((key, self.value(depth + 1)?));
            if !self.goes_on('}')? {
                return Ok(Content::Mapping(members));
            }
        }
    }

    /// Passes over a comma, or over what closes.
    fn goes_on(&mut self, close: char) -> Result<bool, Diagnostic> {
        self.space();
        match self.peek() {
            Some(',') => {
                self.next();
                Ok(true)
            }
            Some(character) if character == close => {
                self.next();
                Ok(false)
            }
            _ => Err(self.wrong(&format!("a `,` or a `{close}` must stand here"))),
        }
    }

    /// A text from its opening quote on. `offsets` takes the place of each byte of it.
    fn string(&mut self, mut offsets: Option<&mut Vec<usize>>) -> Result<String, Diagnostic> {
        let start = self.at;
        self.next();
        let mut text = String::new();
        loop {
            let place = self.at;
            let character = match self.next() {
                Some('"') => return Ok(text),
                Some('\\') => self.escape()?,
                Some(character) => character,
                None => {
                    self.at = start;
                    return Err(self.wrong("this text is never closed"));
                }
            };
            text.push(character);
            if let Some(offsets) = offsets.as_deref_mut() {
                offsets.extend((0..character.len_utf8()).map(|_| place));
            }
        }
    }

    fn escape(&mut self) -> Result<char, Diagnostic> {
        let wrong = self.wrong("there is no such escape");
        Ok(match self.next() {
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('b') => '\u{8}',
            Some('f') => '\u{c}',
            Some(character @ ('"' | '\\' | '/')) => character,
            Some('u') => {
                let first = self.code_unit().ok_or(wrong.clone())?;
                let is_pair = (0xd800..0xdc00).contains(&first) && self.rest().starts_with("\\u");
                if !is_pair {
                    return Ok(char::from_u32(first).unwrap_or(char::REPLACEMENT_CHARACTER));
                }
                self.at += 2;
                let second = self.code_unit().ok_or(wrong)?;
                let code = second.checked_sub(0xdc00).filter(|low| *low < 0x400);
                let code = code.map(|low| 0x10000 + ((first - 0xd800) << 10) + low);
                code.and_then(char::from_u32).unwrap_or(char::REPLACEMENT_CHARACTER)
            }
            _ => return Err(wrong),
        })
    }

    fn code_unit(&mut self) -> Option<u32> {
        let digits = self.rest().get(..4).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit()))?;
        let code = u32::from_str_radix(digits, 16).ok()?;
        self.at += 4;
        Some(code)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wrong(contents: &str) -> String {
        let diagnostic = parse(contents).unwrap_err();
        format!("{} at {}", diagnostic.message, diagnostic.span.start)
    }

    #[test]
    fn values_have_places() {
        let contents = "\u{feff}{\"a\":\t[1.5, true, null], \"b\": {\"c\": \"x\"}}";
        let node = parse(contents).unwrap();
        let place = |node: &Node| contents[node.span.range()].to_owned();
        assert_eq!(node.get("a").map(place), Some("[1.5, true, null]".to_owned()));
        assert_eq!(node.get("b").and_then(|node| node.get("c")).map(place), Some("\"x\"".to_owned()));
    }

    #[test]
    fn escapes_keep_their_place() {
        let contents = r#"{"q": "T\n| where a == \u0027n\u0027 and b == \"\ud83d\ude00\""}"#;
        let node = parse(contents).unwrap();
        let (text, offsets) = text_with_offsets(contents, node.get("q").unwrap().span.start).unwrap();
        assert_eq!(text, "T\n| where a == 'n' and b == \"😀\"");
        assert_eq!(offsets.len(), text.len() + 1);
        for word in ["where", "and", "b =="] {
            let place = offsets[text.find(word).unwrap()];
            assert!(contents[place..].starts_with(word), "{word}");
        }
    }

    #[test]
    fn what_is_no_json_is_placed() {
        insta::assert_snapshot!(wrong("{\"a\": 1,}"), @"this is not valid JSON: a name in quotes must stand here at 8");
        insta::assert_snapshot!(wrong("[1 2]"), @"this is not valid JSON: a `,` or a `]` must stand here at 3");
        insta::assert_snapshot!(wrong("{\"a\": \"x}"), @"this is not valid JSON: this text is never closed at 6");
        insta::assert_snapshot!(wrong("[\"\\q\"]"), @"this is not valid JSON: there is no such escape at 3");
        insta::assert_snapshot!(wrong(&"[".repeat(500)), @"this is not valid JSON: it is nested too deeply at 129");
    }
}
