//! `kql check`: lints, output formats, schema files, files that cannot be read.

use std::path::Path;

use crate::support::{answer, failure, kql};

/// A folder with a rule, a query with lints and a broken query.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
    write("a.yaml", "id: 1\nquery: |\n  EmailEvents\n  | where Subjct has 'x'\nversion: 1\n");
    write("b.kql", "let unused = 5;\nEmailEvents\n| where Subject contains \"invoice\"\n| take 1\n");
    write("c.kql", "EmailEvents | summarize count() by Subject");
    folder
}

#[track_caller]
fn shown(folder: &Path, arguments: &[&str]) -> String {
    let path = folder.to_str().unwrap();
    let output = kql(&[&["check", path], arguments].concat());
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    format!("exit code {}\n{}", output.status.code().unwrap_or(-1), text.replace(path, "DIR"))
}

#[test]
fn lints_are_shown_beside_errors() {
    insta::assert_snapshot!(shown(folder().path(), &[]), @r#"
    exit code 2
    error[KQL0201]: unknown column `Subjct`
     --> DIR/a.yaml:4:11
      |
    4 |   | where Subjct has 'x'
      |           ^^^^^^
      |
      = help: did you mean `Subject`?
    warning[KQL0405]: nothing uses `unused`
     --> DIR/b.kql:1:5
      |
    1 | let unused = 5;
      |     ^^^^^^
      |
      = help: use it, or take the `let` away
    note[KQL0404]: `contains` reads every text for the term `invoice`
     --> DIR/b.kql:3:17
      |
    3 | | where Subject contains "invoice"
      |                 ^^^^^^^^
      |
      = help: `has` looks whole terms up, which is faster; keep `contains` for parts of words
    3 queries: 1 error, 1 warning
    "#);
}

#[test]
fn json_has_a_line_a_query() {
    insta::assert_snapshot!(shown(folder().path(), &["--format", "json"]), @r#"
    exit code 2
    {"path":"DIR/a.yaml","ok":false,"syntax_ok":true,"columns":[],"diagnostics":[{"severity":"error","code":"KQL0201","message":"unknown column `Subjct`; did you mean `Subject`?","line":4,"column":11,"start":39,"length":6}]}
    {"path":"DIR/b.kql","ok":true,"syntax_ok":true,"columns":[{"name":"_BilledSize","type":"real"},{"name":"_IsBillable","type":"string"},{"name":"AdditionalFields","type":"dynamic"},{"name":"AttachmentCount","type":"int"},{"name":"AuthenticationDetails","type":"string"},{"name":"BulkComplaintLevel","type":"int"},{"name":"Cc","type":"dynamic"},{"name":"ConfidenceLevel","type":"string"},{"name":"Connectors","type":"string"},{"name":"Context","type":"string"},{"name":"DeliveryAction","type":"string"},{"name":"DeliveryLocation","type":"string"},{"name":"DetectionMethods","type":"string"},{"name":"DistributionList","type":"string"},{"name":"EmailAction","type":"string"},{"name":"EmailActionPolicy","type":"string"},{"name":"EmailActionPolicyGuid","type":"string"},{"name":"EmailClusterId","type":"long"},{"name":"EmailDirection","type":"string"},{"name":"EmailLanguage","type":"string"},{"name":"EmailSize","type":"int"},{"name":"ExchangeTransportRule","type":"string"},{"name":"ForwardingInformation","type":"string"},{"name":"InternetMessageId","type":"string"},{"name":"IsFirstContact","type":"bool"},{"name":"LastEventExecutionTime","type":"datetime"},{"name":"LatestDeliveryAction","type":"string"},{"name":"LatestDeliveryLocation","type":"string"},{"name":"MalwareFilterVerdict","type":"string"},{"name":"NetworkMessageId","type":"string"},{"name":"OrgLevelAction","type":"string"},{"name":"OrgLevelPolicy","type":"string"},{"name":"PhishFilterVerdict","type":"string"},{"name":"RecipientDomain","type":"string"},{"name":"RecipientEmailAddress","type":"string"},{"name":"RecipientObjectId","type":"string"},{"name":"ReportId","type":"string"},{"name":"SenderDisplayName","type":"string"},{"name":"SenderFromAddress","type":"string"},{"name":"SenderFromDomain","type":"string"},{"name":"SenderIPv4","type":"string"},{"name":"SenderIPv6","type":"string"},{"name":"SenderMailFromAddress","type":"string"},{"name":"SenderMailFromDomain","type":"string"},{"name":"SenderObjectId","type":"string"},{"name":"SourceSystem","type":"string"},{"name":"Subject","type":"string"},{"name":"TenantId","type":"string"},{"name":"ThreatClassification","type":"string"},{"name":"ThreatNames","type":"string"},{"name":"ThreatTypes","type":"string"},{"name":"TimeGenerated","type":"datetime"},{"name":"Timestamp","type":"datetime"},{"name":"To","type":"dynamic"},{"name":"Type","type":"string"},{"name":"UrlCount","type":"int"},{"name":"UserLevelAction","type":"string"},{"name":"UserLevelPolicy","type":"string"}],"diagnostics":[{"severity":"warning","code":"KQL0405","message":"nothing uses `unused`; use it, or take the `let` away","line":1,"column":5,"start":4,"length":6},{"severity":"hint","code":"KQL0404","message":"`contains` reads every text for the term `invoice`; `has` looks whole terms up, which is faster; keep `contains` for parts of words","line":3,"column":17,"start":44,"length":8}]}
    {"path":"DIR/c.kql","ok":true,"syntax_ok":true,"columns":[{"name":"Subject","type":"string"},{"name":"count_","type":"long"}],"diagnostics":[]}
    "#);
}

#[test]
fn sarif_has_a_result_a_finding() {
    insta::assert_snapshot!(shown(folder().path(), &["--format", "sarif"]), @r#"
    exit code 2
    {
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "kql",
              "version": "0.1.0"
            }
          },
          "columnKind": "unicodeCodePoints",
          "results": [
            {
              "ruleId": "KQL0201",
              "level": "error",
              "message": {
                "text": "unknown column `Subjct`; did you mean `Subject`?"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "DIR/a.yaml"
                    },
                    "region": {
                      "startLine": 4,
                      "startColumn": 11,
                      "endLine": 4,
                      "endColumn": 17
                    }
                  }
                }
              ]
            },
            {
              "ruleId": "KQL0405",
              "level": "warning",
              "message": {
                "text": "nothing uses `unused`; use it, or take the `let` away"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "DIR/b.kql"
                    },
                    "region": {
                      "startLine": 1,
                      "startColumn": 5,
                      "endLine": 1,
                      "endColumn": 11
                    }
                  }
                }
              ]
            },
            {
              "ruleId": "KQL0404",
              "level": "note",
              "message": {
                "text": "`contains` reads every text for the term `invoice`; `has` looks whole terms up, which is faster; keep `contains` for parts of words"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "DIR/b.kql"
                    },
                    "region": {
                      "startLine": 3,
                      "startColumn": 17,
                      "endLine": 3,
                      "endColumn": 25
                    }
                  }
                }
              ]
            }
          ]
        }
      ]
    }
    "#);
}

