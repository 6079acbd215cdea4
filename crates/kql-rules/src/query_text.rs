//! A query together with the way back from its offsets to those of the file it stands in.

use kql_syntax::Span;

/// The text of a query, and for each of its bytes the place in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryText {
    text: String,
    /// The file offset of each byte of `text`, and of its end. `None` where the file is the query.
    offsets: Option<Vec<usize>>,
}

impl QueryText {
    /// A query that is the whole file.
    pub fn whole_file(text: impl Into<String>) -> QueryText {
        QueryText { text: text.into(), offsets: None }
    }

    /// A query with the file offset of each of its bytes, and of its end.
    pub(crate) fn with_offsets(text: String, offsets: Vec<usize>) -> QueryText {
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
            offsets.extend((0..character.len_utf8()).map(|byte| place + byte));
            if found.is_some() {
                at = place + file.get(place..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
            }
        }
        offsets.push(at);
        QueryText { text, offsets: Some(offsets) }
    }

    /// The query.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The place in the file of a place in the query.
    pub fn in_file(&self, span: Span) -> Span {
        let Some(offsets) = &self.offsets else { return span };
        let end_of_file_part = offsets.last().copied().unwrap_or(0);
        let place = |offset: usize| offsets.get(offset).copied().unwrap_or(end_of_file_part);
        let start = place(span.start);
        // The byte after the last one, not the place of the next: indentation may lie between.
        let end = if span.end > span.start { place(span.end - 1) + 1 } else { start };
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
