//! The language suite: `tests/suite/**/*.kql` at the root of the repository.
//!
//! A file is a list of cases. A case starts with `// --- name`; the query follows, then what it must give:
//!
//! ```text
//! // => a:long | b:string        the columns; `=~` instead of `=>` where the order of rows does not count
//! // -> 1 | x                    a row; null is `null`, the empty string `""`
//! // error 2:5 KQL0101: message  or the first error with its place
//! ```
//!
//! A query with several results gives one such table after the other; a name stands before it as `// == name`.
//!
//! Each case runs as it is and over the wire. `UPDATE_SUITE=1` writes what the engine gives into the files.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use kql_syntax::Diagnostic;
use kql_types::Value;

use crate::support::{Answer, answers, repository};

pub struct Case {
    pub name: String,
    pub query: String,
    expected: Vec<String>,
    /// As they stand in the file, where rows of any order may be in the order that reads best.
    written: Vec<String>,
}

#[test]
fn every_case_gives_what_it_says() {
    let files = files();
    let update = std::env::var_os("UPDATE_SUITE").is_some();
    let mut failures = String::new();
    let mut count = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).unwrap();
        let cases = cases(&text);
        count += cases.len();
        let mut updated = String::new();
        for case in &cases {
            let ordered = !case.expected.iter().any(|line| line.starts_with("// =~"));
            let direct = render(&case.query, answers(&case.query, false), ordered);
            let wired = render(&case.query, answers(&case.query, true), ordered);
            if update {
                let lines = if direct == case.expected { &case.written } else { &direct };
                let _ = write!(updated, "// --- {}\n{}\n{}\n\n", case.name, case.query, lines.join("\n"));
            } else if direct != case.expected {
                let _ = writeln!(
                    failures,
                    "\n{}: {}\nexpected\n{}\nbut got\n{}",
                    file.display(),
                    case.name,
                    case.expected.join("\n"),
                    direct.join("\n")
                );
            }
            if wired != direct {
                let _ = writeln!(failures, "\n{}: {}: over the wire\n{}", file.display(), case.name, wired.join("\n"));
            }
        }
        if update {
            std::fs::write(&file, updated.trim_end().to_owned() + "\n").unwrap();
        }
    }
    assert!(count > 60, "only {count} cases were found");
    assert!(failures.is_empty(), "{failures}");
}

/// The files of the suite, in order.
pub fn files() -> Vec<PathBuf> {
    let mut files = Vec::new();
    gather(&repository().join("tests/suite"), &mut files);
    files.sort();
    files
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "kql") {
            files.push(path);
        }
    }
}

/// The cases of a file.
pub fn cases(text: &str) -> Vec<Case> {
    let mut cases: Vec<Case> = Vec::new();
    for line in text.lines() {
        if let Some(name) = line.strip_prefix("// --- ") {
            cases.push(Case { name: name.to_owned(), query: String::new(), expected: Vec::new(), written: Vec::new() });
            continue;
        }
        let Some(case) = cases.last_mut() else { continue };
        if ["// =", "// ->", "// error "].iter().any(|prefix| line.starts_with(prefix)) {
            case.expected.push(line.trim_end().to_owned());
        } else if !(line.is_empty() && case.query.is_empty()) {
            case.query.push_str(line);
            case.query.push('\n');
        }
    }
    for case in &mut cases {
        case.written = case.expected.clone();
        case.query.truncate(case.query.trim_end().len());
        // Rows of one table that may come in any order may stand in any order.
        if case.expected.first().is_some_and(|line| line.starts_with("// =~"))
            && case.expected[1..].iter().all(|line| line.starts_with("// ->"))
        {
            case.expected[1..].sort();
        }
    }
    cases
}

fn render(query: &str, answers: Result<Vec<Answer>, Diagnostic>, ordered: bool) -> Vec<String> {
    match answers {
        Ok(answers) => answers.iter().flat_map(|answer| table(answer, ordered)).collect(),
        Err(error) => {
            let before = &query[..error.span.start.min(query.len())];
            let line = before.matches('\n').count() + 1;
            let column = before.chars().rev().take_while(|character| *character != '\n').count() + 1;
            vec![format!("// error {line}:{column} {}: {}", error.code, error.message)]
        }
    }
}

fn table(answer: &Answer, ordered: bool) -> Vec<String> {
    let arrow = if ordered { "=>" } else { "=~" };
    let columns: Vec<String> = answer.columns.iter().map(|(name, kind)| format!("{name}:{kind}")).collect();
    let mut rows: Vec<String> = answer
        .rows
        .iter()
        .map(|row| format!("// -> {}", row.iter().map(cell).collect::<Vec<_>>().join(" | ")).trim_end().to_owned())
        .collect();
    if !ordered {
        rows.sort();
    }
    let mut lines: Vec<String> = answer.name.iter().map(|name| format!("// == {name}")).collect();
    lines.push(format!("// {arrow} {}", columns.join(" | ")).trim_end().to_owned());
    lines.extend(rows);
    lines
}

fn cell(value: &Value) -> String {
    let text = match value {
        Value::Null(_) => return "null".to_owned(),
        Value::Dynamic(text) => kql_types::dynamic::Dynamic::new(text).canonical(),
        other => other.to_text(),
    };
    let plain = !text.is_empty() && text.trim() == text && !text.contains(['|', '\n']);
    if plain && (text != "null" || !matches!(value, Value::String(_))) { text } else { format!("{text:?}") }
}
