//! What a workspace has beside its tables, from the files that the user names.

use std::path::{Path, PathBuf};

use kql_rules::rule_test::is_rule_test;
use kql_rules::{QueryText, Values, Workspace};
use kql_syntax::Diagnostic;

use crate::arguments::WorkspaceArguments;
use crate::commands::query_files::{files_below, is_yaml};
use crate::report::{self, Failure};
use crate::text_file;

/// Stored functions and watchlists, and the values of placeholders.
#[derive(Clone, Debug, Default)]
pub struct WorkspaceFiles {
    pub workspace: Workspace,
    values: Values,
}

impl WorkspaceFiles {
    /// Reads all that the command line names.
    pub fn read(arguments: &WorkspaceArguments) -> Result<WorkspaceFiles, Failure> {
        let mut files = WorkspaceFiles::default();
        for path in &arguments.functions {
            files.add_functions(path)?;
        }
        for path in &arguments.watchlists {
            files.add_watchlists(path)?;
        }
        files.add_values(&arguments.project_values, &arguments.project_set)?;
        files.add_values(&arguments.values, &arguments.set)?;
        Ok(files)
    }

    /// Adds values of placeholders: those of files, and before them those of the form NAME=VALUE.
    fn add_values(&mut self, paths: &[PathBuf], set: &[String]) -> Result<(), Failure> {
        for path in paths {
            let (shown, text) = read(path)?;
            let values = kql_rules::read_values(&text).map_err(|wrong| in_file(&shown, &text, wrong))?;
            self.values.extend(values);
        }
        for given in set {
            match given.split_once('=') {
                Some((name, value)) if !name.trim().is_empty() => {
                    self.values.insert(name.trim().to_owned(), value.to_owned());
                }
                _ => {
                    let message = format!("--set: `{given}` is not of the form NAME=VALUE, such as days=7");
                    return Err(Failure::Usage(message));
                }
            }
        }
        Ok(())
    }

    /// Adds the functions of a file, or of all files below a folder.
    pub fn add_functions(&mut self, path: &Path) -> Result<(), Failure> {
        for file in &files(path, &is_function_file)? {
            let (shown, text) = read(file)?;
            self.workspace.add_functions(&shown, &text).map_err(|wrong| in_file(&shown, &text, wrong))?;
        }
        Ok(())
    }

    /// Adds the watchlist of a file, or of all files below a folder.
    pub fn add_watchlists(&mut self, path: &Path) -> Result<(), Failure> {
        self.workspace.holds_all_watchlists();
        for file in &files(path, &|file| has_extension(file, &["csv"]))? {
            let (shown, text) = read(file)?;
            let alias = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            let beside = ["yaml", "yml"].map(|extension| file.with_extension(extension));
            let settings = match beside.iter().find(|settings| settings.is_file()) {
                Some(settings) => Some(read(settings)?),
                None => None,
            };
            let settings_text = settings.as_ref().map(|(_, text)| text.as_str());
            self.workspace.add_watchlist(&alias, &text, settings_text).map_err(|wrong| match &settings {
                Some((shown, text)) if wrong.code != kql_rules::WRONG_WATCHLIST => in_file(shown, text, wrong),
                _ => in_file(&shown, &text, wrong),
            })?;
        }
        Ok(())
    }

    /// Adds the functions of files that were found among rules; what the user names goes before them.
    pub fn add_found_functions<'f>(&mut self, files: impl Iterator<Item = (&'f str, &'f str)>) {
        for (path, text) in files {
            let is_known = |name: &str| kql_catalog::stored_function(name).is_some();
            self.workspace.add_found_functions(path, text, is_known);
        }
    }

    /// A query with the values of its placeholders.
    pub fn filled(&self, query: &QueryText) -> QueryText {
        query.filled(&self.values)
    }
}

fn files(path: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Failure> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let (found, errors) = files_below(path, wanted);
    match errors.into_iter().next() {
        Some(error) => Err(Failure::Run(error)),
        None => Ok(found),
    }
}

/// Parsers and functions; the tests of rules are neither.
fn is_function_file(file: &Path) -> bool {
    !is_rule_test(&file.to_string_lossy()) && (is_yaml(file) || has_extension(file, &["kql", "csl"]))
}

fn has_extension(file: &Path, wanted: &[&str]) -> bool {
    let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    wanted.iter().any(|wanted| extension.eq_ignore_ascii_case(wanted))
}

fn read(file: &Path) -> Result<(String, String), Failure> {
    let shown = file.display().to_string();
    let text = text_file::read(file)?;
    Ok((shown, text))
}

fn in_file(path: &str, text: &str, wrong: Diagnostic) -> Failure {
    Failure::Query(report::render(path, text, &[wrong]))
}
