//! Rule files in the forms in which portals, APIs and repositories give them.

use std::path::Path;

use crate::support::{answer, kql, kql_with_input};

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
    let other = SCHEDULED.replace("11111111", "22222222");
    let crlf = format!("\u{feff}{}", other.replace("  | where", "\t\n  | where").replace('\n', "\r\n"));
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
        ("broken.json", "{\"query\": "),
        ("commented.json", "// why\n{\"a\": 1}"),
        ("workflow.yml", "name: CI\non: [push]\njobs: {}\n"),
        ("values.yaml", "- 1\n"),
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
    insta::assert_snapshot!(checked(folder(&files).path()), @r#"
    exit code 2
    error[KQL0301]: this is not valid JSON: a value must stand here
     --> DIR/broken.json:1:10
      |
    1 | {"query": 
      |          ^
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
    note: DIR/commented.json: JSON that cannot be read, not a rule
    note: DIR/data.json: other JSON, not a rule
    note: DIR/pack.json: a rule of the kind Fusion, which has no query
    note: DIR/values.yaml: other YAML, not a rule
    note: DIR/workflow.yml: other YAML, not a rule
    5 queries: 5 errors, 0 warnings
    "#);
}

/// Files as repositories of rules have them: rules of all kinds in nested folders, with byte order marks, carriage
/// returns and tabs; beside them parsers, a workbook and a playbook.
const REPOSITORY: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/rule_repository");

#[test]
fn a_repository_has_rules_and_other_files() {
    insta::assert_snapshot!(checked(Path::new(REPOSITORY)), @r#"
    exit code 2
    error[KQL0304]: the rule's `query` is an expression that only a deployment resolves
      --> DIR/Templates/portal.json:51:22
       |
    51 |             "query": "[concat('let w = \"', parameters('workspace'), '\"; SigninLogs')]"}},
       |                      ^
       |
       = help: the parameter `workspace` has no `defaultValue`; export the deployed rule, or write the query itself
    note: DIR/Detections/anom.yaml: a rule of the kind Anomaly, which has no query
    note: DIR/Detections/fusion.yaml: a rule of the kind Fusion, which has no query
    note: DIR/Detections/ml.yaml: a rule of the kind MLBehaviorAnalytics, which has no query
    note: DIR/Detections/ms.yaml: a rule of the kind MicrosoftSecurityIncidentCreation, which has no query
    note: DIR/Parsers/ASimDns.yaml: the stored function ASimDnsX, _ASim_Dns_X, not a rule
    note: DIR/Parsers/imDns.yaml: the stored function imDns, _Im_Dns, not a rule
    note: DIR/Parsers/sol.yaml: the stored function FooParser, not a rule
    note: DIR/Playbooks/p.json: a template without rules
    note: 2 more are no rules; `kql check --format json` names them all
    15 queries: 1 error, 0 warnings
    "#);
}

#[test]
fn expressions_of_templates_are_put_in() {
    let path = Path::new(REPOSITORY).join("Templates/portal.json");
    let path = path.to_str().unwrap();
    let row = r#"{"ResultType":"0","IPAddress":"203.0.113.7"}"#;
    let output = kql_with_input(&["run", path, "-t", "SigninLogs=-", "--format", "ndjson"], row);
    let alerts = String::from_utf8(output.stdout).unwrap();
    let shown: Vec<String> = alerts
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .map(|alert| format!("{} {} {}", alert["alertName"], alert["severity"], alert["rows"][0]["IPAddress"]))
        .collect();
    insta::assert_snapshot!(shown.join("\n"), @r#"
    "Plain" "High" "203.0.113.7"
    "By variable" "Low" "203.0.113.7"
    "Concat" "Low" "203.0.113.7"
    "#);
}

#[test]
fn rules_call_the_functions_that_stand_among_them() {
    let parser = "FunctionName: Phishing\nFunctionQuery: |\n  EmailEvents | where ThreatTypes has 'Phish'\n";
    let rule = "name: Phish\nquery: |\n  Phishing | summarize Mails = count()\n";
    let folder = folder(&[("Parsers/phishing.yaml", parser), ("Rules/phish.yaml", rule)]);
    insta::assert_snapshot!(checked(folder.path()), @"
    exit code 0
    note: DIR/Parsers/phishing.yaml: the stored function Phishing, not a rule
    1 query: 0 errors, 0 warnings
    ");
    let path = folder.path().to_str().unwrap();
    let own = folder.path().join("own.kql");
    insta::assert_snapshot!(answer(&["run", path, "--data", "fixtures", "--format", "markdown"]), @"
    | Mails |
    | --: |
    | 12 |
    ");
    std::fs::write(&own, ".create function Phishing() { EmailEvents | take 1 }\n").unwrap();
    let given = ["run", &format!("{path}/Rules"), "--data", "fixtures", "--functions", own.to_str().unwrap()];
    insta::assert_snapshot!(answer(&[&given[..], &["--format", "markdown"]].concat()), @"
    | Mails |
    | --: |
    | 1 |
    ");
}

#[test]
fn what_is_no_rule_is_not_formatted() {
    let create = ".create function F() {\n  EmailEvents|take 1 }\n";
    let parser = "FunctionName: G\nFunctionQuery: |\n  EmailEvents|take 1\n";
    let folder = folder(&[("f.kql", create), ("g.yaml", parser), ("workflow.yml", "on: [push]\njobs: {}\n")]);
    let path = folder.path().to_str().unwrap();
    let output = kql(&["fmt", "--check", path]);
    let text = String::from_utf8(output.stderr).unwrap().replace(path, "DIR");
    assert!(output.status.success() && output.stdout.is_empty(), "{text}");
    insta::assert_snapshot!(text, @"
    note: DIR/f.kql: left alone: the stored function F, not a rule
    note: DIR/g.yaml: left alone: the stored function G, not a rule
    note: DIR/workflow.yml: left alone: other YAML, not a rule
    ");
}
