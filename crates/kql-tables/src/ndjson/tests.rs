//! Random lines, read as serde_json and as the plain scanner read them.

use kql_types::ScalarType;
use serde_json::Value;

use super::{LineRange, LineScanner};
use crate::columns::TableColumn;
use crate::json::{Keys, Kind, RowScanner, Span, Spans, skip_whitespace, string_content};

const COLUMNS: [&str; 4] = ["a", "key", "ключ", "a long name of a column, longer than a block of sixty-four bytes is"];

/// Numbers that look random, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, most: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % most
    }

    fn of<T: Copy>(&mut self, choices: &[T]) -> T {
        choices[self.below(choices.len())]
    }

    fn blank(&mut self) -> &'static str {
        self.of(&["", "", "", "", " ", "\t", "  ", "\r"])
    }

    fn string(&mut self) -> String {
        let mut text = String::from("\"");
        let length = self.of(&[0, 1, 3, 10, 70, 200]);
        for _ in 0..self.below(length + 1) {
            text.push_str(self.of(&[
                "a",
                "b",
                " ",
                "{",
                "}",
                "[",
                "]",
                ":",
                ",",
                "\\\"",
                "\\\\",
                "\\n",
                "\\/",
                "\\u00e4",
                "\\ud83d\\ude00",
                "\t",
                "ä",
                "😀",
                "x",
                "\\\\\\\"",
            ]));
        }
        text + "\""
    }

    fn value(&mut self, depth: usize) -> String {
        match self.below(if depth > 3 { 6 } else { 8 }) {
            0..=2 => self.string(),
            3 => {
                self.of(&["0", "-0", "1", "12345678901", "-1.5e-3", "1E+9", "0.25", "100000000000000000000"]).to_owned()
            }
            4 => self.of(&["true", "false", "null"]).to_owned(),
            5 => self.of(&["[]", "{}", "[ ]", "{ }", "\"\""]).to_owned(),
            6 => {
                let items: Vec<String> = (0..self.below(4)).map(|_| self.padded_value(depth + 1)).collect();
                format!("[{}]", items.join(","))
            }
            _ => self.object(depth + 1),
        }
    }

    fn padded_value(&mut self, depth: usize) -> String {
        format!("{}{}{}", self.blank(), self.value(depth), self.blank())
    }

    fn key(&mut self) -> String {
        match self.below(9) {
            0 => "\"\\u0061\"".to_owned(),
            1 => "\"other\"".to_owned(),
            2 => self.string(),
            place => format!("\"{}\"", COLUMNS[place % COLUMNS.len()]),
        }
    }

    fn object(&mut self, depth: usize) -> String {
        let members: Vec<String> = (0..self.below(7))
            .map(|_| {
                let (before, key, after) = (self.blank(), self.key(), self.blank());
                format!("{before}{key}{after}:{}", self.padded_value(depth))
            })
            .collect();
        // A blank within braces without members is whitespace too.
        format!("{{{}{}}}", members.join(","), self.blank())
    }

    fn line(&mut self) -> String {
        match self.below(12) {
            0 => self.blank().to_owned(),
            _ => format!("{}{}{}", self.blank(), self.object(0), self.blank()),
        }
    }
}

fn columns() -> Vec<TableColumn> {
    let column =
        |name: &str| TableColumn { name: name.to_owned(), scalar_type: ScalarType::Dynamic, is_inferred: false };
    COLUMNS.into_iter().map(column).collect()
}

/// Rows by the texts of their values, or what is wrong with a line.
type Rows = Vec<Result<Vec<Option<String>>, String>>;

/// The rows of the lines that begin in a range, in batches of three.
fn scanned(scanner: &mut LineScanner, text: &[u8], start: usize, end: usize) -> Rows {
    let mut rows = Rows::new();
    let mut spans = Spans::default();
    let mut range = LineRange { position: start, end };
    scanner.begin_chunk();
    while range.position < range.end {
        spans.reset(COLUMNS.len(), 3);
        let outcome = scanner.scan(text, &mut range, &mut spans);
        for row in 0..spans.rows() {
            let text_of = |span: &Span| {
                let value = span.value(text)?;
                Some(String::from_utf8_lossy(&text[value.range()]).into_owned())
            };
            rows.push(Ok((0..COLUMNS.len()).map(|column| text_of(&spans.column(column)[row])).collect()));
        }
        if let Err(error) = outcome {
            rows.push(Err(format!("{} at {}", error.message, error.at)));
        }
    }
    rows
}

