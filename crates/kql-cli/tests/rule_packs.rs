//! Many rules at once: the summary, alerts, filters, a rule that fails.

use std::path::Path;

use crate::support::kql;

/// Three rules, one of which fails, and a table.
fn pack() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let write = |name: &str, text: &str| {
        let path = folder.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    };
    write(
        "rules/logons.yaml",
        "id: r1\nname: Logons\nkind: Scheduled\nseverity: High\ntactics: [InitialAccess]\nrelevantTechniques: [T1078.004]\n\
         tags: [cloud]\nrequiredDataConnectors:\n  - connectorId: Badges\nqueryFrequency: 1h\nqueryPeriod: 1h\n\
         triggerOperator: gt\ntriggerThreshold: 1\nquery: |\n  Logons\n  | where Failed\n  | project TimeGenerated, User\n\
         entityMappings:\n  - entityType: Account\n    fieldMappings:\n      - {identifier: Name, columnName: User}\n\
         customDetails: {Who: User}\nalertDetailsOverride:\n  alertDisplayNameFormat: 'Failed logon of {{User}}'\n",
    );
    write("rules/hunt/doors.kql", "Logons | where Door > 3 | project Door");
    write("rules/hunt/wrong.yaml", "name: Wrong\nseverity: Low\nquery: |\n  Logons\n  | where Usr == 'x'\n");
    write(
        "data/Logons.ndjson",
        "{\"TimeGenerated\":\"2026-11-21T00:10:00Z\",\"User\":\"ann\",\"Failed\":true,\"Door\":1}\n\
         {\"TimeGenerated\":\"2026-11-21T00:20:00Z\",\"User\":\"ben\",\"Failed\":true,\"Door\":5}\n\
         {\"TimeGenerated\":\"2026-11-21T02:50:00Z\",\"User\":\"eve\",\"Failed\":true,\"Door\":2}\n",
    );
    folder
}

/// The exit code, standard output and standard error; the folder is `DIR`, times are left out.
#[track_caller]
fn shown(folder: &Path, arguments: &[&str]) -> String {
    let path = folder.to_str().unwrap();
    let given: Vec<String> = arguments.iter().map(|argument| argument.replace("DIR", path)).collect();
    let given: Vec<&str> = given.iter().map(String::as_str).collect();
    let output = kql(&given);
    let text = String::from_utf8(output.stdout).unwrap() + &String::from_utf8(output.stderr).unwrap();
    // How wide a table is depends on where the folder is, and times on the machine.
    let text = text.replace(path, "DIR");
    let lines = text.lines().filter(|line| !line.starts_with(['┌', '╞', '└'])).map(|line| {
        let cells: Vec<&str> = line.split('┆').map(str::trim).collect();
        let cell = |cell: &&str| if cell.ends_with(" s") { "TIME".to_owned() } else { (*cell).to_owned() };
        if cells.len() > 1 { cells.iter().map(cell).collect::<Vec<_>>().join(" ┆ ") } else { line.to_owned() }
    });
    let text = lines.collect::<Vec<_>>().join("\n");
    format!("exit code {}\n{text}", output.status.code().unwrap_or(-1))
}

