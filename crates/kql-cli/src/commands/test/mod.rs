//! `kql test`: runs the tests of rules.

mod case;
mod coverage;
mod files;
mod init;
mod report;
mod update;
mod watch;

use std::path::PathBuf;
use std::time::Instant;

use kql_rules::Rule;
use kql_rules::rule_test::{ActualRows, Mismatch, RuleTest};

use self::coverage::{Coverage, RuleCoverage};
use self::files::TestFiles;
use crate::arguments::TestArguments;
use crate::in_parallel;
use crate::report::Failure;

/// A file of tests with its rule, both read.
pub struct TestedRule {
    /// The file of tests, as the user knows it.
    pub path: String,
    pub text: String,
    pub test: RuleTest,
    pub rule_path: String,
    pub rule_text: String,
    pub rule: Rule,
    /// Where files that a test names are looked for.
    pub folder: PathBuf,
}

/// What became of one case.
pub struct Outcome {
    pub verdict: Verdict,
    pub seconds: f64,
}

/// Whether a case holds.
pub enum Verdict {
    Passed,
    /// What came out is not what must come out.
    Failed(Vec<Mismatch>),
    /// The rule or the case is wrong, as the text says.
    Wrong(String),
}

/// Runs the command.
pub fn run(arguments: &TestArguments) -> Result<(), Failure> {
    if arguments.init {
        return init::run(arguments);
    }
    if arguments.watch {
        return watch::run(arguments);
    }
    let started = Instant::now();
    run_tests(arguments, &files::read_all(&arguments.paths)?, started)
}

/// Runs tests that are read, and tells what became of them.
fn run_tests(arguments: &TestArguments, read: &TestFiles, started: Instant) -> Result<(), Failure> {
    let TestFiles { tested, problems } = read;
    let ran = run_cases(arguments, tested);
    let mut outcomes: Vec<Vec<Outcome>> = tested.iter().map(|_| Vec::new()).collect();
    let mut actual = Vec::new();
    let mut coverage = RuleCoverage::default();
    for Ran { file, position, outcome, rows, covered } in ran {
        if let (Some(covered), Some(tested)) = (&covered, tested.get(file)) {
            coverage.add(tested, covered);
        }
        if let Some(outcomes) = outcomes.get_mut(file) {
            outcomes.push(outcome);
        }
        actual.push((file, position, rows));
    }
    if arguments.update {
        update::write(tested, &outcomes, actual)?;
    }
    let covered = arguments.asks_for_coverage().then_some(&coverage);
    let summary = report::write(arguments.format, tested, &outcomes, covered, started.elapsed())?;
    for problem in problems {
        eprint!("{problem}");
    }
    if !problems.is_empty() || summary.wrong > 0 {
        return Err(Failure::Query(String::new()));
    }
    if tested.is_empty() {
        return Err(Failure::Usage("there is no test: a file NAME.test.yaml beside the rule NAME.yaml".to_owned()));
    }
    if summary.failed > 0 && !arguments.update {
        return Err(Failure::TestsFailed);
    }
    match arguments.coverage_fail_under {
        Some(least) if coverage.percent() < least => {
            let percent = coverage.percent();
            eprintln!(
                "error: {percent:.1} % of the predicates are covered, less than {least} % (--coverage-fail-under)"
            );
            Err(Failure::TestsFailed)
        }
        _ => Ok(()),
    }
}

/// A case that ran.
struct Ran {
    file: usize,
    position: usize,
    outcome: Outcome,
    rows: Option<ActualRows>,
    covered: Option<Coverage>,
}

fn run_cases(arguments: &TestArguments, tested: &[TestedRule]) -> Vec<Ran> {
    let cases: Vec<(usize, usize)> = tested
        .iter()
        .enumerate()
        .flat_map(|(file, tested)| (0..tested.test.cases.len()).map(move |case| (file, case)))
        .collect();
    let ran = in_parallel::map(
        &cases,
        || case::Runner::new(&arguments.workspace, &arguments.cases),
        |runner, (file, position)| {
            let tested = tested.get(*file)?;
            let case = tested.test.cases.get(*position)?;
            let (outcome, answer) = runner.run(tested, case);
            let asked = answer.as_ref().filter(|_| arguments.asks_for_coverage());
            let covered = asked.map(|answer| Coverage::of_case(runner, answer));
            let rows = answer.map(|answer| answer.rows);
            Some(Ran { file: *file, position: *position, outcome, rows, covered })
        },
    );
    ran.into_iter().flatten().collect()
}