#[test]
fn github_commands_annotate_files() {
    insta::assert_snapshot!(shown(folder().path(), &["--format", "github"]), @"
    exit code 2
    ::error file=DIR/a.yaml,line=4,col=11,title=KQL0201::unknown column `Subjct`; did you mean `Subject`?
    ::warning file=DIR/b.kql,line=1,col=5,title=KQL0405::nothing uses `unused`; use it, or take the `let` away
    ::notice file=DIR/b.kql,line=3,col=17,title=KQL0404::`contains` reads every text for the term `invoice`; `has` looks whole terms up, which is faster; keep `contains` for parts of words
    ");
}

#[test]
fn files_that_cannot_be_read_do_not_stop_the_others() {
    let folder = folder();
    let good = folder.path().join("c.kql");
    let good = good.to_str().unwrap();
    let output = kql(&["check", "no-such.kql", good]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&output.stdout), "1 query: 0 errors, 0 warnings\n");
    insta::assert_snapshot!(String::from_utf8_lossy(&output.stderr), @"error: cannot read no-such.kql: No such file or directory (os error 2)");
    let bad = folder.path().join("a.yaml");
    assert_eq!(kql(&["check", "no-such.kql", bad.to_str().unwrap()]).status.code(), Some(2));
}

#[test]
fn schemas_declare_tables() {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let query = write("q.kql", "Badges | where Door == 5 | join kind=inner (Doors) on Door");
    let json = write("s.json", r#"{"Badges": {"Door": "long", "User": "string"}}"#);
    let commands = write("s.kql.txt", ".create table Doors (Door: long, Name: string)");
    assert_eq!(kql(&["check", &query]).status.code(), Some(2));
    let checked = answer(&["check", &query, "--schema", &json, "--schema", &commands]);
    assert_eq!(checked, "1 query: 0 errors, 0 warnings\n");
    let wrong = write("w.json", r#"{"Badges": {"Door": "lng"}}"#);
    insta::assert_snapshot!(failure(&["check", &query, "--schema", &wrong]).replace(&wrong, "w.json"), @"
    exit code 1
    error: w.json is no schema file: `lng` is no type
    ");
}

#[test]
fn codes_are_explained() {
    insta::assert_snapshot!(answer(&["check", "--explain", "KQL0403"]), @"
    KQL0403

    What it finds
        A `join` without `kind=` whose left side has several rows a key: it is grouped by more than the key, or expanded.

    Why it matters
        Without a kind, a join is `innerunique`: of the left rows with one key it keeps any one and drops the others, silently and not always the same.

    Example
        Logons | summarize count() by User, Device | join (Users) on User

    What to write instead
        Logons | summarize count() by User, Device | join kind=inner (Users) on User
    ");
    insta::assert_snapshot!(failure(&["check", "--explain", "KQL0000"]), @"
    exit code 2
    error: --explain: there is no code `KQL0000`
    ");
}

#[test]
fn the_help_has_examples() {
    for command in ["check", "fmt"] {
        assert!(answer(&[command, "--help"]).contains(&format!("Examples:\n  kql {command} ")), "{command}");
    }
}
