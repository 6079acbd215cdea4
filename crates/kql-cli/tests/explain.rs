//! `kql explain`: the stages of queries, and why rows are lost.

use crate::support::{answer, failure, kql};

const BEC: &str = "queries/top-domains-with-bec-threats-inbound.yaml";
const TEAMS: &str = "queries/top-domains-outbound-sending-malicious-teams-messages-inbound.yaml";

/// The output without the times, which differ from run to run.
#[track_caller]
fn explained(arguments: &[&str]) -> String {
    let text = answer(&[&["explain"], arguments].concat());
    let line = |line: &str| match line.strip_suffix(" ms").and_then(|line| line.rsplit_once(' ')) {
        Some((rest, _)) => format!("{} TIME", rest.trim_end()),
        None => line.to_owned(),
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// What is said of the followed rows.
#[track_caller]
fn why(arguments: &[&str]) -> String {
    let text = explained(arguments);
    text.split_once("\n\n").map(|(_, why)| why.to_owned()).unwrap_or_default()
}

#[test]
fn each_stage_of_a_rule_has_its_rows() {
    insta::assert_snapshot!(explained(&[BEC, "--data", "fixtures"]), @r#"
    Top Domains Outbound with Emails with Threats Inbound (Partner BEC)
     line  stage                                                                       rows in   rows out        time
       17  EmailEvents                                                                                 51 TIME
       18  | where EmailDirection == "Outbound"                                             51         29 TIME
       19  | project RecipientDomain = tostring(split(RecipientEmailAddress, "@")[…         29         29 TIME
       20  | summarize count() by RecipientDomain                                           29          7 TIME
                 29 rows in 7 groups
       21  | project OutboundCount=count_, RecipientDomain, SenderFromDomain=Recip…          7          7 TIME
               the right side of the join:
       22      EmailEvents                                                                             51 TIME
       22      | where EmailDirection == "Inbound" and isempty(ThreatTypes)==false          51         15 TIME
                     keeps 20 alone: EmailDirection == "Inbound"
                     keeps 16 alone, 15 with those above: isempty(ThreatTypes)==false
       22  | join (EmailEvents | where EmailDirection == "Inbound" and isempty(Thr…         22         13 TIME
                 5 of 7 rows on the left and 13 of 15 rows on the right find a row of the other side
                 one row on the left becomes up to 5, 2.6 on average
       23  | summarize max(OutboundCount),count() by SenderFromDomain                       13          5 TIME
                 13 rows in 5 groups
       24  | project SenderFromDomain, OutboundEmails=max_OutboundCount, IncomingE…          5          5 TIME
       25  | sort by OutboundEmails                                                          5          5 TIME
    "#);
}

#[test]
fn what_a_row_expands_to_is_said() {
    insta::assert_snapshot!(explained(&[TEAMS, "--data", "fixtures"]), @r#"
    Top domains outbound sending Malicious Teams messages inbound
     line  stage                                                                       rows in   rows out        time
       18  MessageEvents                                                                               50 TIME
       19  | where IsExternalThread==1 and IsOwnedThread==1                                 50         25 TIME
                 keeps 46 alone: IsExternalThread==1
                 keeps 27 alone, 25 with those above: IsOwnedThread==1
       20  | mv-expand Recipients = RecipientDetails                                        25         34 TIME
                 one row becomes up to 3, 1.4 on average; nothing comes of 1 row
       21  | extend RecipientEmailAddress = Recipients.RecipientSmtpAddress                 34         34 TIME
       22  | extend RecipientDomain = tostring(split(RecipientEmailAddress, "@")[1…         34         34 TIME
       24  | summarize count() by RecipientDomain                                           34          9 TIME
                 34 rows in 9 groups
       25  | project OutboundCount=count_, RecipientDomain, SenderFromDomain=Recip…          9          9 TIME
               the right side of the join:
       26      MessageEvents                                                                           50 TIME
       26      | mv-expand Recipients = RecipientDetails                                    50         62 TIME
                     one row becomes up to 3, 1.2 on average; nothing comes of 2 rows
       26      | extend RecipientEmailAddress = Recipients.RecipientSmtpAddress             62         62 TIME
       26      | extend SenderFromDomain = tostring(split(RecipientEmailAddress, "…         62         62 TIME
       26      | where IsExternalThread==1 and IsOwnedThread==0 and isempty(Threat…         62         20 TIME
                     keeps 58 alone: IsExternalThread==1
                     keeps 25 alone, 23 with those above: IsOwnedThread==0
                     keeps 23 alone, 20 with those above: isempty(ThreatTypes)==false
       26  | join (MessageEvents |mv-expand Recipients = RecipientDetails|extend R…         29         17 TIME
                 6 of 9 rows on the left and 17 of 20 rows on the right find a row of the other side
                 one row on the left becomes up to 5, 2.8 on average
       27  | summarize max(OutboundCount),count() by SenderFromDomain                       17          6 TIME
                 17 rows in 6 groups
       29  | project SenderFromDomain, OutboundTeamsMessages=max_OutboundCount, In…          6          6 TIME
       30  | sort by OutboundTeamsMessages                                                   6          6 TIME
    "#);
}

#[test]
fn rows_lost_at_a_predicate() {
    insta::assert_snapshot!(why(&[BEC, "--data", "fixtures", "--why", "SenderFromDomain == \"woodgrovebank.com\""]), @r#"
    why: rows of EmailEvents where SenderFromDomain == "woodgrovebank.com"
      read in line 17: 2 of 51 rows match
           18       2 -> 0       where EmailDirection == "Outbound"
               `EmailDirection == "Outbound"` is not true for 2 rows: EmailDirection is "Inbound"
        => all are lost by line 18, `where EmailDirection == "Outbound"`
      read in line 22: 2 of 51 rows match
           22       2 -> 2       where EmailDirection == "Inbound" and isempty(ThreatTypes)==false
           22       2 -> 2       join (EmailEvents | where EmailDirection == "Inbound" and isempty(Threa…
           23       2 -> 1       summarize max(OutboundCount),count() by SenderFromDomain
               in 1 group: SenderFromDomain is "woodgrovebank.com"
           24       1 -> 1       project SenderFromDomain, OutboundEmails=max_OutboundCount, IncomingEma…
           25       1 -> 1       sort by OutboundEmails
        => they are in 1 row of the result
    "#);
}

#[test]
fn rows_lost_for_want_of_a_partner() {
    insta::assert_snapshot!(why(&[BEC, "--data", "fixtures", "--why", "RecipientEmailAddress endswith \"@adatum.com\""]), @r#"
    why: rows of EmailEvents where RecipientEmailAddress endswith "@adatum.com"
      read in line 17: 4 of 51 rows match
           18       4 -> 4       where EmailDirection == "Outbound"
           19       4 -> 4       project RecipientDomain = tostring(split(RecipientEmailAddress, "@")[1])
           20       4 -> 1       summarize count() by RecipientDomain
               in 1 group: RecipientDomain is "adatum.com"
           21       1 -> 1       project OutboundCount=count_, RecipientDomain, SenderFromDomain=Recipie…
           22       1 -> 0       join (EmailEvents | where EmailDirection == "Inbound" and isempty(Threa…
               1 row: no row of the right side has SenderFromDomain == "adatum.com"
        => all are lost by line 22, `join (EmailEvents | where EmailDirection == "Inbound" and isempty(Threa…`
      read in line 22: 4 of 51 rows match
           22       4 -> 0       where EmailDirection == "Inbound" and isempty(ThreatTypes)==false
               `EmailDirection == "Inbound"` is not true for 4 rows: EmailDirection is "Outbound"
               `isempty(ThreatTypes)==false` is not true for 4 rows: ThreatTypes is ""
        => all are lost by line 22, `where EmailDirection == "Inbound" and isempty(ThreatTypes)==false`
    "#);
}

#[test]
fn rows_that_survive() {
    insta::assert_snapshot!(why(&[BEC, "--data", "fixtures", "--why", "SenderFromDomain == \"fabrikam.com\""]), @r#"
    why: rows of EmailEvents where SenderFromDomain == "fabrikam.com"
      read in line 17: 5 of 51 rows match
           18       5 -> 0       where EmailDirection == "Outbound"
               `EmailDirection == "Outbound"` is not true for 5 rows: EmailDirection is "Inbound"
        => all are lost by line 18, `where EmailDirection == "Outbound"`
      read in line 22: 5 of 51 rows match
           22       5 -> 3       where EmailDirection == "Inbound" and isempty(ThreatTypes)==false
               `isempty(ThreatTypes)==false` is not true for 2 rows: ThreatTypes is ""
           22       3 -> 3       join (EmailEvents | where EmailDirection == "Inbound" and isempty(Threa…
           23       3 -> 1       summarize max(OutboundCount),count() by SenderFromDomain
               in 1 group: SenderFromDomain is "fabrikam.com"
           24       1 -> 1       project SenderFromDomain, OutboundEmails=max_OutboundCount, IncomingEma…
           25       1 -> 1       sort by OutboundEmails
        => they are in 1 row of the result
    "#);
}

#[test]
fn rows_that_are_not_there() {
    insta::assert_snapshot!(why(&[BEC, "--data", "fixtures", "--why", "SenderFromDomain == \"no.where\""]), @r#"
    why: rows of EmailEvents where SenderFromDomain == "no.where"
      read in line 17: 0 of 51 rows match
        => no row of the data is like that
      read in line 22: 0 of 51 rows match
        => no row of the data is like that
    "#);
}

const UNIQUE: &str = "EmailEvents | where EmailDirection == \"Outbound\" | project Subject, \
    d = tostring(split(RecipientEmailAddress, \"@\")[1]) | join (datatable(d:string)[\"fabrikam.com\"]) on d";

#[test]
fn rows_that_innerunique_drops() {
    insta::assert_snapshot!(explained(&[UNIQUE, "--data", "fixtures"]), @r#"
    query
     line  stage                                                                    rows in   rows out        time
        1  EmailEvents                                                                              51 TIME
        1  | where EmailDirection == "Outbound"                                          51         29 TIME
        1  | project Subject, d = tostring(split(RecipientEmailAddress, "@")[1])         29         29 TIME
               the right side of the join:
        1      datatable(d:string)["fabrikam.com"]                                                   1 TIME
        1  | join (datatable(d:string)["fabrikam.com"]) on d                             30          1 TIME
                 1 of 29 rows on the left and 1 of 1 row on the right find a row of the other side
                 one row on the left becomes up to 1, 1.0 on average
                 innerunique dropped 22 rows of the left side: it keeps one of each key; `kind=inner` keeps all
    "#);
    insta::assert_snapshot!(why(&[UNIQUE, "--data", "fixtures", "--why", "Subject == \"Partner portal access\""]), @r#"
    why: rows of EmailEvents where Subject == "Partner portal access"
      read in line 1: 6 of 51 rows match
            1       6 -> 5       where EmailDirection == "Outbound"
               `EmailDirection == "Outbound"` is not true for 1 row: EmailDirection is "Intra-org"
            1       5 -> 5       project Subject, d = tostring(split(RecipientEmailAddress, "@")[1])
            1       5 -> 0       join (datatable(d:string)["fabrikam.com"]) on d
               3 rows: no row of the right side has d == "Fabrikam.com", or d == "adatum.com"
               innerunique dropped 2 rows: another row came first: d is "fabrikam.com"
        => all are lost by line 1, `join (datatable(d:string)["fabrikam.com"]) on d`
    "#);
}

#[test]
fn an_unknown_column_is_shown_in_the_predicate() {
    insta::assert_snapshot!(failure(&["explain", BEC, "--data", "fixtures", "--why", "SenderDomain == \"x\""]), @r#"
    exit code 2
    error[KQL0201]: unknown column `SenderDomain`
     --> --why:1:1
      |
    1 | SenderDomain == "x"
      | ^^^^^^^^^^^^
      |
      = help: did you mean `SenderFromDomain`?
    "#);
    insta::assert_snapshot!(failure(&["explain", BEC, "--data", "fixtures", "--why", "UrlCount > 1 | take 2"]), @"
    exit code 2
    error[KQL0210]: --why takes one predicate and no further operators
     --> --why:1:1
      |
    1 | UrlCount > 1 | take 2
      | ^^^^^^^^^^^^^^^^^^^^^
      |
      = help: write a condition on one row, as `where` takes it
    ");
    insta::assert_snapshot!(failure(&["explain", BEC, "--data", "fixtures", "--why", "UrlCount >"]), @"
    exit code 2
    error[KQL0110]: a value is missing after `>`
     --> --why:1:10
      |
    1 | UrlCount >
      |          ^
    ");
}

#[test]
fn the_table_is_named_where_several_fit() {
    let both = "EmailEvents | where UrlCount > 1 | union (MessageEvents | where IsOwnedThread) | count";
    insta::assert_snapshot!(failure(&["explain", both, "--data", "fixtures", "--why", "isnotempty(ThreatTypes)"]), @"
    exit code 2
    error: --why fits several tables: EmailEvents, MessageEvents; say which with --why-table
    ");
    insta::assert_snapshot!(failure(&["explain", both, "--data", "fixtures", "--why", "true", "--why-table", "Logons"]), @"
    exit code 2
    error: --why-table: the query reads no table `Logons`; it reads EmailEvents, MessageEvents
    ");
    insta::assert_snapshot!(explained(&[
        both, "--data", "fixtures", "--why", "isnotempty(ThreatTypes)", "--why-table", "MessageEvents"
    ]), @"
    query
     line  stage                                          rows in   rows out        time
               table 1 of the union:
        1      EmailEvents                                                51 TIME
        1      | where UrlCount > 1                            51         20 TIME
               table 2 of the union:
        1      MessageEvents                                              50 TIME
        1      | where IsOwnedThread                           50         27 TIME
        1  union (MessageEvents | where IsOwnedThread)         47         47 TIME
        1  | count                                             47          1 TIME
                 47 rows in 1 group

    why: rows of MessageEvents where isnotempty(ThreatTypes)
      read in line 1: 20 of 50 rows match
            1      20 -> 0       where IsOwnedThread
               `IsOwnedThread` is not true for 20 rows: IsOwnedThread is null; IsOwnedThread is False
        => all are lost by line 1, `where IsOwnedThread`
    ");
}

#[test]
fn tables_within_expressions_are_shown() {
    let query = "let busy = materialize(EmailEvents | summarize n = count() by SenderFromDomain);\n\
        EmailEvents\n| where SenderFromDomain in ((busy | where n > 4 | project SenderFromDomain))\n\
        | where UrlCount >= toscalar(busy | summarize min(n))";
    insta::assert_snapshot!(explained(&[query, "--data", "fixtures"]), @"
    query
     line  stage                                                                       rows in   rows out        time
        2  EmailEvents                                                                                 51 TIME
               the table of `in`:
        1      EmailEvents                                                                             51 TIME
        1      | summarize n = count() by SenderFromDomain                                  51          9 TIME
                     51 rows in 9 groups
        3      | where n > 4                                                                 9          3 TIME
        3      | project SenderFromDomain                                                    3          3 TIME
        3  | where SenderFromDomain in ((busy | where n > 4 | project SenderFromDo…         51         41 TIME
               the table of `toscalar`:
        1      (as computed before)                                                                     9
        4      | summarize min(n)                                                            9          1 TIME
                     9 rows in 1 group
        4  | where UrlCount >= toscalar(busy | summarize min(n))                            41         27 TIME
    ");
}

#[test]
fn json_says_the_same() {
    let query =
        "EmailEvents | where EmailDirection == \"Inbound\" and UrlCount > 3 | summarize n = count() by ThreatTypes";
    let output =
        kql(&["explain", query, "--data", "fixtures", "--format", "json", "--why", "ThreatTypes == \"Phish\""]);
    let text = String::from_utf8(output.stdout).unwrap();
    let line = |line: &str| match line.split_once("\"milliseconds\": ") {
        Some((start, _)) => format!("{start}\"milliseconds\": TIME,"),
        None => line.to_owned(),
    };
    insta::assert_snapshot!(text.lines().map(line).collect::<Vec<_>>().join("\n"), @r#"
    {
      "name": "query",
      "path": "query",
      "result": null,
      "rows": 0,
      "stages": [
        {
          "line": 1,
          "text": "EmailEvents",
          "rows_in": null,
          "rows_out": 51,
          "milliseconds": TIME,
          "table": "EmailEvents"
        },
        {
          "line": 1,
          "text": "where EmailDirection == \"Inbound\" and UrlCount > 3",
          "rows_in": 51,
          "rows_out": 0,
          "milliseconds": TIME,
          "predicates": [
            {
              "line": 1,
              "text": "EmailDirection == \"Inbound\"",
              "alone": 20,
              "with_those_before": 20
            },
            {
              "line": 1,
              "text": "UrlCount > 3",
              "alone": 0,
              "with_those_before": 0
            }
          ]
        },
        {
          "line": 1,
          "text": "summarize n = count() by ThreatTypes",
          "rows_in": 0,
          "rows_out": 0,
          "milliseconds": TIME,
        }
      ],
      "why": {
        "table": "EmailEvents",
        "predicate": "ThreatTypes == \"Phish\"",
        "reads": [
          {
            "line": 1,
            "rows": 10,
            "of": 51,
            "steps": [
              {
                "line": 1,
                "text": "where EmailDirection == \"Inbound\" and UrlCount > 3",
                "before": 10,
                "after": 0,
                "losses": [
                  {
                    "reason": "not true",
                    "predicate": "EmailDirection == \"Inbound\"",
                    "rows": 1,
                    "samples": [
                      {
                        "EmailDirection": "Intra-org"
                      }
                    ]
                  },
                  {
                    "reason": "not true",
                    "predicate": "UrlCount > 3",
                    "rows": 10,
                    "samples": [
                      {
                        "UrlCount": 3
                      },
                      {
                        "UrlCount": 1
                      },
                      {
                        "UrlCount": 0
                      }
                    ]
                  }
                ],
                "samples": []
              }
            ],
            "end": "lost",
            "end_line": 1,
            "result_rows": null
          }
        ]
      }
    }
    "#);
}

#[test]
fn plans_are_shown() {
    let query = "print a = 1 | where a > 0 | extend b = a + 1";
    insta::assert_snapshot!(explained(&[query, "--plan", "tree"]), @"
    (Pipe
      operators=[
        (Print columns=[(Named names=[a] value=1)])
        (Where predicate=(Greater a 0))
        (Extend columns=[(Named names=[b] value=(Add a 1))])])
    ");
    insta::assert_snapshot!(explained(&[query, "--plan", "bound"]), @"
    Project [a#0: long, b#1: long = (#0 + 1)]
      Filter (#0 > 0) [a#0: long]
        Project [a#0: long = 1]
          OneRow []
    ");
    insta::assert_snapshot!(explained(&[query, "--plan", "physical"]), @"
    ProjectionExec: expr=[a#0@0 as a, +(integer, integer)(a#0@0, 1) as b]
      ProjectionExec: expr=[1 as a#0]
        PlaceholderRowExec
    ");
}

#[test]
fn groups_are_followed_through_mv_apply() {
    let query =
        "EmailEvents | where EmailDirection == \"Inbound\" | mv-apply t = To on (summarize n = count()) | where n > 3";
    insta::assert_snapshot!(explained(&[query, "--data", "fixtures", "--why", "SenderFromDomain == \"litware.com\""]), @r#"
    query
     line  stage                                                      rows in   rows out        time
        1  EmailEvents                                                                51 TIME
        1  | where EmailDirection == "Inbound"                             51         20 TIME
        1  | mv-apply t = To on (summarize n = count())                    20         20 TIME
                 one row becomes up to 1, 1.0 on average
        1  | summarize n = count()                                         20         20 TIME
                 20 rows in 20 groups
        1  | (end of `mv-apply t = To on (summarize n = count())`)         20         20 TIME
        1  | where n > 3                                                   20          0 TIME
    => no rows come out: line 1 leaves none, `where n > 3`

    why: rows of EmailEvents where SenderFromDomain == "litware.com"
      read in line 1: 2 of 51 rows match
            1       2 -> 2       where EmailDirection == "Inbound"
            1       2 -> 2       mv-apply t = To on (summarize n = count())
            1       2 -> 2       summarize n = count()
               in 2 groups
            1       2 -> 2       mv-apply t = To on (summarize n = count())
            1       2 -> 0       where n > 3
               `n > 3` is not true for 2 rows: n is 1
        => all are lost by line 1, `where n > 3`
    "#);
}

#[test]
fn what_only_tells_about_other_rows_is_said() {
    let query = "EmailEvents | join kind=leftanti (EmailEvents | where UrlCount > 2) on NetworkMessageId";
    insta::assert_snapshot!(why(&[query, "--data", "fixtures", "--why", "SenderFromDomain == \"litware.com\""]), @r#"
    why: rows of EmailEvents where SenderFromDomain == "litware.com"
      read in line 1: 2 of 51 rows match
            1       2 -> 0       join kind=leftanti (EmailEvents | where UrlCount > 2) on NetworkMessage…
               2 rows: the right side has NetworkMessageId == "3d3fbd5e-83a5-4ae2-a3ae-f98807776744", or NetworkMessageId == "c68dc3b9-74fb-4755-9b28-c9bb46c9317c"
        => all are lost by line 1, `join kind=leftanti (EmailEvents | where UrlCount > 2) on NetworkMessage…`
      read in line 1: 2 of 51 rows match
            1       2 -> 2       where UrlCount > 2
            1       2 -> ?       join kind=leftanti (EmailEvents | where UrlCount > 2) on NetworkMessage…
        => 2 rows reach the place where they only tell which other rows stay
    "#);
}

#[test]
fn a_stored_function_is_one_stage_behind_those_before_it() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("busy.kql");
    std::fs::write(&file, ".create function Busy(T:(UrlCount:int)) { T | where UrlCount > 1 }").unwrap();
    let query = "EmailEvents | where EmailDirection == \"Inbound\" | invoke Busy() | count";
    let functions = file.to_str().unwrap();
    insta::assert_snapshot!(explained(&[
        query, "--data", "fixtures", "--functions", functions, "--why", "SenderFromDomain == \"litware.com\""
    ]), @r#"
    query
     line  stage                                  rows in   rows out        time
        1  EmailEvents                                            51 TIME
        1  | where EmailDirection == "Inbound"         51         20 TIME
        1  | Busy()                                    20         10 TIME
        1  | count                                     10          1 TIME
                 10 rows in 1 group

    why: rows of EmailEvents where SenderFromDomain == "litware.com"
      read in line 1: 2 of 51 rows match
            1       2 -> 2       where EmailDirection == "Inbound"
            1       2 -> 2       Busy()
            1       2 -> 1       count
               in 1 group
        => they are in 1 row of the result
    "#);
}
