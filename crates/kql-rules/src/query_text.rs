//! A query together with the way back from its offsets to those of the file it stands in.

use std::ops::Range;

use kql_syntax::Span;

/// The text of a query, and for each of its bytes the place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryText {
    text: String,
    /// Where each byte of `text` begins and ends in the file, and last where the text ends. `None` where the file is the
    /// query.
    offsets: Option<Vec<(usize, usize)>>,
}

impl QueryText {
    /// A query that is the whole file.
    pub fn whole_file(text: impl Into<String>) -> QueryText {
        QueryText { text: text.into(), offsets: None }
    }

    /// A query with the file offset of each of its bytes, and of its end.
    pub(crate) fn with_offsets(text: String, offsets: Vec<usize>) -> QueryText {
        let last = offsets.len().saturating_sub(1);
        let offsets =
            offsets.into_iter().enumerate().map(|(at, place)| (place, place + usize::from(at < last))).collect();
        QueryText { text, offsets: Some(offsets) }
    }

    /// A query that a YAML scalar of `file` holds; the scalar begins at the byte offset `start`.
    ///
    /// YAML takes away indentation, folds lines and resolves escapes, but it keeps the order of what remains.
    /// So the way back is found by walking both texts and passing over what only the file has.
    pub(crate) fn in_scalar(text: String, file: &str, start: usize) -> QueryText {
        let mut offsets = Vec::with_capacity(text.len() + 1);
        let mut at = content_start(file, start);
        for character in text.chars() {
            let rest = file.get(at..).unwrap_or("");
            let found = if character.is_whitespace() {
                // A folded line break is a space here and a line break there.
                rest.chars().next().filter(|next| next.is_whitespace()).map(|_| at)
            } else {
                rest.find(character).map(|skipped| at + skipped)
            };
            let place = found.unwrap_or(at);
            offsets.extend((0..character.len_utf8()).map(|byte| (place + byte, place + byte + 1)));
            if found.is_some() {
                at = place + file.get(place..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            }
        }
        offsets.push((at, at));
        QueryText { text, offsets: Some(offsets) }
    }

    /// A part of a file, as it stands there.
    pub(crate) fn part_of_file(file: &str, range: Range<usize>) -> QueryText {
        let text = file.get(range.clone()).unwrap_or("").to_owned();
        let end = range.start + text.len();
        let mut offsets: Vec<(usize, usize)> = (range.start..end).map(|at| (at, at + 1)).collect();
        offsets.push((end, end));
        QueryText { text, offsets: Some(offsets) }
    }

    /// The query between two texts that stand not in the file; they are taken to stand at `place`.
    pub(crate) fn between(&self, before: &str, after: &str, place: usize) -> QueryText {
        let end = self.offset(self.text.len());
        let mut offsets = vec![(place, place); before.len()];
        offsets.extend((0..self.text.len()).map(|at| self.offset(at)));
        offsets.extend(std::iter::repeat_n(end, after.len() + 1));
        QueryText { text: format!("{before}{}{after}", self.text), offsets: Some(offsets) }
    }

    /// The query with other texts in the places of some parts of it, which are given in order. What is said of such a
    /// text is said of the part.
    pub(crate) fn replacing(&self, parts: &[(Range<usize>, &str)]) -> QueryText {
        let mut text = String::new();
        let mut offsets = Vec::new();
        let mut at = 0;
        for (part, replacement) in parts {
            text.push_str(self.text.get(at..part.start).unwrap_or(""));
            offsets.extend((at..part.start).map(|at| self.offset(at)));
            text.push_str(replacement);
            let whole = (self.offset(part.start).0, self.offset(part.end.saturating_sub(1)).1);
            offsets.extend(std::iter::repeat_n(whole, replacement.len()));
            at = part.end;
        }
        text.push_str(self.text.get(at..).unwrap_or(""));
        offsets.extend((at..=self.text.len()).map(|at| self.offset(at)));
        QueryText { text, offsets: Some(offsets) }
    }

    /// Where a byte begins and ends in the file.
    fn offset(&self, at: usize) -> (usize, usize) {
        match &self.offsets {
            None if at >= self.text.len() => (self.text.len(), self.text.len()),
            None => (at, at + 1),
            Some(offsets) => offsets.get(at).or(offsets.last()).copied().unwrap_or_default(),
        }
    }

    /// The query.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place in the file of a place in the query.
    pub fn in_file(&self, span: Span) -> Span {
        let start = self.offset(span.start).0;
        // The end of the last byte, not the place of the next: indentation may lie between.
        let end = if span.end > span.start { self.offset(span.end - 1).1 } else { start };
        Span::new(start, end.max(start))
    }
}

/// Where the content of a scalar begins: after the `|` or `>` line of a block scalar, after an opening quote.
fn content_start(file: &str, start: usize) -> usize {
    let rest = file.get(start..).unwrap_or("");
    match rest.chars().next() {
        Some('|' | '>') => start + rest.find('\n').map_or(rest.len(), |line_end| line_end + 1),
        Some('"' | '\'') => start + 1,
        _ => start,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(file: &str, scalar: &str, query: &str) {
        let start = file.find(scalar).unwrap();
        let text = QueryText::in_scalar(query.to_owned(), file, start);
        for (offset, word) in
            query.split_whitespace().map(|word| (word.as_ptr() as usize - query.as_ptr() as usize, word))
        {
            let span = text.in_file(Span::new(offset, offset + word.len()));
            assert_eq!(&file[span.range()], word);
        }
    }

    #[test]
    fn a_literal_block_is_found_behind_its_indentation() {
        check("query: |\n    T\n      | where a == 1\n\n    | take 5\n", "|\n", "T\n  | where a == 1\n\n| take 5\n");
    }

    #[test]
    fn a_folded_block_is_found() {
        check("query: >\n  T\n  | take 5\n", ">\n", "T | take 5\n");
    }

    #[test]
    fn a_plain_and_a_quoted_scalar_are_found() {
        check("query: T | take 5\n", "T |", "T | take 5");
        check("query: 'T | where a == ''x'''\n", "'T", "T | where a == 'x'".trim_end_matches("'x'"));
    }

    #[test]
    fn line_ends_and_wide_characters_are_passed_over() {
        check("query: |\r\n  T // é\r\n  | take 5\r\n", "|\r\n", "T // é\n| take 5\n");
    }

    #[test]
    fn an_empty_place_at_the_end_stays_at_the_end() {
        let text = QueryText::in_scalar("T".to_owned(), "query: T", 7);
        assert_eq!(text.in_file(Span::new(1, 1)), Span::new(8, 8));
    }
}
