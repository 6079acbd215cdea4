//! What `kql test` tells: for people, as JUnit XML, as TAP, as GitHub workflow commands.

use std::io::{BufWriter, Write};
use std::time::Duration;

use kql_rules::rule_test::{Case, Mismatch, Row};
use kql_syntax::render::line_column;

use super::coverage::RuleCoverage;
use super::{Outcome, TestedRule, Verdict};
use crate::arguments::TestFormat;

/// How many cases held.
#[derive(Clone, Copy, Debug, Default)]
pub struct Summary {
    pub passed: usize,
    pub failed: usize,
    pub wrong: usize,
}

/// Writes the outcomes to standard output, and what the tests cover where that is asked for.
///
/// # Errors
/// When writing fails.
pub fn write(
    format: TestFormat,
    tested: &[TestedRule],
    outcomes: &[Vec<Outcome>],
    coverage: Option<&RuleCoverage>,
    elapsed: Duration,
) -> std::io::Result<Summary> {
    let mut summary = Summary::default();
    for outcome in outcomes.iter().flatten() {
        match outcome.verdict {
            Verdict::Passed => summary.passed += 1,
            Verdict::Failed(_) => summary.failed += 1,
            Verdict::Wrong(_) => summary.wrong += 1,
        }
    }
    let mut out = BufWriter::new(std::io::stdout().lock());
    match format {
        TestFormat::Human => human(&mut out, tested, outcomes, summary, elapsed)?,
        TestFormat::Junit => junit(&mut out, tested, outcomes, summary, elapsed)?,
        TestFormat::Tap => tap(&mut out, tested, outcomes)?,
        TestFormat::Github => github(&mut out, tested, outcomes)?,
    }
    if let Some(coverage) = coverage {
        write_coverage(&mut out, format, coverage)?;
    }
    out.flush()?;
    Ok(summary)
}

/// The predicates that no case made both true and false, and how many there are; of a format that has no place for
/// that, on standard error.
fn write_coverage(out: &mut impl Write, format: TestFormat, coverage: &RuleCoverage) -> std::io::Result<()> {
    let gaps = coverage.gaps();
    let total = coverage.total();
    let summary = format!("covered {} of {total} predicates", total - gaps.len());
    for (path, gap) in &gaps {
        let (line, column, missing) = (gap.line, gap.column, gap.missing.text());
        let shown = format!("{path}:{line}:{column}: {missing}: {}", gap.text);
        match format {
            TestFormat::Human => writeln!(out, "{shown}")?,
            TestFormat::Tap => writeln!(out, "# {shown}")?,
            TestFormat::Junit => eprintln!("{shown}"),
            TestFormat::Github => {
                let (file, text) = (github_property(path), github_data(&gap.text));
                writeln!(out, "::notice file={file},line={line},col={column},title={missing}::{text}")?;
            }
        }
    }
    match format {
        TestFormat::Human => writeln!(out, "{summary}"),
        TestFormat::Tap => writeln!(out, "# {summary}"),
        TestFormat::Github => writeln!(out, "::notice::{summary}"),
        TestFormat::Junit => {
            eprintln!("{summary}");
            Ok(())
        }
    }
}

fn human(
    out: &mut impl Write,
    tested: &[TestedRule],
    outcomes: &[Vec<Outcome>],
    summary: Summary,
    elapsed: Duration,
) -> std::io::Result<()> {
    for (tested, outcomes) in tested.iter().zip(outcomes) {
        writeln!(out, "{}", tested.path)?;
        for (case, outcome) in tested.test.cases.iter().zip(outcomes) {
            let mark = if matches!(outcome.verdict, Verdict::Passed) { "✓" } else { "✗" };
            writeln!(out, "  {mark} {}", case.name)?;
            for line in explanation(&outcome.verdict) {
                writeln!(out, "      {line}")?;
            }
        }
    }
    let Summary { passed, failed, wrong } = summary;
    let failed = failed + wrong;
    writeln!(out, "{passed} passed, {failed} failed, in {:.2} s", elapsed.as_secs_f64())
}

/// Why a case does not hold, line by line.
fn explanation(verdict: &Verdict) -> Vec<String> {
    match verdict {
        Verdict::Passed => Vec::new(),
        Verdict::Wrong(text) => text.lines().map(str::to_owned).collect(),
        Verdict::Failed(mismatches) => mismatches.iter().flat_map(mismatch_lines).collect(),
    }
}

fn mismatch_lines(mismatch: &Mismatch) -> Vec<String> {
    match mismatch {
        Mismatch::Count { expected, actual } => vec![format!("expected {expected} rows, found {actual}")],
        Mismatch::Hits { expected: true, .. } => vec!["expected hits, found none".to_owned()],
        Mismatch::Hits { expected: false, actual } => vec![format!("expected no hits, found {actual}")],
        Mismatch::NoColumn { name } => vec![format!("the result has no column `{name}`")],
        Mismatch::Rows { missing, unexpected } => {
            let lines = |sign: char, rows: &[Row]| -> Vec<String> {
                rows.iter().map(|row| format!("{sign} {}", serde_json::to_string(row).unwrap_or_default())).collect()
            };
            let mut all = lines('-', missing);
            all.extend(lines('+', unexpected));
            all
        }
    }
}

