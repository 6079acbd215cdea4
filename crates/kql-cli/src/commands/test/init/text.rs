//! A file of tests as it is written.

use std::fmt::Write;

use kql_rules::rule_test::{ActualRows, Row, row_text, rows_text};
use kql_syntax::Span;
use kql_syntax::render::line_column;
use kql_types::Value;

use super::near_miss::{Asked, NearMiss, Predicate};
use super::subject::{NOW, Rows};
use crate::commands::test::TestedRule;
use crate::commands::test::case::Answer;

/// How wide a row may be on one line.
const WIDEST: usize = 110;

/// What is found for a rule.
pub struct Found {
    /// Rows with hits.
    pub rows: Rows,
    /// What comes out of them.
    pub expected: ActualRows,
    pub predicates: Vec<(Predicate, Option<NearMiss>)>,
    /// Columns that hold other values each time the query runs.
    pub unsteady: Vec<String>,
}

/// The file.
pub fn file(tested: &TestedRule, base: &Answer, found: &Found) -> String {
    let mut text = String::new();
    let _ = writeln!(
        text,
        "# Written by `kql test --init` from the predicates of {}, with what it gives now.",
        rule_name(tested)
    );
    let _ = writeln!(
        text,
        "# Look whether that is what you mean, and give the cases names of your own.\nnow: {NOW}\ncases:"
    );
    let expected = &found.expected;
    write_case(&mut text, "a hit", None, &found.rows);
    write_rows(&mut text, expected, &found.unsteady);
    let mut names = vec!["a hit".to_owned()];
    for (predicate, miss) in &found.predicates {
        let Some(miss) = miss else { continue };
        let name = unique(name(predicate, base, miss.result.len(), expected.rows.len()), &mut names);
        write_case(&mut text, &name, Some(&place(predicate, tested, base)), &miss.rows);
        write_expectation(&mut text, found, &miss.result);
    }
    let missing: Vec<&Predicate> =
        found.predicates.iter().filter(|(_, miss)| miss.is_none()).map(|(predicate, _)| predicate).collect();
    if !missing.is_empty() {
        text.push_str("\n# No row could be found for which only one of these fails:\n");
    }
    for predicate in missing {
        let _ = writeln!(text, "#   {}", place(predicate, tested, base));
    }
    text
}

fn rule_name(tested: &TestedRule) -> String {
    let path = std::path::Path::new(&tested.rule_path);
    path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default()
}

fn unique(name: String, names: &mut Vec<String>) -> String {
    let is_taken = |wanted: &str, names: &[String]| names.iter().any(|name| name == wanted);
    let numbered = (2..).map(|number| format!("{name} ({number})"));
    let unique = std::iter::once(name.clone()).chain(numbered).find(|wanted| !is_taken(wanted, names)).unwrap_or(name);
    names.push(unique.clone());
    unique
}

fn write_case(text: &mut String, name: &str, comment: Option<&str>, rows: &Rows) {
    if comment.is_some() {
        text.push('\n');
    }
    let _ = writeln!(text, "  - name: {}", scalar(name));
    if let Some(comment) = comment {
        let _ = writeln!(text, "    # {comment}");
    }
    text.push_str("    tables:\n");
    for (table, rows) in rows {
        if rows.is_empty() {
            let _ = writeln!(text, "      {}: []", scalar(table));
            continue;
        }
        let _ = writeln!(text, "      {}:", scalar(table));
        for row in rows {
            write_row(text, row, 8);
        }
    }
    if rows.is_empty() {
        text.truncate(text.trim_end_matches('\n').len());
        text.push_str(" {}\n");
    }
}

/// A row, on one line where it fits.
fn write_row(text: &mut String, row: &Row, indent: usize) {
    let line = row_text(row);
    if line.len() + indent + 2 <= WIDEST || row.is_empty() {
        let _ = writeln!(text, "{:indent$}- {line}", "");
        return;
    }
    for (at, (column, value)) in row.iter().enumerate() {
        let mark = if at == 0 { "- " } else { "  " };
        let member: Row = [(column.clone(), value.clone())].into_iter().collect();
        let member = row_text(&member);
        let member = member.strip_prefix('{').and_then(|rest| rest.strip_suffix('}')).unwrap_or(&member);
        let _ = writeln!(text, "{:indent$}{mark}{member}", "");
    }
}

fn write_expectation(text: &mut String, found: &Found, result: &[Vec<Value>]) {
    let expected = &found.expected;
    if result.is_empty() {
        text.push_str("    expect: {hits: false}\n");
    } else if result.len() < expected.rows.len() {
        let _ = writeln!(text, "    expect: {{count: {}}}", result.len());
    } else {
        write_rows(text, &ActualRows { columns: expected.columns.clone(), rows: result.to_vec() }, &found.unsteady);
    }
}

