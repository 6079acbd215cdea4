//! `kql run`: the queries of rule files and query files.

use std::time::{Duration, Instant};

use kql_rules::alert::{Alert, alerts, raised};
use kql_rules::rule_test::ActualRows;
use kql_rules::{Rule, RuleKind};
use kql_semantics::TimeWindow;

use crate::arguments::{Format, RunArguments};
use crate::commands::rule_files::{self, LoadedRule};
use crate::in_parallel;
use crate::output::{Answer, pack};
use crate::report::Failure;
use crate::session::{NamedResult, Session};

/// What became of one rule.
pub struct Outcome<'r> {
    pub rule: &'r LoadedRule,
    pub result: Result<RuleResult, String>,
    pub elapsed: Duration,
}

/// What a rule that ran gives.
pub struct RuleResult {
    pub results: Vec<NamedResult>,
    /// Rows of the first result.
    pub hits: usize,
    pub alerts: Vec<Alert>,
}

/// Runs the command.
pub fn run(arguments: &RunArguments) -> Result<(), Failure> {
    let mut session = Session::new(&arguments.data, &arguments.workspace, &arguments.limits)?;
    let loaded = rule_files::load(&arguments.paths, &arguments.filters, &arguments.lints)?;
    session.add_found_functions(&loaded);
    let is_pack = arguments.scheduled || loaded.rules.len() > 1 || arguments.paths.iter().any(|path| path.is_dir());
    let format = match (is_pack, arguments.output.chosen_format()) {
        (true, Format::Table) if arguments.output.format.is_none() => Format::Summary,
        (_, format) => format,
    };
    let makes_alerts = matches!(format, Format::Sarif | Format::Summary)
        || (is_pack && matches!(format, Format::Ndjson | Format::Json));
    if is_pack && !makes_alerts && !arguments.output.holds_several() {
        return Err(Failure::Usage(
            "this format holds the answer of one query; run the rules one by one, or use summary, table, markdown, \
             ndjson, json, sarif or kusto"
                .to_owned(),
        ));
    }
    if loaded.rules.is_empty() && !loaded.is_bad && loaded.unreadable.is_empty() {
        eprintln!("warning: there is no rule to run");
    }
    if is_pack {
        session.share_between(loaded.rules.len());
    }
    let mut worst = None;
    let mut outcomes = Vec::with_capacity(loaded.rules.len());
    let run_one = |rule: &LoadedRule| {
        let window = if arguments.scheduled { window(&rule.rule, session.now(), 0)? } else { None };
        let results = session.answer_at(&rule.source(), session.now(), window)?;
        Ok(result(rule, results, window.is_some()))
    };
    let timed = |(): &mut (), rule: &LoadedRule| {
        let started = Instant::now();
        (run_one(rule), started.elapsed())
    };
    for (rule, (ran, elapsed)) in loaded.rules.iter().zip(in_parallel::map(&loaded.rules, || (), timed)) {
        let result = ran.map_err(|failure| said(failure, &mut worst));
        outcomes.push(Outcome { rule, result, elapsed });
    }
    if matches!(worst, Some(Failure::Stopped)) {
        return Err(Failure::Stopped);
    }
    for outcome in &outcomes {
        if let Err(text) = &outcome.result {
            eprint!("{text}");
        }
    }
    let hits: usize = outcomes.iter().filter_map(|outcome| outcome.result.as_ref().ok()).map(|ran| ran.hits).sum();
    if makes_alerts {
        arguments.output.write_with(|out| pack::write(out, format, &outcomes))?;
    } else {
        let mut answers = Vec::new();
        for outcome in outcomes {
            if let Ok(ran) = outcome.result {
                answers.extend(Answer::of_query(outcome.rule.title(), ran.results));
            }
        }
        // Of a rule that failed nothing is written.
        if !answers.is_empty() {
            arguments.output.write(&answers)?;
        }
    }
    session.finish();
    for error in &loaded.unreadable {
        eprintln!("error: {error:#}");
    }
    match worst {
        _ if loaded.is_bad => Err(Failure::Query(String::new())),
        Some(failure) => Err(failure),
        None if !loaded.unreadable.is_empty() => Err(Failure::Unreadable),
        None if arguments.fail_on_hit && hits > 0 => Err(Failure::Hits),
        None => Ok(()),
    }
}

/// What a scheduled rule looks at when it runs at a time and rows of the last `delay` are not to be seen yet; nothing
/// of a rule that has no schedule.
///
/// # Errors
/// The rule is a scheduled one, and its file does not say what it looks at.
pub fn window(rule: &Rule, now: i64, delay: i64) -> Result<Option<TimeWindow>, Failure> {
    let period = match rule.kind {
        RuleKind::Hunting => return Ok(None),
        RuleKind::NearRealTime => Some(rule.schedule.period.unwrap_or(MINUTE)),
        RuleKind::Scheduled | RuleKind::CustomDetection => rule.schedule.period,
    };
    let from = period.and_then(|period| now.checked_sub(period));
    match from.zip(now.checked_sub(delay)) {
        Some((from, to)) => Ok(Some(TimeWindow { from, to })),
        None => Err(Failure::Usage("the rule has no `queryPeriod` that it could look at".to_owned())),
    }
}

/// How often a rule in near real time runs, in ticks.
pub const MINUTE: i64 = 60 * 10_000_000;

/// The results of a rule with the alerts that they make.
pub fn result(rule: &LoadedRule, results: Vec<NamedResult>, is_scheduled: bool) -> RuleResult {
    let Some((_, first)) = results.first() else { return RuleResult { results, hits: 0, alerts: Vec::new() } };
    let rows = ActualRows { columns: first.columns.clone(), rows: first.rows().collect() };
    let mut alerts = if is_scheduled { raised(&rule.rule, &rows) } else { alerts(&rule.rule, &rows) };
    // Rows without an alert are none.
    let hits = if is_scheduled && alerts.is_empty() { 0 } else { first.row_count().max(alerts.len()) };
    for alert in &mut alerts {
        if alert.name.is_empty() {
            alert.name = rule.title().to_owned();
        }
    }
    RuleResult { results, hits, alerts }
}

/// The text of a failure. The gravest one of all decides how the run ends: a wrong query before one that failed.
pub fn said(failure: Failure, worst: &mut Option<Failure>) -> String {
    let rank = |failure: &Failure| match failure {
        Failure::Stopped => 3,
        Failure::Query(_) | Failure::Usage(_) => 2,
        _ => 1,
    };
    let (text, silent) = match failure {
        Failure::Query(text) => (text, Failure::Query(String::new())),
        Failure::Usage(text) => (format!("error: {text}\n"), Failure::Query(String::new())),
        Failure::FailedQuery(text) => (text, Failure::FailedQuery(String::new())),
        Failure::Run(error) => (format!("error: {error:#}\n"), Failure::Unreadable),
        other => (String::new(), other),
    };
    if worst.as_ref().is_none_or(|worst| rank(&silent) > rank(worst)) {
        *worst = Some(silent);
    }
    text
}
