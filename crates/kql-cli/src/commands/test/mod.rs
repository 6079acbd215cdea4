//! `kql test`: runs the tests of rules.

mod case;
mod files;
mod report;
mod update;

use std::path::PathBuf;
use std::time::Instant;

use kql_rules::Rule;
use kql_rules::rule_test::{Mismatch, RuleTest};

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
    let started = Instant::now();
    let (tested, problems) = files::read_all(&arguments.paths)?;
    let cases: Vec<(usize, usize)> = tested
        .iter()
        .enumerate()
        .flat_map(|(file, tested)| (0..tested.test.cases.len()).map(move |case| (file, case)))
        .collect();
    let ran = in_parallel::map(
        &cases,
        || case::Runner::new(&arguments.workspace),
        |runner, (file, position)| {
            let tested = tested.get(*file)?;
            let case = tested.test.cases.get(*position)?;
            Some(runner.run(tested, case))
        },
    );
    let mut outcomes: Vec<Vec<Outcome>> = tested.iter().map(|_| Vec::new()).collect();
    let mut actual = Vec::new();
    for ((file, position), ran) in cases.iter().zip(ran) {
        let Some((outcome, rows)) = ran else { continue };
        if let Some(outcomes) = outcomes.get_mut(*file) {
            outcomes.push(outcome);
        }
        actual.push((*file, *position, rows));
    }
    if arguments.update {
        update::write(&tested, &outcomes, actual)?;
    }
    let summary = report::write(arguments.format, &tested, &outcomes, started.elapsed())?;
    for problem in &problems {
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
    Ok(())
}