fn write_rows(text: &mut String, rows: &ActualRows, unsteady: &[String]) {
    // Columns without a value in any row say little; without any column a row cannot be told from another.
    let has_value = |at: usize| {
        rows.rows
            .iter()
            .filter_map(|row| row.get(at))
            .any(|value| !value.is_null() && !matches!(value, Value::String(text) if text.is_empty()))
    };
    let named = rows.columns.iter().enumerate().filter(|(at, (name, _))| has_value(*at) && !unsteady.contains(name));
    let columns: Vec<String> = named.map(|(_, (name, _))| name.clone()).collect();
    if columns.is_empty() {
        let _ = writeln!(text, "    expect: {{count: {}}}", rows.rows.len());
        return;
    }
    let _ = writeln!(text, "    expect:\n      rows:\n        {}", rows_text(rows, Some(&columns), 8));
}

/// A key or a name.
fn scalar(text: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || " _()=<>~/.+-\"".contains(character);
    let is_safe = text.starts_with(|first: char| first.is_ascii_alphabetic())
        && text.chars().all(is_plain)
        && !text.ends_with(' ')
        && !text.chars().all(|character| character.is_ascii_alphabetic());
    let is_word = text.len() > 5 && text.chars().all(|character| character.is_ascii_alphanumeric());
    if is_safe || is_word { text.to_owned() } else { serde_json::Value::from(text).to_string() }
}

/// Where a predicate stands, and what it is.
pub fn place(predicate: &Predicate, tested: &TestedRule, base: &Answer) -> String {
    let at = base.query.in_file(predicate.span);
    let (line, _) = line_column(&tested.rule_text, at.start);
    let what = match predicate.asked {
        Asked::Condition => words(base, predicate.span),
        Asked::Partner => format!("join on {}", words(base, predicate.span)),
        Asked::NoPartner => format!("anti join on {}", words(base, predicate.span)),
    };
    format!("line {line}: {what}")
}

/// A part of the query on one line, not longer than people read.
fn words(base: &Answer, span: Span) -> String {
    const LONGEST: usize = 90;
    let text = base.query.text().get(span.range()).unwrap_or("");
    let uncommented = text.lines().map(|line| line.split_once("//").map_or(line, |(before, _)| before));
    let joined = uncommented.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
    if joined.chars().count() <= LONGEST {
        return joined;
    }
    joined.chars().take(LONGEST).chain(['…']).collect()
}

/// What becomes of the rows, and when.
fn name(predicate: &Predicate, base: &Answer, hits: usize, before: usize) -> String {
    let fate = if hits < before { "is dropped" } else { "counts otherwise" };
    let key = || words(base, predicate.span);
    match predicate.asked {
        Asked::Partner => return format!("{fate} when {} has no match in the join", key()),
        Asked::NoPartner => return format!("{fate} when {} has a match in the join", key()),
        Asked::Condition => {}
    }
    let phrase = predicate.call.as_ref().and_then(|(function, arguments)| {
        let words = |at: usize| Some(words(base, *arguments.get(at)?)).filter(|words| !words.is_empty());
        // «is not false» says nothing of what is asked.
        let is_truth = words(1).is_some_and(|word| ["true", "false", "0", "1"].contains(&word.as_str()));
        let two = |verb: &str| Some(format!("{} {verb} {}", words(0)?, words(1).filter(|_| !is_truth)?));
        match *function {
            "==" | "=~" => two("is not"),
            "!=" | "!~" => two("is"),
            "<" => two("is not below"),
            "<=" => two("is above"),
            ">" => two("is not above"),
            ">=" => two("is below"),
            "has" | "has_cs" => two("has no"),
            "!has" | "!has_cs" => two("has"),
            "contains" | "contains_cs" => two("does not contain"),
            "!contains" | "!contains_cs" => two("contains"),
            "startswith" | "startswith_cs" => two("does not start with"),
            "endswith" | "endswith_cs" => two("does not end with"),
            "isempty" => Some(format!("{} is not empty", words(0)?)),
            "isnotempty" => Some(format!("{} is empty", words(0)?)),
            "isnull" => Some(format!("{} is not null", words(0)?)),
            "isnotnull" => Some(format!("{} is null", words(0)?)),
            _ => None,
        }
    });
    match phrase {
        Some(phrase) => format!("{fate} when {phrase}"),
        None => format!("{fate} unless {}", key()),
    }
}
