//! What many rules gave: a summary for people, the alerts as JSON and as SARIF.

use std::io::{IsTerminal, Write};

use anyhow::Result;
use comfy_table::{CellAlignment, ContentArrangement, Table, presets};
use kql_rules::AlertSeverity;
use kql_rules::alert::Alert;
use kql_syntax::Span;
use kql_syntax::render::line_column;
use serde_json::{Value, json};

use super::printable::printable;
use crate::arguments::Format;
use crate::commands::rule_files::LoadedRule;
use crate::commands::run::Outcome;

/// Writes the outcomes of rules.
pub fn write(out: &mut (dyn Write + Send), format: Format, outcomes: &[Outcome<'_>]) -> Result<()> {
    match format {
        Format::Sarif => writeln!(out, "{}", serde_json::to_string_pretty(&sarif(outcomes))?)?,
        Format::Json => {
            let all: Vec<Value> = alerts(outcomes).map(|(rule, alert)| alert_json(rule, alert)).collect();
            writeln!(out, "{}", serde_json::to_string_pretty(&all)?)?;
        }
        Format::Ndjson => {
            for (rule, alert) in alerts(outcomes) {
                writeln!(out, "{}", alert_json(rule, alert))?;
            }
        }
        _ => summary(out, outcomes)?,
    }
    Ok(())
}

fn alerts<'o>(outcomes: &'o [Outcome<'_>]) -> impl Iterator<Item = (&'o LoadedRule, &'o Alert)> {
    outcomes.iter().flat_map(|outcome| {
        let alerts = outcome.result.as_ref().map_or(&[][..], |ran| &ran.alerts);
        alerts.iter().map(|alert| (outcome.rule, alert))
    })
}

fn summary(out: &mut (dyn Write + Send), outcomes: &[Outcome<'_>]) -> Result<()> {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED);
    if std::io::stdout().is_terminal() {
        table.set_content_arrangement(ContentArrangement::Dynamic);
        table.set_width(console::Term::stdout().size().1);
    }
    table.set_header(["Rule", "Severity", "Tactics", "Hits", "Time", "Error"]);
    let (mut hits, mut failed) = (0, 0);
    for outcome in outcomes {
        let rule = &outcome.rule.rule;
        let (found, error) = match &outcome.result {
            Ok(ran) => {
                hits += ran.hits;
                (ran.hits.to_string(), String::new())
            }
            Err(text) => {
                failed += 1;
                (String::new(), text.lines().next().unwrap_or("").to_owned())
            }
        };
        table.add_row([
            printable(outcome.rule.title()).to_string(),
            rule.severity.map_or("", AlertSeverity::name).to_owned(),
            printable(&rule.tactics.join(", ")).to_string(),
            found,
            format!("{:.2} s", outcome.elapsed.as_secs_f64()),
            printable(&console::strip_ansi_codes(&error)).to_string(),
        ]);
    }
    for position in [3, 4] {
        if let Some(column) = table.column_mut(position) {
            column.set_cell_alignment(CellAlignment::Right);
        }
    }
    writeln!(out, "{table}")?;
    let plural = |count: usize, one: &str| format!("{count} {one}{}", if count == 1 { "" } else { "s" });
    Ok(writeln!(out, "{}, {}, {failed} failed", plural(outcomes.len(), "rule"), plural(hits, "hit"))?)
}

pub fn alert_json(rule: &LoadedRule, alert: &Alert) -> Value {
    json!({
        "ruleId": rule.rule.id, "ruleName": rule.title(), "ruleFile": rule.path,
        "alertName": alert.name, "description": alert.description.as_ref().or(rule.rule.description.as_ref()),
        "severity": alert.severity.map(AlertSeverity::name),
        "tactics": alert.tactics, "techniques": rule.rule.techniques,
        "entities": alert.entities, "customDetails": alert.custom_details, "properties": alert.properties,
        "rows": alert.rows,
    })
}

/// A SARIF 2.1.0 log: an alert is a result at the rule's query.
fn sarif(outcomes: &[Outcome<'_>]) -> Value {
    let id = |rule: &LoadedRule| rule.rule.id.clone().unwrap_or_else(|| rule.title().to_owned());
    let rules = outcomes.iter().map(|outcome| {
        let rule = outcome.rule;
        let tags = [rule.rule.tactics.clone(), rule.rule.techniques.clone()].concat();
        json!({
            "id": id(rule), "name": rule.title(), "shortDescription": {"text": rule.title()},
            "defaultConfiguration": {"level": level(rule.rule.severity)},
            "properties": {"tags": tags},
        })
    });
    let results = alerts(outcomes).map(|(rule, alert)| {
        let (line, column) = line_column(&rule.text, rule.rule.query.in_file(Span::new(0, 0)).start);
        json!({
            "ruleId": id(rule), "level": level(alert.severity), "message": {"text": alert.name},
            "locations": [{"physicalLocation": {
                "artifactLocation": {"uri": rule.path}, "region": {"startLine": line, "startColumn": column},
            }}],
            "properties": alert_json(rule, alert),
        })
    });
    let failures = outcomes.iter().filter_map(|outcome| {
        let text = outcome.result.as_ref().err()?;
        let text = console::strip_ansi_codes(text);
        Some(json!({"level": "error", "message": {"text": text}, "associatedRule": {"id": id(outcome.rule)}}))
    });
    let failures: Vec<Value> = failures.collect();
    json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": {"driver": {
                "name": "kql", "version": env!("CARGO_PKG_VERSION"), "rules": rules.collect::<Vec<_>>(),
            }},
            "columnKind": "unicodeCodePoints",
            "invocations": [
                {"executionSuccessful": failures.is_empty(), "toolExecutionNotifications": failures}
            ],
            "results": results.collect::<Vec<_>>(),
        }],
    })
}

fn level(severity: Option<AlertSeverity>) -> &'static str {
    match severity {
        Some(AlertSeverity::High) => "error",
        Some(AlertSeverity::Medium) => "warning",
        _ => "note",
    }
}
