//! The query files among the paths of a command line.

use std::path::{Path, PathBuf};

use anyhow::{Context, Error, Result, anyhow};
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

/// The text of a file: UTF-8, or the UTF-16 with a byte order mark that PowerShell writes.
///
/// # Errors
/// It cannot be read, or is no text.
pub fn read_text(path: &Path) -> Result<String> {
    let shown = path.display();
    let bytes = std::fs::read(path).with_context(|| format!("cannot read {shown}"))?;
    let no_text = || anyhow!("cannot read {shown}: stream did not contain valid UTF-8");
    let decode: fn([u8; 2]) -> u16 = match bytes.get(..2) {
        Some([0xff, 0xfe]) => u16::from_le_bytes,
        Some([0xfe, 0xff]) => u16::from_be_bytes,
        _ => return String::from_utf8(bytes).map_err(|_| no_text()),
    };
    let units: Vec<u16> =
        bytes.chunks_exact(2).skip(1).filter_map(|pair| Some(decode(pair.try_into().ok()?))).collect();
    String::from_utf16(&units).map_err(|_| no_text())
}
