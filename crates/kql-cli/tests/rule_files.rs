//! Rule files in the forms in which portals, APIs and repositories give them.

use std::path::Path;

use crate::support::{answer, kql};

/// A scheduled rule as Azure-Sentinel lays it out.
const SCHEDULED: &str = "\
id: 11111111-2222-3333-4444-555555555555
name: Mail with threats
version: 1.0.0
kind: Scheduled
severity: Medium
requiredDataConnectors:
  - connectorId: MicrosoftThreatProtection
    dataTypes: [EmailEvents]
queryFrequency: 1h
queryPeriod: P1D
triggerOperator: gt
triggerThreshold: 0
tactics: [InitialAccess, ImpairProcessControl]
relevantTechniques: [T1566.001]
query: |
  EmailEvents
  | where isnotempty(ThreatTypes)
  | project TimeGenerated, Sender = SenderFromAddress
suppressionDuration: PT5H
suppressionEnabled: false
entityMappings:
  - entityType: Account
    fieldMappings:
      - identifier: FullName
        columnName: Sender
customDetails: {From: Sender}
alertDetailsOverride: {alertDisplayNameFormat: 'Threat from {{Sender}}'}
eventGroupingSettings: {aggregationKind: AlertPerResult}
somethingNew: {of: later}
";

fn folder(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    folder
}

#[track_caller]
fn checked(folder: &Path) -> String {
    let path = folder.to_str().unwrap();
    let output = kql(&["check", path]);
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    format!("exit code {}\n{}", output.status.code().unwrap_or(-1), text.replace(path, "DIR"))
}

#[test]
fn a_right_rule_is_right_in_every_form() {
    let template = r#"{
        "$schema": "https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#",
        "resources": [
            {"type": "Microsoft.OperationalInsights/workspaces/providers/alertRules", "kind": "Scheduled",
             "name": "[concat(parameters('workspace'), '/x')]",
             "properties": {"displayName": "One", "severity": "High", "queryFrequency": "PT1H", "queryPeriod": "PT1H",
                "triggerOperator": "GreaterThan", "triggerThreshold": 0, "tactics": ["Impact"],
                "query": "EmailEvents\r\n| where Subject == \u0027x\u0027\r\n| take 1"}},
            {"type": "Microsoft.OperationalInsights/workspaces/savedSearches",
             "properties": {"displayName": "Two", "query": "EmailEvents | take 2",
                "tags": [{"name": "tactics", "value": "Impact,Initial Access"}]}},
            {"type": "Microsoft.Insights/workbooks", "properties": {"query": 5}}
        ]
    }"#;
    let detection = r#"{"value": [{"displayName": "Three", "queryCondition": {"queryText": "EmailEvents | take 3"},
        "schedule": {"period": "24H"},
        "detectionAction": {"alertTemplate": {"severity": "low", "category": "SuspiciousActivity", "mitreTechniques": []}}}]}"#;
    let yaml_detection =
        "displayName: Four\nqueryCondition:\n  queryText: |\n    EmailEvents\n    | take 4\nschedule: {period: '0'}\n";
    let windows: Vec<u8> = "\u{feff}EmailEvents\r\n| take 5\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let crlf = format!("\u{feff}{}", SCHEDULED.replace("  | where", "\t\n  | where").replace('\n', "\r\n"));
    let files = [
        ("a.yaml", SCHEDULED),
        ("b/marked.yml", &crlf),
        ("b/template.json", template),
        ("b/detections.json", detection),
        ("c/detection.yaml", yaml_detection),
    ];
    let folder = folder(&files);
    std::fs::write(folder.path().join("c/windows.kql"), windows).unwrap();
    insta::assert_snapshot!(checked(folder.path()), @"
    exit code 0
    7 queries: 0 errors, 0 warnings
    ");
    let rule = folder.path().join("b/template.json");
    let shown = answer(&["run", rule.to_str().unwrap(), "--data", "fixtures", "--format", "markdown"]);
    let titles: Vec<&str> = shown.lines().filter(|line| line.starts_with("## ")).collect();
    assert_eq!(titles, ["## One", "## Two"]);
}

