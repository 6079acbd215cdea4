//! `kql replay`: scheduled rules over a time that is past, each at its own frequency.

use anyhow::Result;
use comfy_table::{Table, presets};
use indicatif::{ProgressBar, ProgressStyle};
use kql_rules::alert::Alert;
use kql_rules::{AlertSeverity, Rule, RuleKind};
use kql_types::{Value, text};

use crate::arguments::{Format, ReplayArguments};
use crate::commands::rule_files::{self, LoadedRule};
use crate::commands::run::{MINUTE, result, said, window};
use crate::in_parallel;
use crate::output::pack::alert_json;
use crate::output::printable::printable;
use crate::report::Failure;
use crate::session::Session;

/// How many runs all rules may have together.
const MAX_RUNS: usize = 1_000_000;

/// An alert with the time of the run that raised it, in ticks.
struct Raised<'r> {
    at: i64,
    rule: &'r LoadedRule,
    alert: Alert,
}

/// Runs the command.
pub fn run(arguments: &ReplayArguments) -> Result<(), Failure> {
    let format = arguments.output.chosen_format();
    if !matches!(format, Format::Table | Format::Ndjson) {
        return Err(Failure::Usage("--format: alerts are listed as a table or as ndjson".to_owned()));
    }
    let time = |option: &str, given: &str| {
        let wrong = || Failure::Usage(format!("{option}: `{given}` is not a time such as 2026-11-01T08:00:00Z"));
        text::parse_datetime(given).ok_or_else(wrong)
    };
    let (from, to) = (time("--from", &arguments.from)?, time("--to", &arguments.to)?);
    if from > to {
        return Err(Failure::Usage("--from is later than --to".to_owned()));
    }
    let delay = i64::try_from(arguments.ingestion_delay.as_nanos() / 100)
        .map_err(|_| Failure::Usage("--ingestion-delay is too long".to_owned()))?;
    let mut session = Session::new(&arguments.data, &arguments.workspace, &arguments.limits)?;
    let loaded = rule_files::load(&arguments.paths, &arguments.filters, &arguments.lints)?;
    session.add_found_functions(&loaded);
    let (mut worst, mut runs) = (None, Vec::new());
    for rule in &loaded.rules {
        let Some(frequency) = frequency(&rule.rule) else {
            eprintln!("note: {}: not replayed, for it says not how often it runs", rule.path);
            continue;
        };
        let mut at = from;
        while at <= to {
            if runs.len() >= MAX_RUNS {
                return Err(Failure::Usage(format!("these are more than {MAX_RUNS} runs; replay a shorter time")));
            }
            runs.push((rule, at));
            let Some(next) = at.checked_add(frequency) else { break };
            at = next;
        }
    }
    session.share_between(runs.len().max(2));
    let bar = ProgressBar::new(u64::try_from(runs.len()).unwrap_or(u64::MAX));
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} runs, {eta} left") {
        bar.set_style(style);
    }
    let run_one = |(rule, at): &(&LoadedRule, i64)| {
        let window = window(&rule.rule, *at, delay)?;
        let results = session.answer_at(&rule.source(), *at, window)?;
        Ok(result(rule, results, true).alerts)
    };
    let ran = in_parallel::map(
        &runs,
        || (),
        |(), run| {
            let outcome = run_one(run);
            bar.inc(1);
            outcome
        },
    );
    bar.finish_and_clear();
    let mut raised: Vec<Raised<'_>> = Vec::new();
    let (mut suppressed, mut failures) = (0, Vec::new());
    // The runs of a rule follow each other; a rule that rests does not run.
    let mut resting: Option<(*const LoadedRule, i64)> = None;
    for ((rule, at), outcome) in runs.iter().zip(ran) {
        let identity = std::ptr::from_ref::<LoadedRule>(rule);
        let is_resting = resting.is_some_and(|(rests, until)| rests == identity && *at < until);
        match outcome {
            Err(failure) => {
                let text = said(failure, &mut worst);
                // A rule fails in the same way at each of its runs.
                if !failures.contains(&text) {
                    eprint!("{text}");
                    failures.push(text);
                }
            }
            Ok(alerts) if is_resting => suppressed += alerts.len(),
            Ok(alerts) => {
                if let (false, Some(rest)) = (alerts.is_empty(), rule.rule.schedule.suppression) {
                    resting = Some((identity, at.saturating_add(rest)));
                }
                raised.extend(alerts.into_iter().map(|alert| Raised { at: *at, rule, alert }));
            }
        }
    }
    if matches!(worst, Some(Failure::Stopped)) {
        return Err(Failure::Stopped);
    }
    raised.sort_by_key(|raised| raised.at);
    arguments.output.write_with(|out| write(out, format, &raised))?;
    let alerts = if raised.len() == 1 { "alert" } else { "alerts" };
    eprintln!("{} runs, {} {alerts}, {suppressed} suppressed", runs.len(), raised.len());
    session.finish();
    for error in &loaded.unreadable {
        eprintln!("error: {error:#}");
    }
    match worst {
        _ if loaded.is_bad => Err(Failure::Query(String::new())),
        Some(failure) => Err(failure),
        None if !loaded.unreadable.is_empty() => Err(Failure::Unreadable),
        None => Ok(()),
    }
}

/// How often a rule runs, in ticks.
fn frequency(rule: &Rule) -> Option<i64> {
    let given = rule.schedule.frequency.filter(|frequency| *frequency > 0);
    match rule.kind {
        RuleKind::Hunting => None,
        RuleKind::NearRealTime => Some(given.unwrap_or(MINUTE)),
        RuleKind::Scheduled | RuleKind::CustomDetection => given,
    }
}

fn write(out: &mut (dyn std::io::Write + Send), format: Format, raised: &[Raised<'_>]) -> Result<()> {
    if format == Format::Ndjson {
        for Raised { at, rule, alert } in raised {
            let mut line = alert_json(rule, alert);
            if let Some(members) = line.as_object_mut() {
                members.insert("time".to_owned(), Value::DateTime(*at).to_text().into());
            }
            writeln!(out, "{line}")?;
        }
        return Ok(());
    }
    let mut table = Table::new();
    table.load_preset(presets::UTF8_FULL_CONDENSED);
    table.set_header(["Time", "Rule", "Severity", "Alert", "Rows"]);
    for Raised { at, rule, alert } in raised {
        table.add_row([
            Value::DateTime(*at).to_text(),
            printable(rule.title()),
            alert.severity.map_or("", AlertSeverity::name).to_owned(),
            printable(&alert.name),
            alert.rows.len().to_string(),
        ]);
    }
    Ok(writeln!(out, "{table}")?)
}
