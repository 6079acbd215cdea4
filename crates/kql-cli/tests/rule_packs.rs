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
    ), @r##"
    exit code 0
    {"alertName":"Failed logon of ann","customDetails":{"Who":["ann","ben","eve"]},"description":null,"entities":[{"Name":"ann","type":"Account"},{"Name":"ben","type":"Account"},{"Name":"eve","type":"Account"}],"properties":{},"rows":[{"TimeGenerated":"2026-11-21T00:10:00.0000000Z","User":"ann"},{"TimeGenerated":"2026-11-21T00:20:00.0000000Z","User":"ben"},{"TimeGenerated":"2026-11-21T02:50:00.0000000Z","User":"eve"}],"ruleFile":"DIR/rules/logons.yaml","ruleId":"r1","ruleName":"Logons","severity":"High","tactics":["InitialAccess"],"techniques":["T1078.004"]}
    "##);
}

#[test]
fn sarif_has_a_result_an_alert() {
    let folder = pack();
    insta::assert_snapshot!(shown(
        folder.path(),
        &["run", "DIR/rules/hunt", "--data", "DIR/data", "--format", "sarif"]
    ), @r##"
    exit code 2
    {
      "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
      "runs": [
        {
          "columnKind": "unicodeCodePoints",
          "invocations": [
            {
              "executionSuccessful": false,
              "toolExecutionNotifications": [
                {
                  "associatedRule": {
                    "id": "Wrong"
                  },
                  "level": "error",
                  "message": {
                    "text": "error[KQL0201]: unknown column `Usr`\n --> DIR/rules/hunt/wrong.yaml:5:11\n  |\n5 |   | where Usr == 'x'\n  |           ^^^\n  |\n  = help: did you mean `User`?\n"
                  }
                }
              ]
            }
          ],
          "results": [
            {
              "level": "note",
              "locations": [
                {
                  "physicalLocation": {
                    "artifactLocation": {
                      "uri": "DIR/rules/hunt/doors.kql"
                    },
                    "region": {
                      "startColumn": 1,
                      "startLine": 1
                    }
                  }
                }
              ],
              "message": {
                "text": "DIR/rules/hunt/doors.kql"
              },
              "properties": {
                "alertName": "DIR/rules/hunt/doors.kql",
                "customDetails": {},
                "description": null,
                "entities": [],
                "properties": {},
                "rows": [
                  {
                    "Door": 5
                  }
                ],
                "ruleFile": "DIR/rules/hunt/doors.kql",
                "ruleId": null,
                "ruleName": "DIR/rules/hunt/doors.kql",
                "severity": null,
                "tactics": [],
                "techniques": []
              },
              "ruleId": "DIR/rules/hunt/doors.kql"
            }
          ],
          "tool": {
            "driver": {
              "name": "kql",
              "rules": [
                {
                  "defaultConfiguration": {
                    "level": "note"
                  },
                  "id": "DIR/rules/hunt/doors.kql",
                  "name": "DIR/rules/hunt/doors.kql",
                  "properties": {
                    "tags": []
                  },
                  "shortDescription": {
                    "text": "DIR/rules/hunt/doors.kql"
                  }
                },
                {
                  "defaultConfiguration": {
                    "level": "note"
                  },
                  "id": "Wrong",
                  "name": "Wrong",
                  "properties": {
                    "tags": []
                  },
                  "shortDescription": {
                    "text": "Wrong"
                  }
                }
              ],
              "version": "0.1.0"
            }
          }
        }
      ],
      "version": "2.1.0"
    }
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
