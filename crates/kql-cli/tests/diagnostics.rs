//! What a user sees when something is wrong: the place, the reason, a way out, and the exit code.

use crate::support::{answer, failure, root};

/// A copy of a shipped rule with one thing changed, run on the fixtures.
#[track_caller]
fn changed_rule(from: &str, to: &str) -> String {
    let rule = std::fs::read_to_string(root().join("queries/top-domains-with-bec-threats-inbound.yaml")).unwrap();
    assert_eq!(rule.matches(from).count(), 1, "{from} stands once in the rule");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rule.yaml");
    std::fs::write(&path, rule.replace(from, to)).unwrap();
    let path = path.to_str().unwrap();
    failure(&["run", path, "--data", "fixtures"]).replace(path, "rule.yaml")
}

#[track_caller]
fn wrong_query(query: &str) -> String {
    failure(&["query", query, "--data", "fixtures"])
}

#[test]
fn a_typo_in_a_column_is_placed_in_the_rule_s_file() {
    insta::assert_snapshot!(changed_rule("split(RecipientEmailAddress,", "split(RecipientEmailAdress,"), @r#"
    exit code 2
    error[KQL0201]: unknown column `RecipientEmailAdress`
      --> rule.yaml:19:46
       |
    19 |   | project RecipientDomain = tostring(split(RecipientEmailAdress, "@")[1])
       |                                              ^^^^^^^^^^^^^^^^^^^^
       |
       = help: did you mean `RecipientEmailAddress`?
    "#);
}

#[test]
fn a_missing_bracket_is_placed_in_the_rule_s_file() {
    insta::assert_snapshot!(changed_rule("\"@\")[1])", "\"@\"[1])"), @r#"
    exit code 2
    error[KQL0111]: this `(` is never closed
      --> rule.yaml:19:39
       |
    19 |   | project RecipientDomain = tostring(split(RecipientEmailAddress, "@"[1])
       |                                       ^
       |
       = help: write `)` where its contents end
    "#);
}

#[test]
fn an_unknown_table_lists_those_there_are() {
    insta::assert_snapshot!(wrong_query("EmailEvent | count"), @"
    exit code 2
    error[KQL0202]: unknown table `EmailEvent`
     --> query:1:1
      |
    1 | EmailEvent | count
      | ^^^^^^^^^^
      |
      = help: did you mean `EmailEvents`?
    ");
}

#[test]
fn an_unknown_function_has_a_near_name() {
    insta::assert_snapshot!(wrong_query("EmailEvents | where isemty(ThreatTypes)"), @"
    exit code 2
    error[KQL0203]: unknown function `isemty`
     --> query:1:21
      |
    1 | EmailEvents | where isemty(ThreatTypes)
      |                     ^^^^^^
      |
      = help: did you mean `isempty`?
    ");
}

#[test]
fn a_wrong_type_names_the_operator_and_both_sides() {
    insta::assert_snapshot!(wrong_query("EmailEvents | where Timestamp has 'x'"), @"
    exit code 2
    error[KQL0206]: the operator `has` is not defined for a datetime and a string
     --> query:1:31
      |
    1 | EmailEvents | where Timestamp has 'x'
      |                               ^^^
    ");
}

#[test]
fn several_mistakes_are_reported_at_once() {
    insta::assert_snapshot!(wrong_query("EmailEvents | where Sendr == 'x' | project Recipiant | count("), @r#"
    exit code 2
    error[KQL0201]: unknown column `Sendr`
     --> query:1:21
      |
    1 | EmailEvents | where Sendr == 'x' | project Recipiant | count(
      |                     ^^^^^
      |
      = help: a text stands in quotes: `"Sendr"`; the nearest of 58 columns are SenderIPv4, SenderIPv6, SenderObjectId, SenderFromDomain, SenderDisplayName, SenderFromAddress, ReportId, SenderMailFromDomain
    error[KQL0201]: unknown column `Recipiant`
     --> query:1:44
      |
    1 | EmailEvents | where Sendr == 'x' | project Recipiant | count(
      |                                            ^^^^^^^^^
      |
      = help: a text stands in quotes: `"Recipiant"`; the nearest of 58 columns are RecipientDomain, RecipientObjectId, RecipientEmailAddress, ThreatClassification, UrlCount, SenderDisplayName, DeliveryAction, IsFirstContact
    error[KQL0111]: this `(` is never closed
     --> query:1:61
      |
    1 | EmailEvents | where Sendr == 'x' | project Recipiant | count(
      |                                                             ^
      |
      = help: write `)` where its contents end
    "#);
}

#[test]
fn a_bad_input_line_names_file_and_line() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("T.ndjson"), "{\"a\":1}\n{\"a\":2,}\n{\"a\":3}\n").unwrap();
    let data = folder.path().to_str().unwrap();
    let shown = failure(&["query", "T", "--data", data]).replace(data, "DATA");
    insta::assert_snapshot!(shown, @"
    exit code 1
    error: DATA/T.ndjson:2: column 8: expected a key in quotes
    ");
    let rows = answer(&["query", "T", "--data", data, "--on-error", "skip"]);
    assert_eq!(rows, "{\"a\":1}\n{\"a\":3}\n");
}

#[test]
fn what_is_not_supported_is_named_with_its_place() {
    insta::assert_snapshot!(wrong_query("EmailEvents | evaluate sql_request('a', 'b')"), @"
    exit code 2
    error[KQL0299]: the plugin sql_request() cannot run here: it queries a database of another service
     --> query:1:15
      |
    1 | EmailEvents | evaluate sql_request('a', 'b')
      |               ^^^^^^^^
    ");
}
