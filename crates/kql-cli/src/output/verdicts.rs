//! What `kql check` found: for people, as JSON lines, as SARIF, as GitHub workflow commands.

use std::io::{BufWriter, Write};

use anyhow::Result;
use kql_syntax::render::line_column;
use kql_syntax::{Diagnostic, Severity};
use serde_json::{Value, json};

use crate::arguments::CheckFormat;
use crate::commands::check::{CheckedFile, Verdict};
use crate::report;

/// Writes the verdicts to standard output.
///
/// # Errors
/// When writing fails.
pub fn write(format: CheckFormat, files: &[CheckedFile]) -> Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    match format {
        CheckFormat::Human => write_human(&mut out, files)?,
        CheckFormat::Json => {
            for (file, verdict) in verdicts(files) {
                writeln!(out, "{}", json_line(&file.text, verdict))?;
            }
            for file in files.iter().filter(|file| !file.others.is_empty()) {
                let diagnostics: Vec<Value> =
                    file.others.iter().map(|other| json_diagnostic(&file.text, other)).collect();
                let columns: [Value; 0] = [];
                let line = json!({
                    "path": file.path, "ok": true, "syntax_ok": true, "columns": columns, "diagnostics": diagnostics,
                });
                writeln!(out, "{line}")?;
            }
        }
        CheckFormat::Sarif => writeln!(out, "{}", serde_json::to_string_pretty(&sarif(files))?)?,
        CheckFormat::Github => write_github(&mut out, files)?,
    }
    Ok(out.flush()?)
}

fn verdicts(files: &[CheckedFile]) -> impl Iterator<Item = (&CheckedFile, &Verdict)> {
    files.iter().flat_map(|file| file.verdicts.iter().map(move |verdict| (file, verdict)))
}

fn write_human(out: &mut impl Write, files: &[CheckedFile]) -> Result<()> {
    let (mut queries, mut errors, mut warnings) = (0, 0, 0);
    for (file, verdict) in verdicts(files) {
        queries += 1;
        errors += verdict.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Error).count();
        warnings += verdict.diagnostics.iter().filter(|diagnostic| diagnostic.severity == Severity::Warning).count();
        out.write_all(report::render(&verdict.path, &file.text, &verdict.diagnostics).as_bytes())?;
    }
    let others = files.iter().flat_map(|file| file.others.iter().map(|other| (file.path.as_str(), other)));
    if let Some(others) = report::others(others) {
        writeln!(out, "{others}")?;
    }
    let plural = |count: usize, one: &str, many: &str| format!("{count} {}", if count == 1 { one } else { many });
    writeln!(
        out,
        "{}: {}, {}",
        plural(queries, "query", "queries"),
        plural(errors, "error", "errors"),
        plural(warnings, "warning", "warnings")
    )?;
    Ok(())
}

/// `start` and `length` count bytes of the file; `line` and `column` count from 1, columns in characters.
fn json_line(text: &str, verdict: &Verdict) -> Value {
    let columns = verdict.columns.iter().map(|(name, scalar_type)| {
        json!({"name": name, "type": scalar_type.map_or("unknown", |scalar_type| scalar_type.name())})
    });
    let diagnostics = verdict.diagnostics.iter().map(|diagnostic| json_diagnostic(text, diagnostic));
    json!({
        "path": verdict.path, "ok": verdict.ok, "syntax_ok": verdict.syntax_ok,
        "columns": columns.collect::<Vec<_>>(), "diagnostics": diagnostics.collect::<Vec<_>>(),
    })
}

fn json_diagnostic(text: &str, diagnostic: &Diagnostic) -> Value {
    let (line, column) = line_column(text, diagnostic.span.start);
    json!({
        "severity": severity(diagnostic), "code": diagnostic.code, "message": message(diagnostic),
        "line": line, "column": column,
        "start": diagnostic.span.start, "length": diagnostic.span.end - diagnostic.span.start,
    })
}

fn severity(diagnostic: &Diagnostic) -> &'static str {
    match diagnostic.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Hint => "hint",
    }
}

fn message(diagnostic: &Diagnostic) -> String {
    match &diagnostic.help {
        Some(help) => format!("{}; {help}", diagnostic.message),
        None => diagnostic.message.clone(),
    }
}

/// A SARIF 2.1.0 log.
fn sarif(files: &[CheckedFile]) -> Value {
    let results = verdicts(files).flat_map(|(file, verdict)| {
        verdict.diagnostics.iter().map(|diagnostic| {
            let (line, column) = line_column(&file.text, diagnostic.span.start);
            let (end_line, end_column) = line_column(&file.text, diagnostic.span.end);
            json!({
                "ruleId": diagnostic.code,
                "level": match diagnostic.severity {
                    Severity::Error => "error",
                    Severity::Warning => "warning",
                    Severity::Hint => "note",
                },
                "message": {"text": message(diagnostic)},
                "locations": [{"physicalLocation": {
                    "artifactLocation": {"uri": verdict.path},
                    "region": {"startLine": line, "startColumn": column, "endLine": end_line, "endColumn": end_column},
                }}],
            })
        })
    });
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {"name": "kql", "version": env!("CARGO_PKG_VERSION")}},
            "columnKind": "unicodeCodePoints",
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

/// GitHub workflow commands, which show as annotations of a pull request.
fn write_github(out: &mut impl Write, files: &[CheckedFile]) -> Result<()> {
    let escape = |text: &str| text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A");
    let escape_property = |text: &str| escape(text).replace(':', "%3A").replace(',', "%2C");
    for (file, verdict) in verdicts(files) {
        for diagnostic in &verdict.diagnostics {
            let (line, column) = line_column(&file.text, diagnostic.span.start);
            let level = match diagnostic.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                Severity::Hint => "notice",
            };
            writeln!(
                out,
                "::{level} file={},line={line},col={column},title={}::{}",
                escape_property(&verdict.path),
                diagnostic.code,
                escape(&message(diagnostic))
            )?;
        }
    }
    Ok(())
}
