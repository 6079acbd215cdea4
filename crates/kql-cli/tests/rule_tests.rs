//! `kql test`: the tests of rules.

use std::fs;
use std::path::Path;

use crate::support::{answer, failure, kql};

const RULE: &str = "\
id: 1
name: Many failures
query: |
  Logons
  | where Time > ago(1h) and not(Succeeded)
  | summarize Failures = count(), Last = max(Time) by User
  | where Failures >= Limit[0]
";

/// A rule over a table of its own, which a case gives as a tabular expression.
fn rule(folder: &Path, query_tail: &str) {
    fs::write(folder.join("failures.yaml"), RULE.replace("Limit[0]", query_tail)).unwrap();
}

fn tests(folder: &Path, cases: &str) -> String {
    let file = folder.join("failures.test.yaml");
    fs::write(&file, cases).unwrap();
    file.to_string_lossy().into_owned()
}

/// The report without what changes from run to run.
fn report(text: &str, folder: &Path) -> String {
    let text = text.replace(&folder.to_string_lossy().into_owned(), "DIR");
    let lines = text.lines().map(|line| line.split(", in ").next().unwrap_or(line).to_owned());
    lines.collect::<Vec<_>>().join("\n")
}

const CASES: &str = "\
now: 2026-11-21T08:00:00Z
cases:
  - name: two failures
    tables:
      Logons:
        - {Time: ago(10m), User: ann, Succeeded: false}
        - {Time: ago(20m), User: ann, Succeeded: false}
        - {Time: ago(20m), User: ben, Succeeded: true}
    expect:
      rows:
        - {User: ann, Failures: 2, Last: ago(10m)}
  - name: failures long ago
    tables:
      Logons: |
        datatable (Time: datetime, User: string, Succeeded: bool) [datetime(2026-11-20), 'ann', false]
    expect: {hits: false, count: 0}
";

#[test]
fn the_shipped_rules_pass_their_tests() {
    let text = answer(&["test", "queries"]);
    assert!(text.contains("9 passed, 0 failed"), "{text}");
}

#[test]
fn rows_can_be_written_by_the_columns_that_matter() {
    let folder = tempfile::tempdir().unwrap();
    rule(folder.path(), "2");
    let file = tests(folder.path(), CASES);
    insta::assert_snapshot!(report(&answer(&["test", &file]), folder.path()), @"
    DIR/failures.test.yaml
      ✓ two failures
      ✓ failures long ago
    2 passed, 0 failed
    ");
    // The rule's file, and the folder, find the same tests.
    assert!(answer(&["test", &folder.path().join("failures.yaml").to_string_lossy()]).contains("2 passed"));
    assert!(answer(&["test", &folder.path().to_string_lossy()]).contains("2 passed"));
}

#[test]
fn what_differs_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    rule(folder.path(), "1");
    let cases = CASES.replace("Failures: 2", "Failures: 3").replace("hits: false, count: 0", "count: 4");
    let file = tests(folder.path(), &cases);
    let output = kql(&["test", &file]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(report(&String::from_utf8_lossy(&output.stdout), folder.path()), @r#"
    DIR/failures.test.yaml
      ✗ two failures
          - {"User":"ann","Failures":3,"Last":"ago(10m)"}
          + {"User":"ann","Failures":2,"Last":"2026-11-21T07:50:00.0000000Z"}
      ✗ failures long ago
          expected 4 rows, found 0
    0 passed, 2 failed
    "#);
    let shown = |format: &str| {
        let output = kql(&["test", &file, "--format", format]);
        report(&String::from_utf8_lossy(&output.stdout), folder.path())
    };
    insta::assert_snapshot!(shown("tap"), @r#"
    TAP version 14
    1..2
    not ok 1 - DIR/failures.test.yaml: two failures
      ---
      message: |
        - {"User":"ann","Failures":3,"Last":"ago(10m)"}
        + {"User":"ann","Failures":2,"Last":"2026-11-21T07:50:00.0000000Z"}
      ...
    not ok 2 - DIR/failures.test.yaml: failures long ago
      ---
      message: |
        expected 4 rows, found 0
      ...
    "#);
    insta::assert_snapshot!(shown("github"), @r#"
    ::error file=DIR/failures.test.yaml,line=3,title=two failures::- {"User":"ann","Failures":3,"Last":"ago(10m)"}%0A+ {"User":"ann","Failures":2,"Last":"2026-11-21T07:50:00.0000000Z"}
    ::error file=DIR/failures.test.yaml,line=12,title=failures long ago::expected 4 rows, found 0
    "#);
    assert!(
        shown("junit").contains("<failure message=\"- {&quot;User&quot;:&quot;ann&quot;,&quot;Failures&quot;:3"),
        "{}",
        shown("junit")
    );
}

#[test]
fn what_came_out_can_be_accepted() {
    let folder = tempfile::tempdir().unwrap();
    rule(folder.path(), "1");
    let before = CASES.replace("Failures: 2", "Failures: 3");
    let file = tests(folder.path(), &before);
    kql(&["test", &file, "--update"]);
    let after = fs::read_to_string(&file).unwrap();
    assert_eq!(
        after,
        before.replace(
            "{User: ann, Failures: 3, Last: ago(10m)}",
            "{User: \"ann\", Failures: 2, Last: \"2026-11-21T07:50:00.0000000Z\"}"
        )
    );
    assert!(answer(&["test", &file]).contains("2 passed"));
}

#[test]
fn a_wrong_rule_and_a_wrong_test_exit_with_2() {
    let folder = tempfile::tempdir().unwrap();
    rule(folder.path(), "Limt");
    let file = tests(folder.path(), CASES);
    let output = kql(&["test", &file]);
    assert_eq!(output.status.code(), Some(2));
    insta::assert_snapshot!(report(&String::from_utf8_lossy(&output.stdout), folder.path()), @r#"
    DIR/failures.test.yaml
      ✗ two failures
          error[KQL0201]: unknown column `Limt`
           --> DIR/failures.yaml:7:23
            |
          7 |   | where Failures >= Limt
            |                       ^^^^
            |
            = help: a text stands in quotes: `"Limt"`; the columns are User, Failures, Last
      ✗ failures long ago
          error[KQL0201]: unknown column `Limt`
           --> DIR/failures.yaml:7:23
            |
          7 |   | where Failures >= Limt
            |                       ^^^^
            |
            = help: a text stands in quotes: `"Limt"`; the columns are User, Failures, Last
    0 passed, 2 failed
    "#);
    let file = tests(folder.path(), &CASES.replace("expect: {hits", "expects: {hits"));
    insta::assert_snapshot!(failure(&["test", &file]).replace(&folder.path().to_string_lossy().into_owned(), "DIR"), @"
    exit code 2
    error[KQL0305]: `expects` is no key here
      --> DIR/failures.test.yaml:16:5
       |
    16 |     expects: {hits: false, count: 0}
       |     ^^^^^^^
       |
       = help: the keys are name, now, tables, functions, watchlists, expect
    ");
}