#[test]
fn a_rule_that_fails_does_not_stop_the_others() {
    let folder = pack();
    insta::assert_snapshot!(shown(folder.path(), &["run", "DIR/rules", "--data", "DIR/data", "--format", "summary"]), @r##"
    exit code 2
    │ Rule ┆ Severity ┆ Tactics ┆ Hits ┆ Time ┆ Error                                │
    │ DIR/rules/hunt/doors.kql ┆  ┆  ┆ 1 ┆ TIME ┆ │
    │ Wrong ┆ Low ┆  ┆  ┆ TIME ┆ error[KQL0201]: unknown column `Usr` │
    │ Logons ┆ High ┆ InitialAccess ┆ 3 ┆ TIME ┆ │
    3 rules, 4 hits, 1 failed
    error[KQL0201]: unknown column `Usr`
     --> DIR/rules/hunt/wrong.yaml:5:11
      |
    5 |   | where Usr == 'x'
      |           ^^^
      |
      = help: did you mean `User`?
    "##);
}

#[test]
fn hits_are_alerts() {
    let folder = pack();
    insta::assert_snapshot!(shown(
        folder.path(),
        &["run", "DIR/rules", "--data", "DIR/data", "--reads", "Logons", "--severity", "high"]
    ), @r#"
    exit code 0
    {"ruleId":"r1","ruleName":"Logons","ruleFile":"DIR/rules/logons.yaml","alertName":"Failed logon of ann","description":null,"severity":"High","tactics":["InitialAccess"],"techniques":["T1078.004"],"entities":[{"Name":"ann","type":"Account"},{"Name":"ben","type":"Account"},{"Name":"eve","type":"Account"}],"customDetails":{"Who":["ann","ben","eve"]},"properties":{},"rows":[{"TimeGenerated":"2026-11-21T00:10:00.0000000Z","User":"ann"},{"TimeGenerated":"2026-11-21T00:20:00.0000000Z","User":"ben"},{"TimeGenerated":"2026-11-21T02:50:00.0000000Z","User":"eve"}]}
    "#);
}

#[test]
fn sarif_has_a_result_an_alert() {
    let folder = pack();
    insta::assert_snapshot!(shown(
        folder.path(),
        &["run", "DIR/rules/hunt", "--data", "DIR/data", "--format", "sarif"]
    ), @r#"
    exit code 2
    {
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "version": "2.1.0",
      "runs": [
        {
          "tool": {
            "driver": {
              "name": "kql",
              "version": "0.1.0",
              "rules": [
                {
                  "id": "DIR/rules/hunt/doors.kql",
                  "name": "DIR/rules/hunt/doors.kql",
                  "shortDescription": {
                    "text": "DIR/rules/hunt/doors.kql"
                  },
                  "defaultConfiguration": {
                    "level": "note"
                  },
                  "properties": {
                    "tags": []
                  }
                },
                {
                  "id": "Wrong",
                  "name": "Wrong",
                  "shortDescription": {
                    "text": "Wrong"
                  },
                  "defaultConfiguration": {
                    "level": "note"
                  },
                  "properties": {
                    "tags": []
                  }
                }
              ]
            }
          },
          "columnKind": "unicodeCodePoints",
          "invocations": [
            {
              "executionSuccessful": false,
              "toolExecutionNotifications": [
                {
                  "level": "error",
                  "message": {
                    "text": "error[KQL0201]: unknown column `Usr`\n --> DIR/rules/hunt/wrong.yaml:5:11\n  |\n5 |   | where Usr == 'x'\n  |           ^^^\n  |\n  = help: did you mean `User`?\n"
                  },
                  "associatedRule": {
                    "id": "Wrong"
                  }
                }
              ]
            }
          ],
          "results": [
            {
              "ruleId": "DIR/rules/hunt/doors.kql",
              "level": "note",
              "message": {
                "text": "DIR/rules/hunt/doors.kql"
              },
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "DIR/rules/hunt/doors.kql"
                    },
                    "region": {
                      "startLine": 1,
                      "startColumn": 1
                    }
                  }
                }
              ],
              "properties": {
                "ruleId": null,
                "ruleName": "DIR/rules/hunt/doors.kql",
                "ruleFile": "DIR/rules/hunt/doors.kql",
                "alertName": "DIR/rules/hunt/doors.kql",
                "description": null,
                "severity": null,
                "tactics": [],
                "techniques": [],
                "entities": [],
                "customDetails": {},
                "properties": {},
                "rows": [
                  {
                    "Door": 5
                  }
                ]
              }
            }
          ]
        }
      ]
    }
    error[KQL0201]: unknown column `Usr`
     --> DIR/rules/hunt/wrong.yaml:5:11
      |
    5 |   | where Usr == 'x'
      |           ^^^
      |
      = help: did you mean `User`?
    "#);
}

#[test]
fn filters_leave_rules_out() {
    let folder = pack();
    let hits = |filters: &[&str]| {
        let arguments = ["run", "DIR/rules", "--data", "DIR/data", "--format", "summary"];
        shown(folder.path(), &[&arguments, filters].concat()).lines().last().unwrap().to_owned()
    };
    let one = "1 rule, 3 hits, 0 failed";
    assert_eq!(hits(&["--tactic", "Initial Access"]), one);
    assert_eq!(hits(&["--technique", "T1078"]), one);
    assert_eq!(hits(&["--tag", "CLOUD", "--connector", "badges"]), one);
    assert!(hits(&["--tag", "other"]).contains("warning: there is no rule to run"));
    assert!(hits(&["--severity", "grave"]).contains("--severity: `grave` is none of"));
    let found = kql(&[
        "run",
        folder.path().join("rules/hunt/doors.kql").to_str().unwrap(),
        "--fail-on-hit",
        "--data",
        folder.path().join("data").to_str().unwrap(),
    ]);
    assert_eq!(found.status.code(), Some(1));
    assert_eq!(String::from_utf8_lossy(&found.stdout), "{\"Door\":5}\n");
}

