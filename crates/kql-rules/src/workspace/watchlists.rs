//! Watchlists: CSV files with a header, each with the column of its search key.

use kql_semantics::Watchlist;
use kql_syntax::{Diagnostic, Span};

use crate::document::Document;

/// A watchlist that is not as it must be.
pub const WRONG_WATCHLIST: &str = "KQL0323";
/// The settings of a watchlist that are not as they must be.
const WRONG_SETTINGS: &str = "KQL0322";
/// The most that a watchlist may hold, in bytes: its rows become part of the query.
const MAX_BYTES: usize = 64 * 1024 * 1024;
/// The column that is the search key where nothing else is said.
const SEARCH_KEY: &str = "SearchKey";

/// Reads a watchlist; `settings` is the text of a YAML file with `searchKey: COLUMN`.
pub(super) fn read(contents: &str, settings: Option<&str>) -> Result<Watchlist, Diagnostic> {
    if contents.len() > MAX_BYTES {
        let message = format!("a watchlist holds at most {} MiB", MAX_BYTES >> 20);
        return Err(Diagnostic::error(WRONG_WATCHLIST, message, Span::default()));
    }
    let mut records = records(contents)?.into_iter();
    let columns: Vec<String> = records
        .next()
        .map(|(_, header)| header.iter().map(|name| name.trim().to_owned()).collect())
        .unwrap_or_default();
    let mut rows = Vec::new();
    for (at, record) in records {
        if record.len() > columns.len() {
            let message = format!("the row has {} values for {} columns", record.len(), columns.len());
            return Err(Diagnostic::error(WRONG_WATCHLIST, message, Span::new(at, at)));
        }
        let mut row = record;
        row.resize(columns.len(), String::new());
        rows.push(row);
    }
    let search_key = match settings {
        Some(settings) => Some(search_key(settings, &columns)?),
        None => columns.iter().position(|column| column == SEARCH_KEY),
    };
    Ok(Watchlist { columns, rows, search_key })
}

/// The column that the settings name.
fn search_key(settings: &str, columns: &[String]) -> Result<usize, Diagnostic> {
    let wrong = |span, message: String| {
        Diagnostic::error(WRONG_SETTINGS, message, span).with_help("write `searchKey: COLUMN`, with one of its columns")
    };
    let document = Document::yaml(settings)?;
    let node = document.roots.first().and_then(|root| root.get("searchKey"));
    let Some(node) = node else { return Err(wrong(Span::default(), "there is no `searchKey`".to_owned())) };
    let name = node.key_text();
    columns
        .iter()
        .position(|column| *column == name)
        .ok_or_else(|| wrong(node.span, format!("the watchlist has no column `{name}`, only {}", columns.join(", "))))
}

/// The records of a CSV text, each with its place. A value in quotes may hold commas, line breaks and doubled quotes.
fn records(contents: &str) -> Result<Vec<(usize, Vec<String>)>, Diagnostic> {
    let text = contents.strip_prefix('\u{feff}').unwrap_or(contents);
    let skipped = contents.len() - text.len();
    let mut records = Vec::new();
    let (mut record, mut value) = (Vec::new(), String::new());
    let (mut start, mut quoted, mut was_quoted) = (0, None, false);
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        match (quoted, character) {
            (Some(_), '"') if characters.peek().is_some_and(|(_, next)| *next == '"') => {
                characters.next();
                value.push('"');
            }
            (Some(_), '"') => quoted = None,
            (Some(_), _) => value.push(character),
            (None, '"') if value.is_empty() && !was_quoted => (quoted, was_quoted) = (Some(at), true),
            (None, ',') => {
                record.push(std::mem::take(&mut value));
                was_quoted = false;
            }
            (None, '\r') if characters.peek().is_some_and(|(_, next)| *next == '\n') => {}
            (None, '\n') => {
                // An empty line is no record.
                if !record.is_empty() || !value.is_empty() || was_quoted {
                    record.push(std::mem::take(&mut value));
                    records.push((skipped + start, std::mem::take(&mut record)));
                }
                (start, was_quoted) = (at + 1, false);
            }
            (None, _) => value.push(character),
        }
    }
    if let Some(at) = quoted {
        let place = Span::new(skipped + at, skipped + at + 1);
        return Err(Diagnostic::error(WRONG_WATCHLIST, "this quote is never closed", place));
    }
    if !record.is_empty() || !value.is_empty() || was_quoted {
        record.push(value);
        records.push((skipped + start, record));
    }
    Ok(records)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_texts_and_the_search_key_is_found() {
        let contents = "\u{feff}Name,SearchKey,Note\r\nann,a@b.c,\"x, \"\"y\"\"\"\r\n\r\nben,d@e.f\r\n";
        let watchlist = read(contents, None).unwrap();
        assert_eq!(watchlist.columns, ["Name", "SearchKey", "Note"]);
        assert_eq!(watchlist.rows, [["ann", "a@b.c", "x, \"y\""], ["ben", "d@e.f", ""]]);
        assert_eq!(watchlist.search_key, Some(1));
        assert_eq!(read(contents, Some("searchKey: Name\n")).unwrap().search_key, Some(0));
    }

    #[test]
    fn what_is_wrong_is_named() {
        let wrong = |contents: &str, settings: Option<&str>| {
            let diagnostic = read(contents, settings).unwrap_err();
            format!("{} {} at {}", diagnostic.code, diagnostic.message, diagnostic.span.start)
        };
        insta::assert_snapshot!(wrong("a,b\n1,2,3\n", None), @"KQL0323 the row has 3 values for 2 columns at 4");
        insta::assert_snapshot!(wrong("a\n\"x\n", None), @"KQL0323 this quote is never closed at 2");
        insta::assert_snapshot!(wrong("a,b\n", Some("searchKey: c\n")), @"KQL0322 the watchlist has no column `c`, only a, b at 11");
        insta::assert_snapshot!(wrong("a,b\n", Some("name: c\n")), @"KQL0322 there is no `searchKey` at 0");
    }
}
