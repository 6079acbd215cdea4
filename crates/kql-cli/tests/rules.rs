//! The two shipped rules on the fixtures, against answers worked out by hand.

use crate::support::{answer, kql, root};

const EMAIL_RULE: &str = "queries/top-domains-with-bec-threats-inbound.yaml";
const TEAMS_RULE: &str = "queries/top-domains-outbound-sending-malicious-teams-messages-inbound.yaml";

/// The rules are Microsoft's own files, byte for byte. Their fingerprints are those of the published files; where the
/// originals lie beside the checkout they are compared too.
#[test]
fn the_rules_are_the_original_files() {
    for (path, bytes, fingerprint) in
        [(EMAIL_RULE, 1484, 0xefaf_f5a5_f747_f07d_u64), (TEAMS_RULE, 2210, 0x7a7e_63fa_da05_b550)]
    {
        let rule = std::fs::read(root().join(path)).unwrap();
        assert_eq!((rule.len(), fnv1a(&rule)), (bytes, fingerprint), "{path} was changed");
        let name = path.rsplit('/').next().unwrap();
        match std::fs::read(root().join("../shared/rules").join(name)) {
            Ok(original) => assert_eq!(rule, original, "{path} was changed"),
            Err(_) => eprintln!("skipped the comparison with the original of {name}: it is not beside the checkout"),
        }
    }
}

/// The 64-bit FNV-1a hash.
fn fnv1a(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}

/// EmailEvents, by hand. Outbound rows count by what follows the first `@` of the recipient:
///
/// | domain | rows |
/// |---|---|
/// | `fabrikam.com` | 9: five at the start, then four more, of which two are the same row twice |
/// | `northwindtraders.com` | 6: three and three |
/// | `` (empty) | 4: `undisclosed-recipients` has no `@`, one address is empty, one is missing, one is null; `split` then has no second element, and `tostring` of nothing is the empty string |
/// | `adatum.com` | 4: outbound only, so the inner join drops it |
/// | `tailspintoys.com` | 3: its two inbound rows have a missing and an empty `ThreatTypes`, so it is dropped |
/// | `Fabrikam.com` | 2: `==` and joins tell case apart, so it is not `fabrikam.com` |
/// | `woodgrovebank.com` | 1: of `pilot@woodgrovebank.com@relay.contoso.com` the second part counts |
///
/// Inbound rows with a threat count by `SenderFromDomain`: `northwindtraders.com` 5; `fabrikam.com` 3 (two more have a
/// null and an empty `ThreatTypes`); `litware.com` 2, which nobody wrote to; the empty domain 2 (one empty, one
/// missing), which does join the empty group above; `woodgrovebank.com` 2 (one row twice: only the left side of an
/// innerunique join loses duplicates); `Fabrikam.com` 1. The `Intra-org` rows are on neither side.
#[test]
fn outbound_domains_with_inbound_email_threats() {
    let expected = [
        r#"{"SenderFromDomain":"fabrikam.com","OutboundEmails":9,"IncomingEmailsWithThreats":3}"#,
        r#"{"SenderFromDomain":"northwindtraders.com","OutboundEmails":6,"IncomingEmailsWithThreats":5}"#,
        r#"{"SenderFromDomain":"","OutboundEmails":4,"IncomingEmailsWithThreats":2}"#,
        r#"{"SenderFromDomain":"Fabrikam.com","OutboundEmails":2,"IncomingEmailsWithThreats":1}"#,
        r#"{"SenderFromDomain":"woodgrovebank.com","OutboundEmails":1,"IncomingEmailsWithThreats":2}"#,
    ];
    let lines = answer(&["run", EMAIL_RULE, "--data", "fixtures"]);
    assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
}

