//! `kql run`: the queries of rule files and query files.

use anyhow::Context;

use crate::arguments::RunArguments;
use crate::output::Answer;
use crate::report::{self, Failure, Source};
use crate::session::Session;

/// Runs the command.
pub fn run(arguments: &RunArguments) -> Result<(), Failure> {
    let mut answers = Vec::new();
    let session = Session::new(&arguments.data, &arguments.limits)?;
    for path in &arguments.files {
        let shown_path = path.display().to_string();
        let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {shown_path}"))?;
        let rules = kql_rules::read(&shown_path, &text)
            .map_err(|diagnostic| Failure::Query(report::render(&shown_path, &text, &[diagnostic])))?;
        if arguments.files.len() * rules.len() > 1 && !arguments.output.holds_several() {
            return Err(Failure::Usage(
                "this format holds the answer of one query; run the rules one by one, or use table, markdown or kusto"
                    .to_owned(),
            ));
        }
        for rule in rules {
            let results = session.answer(&Source { path: &shown_path, text: &text, query: &rule.query })?;
            answers.extend(Answer::of_query(rule.name.as_deref().unwrap_or(&shown_path), results));
        }
    }
    arguments.output.write(&answers)?;
    session.finish();
    Ok(())
}