#[test]
fn what_is_wrong_is_shown_in_the_rule() {
    let wrong = SCHEDULED
        .replace("P1D", "1 day")
        .replace("Medium", "Critical")
        .replace("InitialAccess", "InitialAcess")
        .replace("T1566.001", "T156")
        .replace("operator: gt", "operator: above")
        .replace("Operator: gt", "Operator: above")
        .replace("columnName: Sender", "columnName: sender")
        .replace("{{Sender}}", "{{Who}}")
        .replace("AlertPerResult", "PerRow");
    insta::assert_snapshot!(checked(folder(&[("a.yaml", &wrong)]).path()), @r##"
    exit code 2
    error[KQL0307]: `Critical` is no severity
     --> DIR/a.yaml:5:11
      |
    5 | severity: Critical
      |           ^^^^^^^^
      |
      = help: the severities are Informational, Low, Medium and High
    error[KQL0306]: `1 day` is no duration for `queryPeriod`
      --> DIR/a.yaml:10:14
       |
    10 | queryPeriod: 1 day
       |              ^^^^^
       |
       = help: write it as in ISO 8601, such as PT1H or P14D, or as 1h, 14d
    error[KQL0310]: `above` is no trigger operator
      --> DIR/a.yaml:11:18
       |
    11 | triggerOperator: above
       |                  ^^^^^
       |
       = help: the operators are gt, lt, eq and ne (GreaterThan, LessThan, Equal, NotEqual)
    warning[KQL0308]: `InitialAcess` is no tactic of ATT&CK
      --> DIR/a.yaml:13:11
       |
    13 | tactics: [InitialAcess, ImpairProcessControl]
       |           ^^^^^^^^^^^^
       |
       = help: did you mean `InitialAccess`?
    warning[KQL0309]: `T156` is no id of a technique
      --> DIR/a.yaml:14:22
       |
    14 | relevantTechniques: [T156]
       |                      ^^^^
       |
       = help: an id is such as T1566, or T1566.001
    error[KQL0311]: this entity mapping names the column `sender`, which the query does not produce
      --> DIR/a.yaml:25:21
       |
    25 |         columnName: sender
       |                     ^^^^^^
       |
       = help: did you mean `Sender`?
    error[KQL0311]: this format names the column `Who`, which the query does not produce
      --> DIR/a.yaml:27:48
       |
    27 | alertDetailsOverride: {alertDisplayNameFormat: 'Threat from {{Who}}'}
       |                                                ^^^^^^^^^^^^^^^^^^^^^
       |
       = help: let the query's result have it, or name one that it has
    error[KQL0313]: `PerRow` is no way to group events
      --> DIR/a.yaml:28:42
       |
    28 | eventGroupingSettings: {aggregationKind: PerRow}
       |                                          ^^^^^^
       |
       = help: the ways are SingleAlert and AlertPerResult
    1 query: 6 errors, 2 warnings
    "##);
}

#[test]
fn nothing_is_skipped_silently() {
    let files = [
        ("broken.json", "{\"properties\": "),
        ("data.json", "[{\"a\": 1}]"),
        ("no-query.yaml", "name: x\nseverity: Low\n"),
        (
            "pack.json",
            r#"{"resources": [
  {"type": "Microsoft.SecurityInsights/alertRules", "kind": "Fusion", "properties": {"enabled": true}},
  {"type": "Microsoft.SecurityInsights/alertRules", "kind": "Scheduled", "properties": {"displayName": "x"}},
  {"kind": "Scheduled", "properties": {"query": "EmailEvents\n| where Subjct == \u0027a\u0027"}}]}"#,
        ),
        ("tabs.yaml", "tactics:\n\t- Impact\nquery: EmailEvents\n"),
    ];
    insta::assert_snapshot!(checked(folder(&files).path()), @r##"
    exit code 2
    error[KQL0301]: this is not valid JSON: a value must stand here
     --> DIR/broken.json:1:15
      |
    1 | {"properties": 
      |               ^
    note[KQL0302]: the file holds no rule
     --> DIR/data.json:1:1
      |
    1 | [{"a": 1}]
      | ^
    error[KQL0303]: the rule has no `query`
     --> DIR/no-query.yaml:1:1
      |
    1 | name: x
      | ^
      |
      = help: write the KQL under `query: |`, indented
    error[KQL0201]: unknown column `Subjct`
     --> DIR/pack.json:4:71
      |
    4 |   {"kind": "Scheduled", "properties": {"query": "EmailEvents\n| where Subjct == \u0027a\u0027"}}]}
      |                                                                       ^^^^^^
      |
      = help: did you mean `Subject`?
    note[KQL0303]: rules of the kind Fusion have no query
     --> DIR/pack.json:2:3
      |
    2 |   {"type": "Microsoft.SecurityInsights/alertRules", "kind": "Fusion", "properties": {"enabled": true}},
      |   ^
    error[KQL0303]: the rule has no `query`
     --> DIR/pack.json:3:3
      |
    3 |   {"type": "Microsoft.SecurityInsights/alertRules", "kind": "Scheduled", "properties": {"displayName": "x"}},
      |   ^
    error[KQL0301]: this is not valid YAML: tabs disallowed within this context (block indentation)
     --> DIR/tabs.yaml:2:2
      |
    2 |     - Impact
      |     ^
      |
      = help: YAML is indented with spaces, never with tabs
    6 queries: 5 errors, 0 warnings
    "##);
}