/// The same by the plain scanner, line by line.
fn plain(text: &[u8]) -> Rows {
    let mut scanner = RowScanner::new(Keys::new(COLUMNS));
    let mut rows = Rows::new();
    let mut start = 0;
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        let end = start + line.strip_suffix(b"\n").unwrap_or(line).len();
        let before = &text[..end];
        let at = skip_whitespace(before, start);
        if at < end {
            rows.push(match scanner.scan(before, at) {
                Err(error) => Err(format!("column {}: {} at {start}", error.at.min(end) - start + 1, error.message)),
                Ok(after) if skip_whitespace(before, after) < end => {
                    let after = skip_whitespace(before, after);
                    Err(format!("column {}: text after the object at {start}", after - start + 1))
                }
                Ok(_) => Ok((scanner.values().iter())
                    .map(|value| value.map(|value| String::from_utf8_lossy(&text[value.range()]).into_owned()))
                    .collect()),
            });
        }
        start += line.len();
    }
    rows
}

#[test]
fn lines_are_what_serde_json_reads() {
    let mut random = Random(1);
    let mut scanner = LineScanner::new(&columns());
    for _ in 0..3000 {
        let line = random.object(0);
        // serde_json refuses tabs within strings, which are read here as they stand.
        let Ok(expected) = serde_json::from_str::<Value>(&line.replace('\t', " ")) else { panic!("{line}") };
        let text = format!("{line}\n");
        let rows = scanned(&mut scanner, text.as_bytes(), 0, text.len());
        let [Ok(values)] = rows.as_slice() else { panic!("{rows:?} of {line}") };
        for (name, value) in COLUMNS.iter().zip(values) {
            let value = value.as_ref().map(|value| serde_json::from_str(&value.replace('\t', " ")).unwrap());
            assert_eq!(expected.get(name), value.as_ref(), "{name} of {line}");
        }
    }
}

#[test]
fn strings_are_what_serde_json_reads() {
    let mut random = Random(2);
    for _ in 0..3000 {
        let string = random.string().replace('\t', " ");
        let span = Span::new(0, string.len()).unwrap();
        let value = span.value(string.as_bytes()).unwrap();
        assert_eq!(value.kind == Kind::EscapedString, string.contains('\\'));
        let content = string_content(string.as_bytes(), value).unwrap().unwrap().into_owned();
        assert_eq!(Value::from(content), serde_json::from_str::<Value>(&string).unwrap());
    }
}

#[test]
fn every_range_gives_the_same_rows() {
    let mut random = Random(3);
    for _ in 0..60 {
        let lines: Vec<String> = (0..random.below(7)).map(|_| random.line()).collect();
        let text = lines.join("\n") + random.of(&["", "\n"]);
        let text = text.as_bytes();
        let expected = plain(text);
        let mut scanner = LineScanner::new(&columns());
        assert_eq!(scanned(&mut scanner, text, 0, text.len()), expected, "{}", String::from_utf8_lossy(text));
        // Split behind each newline; a reader begins its ranges there.
        for newline in memchr::memchr_iter(b'\n', text) {
            let mut rows = scanned(&mut scanner, text, 0, newline + 1);
            rows.extend(scanned(&mut scanner, text, newline + 1, text.len()));
            assert_eq!(rows, expected);
        }
        // Lines that begin before the end belong to the range.
        for end in 0..text.len() {
            let rows = scanned(&mut scanner, text, 0, end);
            assert_eq!(rows, expected[..rows.len()]);
        }
    }
}

#[test]
fn spoiled_lines_are_refused_as_by_the_plain_scanner() {
    let mut random = Random(4);
    let mut scanner = LineScanner::new(&columns());
    let mut refused = 0;
    for _ in 0..6000 {
        let lines: Vec<String> = (0..3).map(|_| random.line()).collect();
        let mut text = lines.join("\n").into_bytes();
        for _ in 0..1 + random.below(3) {
            if !text.is_empty() {
                let at = random.below(text.len());
                match random.below(3) {
                    0 => drop(text.remove(at)),
                    1 => text.insert(at, random.of(b"\"\\\n{}[]:,x0 -\xff")),
                    _ => text[at] = random.of(b"\"\\\n{}[]:,x0 -\xff"),
                }
            }
        }
        let expected = plain(&text);
        refused += expected.iter().filter(|row| row.is_err()).count();
        assert_eq!(scanned(&mut scanner, &text, 0, text.len()), expected, "{}", String::from_utf8_lossy(&text));
    }
    assert!(refused > 3000, "{refused}");
}

#[test]
fn keys_may_be_left_out_come_in_any_order_and_be_without_end() {
    let mut text = String::new();
    let mut expected = Rows::new();
    for number in 0..6000 {
        let (first, second) = if number % 2 == 0 { ("a", "key") } else { ("key", "a") };
        text.push_str(&format!("{{\"n{number}\":0,\"{first}\":1,\"x\":[{number}],\"{second}\":1}}\n"));
        expected.push(Ok(vec![Some("1".to_owned()), Some("1".to_owned()), None, None]));
    }
    let mut scanner = LineScanner::new(&columns());
    assert_eq!(scanned(&mut scanner, text.as_bytes(), 0, text.len()), expected);
}