fn junit(
    out: &mut impl Write,
    tested: &[TestedRule],
    outcomes: &[Vec<Outcome>],
    summary: Summary,
    elapsed: Duration,
) -> std::io::Result<()> {
    let Summary { passed, failed, wrong } = summary;
    writeln!(out, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>")?;
    let seconds = elapsed.as_secs_f64();
    let total = passed + failed + wrong;
    writeln!(out, "<testsuites tests=\"{total}\" failures=\"{failed}\" errors=\"{wrong}\" time=\"{seconds:.3}\">")?;
    for (tested, outcomes) in tested.iter().zip(outcomes) {
        let count = |wanted: fn(&Verdict) -> bool| outcomes.iter().filter(|outcome| wanted(&outcome.verdict)).count();
        let failures = count(|verdict| matches!(verdict, Verdict::Failed(_)));
        let errors = count(|verdict| matches!(verdict, Verdict::Wrong(_)));
        let (name, tests) = (escaped(&tested.path), outcomes.len());
        writeln!(out, "  <testsuite name=\"{name}\" tests=\"{tests}\" failures=\"{failures}\" errors=\"{errors}\">")?;
        for (case, outcome) in tested.test.cases.iter().zip(outcomes) {
            let (case_name, seconds) = (escaped(&case.name), outcome.seconds);
            write!(out, "    <testcase classname=\"{name}\" name=\"{case_name}\" time=\"{seconds:.3}\"")?;
            let element = match outcome.verdict {
                Verdict::Passed => {
                    writeln!(out, "/>")?;
                    continue;
                }
                Verdict::Failed(_) => "failure",
                Verdict::Wrong(_) => "error",
            };
            let lines = explanation(&outcome.verdict);
            let first = escaped(lines.first().map_or("", String::as_str));
            writeln!(out, ">\n      <{element} message=\"{first}\">{}</{element}>", escaped(&lines.join("\n")))?;
            writeln!(out, "    </testcase>")?;
        }
        writeln!(out, "  </testsuite>")?;
    }
    writeln!(out, "</testsuites>")
}

/// Text for an attribute or an element; what XML cannot hold becomes the replacement character.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            '"' => escaped.push_str("&quot;"),
            '\n' | '\t' => escaped.push(character),
            control if control.is_control() => escaped.push('\u{fffd}'),
            other => escaped.push(other),
        }
    }
    escaped
}

fn tap(out: &mut impl Write, tested: &[TestedRule], outcomes: &[Vec<Outcome>]) -> std::io::Result<()> {
    let total: usize = outcomes.iter().map(Vec::len).sum();
    writeln!(out, "TAP version 14\n1..{total}")?;
    let all = tested.iter().zip(outcomes).flat_map(|(tested, outcomes)| {
        tested.test.cases.iter().zip(outcomes).map(move |(case, outcome)| (tested, case, outcome))
    });
    for (position, (tested, case, outcome)) in all.enumerate() {
        let passed = matches!(outcome.verdict, Verdict::Passed);
        let name = case.name.replace('#', "\\#");
        writeln!(out, "{} {} - {}: {name}", if passed { "ok" } else { "not ok" }, position + 1, tested.path)?;
        let lines = explanation(&outcome.verdict);
        if !lines.is_empty() {
            writeln!(out, "  ---\n  message: |")?;
            for line in lines {
                writeln!(out, "    {line}")?;
            }
            writeln!(out, "  ...")?;
        }
    }
    Ok(())
}

fn github(out: &mut impl Write, tested: &[TestedRule], outcomes: &[Vec<Outcome>]) -> std::io::Result<()> {
    for (tested, outcomes) in tested.iter().zip(outcomes) {
        for (case, outcome) in tested.test.cases.iter().zip(outcomes) {
            let lines = explanation(&outcome.verdict);
            if lines.is_empty() {
                continue;
            }
            let (line, title) = (case_line(tested, case), github_property(&case.name));
            writeln!(
                out,
                "::error file={},line={line},title={title}::{}",
                github_property(&tested.path),
                github_data(&lines.join("\n"))
            )?;
        }
    }
    Ok(())
}

/// A text as GitHub's workflow commands ask.
fn github_data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

/// The value of a property of such a command.
fn github_property(text: &str) -> String {
    github_data(text).replace(':', "%3A").replace(',', "%2C")
}

fn case_line(tested: &TestedRule, case: &Case) -> usize {
    line_column(&tested.text, case.span.start).0
}
