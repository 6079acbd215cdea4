//! One pass over an object: where the values of the wanted keys are.

use std::borrow::Cow;
use std::collections::HashMap;

use super::value::skip_string;
use super::{JsonError, Kind, RawValue, skip_value, skip_whitespace, string_content};

/// The keys that are wanted; each has its place in a row.
#[derive(Clone, Debug)]
pub(crate) struct Keys {
    places: HashMap<Box<[u8]>, usize>,
}

impl Keys {
    /// The keys in the order of their places.
    pub(crate) fn new<'a>(names: impl IntoIterator<Item = &'a str>) -> Keys {
        Keys { places: names.into_iter().enumerate().map(|(place, name)| (name.as_bytes().into(), place)).collect() }
    }
}

/// Finds the values of the wanted keys in one object after another.
///
/// Records of a file mostly have the same keys in the same order, so each key is first compared with the one that
/// stood there in the record before.
#[derive(Clone, Debug)]
pub(crate) struct RowScanner {
    keys: Keys,
    values: Vec<Option<RawValue>>,
    expected: Expected,
}

impl RowScanner {
    pub(crate) fn new(keys: Keys) -> RowScanner {
        RowScanner { values: vec![None; keys.places.len()], keys, expected: Vec::new() }
    }

    /// The value of the key at each place in the last object scanned; of equal keys the last one counts.
    pub(crate) fn values(&self) -> &[Option<RawValue>] {
        &self.values
    }

    /// Scans the object that begins at `start` and returns its end. All of it is checked.
    pub(crate) fn scan(&mut self, text: &[u8], start: usize) -> Result<usize, JsonError> {
        let RowScanner { keys, values, expected } = self;
        values.fill(None);
        members(
            text,
            start,
            |at, position| place(keys, expected, text, at, position),
            |place, value| {
                if let Some(found) = place.and_then(|place| values.get_mut(place)) {
                    *found = Some(value);
                }
                Ok(())
            },
        )
    }
}

/// Walks the members of the object that begins at `start` and returns its end. `read_key` gets where the key's opening
/// quote stands and which member it is, and returns what it made of the key and where that ends.
pub(crate) fn members<K>(
    text: &[u8],
    start: usize,
    mut read_key: impl FnMut(usize, usize) -> Result<(K, usize), JsonError>,
    mut take: impl FnMut(K, RawValue) -> Result<(), JsonError>,
) -> Result<usize, JsonError> {
    if text.get(start) != Some(&b'{') {
        return Err(JsonError::new(start, "expected a JSON object"));
    }
    let mut at = skip_whitespace(text, start + 1);
    if text.get(at) == Some(&b'}') {
        return Ok(at + 1);
    }
    let mut position = 0;
    loop {
        if text.get(at) != Some(&b'"') {
            return Err(JsonError::new(at, "expected a key in quotes"));
        }
        let (key, end) = read_key(at, position)?;
        let colon = skip_whitespace(text, end);
        if text.get(colon) != Some(&b':') {
            return Err(JsonError::new(colon, "expected : after the key"));
        }
        let value = skip_value(text, skip_whitespace(text, colon + 1))?;
        take(key, value)?;
        at = skip_whitespace(text, value.end);
        match text.get(at) {
            Some(b',') => at = skip_whitespace(text, at + 1),
            Some(b'}') => return Ok(at + 1),
            None => return Err(JsonError::new(start, "the object is not closed")),
            Some(_) => return Err(JsonError::new(at, "expected , or }")),
        }
        position += 1;
    }
}

/// The key whose opening quote is at `at`, unescaped, and its end.
pub(crate) fn read_key(text: &[u8], at: usize) -> Result<(Cow<'_, str>, usize), JsonError> {
    let (escaped, end) = skip_string(text, at)?;
    let kind = if escaped { Kind::EscapedString } else { Kind::String };
    Ok((string_content(text, RawValue { kind, start: at, end })?.unwrap_or_default(), end))
}

/// The keys of the record before, by position, with their places.
type Expected = Vec<(Box<[u8]>, Option<usize>)>;

/// The place of the key whose opening quote is at `at`, and its end.
#[inline]
fn place(
    keys: &Keys,
    expected: &mut Expected,
    text: &[u8],
    at: usize,
    position: usize,
) -> Result<(Option<usize>, usize), JsonError> {
    if let Some((key, place)) = expected.get(position) {
        let end = at + 1 + key.len();
        if text.get(at + 1..end) == Some(&**key) && text.get(end) == Some(&b'"') {
            return Ok((*place, end + 1));
        }
    }
    look_up(keys, expected, text, at, position)
}

#[cold]
fn look_up(
    keys: &Keys,
    expected: &mut Expected,
    text: &[u8],
    at: usize,
    position: usize,
) -> Result<(Option<usize>, usize), JsonError> {
    let (key, end) = read_key(text, at)?;
    let place = keys.places.get(key.as_bytes()).copied();
    if let Cow::Borrowed(key) = key {
        match expected.get_mut(position) {
            Some(expected) => *expected = (key.as_bytes().into(), place),
            // A hostile record with a million keys is no reason to remember them all.
            None if position < 4096 => expected.resize(position + 1, (key.as_bytes().into(), place)),
            None => {}
        }
    }
    Ok((place, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scan(scanner: &mut RowScanner, text: &str) -> Result<Vec<Option<String>>, JsonError> {
        assert_eq!(scanner.scan(text.as_bytes(), 0)?, text.len());
        Ok(scanner.values().iter().map(|value| value.map(|value| text[value.range()].to_owned())).collect())
    }

    #[test]
    fn finds_wanted_values_in_any_order() {
        let mut scanner = RowScanner::new(Keys::new(["a", "b"]));
        for (text, a, b) in [
            (r#"{"a":1,"b":2}"#, Some("1"), Some("2")),
            (r#"{"b":2,"a":1}"#, Some("1"), Some("2")),
            (r#"{ "x" : {"a":9} , "b" : [ 1 ] }"#, None, Some("[ 1 ]")),
            (r#"{"a":1,"a":3}"#, Some("3"), None),
            (r#"{"\u0061":"q\"","ab":1}"#, Some(r#""q\"""#), None),
            ("{}", None, None),
        ] {
            assert_eq!(scan(&mut scanner, text).unwrap(), [a.map(str::to_owned), b.map(str::to_owned)], "{text}");
        }
    }

    #[test]
    fn rejects_what_is_no_object() {
        let mut scanner = RowScanner::new(Keys::new(["a"]));
        for text in ["[]", "1", "", "{", r#"{"a"}"#, r#"{"a":1"#, r#"{"a":1,}"#, r#"{"x":tru}"#, r#"{"x":1 "a":2}"#] {
            assert!(scanner.scan(text.as_bytes(), 0).is_err(), "{text}");
        }
    }
}
