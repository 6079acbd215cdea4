//! `kql query`: one query, given as text, from a file or from standard input.

use std::path::Path;

use kql_rules::QueryText;

use crate::arguments::QueryArguments;
use crate::output::Answer;
use crate::report::{Failure, Source};
use crate::session::Session;
use crate::text_file;

/// Runs the command.
pub fn run(arguments: &QueryArguments) -> Result<(), Failure> {
    let reads_table_from_input = arguments.data.tables.iter().any(|table| table.ends_with("=-"));
    if reads_table_from_input && arguments.file.as_deref() == Some(Path::new("-")) {
        return Err(Failure::Usage("standard input cannot be both the query and a table".to_owned()));
    }
    let (path, text) = written(arguments.text.as_deref(), arguments.file.as_deref())?;
    let query = QueryText::whole_file(text.as_str());
    let session = Session::new(&arguments.data, &arguments.workspace, &arguments.limits)?;
    let results = session.answer(&Source { path: &path, text: &text, query: &query })?;
    arguments.output.write(&Answer::of_query(&path, results))?;
    session.finish();
    Ok(())
}

/// A query that is given as text or in a file, with what it is called where it is shown.
pub fn written(text: Option<&str>, file: Option<&Path>) -> Result<(String, String), Failure> {
    match (text, file) {
        (Some(text), _) => Ok(("query".to_owned(), text.to_owned())),
        (None, Some(file)) if file == Path::new("-") => {
            Ok(("standard input".to_owned(), text_file::read_standard_input()?))
        }
        (None, Some(file)) => Ok((file.display().to_string(), text_file::read(file)?)),
        (None, None) => Err(Failure::Usage("give a query, or a file with -f".to_owned())),
    }
}
