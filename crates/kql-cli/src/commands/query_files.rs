//! The query files among the paths of a command line.

use std::path::{Path, PathBuf};

use anyhow::Error;
use kql_rules::rule_test::is_rule_test;

use crate::report::Failure;

/// The files to go through, folders searched in order of their names, and what cannot be read.
///
/// # Errors
/// Neither the command line nor a project names any.
pub fn query_files(paths: &[PathBuf]) -> Result<(Vec<PathBuf>, Vec<Error>), Failure> {
    given(paths)?;
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    for path in paths {
        if path.is_dir() {
            let (found, unreadable) = files_below(path, &is_query_file);
            files.extend(found);
            errors.extend(unreadable);
        } else {
            files.push(path.clone());
        }
    }
    Ok((files, errors))
}

/// Paths of a command line, behind which a project's `rules` stand.
///
/// # Errors
/// There are none.
pub fn given(paths: &[PathBuf]) -> Result<(), Failure> {
    if paths.is_empty() {
        let help = "name files or folders, or the `rules` of a project in kql.toml (`kql init` makes one)";
        return Err(Failure::Usage(format!("there is nothing to go through: {help}")));
    }
    Ok(())
}

/// The files below a folder that are wanted, in order of their names, and what cannot be read.
pub fn files_below(folder: &Path, wanted: &dyn Fn(&Path) -> bool) -> (Vec<PathBuf>, Vec<Error>) {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    let mut pending = vec![folder.to_path_buf()];
    while let Some(folder) = pending.pop() {
        let unreadable = |error| Error::from(error).context(format!("cannot read {}", folder.display()));
        let entries = match std::fs::read_dir(&folder) {
            Ok(entries) => entries,
            Err(error) => {
                errors.push(unreadable(error));
                continue;
            }
        };
        for entry in entries {
            match entry {
                Ok(entry) if entry.file_type().is_ok_and(|kind| kind.is_dir()) => pending.push(entry.path()),
                Ok(entry) if wanted(&entry.path()) => found.push(entry.path()),
                Ok(_) => {}
                Err(error) => errors.push(unreadable(error)),
            }
        }
    }
    found.sort();
    (found, errors)
}

/// Rules and queries; the tests of rules are neither.
fn is_query_file(path: &Path) -> bool {
    if is_rule_test(&path.to_string_lossy()) {
        return false;
    }
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    ["kql", "csl", "json"].iter().any(|known| extension.eq_ignore_ascii_case(known)) || is_yaml(path)
}

/// Whether a file is a rule file by its name.
pub fn is_yaml(path: &Path) -> bool {
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or("");
    ["yaml", "yml"].iter().any(|known| extension.eq_ignore_ascii_case(known))
}

/// Whether a file is JSON by its name.
pub fn is_json(path: &Path) -> bool {
    path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("json"))
}