/// MessageEvents, by hand. Messages of owned external threads, one row for each recipient:
///
/// | domain | rows |
/// |---|---|
/// | `fabrikam.com` | 9: three messages to two people, one to one of three, then two |
/// | `northwindtraders.com` | 7: one of three recipients, four messages, one message that names the same person twice |
/// | `` (empty) | 6: an address without `@`, an empty one, a null one, a recipient without address; a missing and a null `RecipientDetails` (`mv-expand` keeps the row with a null), while the empty array expands to no row |
/// | `contoso.com` | 3: one of three recipients, and a message to two |
/// | `adatum.com` | 3: outbound only (`Adatum.com` on the other side differs in case) |
/// | `Fabrikam.com` | 2, and `FABRIKAM.COM` 1, which nobody wrote from |
/// | `tailspintoys.com` | 2: its inbound messages have an empty, a null and a missing `ThreatTypes` |
/// | `woodgrovebank.com` | 1: of two `@`, the part between them counts |
///
/// Threats in external threads of others, again one row for each recipient (the rule looks at recipients on both
/// sides): `woodgrovebank.com` 5 (one message with two, three with one); `fabrikam.com` 1 + 1 + 2 = 4;
/// `northwindtraders.com` 3, one message being there twice; `contoso.com` 2; the empty domain 2 (a missing
/// `RecipientDetails`, an address without `@`; the empty array gives none); `litware.com` 2; `Fabrikam.com` 1.
/// Threads that are not external, and those where a flag is missing (null is neither 0 nor 1), are on neither side.
#[test]
fn outbound_domains_with_inbound_teams_threats() {
    let expected = [
        r#"{"SenderFromDomain":"fabrikam.com","OutboundTeamsMessages":9,"IncomingTeamsMessagesWithThreats":4}"#,
        r#"{"SenderFromDomain":"northwindtraders.com","OutboundTeamsMessages":7,"IncomingTeamsMessagesWithThreats":3}"#,
        r#"{"SenderFromDomain":"","OutboundTeamsMessages":6,"IncomingTeamsMessagesWithThreats":2}"#,
        r#"{"SenderFromDomain":"contoso.com","OutboundTeamsMessages":3,"IncomingTeamsMessagesWithThreats":2}"#,
        r#"{"SenderFromDomain":"Fabrikam.com","OutboundTeamsMessages":2,"IncomingTeamsMessagesWithThreats":1}"#,
        r#"{"SenderFromDomain":"woodgrovebank.com","OutboundTeamsMessages":1,"IncomingTeamsMessagesWithThreats":5}"#,
    ];
    let lines = answer(&["run", TEAMS_RULE, "--data", "fixtures"]);
    assert_eq!(lines.lines().collect::<Vec<_>>(), expected);
}

/// The types that Kusto gives the columns: counts are `long`.
#[test]
fn the_columns_have_kusto_s_types() {
    let body: serde_json::Value =
        serde_json::from_str(&answer(&["run", EMAIL_RULE, "--data", "fixtures", "--format", "kusto"])).unwrap();
    let columns = body["Tables"][0]["Columns"].as_array().unwrap();
    let types: Vec<_> = columns.iter().map(|column| (&column["ColumnName"], &column["ColumnType"])).collect();
    insta::assert_compact_debug_snapshot!(types, @r#"[(String("SenderFromDomain"), String("string")), (String("OutboundEmails"), String("long")), (String("IncomingEmailsWithThreats"), String("long"))]"#);
}

/// Each table as another format, written by kql itself, gives each rule the same answer.
#[test]
fn a_rule_answers_the_same_on_every_input_format() {
    let reference = [EMAIL_RULE, TEAMS_RULE].map(|rule| answer(&["run", rule, "--data", "fixtures"]));
    for format in ["json", "ndjson", "csv", "tsv", "parquet"] {
        let folder = tempfile::tempdir().unwrap();
        for table in ["EmailEvents", "MessageEvents"] {
            let file = folder.path().join(format!("{table}.{format}"));
            let file = file.to_str().unwrap();
            answer(&["query", table, "--data", "fixtures", "--format", format, "-o", file]);
        }
        let data = folder.path().to_str().unwrap();
        for (rule, expected) in [EMAIL_RULE, TEAMS_RULE].iter().zip(&reference) {
            assert_eq!(&answer(&["run", rule, "--data", data]), expected, "{rule} on {format}");
        }
    }
}

/// A table may be given as several files of a folder, by a glob, and on standard input.
#[test]
fn a_table_can_be_several_files_or_standard_input() {
    let lines = std::fs::read_to_string(root().join("fixtures/EmailEvents.ndjson")).unwrap();
    let reference = answer(&["run", EMAIL_RULE, "--data", "fixtures"]);
    let folder = tempfile::tempdir().unwrap();
    let table = folder.path().join("EmailEvents");
    std::fs::create_dir(&table).unwrap();
    let lines: Vec<&str> = lines.lines().collect();
    for (part, lines) in lines.chunks(17).enumerate() {
        std::fs::write(table.join(format!("part-{part}.ndjson")), lines.join("\n")).unwrap();
    }
    assert_eq!(answer(&["run", EMAIL_RULE, "--data", folder.path().to_str().unwrap()]), reference);
    let glob = format!("EmailEvents={}/part-*.ndjson", table.display());
    assert_eq!(answer(&["run", EMAIL_RULE, "-t", &glob]), reference);
    let output = crate::support::kql_with_input(&["run", EMAIL_RULE, "-t", "EmailEvents=-"], &lines.join("\n"));
    assert_eq!(String::from_utf8_lossy(&output.stdout), reference);
}

/// Two rules at once, each under its name.
#[test]
fn several_rules_are_told_apart() {
    let shown = answer(&["run", EMAIL_RULE, TEAMS_RULE, "--data", "fixtures", "--format", "markdown"]);
    let titles: Vec<&str> = shown.lines().filter(|line| line.starts_with("## ")).collect();
    insta::assert_snapshot!(titles.join("\n"), @"
    ## Top Domains Outbound with Emails with Threats Inbound (Partner BEC)
    ## Top domains outbound sending Malicious Teams messages inbound
    ");
    let refused = kql(&["run", EMAIL_RULE, TEAMS_RULE, "--data", "fixtures", "--format", "csv"]);
    assert_eq!(refused.status.code(), Some(2));
}
