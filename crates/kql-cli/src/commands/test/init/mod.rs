//! `kql test --init`: writes the first test of a rule. Rows that the query's own predicates let through, and for each
//! predicate rows that only it drops; what must come out is what comes out now.

mod hit;
mod near_miss;
mod subject;
mod text;

use std::io::Write;
use std::path::Path;

use anyhow::Context;
use kql_rules::rule_test::{ActualRows, RuleTest, is_rule_test, read_rule_test};
use kql_samples::Sampler;

use self::subject::Subject;
use self::text::Found;
use super::case::Runner;
use super::{Verdict, files};
use crate::arguments::TestArguments;
use crate::commands::query_files::query_files;
use crate::report::Failure;
use crate::{in_parallel, interrupt};

/// Writes a test beside each rule that has none.
pub fn run(arguments: &TestArguments) -> Result<(), Failure> {
    let (files, unreadable) = query_files(&arguments.paths)?;
    let mut rules = Vec::new();
    for file in files.into_iter().filter(|file| !is_rule_test(&file.to_string_lossy())) {
        let test = |ending| file.with_extension(ending);
        match [test("test.yaml"), test("test.yml")].into_iter().find(|test| test.is_file()) {
            Some(test) if !arguments.force && !arguments.stdout => {
                if arguments.paths.contains(&file) {
                    return Err(Failure::Usage(format!("{} is there already; --force writes it anew", test.display())));
                }
                eprintln!("note: {} is left as it is", test.display());
            }
            _ => rules.push(file),
        }
    }
    let tests = in_parallel::map(
        &rules,
        || Runner::new(&arguments.workspace, &arguments.cases),
        |runner, rule| if interrupt::is_stopped() { Err(String::new()) } else { written(rule, runner) },
    );
    if interrupt::is_stopped() {
        return Err(Failure::Stopped);
    }
    let mut is_bad = false;
    for (rule, written) in rules.iter().zip(tests) {
        let shown = rule.display();
        let written = match written {
            Ok(written) => written,
            Err(text) => {
                eprintln!("error: no test is written for {shown}: {}", text.trim_end());
                is_bad = true;
                continue;
            }
        };
        if arguments.stdout {
            std::io::stdout().write_all(written.text.as_bytes())?;
        } else {
            let target = rule.with_extension("test.yaml");
            std::fs::write(&target, &written.text).with_context(|| format!("cannot write {}", target.display()))?;
            let (count, all) = (written.near_misses, written.predicates);
            println!("{}: a hit, and near misses for {count} of {all} predicates", target.display());
        }
        for notice in written.notices {
            eprintln!("note: {shown}: {notice}");
        }
    }
    for error in &unreadable {
        eprintln!("error: {error:#}");
    }
    match (is_bad, unreadable.is_empty()) {
        (true, _) => Err(Failure::Query(String::new())),
        (false, false) => Err(Failure::Unreadable),
        (false, true) => Ok(()),
    }
}

/// A test that is written, and that passes.
struct Written {
    text: String,
    predicates: usize,
    near_misses: usize,
    notices: Vec<String>,
}

fn written(file: &Path, runner: &Runner) -> Result<Written, String> {
    let tested = files::rule(file).map_err(super::case::shown)??;
    let (subject, empty) = Subject::new(runner, tested)?;
    let sampler = Sampler::of(&empty.plans);
    let Some(hit) = hit::find(&subject, &sampler) else {
        return Err("no rows were found that the query lets through; write the first case by hand".to_owned());
    };
    let base = subject.answer(&hit.rows).ok_or("the query gives another answer when it runs again")?;
    let predicates = near_miss::predicates(&empty.plans, &sampler);
    let misses = predicates.into_iter().map(|predicate| {
        let miss = near_miss::find(&subject, &hit, &base, &predicate);
        (predicate, miss)
    });
    let rows = ActualRows { columns: base.rows.columns.clone(), rows: hit.result.clone() };
    let mut found =
        Found { rows: hit.rows.clone(), expected: rows, predicates: misses.collect(), unsteady: Vec::new() };
    // What the file says is run as it says it: what is not the same each time has no place in it.
    for _ in 0..4 {
        let text = text::file(&subject.tested, &base, &found);
        let test = read_rule_test(&text).map_err(|wrong| format!("the test cannot be read: {}", wrong.message))?;
        if steady(&subject, &test, &mut found) {
            let near_misses = found.predicates.iter().filter(|(_, miss)| miss.is_some()).count();
            let missing = found.predicates.iter().filter(|(_, miss)| miss.is_none());
            let notices = missing.map(|(predicate, _)| {
                let place = text::place(predicate, &subject.tested, &base);
                format!("no row could be found for which only this fails: {place}")
            });
            let notices = notices.collect();
            return Ok(Written { text, predicates: found.predicates.len(), near_misses, notices });
        }
    }
    Err("the query gives another answer each time it runs; write the first case by hand".to_owned())
}

/// Whether the test passes. If not, `found` says less.
fn steady(subject: &Subject<'_>, test: &RuleTest, found: &mut Found) -> bool {
    let mut is_steady = true;
    let mut misses = found.predicates.iter_mut().filter(|(_, miss)| miss.is_some());
    for (at, case) in test.cases.iter().enumerate() {
        let miss = if at == 0 { None } else { misses.next() };
        let (outcome, answer) = subject.runner.run(&subject.tested, case);
        if matches!(outcome.verdict, Verdict::Passed) {
            continue;
        }
        is_steady = false;
        match miss {
            Some((_, miss)) => *miss = None,
            None => {
                // Columns that hold what is new each time: an id, a random number.
                let again = answer.map(|answer| answer.rows.rows).unwrap_or_default();
                let differs = |at: usize| {
                    found.expected.rows.len() != again.len()
                        || found.expected.rows.iter().zip(&again).any(|(one, other)| one.get(at) != other.get(at))
                };
                let columns = found.expected.columns.iter().enumerate();
                let unsteady: Vec<String> =
                    columns.filter(|(at, _)| differs(*at)).map(|(_, (name, _))| name.clone()).collect();
                // The rows say what a value cannot: they are counted.
                let all = || found.expected.columns.iter().map(|(name, _)| name.clone()).collect();
                found.unsteady = if unsteady.is_empty() { all() } else { unsteady };
            }
        }
    }
    is_steady
}
