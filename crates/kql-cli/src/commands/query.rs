//! `kql query`: one query, given as text, from a file or from standard input.

use std::io::Read;
use std::path::Path;

use anyhow::Context;
use kql_rules::QueryText;

use crate::arguments::QueryArguments;
use crate::output::Answer;
use crate::report::{Failure, Source};
use crate::session::Session;

/// Runs the command.
pub fn run(arguments: &QueryArguments) -> Result<(), Failure> {
    let reads_table_from_input = arguments.data.tables.iter().any(|table| table.ends_with("=-"));
    if reads_table_from_input && arguments.file.as_deref() == Some(Path::new("-")) {
        return Err(Failure::Usage("standard input cannot be both the query and a table".to_owned()));
    }
    let (path, text) = match (&arguments.text, &arguments.file) {
        (Some(text), _) => ("query".to_owned(), text.clone()),
        (None, Some(file)) if file == Path::new("-") => ("standard input".to_owned(), read_standard_input()?),
        (None, Some(file)) => {
            let text = std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
            (file.display().to_string(), text)
        }
        (None, None) => return Err(Failure::Usage("give a query, or a file with -f".to_owned())),
    };
    let query = QueryText::whole_file(text.as_str());
    let session = Session::new(&arguments.data, &arguments.workspace, &arguments.limits)?;
    let results = session.answer(&Source { path: &path, text: &text, query: &query })?;
    arguments.output.write(&Answer::of_query(&path, results))?;
    session.finish();
    Ok(())
}

fn read_standard_input() -> Result<String, Failure> {
    let mut text = String::new();
    std::io::stdin().read_to_string(&mut text).context("cannot read the query from standard input")?;
    Ok(text)
}