#[test]
fn a_scheduled_rule_sees_its_period() {
    let folder = pack();
    let rows = |rule: &str, now: &str| {
        let arguments = ["run", rule, "--data", "DIR/data", "--scheduled", "--format", "ndjson", "--now", now];
        let output = shown(folder.path(), &arguments);
        let rows = output.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
        let counts = rows.filter_map(|alert| alert["rows"].as_array().map(Vec::len));
        format!("{} {:?}", output.lines().next().unwrap(), counts.collect::<Vec<_>>())
    };
    let logons = "DIR/rules/logons.yaml";
    // Two rows pull the trigger of more than one, a single one does not; both ends of the time belong to it.
    assert_eq!(rows(logons, "2026-11-21T01:00:00Z"), "exit code 0 [2]");
    assert_eq!(rows(logons, "2026-11-21T01:10:00Z"), "exit code 0 [2]");
    assert_eq!(rows(logons, "2026-11-21T01:11:00Z"), "exit code 0 []");
    assert_eq!(rows(logons, "2026-11-21T03:00:00Z"), "exit code 0 []");
    // Rows that have only a Timestamp, as Defender gives them.
    std::fs::write(
        folder.path().join("data/EmailEvents.ndjson"),
        "{\"Timestamp\":\"2026-11-21T00:10:00Z\"}\n{\"Timestamp\":\"2026-11-21T04:30:00Z\"}\n",
    )
    .unwrap();
    std::fs::write(
        folder.path().join("detection.json"),
        r#"{"displayName": "Mail", "queryCondition": {"queryText": "union EmailEvents"}, "schedule": {"period": "1H"}}"#,
    )
    .unwrap();
    assert_eq!(rows("DIR/detection.json", "2026-11-21T04:00:00Z"), "exit code 0 [1]");
    assert_eq!(rows("DIR/detection.json", "2026-11-21T04:30:00Z"), "exit code 0 [1]");
    assert_eq!(rows("DIR/detection.json", "2026-11-21T09:00:00Z"), "exit code 0 []");
    // What has come too seldom is an alert, too, also where nothing came.
    std::fs::write(
        folder.path().join("silence.yaml"),
        "name: Silence\nqueryFrequency: 1h\nqueryPeriod: 1h\ntriggerOperator: lt\ntriggerThreshold: 1\nquery: Logons\n",
    )
    .unwrap();
    assert_eq!(rows("DIR/silence.yaml", "2026-11-21T09:00:00Z"), "exit code 0 [0]");
    assert_eq!(rows("DIR/silence.yaml", "2026-11-21T01:00:00Z"), "exit code 0 []");
}

#[test]
fn a_replay_lists_the_alerts_of_its_time() {
    let folder = pack();
    std::fs::write(
        folder.path().join("resting.yaml"),
        "name: Resting\nseverity: Low\nqueryFrequency: 10m\nqueryPeriod: 1h\ntriggerOperator: gt\ntriggerThreshold: 0\n\
         suppressionEnabled: true\nsuppressionDuration: 1h\nquery: |\n  Logons\n  | where Failed\n  | extend Age = now() - TimeGenerated\n",
    )
    .unwrap();
    let replay = |more: &[&str]| {
        let arguments = ["replay", "--data", "DIR/data", "--from", "2026-11-21", "--to", "2026-11-21T03:00"];
        shown(folder.path(), &[&arguments, more].concat())
    };
    insta::assert_snapshot!(replay(&["DIR/resting.yaml", "DIR/rules/logons.yaml", "--format", "table"]), @r##"
    exit code 0
    │ Time ┆ Rule ┆ Severity ┆ Alert ┆ Rows │
    │ 2026-11-21T00:10:00.0000000Z ┆ Resting ┆ Low ┆ Resting ┆ 1    │
    │ 2026-11-21T01:00:00.0000000Z ┆ Logons ┆ High ┆ Failed logon of ann ┆ 2    │
    │ 2026-11-21T01:10:00.0000000Z ┆ Resting ┆ Low ┆ Resting ┆ 2    │
    │ 2026-11-21T02:50:00.0000000Z ┆ Resting ┆ Low ┆ Resting ┆ 1    │
    23 runs, 4 alerts, 7 suppressed
    "##);
    let delayed = replay(&["DIR/resting.yaml", "--ingestion-delay", "10m", "--format", "ndjson"]);
    let times = delayed.lines().filter_map(|line| serde_json::from_str::<serde_json::Value>(line).ok());
    let times: Vec<String> = times.map(|alert| format!("{} {}", alert["time"], alert["rows"][0]["Age"])).collect();
    // A run sees no row of its last ten minutes. At 01:20, after the rest, the row of 00:20 is just within the hour.
    let expected = [("00:20", "00:10:00"), ("01:20", "01:00:00"), ("03:00", "00:10:00")]
        .map(|(at, age)| format!("\"2026-11-21T{at}:00.0000000Z\" \"{age}\""));
    assert_eq!(times, expected);
    let hunting = replay(&["DIR/rules/hunt/doors.kql", "--format", "ndjson"]);
    insta::assert_snapshot!(hunting, @"
    exit code 0
    note: DIR/rules/hunt/doors.kql: not replayed, for it says not how often it runs
    0 runs, 0 alerts, 0 suppressed
    ");
}
