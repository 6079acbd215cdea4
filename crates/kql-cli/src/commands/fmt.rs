//! `kql fmt`: formats query files, and the queries of rule files.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use kql_syntax::Diagnostic;

use crate::arguments::FmtArguments;
use crate::commands::check::finish;
use crate::commands::query_files::{is_json, is_yaml, query_files};
use crate::report::{self, Failure};
use crate::text_file;

/// A formatted file.
struct Formatted {
    text: String,
    /// What was left alone, and why.
    notes: Vec<String>,
    /// What is wrong with queries that cannot be formatted, placed in the file.
    diagnostics: Vec<Diagnostic>,
}

/// Runs the command.
pub fn run(arguments: &FmtArguments) -> Result<(), Failure> {
    if arguments.paths.iter().any(|path| path.as_os_str() == "-") {
        return standard_input(arguments.check);
    }
    let (mut files, mut unreadable) = query_files(&arguments.paths)?;
    // A query within JSON has no lines to lay out.
    files.retain(|file| !is_json(file) || arguments.paths.contains(file));
    let (mut is_bad, mut would_change) = (false, false);
    for path in &files {
        match format_file(path, arguments.check) {
            Ok(outcome) => {
                is_bad |= outcome.is_bad;
                would_change |= outcome.changed && arguments.check;
            }
            Err(error) => unreadable.push(error),
        }
    }
    finish(is_bad, &unreadable)?;
    if would_change { Err(Failure::WouldChange) } else { Ok(()) }
}

fn standard_input(check: bool) -> Result<(), Failure> {
    let text = text_file::read_standard_input()?;
    let formatted = format_query(&text);
    if !formatted.diagnostics.is_empty() {
        return Err(Failure::Query(report::render("standard input", &text, &formatted.diagnostics)));
    }
    if check {
        return if formatted.text == text { Ok(()) } else { Err(Failure::WouldChange) };
    }
    std::io::stdout().write_all(formatted.text.as_bytes())?;
    Ok(())
}

struct Outcome {
    changed: bool,
    is_bad: bool,
}

fn format_file(path: &Path, check: bool) -> Result<Outcome> {
    let shown = path.display().to_string();
    let text = text_file::read(path)?;
    let formatted = match is_yaml(path) || is_json(path) {
        true => format_rules(&shown, &text),
        false => match format_query(&text) {
            // Commands that create functions are no queries.
            wrong if !wrong.diagnostics.is_empty() && kql_rules::read_file(&shown, &text).has_functions => {
                format_rules(&shown, &text)
            }
            formatted => formatted,
        },
    };
    eprint!("{}", report::render(&shown, &text, &formatted.diagnostics));
    for note in &formatted.notes {
        eprintln!("note: {shown}: {note}");
    }
    let changed = formatted.text != text;
    if changed {
        writeln!(std::io::stdout(), "{shown}")?;
        if !check {
            text_file::replace(path, &formatted.text).with_context(|| format!("cannot write {shown}"))?;
        }
    }
    Ok(Outcome { changed, is_bad: !formatted.diagnostics.is_empty() })
}

fn format_query(text: &str) -> Formatted {
    match kql_syntax::format(text) {
        Ok(formatted) => {
            let text = with_line_ends(&formatted, text.contains("\r\n"));
            Formatted { text, notes: Vec::new(), diagnostics: Vec::new() }
        }
        Err(diagnostics) => Formatted { text: text.to_owned(), notes: Vec::new(), diagnostics },
    }
}

fn with_line_ends(text: &str, carriage_returns: bool) -> String {
    let plain = text.replace("\r\n", "\n");
    if carriage_returns { plain.replace('\n', "\r\n") } else { plain }
}

