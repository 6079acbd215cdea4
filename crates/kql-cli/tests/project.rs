//! The project file, and what `kql init` lays out.

use std::fs;
use std::path::Path;

use tempfile::{TempDir, tempdir};

use crate::support::shown_in;

/// A project as `kql init` makes it.
fn project() -> TempDir {
    let folder = tempdir().unwrap();
    let text = shown_in(folder.path(), &["init"]);
    assert!(text.starts_with("exit code 0\n"), "{text}");
    folder
}

/// Adds lines to the front of the project's file, where keys stand.
fn add(folder: &Path, lines: &str) {
    let file = folder.join("kql.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(file, format!("{lines}\n{text}")).unwrap();
}

#[test]
fn a_new_project_runs_at_once() {
    let folder = tempdir().unwrap();
    insta::assert_snapshot!(shown_in(folder.path(), &["init", "hunts"]), @"
    exit code 0
    created hunts/kql.toml
    created hunts/rules/failed-sign-ins.yaml
    created hunts/rules/failed-sign-ins.test.yaml
    created hunts/fixtures/SigninLogs.ndjson
    created hunts/.github/workflows/kql.yml

    What to do next:
      cd hunts
      kql test   runs the test of the rule
      kql run    runs the rule on the tables in fixtures/
      kql check  looks through all rules without running them
    Then put your own rules into rules/, and set KQL_SOURCE for the workflow in .github/workflows/kql.yml.
    ");
    let project = folder.path().join("hunts");
    let tested = shown_in(&project, &["test"]);
    assert!(tested.starts_with("exit code 0\n") && tested.contains("2 passed, 0 failed"), "{tested}");
    insta::assert_snapshot!(shown_in(&project, &["run", "--format", "markdown"]), @"
    exit code 0
    | IPAddress | FailedSignIns | Accounts |
    | --- | --: | --: |
    | 203.0.113.7 | 5 | 5 |
    ");
    insta::assert_snapshot!(shown_in(&project, &["check"]), @"
    exit code 0
    1 query: 0 errors, 0 warnings
    ");
    insta::assert_snapshot!(shown_in(&project, &["fmt", "--check"]), @"exit code 0");
}

#[test]
fn what_is_there_stays() {
    let folder = tempdir().unwrap();
    fs::write(folder.path().join("kql.toml"), "# mine\n").unwrap();
    let text = shown_in(folder.path(), &["init"]);
    assert!(text.contains("kept    kql.toml\n") && text.contains("created rules/failed-sign-ins.yaml\n"), "{text}");
    assert_eq!(fs::read_to_string(folder.path().join("kql.toml")).unwrap(), "# mine\n");
}

#[test]
fn the_file_is_found_upward_and_its_paths_are_its_own() {
    let folder = project();
    let below = folder.path().join("rules/mail/inbound");
    fs::create_dir_all(&below).unwrap();
    insta::assert_snapshot!(shown_in(&below, &["query", "SigninLogs | summarize count(), now()"]), @r#"
    exit code 0
    {"count_":8,"Column1":"2026-11-21T12:00:00.0000000Z"}
    "#);
    let tested = shown_in(&below, &["test"]);
    assert!(tested.contains("../../../rules/failed-sign-ins.test.yaml"), "{tested}");
    insta::assert_snapshot!(shown_in(&below, &["query", "SigninLogs | count", "--no-project"]), @"
    exit code 2
    error[KQL0202]: unknown table `SigninLogs`
     --> query:1:1
      |
    1 | SigninLogs | count
      | ^^^^^^^^^^
      |
      = help: there are no tables
    ");
    let elsewhere = tempdir().unwrap();
    let file = folder.path().join("kql.toml").to_string_lossy().into_owned();
    insta::assert_snapshot!(shown_in(elsewhere.path(), &["query", "SigninLogs | count", "--project", &file]), @r#"
    exit code 0
    {"Count":8}
    "#);
    insta::assert_snapshot!(shown_in(elsewhere.path(), &["run"]), @"
    exit code 2
    error: there is nothing to go through: name files or folders, or the `rules` of a project in kql.toml (`kql init` makes one)
    ");
}

#[test]
fn an_option_goes_before_the_file() {
    let folder = project();
    let text = "now = 2026-11-21T12:00:00Z\ndata = 'fixtures'\nvalues = 'values.yaml'\n\
                [set]\ndays = 7\nwho = 'ann'\n[table]\nOther = 'fixtures/SigninLogs.ndjson'\n";
    fs::write(folder.path().join("kql.toml"), text).unwrap();
    fs::write(folder.path().join("values.yaml"), "days: 1\nwhat: x\n").unwrap();
    fs::write(folder.path().join("more.yaml"), "who: ben\n").unwrap();
    let query = "print days = {{days}}, who = '{{who}}', what = '{{what}}', now = now()";
    insta::assert_snapshot!(shown_in(folder.path(), &["query", query]), @r#"
    exit code 0
    {"days":7,"who":"ann","what":"x","now":"2026-11-21T12:00:00.0000000Z"}
    "#);
    insta::assert_snapshot!(shown_in(folder.path(), &["query", query, "--values", "more.yaml", "--set", "days=3", "--now", "2026-01-01"]), @r#"
    exit code 0
    {"days":3,"who":"ben","what":"x","now":"2026-01-01T00:00:00.0000000Z"}
    "#);
    insta::assert_snapshot!(shown_in(folder.path(), &["query", "Other | count"]), @r#"
    exit code 0
    {"Count":8}
    "#);
    fs::create_dir(folder.path().join("empty")).unwrap();
    // Other data than the project's is all the data there is.
    insta::assert_snapshot!(shown_in(folder.path(), &["query", "Other | count", "--data", "empty"]), @"
    exit code 2
    error[KQL0202]: unknown table `Other`
     --> query:1:1
      |
    1 | Other | count
      | ^^^^^
      |
      = help: there are no tables
    ");
    insta::assert_snapshot!(shown_in(folder.path(), &["query", "SigninLogs | count", "-t", "SigninLogs=values.yaml.ndjson"]), @"
    exit code 1
    error: cannot read table SigninLogs: values.yaml.ndjson: no such file or folder
    ");
}

#[test]
fn lints_have_levels() {
    let folder = project();
    fs::write(folder.path().join("rules/odd.kql"), "let unused = 1;\nSigninLogs | count\n").unwrap();
    let code = |text: &str| text.lines().find(|line| line.contains("KQL0")).map(str::to_owned).unwrap_or_default();
    let plain = shown_in(folder.path(), &["check", "rules/odd.kql"]);
    assert!(plain.starts_with("exit code 0\n") && code(&plain).starts_with("warning["), "{plain}");
    let raised = shown_in(folder.path(), &["check", "rules/odd.kql", "--lint", "KQL0405=error"]);
    assert!(raised.starts_with("exit code 2\n") && code(&raised).starts_with("error["), "{raised}");
    fs::write(folder.path().join("kql.toml"), "[lint]\nKQL0405 = \"off\"\n").unwrap();
    insta::assert_snapshot!(shown_in(folder.path(), &["check", "rules/odd.kql"]), @"
    exit code 0
    1 query: 0 errors, 0 warnings
    ");
    let given = shown_in(folder.path(), &["check", "rules/odd.kql", "--lint", "warnings=error"]);
    assert!(given.starts_with("exit code 0\n"), "the code's own level goes before its group's: {given}");
    insta::assert_snapshot!(shown_in(folder.path(), &["check", "rules/odd.kql", "--lint", "KQL403=off"]), @"
    exit code 2
    error: --lint: there is no code `KQL403`; did you mean `KQL0403`?
    ");
}

#[test]
fn what_is_wrong_in_the_file_is_shown_there() {
    let folder = project();
    add(folder.path(), "function = [\"functions\"]\ntimeout = \"soon\"");
    insta::assert_snapshot!(shown_in(&folder.path().join("rules"), &["check"]), @r#"
    exit code 2
    error[KQL0342]: a project has no key `function`
     --> ../kql.toml:1:1
      |
    1 | function = ["functions"]
      | ^^^^^^^^
      |
      = help: did you mean `functions`?
    error[KQL0343]: `soon` is no value for `timeout`
     --> ../kql.toml:2:11
      |
    2 | timeout = "soon"
      |           ^^^^^^
      |
      = help: `timeout` is a time such as "30s" or "5m"
    "#);
    insta::assert_snapshot!(shown_in(folder.path(), &["query", "print 1", "--no-project"]), @r#"
    exit code 0
    {"print_0":1}
    "#);
}

#[test]
fn checking_does_not_miss_data_that_is_elsewhere() {
    let folder = project();
    fs::remove_dir_all(folder.path().join("fixtures")).unwrap();
    insta::assert_snapshot!(shown_in(folder.path(), &["check"]), @"
    exit code 0
    1 query: 0 errors, 0 warnings
    ");
    insta::assert_snapshot!(shown_in(folder.path(), &["run"]), @"
    exit code 1
    error: fixtures: No such file or directory (os error 2)
    ");
}

#[test]
fn tests_take_schemas_and_files_for_urls_from_the_project() {
    let folder = project();
    add(folder.path(), "schema = \"tables.kql\"\nexternal = {\"https://lists.test/bad\" = \"bad.csv\"}");
    let write = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    write("tables.kql", ".create table Badges_CL (TimeGenerated: datetime, Door: long, User: string)\n");
    write("bad.csv", "eve\n");
    let rule = "Badges_CL\n| where TimeGenerated > ago(1h) and Door > 1\n\
                | where User in (externaldata(User: string) [\"https://lists.test/bad\"])\n";
    write("rules/badges.kql", rule);
    let test = "now: 2026-11-21T12:00:00Z\ncases:\n  - name: one on the list\n    tables:\n      Badges_CL:\n        \
                - {TimeGenerated: ago(5m), Door: 2, User: eve}\n        - {Door: 2, User: eve}\n    expect: {count: 1}\n  \
                - name: no rows at all\n    expect: {hits: false}\n  - name: a slip\n    tables:\n      Badges_CL: [{Dor: 1}]\n    \
                expect: {count: 0}\n";
    write("rules/badges.test.yaml", test);
    let shown = shown_in(folder.path(), &["test", "rules/badges.kql"]);
    let lines: Vec<&str> = shown.lines().filter(|line| !line.contains("passed")).collect();
    insta::assert_snapshot!(lines.join("\n"), @"
    exit code 2
    rules/badges.test.yaml
      ✓ one on the list
      ✓ no rows at all
      ✗ a slip
          the case gives table Badges_CL a column `Dor`, which it does not have
    ");
}