/// Formats the `query: |` blocks of a rule file; every other byte stays.
fn format_rules(path: &str, text: &str) -> Formatted {
    let unchanged = |notes, diagnostics| Formatted { text: text.to_owned(), notes, diagnostics };
    let file = kql_rules::read_file(path, text);
    if file.rules.is_empty() && file.diagnostics.is_empty() {
        // Parsers, workflows and the like stand among rules; they are laid out by who wrote them.
        return unchanged(
            file.others.into_iter().map(|other| format!("left alone: {}", other.message)).collect(),
            Vec::new(),
        );
    }
    let rules = match kql_rules::read(path, text) {
        Ok(rules) => rules,
        Err(diagnostic) => return unchanged(Vec::new(), vec![diagnostic]),
    };
    let blocks = query_blocks(text);
    if blocks.len() != rules.len() {
        let note = "left alone: its `query` is no block of its own (`query: |`)";
        return unchanged(vec![note.to_owned()], Vec::new());
    }
    let (mut output, mut diagnostics, mut expected) = (String::with_capacity(text.len()), Vec::new(), Vec::new());
    let mut copied = 0;
    for (block, rule) in blocks.iter().zip(&rules) {
        match kql_syntax::format(rule.query.text()) {
            Ok(formatted) => {
                let formatted = with_line_ends(&formatted, false);
                output.push_str(text.get(copied..block.start).unwrap_or_default());
                output.push_str(&with_line_ends(&indented(&formatted, block.indent), block.carriage_returns));
                copied = block.end;
                expected.push(formatted.trim_end().to_owned());
            }
            Err(wrong) => {
                diagnostics.extend(wrong.into_iter().map(|diagnostic| {
                    let span = rule.query.in_file(diagnostic.span);
                    Diagnostic { span, ..diagnostic }
                }));
                expected.push(rule.query.text().trim_end().to_owned());
            }
        }
    }
    output.push_str(text.get(copied..).unwrap_or_default());
    // What the file says is read again: a block that YAML reads otherwise is not worth a nicer layout.
    let is_same = kql_rules::read(path, &output).is_ok_and(|read| {
        let queries: Vec<&str> = read.iter().map(|rule| rule.query.text().trim_end()).collect();
        queries == expected
    });
    if is_same {
        return Formatted { text: output, notes: Vec::new(), diagnostics };
    }
    unchanged(vec!["left alone: the formatted query would read differently in YAML".to_owned()], diagnostics)
}

/// The content of a `query: |` block.
struct Block {
    start: usize,
    /// Behind the line break of the last line with something on it.
    end: usize,
    indent: usize,
    carriage_returns: bool,
}

/// The blocks of top-level `query` keys, without the blank lines behind them.
fn query_blocks(text: &str) -> Vec<Block> {
    let mut blocks = Vec::new();
    let mut open: Option<Block> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let start = at;
        at += line.len();
        let indent = line.len() - line.trim_start_matches(' ').len();
        let is_blank = line.trim().is_empty();
        if let Some(block) = &mut open {
            if is_blank {
                continue;
            }
            if block.indent == 0 && indent > 0 {
                block.indent = indent;
                block.carriage_returns = line.ends_with("\r\n");
            }
            if indent > 0 && indent >= block.indent {
                block.end = at;
                continue;
            }
            blocks.extend(open.take().filter(|block| block.end > block.start));
        }
        let header = line.strip_prefix("query:").map(str::trim);
        if header.is_some_and(|header| matches!(header, "|" | "|-" | "|+")) {
            open = Some(Block { start: at, end: start, indent: 0, carriage_returns: false });
        }
    }
    blocks.extend(open.filter(|block| block.end > block.start));
    blocks
}

fn indented(text: &str, indent: usize) -> String {
    let margin = " ".repeat(indent);
    text.split_inclusive('\n')
        .map(|line| if line == "\n" { line.to_owned() } else { format!("{margin}{line}") })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::format_rules;

    #[test]
    fn only_the_query_block_of_a_rule_changes() {
        let rule = "id:   1 # odd\nquery: |\n   T|where a==1 // why\n   | take 5\n\n# end\nversion:  1.0.0\n";
        let formatted = format_rules("rule.yaml", rule);
        let expected =
            "id:   1 # odd\nquery: |\n   T\n   | where a == 1 // why\n   | take 5\n\n# end\nversion:  1.0.0\n";
        assert_eq!(formatted.text, expected);
        assert_eq!(format_rules("rule.yaml", expected).text, expected);
        assert!(formatted.notes.is_empty() && formatted.diagnostics.is_empty());
    }

    #[test]
    fn line_ends_stay() {
        let rule = "query: |-\r\n  T|take 5\r\nversion: 1\r\n";
        assert_eq!(format_rules("rule.yaml", rule).text, "query: |-\r\n  T\r\n  | take 5\r\nversion: 1\r\n");
    }

    #[test]
    fn folded_and_quoted_queries_are_left_alone() {
        for rule in
            ["query: >\n  T\n  |take 5\n", "query: 'T|take 5'\n", "query: T|take 5\n", "query: |2\n   T|take 5\n"]
        {
            let formatted = format_rules("rule.yaml", rule);
            assert_eq!(formatted.text, rule);
            assert_eq!(formatted.notes.len(), 1, "{rule}");
        }
    }

    #[test]
    fn a_wrong_query_stays_and_is_reported_in_its_file() {
        let rule = "query: |\n  T | take (\n";
        let formatted = format_rules("rule.yaml", rule);
        assert_eq!(formatted.text, rule);
        assert_eq!(&rule[formatted.diagnostics[0].span.range()], "(");
    }
}
